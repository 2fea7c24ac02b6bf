"""What holds for every test: a private home, a fixed locale, silence, and no planted secret in a log.

This file must not import the program or Qt: the environment is set here, before either is loaded.
"""

import logging
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.allowed_noise import ALLOWED
from tests.planted import assert_no_secret, secrets_in

pytest_plugins = ["tests.servers.fixtures", "tests.desk.fixtures"]

_ROOT = Path(tempfile.mkdtemp(prefix="mss-home-"))


def _environment(home: Path) -> dict[str, str]:
    """The variables of a person who has just got this computer; the folders are made."""
    runtime = home / "run"  # sockets live here: their whole path holds 107 octets at most
    folders = {
        "HOME": home,
        "XDG_RUNTIME_DIR": runtime,
        "XDG_CONFIG_HOME": home / ".config",
        "XDG_CACHE_HOME": home / ".cache",
        "XDG_DATA_HOME": home / ".local/share",
        "XDG_STATE_HOME": home / ".local/state",
    }
    home.mkdir(mode=0o700)
    runtime.mkdir(mode=0o700)
    return {name: str(path) for name, path in folders.items()}


_FIXED = {
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "TZ": "Europe/Paris",
    "QT_QPA_PLATFORM": "offscreen",
    "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
}
_FOREIGN = (
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "DBUS_SESSION_BUS_ADDRESS",
    "LANGUAGE",
    "QT_SCALE_FACTOR",
    "QT_STYLE_OVERRIDE",
    "XDG_CONFIG_DIRS",
    "XDG_DATA_DIRS",
    "SSLKEYLOGFILE",
    "http_proxy",
    "https_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "all_proxy",
)

os.environ.update(_environment(_ROOT / "s"))
os.environ.update(_FIXED)
for _name in _FOREIGN:
    os.environ.pop(_name, None)
if hasattr(time, "tzset"):  # not on Windows
    time.tzset()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(_ROOT, ignore_errors=True)


def _settle_hypothesis(campaign: str | None) -> None:
    """The same examples at each run of the suite, so that a change is judged by itself; campaigns search.

    No deadline: a busy computer is not a fault, and bounds in time have tests of their own.
    """
    from hypothesis import HealthCheck, settings

    slow = [HealthCheck.too_slow]
    settings.register_profile("suite", derandomize=True, deadline=None, suppress_health_check=slow)
    settings.register_profile("campaign", deadline=None, suppress_health_check=slow, print_blob=True)
    settings.load_profile("campaign" if campaign else "suite")


def pytest_configure(config: pytest.Config) -> None:
    _settle_hypothesis(config.getoption("--campaign"))


CAMPAIGNS = ("bench", "fuzz", "slow")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--campaign", choices=CAMPAIGNS, help="run the tests of this campaign instead of the suite"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the campaigns out, or everything else; and tell pytest-qt which messages we allow.

    Qt's messages are judged by pytest-qt (``qt_log_level_fail`` in pyproject.toml).
    """
    campaign: str | None = config.getoption("--campaign")
    chosen: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        marked = (
            item.get_closest_marker(campaign)
            if campaign
            else not any(map(item.get_closest_marker, CAMPAIGNS))
        )
        (chosen if marked else left_out).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = chosen
    allowed = [each.pattern for each in ALLOWED if each.source == "qt"]
    for item in items:
        item.add_marker(pytest.mark.qt_log_ignore(*allowed))


@pytest.fixture(autouse=True)
def home(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of this test's own (HOME and all XDG folders, mode 0700), removed after it."""
    folder = Path(tempfile.mkdtemp(prefix="h", dir=_ROOT)) / "h"
    for name, value in _environment(folder).items():
        monkeypatch.setenv(name, value)
    yield folder
    shutil.rmtree(folder.parent, ignore_errors=True)


class Noise(logging.Handler):
    """Hears every log record of one test. What is a warning must have been announced by :meth:`expect`."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self._expected: list[tuple[re.Pattern[str], bool]] = []
        self.warnings: list[str] = []
        self.leaks: list[str] = []

    def expect(self, pattern: str, *, must: bool = True) -> None:
        """Announce a warning whose "logger: text" matches; with ``must`` it has to come."""
        self._expected.append((re.compile(pattern), must))

    def emit(self, record: logging.LogRecord) -> None:
        text = f"{record.name}: {record.getMessage()}"
        if record.exc_info and record.exc_info[1] is not None:
            text += f" [{record.exc_info[1]!r}]"
        if record.levelno >= logging.WARNING:
            self.warnings.append(text)
        if secrets_in(text):
            self.leaks.append(f"{record.pathname}:{record.lineno}")

    def verdict(self) -> str:
        """Why this test must fail, or nothing."""
        allowed = [re.compile(each.pattern) for each in ALLOWED if each.source == "log"]
        patterns = [*(pattern for pattern, _ in self._expected), *allowed]
        heard = [text for text in self.warnings if not any(p.search(text) for p in patterns)]
        missing = [p.pattern for p, must in self._expected if must and not any(map(p.search, self.warnings))]
        complaints = [f"unexpected warning in the log: {text}" for text in heard]
        complaints += [f"expected in the log and not heard: {pattern}" for pattern in missing]
        complaints += [f"planted secret logged at {place}" for place in self.leaks]
        return "\n".join(complaints)


@pytest.fixture(autouse=True)
def noise(home: Path) -> Iterator[Noise]:
    """Fails a test that logs a warning, or a planted secret at any level; ``noise.expect`` announces one."""
    listener, root = Noise(), logging.getLogger()
    level = root.level
    root.addHandler(listener)
    root.setLevel(logging.DEBUG)
    try:
        yield listener
    finally:
        root.removeHandler(listener)
        root.setLevel(level)
    for log in home.rglob("*.log"):
        assert_no_secret(log.read_bytes(), f"{log.name} of the profile")
    if complaint := listener.verdict():
        pytest.fail(complaint, pytrace=False)
