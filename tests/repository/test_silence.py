"""The suite's own rules bite: each of these small tests must fail, for the reason that it was written for."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reference import REPOSITORY


def outcome(folder: Path, text: str, *words: str) -> tuple[int, str]:
    """Run a test file with this suite's settings: pytest's exit status and what it printed."""
    path = folder / "test_inner.py"
    path.write_text(text)
    settings = ["-c", "pyproject.toml", "--rootdir", ".", "-p", "tests.conftest", "-p", "no:cacheprovider"]
    argv = [sys.executable, "-m", "pytest", "-q", *settings, *words, str(path)]
    done = subprocess.run(
        argv,
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


NOISY = {
    "logs": "logging.getLogger('x').warning('aïe')",
    "tells": "logging.getLogger('x').debug('-' + seed_secret('motdepasse'))",
    "writes": "(home / 'engine.log').write_text(seed_secret('motdepasse'))",
    "warns": "warnings.warn('vieux', DeprecationWarning)",
    "displeases_qt": "qWarning('aïe')",
    "expects": "noise.expect('jamais')",
    "dies_elsewhere": "t = threading.Thread(target=lambda: 1 / 0); t.start(); t.join()",
    "leaves_open": "socket.socket()",
}
COMPLAINTS = {
    "logs": "unexpected warning in the log: x: aïe",
    "tells": "planted secret logged at",
    "writes": "planted secret(s) in engine.log of the profile",
    "warns": "DeprecationWarning: vieux",
    "displeases_qt": "Qt messages with level WARNING or above emitted",
    "expects": "expected in the log and not heard: jamais",
    "dies_elsewhere": "ZeroDivisionError",
    "leaves_open": "ResourceWarning: unclosed <socket",
}


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest prints about a file of noisy tests."""
    imports = "import logging, socket, threading, warnings\nfrom PySide6.QtCore import qWarning\n"
    tests = [f"def test_{name}(home, noise): {text}\n" for name, text in NOISY.items()]
    text = imports + "from tests.planted import seed_secret\n" + "".join(tests)
    status, said = outcome(tmp_path_factory.mktemp("noisy"), text, "-rfE")
    assert status == 1, said
    return said


@pytest.mark.parametrize("name", NOISY)
def test_noise_fails_the_test_that_makes_it(noisy: str, name: str) -> None:
    assert re.search(rf"^(FAILED|ERROR) \S*::test_{name}\b", noisy, re.MULTILINE), noisy
    assert COMPLAINTS[name] in noisy


def test_announced_noise_and_silence_pass(tmp_path: Path) -> None:
    text = (
        "import logging\n"
        "def test_announced(noise):\n"
        "    noise.expect('x: aïe')\n"
        "    logging.getLogger('x').warning('aïe')\n"
        "def test_silent(): logging.getLogger('x').info('rien')\n"
    )
    assert outcome(tmp_path, text)[0] == 0


def test_the_home_is_private_and_new_for_each_test(tmp_path: Path) -> None:
    text = (
        "import os, keyring\n"
        "from pathlib import Path\n"
        "def check(home):\n"
        "    assert Path.home() == home and not list(home.glob('trace'))\n"
        "    assert home.stat().st_mode & 0o777 == 0o700\n"
        "    assert len(os.environ['XDG_RUNTIME_DIR']) < 60\n"
        "    assert (os.environ['LANG'], os.environ['TZ']) == ('C.UTF-8', 'Europe/Paris')\n"
        "    assert 'DISPLAY' not in os.environ\n"
        "    (home / 'trace').touch()\n"
        "def test_one(home): check(home)\n"
        "def test_two(home): check(home)\n"
    )
    status, said = outcome(tmp_path, text)
    assert status == 0, said


def test_campaigns_run_only_when_they_are_asked_for(tmp_path: Path) -> None:
    text = "import pytest\n@pytest.mark.bench\ndef test_long(): pass\ndef test_short(): pass\n"
    assert "1 passed, 1 deselected" in outcome(tmp_path, text)[1]
    assert "1 passed, 1 deselected" in outcome(tmp_path, text, "--campaign", "bench")[1]
    assert outcome(tmp_path, text.replace("bench", "autre"))[0] == 2, "an unknown marker is a mistake"
