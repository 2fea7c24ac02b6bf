"""What the open profile brings to a login: a revoked server is left before anything is said, and whose
certificates count is what the operator's profile says."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mssclient.access.open import context_of, open_imap, open_sieve, open_submission
from mssclient.access.stream import Patience, Stream
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.errors import WorldError
from mssclient.model.ids import AccountId
from mssclient.operators import station
from mssclient.operators.revocation import Revocation
from mssclient.operators.tls import client_context
from tests.access.test_imap import CREDENTIAL, GREETING, LOGIN
from tests.refusals import refusal_of
from tests.servers import Authority, Close, Expect, Identity, ScriptedServer, Send, Stall, StartTls
from tests.servers.revocation import Publisher

PATIENCE = Patience(connect_s=5, reply_s=5)
Scripted = Callable[..., ScriptedServer]


@pytest.fixture(autouse=True)
def unsettled() -> Iterator[None]:
    station.settle(None)
    yield
    station.settle(None)


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with Publisher() as server:
        yield server


class Operator:
    """A server whose authority publishes a list."""

    def __init__(self, publisher: Publisher, folder: Path) -> None:
        self.publisher = publisher
        self.authority = Authority("AC de l’opérateur")
        self.server: Identity = self.authority.server(crl_url=publisher.url("/liste.crl"))
        self.tls = self.server.server_context(folder / "tls")
        self.publish()
        self.revocation = Revocation(folder / "revocation", wait_s=1.0)
        station.settle(None, self.revocation)

    def publish(self, *revoked: Identity) -> None:
        self.publisher.answers["/liste.crl"] = self.authority.revocation_list(revoked)

    def account(self, port: int, security: str = "tls") -> Account:
        endpoint = Endpoint(host="localhost", port=port, security=security)
        return Account(
            id=AccountId(1),
            address="alice@exemple.fr",
            imap=endpoint,
            smtp=endpoint,
            sieve=endpoint,
            ca_pem=self.authority.ca_pem.decode(),
            auth="cps",
        )


@pytest.fixture
def operator(publisher: Publisher, tmp_path: Path) -> Operator:
    return Operator(publisher, tmp_path)


def test_a_server_in_order_lets_in(operator: Operator, scripted: Scripted) -> None:
    server = scripted([GREETING, *LOGIN, Stall()], tls=operator.tls)
    open_imap(operator.account(server.port), CREDENTIAL, PATIENCE).stream.close()
    assert operator.publisher.count("/liste.crl") == 1


@pytest.mark.parametrize("opening", [open_imap, open_submission, open_sieve])
def test_a_revoked_server_is_told_nothing(operator: Operator, opening: Callable[..., object]) -> None:
    operator.publish(operator.server)
    heard: list[bytes] = []

    def serve() -> None:
        raw, _from = listener.accept()
        with operator.tls.wrap_socket(raw, server_side=True) as served:
            served.sendall(b"220 bonjour\r\n")
            with contextlib.suppress(OSError):
                heard.append(served.recv(100))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        account = operator.account(listener.getsockname()[1])
        told = refusal_of(lambda: opening(account, CREDENTIAL, PATIENCE))
        thread.join(10)
    assert told.code == "certificate-revoked"
    assert "localhost" in told.sentence
    assert not any(heard)


def test_a_revoked_server_after_starttls(operator: Operator, scripted: Scripted) -> None:
    operator.publish(operator.server)
    script = [
        Send(b"* OK bonjour\r\n"),
        Expect(rb"(?P<tag>\S+) CAPABILITY"),
        Send(b"* CAPABILITY IMAP4rev1 STARTTLS\r\n{tag} OK\r\n"),
        Expect(rb"(?P<tag>\S+) STARTTLS"),
        Send(b"{tag} OK allez\r\n"),
        StartTls(),
        Close(),
    ]
    server = scripted(script, tls=operator.tls, starttls=True)
    account = operator.account(server.port, "starttls")
    assert refusal_of(lambda: open_imap(account, CREDENTIAL, PATIENCE)).code == "certificate-revoked"


def test_a_list_that_cannot_be_had_keeps_nobody_out(operator: Operator, scripted: Scripted) -> None:
    operator.publisher.answers.clear()
    server = scripted([GREETING, *LOGIN, Stall()], tls=operator.tls)
    open_imap(operator.account(server.port), CREDENTIAL, PATIENCE).stream.close()


def test_a_list_that_does_not_come_is_waited_for_once(operator: Operator, scripted: Scripted) -> None:
    operator.publisher.hang = True
    server = scripted([GREETING, *LOGIN, Stall()], tls=operator.tls)
    took: list[float] = []
    for _number in range(5):
        begun = time.monotonic()
        open_imap(operator.account(server.port), CREDENTIAL, PATIENCE).stream.close()
        took.append(time.monotonic() - begun)
    assert took[0] >= 0.9
    assert sorted(took[1:])[-2] < 0.8, "one may be held up by a busy computer"
    operator.publisher.release()
    assert operator.revocation.settle(20)


def test_nobody_is_asked_before_a_profile_is_open(operator: Operator, scripted: Scripted) -> None:
    operator.publish(operator.server)
    station.settle(None)
    server = scripted([GREETING, *LOGIN, Stall()], tls=operator.tls)
    open_imap(operator.account(server.port), CREDENTIAL, PATIENCE).stream.close()
    assert operator.publisher.asked == []


# -- whose certificates ------------------------------------------------------------------------------------


@pytest.fixture
def public(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    """The one authority of this computer's own store."""
    authority = Authority("AC publique")
    store = tmp_path / "store.pem"
    store.write_bytes(authority.ca_pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(store))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    client_context.cache_clear()
    yield authority
    client_context.cache_clear()


def taken(scripted: Scripted, tls: ssl.SSLContext, auth: str, operator: str, address: str = "a@b.fr") -> bool:
    server = scripted([Send(b"ok\r\n"), Stall()], tls=tls)
    endpoint = Endpoint(host="localhost", port=server.port)
    account = Account(
        id=AccountId(1), address=address, imap=endpoint, smtp=endpoint, auth=auth, operator=operator
    )
    stream = Stream.connect("localhost", server.port, PATIENCE)
    try:
        stream.start_tls(context_of(account))
        return stream.read_line() == b"ok"
    except WorldError as error:
        if error.code != "certificate-untrusted":
            raise
        return False
    finally:
        stream.close()


@pytest.mark.parametrize(
    ("auth", "operator", "public_counts"),
    [
        ("password", "", True),
        ("psc", "", False),
        ("cps", "", False),
        ("password", "mailiz", False),
        ("password", "pays-de-la-loire", True),
        ("password", "inconnu", True),
        ("psc", "ici", True),
        ("password", "ailleurs", False),
    ],
)
def test_the_profile_says_whose_certificates_count(
    public: Authority,
    scripted: Scripted,
    tmp_path: Path,
    auth: str,
    operator: str,
    public_counts: bool,
) -> None:
    (tmp_path / "operators").mkdir()
    (tmp_path / "operators" / "ici.toml").write_text("name = 'Ici'\ntrust = 'system'")
    (tmp_path / "operators" / "ailleurs.toml").write_text("name = 'Ailleurs'")
    station.settle(tmp_path)
    tls = public.server().server_context(tmp_path / "tls")
    assert taken(scripted, tls, auth, operator) == public_counts


@pytest.mark.parametrize(
    ("address", "public_counts"),
    [("a@cabinet.mssante.fr", False), ("a@MSSANTE.fr", False), ("a@faux-mssante.fr", True)],
)
def test_without_a_profile_an_mssante_account_believes_igc_sante_alone(
    public: Authority, scripted: Scripted, tmp_path: Path, address: str, public_counts: bool
) -> None:
    station.settle(tmp_path)
    tls = public.server().server_context(tmp_path / "tls")
    assert taken(scripted, tls, "password", "", address) == public_counts


def test_an_authority_that_the_profile_names_counts(
    public: Authority, scripted: Scripted, tmp_path: Path
) -> None:
    own = Authority("AC de la région")
    (tmp_path / "operators").mkdir()
    (tmp_path / "operators" / "region.toml").write_text(
        f"name = 'Région'\nanchors = ['''{own.ca_pem.decode()}''']"
    )
    station.settle(tmp_path)
    tls = own.server().server_context(tmp_path / "tls")
    assert taken(scripted, tls, "psc", "region")
    assert not taken(scripted, tls, "psc", "")
