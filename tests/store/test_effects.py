"""What a person sees before the server knows, and what a synchronisation may do to it."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mssclient.model.errors import Refused
from mssclient.model.ids import FolderId, PlacementId
from mssclient.model.wants import Append, Copy, Delete, MarkFlags, Move, Submit, Want
from mssclient.store import effects, journal
from mssclient.store.flags import pack_flags
from mssclient.store.folders import sync_folder_list
from mssclient.store.placements import (
    add_incoming,
    adopt,
    flags_of,
    forget_unclaimed,
    reapply,
    rebuild,
    remove_uids,
    set_flags,
    uids,
)
from mssclient.store.store import Priority, Store
from mssclient.store.transaction import Transaction
from mssclient.store.view import PlacementRef, View
from tests.store.made import FOLDERS, annotation, furnish, incoming, raw

FLAGS = ("seen", "answered", "flagged")
KEYWORDS = ("Urgent", "Classe")


class Desk:
    """One account with three messages in INBOX and one in Trash."""

    def __init__(self, store: Store, address: str = "dr.martin@cabinet.mssante.fr") -> None:
        self.store = store
        self.account, self.folders = furnish(store, address)
        self.inbox, self.archive = self.folders["INBOX"], self.folders["Archives"]
        self.trash = self.folders["Trash"]
        self.ids = self.do(lambda tx: add_incoming(tx, self.inbox, [incoming(uid) for uid in (1, 2, 3)]))
        [self.thrown] = self.do(lambda tx: add_incoming(tx, self.trash, [incoming(1, 9)]))
        self.view: View = store.view()
        self.count = 0

    def do(self, work: Callable[[Transaction], Any]) -> Any:
        return self.store.write(Priority.PERSON, work)

    def want(self, want: Want, state: str = "waiting", **more: Any) -> str:
        self.count += 1
        id = f"w{self.account}.{self.count}"

        def work(tx: Transaction) -> None:
            assert journal.append_want(tx, id, want, self.account)
            effects.apply_local(tx, id, want, **more)
            if state != "waiting":
                journal.set_state(tx, id, state)

        self.do(work)
        return id

    def end(self, id: str, state: str) -> None:
        self.do(lambda tx: journal.set_state(tx, id, state))

    def at(self, placement: PlacementId) -> PlacementRef:
        found = self.view.placement(placement)
        assert found is not None
        return found

    def picture(self) -> list[tuple[Any, ...]]:
        """All placements as seen and as the server holds them, copies' ids left out."""
        return self.view.connection.execute(
            "SELECT message, folder, flags, keywords, server_folder, uid, server_flags, server_keywords,"
            " pending FROM placement WHERE coalesce(folder, server_folder) IN"
            " (SELECT id FROM folder WHERE account = ?) ORDER BY 1, 2, 3, 4, 5, 6",
            (self.account,),
        ).fetchall()

    def names(self, folder: FolderId) -> list[str]:
        return sorted(row.subject for row in self.view.rows(folder, 0, 100))


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


# Applied and taken back


def _random_want(desk: Desk, chance: random.Random) -> Want:
    rows = desk.view.connection.execute(
        "SELECT id FROM placement WHERE folder IN (SELECT id FROM folder WHERE account = ?)", (desk.account,)
    ).fetchall()
    ids = [row[0] for row in rows] + [10**9]
    some = tuple(PlacementId(id) for id in chance.choices(ids, k=chance.randrange(1, 4)))
    folder = desk.folders[chance.choice(("INBOX", "Archives", "Trash"))]
    names = FLAGS + KEYWORDS
    kinds: tuple[Callable[[], Want], ...] = (
        lambda: MarkFlags(
            placements=some,
            add=tuple(chance.sample(names, chance.randrange(3))),
            remove=tuple(chance.sample(names, chance.randrange(3))),
        ),
        lambda: Move(placements=some, folder=folder),
        lambda: Copy(placements=some, folder=folder),
        lambda: Delete(placements=some),
        lambda: Append(
            account=desk.account, folder=folder, raw=raw(50 + chance.randrange(3)), flags=("seen",)
        ),
    )
    return chance.choice(kinds)()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), length=st.integers(1, 12), shuffled=st.booleans())
def test_undone_leaves_all_as_it_was(store: Store, seed: int, length: int, shuffled: bool) -> None:
    chance = random.Random(seed)
    known = {account.address for account in store.view().accounts()}
    desk = Desk(store, f"d{len(known)}@x.mssante.fr")
    before = desk.picture()
    done: list[str] = []
    for _number in range(length):
        want = _random_want(desk, chance)
        more = {"annotation": annotation(50)} if isinstance(want, Append) else {}
        done.append(desk.want(want, **more))
    order = chance.sample(done, len(done)) if shuffled else done[::-1]
    for id in order:
        desk.end(id, "undone")
        desk.do(lambda tx, id=id: effects.undo_local(tx, id))  # a second time does nothing
    assert desk.picture() == before
    rows = desk.view.connection.execute("SELECT count(*) FROM want_effect WHERE active = 1").fetchone()
    assert rows == (0,)
    desk.view.close()


def test_after_is_pure() -> None:
    seen = effects.Seen(1, pack_flags(("flagged",)), "Classe Urgent")
    mark = effects.Effect(
        placement=PlacementId(1),
        action="mark",
        add_flags=pack_flags(("seen",)),
        remove_flags=pack_flags(("flagged",)),
        add_keywords="A_rappeler Urgent",
        remove_keywords="Classe",
    )
    assert effects.after(seen, mark) == effects.Seen(1, pack_flags(("seen",)), "A_rappeler Urgent")
    for action, folder in (("move", 7), ("create", 7), ("remove", None), ("source", 1)):
        effect = effects.Effect(placement=PlacementId(1), action=action, target=FolderId(7))
        assert effects.after(seen, effect) == effects.Seen(folder, seen.flags, seen.keywords)


def test_mark(desk: Desk) -> None:
    one = desk.ids[0]
    desk.want(
        MarkFlags(placements=(one, one, PlacementId(999)), add=("seen", "Urgent"), remove=("seen", "Classe"))
    )
    at = desk.at(one)
    assert (at.flags, at.keywords) == ((), ("Urgent",))  # removed wins over added
    assert flags_of(desk.view, desk.inbox)[1] == ((), ())


def test_a_moved_message_keeps_its_id(desk: Desk) -> None:
    one = desk.ids[0]
    id = desk.want(Move(placements=(one,), folder=desk.archive))
    at = desk.at(one)
    assert (at.folder, at.server_folder, at.uid) == (desk.archive, desk.inbox, 1)
    assert uids(desk.view, desk.inbox) == [1, 2, 3]
    assert desk.view.folder(desk.inbox).messages == 2
    [effect] = effects.effects_of(desk.view, id)
    assert (effect.action, effect.target, effect.before.folder) == ("move", desk.archive, desk.inbox)
    desk.end(id, "done")
    at = desk.at(one)
    assert (at.folder, at.server_folder, at.uid) == (desk.archive, desk.archive, None)
    assert uids(desk.view, desk.inbox) == [2, 3]
    [again] = desk.do(lambda tx: add_incoming(tx, desk.archive, [incoming(31, 1, flags=("answered",))]))
    assert again == one
    at = desk.at(one)
    assert (at.uid, at.flags) == (31, ("answered",))
    assert not desk.view.row(one).pending


def test_moving_to_where_it_is_does_nothing(desk: Desk) -> None:
    id = desk.want(Move(placements=(desk.ids[0],), folder=desk.inbox))
    assert effects.effects_of(desk.view, id) == []


def test_delete_goes_to_the_trash_then_for_good(desk: Desk) -> None:
    one = desk.ids[0]
    first = desk.want(Delete(placements=(one, desk.thrown)))
    assert desk.at(one).folder == desk.trash
    assert desk.at(desk.thrown).folder is None
    assert desk.view.row(desk.thrown) is None
    assert uids(desk.view, desk.trash) == [1]  # still there on the server
    second = desk.want(Delete(placements=(one,)))
    assert desk.at(one).folder is None
    desk.end(first, "done")
    assert desk.view.placement(desk.thrown) is None
    desk.end(second, "done")
    assert desk.view.placement(one) is None


def test_delete_without_a_trash(store: Store) -> None:
    desk = Desk(store)
    listed = [folder for folder in FOLDERS if folder.role != "trash"]
    desk.do(lambda tx: sync_folder_list(tx, desk.account, listed))
    desk.want(Delete(placements=(desk.ids[0],)))
    assert desk.at(desk.ids[0]).folder is None


def test_copy(desk: Desk) -> None:
    one = desk.ids[0]
    id = desk.want(Copy(placements=(one,), folder=desk.archive))
    source, created = effects.effects_of(desk.view, id)
    assert (source.action, created.action, created.origin) == ("source", "create", one)
    copy = created.placement
    at = desk.at(copy)
    assert (at.folder, at.server_folder, at.uid, at.message) == (
        desk.archive,
        None,
        None,
        desk.at(one).message,
    )
    assert desk.view.row(one).pending
    desk.end(id, "done")
    [again] = desk.do(lambda tx: add_incoming(tx, desk.archive, [incoming(8, 1)]))
    assert again == copy
    assert not desk.view.row(one).pending


def test_append(desk: Desk) -> None:
    content = raw(77)
    want = Append(account=desk.account, folder=desk.archive, raw=content, flags=("seen",))
    id = desk.want(want, annotation=annotation(77))
    [effect] = effects.effects_of(desk.view, id)
    at = desk.at(effect.placement)
    assert (at.folder, at.flags, at.octets) == (desk.archive, ("seen",), len(content))
    assert desk.view.raw(at.message) == content
    desk.do(lambda tx: adopt(tx, effect.placement, desk.archive, 12))
    desk.end(id, "done")
    assert desk.at(effect.placement).uid == 12
    quiet = desk.want(want)
    assert effects.effects_of(desk.view, quiet) == []


@pytest.mark.parametrize("kind", [Move, Copy])
def test_targets_that_will_not_do(desk: Desk, store: Store, kind: Any) -> None:
    _other, folders = furnish(store, "autre@x.mssante.fr")
    for folder, code in ((folders["INBOX"], "folder-of-another-account"), (FolderId(999), "folder-unknown")):
        before = desk.picture()
        with pytest.raises(Refused) as caught:
            desk.want(kind(placements=(desk.ids[0],), folder=folder))
        assert caught.value.code == code
        assert desk.picture() == before
        assert desk.view.wants() == []  # nothing of the transaction is kept
    with pytest.raises(Refused, match="folder-unknown"):
        desk.want(Append(account=desk.account, folder=FolderId(999), raw=b"x"), annotation=annotation(1))


def test_kinds_without_a_local_half(desk: Desk) -> None:
    id = desk.want(Submit(account=desk.account, raw=b"x"))
    assert effects.effects_of(desk.view, id) == []


# A synchronisation under an open want: what the server says × what is wanted


def _mark_seen(desk: Desk) -> Want:
    return MarkFlags(placements=(desk.ids[0],), add=("seen",), remove=("flagged",))


def _move(desk: Desk) -> Want:
    return Move(placements=(desk.ids[0],), folder=desk.archive)


def _delete(desk: Desk) -> Want:
    return Delete(placements=(desk.ids[0],))


def _remove(desk: Desk) -> Want:
    return Delete(placements=(desk.thrown,))


WANTS = {"mark": _mark_seen, "move": _move, "delete": _delete, "remove": _remove}


def _subject(desk: Desk, name: str) -> tuple[PlacementId, FolderId]:
    return (desk.thrown, desk.trash) if name == "remove" else (desk.ids[0], desk.inbox)


def _flag_news(tx: Transaction, folder: FolderId) -> None:
    set_flags(tx, folder, [(1, ("flagged", "answered"), ("Urgent",))])


def _seen_elsewhere(tx: Transaction, folder: FolderId) -> None:
    set_flags(tx, folder, [(1, ("seen",), ())])


def _again(tx: Transaction, folder: FolderId) -> None:
    add_incoming(tx, folder, [incoming(1, 9 if len(uids(tx, folder)) == 1 else 1, flags=("flagged",))])


def _vanished(tx: Transaction, folder: FolderId) -> None:
    remove_uids(tx, folder, [1, 555])


def _renumbered(tx: Transaction, folder: FolderId) -> None:
    held = tx.connection.execute(
        "SELECT id, uid FROM placement WHERE server_folder = ?", (folder,)
    ).fetchall()
    rebuild(tx, folder, 99, {id: uid + 100 for id, uid in held})


def _renumbered_and_gone(tx: Transaction, folder: FolderId) -> None:
    rebuild(tx, folder, 99, {})


GONE = "gone"
TABLE = [
    # what the server says, the want, then: folder seen, flags seen, keywords seen; UID on the server
    (_flag_news, "mark", ("INBOX", ("seen", "answered"), ("Urgent",), 1)),
    (_flag_news, "move", ("Archives", ("answered", "flagged"), ("Urgent",), 1)),
    (_flag_news, "delete", ("Trash", ("answered", "flagged"), ("Urgent",), 1)),
    (_flag_news, "remove", (None, ("answered", "flagged"), ("Urgent",), 1)),
    (_seen_elsewhere, "mark", ("INBOX", ("seen",), (), 1)),
    (_seen_elsewhere, "move", ("Archives", ("seen",), (), 1)),
    (_again, "mark", ("INBOX", ("seen",), (), 1)),
    (_again, "move", ("Archives", ("flagged",), (), 1)),
    (_again, "delete", ("Trash", ("flagged",), (), 1)),
    (_again, "remove", (None, ("flagged",), (), 1)),
    (_vanished, "mark", GONE),
    (_vanished, "move", ("Archives", (), (), None)),
    (_vanished, "delete", ("Trash", (), (), None)),
    (_vanished, "remove", GONE),
    (_renumbered, "mark", ("INBOX", ("seen",), (), 101)),
    (_renumbered, "move", ("Archives", (), (), 101)),
    (_renumbered, "delete", ("Trash", (), (), 101)),
    (_renumbered, "remove", (None, (), (), 101)),
    (_renumbered_and_gone, "mark", GONE),
    (_renumbered_and_gone, "move", ("Archives", (), (), None)),
    (_renumbered_and_gone, "remove", GONE),
]


@pytest.mark.parametrize("state", ["waiting", "doing", "parked", "uncertain"])
@pytest.mark.parametrize(("news", "wanted", "then"), TABLE)
def test_a_synchronisation_never_overwrites_a_want(
    desk: Desk, news: Callable[[Transaction, FolderId], None], wanted: str, then: Any, state: str
) -> None:
    subject, folder = _subject(desk, wanted)
    desk.want(WANTS[wanted](desk), state)

    def sync(tx: Transaction) -> None:
        news(tx, folder)
        reapply(tx, folder)

    desk.do(sync)
    found = desk.view.placement(subject)
    if then == GONE:
        assert found is None
        return
    assert found is not None
    path = next((path for path, id in desk.folders.items() if id == found.folder), None)
    assert (path, found.flags, found.keywords, found.uid) == then
    before = desk.picture()
    desk.do(lambda tx: reapply(tx, folder))
    assert desk.picture() == before


@pytest.mark.parametrize("wanted", ["mark", "move", "delete", "remove"])
def test_undone_after_news_shows_the_servers_state(desk: Desk, wanted: str) -> None:
    subject, folder = _subject(desk, wanted)
    id = desk.want(WANTS[wanted](desk))
    desk.do(lambda tx: _flag_news(tx, folder))
    desk.end(id, "undone")
    at = desk.at(subject)
    assert (at.folder, at.flags, at.keywords) == (folder, ("answered", "flagged"), ("Urgent",))


def test_undone_after_the_server_lost_it(desk: Desk) -> None:
    id = desk.want(_move(desk))
    desk.do(lambda tx: remove_uids(tx, desk.inbox, [1]))
    desk.end(id, "undone")
    assert desk.view.placement(desk.ids[0]) is None


def test_news_after_done_is_taken_as_it_is(desk: Desk) -> None:
    id = desk.want(_mark_seen(desk))
    desk.end(id, "done")
    assert flags_of(desk.view, desk.inbox)[1] == (("seen",), ())
    desk.do(lambda tx: set_flags(tx, desk.inbox, [(1, (), ()), (77, (), ())]))
    assert desk.at(desk.ids[0]).flags == ()


def test_several_wants_on_one_message(desk: Desk) -> None:
    one = desk.ids[0]
    first = desk.want(Move(placements=(one,), folder=desk.archive))
    second = desk.want(MarkFlags(placements=(one,), add=("flagged",)))
    third = desk.want(Move(placements=(one,), folder=desk.inbox))
    assert desk.at(one).folder == desk.inbox
    desk.end(first, "done")
    assert (desk.at(one).folder, desk.at(one).server_folder) == (desk.inbox, desk.archive)
    desk.do(lambda tx: adopt(tx, one, desk.archive, 40))
    desk.end(third, "undone")
    at = desk.at(one)
    assert (at.folder, at.uid, at.flags) == (desk.archive, 40, ("flagged",))
    desk.end(second, "done")
    assert flags_of(desk.view, desk.archive)[40] == (("flagged",), ())


# Finding our own again


def test_adopting_what_a_synchronisation_brought_first(desk: Desk) -> None:
    one = desk.ids[0]
    id = desk.want(_move(desk), "doing")
    [twin] = desk.do(lambda tx: add_incoming(tx, desk.archive, [incoming(20, 1, flags=("answered",))]))
    assert twin != one
    mark = desk.want(MarkFlags(placements=(twin,), add=("flagged",)))
    desk.do(lambda tx: adopt(tx, one, desk.archive, 20))
    desk.end(id, "done")
    assert desk.view.placement(twin) is None
    at = desk.at(one)
    assert (at.folder, at.uid, at.flags) == (desk.archive, 20, ("answered", "flagged"))
    desk.end(mark, "undone")
    assert desk.at(one).flags == ("answered",)
    assert desk.names(desk.archive) == ["Compte rendu numéro 1"]


@pytest.mark.parametrize(
    ("state", "adopted"), [("waiting", False), ("doing", True), ("uncertain", True), ("parked", False)]
)
def test_a_move_interrupted_after_the_server_did_it(desk: Desk, state: str, adopted: bool) -> None:
    """Killed between MOVE and its answer: the source is gone, the target has it; it is not shown twice."""
    one = desk.ids[0]
    desk.want(_move(desk), state)
    desk.do(lambda tx: remove_uids(tx, desk.inbox, [1]))
    [found] = desk.do(lambda tx: add_incoming(tx, desk.archive, [incoming(20, 1)]))
    assert (found == one) == adopted
    assert len(desk.names(desk.archive)) == (1 if adopted else 2)


@pytest.mark.parametrize(("state", "adopted"), [("waiting", False), ("doing", True)])
def test_an_append_interrupted_after_the_server_did_it(desk: Desk, state: str, adopted: bool) -> None:
    want = Append(account=desk.account, folder=desk.archive, raw=raw(77))
    id = desk.want(want, state, annotation=annotation(77))
    [effect] = effects.effects_of(desk.view, id)
    [found] = desk.do(lambda tx: add_incoming(tx, desk.archive, [incoming(20, 77)]))
    assert (found == effect.placement) == adopted


def test_twins_are_claimed_one_each(desk: Desk) -> None:
    """Two copies of one message go to one folder: each is found, a third one is news."""
    ids = [desk.want(Copy(placements=(desk.ids[0],), folder=desk.archive)) for _number in range(2)]
    for id in ids:
        desk.end(id, "done")
    found = desk.do(lambda tx: add_incoming(tx, desk.archive, [incoming(uid, 1) for uid in (5, 6, 7)]))
    created = [effects.effects_of(desk.view, id)[1].placement for id in ids]
    assert found[:2] == created
    assert found[2] not in created


def test_another_message_is_not_claimed(desk: Desk) -> None:
    id = desk.want(_move(desk))
    desk.end(id, "done")
    other = incoming(5, 1, octets=incoming(5, 1).octets + 1)
    [found] = desk.do(lambda tx: add_incoming(tx, desk.archive, [other]))
    assert found != desk.ids[0]


def test_never_claimed(desk: Desk) -> None:
    """Somebody deleted it in the target before we looked."""
    id = desk.want(_move(desk))
    desk.end(id, "done")
    assert desk.do(lambda tx: forget_unclaimed(tx, desk.archive, 0)) == 0
    assert desk.do(lambda tx: forget_unclaimed(tx, desk.archive, 2**40)) == 1
    assert desk.view.placement(desk.ids[0]) is None


def test_rebuild_keeps_what_still_waits_to_be_told(desk: Desk) -> None:
    id = desk.want(_move(desk))
    desk.end(id, "done")
    desk.do(lambda tx: rebuild(tx, desk.archive, 5, {}))
    [found] = desk.do(lambda tx: add_incoming(tx, desk.archive, [incoming(1, 1)]))
    assert found == desk.ids[0]


# Taking back what was done


def test_opposites(desk: Desk) -> None:
    one, two = desk.ids[0], desk.ids[1]
    desk.do(lambda tx: set_flags(tx, desk.inbox, [(2, ("seen", "flagged"), ("Classe",))]))
    mark = desk.want(MarkFlags(placements=(one, two), add=("seen", "Classe"), remove=("flagged", "Urgent")))
    desk.end(mark, "done")
    assert effects.opposite(desk.view, mark) == [
        MarkFlags(placements=(one,), remove=("seen", "Classe")),
        MarkFlags(placements=(two,), add=("flagged",)),
    ]
    move = desk.want(_move(desk))
    desk.end(move, "done")
    assert effects.opposite(desk.view, move) == [Move(placements=(one,), folder=desk.inbox)]
    copy = desk.want(Copy(placements=(two,), folder=desk.archive))
    desk.end(copy, "done")
    created = effects.effects_of(desk.view, copy)[1].placement
    assert effects.opposite(desk.view, copy) == [Delete(placements=(created,))]
    gone = desk.want(Delete(placements=(desk.thrown,)))
    desk.end(gone, "done")
    assert effects.opposite(desk.view, gone) == []
    nothing = desk.want(MarkFlags(placements=(two,), add=("seen",)))
    assert effects.opposite(desk.view, nothing) == []


def test_settling_twice_and_after_the_placement_went(desk: Desk) -> None:
    mark = desk.want(_mark_seen(desk))
    keep = desk.want(MarkFlags(placements=(desk.ids[1],), add=("seen",)))
    desk.do(lambda tx: remove_uids(tx, desk.inbox, [1]))
    for _time in range(2):
        desk.do(lambda tx: effects.settle(tx, mark))
        desk.do(lambda tx: effects.settle(tx, keep, now_utc=5))
    assert desk.at(desk.ids[1]).flags == ("seen",)
    desk.do(lambda tx: effects.recompute(tx, [10**9]))
