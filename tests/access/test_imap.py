"""Getting in to an IMAP server, and the ways in which one may be kept out or led astray."""

import base64
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from mssclient.access.credential import Credential, PasswordCredential
from mssclient.access.open import Patience, open_imap
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.errors import MssError, Refused, WorldError
from mssclient.model.ids import AccountId
from mssclient.model.secrets import Secret
from tests.planted import seed_secret
from tests.servers import Authority, ImapServer
from tests.servers.scripted import Close, Expect, Script, ScriptedServer, Send, Stall, StartTls, every_cut

PASSWORD = seed_secret("Sésame-ouvre-toi!")
CREDENTIAL = PasswordCredential(login="alice@exemple.fr", secret=Secret(PASSWORD))
IMPATIENT = Patience(connect_s=3, reply_s=1.5)
PLAIN = base64.b64encode(f"\0alice@exemple.fr\0{PASSWORD}".encode())
GREETING = Send(b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] bonjour\r\n")
LOGIN: Script = [
    Expect(rb"(?P<tag>\S+) AUTHENTICATE PLAIN " + PLAIN.replace(b"+", rb"\+")),
    Send(b"{tag} OK [CAPABILITY IMAP4rev1 IDLE MOVE] entrez\r\n"),
]

Scripted = Callable[..., ScriptedServer]


def account(port: int, authority: Authority, *, security: str = "tls", host: str = "localhost") -> Account:
    endpoint = Endpoint(host=host, port=port, security=security)
    ca = authority.ca_pem.decode()
    return Account(
        id=AccountId(1), address="alice@exemple.fr", imap=endpoint, smtp=endpoint, ca_pem=ca, auth="cps"
    )


def refusal(account: Account, credential: Credential = CREDENTIAL) -> MssError:
    with pytest.raises(WorldError) as caught:
        open_imap(account, credential, IMPATIENT)
    error = caught.value
    assert error.sentence
    assert error.remedy
    assert PASSWORD not in f"{error} {error.sentence} {error.remedy} {error.detail}"
    assert str(error) == error.code
    return error


def test_login_over_implicit_tls(
    scripted: Scripted, server_tls: ssl.SSLContext, authority: Authority
) -> None:
    server = scripted([GREETING, *LOGIN, Stall()], tls=server_tls)
    opened = open_imap(account(server.port, authority), CREDENTIAL, IMPATIENT)
    assert opened.capabilities.idle
    assert opened.capabilities.move
    assert opened.stream.tls_version.startswith("TLSv1.")
    opened.stream.close()


def test_login_over_starttls_asks_capabilities_again(
    scripted: Scripted, server_tls: ssl.SSLContext, authority: Authority
) -> None:
    script: Script = [
        # What is announced in clear must not be believed afterwards.
        Send(b"* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=LIE] bonjour\r\n"),
        Expect(rb"(?P<tag>\S+) CAPABILITY"),
        Send(b"* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED AUTH=LIE\r\n{tag} OK\r\n"),
        Expect(rb"(?P<tag>\S+) STARTTLS"),
        Send(b"{tag} OK allez\r\n"),
        StartTls(),
        Expect(rb"(?P<tag>\S+) CAPABILITY"),
        Send(b"* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\n{tag} OK\r\n"),
        *LOGIN,
        Stall(),
    ]
    server = scripted(script, tls=server_tls, starttls=True)
    opened = open_imap(account(server.port, authority, security="starttls"), CREDENTIAL, IMPATIENT)
    assert opened.stream.secured
    opened.stream.close()


CLEAR: Script = [
    Send(b"* OK bonjour\r\n"),
    Expect(rb"(?P<tag>\S+) CAPABILITY"),
]


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ([*CLEAR, Send(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n{tag} OK\r\n"), Stall()], "starttls-missing"),
        ([Send(b"* PREAUTH [CAPABILITY IMAP4rev1] salut\r\n"), Stall()], "preauth-before-tls"),
        ([*CLEAR, Send(b"* CAPABILITY IMAP4rev1 STARTTLS\r\n{tag} OK\r\n"),
          Expect(rb"(?P<tag>\S+) STARTTLS"), Send(b"{tag} BAD non\r\n"), Stall()], "starttls-missing"),
        ([*CLEAR, Send(b"* CAPABILITY IMAP4rev1 STARTTLS\r\n{tag} OK\r\n"), Expect(rb"(?P<tag>\S+) STARTTLS"),
          Send(b"{tag} OK allez\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"), Stall()], "protocol-nonsense"),
    ],
    ids=["not offered", "preauth", "refused", "injected before the handshake"],
)  # fmt: skip
def test_nothing_is_said_in_clear(
    scripted: Scripted, server_tls: ssl.SSLContext, authority: Authority, script: Script, code: str
) -> None:
    server = scripted(script, tls=server_tls, starttls=True)
    assert refusal(account(server.port, authority, security="starttls")).code == code


def test_preauth_inside_tls_is_refused_too(
    scripted: Scripted, server_tls: ssl.SSLContext, authority: Authority
) -> None:
    server = scripted([Send(b"* PREAUTH ouvert\r\n"), Stall()], tls=server_tls)
    assert refusal(account(server.port, authority)).code == "preauth-before-tls"


@pytest.mark.parametrize(
    ("which", "code"),
    [
        ("expired_server", "certificate-expired"),
        ("future_server", "certificate-expired"),
        ("wrong_name_server", "certificate-name"),
    ],
)
def test_certificates_are_checked(
    scripted: Scripted, authority: Authority, tmp_path: Path, which: str, code: str
) -> None:
    context = getattr(authority, which)().server_context(tmp_path)
    server = scripted([Stall()], tls=context)
    error = refusal(account(server.port, authority))
    assert error.code == code
    assert isinstance(error, Refused)
    assert error.exit_code == 4


def test_an_unknown_authority_is_refused(
    scripted: Scripted, server_tls: ssl.SSLContext, authority: Authority
) -> None:
    server = scripted([Stall()], tls=server_tls)
    assert refusal(account(server.port, Authority("Autre"))).code == "certificate-untrusted"


def test_a_certificate_for_the_name_is_not_one_for_the_address(
    scripted: Scripted, authority: Authority, tmp_path: Path
) -> None:
    context = authority.server(("localhost",), ()).server_context(tmp_path)
    server = scripted([Stall()], tls=context)
    assert refusal(account(server.port, authority, host="127.0.0.1")).code == "certificate-name"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"{tag} NO [AUTHENTICATIONFAILED] non\r\n", "login-refused"),
        (b"{tag} NO non\r\n", "login-refused"),
        (b"{tag} BAD non\r\n", "login-refused"),
        (b"{tag} NO [UNAVAILABLE] plus tard\r\n", "server-busy"),
        (b"* BYE trop de connexions\r\n", "server-busy"),
        (
            b"{tag} NO [ALERT] password must be changed before IMAP login permitted\r\n",
            "password-must-change",
        ),
        (b"{tag} NO [EXPIRED] fini\r\n", "password-expired"),
        (b"{tag} NO [AUTHORIZATIONFAILED] pas la tienne\r\n", "login-not-allowed"),
        (b"{tag} NO [CONTACTADMIN] appelez\r\n", "account-locked"),
        (b"{tag} NO account is locked\r\n", "account-locked"),
        (b"{tag} NO [LIMIT] trop\r\n", "login-throttled"),
        (b"* BYE Too many login failures\r\n", "login-throttled"),
        (b"+ encore\r\n", "timeout"),
        (b"x9 OK pour un autre\r\n", "protocol-nonsense"),
        (b"\0\0\0\r\n", "protocol-nonsense"),
        (b"", "timeout"),
    ],
)
def test_refusals_and_nonsense_at_login(
    scripted: Scripted, server_tls: ssl.SSLContext, authority: Authority, answer: bytes, code: str
) -> None:
    server = scripted([GREETING, LOGIN[0], Send(answer), Stall()], tls=server_tls)
    assert refusal(account(server.port, authority)).code == code


def test_without_plain_a_password_goes_by_login_as_a_literal_when_it_must(
    scripted: Scripted, server_tls: ssl.SSLContext, authority: Authority
) -> None:
    octets = PASSWORD.encode()
    script: Script = [
        Send(b"* OK [CAPABILITY IMAP4rev1] bonjour\r\n"),
        Expect(rb"(?P<tag>\S+) LOGIN \{16\}"),
        Send(b"+ \r\n"),
        Expect(rb"alice@exemple\.fr \{%d\}" % len(octets)),
        Send(b"+ \r\n"),
        Expect(octets),
        Send(b"{tag} OK entrez\r\n"),
        Expect(rb"(?P<tag>\S+) CAPABILITY"),
        Send(b"* CAPABILITY IMAP4rev1\r\n{tag} OK\r\n"),
        Stall(),
    ]
    server = scripted(script, tls=server_tls)
    open_imap(account(server.port, authority), CREDENTIAL, IMPATIENT).stream.close()


def test_no_way_in_by_password(scripted: Scripted, server_tls: ssl.SSLContext, authority: Authority) -> None:
    server = scripted(
        [Send(b"* OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2] ici\r\n"), Stall()], tls=server_tls
    )
    assert refusal(account(server.port, authority)).code == "login-impossible"


def test_every_reply_cut_at_every_octet(
    scripted: Scripted, server_tls: ssl.SSLContext, authority: Authority
) -> None:
    for name, script in every_cut([GREETING, *LOGIN]):
        server = scripted(script, tls=server_tls)
        with pytest.raises(WorldError) as caught:
            open_imap(account(server.port, authority), CREDENTIAL, IMPATIENT)
        # A cut just before the LF: the line is not over, and is not believed.
        assert caught.value.code in ("connection-lost", "server-busy"), name


def test_an_endless_line_is_not_read_to_its_end(
    scripted: Scripted, server_tls: ssl.SSLContext, authority: Authority
) -> None:
    server = scripted([Send(b"* OK " + b"a" * 200_000), Stall()], tls=server_tls)
    assert refusal(account(server.port, authority)).code == "protocol-nonsense"


def test_unreachable_and_unknown_hosts(authority: Authority, scripted: Scripted) -> None:
    gone = scripted([Close()])
    gone.__exit__(RuntimeError)
    assert refusal(account(gone.port, authority)).code == "host-unreachable"
    assert refusal(account(993, authority, host="nulle-part.invalid")).code == "host-unknown"
    assert refusal(account(993, authority, host="trop..de..points")).code == "host-unknown"


def test_tls_spoken_to_a_clear_port(scripted: Scripted, authority: Authority) -> None:
    server = scripted([GREETING, Stall()])
    assert refusal(account(server.port, authority)).code in ("tls-failed", "connection-lost")


@pytest.mark.servers
def test_the_real_server_by_both_ways(dovecot: ImapServer) -> None:
    address, password = dovecot.credentials("alice")
    for port, security in ((dovecot.port_tls, "tls"), (dovecot.port_starttls, "starttls")):
        endpoint = Endpoint(host="localhost", port=port, security=security)
        ours = Account(
            id=AccountId(1), address=address, imap=endpoint, smtp=endpoint, ca_pem=dovecot.ca_pem.decode()
        )
        opened = open_imap(ours, PasswordCredential(login=address, secret=Secret(password)))
        assert opened.capabilities.qresync
        assert opened.capabilities.uidplus
        opened.stream.close()
        with pytest.raises(Refused) as caught:
            open_imap(ours, PasswordCredential(login=address, secret=Secret("faux")))
        assert caught.value.code == "login-refused"
