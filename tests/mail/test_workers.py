"""The two threads of an account in bad weather, and what they say of it."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator

import msgspec
import pytest

from mssclient.access.credential import PasswordCredential
from mssclient.access.open import Patience
from mssclient.mail import session, workers
from mssclient.mail.connector import Connector
from mssclient.mail.mailbox import Mailbox
from mssclient.mail.patience import Backoff, retry_after_s
from mssclient.model.accounts import AccountState, Endpoint
from mssclient.model.errors import MssError, WorldError
from mssclient.model.ids import PlacementId
from mssclient.model.secrets import Secret
from mssclient.model.wants import Append, Copy, Delete, MarkFlags, Move
from mssclient.store.folders import read_folder
from tests.mail.accounts import Desk, annotate, annotate_headers, credential_of, message
from tests.mail.posting import post, post_send, state_of, until
from tests.mail.test_mailbox import mailbox_of
from tests.servers import ImapServer
from tests.servers.proxy import FaultProxy
from tests.servers.scripted import Expect, ScriptedServer, Send, Stall

pytestmark = pytest.mark.servers

Boxes = Callable[..., tuple[Mailbox, list[AccountState]]]


@pytest.fixture
def desk(dovecot: ImapServer, desk_on: Callable[..., Desk], new_user: tuple[str, str]) -> Desk:
    return desk_on(dovecot, new_user[0])


@pytest.fixture
def run() -> Iterator[Boxes]:
    """Start a mailbox for a desk, through ports of the test's choice; stopped at the end."""
    started: list[Mailbox] = []

    def begin(
        desk: Desk, *, imap: int = 0, smtp: int = 0, password: str = "", patience: Patience | None = None
    ) -> tuple[Mailbox, list[AccountState]]:
        states: list[AccountState] = []
        account = desk.account
        if imap:
            account = msgspec.structs.replace(account, imap=Endpoint(host="localhost", port=imap))
        if smtp:
            account = msgspec.structs.replace(account, smtp=Endpoint(host="localhost", port=smtp))
        credential = credential_of(desk.server, desk.user)
        if password:
            credential = PasswordCredential(login=credential.login, secret=Secret(password))
        box = Mailbox(
            account,
            desk.store,
            annotate,
            annotate_headers,
            lambda: credential,
            states.append,
            patience=patience,
        )
        box.start()
        started.append(box)
        return box, states

    yield begin
    for box in started:
        box.stop(5)


def last(states: list[AccountState]) -> str:
    return states[-1].state if states else ""


def counted(monkeypatch: pytest.MonkeyPatch, owner: object, name: str) -> threading.Semaphore:
    """Can be acquired once for each call of ``owner.name`` from now on."""
    calls = threading.Semaphore(0)
    real = getattr(owner, name)

    def call(*arguments: object, **more: object) -> object:
        calls.release()
        return real(*arguments, **more)

    monkeypatch.setattr(owner, name, call)
    return calls


def test_a_refused_password_is_shown_once_and_said(
    desk: Desk, run: Boxes, fault_proxy: Callable[..., FaultProxy], dovecot: ImapServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(workers, "Backoff", lambda: Backoff(first_s=0.05, longest_s=0.1))
    attempts = counted(monkeypatch, Connector, "session")
    proxy = fault_proxy(dovecot.port_tls)
    box, states = run(desk, imap=proxy.port, password="faux")
    until(lambda: last(states) == "refused")
    assert states[-1].problem is not None
    assert states[-1].problem.code == "login-refused"
    box.wake()
    with pytest.raises(WorldError) as caught:
        box.fetch_body(PlacementId(12345))
    assert caught.value.code in ("message-gone", "login-refused")
    for _each in range(10):
        assert attempts.acquire(timeout=10)
    assert proxy.connections == 1


def test_without_idle_the_inbox_is_asked(
    dovecot: ImapServer, desk_on: Callable[..., Desk], new_user: tuple[str, str], run: Boxes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(workers, "INBOX_EVERY_S", 0.2)
    desk = desk_on(dovecot.limited("IMAP4rev1"), new_user[0])
    _box, states = run(desk)
    until(lambda: last(states) == "online")
    dovecot.append(desk.user, "INBOX", message(1))
    until(lambda: bool(desk.view.rows(desk.folder(), 0, 5)))


def test_other_folders_are_asked_now_and_then(
    desk: Desk, dovecot: ImapServer, run: Boxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "OTHERS_EVERY_S", 0.4)
    _box, states = run(desk)
    until(lambda: last(states) == "online")
    dovecot.append(desk.user, "Nouveau", message(1))
    until(lambda: any(each.path == "Nouveau" and each.messages for each in desk.view.folders()))


def test_idle_is_renewed(
    desk: Desk, dovecot: ImapServer, run: Boxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mssclient.mail.idling.IDLE_SECONDS", 0.2)
    idles = counted(monkeypatch, session, "idle")
    _box, states = run(desk)
    until(lambda: last(states) == "online")
    for _each in range(4):
        assert idles.acquire(timeout=10)
    dovecot.deliver(desk.user, message(1))
    until(lambda: bool(desk.view.rows(desk.folder(), 0, 5)))


def test_a_dead_line_is_noticed_and_left(
    desk: Desk, dovecot: ImapServer, run: Boxes, fault_proxy: Callable[..., FaultProxy]
) -> None:
    proxy = fault_proxy(dovecot.port_tls)
    box, states = run(desk, imap=proxy.port)
    until(lambda: last(states) == "online")
    proxy.cut_now("reset")
    dovecot.append(desk.user, "INBOX", message(1))
    # An idle connection that a router forgot is replaced before anybody has to be told.
    until(lambda: bool(desk.view.rows(desk.folder(), 0, 5)))
    proxy.refuse()
    proxy.cut_now()
    until(lambda: last(states) == "offline", 15)
    assert states[-1].problem is not None
    assert states[-1].problem.remedy
    proxy.admit()
    box.look()
    until(lambda: last(states) == "online", 15)


def test_stopping_does_not_wait_for_a_server_that_says_nothing(
    desk: Desk, dovecot: ImapServer, run: Boxes, fault_proxy: Callable[..., FaultProxy]
) -> None:
    proxy = fault_proxy(dovecot.port_tls)
    patience = Patience(connect_s=3, reply_s=3)
    box, states = run(desk, imap=proxy.port, patience=patience)
    until(lambda: last(states) == "online")
    proxy.stall()
    post(desk, MarkFlags(placements=()))
    box.wake()
    begun = time.monotonic()
    box.stop(5)
    assert time.monotonic() - begun < 5


def test_a_stalled_turn_ends_by_itself(
    desk: Desk, dovecot: ImapServer, fault_proxy: Callable[..., FaultProxy]
) -> None:
    proxy = fault_proxy(dovecot.port_tls)
    account = msgspec.structs.replace(desk.account, imap=Endpoint(host="localhost", port=proxy.port))
    box = desk.mailbox(account, patience=Patience(connect_s=2, reply_s=1))
    box.sync_now()
    dovecot.append(desk.user, "INBOX", message(1))
    timer = threading.Timer(0.05, proxy.stall)
    timer.start()
    begun = time.monotonic()
    codes: list[str] = []
    while not codes and time.monotonic() - begun < 20:
        try:
            box.sync_now()
        except MssError as error:
            codes.append(error.code)
    assert codes == ["timeout"]
    proxy.resume()
    timer.join()
    box.sync_now()
    assert desk.view.count(desk.folder()) == 1


def test_a_turn_can_be_cancelled(desk: Desk, dovecot: ImapServer) -> None:
    dovecot.append_all(desk.user, "INBOX", [(message(n), [], None) for n in range(300)])
    calls = 0

    def progress(done: int, total: int, sentence: str) -> None:
        nonlocal calls
        calls += 1
        if "Téléchargement" in sentence:
            raise WorldError("cancelled", "")

    box = mailbox_of(desk)
    with pytest.raises(WorldError) as caught:
        box.sync_now(progress=progress)
    assert caught.value.code == "cancelled"
    assert calls > 1
    box.sync_now()
    assert all(desk.view.has_body(row.message) for row in desk.view.rows(desk.folder(), 0, 300))


def test_what_may_not_be_done_is_parked_and_said(dovecot: ImapServer, desk_on: Callable[..., Desk]) -> None:
    """bob may only read the organisational BAL: what he wants there is shown to him as refused."""
    dovecot.append("cabinet", "INBOX", message(1), ["\\Seen"])
    desk = desk_on(dovecot, dovecot.users["bob"][0])
    box = mailbox_of(desk)
    box.sync_now()
    shared = next(each for each in desk.view.folders() if each.shared and each.selectable and each.messages)
    row = desk.view.rows(shared.id, 0, 1)[0]
    delete = post(desk, Delete(placements=(row.id,)))
    into = post(
        desk, Append(account=desk.account.id, folder=shared.id, raw=message(2), rfc_message_id="<x@y>")
    )
    box.sync_now()
    assert state_of(desk, into) == "parked right-missing"
    assert state_of(desk, delete).startswith(("parked", "waiting"))
    assert shared.rights == "" or "i" not in shared.rights
    folder = read_folder(desk.view, shared.id)
    assert folder is not None
    assert "r" in folder.rights


def test_a_full_mailbox_is_parked_and_what_waits_behind_it_goes_on(
    dovecot: ImapServer, desk_on: Callable[..., Desk]
) -> None:
    user = dovecot.new_user("plein", quota_octets=3000)[0]
    for number in range(2):
        dovecot.append(user, "INBOX", message(number, "x" * 900))
    desk = desk_on(dovecot, user)
    box = mailbox_of(desk)
    box.sync_now()
    first, second = (row.id for row in desk.view.rows(desk.folder(), 0, 5))
    copy = post(desk, Copy(placements=(first,), folder=desk.folder("Archives")))
    behind = post(desk, MarkFlags(placements=(first,), add=("flagged",)))
    beside = post(desk, MarkFlags(placements=(second,), add=("seen",)))
    box.sync_now()
    assert state_of(desk, copy) == "parked quota-exceeded"
    assert state_of(desk, behind) == "waiting"
    assert state_of(desk, beside) == "done"
    quota = desk.view.quota(desk.account.id)
    assert quota is not None
    assert quota.limit_octets <= 3072


def test_sending_while_the_submission_server_is_away(
    desk: Desk, dovecot: ImapServer, fault_proxy: Callable[..., FaultProxy], run: Boxes
) -> None:
    bob = dovecot.new_user(f"absent{desk.user.split('@')[0]}")[0]
    proxy = fault_proxy(dovecot.submission_tls)
    proxy.refuse()
    box, states = run(desk, smtp=proxy.port)
    until(lambda: last(states) == "online")
    letter = post_send(desk, message(1), [bob])
    mark = post(desk, MarkFlags(placements=()))
    box.wake()
    until(lambda: state_of(desk, letter).startswith("waiting "))
    until(lambda: state_of(desk, mark) == "done")
    assert last(states) == "online"
    proxy.admit()
    until(lambda: state_of(desk, letter) == "done", 20)
    until(lambda: len(dovecot.uids(desk.user, "Sent")) == 1)
    assert len(dovecot.uids(bob)) == 1


def test_a_body_asked_for_comes_before_the_others(desk: Desk, dovecot: ImapServer, run: Boxes) -> None:
    dovecot.append_all(desk.user, "INBOX", [(message(n, "x" * 20_000), [], None) for n in range(400)])
    box, _states = run(desk)
    until(lambda: len(desk.view.folders()) > 0 and desk.view.count(desk.folder()) >= 50)
    oldest = desk.view.rows(desk.folder(), 49, 1)[0]
    begun = time.monotonic()
    assert b"Subject: " in box.fetch_body(oldest.id)
    assert time.monotonic() - begun < 3


def test_moves_are_followed_where_the_server_is_silent_about_them(
    dovecot: ImapServer, desk_on: Callable[..., Desk], new_user: tuple[str, str], run: Boxes
) -> None:
    dovecot.append(new_user[0], "INBOX", message(1))
    desk = desk_on(dovecot.limited("IMAP4rev1 IDLE"), new_user[0])
    box, states = run(desk)
    until(lambda: last(states) == "online")
    (row,) = desk.view.rows(desk.folder(), 0, 5)
    post(desk, Move(placements=(row.id,), folder=desk.folder("Archives")))
    box.wake()

    def known() -> bool:
        place = desk.view.placement(row.id)
        return place is not None and place.uid is not None and place.server_folder == desk.folder("Archives")

    until(known)


def test_the_diagnosis_says_what_is_wrong(
    desk: Desk, dovecot: ImapServer, scripted: Callable[..., ScriptedServer], server_tls: ssl.SSLContext
) -> None:
    checks = {each.check: each for each in mailbox_of(desk).test()}
    assert checks["imap"].state == checks["submission"].state == "ok"
    assert "TLSv1" in checks["imap"].sentence
    rude = scripted([Send(b"* OK\r\n"), Expect(b".*CAPABILITY"), Stall()], tls=server_tls)
    account = msgspec.structs.replace(
        desk.account,
        imap=Endpoint(host="localhost", port=rude.port),
        smtp=Endpoint(host="localhost", port=1),
    )
    box = desk.mailbox(account, patience=Patience(connect_s=1, reply_s=0.5))
    checks = {each.check: each for each in box.test()}
    assert (checks["imap"].state, checks["submission"].state) == ("fail", "fail")
    assert all(each.remedy for each in checks.values())


def test_pauses_grow_are_bounded_and_differ() -> None:
    backoff = Backoff(first_s=1, longest_s=60)
    pauses = [backoff.next_s() for _ in range(12)]
    assert all(pause <= 75 for pause in pauses)
    assert pauses[6] > pauses[0]
    assert len({round(retry_after_s(3), 6) for _ in range(20)}) > 5
    backoff.succeeded()
    assert backoff.next_s() <= 1.25
