"""The synchronisation against real servers: QRESYNC, CONDSTORE alone, and neither."""

from collections.abc import Callable

import pytest

from mssclient.mail.sync import FolderSynchroniser
from mssclient.model.errors import WorldError
from mssclient.model.wants import MarkFlags, Move
from mssclient.store.folders import folder_state, set_folder_state
from mssclient.store.placements import flags_of, uids
from mssclient.store.store import Priority
from tests.mail.accounts import Desk, message
from tests.mail.posting import post
from tests.servers import ImapServer

pytestmark = pytest.mark.servers

CONDSTORE = "IMAP4rev1 ENABLE CONDSTORE UIDPLUS MOVE NAMESPACE SPECIAL-USE LIST-EXTENDED LIST-STATUS"
DeskOn = Callable[[ImapServer, str], Desk]


@pytest.fixture(params=["qresync", "condstore", "bare"])
def server(request: pytest.FixtureRequest, dovecot: ImapServer) -> ImapServer:
    """The same mail behind three servers that differ in what they announce."""
    if request.param == "qresync":
        return dovecot
    return dovecot.limited(CONDSTORE if request.param == "condstore" else "IMAP4rev1")


@pytest.fixture
def desk(server: ImapServer, desk_on: DeskOn, new_user: tuple[str, str]) -> Desk:
    return desk_on(server, new_user[0])


def state_of(desk: Desk, path: str = "INBOX") -> dict[int, tuple[tuple[str, ...], tuple[str, ...]]]:
    return flags_of(desk.view, desk.folder(path))


def test_a_first_time_brings_all_and_a_second_finds_nothing(desk: Desk, dovecot: ImapServer) -> None:
    dovecot.append_all(
        desk.user, "INBOX", [(message(n), ["\\Seen"] if n % 2 else [], None) for n in range(130)]
    )
    desk.tree()
    report = desk.sync()
    assert (report.added, report.messages) == (130, 130)
    assert uids(desk.view, desk.folder()) == dovecot.uids(desk.user)
    assert sum("seen" in flags for flags, _ in state_of(desk).values()) == 65
    again = desk.sync()
    assert (again.added, again.changed, again.vanished, again.messages) == (0, 0, 0, 130)


def test_new_messages_come_whole(desk: Desk, dovecot: ImapServer) -> None:
    desk.tree()
    desk.sync()
    raw = message(1, "Résultats joints.")
    dovecot.append(desk.user, "INBOX", raw)
    assert desk.sync().added == 1
    (row,) = desk.view.rows(desk.folder(), 0, 10)
    assert desk.view.raw(row.message) == raw


def test_flags_keywords_and_removals_of_others_are_seen(desk: Desk, dovecot: ImapServer) -> None:
    dovecot.append_all(desk.user, "INBOX", [(message(n), [], None) for n in range(20)])
    desk.tree()
    desk.sync()
    other = dovecot.raw_client(desk.user)
    other.select_folder("INBOX")
    found = other.search("ALL")
    other.add_flags(found[:3], ["\\Seen", "Urgent"])
    other.add_flags(found[10:12], ["\\Deleted"])
    other.uid_expunge(found[10:12])
    dovecot.append(desk.user, "INBOX", message(99))
    report = desk.sync()
    assert (report.added, report.vanished) == (1, 2)
    assert report.changed >= 3
    held = state_of(desk)
    assert sorted(held) == dovecot.uids(desk.user)
    assert [held[uid] for uid in found[:3]] == [(("seen",), ("Urgent",))] * 3
    assert held[found[5]] == ((), ())


def test_a_folder_that_was_made_anew_keeps_the_rows_it_can_match(desk: Desk, dovecot: ImapServer) -> None:
    desk.tree()
    when = [(message(n), [], None) for n in range(5)]
    dovecot.append_all(desk.user, "Dossier", when)
    desk.tree()
    desk.sync("Dossier")
    before = {row.subject: row.id for row in desk.view.rows(desk.folder("Dossier"), 0, 10)}
    other = dovecot.raw_client(desk.user)
    other.rename_folder("Dossier", "Ancien")
    other.create_folder("Dossier")
    other.select_folder("Ancien")
    other.copy(other.search("ALL")[1:], "Dossier")
    dovecot.append(desk.user, "Dossier", message(7))
    state = folder_state(desk.view, desk.folder("Dossier"))
    assert state is not None
    desk.drop()
    report = desk.sync("Dossier")
    after = {row.subject: row.id for row in desk.view.rows(desk.folder("Dossier"), 0, 10)}
    assert {subject: before[subject] for subject in before if subject != "Message 0"} == {
        subject: after[subject] for subject in after if subject != "Message 7"
    }
    assert report.added == 1
    assert uids(desk.view, desk.folder("Dossier")) == dovecot.uids(desk.user, "Dossier")


def test_uids_given_a_second_time_are_not_believed(desk: Desk, dovecot: ImapServer) -> None:
    """A restored backup: UIDNEXT went back under the same UIDVALIDITY. Rows are matched by what they are."""
    dovecot.append_all(desk.user, "INBOX", [(message(n), [], None) for n in range(4)])
    desk.tree()
    desk.sync()
    before = {row.subject: row.id for row in desk.view.rows(desk.folder(), 0, 10)}
    ahead = 500
    desk.store.write(Priority.NEWS, lambda tx: set_folder_state(tx, desk.folder(), uidnext=ahead))
    dovecot.append(desk.user, "INBOX", message(9))
    report = desk.sync()
    assert report.added == 1
    after = {row.subject: row.id for row in desk.view.rows(desk.folder(), 0, 10)}
    assert {subject: after[subject] for subject in before} == before
    assert desk.sync().added == 0


def test_a_first_time_cut_short_goes_on_where_it_was(desk: Desk, dovecot: ImapServer) -> None:
    dovecot.append_all(desk.user, "INBOX", [(message(n), [], None) for n in range(120)])
    desk.tree()
    seen = 0

    def stop(count: int) -> None:
        nonlocal seen
        seen += count
        if seen >= 100:
            raise WorldError("cancelled", "")

    synchroniser = FolderSynchroniser(desk.account, desk.store, desk.view, desk.annotators, progress=stop)
    with pytest.raises(WorldError):
        synchroniser.run(desk.session, desk.folder())
    state = folder_state(desk.view, desk.folder())
    assert state is not None
    assert (state.uidnext, state.synced) == (0, False)
    kept = {row.id for row in desk.view.rows(desk.folder(), 0, 200)}
    assert len(kept) >= 50
    assert min(uids(desk.view, desk.folder())) > 20  # the newest came first
    desk.drop()
    assert desk.sync().added == 120 - len(kept)
    assert kept <= {row.id for row in desk.view.rows(desk.folder(), 0, 200)}
    assert desk.sync().added == 0


def test_what_a_person_wants_is_not_overwritten_by_news(desk: Desk, dovecot: ImapServer) -> None:
    dovecot.append_all(desk.user, "INBOX", [(message(n), [], None) for n in range(3)])
    desk.tree()
    desk.sync()
    rows = {row.subject: row.id for row in desk.view.rows(desk.folder(), 0, 10)}
    post(desk, MarkFlags(placements=(rows["Message 0"],), add=("seen",)))
    post(desk, Move(placements=(rows["Message 1"],), folder=desk.folder("Archives")))
    other = dovecot.raw_client(desk.user)
    other.select_folder("INBOX")
    other.add_flags(other.search("ALL"), ["\\Flagged"])
    dovecot.append(desk.user, "INBOX", message(9))
    desk.sync()
    desk.sync("Archives")
    inbox = {row.subject: row.flags for row in desk.view.rows(desk.folder(), 0, 10)}
    assert inbox == {"Message 0": ("seen", "flagged"), "Message 2": ("flagged",), "Message 9": ()}
    (moved,) = desk.view.rows(desk.folder("Archives"), 0, 10)
    assert (moved.id, moved.flags, moved.pending) == (rows["Message 1"], ("flagged",), True)


def test_a_folder_gone_from_the_server_goes_here(desk: Desk, dovecot: ImapServer) -> None:
    dovecot.append(desk.user, "Passager", message(1))
    desk.tree()
    desk.sync("Passager")
    folder = desk.folder("Passager")
    dovecot.raw_client(desk.user).delete_folder("Passager")
    with pytest.raises(WorldError) as caught:
        desk.sync("Passager")
    assert caught.value.code in ("folder-missing", "server-refused")
    desk.tree()
    assert desk.view.folder(folder) is None
