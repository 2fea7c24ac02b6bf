"""The synchronisation against real servers: QRESYNC, CONDSTORE alone, and neither."""

from collections.abc import Callable

import pytest

from mssclient.store.folders import folder_state
from mssclient.store.placements import flags_of, uids
from tests.mail.accounts import Desk, message
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
