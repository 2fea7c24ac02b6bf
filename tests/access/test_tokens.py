"""Access tokens open a BAL: a real Dovecot that asks the provider, and the refusals seen in the field."""

import base64
import json
import ssl
from collections.abc import Callable
from typing import Any

import pytest

from mssclient.access.credential import TokenCredential
from mssclient.access.open import open_imap, open_submission
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.errors import Refused
from mssclient.model.ids import AccountId
from tests.access.sources import Source
from tests.mail.accounts import account_on
from tests.planted import seed_secret
from tests.refusals import code_of
from tests.servers import Authority, ImapServer
from tests.servers.identity import IdentityProvider, Person
from tests.servers.scripted import Close, Expect, ScriptedServer, Send, Stall, Step

pytestmark = pytest.mark.servers

GREETING = Send(b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2] pret\r\n")
REASON = base64.b64encode(json.dumps({"status": "401", "schemes": "bearer", "scope": "mail"}).encode())
LOGIN = "essai@medecin.mssante.fr"


@pytest.fixture
def operator(dovecot: ImapServer, identity: IdentityProvider) -> ImapServer:
    return dovecot.with_tokens(f"{identity.issuer}/introspect")


def account(server: ImapServer, address: str, starttls: bool) -> Account:
    return account_on(server, address, starttls=starttls)


@pytest.mark.parametrize("starttls", [False, True], ids=["tls", "starttls"])
def test_a_token_opens_reading_and_sending(
    operator: ImapServer, identity: IdentityProvider, starttls: bool
) -> None:
    address = operator.users["alice"][0]
    token = identity.token_of(Person(address, "899700000001", "Alice", "MARTIN"))
    ours = account(operator, address, starttls)
    opened = open_imap(ours, TokenCredential(address, Source(token)))
    assert opened.capabilities.idle
    opened.stream.close()
    open_submission(ours, TokenCredential(address, Source(token))).close()


def test_an_ended_token_is_replaced_once(operator: ImapServer, identity: IdentityProvider) -> None:
    address = operator.users["alice"][0]
    person = Person(address, "899700000001", "Alice", "MARTIN")
    ended, fresh = identity.token_of(person, lifetime_s=-1), identity.token_of(person)
    ours = account(operator, address, False)
    open_imap(ours, TokenCredential(address, Source(ended, fresh))).stream.close()
    open_submission(ours, TokenCredential(address, Source(ended, fresh))).close()
    assert code_of(lambda: open_imap(ours, TokenCredential(address, Source(ended, ended, fresh)))) == (
        "token-refused"
    )


def test_a_token_of_another_person_opens_nothing(operator: ImapServer, identity: IdentityProvider) -> None:
    address = operator.users["alice"][0]
    token = identity.token_of(Person(operator.users["bob"][0], "899700000002", "Bob", "DURAND"))
    ours = account(operator, address, False)
    assert code_of(lambda: open_imap(ours, TokenCredential(address, Source(token)))) == "token-refused"
    assert code_of(lambda: open_submission(ours, TokenCredential(address, Source(token)))) == "token-refused"


def loopback(port: int, authority: Authority) -> Account:
    endpoint = Endpoint(host="localhost", port=port)
    return Account(
        id=AccountId(1), address=LOGIN, imap=endpoint, smtp=endpoint, ca_pem=authority.ca_pem.decode()
    )


IMAP_ASKED: list[Step] = [
    GREETING,
    Expect(rb"(?P<tag>\S+) AUTHENTICATE XOAUTH2"),
    Send(b"+ \r\n"),
    Expect(rb"[A-Za-z0-9+/=]{20,}"),
]
SMTP_ASKED: list[Step] = [
    Send(b"220 pret\r\n"),
    Expect(rb"EHLO .*"),
    Send(b"250-moi\r\n250 AUTH XOAUTH2\r\n"),
    Expect(rb"AUTH XOAUTH2"),
    Send(b"334 \r\n"),
    Expect(rb"[A-Za-z0-9+/=]{20,}"),
]


@pytest.mark.parametrize(
    "ending",
    [
        [Send(b"+ " + REASON + b"\r\n"), Expect(b""), Send(b"{tag} NO non\r\n"), Stall()],
        [Send(b"+ " + REASON + b"\r\n"), Close()],
        [Send(b"{tag} NO [AUTHENTICATIONFAILED] non\r\n"), Stall()],
    ],
    ids=["dance", "dropped", "plain"],
)
def test_the_refusals_seen_at_imap(
    scripted: Callable[..., ScriptedServer],
    server_tls: ssl.SSLContext,
    authority: Authority,
    ending: list[Any],
) -> None:
    server = scripted([*IMAP_ASKED, *ending], tls=server_tls)
    source = Source(seed_secret("jeton-premier"), seed_secret("jeton-second"))
    with pytest.raises(Refused) as refusal:
        open_imap(loopback(server.port, authority), TokenCredential(LOGIN, source))
    assert refusal.value.code == "token-refused"
    assert server.connections == 2


@pytest.mark.parametrize(
    "ending",
    [
        [Send(b"334 " + REASON + b"\r\n"), Expect(b""), Send(b"535 5.7.8 non\r\n"), Stall()],
        [Send(b"334 " + REASON + b"\r\n"), Close()],
        [Send(b"535 5.7.8 non\r\n"), Stall()],
    ],
    ids=["dance", "dropped", "plain"],
)
def test_the_refusals_seen_at_submission(
    scripted: Callable[..., ScriptedServer],
    server_tls: ssl.SSLContext,
    authority: Authority,
    ending: list[Any],
) -> None:
    server = scripted([*SMTP_ASKED, *ending], tls=server_tls)
    source = Source(seed_secret("jeton-premier"), seed_secret("jeton-second"))
    with pytest.raises(Refused) as refusal:
        open_submission(loopback(server.port, authority), TokenCredential(LOGIN, source))
    assert refusal.value.code == "token-refused"
    assert server.connections == 2


def test_a_token_is_never_said_without_tls(
    scripted: Callable[..., ScriptedServer], authority: Authority
) -> None:
    server = scripted(
        [
            Send(b"* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2] pret\r\n"),
            Expect(rb"(?P<tag>\S+) CAPABILITY"),
            Send(b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n{tag} OK fait\r\n"),
            Stall(),
        ]
    )
    ours = loopback(server.port, authority)
    clear = Account(
        id=ours.id,
        address=LOGIN,
        imap=Endpoint(host="localhost", port=server.port, security="starttls"),
        smtp=ours.smtp,
        ca_pem=ours.ca_pem,
    )
    code = code_of(lambda: open_imap(clear, TokenCredential(LOGIN, Source(seed_secret("jeton-premier")))))
    assert code == "starttls-missing"
