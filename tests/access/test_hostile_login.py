"""Servers that make the login dialogue long: challenges without end, long lines, octets that trickle."""

import ssl
import time
from collections.abc import Callable

import pytest

from mssclient.access import https, imap, smtp
from mssclient.access.credential import Credential, PasswordCredential, TokenCredential
from mssclient.access.ldap import LdapResult
from mssclient.access.open import Patience, open_imap, open_submission
from mssclient.access.refusals import from_imap, from_smtp
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.errors import MssError
from mssclient.model.ids import AccountId
from mssclient.model.secrets import Secret
from tests.planted import seed_secret
from tests.servers import Authority
from tests.servers.scripted import Expect, Script, ScriptedServer, Send, Stall, Step

LOGIN = "alice@exemple.fr"
PASSWORD = PasswordCredential(LOGIN, Secret(seed_secret("mot-de-passe-hostile")))
IMPATIENT = Patience(connect_s=3, reply_s=3)
GREETING = Send(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 AUTH=OAUTHBEARER] la\r\n")
ENDLESS: list[Step] = [step for _ in range(30) for step in (Send(b"+ \r\n"), Expect(rb"[^\r\n]*"))]
HELLO: list[Step] = [
    Send(b"220 la\r\n"),
    Expect(rb"EHLO .*"),
    Send(b"250-moi\r\n250 AUTH PLAIN LOGIN XOAUTH2\r\n"),
]


class Source:
    def token(self, given_up: object = None) -> str:
        return seed_secret("jeton-hostile")

    def refused(self, token: str) -> bool:
        return False


TOKEN = TokenCredential(LOGIN, Source())


def account(port: int, authority: Authority) -> Account:
    endpoint = Endpoint(host="localhost", port=port)
    return Account(
        id=AccountId(1), address=LOGIN, imap=endpoint, smtp=endpoint, ca_pem=authority.ca_pem.decode()
    )


class Unjudged(ScriptedServer):
    """A client that leaves in the middle is what is wanted here."""

    def check(self) -> None:
        pass


Outcome = Callable[[Script, Callable[..., object], Credential], tuple[str, float]]


@pytest.fixture
def outcome(server_tls: ssl.SSLContext, authority: Authority) -> Outcome:
    """How an attempt ends: the error's code, and the seconds it took."""

    def attempt(script: Script, opening: Callable[..., object], credential: Credential) -> tuple[str, float]:
        with Unjudged(script, tls=server_tls) as server:
            begun = time.monotonic()
            with pytest.raises(MssError) as refusal:
                opening(account(server.port, authority), credential, IMPATIENT)
            return refusal.value.code, time.monotonic() - begun

    return attempt


@pytest.mark.parametrize("credential", [PASSWORD, TOKEN], ids=["password", "token"])
def test_challenges_without_end_at_imap(outcome: Outcome, credential: Credential) -> None:
    script = [GREETING, Expect(rb"\S+ AUTHENTICATE .*"), *ENDLESS, Stall()]
    code, took = outcome(script, open_imap, credential)
    assert code == "protocol-nonsense"
    assert took < 3


@pytest.mark.parametrize("credential", [PASSWORD, TOKEN], ids=["password", "token"])
def test_challenges_without_end_at_submission(outcome: Outcome, credential: Credential) -> None:
    endless: list[Step] = [step for _ in range(30) for step in (Send(b"334 \r\n"), Expect(rb"[^\r\n]*"))]
    script = [*HELLO, Expect(rb"AUTH .*"), *endless, Stall()]
    code, took = outcome(script, open_submission, credential)
    assert code in ("login-refused", "token-refused")
    assert took < 3


@pytest.mark.parametrize("credential", [PASSWORD, TOKEN], ids=["password", "token"])
def test_a_challenge_longer_than_any(outcome: Outcome, credential: Credential) -> None:
    at_imap = [GREETING, Expect(rb"\S+ AUTHENTICATE .*"), Send(b"+ " + b"A" * 200_000 + b"\r\n"), Stall()]
    assert outcome(at_imap, open_imap, credential)[0] == "protocol-nonsense"
    at_smtp = [*HELLO, Expect(rb"AUTH .*"), Send(b"334 " + b"A" * 20_000 + b"\r\n"), Stall()]
    assert outcome(at_smtp, open_submission, credential)[0] == "protocol-nonsense"


def test_a_login_that_trickles_is_left(outcome: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "_STEP_S", 0.3)
    slow = Send(b"+ " + b"A" * 6000, 1)
    code, took = outcome([GREETING, Expect(rb"\S+ AUTH.*"), slow, Stall()], open_imap, PASSWORD)
    assert (code, took < 3) == ("timeout", True)
    code, took = outcome([Send(b"* OK " + b"A" * 6000, 1), Stall()], open_imap, PASSWORD)
    assert (code, took < 3) == ("timeout", True)


def test_a_submission_that_trickles_is_left(outcome: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    default = smtp.Submission.read_reply
    monkeypatch.setattr(smtp.Submission, "read_reply", lambda self, seconds=0.3: default(self, seconds))
    slow = Send(b"250-" + b"A" * 6000, 1)
    code, took = outcome([HELLO[0], HELLO[1], slow, Stall()], open_submission, PASSWORD)
    assert (code, took < 3) == ("timeout", True)


def test_what_a_server_puts_in_brackets_is_not_kept() -> None:
    """It may be anything, the person's login too, and a detail is written into logs."""
    line = b"a1 NO [alice-martin-8999] non"
    assert from_imap(line, [b"* NO [" + b"A" * 5000 + b"] non"], PASSWORD).detail == ""
    assert from_imap(b"a1 NO [AUTHENTICATIONFAILED] non", [], PASSWORD).detail == "AUTHENTICATIONFAILED"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"a1 NO [UNAVAILABLE] Temporary authentication failure, try again later", "server-busy"),
        (b"a1 NO too many failures, try again later", "login-throttled"),
        (b"a1 NO blocked, try again later", "login-throttled"),
    ],
)
def test_a_busy_server_is_not_a_refusal_to_remember(line: bytes, code: str) -> None:
    assert from_imap(line, [], PASSWORD).code == code


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ((454, "4.7.0", "Temporary authentication failure, try again later"), "server-busy"),
        ((504, "5.5.4", "Unrecognized authentication type"), "login-impossible"),
        ((534, "5.7.9", "Mechanism is too weak"), "login-impossible"),
        ((535, "5.7.8", "Bad credentials"), "login-refused"),
        ((535, "5.7.8", "Blocked, try again later"), "login-throttled"),
    ],
)
def test_what_submission_says(reply: tuple[int, str, str], code: str) -> None:
    assert from_smtp(*reply, PASSWORD).code == code


@pytest.mark.parametrize("login", ["a\x01auth=Bearer autre\x01\x01", "a\r\nb", "a\0b"])
@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_a_login_that_would_be_a_field_of_its_own(login: str, mechanism: str) -> None:
    with pytest.raises(MssError) as refusal:
        TokenCredential(login, Source()).response(mechanism, Endpoint(host="h", port=1))
    assert refusal.value.code == "login-refused"


def test_answers_do_not_show_themselves() -> None:
    secret = seed_secret("jeton-dans-une-reponse")
    answers = (
        https.Reply(status=200, body=secret.encode()),
        smtp.Reply(code=535, lines=(secret,)),
        LdapResult(code=49, message=secret),
    )
    assert secret not in repr(answers)
