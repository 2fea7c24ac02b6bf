"""Getting in to a server of filters (ManageSieve), and what keeps one out or leads one astray."""

import base64
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from mssclient.access import sieve
from mssclient.access.credential import (
    CertificateCredential,
    Credential,
    PasswordCredential,
    TokenCredential,
)
from mssclient.access.open import Patience, open_sieve, sieve_of
from mssclient.access.pkcs12 import open_pkcs12, unlock
from mssclient.access.refusals import from_sieve
from mssclient.access.sieve import ManageSieve
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.ids import AccountId
from mssclient.model.secrets import Secret
from mssclient.operators import station
from tests.access.sieve_replies import literal, quoted, reading
from tests.access.sources import Source
from tests.planted import seed_secret
from tests.refusals import code_of, refusal_of
from tests.servers import Authority, ImapServer
from tests.servers.identity import IdentityProvider, Person
from tests.servers.scripted import (
    Close,
    Expect,
    Script,
    ScriptedServer,
    Send,
    Stall,
    StartTls,
    every_cut,
    in_pieces,
)

LOGIN = "alice@exemple.fr"
PASSWORD = seed_secret("Sésame-des-filtres!")
IMPATIENT = Patience(connect_s=3, reply_s=1.5)
REASON = base64.b64encode(b'{"status":"401","schemes":"bearer","scope":"mail"}')
GREETING = Send(b'"IMPLEMENTATION" "essai"\r\n"SASL" "PLAIN"\r\n"SIEVE" "fileinto vacation"\r\nOK "la"\r\n')
PLAIN = base64.b64encode(f"\0{LOGIN}\0{PASSWORD}".encode())
ASKED = Expect(rb'AUTHENTICATE "PLAIN" "%s"' % PLAIN.replace(b"+", rb"\+"))
ENTERED: Script = [
    Send(b"OK\r\n"),
    Expect(rb"CAPABILITY"),
    Send(b'"SIEVE" "fileinto Vacation imap4flags"\r\nOK\r\n'),
]
CLEAR = Send(b'"SASL" ""\r\n"STARTTLS"\r\nOK "la"\r\n')
BEGIN_TLS: Script = [CLEAR, Expect(rb"STARTTLS"), Send(b'OK "allez"\r\n'), StartTls()]

Scripted = Callable[..., ScriptedServer]
Attempt = Callable[..., ManageSieve]


def password() -> Credential:
    return PasswordCredential(LOGIN, Secret(PASSWORD))


def account(port: int, authority: Authority, security: str = "tls") -> Account:
    nowhere = Endpoint(host="localhost", port=1)
    there = Endpoint(host="localhost", port=port, security=security)
    anchor = authority.ca_pem.decode()
    return Account(
        id=AccountId(1), address=LOGIN, imap=nowhere, smtp=nowhere, sieve=there, ca_pem=anchor, auth="cps"
    )


@pytest.fixture
def attempt(scripted: Scripted, server_tls: ssl.SSLContext, authority: Authority) -> Attempt:
    """Log in to a server that plays this; inside TLS from the start unless it has a StartTls of its own."""

    def log_in(
        script: Script, credential: Credential | None = None, *, starttls: bool = False
    ) -> ManageSieve:
        server = scripted(script, tls=server_tls, starttls=starttls)
        ours = account(server.port, authority, "starttls" if starttls else "tls")
        return open_sieve(ours, credential or password(), IMPATIENT)

    return log_in


# -- getting in ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("piece_octets", [0, 1])
def test_login_and_what_the_server_can_do(attempt: Attempt, piece_octets: int) -> None:
    opened = attempt(
        in_pieces([GREETING, ASKED, *ENTERED, Expect(rb"LOGOUT"), Send(b"OK\r\n")], piece_octets)
    )
    assert opened.capabilities.extensions == ("fileinto", "vacation", "imap4flags")
    assert opened.stream.tls_version.startswith("TLSv1.")
    opened.log_out()
    assert opened.stream.closed


def test_what_was_said_in_clear_is_not_believed_afterwards(attempt: Attempt) -> None:
    lie = Send(b'"SASL" "EXTERNAL"\r\n"SIEVE" "mensonge"\r\n"STARTTLS"\r\nOK\r\n')
    script = [lie, *BEGIN_TLS[1:], GREETING, ASKED, *ENTERED, Stall()]
    opened = attempt(script, starttls=True)
    assert "mensonge" not in opened.capabilities.extensions
    assert opened.stream.secured
    opened.close()


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ([GREETING, Stall()], "starttls-missing"),
        ([CLEAR, Expect(rb"STARTTLS"), Send(b'NO "non"\r\n'), Stall()], "starttls-missing"),
        ([CLEAR, Expect(rb"STARTTLS"), Send(b'BYE "non"\r\n'), Close()], "starttls-missing"),
        ([CLEAR, Expect(rb"STARTTLS"), Send(b"OK\r\n" + GREETING.data), Stall()], "protocol-nonsense"),
        ([CLEAR, Expect(rb"STARTTLS"), Send(b'OK {2}\r\nok\r\n"SASL"'), Stall()], "protocol-nonsense"),
        ([Send(b'BYE (REFERRAL "sieve://ailleurs.example") "la-bas"\r\n'), Close()], "server-moved"),
        ([Send(b'BYE "trop de monde"\r\n'), Close()], "server-busy"),
        ([Send(b"* OK [CAPABILITY IMAP4rev1] bonjour\r\n"), Stall()], "protocol-nonsense"),
        ([Send(b"220 bonjour\r\n"), Stall()], "protocol-nonsense"),
        ([Send(b'"A" "b" "c"\r\nOK\r\n'), Stall()], "protocol-nonsense"),
    ],
)  # fmt: skip
def test_nothing_is_said_in_clear(attempt: Attempt, script: Script, code: str) -> None:
    assert code_of(lambda: attempt(script, starttls=True)) == code


def test_silence_after_the_handshake_is_not_waited_for_without_end(attempt: Attempt) -> None:
    """A server that does not say again what it can do (§2.2) is not believed for what it said before."""
    assert code_of(lambda: attempt([*BEGIN_TLS, Stall()], starttls=True)) == "timeout"


def test_a_login_is_never_tried_without_tls(scripted: Scripted, authority: Authority) -> None:
    stream = reading(GREETING.data)
    filters = ManageSieve(stream)
    filters.greet()
    assert (
        code_of(lambda: filters.log_in(password(), Endpoint(host="localhost", port=1))) == "starttls-missing"
    )
    stream.close()


def test_an_account_without_a_server_of_filters(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Endpoint(host="localhost", port=1)
    ours = Account(id=AccountId(1), address=LOGIN, imap=here, smtp=here, operator="essai")
    assert sieve_of(ours) is None
    assert code_of(lambda: open_sieve(ours, password())) == "sieve-unknown"
    from mssclient.operators.profiles import OperatorProfile

    profile = OperatorProfile(name="Essai", sieve=Endpoint(host="sieve.example", port=4190))
    monkeypatch.setattr(station, "profile_of", {"essai": profile}.get)
    assert sieve_of(ours) == profile.sieve


# -- refusals ------------------------------------------------------------------------------------------------

REFUSED = {
    b'NO "Authentication failed."': "login-refused",
    b"NO": "login-refused",
    b'NO (AUTH-TOO-WEAK) "non"': "login-impossible",
    b'NO (ENCRYPT-NEEDED) "non"': "login-impossible",
    b'NO (TRANSITION-NEEDED) "non"': "password-must-change",
    b'NO "password must be changed before login permitted"': "password-must-change",
    b'NO "Password expired."': "password-expired",
    b'NO "Account is locked"': "account-locked",
    b'NO (TRYLATER) "Temporary authentication failure."': "server-busy",
    b'BYE "Too many invalid commands."': "login-throttled",
    b'BYE "Disconnected."': "server-busy",
    b'NO (REFERRAL "sieve://ailleurs.example") "la-bas"': "server-moved",
    b"NO {3}\r\nnon": "login-refused",
    b'NO (X-AUTRE (1 "deux")) {3}\r\nnon': "login-refused",
    b'"=" "="': "protocol-nonsense",
    b"OK (": "protocol-nonsense",
    b"OK ()": "protocol-nonsense",
    b'OK "a" "b"': "protocol-nonsense",
    b'OK "a': "protocol-nonsense",
    b"PEUT-ETRE": "protocol-nonsense",
    b"": "protocol-nonsense",
    b"\0\0\0": "protocol-nonsense",
    b"OK {2147483648}": "protocol-nonsense",
    b"{2147483648+}": "protocol-nonsense",
    b"{99999999999999999999999999}": "protocol-nonsense",
    b"OK " + b"a" * 200_000: "protocol-nonsense",
}


@pytest.mark.parametrize("answer", REFUSED, ids=[each[:50].decode() for each in REFUSED])
def test_refusals_and_nonsense_at_login(attempt: Attempt, answer: bytes) -> None:
    error = refusal_of(lambda: attempt([GREETING, ASKED, Send(answer + b"\r\n"), Stall()]))
    assert error.code == REFUSED[answer]
    assert PASSWORD not in f"{error} {error.sentence} {error.remedy} {error.detail}"
    assert "ailleurs" not in f"{error.sentence} {error.detail}"


def test_a_code_of_the_server_own_making_is_not_kept() -> None:
    assert from_sieve("NO", "ALICE-8997", "non", password()).detail == ""
    assert from_sieve("NO", "TRYLATER", "non", password()).detail == "TRYLATER"


def test_no_mechanism_in_common(attempt: Attempt) -> None:
    script: Script = [Send(b'"SASL" "LOGIN XOAUTH2 GSSAPI"\r\nOK\r\n'), Stall()]
    assert code_of(lambda: attempt(script)) == "login-impossible"


def test_a_nul_is_not_shown(attempt: Attempt) -> None:
    odd = PasswordCredential(LOGIN, Secret("a\0b"))
    assert code_of(lambda: attempt([GREETING, Stall()], odd)) == "login-refused"


def test_every_reply_cut_at_every_octet(attempt: Attempt) -> None:
    for name, script in every_cut([GREETING, ASKED, *ENTERED]):
        code = code_of(lambda script=script: attempt(script))
        assert code == "connection-lost", name


def test_every_reply_in_clear_cut_at_every_octet(attempt: Attempt) -> None:
    for name, script in every_cut(BEGIN_TLS[:3]):
        code = code_of(lambda script=script: attempt(script, starttls=True))
        assert code in ("connection-lost", "starttls-missing"), name


@pytest.mark.parametrize("challenge", [b'""', b"{4}\r\nAAAA"])
def test_challenges_without_end(server_tls: ssl.SSLContext, authority: Authority, challenge: bytes) -> None:
    endless = [step for _ in range(30) for step in (Send(challenge + b"\r\n"), Expect(rb'"\*"'))]
    server = ScriptedServer([GREETING, ASKED, *endless, Stall()], tls=server_tls)
    server.__enter__()
    try:
        ours = account(server.port, authority)
        assert code_of(lambda: open_sieve(ours, password(), IMPATIENT)) == "protocol-nonsense"
    finally:
        server.__exit__(RuntimeError)  # that the client leaves in the middle is what is wanted


def test_a_login_that_trickles_is_left(attempt: Attempt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sieve, "_REPLY_S", 0.3)
    assert code_of(lambda: attempt([Send(b'"' + b"A" * 6000, 1), Stall()])) == "timeout"
    slow = [GREETING, ASKED, Send(b'"' + b"A" * 6000, 1), Stall()]
    assert code_of(lambda: attempt(slow)) == "timeout"


# -- tokens and certificates ---------------------------------------------------------------------------------


def token_asked(mechanism: bytes) -> Script:
    return [
        Send(b'"SASL" "PLAIN %s"\r\nOK\r\n' % mechanism),
        Expect(rb'AUTHENTICATE "%s"' % mechanism),
        Send(b'""\r\n'),
        Expect(rb'"[A-Za-z0-9+/=]{20,}"'),
    ]


ENDINGS: dict[str, Callable[[bytes], Script]] = {
    "dance": lambda last: [Send(quoted(REASON) + b"\r\n"), Expect(last), Send(b'NO "non"\r\n'), Stall()],
    "dance by literal": lambda last: [
        Send(literal(REASON) + b"\r\n"), Expect(last), Send(b'NO "non"\r\n'), Stall()
    ],
    "dropped": lambda _last: [Send(quoted(REASON) + b"\r\n"), Close()],
    "plain": lambda _last: [Send(b'NO "Authentication failed."\r\n'), Stall()],
    "busy": lambda _last: [Send(b'NO (TRYLATER) "Temporary authentication failure."\r\n'), Stall()],
}  # fmt: skip


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(("mechanism", "last"), [(b"XOAUTH2", b'""'), (b"OAUTHBEARER", b'"AQ=="')])
def test_the_refusals_of_a_token(
    scripted: Scripted,
    server_tls: ssl.SSLContext,
    authority: Authority,
    ending: str,
    mechanism: bytes,
    last: bytes,
) -> None:
    server = scripted([*token_asked(mechanism), *ENDINGS[ending](last)], tls=server_tls)
    source = Source(seed_secret("jeton-premier"), seed_secret("jeton-second"))
    ours = account(server.port, authority)
    assert code_of(lambda: open_sieve(ours, TokenCredential(LOGIN, source), IMPATIENT)) == "token-refused"
    assert server.connections == 2


def test_a_long_token_goes_as_a_literal(attempt: Attempt) -> None:
    token = "t" * 3000
    sent: Script = [Expect(rb"\{4\d\d\d\+\}"), Expect(rb"[A-Za-z0-9+/=]{4000,}")]
    script = [*token_asked(b"XOAUTH2")[:3], *sent, *ENTERED, Stall()]
    attempt(script, TokenCredential(LOGIN, Source(token))).close()


@pytest.mark.parametrize("asked_again", [False, True])
def test_a_certificate_is_pointed_at(
    attempt: Attempt, authority: Authority, tmp_path: Path, asked_again: bool
) -> None:
    """The empty response goes at once; a server that takes it for none asks, and gets it."""
    more: Script = [Send(b'""\r\n'), Expect(rb'""')] if asked_again else []
    script = [Send(b'"SASL" "EXTERNAL"\r\nOK\r\n'), Expect(rb'AUTHENTICATE "EXTERNAL" ""'), *more, *ENTERED]
    attempt([*script, Stall()], certificate(authority, tmp_path)).close()


def certificate(authority: Authority, folder: Path, number: str = "899700000123") -> Credential:
    file = folder / "certificat.p12"
    passphrase = seed_secret("Phrase-du-fichier-é")
    file.write_bytes(authority.client(LOGIN, number).pkcs12(passphrase))
    return CertificateCredential(LOGIN, open_pkcs12(file, passphrase, unlock))


# -- the real server -----------------------------------------------------------------------------------------


def on(server: ImapServer, address: str) -> Account:
    here = Endpoint(host="localhost", port=server.sieve_port, security="starttls")
    return Account(
        id=AccountId(1), address=address, imap=here, smtp=here, sieve=here, ca_pem=server.ca_pem.decode()
    )


@pytest.mark.servers
def test_a_password_opens_the_filters_of_the_real_server(dovecot: ImapServer) -> None:
    address, secret = dovecot.credentials("alice")
    ours = on(dovecot, address)
    opened = open_sieve(ours, PasswordCredential(address, Secret(secret)))
    assert {"fileinto", "vacation"} <= set(opened.capabilities.extensions)
    assert opened.command(b"PUTSCRIPT", b"essai", "# été\r\nkeep;\r\n".encode()).good
    assert opened.command(b"GETSCRIPT", b"essai").lines[0][0] == "# été\r\nkeep;\r\n".encode()
    assert not opened.command(b"GETSCRIPT", "n’y est pas".encode()).good
    assert opened.command(b"DELETESCRIPT", b"essai").good
    opened.log_out()
    wrong = PasswordCredential(address, Secret("faux"))
    assert code_of(lambda: open_sieve(ours, wrong)) == "login-refused"


@pytest.mark.servers
def test_a_certificate_opens_the_filters_of_the_real_server(
    dovecot: ImapServer, authority: Authority, tmp_path: Path, new_user: tuple[str, str]
) -> None:
    operator = dovecot.with_certificates()
    number = "899700000456"
    credential = certificate(authority, tmp_path, number)
    ours = on(operator, new_user[0])
    assert code_of(lambda: open_sieve(ours, credential)) == "client-certificate-refused"
    operator.let_in(number, new_user[0])
    open_sieve(ours, credential).log_out()


@pytest.mark.servers
def test_a_token_opens_the_filters_of_the_real_server(
    dovecot: ImapServer, identity: IdentityProvider
) -> None:
    operator = dovecot.with_tokens(f"{identity.issuer}/introspect")
    address = operator.users["alice"][0]
    person = Person(address, "899700000001", "Alice", "MARTIN")
    ended, fresh = identity.token_of(person, lifetime_s=-1), identity.token_of(person)
    other = identity.token_of(Person(operator.users["bob"][0], "899700000002", "Bob", "DURAND"))
    ours = on(operator, address)
    open_sieve(ours, TokenCredential(address, Source(fresh))).log_out()
    open_sieve(ours, TokenCredential(address, Source(ended, fresh))).log_out()
    assert code_of(lambda: open_sieve(ours, TokenCredential(address, Source(other)))) == "token-refused"
    bearer = TokenCredential(address, Source(fresh))
    bearer.mechanisms = ("OAUTHBEARER",)
    open_sieve(ours, bearer).log_out()
