"""A whole mailbox on a real server: news come in, wants go out, messages leave once."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from mssclient.mail.mailbox import Mailbox
from mssclient.model.accounts import AccountState
from mssclient.model.wants import Append, Copy, Delete, MarkFlags, Move
from mssclient.store.folders import folder_with_role
from tests.mail.accounts import Desk, field, message
from tests.mail.posting import post, post_send, state_of, until
from tests.servers import ImapServer

pytestmark = pytest.mark.servers


def mailbox_of(desk: Desk, on_state: Callable[[AccountState], None] = lambda state: None) -> Mailbox:
    return desk.mailbox(on_state=on_state)


@pytest.fixture
def desk(dovecot: ImapServer, desk_on: Callable[..., Desk], new_user: tuple[str, str]) -> Desk:
    return desk_on(dovecot, new_user[0])


@pytest.fixture
def bare_desk(bare_dovecot: ImapServer, desk_on: Callable[..., Desk], new_user: tuple[str, str]) -> Desk:
    return desk_on(bare_dovecot, new_user[0])


@pytest.fixture(params=["full", "bare"])
def any_desk(request: pytest.FixtureRequest, dovecot: ImapServer, desk_on: Callable[..., Desk],
             new_user: tuple[str, str]) -> Desk:  # fmt: skip
    server = dovecot if request.param == "full" else dovecot.limited("IMAP4rev1")
    return desk_on(server, new_user[0])


def test_one_turn_brings_headers_bodies_and_the_tree(any_desk: Desk, dovecot: ImapServer) -> None:
    desk = any_desk
    dovecot.append_all(desk.user, "INBOX", [(message(n, "corps " * 50), [], None) for n in range(120)])
    report = mailbox_of(desk).sync_now()
    assert {line.folder for line in report.folders} >= {"INBOX", "Sent", "Trash"}
    rows = desk.view.rows(desk.folder(), 0, 200)
    assert len(rows) == 120
    assert all(desk.view.raw(row.message) for row in rows)
    assert folder_with_role(desk.view, desk.account.id, "sent") == desk.folder("Sent")


def test_a_folder_that_is_refused_is_named_and_keeps_nothing_else(
    any_desk: Desk, dovecot: ImapServer
) -> None:
    desk = any_desk
    dovecot.append(desk.user, "Fermé", message(1))
    dovecot.append(desk.user, "INBOX", message(2))
    dovecot.set_rights(desk.user, "Fermé", "la")  # seen in the list, not to be opened
    states: list[AccountState] = []
    box = mailbox_of(desk, states.append)
    report = box.sync_now()
    (refused,) = [line for line in report.folders if line.problem is not None]
    assert refused.folder == "Fermé"
    assert refused.problem is not None
    assert refused.problem.code in ("right-missing", "server-refused")
    assert refused.problem.sentence
    assert desk.view.count(desk.folder()) == 1
    box.start()
    try:
        until(lambda: bool(states) and states[-1].state == "online")
        assert "«\u00a0Fermé\u00a0»" in states[-1].notice
        assert states[-1].problem is None
        box.stop(5)  # Dovecot 2.3 keeps rights in mind for half a minute of one session
        dovecot.set_rights(desk.user, "Fermé", "lrswipekxtea")
        box.start()
        until(lambda: states[-1].state == "online" and not states[-1].notice)
    finally:
        box.stop(5)
    assert desk.view.count(desk.folder("Fermé")) == 1


def test_every_kind_of_want_reaches_the_server(any_desk: Desk, dovecot: ImapServer) -> None:
    desk = any_desk
    dovecot.append_all(desk.user, "INBOX", [(message(n), [], None) for n in range(8)])
    dovecot.append(desk.user, "Dossier/Été & co", message(50))
    box = mailbox_of(desk)
    box.sync_now()
    rows = {row.subject: row.id for row in desk.view.rows(desk.folder(), 0, 20)}
    there = desk.folder("Dossier/Été & co")
    wants = [
        post(desk, MarkFlags(placements=(rows["Message 0"],), add=("seen", "flagged", "Urgent"))),
        post(desk, Move(placements=(rows["Message 1"], rows["Message 2"]), folder=there)),
        post(desk, MarkFlags(placements=(rows["Message 1"],), add=("answered",))),
        post(desk, Copy(placements=(rows["Message 3"],), folder=there)),
        post(desk, Delete(placements=(rows["Message 4"],))),
        post(desk, Append(account=desk.account.id, folder=there, raw=message(77), flags=("seen",),
                          rfc_message_id="<m77@exemple.fr>")),
    ]  # fmt: skip
    box.sync_now()
    assert [state_of(desk, want) for want in wants] == ["done"] * 6
    subjects = lambda path: sorted(field(raw, "Subject") for raw in dovecot.raw(desk.user, path))  # noqa: E731
    assert subjects("INBOX") == [f"Message {n}" for n in (0, 3, 5, 6, 7)]
    assert subjects("Dossier/Été & co") == [f"Message {n}" for n in (1, 2, 3, 50, 77)]
    assert subjects("Trash") == ["Message 4"]
    judge = dovecot.raw_client(desk.user)
    judge.select_folder("INBOX", readonly=True)
    assert len(judge.search(["KEYWORD", "Urgent", "SEEN", "FLAGGED"])) == 1
    judge.select_folder("Dossier/Été & co", readonly=True)
    assert len(judge.search("ANSWERED")) == 1
    # What the window shows is the same, under the same ids.
    box.sync_now()
    shown = {row.subject: row.id for row in desk.view.rows(there, 0, 20)}
    assert sorted(shown) == subjects("Dossier/Été & co")
    assert (shown["Message 1"], shown["Message 2"]) == (rows["Message 1"], rows["Message 2"])
    assert not any(row.pending for row in desk.view.rows(there, 0, 20))


def test_a_message_leaves_once_and_is_filed_once(desk: Desk, dovecot: ImapServer) -> None:
    bob = dovecot.new_user(f"recu{desk.user.split('@')[0]}")
    box = mailbox_of(desk)
    box.sync_now()
    raw = message(1, ".\r\n..deux points\r\nfin", subject="Lettre")
    want = post_send(desk, raw, [bob[0]])
    box.sync_now()
    assert state_of(desk, want) == "done"
    until(lambda: len(dovecot.uids(bob[0])) == 1)
    assert dovecot.raw(bob[0])[0].endswith(raw.partition(b"\r\n\r\n")[2])
    assert dovecot.raw(desk.user, "Sent") == [raw]
    (item,) = desk.view.outbox(all=True)
    assert (item.state, item.phase, item.filed) == ("done", "submitted", True)
    box.sync_now()
    assert len(dovecot.uids(desk.user, "Sent")) == 1
    assert len(desk.view.rows(desk.folder("Sent"), 0, 10)) == 1


def test_refused_recipients_are_named_and_nothing_leaves(desk: Desk, dovecot: ImapServer) -> None:
    box = mailbox_of(desk)
    box.sync_now()
    want = post_send(desk, message(2), [desk.user, "personne@inconnu.example"])
    box.sync_now()
    assert state_of(desk, want) == "parked recipients-refused"
    (item,) = desk.view.outbox()
    assert [each.address for each in item.refused] == ["personne@inconnu.example"]
    assert dovecot.uids(desk.user) == []


@pytest.fixture
def running(desk: Desk) -> Iterator[tuple[Desk, Mailbox, list[AccountState]]]:
    states: list[AccountState] = []
    box = mailbox_of(desk, states.append)
    box.start()
    try:
        yield desk, box, states
    finally:
        begun = time.monotonic()
        box.stop(5)
        assert time.monotonic() - begun < 5
        assert not [each for each in threading.enumerate() if each.name.startswith(("watcher", "courier"))]


def test_news_are_told_by_idle_and_wants_go_at_once(
    running: tuple[Desk, Mailbox, list[AccountState]], dovecot: ImapServer
) -> None:
    desk, box, states = running
    until(lambda: bool(states) and states[-1].state == "online")
    dovecot.deliver(desk.user, message(5, subject="Arrivée"))
    until(lambda: bool(desk.view.rows(desk.folder(), 0, 5)))
    (row,) = desk.view.rows(desk.folder(), 0, 5)
    post(desk, MarkFlags(placements=(row.id,), add=("seen",)))
    box.wake()
    judge = dovecot.raw_client(desk.user)
    judge.select_folder("INBOX", readonly=True)
    until(lambda: len(judge.search("SEEN")) == 1)
    assert box.fetch_body(row.id).endswith(b"Bonjour.\r\n")


def test_who_only_watches_sees_what_comes_and_carries_nothing_out(
    running: tuple[Desk, Mailbox, list[AccountState]], dovecot: ImapServer
) -> None:
    desk, box, states = running
    until(lambda: bool(states) and states[-1].state == "online")
    dovecot.append(desk.user, "INBOX", message(7))
    until(lambda: bool(desk.view.rows(desk.folder(), 0, 5)))
    (row,) = desk.view.rows(desk.folder(), 0, 5)
    box.watch_only()
    box.watch_only()
    want = post(desk, MarkFlags(placements=(row.id,), add=("seen",)))
    box.wake()
    until(lambda: not [each for each in threading.enumerate() if each.name.startswith("courier")])
    dovecot.append(desk.user, "INBOX", message(8))
    until(lambda: len(desk.view.rows(desk.folder(), 0, 5)) == 2)
    assert state_of(desk, want).startswith("waiting")
    box.start()
    until(lambda: state_of(desk, want).startswith("done"))


def test_an_outage_is_survived(
    running: tuple[Desk, Mailbox, list[AccountState]], dovecot: ImapServer
) -> None:
    desk, box, states = running
    until(lambda: bool(states) and states[-1].state == "online")
    dovecot.stop()
    until(lambda: states[-1].state == "offline", 20)
    assert states[-1].problem is not None
    dovecot.start()
    dovecot.append(desk.user, "INBOX", message(6))
    box.look()
    until(lambda: bool(desk.view.rows(desk.folder(), 0, 5)), 20)
    until(lambda: states[-1].state == "online")
