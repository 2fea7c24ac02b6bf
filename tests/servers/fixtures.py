"""Pytest fixtures of the real servers: each starts once for the session, when a test first asks for it."""

import contextlib
import itertools
import shutil
import ssl
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from tests.servers.annuaire import LdapServer
from tests.servers.authority import Authority
from tests.servers.card_service import CardService, Reader
from tests.servers.dovecot import ImapServer
from tests.servers.proxy import FaultProxy
from tests.servers.scripted import Script, ScriptedServer
from tests.servers.secret_service import KeyringSession
from tests.servers.softhsm import SoftHsm, finalize

if TYPE_CHECKING:
    from tests.servers.identity import IdentityProvider


class Running(Protocol):
    """What a server must tell, so that a failed test shows its log and the next test finds it up."""

    @property
    def running(self) -> bool: ...
    def start(self) -> None: ...
    def logs(self) -> dict[str, Path]: ...


_LOGS = pytest.StashKey[dict[Path, int]]()
_RUNNING: list[Running] = []
_numbers = itertools.count(1)


@contextlib.contextmanager
def _kept(server: Running, end: Callable[[], None]) -> Iterator[None]:
    _RUNNING.append(server)
    try:
        yield
    finally:
        _RUNNING.remove(server)
        end()


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
        with _kept(server, lambda: None):
            yield server
    finally:
        server.end()


@pytest.fixture
def bare_dovecot(dovecot: ImapServer) -> ImapServer:
    """The same mail and people, announcing IMAP4rev1 and nothing else."""
    return dovecot.limited("IMAP4rev1")


@pytest.fixture
def new_user(dovecot: ImapServer) -> tuple[str, str]:
    """(address, password) of a person with an empty mailbox, for this test alone."""
    return dovecot.new_user(f"u{next(_numbers)}")


@pytest.fixture(scope="session")
def slapd(servers_folder: Path, authority: Authority) -> Iterator[LdapServer]:
    """A small annuaire in slapd."""
    server = LdapServer(servers_folder / "slapd", authority)
    server.create()
    with _kept(server, server.stop):
        yield server


@pytest.fixture(scope="session")
def _identity_provider(servers_folder: Path, authority: Authority) -> "Iterator[IdentityProvider]":
    from tests.servers.identity import IdentityProvider  # Authlib and Flask: a second

    provider = IdentityProvider(servers_folder / "identity", authority)
    provider.start()
    yield provider
    provider.stop()


@pytest.fixture
def identity(_identity_provider: "IdentityProvider") -> "IdentityProvider":
    """An OpenID provider like Pro Santé Connect, as it is before a test bends it."""
    _identity_provider.reset()
    return _identity_provider


@pytest.fixture(scope="session")
def keyring_session(servers_folder: Path) -> Iterator[KeyringSession]:
    """gnome-keyring, unlocked, on a private D-Bus; start child processes with its ``env``."""
    session = KeyringSession(servers_folder / "k")
    session.start()
    with _kept(session, session.stop):
        yield session


@pytest.fixture
def keyring_here(
    keyring_session: KeyringSession, monkeypatch: pytest.MonkeyPatch
) -> Iterator[KeyringSession]:
    """The same for this process: the module ``keyring`` uses the real Secret Service during this test."""
    import keyring
    from keyring.backends import SecretService

    keyring_session.keep_up()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", keyring_session.address)
    before = keyring.get_keyring()
    keyring.set_keyring(SecretService.Keyring())
    yield keyring_session
    keyring.set_keyring(before)


@pytest.fixture
def fault_proxy(authority: Authority, tmp_path: Path) -> Iterator[Callable[..., FaultProxy]]:
    """A factory of proxies, ``fault_proxy(port)``; with ``inside_tls=True`` they see what TLS carries."""
    with contextlib.ExitStack() as proxies:

        def make(target: int, *, inside_tls: bool = False) -> FaultProxy:
            contexts = (authority.server().server_context(tmp_path / "proxy"), authority.client_context())
            return proxies.enter_context(FaultProxy(target, inside_tls=contexts if inside_tls else None))

        yield make


@pytest.fixture
def scripted() -> Iterator[Callable[..., ScriptedServer]]:
    """A factory of rude servers: ``scripted(script, …, tls=context)``; judged at the end of the test."""
    with contextlib.ExitStack() as servers:

        def make(
            *scripts: Script, tls: ssl.SSLContext | None = None, starttls: bool = False
        ) -> ScriptedServer:
            return servers.enter_context(ScriptedServer(*scripts, tls=tls, starttls=starttls))

        yield make


@pytest.fixture(scope="session")
def server_tls(authority: Authority, servers_folder: Path) -> ssl.SSLContext:
    """A server's TLS context with a right certificate of the authority, for scripted servers."""
    return authority.server().server_context(servers_folder / "scripted")


@pytest.fixture(scope="module")
def card_service(servers_folder: Path) -> Iterator[CardService]:
    """A real pcscd with two empty virtual readers, for the tests of one module at a time on this machine."""
    service = CardService(servers_folder / f"pcscd{next(_numbers)}")
    try:
        service.start()
        with _kept(service, lambda: None):
            yield service
    finally:
        service.end()


@pytest.fixture
def readers(card_service: CardService) -> Iterator[tuple[Reader, ...]]:
    """Its two readers; what a test leaves in them is taken out."""
    yield card_service.readers
    card_service.empty()


@pytest.fixture
def softhsm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoftHsm]:
    """SoftHSM2 with an empty store of this test's own, for this process."""
    hsm = SoftHsm(tmp_path / "softhsm")
    monkeypatch.setenv("SOFTHSM2_CONF", str(hsm.settings))
    yield hsm
    hsm.end()


@pytest.fixture
def opensc(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """OpenSC's PKCS#11 module: a real one, which drives the CPS3 through pcscd."""
    places = ("/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so", "/usr/lib64/opensc-pkcs11.so")
    found = next((each for each in places if Path(each).exists()), None)
    if found is None:
        pytest.skip("opensc-pkcs11.so is missing on this machine: apt-get install opensc-pkcs11")
    monkeypatch.setenv("OPENSC_CONF", "/dev/null")
    yield found
    finalize(found)


def _logs() -> dict[str, Path]:
    return {name: path for server in _RUNNING for name, path in server.logs().items()}


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    item.stash[_LOGS] = {path: path.stat().st_size for path in _logs().values() if path.exists()}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        before = item.stash.get(_LOGS, {})
        for name, path in _logs().items():
            said = path.read_bytes()[before.get(path, 0) :] if path.exists() else b""
            if said:
                report.sections.append((f"log of {name}", said[-6000:].decode(errors="replace")))
    return report


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    for server in _RUNNING:
        if isinstance(server, ImapServer):
            server.close_clients()
        if not server.running:  # a test that played an outage and failed must not fail the others
            server.start()
