"""Killed between any two steps, the courier goes on right: nothing lost, nothing doubled, doubt always shown.

Every scenario: a fresh person, a mixed load of wants, a courier that is killed (SIGKILL, in a process of
its own) at its n-th pause, then one that lives. The server is the judge.
"""

import itertools
from collections.abc import Callable, Iterator

import pytest

from mssclient.mail.annotating import Annotators
from mssclient.model.wants import Append, Copy, Delete, MarkFlags, Move
from tests.mail.accounts import Desk, field, message
from tests.mail.killing import Slaughterhouse
from tests.mail.posting import post, post_send, state_of, until
from tests.servers import ImapServer

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600)]

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def slaughterhouse() -> Iterator[Slaughterhouse]:
    with Slaughterhouse() as house:
        yield house


def subjects(server: ImapServer, user: str, path: str) -> list[str]:
    return sorted(field(raw, "Subject") for raw in server.raw(user, path))


def scenario(
    desk: Desk, dovecot: ImapServer, house: Slaughterhouse, die_at: int, bob: str
) -> tuple[str, str]:
    """Returns ("killed" or "lived n", the state of the submission after the second courier)."""
    dovecot.append_all(desk.user, "INBOX", [(message(n), [], None) for n in range(6)])
    dovecot.append(desk.user, "Dossier", message(50))
    desk.tree()
    for path in ("INBOX", "Dossier", "Sent"):
        desk.sync(path)
    rows = {row.subject: row.id for row in desk.view.rows(desk.folder(), 0, 20)}
    there = desk.folder("Dossier")
    post(desk, MarkFlags(placements=(rows["Message 0"],), add=("flagged", "Urgent")))
    post(desk, Move(placements=(rows["Message 1"], rows["Message 2"]), folder=there))
    post(desk, MarkFlags(placements=(rows["Message 1"],), add=("seen",)))
    post(desk, Copy(placements=(rows["Message 3"],), folder=there))
    post(desk, Delete(placements=(rows["Message 4"],)))
    copy = Append(account=desk.account.id, folder=there, raw=message(77), rfc_message_id="<m77@exemple.fr>")
    post(desk, copy)
    sent = post_send(desk, message(90 + die_at, subject="Lettre"), [bob])
    desk.drop()
    desk.view.close()
    desk.store.close()
    address, password = dovecot.credentials(desk.user)
    path = desk.store.path
    first = house.run(path, address, password, die_at=die_at)
    assert first == "killed" or first.startswith("lived"), first
    second = house.run(path, address, password)
    assert second.startswith("lived"), second
    desk.reopen()
    return first, state_of(desk, sent)


@pytest.fixture(params=["full", "bare"])
def server(request: pytest.FixtureRequest, dovecot: ImapServer) -> ImapServer:
    return dovecot if request.param == "full" else dovecot.limited("IMAP4rev1")


@pytest.mark.parametrize(
    ("first_pause", "stride"), [(2, 3), pytest.param(1, 1, marks=pytest.mark.slow)], ids=["some", "all"]
)
def test_killed_at_every_pause(
    server: ImapServer,
    dovecot: ImapServer,
    desk_on: Callable[..., Desk],
    slaughterhouse: Slaughterhouse,
    first_pause: int,
    stride: int,
) -> None:
    doubts = 0
    for die_at in itertools.count(first_pause, stride):
        number = next(_numbers)
        user = dovecot.new_user(f"tue{number}")[0]
        bob = dovecot.new_user(f"dest{number}")[0]
        desk = desk_on(server, user)
        first, sent = scenario(desk, dovecot, slaughterhouse, die_at, bob)
        where = f"killed at pause {die_at}"
        assert subjects(dovecot, user, "INBOX") == ["Message 0", "Message 3", "Message 5"], where
        expected = ["Message 1", "Message 2", "Message 3", "Message 50", "Message 77"]
        assert subjects(dovecot, user, "Dossier") == expected, where
        assert subjects(dovecot, user, "Trash") == ["Message 4"], where
        judge = dovecot.raw_client(user)
        judge.select_folder("INBOX", readonly=True)
        assert len(judge.search(["KEYWORD", "Urgent", "FLAGGED"])) == 1, where
        judge.select_folder("Dossier", readonly=True)
        assert len(judge.search("SEEN")) == 1, where
        copies = len(dovecot.uids(user, "Sent"))
        if sent == "done":
            until(lambda bob=bob: len(dovecot.uids(bob)) == 1)
            assert copies == 1, where
        else:
            doubts += 1
            assert sent == "uncertain send-uncertain", where
            assert copies == 0, where
            assert len(dovecot.uids(bob)) <= 1, where
            assert [item.state for item in desk.view.outbox()] == ["uncertain"], where
        # And what the window shows is what the server has.
        for path in ("INBOX", "Dossier", "Trash", "Sent"):
            desk.sync(path)
            shown = sorted(row.subject for row in desk.view.rows(desk.folder(path), 0, 50))
            assert shown == subjects(dovecot, user, path), f"{where}, {path}"
        dovecot.close_clients()
        desk.close()
        if first.startswith("lived"):
            break
    assert die_at > 20
    assert 1 <= doubts <= 6


def test_a_doubt_is_settled_by_what_is_found(
    dovecot: ImapServer, desk_on: Callable[..., Desk], slaughterhouse: Slaughterhouse
) -> None:
    """The letter also goes to its sender, so that the inbox proves that it left; it is then filed, once."""
    settled = 0
    for die_at in itertools.count(1):
        number = next(_numbers)
        user = dovecot.new_user(f"doute{number}")[0]
        desk = desk_on(dovecot, user)
        desk.tree()
        sent = post_send(desk, message(1, subject="Lettre"), [user])
        desk.drop()
        desk.view.close()
        desk.store.close()
        address, password = dovecot.credentials(user)
        first = slaughterhouse.run(desk.store.path, address, password, die_at=die_at)
        slaughterhouse.run(desk.store.path, address, password)
        desk.reopen()
        state = state_of(desk, sent)
        arrived = len(dovecot.uids(user))
        assert arrived <= 1
        if state == "done":
            until(lambda user=user: len(dovecot.uids(user)) == 1)
            assert len(dovecot.uids(user, "Sent")) == 1
            settled += first == "killed"
        elif arrived:
            # It arrived after the look: the next one finds it.
            slaughterhouse.run(desk.store.path, address, password)
            desk.reopen()
            assert state_of(desk, sent) == "done"
        dovecot.close_clients()
        desk.close()
        if first.startswith("lived"):
            break
    assert settled


def test_the_person_settles_what_nothing_proves(
    dovecot: ImapServer, desk_on: Callable[..., Desk], new_user: tuple[str, str]
) -> None:
    from mssclient.store import journal
    from mssclient.store.store import Priority

    desk = desk_on(dovecot, new_user[0])
    desk.tree()
    sent = post_send(desk, message(1), ["loin@exemple.fr"])
    desk.store.write(Priority.PERSON, lambda tx: journal.set_state(tx, sent, "doing"))
    desk.store.write(Priority.PERSON, lambda tx: journal.set_phase(tx, sent, "data_ended"))
    box = desk.mailbox()
    box.sync_now()
    assert state_of(desk, sent) == "uncertain send-uncertain"
    box.file_sent(sent)
    box.file_sent(sent)
    box.sync_now()
    assert state_of(desk, sent) == "done"
    assert len(dovecot.uids(desk.user, "Sent")) == 1
    (item,) = desk.view.outbox(all=True)
    assert item.filed


def test_annotators_that_fail_do_not_stop_the_mail(noise: object) -> None:
    def broken(raw: bytes, octets: int = 0) -> None:
        raise KeyError("secret")

    noise.expect("annotating a message failed: KeyError")
    annotators = Annotators(broken, broken)
    assert annotators.whole(b"").summary.defects == ("unreadable",)
    assert annotators.headers(b"", 3).verdict.provisional
