"""The rooms keep their walls: who imports whom, and what is loaded when."""

import pkgutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import mssclient
from tests.reference import REPOSITORY

HEAVY = {
    "aiosmtpd",
    "argon2",
    "css_inline",
    "cryptography",
    "imapclient",
    "imaplib",
    "keyring",
    "lxml",
    "nh3",
    "pymap",
    "pypdfium2",
    "secretstorage",
    "signxml",
    "smartcard",
    "smtplib",
    "tinycss2",
}
"""What belongs to the engine's work: the window must open without it."""


def loaded_by(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after a statement."""
    script = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    argv = [sys.executable, "-c", script]
    done = subprocess.run(argv, cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


def test_the_contracts_of_the_rooms_hold() -> None:
    argv = [str(Path(sysconfig.get_path("scripts"), "lint-imports")), "--no-cache"]
    done = subprocess.run(argv, cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_engine_and_all_below_it_never_load_qt() -> None:
    names = [
        module.name
        for module in pkgutil.walk_packages(mssclient.__path__, "mssclient.")
        if not module.name.endswith("__main__")
    ]
    assert len(names) > 20
    loaded = loaded_by("import " + ", ".join(names))
    assert not {"PySide6", "shiboken6"} & loaded


def test_the_window_loads_nothing_of_the_engines_work() -> None:
    assert not HEAVY & loaded_by("import ui.app")


def test_the_client_of_the_engine_loads_nothing_heavy() -> None:
    assert not (HEAVY | {"PySide6", "asyncio"}) & loaded_by("import mssclient.engine.client")


REFERENCES = """
import sys
from PySide6.QtCore import QObject, Signal

class Bell(QObject):
    rung = Signal(bool)

bell, heard = Bell(), []
bell.rung.connect(heard.append)
before = sys.getrefcount(True)
for _ in range(20):
    bell.rung.emit(True)
assert heard == [True] * 20
heard.clear()
print(sys.getrefcount(True) - before)
"""


def test_qt_loses_no_reference_when_it_emits() -> None:
    """PySide6 6.12.0 lost one of ``True`` at each emit on Python 3.11, and aborted after a few hundred."""
    done = subprocess.run(
        [sys.executable, "-c", REFERENCES], capture_output=True, text=True, timeout=60, check=True
    )
    assert abs(int(done.stdout)) < 10
