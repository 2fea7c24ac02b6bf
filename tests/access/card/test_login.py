"""From a PIN to an open BAL: both routes, against a real Dovecot that wants a client certificate."""

import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from mssclient.access.card import token as tokens
from mssclient.access.card.identity import CardIdentity
from mssclient.access.card.thread import CardThread
from mssclient.access.card.token import Token, open_tokens
from mssclient.access.credential import CertificateCredential
from mssclient.access.open import open_imap, open_sieve, open_submission
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.cards import CardInserted, CardRemoved
from mssclient.model.ids import AccountId
from tests.access.card.conftest import NUMBER, PIN
from tests.access.card.listening import Ear, pin, reset_by_another_program
from tests.refusals import code_of
from tests.servers import (
    Authority,
    Identity,
    ImapServer,
    Reader,
    ScriptedServer,
    Send,
    SoftHsm,
    VirtualCard,
)
from tests.servers.virtual_card import Kind

pytestmark = pytest.mark.servers

WAYS = [
    "pcsc CPS3",
    "pcsc CPS4",
    "pcsc CPS4 T=0",
    "opensc CPS3",  # a real module and a card; no free module knows the CPS4
    "softhsm CPS3",
    "softhsm CPS4",
    "softhsm other",
]


@pytest.fixture(scope="module")
def operator(dovecot: ImapServer) -> ImapServer:
    server = dovecot.with_certificates()
    server.let_in(NUMBER, "alice")
    return server


@pytest.fixture
def account(operator: ImapServer) -> Account:
    return account_on(operator)


def account_on(operator: ImapServer, security: str = "tls") -> Account:
    tls = security == "tls"
    return Account(
        id=AccountId(1),
        address="alice@medecin.mssante.fr",
        imap=Endpoint(
            host="localhost",
            port=operator.port_tls if tls else operator.port_starttls,
            security=security,
        ),
        smtp=Endpoint(
            host="localhost",
            port=operator.submission_tls if tls else operator.submission_starttls,
            security=security,
        ),
        sieve=Endpoint(host="localhost", port=operator.sieve_port, security="starttls"),
        auth="cps",
        ca_pem=operator.ca_pem.decode(),
    )


@pytest.fixture
def token(
    request: pytest.FixtureRequest,
    thread: CardThread,
    holder: Identity,
    new_card: Callable[[Kind], VirtualCard],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Token]:
    """The holder's card by the way of the parameter, its PIN not shown yet."""
    route, _space, kind = request.param.partition(" ")
    if route in ("pcsc", "opensc"):
        readers: tuple[Reader, ...] = request.getfixturevalue("readers")
        ear: Ear = request.getfixturevalue("ear")
        readers[0].insert(new_card(kind))
        ear.until(CardInserted)
        module = request.getfixturevalue("opensc") if route == "opensc" else ""
        (token,) = open_tokens(thread, route="module" if module else "pcsc", module=module)
    else:
        softhsm: SoftHsm = request.getfixturevalue("softhsm")
        softhsm.add_token("CPS", holder, pin=PIN)
        generation = kind if kind != "other" else ""
        monkeypatch.setattr(tokens, "generations", lambda: AnyReader(generation))
        (token,) = open_tokens(thread, route="module", module=softhsm.module)
    yield token
    token.close(reset=True)


class AnyReader(dict[str, str]):
    """What PC/SC would say of the reader, whichever name SoftHSM gives to its slot."""

    def __init__(self, generation: str) -> None:
        super().__init__()
        self._generation = generation

    def get(self, reader: str, default: str = "") -> str:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._generation


def credential_of(token: Token) -> CertificateCredential:
    return CertificateCredential(NUMBER, CardIdentity(token, token.certificates()[0]))


@pytest.mark.parametrize("token", WAYS, indirect=True)
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_pin_opens_the_bal(
    token: Token, operator: ImapServer, security: str, request: pytest.FixtureRequest
) -> None:
    account = account_on(operator, security)
    begun = time.perf_counter()
    token.verify(pin())
    imap = open_imap(account, credential_of(token))
    logged_in = time.perf_counter()
    version = imap.stream.tls_version
    imap.stream.close()
    submission = open_submission(account, credential_of(token))
    submission.stream.close()
    open_sieve(account, credential_of(token)).log_out()
    print(f"{request.node.callspec.id}: PIN to logged in {1000 * (logged_in - begun):.0f} ms, {version}")
    # What a card cannot sign limits the version; the rest speaks the newest.
    assert version == ("TLSv1.3" if token.raw else "TLSv1.2")
    assert token.raw == (token.generation == "" or (token.route == "pcsc" and token.generation == "CPS4"))


@pytest.mark.parametrize("token", ["pcsc CPS3", "pcsc CPS4", "opensc CPS3", "softhsm other"], indirect=True)
def test_without_its_pin_the_card_says_so(token: Token, account: Account) -> None:
    assert code_of(lambda: open_imap(account, credential_of(token))) == "card-reset"
    token.verify(pin())
    open_imap(account, credential_of(token)).stream.close()


@pytest.mark.parametrize("kind", ["CPS3", "CPS4"])
def test_a_card_pulled_in_the_handshake(kind, readers, ear, new_card, thread, account: Account) -> None:
    card: VirtualCard = new_card(kind)
    readers[0].insert(card)
    ear.until(CardInserted)
    (token,) = open_tokens(thread, route="pcsc")
    token.verify(pin())
    card.before[0x88 if kind == "CPS3" else 0x2A] = readers[0].remove
    begun = time.perf_counter()
    assert code_of(lambda: open_imap(account, credential_of(token))) == "card-removed"
    print(f"pulled in the handshake: told after {1000 * (time.perf_counter() - begun):.0f} ms")
    ear.until(CardRemoved)
    token.close(reset=True)


@pytest.mark.parametrize("token", ["pcsc CPS3", "pcsc CPS4"], indirect=True)
def test_another_program_resets_the_card_between_two_connections(token: Token, account: Account) -> None:
    token.verify(pin())
    credential = credential_of(token)
    open_imap(account, credential).stream.close()
    reset_by_another_program()
    assert code_of(lambda: open_imap(account, credential)) == "card-reset"
    token.verify(pin())
    open_imap(account, credential).stream.close()


@pytest.mark.parametrize("token", ["pcsc CPS3"], indirect=True)
def test_a_server_of_tls_13_alone_is_out_of_reach_of_a_cps3(
    token: Token,
    account: Account,
    authority: Authority,
    tmp_path: Path,
    scripted: Callable[..., ScriptedServer],
) -> None:
    modern = authority.server().server_context(tmp_path, minimum=ssl.TLSVersion.TLSv1_3)
    server = scripted([Send(b"* OK jamais\r\n")], tls=modern)
    account = msgspec.structs.replace(
        account, imap=Endpoint(host="localhost", port=server.port, security="tls")
    )
    token.verify(pin())
    assert code_of(lambda: open_imap(account, credential_of(token))) == "card-tls13-only"


@pytest.mark.parametrize("token", ["pcsc CPS3"], indirect=True)
def test_a_dovecot_of_tls_13_alone_hangs_up_without_a_word(token: Token, dovecot: ImapServer) -> None:
    """Dovecot 2.3.19 (2026-11): closes before its alert has gone out; nothing tells it from a lost line."""
    modern = dovecot.with_settings("tls13", "ssl_min_protocol = TLSv1.3\n")
    token.verify(pin())
    failure = code_of(lambda: open_imap(account_on(modern), credential_of(token)))
    assert failure in ("connection-lost", "card-tls13-only")


@pytest.mark.parametrize("token", ["softhsm other"], indirect=True)
def test_a_certificate_that_opens_nothing_is_refused(token: Token, account: Account, operator) -> None:
    (operator._folder / "holders" / NUMBER).rename(operator._folder / "nobody")
    try:
        token.verify(pin())
        assert code_of(lambda: open_imap(account, credential_of(token))) == "client-certificate-refused"
    finally:
        (operator._folder / "nobody").rename(operator._folder / "holders" / NUMBER)
