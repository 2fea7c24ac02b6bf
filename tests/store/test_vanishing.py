"""A folder goes under what is to be put into it: nothing is lost, and the person is told."""

from collections.abc import Callable

import pytest

from mssclient.model.wants import Append, Copy, Delete, MarkFlags, Move, Want
from mssclient.store import effects, journal
from mssclient.store.folders import find_folder, sync_folder_list
from mssclient.store.placements import adopt
from mssclient.store.store import Store
from tests.store.made import FOLDERS, annotation, raw
from tests.store.test_effects import Desk
from tests.store.test_listing import check_counters


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


def _lose(desk: Desk, path: str) -> None:
    listed = [folder for folder in FOLDERS if folder.path != path]
    _added, removed = desk.do(lambda tx: sync_folder_list(tx, desk.account, listed))
    assert removed == [desk.folders[path]]
    assert find_folder(desk.view, desk.account, path) is None


def _told(desk: Desk, id: str) -> bool:
    [view] = [one for one in desk.view.wants() if one.id == id]
    assert view.state == "parked"
    assert "\u00a0:" in view.sentence
    return view.problem_code == "folder-missing" and bool(view.remedy)


_INTO: dict[str, Callable[[Desk], Want]] = {
    "move": lambda desk: Move(placements=(desk.ids[0], desk.ids[1]), folder=desk.archive),
    "copy": lambda desk: Copy(placements=(desk.ids[0],), folder=desk.archive),
    "append": lambda desk: Append(account=desk.account, folder=desk.archive, raw=raw(77)),
    "delete": lambda desk: Delete(placements=(desk.ids[0],)),
}


@pytest.mark.parametrize("kind", _INTO)
def test_the_target_goes_and_the_person_is_told(desk: Desk, kind: str) -> None:
    before = desk.names(desk.inbox)
    more = {"annotation": annotation(77)} if kind == "append" else {}
    id = desk.want(_INTO[kind](desk), **more)
    _lose(desk, "Trash" if kind == "delete" else "Archives")
    assert desk.names(desk.inbox) == before
    assert not desk.view.row(desk.ids[0]).pending
    assert effects.effects_of(desk.view, id) == []
    assert _told(desk, id)
    desk.end(id, "waiting")  # tried again: there is nothing that could be done
    assert _told(desk, id)
    assert journal.next_want(desk.view, desk.account, 2**40) is None
    desk.end(id, "undone")
    assert desk.names(desk.inbox) == before
    check_counters(desk.view)


def test_the_target_goes_while_it_is_being_carried_out(desk: Desk) -> None:
    """What the server did stands; what was cut off is not taken for done."""
    done, cut = desk.want(_INTO["move"](desk), "doing"), desk.want(_INTO["copy"](desk), "doing")
    _lose(desk, "Archives")
    assert [view.state for view in desk.view.wants()] == ["doing", "doing"]
    desk.end(done, "done")
    desk.end(cut, "waiting")
    assert _told(desk, cut)
    desk.do(lambda tx: adopt(tx, desk.ids[0], desk.archive, 7))  # the answer of the server, too late
    assert desk.at(desk.ids[0]).folder == desk.inbox


def test_what_was_moved_on_goes_on(desk: Desk) -> None:
    """Moved to a folder that goes, and from there to another: the second move still holds."""
    first = desk.want(_INTO["move"](desk))
    second = desk.want(Move(placements=(desk.ids[0],), folder=desk.folders["Sent"]))
    _lose(desk, "Archives")
    assert _told(desk, first)
    at = desk.at(desk.ids[0])
    assert (at.folder, at.server_folder) == (desk.folders["Sent"], desk.inbox)
    check_counters(desk.view)
    entry = journal.next_want(desk.view, desk.account, 2**40)
    assert entry is not None
    assert entry.id == second
    desk.end(second, "undone")
    assert desk.at(desk.ids[0]).folder == desk.inbox


def test_a_copy_that_will_not_come_to_be_is_not_moved_either(desk: Desk) -> None:
    copy = desk.want(_INTO["copy"](desk))
    made = effects.effects_of(desk.view, copy)[1].placement
    moved = desk.want(Move(placements=(made,), folder=desk.folders["Sent"]))
    mixed = desk.want(MarkFlags(placements=(made, desk.ids[1]), add=("seen",)))
    _lose(desk, "Archives")
    assert desk.view.placement(made) is None
    assert desk.names(desk.folders["Sent"]) == []
    assert _told(desk, copy)
    assert _told(desk, moved)
    assert {view.id: view.state for view in desk.view.wants()}[mixed] == "waiting"
    check_counters(desk.view)


def test_a_copy_taken_back_under_a_later_move(desk: Desk) -> None:
    copy = desk.want(_INTO["copy"](desk))
    made = effects.effects_of(desk.view, copy)[1].placement
    desk.want(Move(placements=(made,), folder=desk.folders["Sent"]))
    desk.end(copy, "undone")
    assert desk.view.placement(made) is None
    assert desk.names(desk.folders["Sent"]) == []
