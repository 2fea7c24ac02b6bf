"""One refusal is enough, and closing ends whatever is under way."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator

import msgspec
import pytest

from mssclient.access.credential import Credential, PasswordCredential, TokenCredential
from mssclient.access.failures import connection_lost
from mssclient.access.open import Patience
from mssclient.mail import connector as connectors
from mssclient.mail.connector import Connector
from mssclient.mail.status import Status
from mssclient.mail.workers import CourierThread
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.errors import MssError, WorldError
from mssclient.model.ids import AccountId, PlacementId
from mssclient.model.secrets import Secret
from mssclient.store import journal
from tests.mail.accounts import Desk
from tests.mail.posting import post_send, state_of, until
from tests.planted import seed_secret
from tests.refusals import code_of
from tests.servers import Authority, ImapServer
from tests.servers.scripted import Expect, ScriptedServer, Send, Stall, Step

LOGIN = "alice@exemple.fr"
WRONG = PasswordCredential(LOGIN, Secret(seed_secret("mot-de-passe-faux")))
PATIENT = Patience(connect_s=5, reply_s=15)
GREETING = Send(b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2] la\r\n")
NO: list[Step] = [
    GREETING,
    Expect(rb"(?P<tag>\S+) AUTHENTICATE .*"),
    Send(b"{tag} NO [AUTHENTICATIONFAILED] non\r\n"),
    Stall(),
]
SMTP_HELLO: list[Step] = [
    Send(b"220 la\r\n"),
    Expect(rb"EHLO .*"),
    Send(b"250-moi\r\n250 AUTH PLAIN\r\n"),
    Expect(rb"AUTH PLAIN .*"),
]
SMTP_NO: list[Step] = [*SMTP_HELLO, Send(b"535 5.7.8 non\r\n"), Stall()]
Scripted = Callable[..., ScriptedServer]


def account(authority: Authority, imap: int = 1, smtp: int = 1) -> Account:
    return Account(
        id=AccountId(1),
        address=LOGIN,
        imap=Endpoint(host="localhost", port=imap),
        smtp=Endpoint(host="localhost", port=smtp),
        ca_pem=authority.ca_pem.decode(),
    )


def attempt(work: Callable[[], object], codes: list[str]) -> threading.Thread:
    thread = threading.Thread(target=lambda: codes.append(code_of(work)), daemon=True)
    thread.start()
    return thread


class Unjudged(ScriptedServer):
    def check(self) -> None:
        """A client that is made to leave is what is wanted here."""


@pytest.fixture
def unjudged(server_tls: ssl.SSLContext) -> Iterator[Callable[..., Unjudged]]:
    servers: list[Unjudged] = []

    def make(*script: Step) -> Unjudged:
        servers.append(Unjudged(script, tls=server_tls))
        return servers[-1].__enter__()

    yield make
    for each in servers:
        each.__exit__(None, None, None)


def test_a_password_refused_at_submission_is_not_shown_again(
    scripted: Scripted, server_tls: ssl.SSLContext, authority: Authority
) -> None:
    smtp = scripted(SMTP_NO, tls=server_tls)
    connector = Connector(account(authority, smtp=smtp.port), lambda: WRONG, PATIENT)
    assert [code_of(connector.submission) for _each in range(3)] == ["login-refused"] * 3
    assert smtp.connections == 1
    connector.forgive()
    assert code_of(connector.submission) == "login-refused"
    assert smtp.connections == 2


def test_a_password_refused_at_reception_is_not_shown_at_submission(
    scripted: Scripted, server_tls: ssl.SSLContext, authority: Authority
) -> None:
    imap, smtp = scripted(NO, tls=server_tls), scripted(SMTP_NO, tls=server_tls)
    connector = Connector(account(authority, imap.port, smtp.port), lambda: WRONG, PATIENT)
    assert code_of(connector.session) == "login-refused"
    assert code_of(connector.submission) == "login-refused"
    assert smtp.connections == 0


def test_what_submission_alone_refuses_does_not_close_reception(
    scripted: Scripted, server_tls: ssl.SSLContext, authority: Authority
) -> None:
    yes: list[Step] = [*NO[:2], Send(b"{tag} OK [CAPABILITY IMAP4rev1] oui\r\n"), Stall()]
    imap, smtp = scripted(yes, tls=server_tls), scripted(SMTP_NO, tls=server_tls)
    connector = Connector(account(authority, imap.port, smtp.port), lambda: WRONG, PATIENT)
    assert code_of(connector.submission) == "login-refused"
    connector.session().close()


def test_two_workers_that_begin_at_once_show_it_once(
    scripted: Scripted, server_tls: ssl.SSLContext, authority: Authority
) -> None:
    """At the start, and each time the person asks again: two attempts would count double."""
    slow = [*NO[:2], Send(b"{tag} NO [AUTHENTICATIONFAILED] " + b"n" * 200 + b"\r\n", 1), Stall()]
    imap = scripted(slow, tls=server_tls)
    connector = Connector(account(authority, imap.port), lambda: WRONG, PATIENT)
    codes: list[str] = []
    for thread in [attempt(connector.session, codes) for _each in range(4)]:
        thread.join(10)
    assert codes == ["login-refused"] * 4
    assert imap.connections == 1


def test_a_night_of_attempts_does_not_lock_the_account(
    scripted: Scripted, server_tls: ssl.SSLContext, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    imap = scripted(NO, tls=server_tls)
    connector = Connector(account(authority, imap.port), lambda: WRONG, PATIENT)
    hours = 0.0
    begun = time.monotonic()

    class Clock:
        @staticmethod
        def monotonic() -> float:
            return begun + hours * 3600

    monkeypatch.setattr(connectors, "time", Clock)
    while hours < 16:
        assert code_of(connector.session) == "login-refused"
        hours += 0.1
    assert imap.connections <= 6


def test_closing_ends_a_login_under_way_and_lets_no_other_begin(
    unjudged: Callable[..., Unjudged], authority: Authority
) -> None:
    imap = unjudged(*NO[:2], Stall())
    connector = Connector(account(authority, imap.port), lambda: WRONG, PATIENT)
    codes: list[str] = []
    threads = [attempt(connector.session, codes) for _each in range(2)]  # one in it, one waits for its turn
    until(lambda: imap.connections == 1)
    begun = time.monotonic()
    connector.close_all()
    for thread in threads:
        thread.join(15)
    assert codes == ["connection-lost"] * 2
    assert time.monotonic() - begun < 10
    assert code_of(connector.session) == "connection-lost"
    assert code_of(connector.submission) == "connection-lost"
    assert imap.connections == 1


def test_closing_ends_a_wait_for_a_token(unjudged: Callable[..., Unjudged], authority: Authority) -> None:
    waiting = threading.Event()

    class Source:
        def token(self, given_up: threading.Event | None = None) -> str:
            assert given_up is not None
            waiting.set()
            assert given_up.wait(20)
            raise connection_lost()

        def refused(self, token: str) -> bool:
            return False

    imap = unjudged(GREETING, Stall())
    source = Source()
    made: list[Credential] = []

    def credential() -> Credential:
        made.append(TokenCredential(LOGIN, source))
        return made[-1]

    connector = Connector(account(authority, imap.port), credential, PATIENT)
    codes: list[str] = []
    thread = attempt(connector.session, codes)
    assert waiting.wait(10)
    begun = time.monotonic()
    connector.close_all()
    thread.join(15)
    assert codes == ["connection-lost"]
    assert time.monotonic() - begun < 10


@pytest.mark.servers
@pytest.mark.parametrize(
    ("until_then", "state"),
    [
        ([Expect(rb"MAIL .*")], "waiting connection-lost"),
        ([Expect(rb"MAIL .*"), Send(b"250 oui\r\n"), Expect(rb"RCPT .*"), Send(b"250 oui\r\n"),
          Expect(rb"DATA"), Send(b"354 allez\r\n"), Expect(rb".*", b"\r\n.\r\n")],
         "uncertain send-uncertain"),
    ],
    ids=["before DATA", "after the final dot"],
)  # fmt: skip
def test_stopping_ends_a_submission_under_way(
    dovecot: ImapServer,
    desk_on: Callable[..., Desk],
    new_user: tuple[str, str],
    unjudged: Callable[..., Unjudged],
    authority: Authority,
    until_then: list[Step],
    state: str,
) -> None:
    """The server is silent: without an end from us it would be waited for ten minutes."""
    desk = desk_on(dovecot, new_user[0])
    desk.tree()
    script = [*SMTP_HELLO, Send(b"235 oui\r\n"), *until_then, Stall()]
    smtp = unjudged(*script)
    box = desk.mailbox(msgspec.structs.replace(desk.account, smtp=Endpoint(host="localhost", port=smtp.port)))
    box.start()
    try:
        want = post_send(desk, b"Message-ID: <arret@exemple.fr>\r\n\r\ncorps\r\n", ["bob@exemple.fr"])
        box.wake()
        until(lambda: smtp.step == len(script) - 1)
    finally:
        begun = time.monotonic()
        box.stop(5)
    assert time.monotonic() - begun < 4
    assert state_of(desk, want) == state


@pytest.mark.servers
def test_a_new_courier_begins_when_the_former_has_ended(
    dovecot: ImapServer, desk_on: Callable[..., Desk], new_user: tuple[str, str]
) -> None:
    """Else both carry out the same want: the new one takes what the former left for interrupted."""
    desk = desk_on(dovecot, new_user[0])
    begun: list[str] = []
    release = threading.Event()

    class Slow(CourierThread):
        def run(self) -> None:
            begun.append("former")
            assert release.wait(20)

    class Next(CourierThread):
        def run(self) -> None:
            begun.append("next")
            self.stop()

    status = Status(desk.account.id, lambda state: None)
    courier = desk.mailbox()._new_courier()
    former = Slow("a", courier, status, lambda: None)
    following = Next("b", courier, status, lambda: None)
    former.start()
    until(lambda: begun == ["former"])
    former.stop()
    assert not former.join(0.1)
    following.start([former])
    assert not following.join(0.4)
    assert begun == ["former"]
    release.set()
    assert following.join(30)
    assert former.join(30)
    assert begun == ["former", "next"]
    former.wake()  # of one that has ended: harmless


@pytest.mark.servers
def test_a_body_asked_for_at_the_moment_of_the_end_is_not_waited_for(
    dovecot: ImapServer, desk_on: Callable[..., Desk], new_user: tuple[str, str]
) -> None:
    desk = desk_on(dovecot, new_user[0])
    box = desk.mailbox()
    box.start()
    running = box._courier
    assert running is not None
    box.stop(5)
    box._courier = running  # as somebody saw it just before
    begun = time.monotonic()
    assert code_of(lambda: box.fetch_body(PlacementId(1))) in ("connection-lost", "stopped")
    assert time.monotonic() - begun < 10


@pytest.mark.servers
def test_stopping_ends_what_somebody_waits_for(
    dovecot: ImapServer,
    desk_on: Callable[..., Desk],
    new_user: tuple[str, str],
    unjudged: Callable[..., Unjudged],
) -> None:
    desk = desk_on(dovecot, new_user[0])
    imap = unjudged(*NO[:2], Stall())
    box = desk.mailbox(msgspec.structs.replace(desk.account, imap=Endpoint(host="localhost", port=imap.port)))
    codes: list[str] = []
    thread = attempt(box.sync_now, codes)
    until(lambda: imap.step == 2)
    begun = time.monotonic()
    box.stop(5)
    thread.join(15)
    assert codes == ["connection-lost"]
    assert time.monotonic() - begun < 10


@pytest.mark.servers
def test_a_day_without_network_does_not_count_towards_giving_a_message_up(
    dovecot: ImapServer, desk_on: Callable[..., Desk], new_user: tuple[str, str]
) -> None:
    desk = desk_on(dovecot, new_user[0])
    want = post_send(desk, b"Message-ID: <jour@exemple.fr>\r\n\r\ncorps\r\n", ["bob@exemple.fr"])
    courier = desk.mailbox()._new_courier()

    def fails(error: MssError) -> float:
        """Seconds until the next attempt."""
        entry = journal.want(desk.view, want)
        assert entry is not None
        courier._failed(entry, error)
        now = journal.want(desk.view, want)
        assert now is not None
        return now.not_before_utc - time.time()

    pauses = [fails(connection_lost()) for _each in range(8)]
    assert pauses[-1] > 100 > 10 > pauses[0]
    postponed = WorldError("send-postponed", "x")
    assert fails(postponed) > 20  # minutes, not seconds: the server has put it off
    assert state_of(desk, want) == "waiting send-postponed"
    for _each in range(2):
        fails(postponed)
        fails(connection_lost())
    assert state_of(desk, want) == "waiting connection-lost"
    fails(postponed)
    assert state_of(desk, want) == "parked send-postponed"
    courier.end()
