"""Pytest fixtures of the real servers: each starts once for the session, when a test first asks for it."""

import itertools
import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.servers.authority import Authority
from tests.servers.dovecot import ImapServer

_LOGS = pytest.StashKey[list[tuple[str, Path, int]]]()
_RUNNING: list[ImapServer] = []
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def servers_folder() -> Iterator[Path]:
    """A private folder with a short path (a socket's path holds 107 octets), open to the servers' user."""
    folder = Path(tempfile.mkdtemp(prefix="mss-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def authority() -> Authority:
    """The root that the real servers' certificates come from."""
    return Authority()


@pytest.fixture(scope="session")
def dovecot(servers_folder: Path, authority: Authority) -> Iterator[ImapServer]:
    """Dovecot (IMAP, submission, ManageSieve, LMTP) with its relay, on free ports."""
    server = ImapServer(servers_folder / "dovecot", authority)
    try:
        server.create()
        _RUNNING.append(server)
        yield server
    finally:
        server.end()
        if server in _RUNNING:
            _RUNNING.remove(server)


@pytest.fixture
def bare_dovecot(dovecot: ImapServer) -> ImapServer:
    """The same mail and people, announcing IMAP4rev1 and nothing else."""
    return dovecot.limited("IMAP4rev1")


@pytest.fixture
def new_user(dovecot: ImapServer) -> tuple[str, str]:
    """(address, password) of a person with an empty mailbox, for this test alone."""
    return dovecot.new_user(f"u{next(_numbers)}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    item.stash[_LOGS] = [
        (name, path, path.stat().st_size if path.exists() else 0)
        for server in _RUNNING
        for name, path in server.logs().items()
    ]
    yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        before = {path: size for _, path, size in item.stash.get(_LOGS, [])}
        for server in _RUNNING:
            for name, path in server.logs().items():
                if path.exists():
                    said = path.read_bytes()[before.get(path, 0) :][-4000:].decode(errors="replace")
                    report.sections.append((f"log of {name}", said))
    return report


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    for server in _RUNNING:
        server.close_clients()
        if not server.running:  # a test that played an outage and failed must not fail the others
            server.start()
