"""The journal: known ids, order, what holds back what, states, what is left after a stop."""

import time
from typing import Any

import msgspec
import pytest

from mssclient.model.errors import BugError, Problem
from mssclient.model.ids import AccountId, DraftId, PlacementId
from mssclient.model.secrets import Secret
from mssclient.model.wants import AddAccount, Append, Copy, Delete, MarkFlags, Move, Submit, Want
from mssclient.store import effects, journal, outbox
from mssclient.store.placements import add_incoming, reapply
from mssclient.store.store import Priority, Store
from mssclient.store.transaction import Transaction
from tests.store.made import furnish, incoming

FAR = 2**40


class Book:
    def __init__(self, store: Store) -> None:
        self.store = store
        self.account, self.folders = furnish(store)
        self.ids: list[PlacementId] = self.do(
            lambda tx: add_incoming(tx, self.folders["INBOX"], [incoming(uid) for uid in (1, 2, 3)])
        )
        self.view = store.view()

    def do(self, work: Any) -> Any:
        return self.store.write(Priority.PERSON, work)

    def add(self, id: str, want: Want, account: AccountId | None = None) -> bool:
        def work(tx: Transaction) -> bool:
            known = journal.append_want(tx, id, want, account or self.account, f"Faire {id}")
            if known:
                effects.apply_local(tx, id, want)
            return known

        return self.do(work)

    def mark(self, id: str, *positions: int) -> None:
        self.add(id, MarkFlags(placements=tuple(self.ids[position] for position in positions), add=("seen",)))

    def set(self, id: str, state: str, **more: Any) -> None:
        self.do(lambda tx: journal.set_state(tx, id, state, **more))

    def next(self, now_utc: int = FAR, account: AccountId | None = None) -> str | None:
        entry = journal.next_want(self.view, account or self.account, now_utc)
        return entry.id if entry else None


@pytest.fixture
def book(store: Store) -> Book:
    return Book(store)


def test_posted_again(book: Book) -> None:
    want = MarkFlags(placements=(book.ids[0],), add=("seen",))
    assert book.add("a", want)
    assert not book.add("a", want)
    assert not book.add("a", Delete(placements=(book.ids[0],)))
    book.set("a", "done")
    assert not book.add("a", want)  # even long after
    assert [view.id for view in book.view.wants(("done",))] == ["a"]


@pytest.mark.parametrize(
    "want",
    [
        MarkFlags(placements=(PlacementId(1),), add=("seen", "Urgent"), remove=("flagged",)),
        Move(placements=(PlacementId(1), PlacementId(2)), folder=1),  # type: ignore[arg-type]
        Copy(placements=(PlacementId(1),), folder=2),  # type: ignore[arg-type]
        Delete(placements=()),
        Append(account=AccountId(1), folder=1, raw=b"\x00\xff", flags=("seen",), rfc_message_id="<a@b>"),  # type: ignore[arg-type]
        Submit(account=AccountId(1), draft=DraftId("d")),
    ],
)
def test_a_want_comes_back_as_it_was(book: Book, want: Want) -> None:
    book.do(lambda tx: journal.append_want(tx, "a", want, book.account, "Décrire"))
    entry = journal.want(book.view, "a")
    assert entry is not None
    assert entry.want == want
    assert entry.kind == journal.kind_of(want)
    assert (entry.state, entry.account, entry.describe) == ("waiting", book.account, "Décrire")
    assert abs(entry.created_utc - time.time()) < 100
    assert journal.want(book.view, "b") is None


def test_a_secret_is_never_written_down(book: Book) -> None:
    with pytest.raises(BugError, match="secret-in-journal"):
        book.add("s", AddAccount(address="a@b", secret=Secret("hunter2hunter2")))
    assert journal.want(book.view, "s") is None


def test_order_is_that_of_wanting(book: Book) -> None:
    for id, position in (("c", 0), ("a", 1), ("b", 2)):
        book.mark(id, position)
    taken = []
    while (id := book.next()) is not None:
        taken.append(id)
        book.set(id, "done")
    assert taken == ["c", "a", "b"]
    assert book.next(account=AccountId(99)) is None


def test_only_what_is_due(book: Book) -> None:
    book.mark("a", 0)
    book.mark("b", 1)
    book.set("a", "waiting", not_before_utc=1000, count_attempt=True)
    assert book.next(999) == "b"
    assert book.next(1000) == "a"
    entry = journal.want(book.view, "a")
    assert entry is not None
    assert (entry.attempts, entry.not_before_utc) == (1, 1000)
    assert journal.next_due_utc(book.view, book.account) == 0
    book.set("b", "done")
    assert journal.next_due_utc(book.view, book.account) == 1000
    book.set("a", "done")
    assert journal.next_due_utc(book.view, book.account) is None


def test_asked_to_hurry(book: Book) -> None:
    book.mark("a", 0)
    book.set("a", "waiting", not_before_utc=1000)
    book.do(lambda tx: journal.hurry(tx, AccountId(99)))
    assert book.next(999) is None
    book.do(lambda tx: journal.hurry(tx, book.account))
    assert book.next(999) == "a"


@pytest.mark.parametrize("state", ["waiting", "doing", "parked", "uncertain"])
def test_an_earlier_want_on_the_same_message_holds_back(book: Book, state: str) -> None:
    book.mark("first", 0, 1)
    book.mark("same", 1, 2)
    book.mark("other", 2)  # behind "same", which is behind "first"
    book.add("free", Submit(account=book.account, raw=b"x"))
    book.set("first", state, not_before_utc=FAR + 1 if state == "waiting" else None)
    assert book.next() == "free"
    book.set("free", "done")
    assert book.next() is None
    book.set("first", "done" if state != "parked" else "undone")
    assert book.next() == "same"
    book.set("same", "done")
    assert book.next() == "other"


def test_a_copy_is_held_back_too(book: Book) -> None:
    book.add("copy", Copy(placements=(book.ids[0],), folder=book.folders["Archives"]))
    copy = effects.effects_of(book.view, "copy")[1].placement
    book.add("later", MarkFlags(placements=(copy,), add=("seen",)))
    book.set("copy", "parked")
    assert book.next() is None
    book.set("copy", "waiting")
    assert book.next() == "copy"


def test_states_that_cannot_be(book: Book) -> None:
    book.mark("a", 0)
    with pytest.raises(BugError, match="want-unknown"):
        book.set("zzz", "done")
    with pytest.raises(BugError, match="want-unknown"):
        book.do(lambda tx: journal.set_phase(tx, "zzz", "x"))
    with pytest.raises(BugError, match="want-state"):
        book.set("a", "finished")
    book.set("a", "done")
    book.set("a", "done")
    for state in ("waiting", "doing", "undone", "parked", "uncertain"):
        with pytest.raises(BugError, match="want-state"):
            book.set("a", state)


def test_problems_are_shown_and_cleared(book: Book) -> None:
    book.mark("a", 0)
    problem = Problem(code="quota-full", sentence="La boîte est pleine.", remedy="Videz la corbeille.")
    book.set("a", "parked", problem=problem)
    [view] = book.view.wants()
    assert (view.state, view.problem_code, view.sentence, view.remedy) == (
        "parked",
        "quota-full",
        problem.sentence,
        problem.remedy,
    )
    assert (view.kind, view.describe) == ("mark", "Faire a")
    entry = journal.want(book.view, "a")
    assert entry is not None
    assert entry.problem == problem
    book.set("a", "waiting")
    assert book.view.wants()[0].problem_code == ""


def test_phases_and_what_they_remember(book: Book) -> None:
    book.mark("a", 0)
    book.do(lambda tx: journal.set_phase(tx, "a", "copying", copy="7:12", clé="é"))
    book.do(lambda tx: journal.set_phase(tx, "a", "copied", copy="done"))
    entry = journal.want(book.view, "a")
    assert entry is not None
    assert (entry.phase, entry.data) == ("copied", {"copy": "done", "clé": "é"})


def test_what_a_stop_interrupted(book: Book) -> None:
    for id in ("a", "b", "c"):
        book.mark(id, 0)
    book.set("c", "doing")
    book.set("a", "doing")
    assert [entry.id for entry in journal.interrupted(book.view)] == ["a", "c"]


def test_what_was_appended_is_not_kept_in_the_journal(book: Book) -> None:
    want = Append(account=book.account, folder=book.folders["Sent"], raw=b"x" * 5_000, rfc_message_id="<a@b>")
    for id, state in (("a", "done"), ("b", "parked")):
        book.add(id, want)
        book.set(id, state)
    done, parked = (journal.want(book.view, id) for id in ("a", "b"))
    assert done is not None
    assert parked is not None
    assert done.want == msgspec.structs.replace(want, raw=b"")
    assert parked.want == want


def test_prune(book: Book) -> None:
    book.mark("done", 0)
    book.mark("open", 1)
    book.set("done", "done")
    assert book.do(lambda tx: journal.prune(tx, 0)) == 0
    assert book.do(lambda tx: journal.prune(tx, FAR)) == 1
    assert journal.want(book.view, "done") is None
    assert journal.want(book.view, "open") is not None


def test_changes_told(store: Store) -> None:
    told: list[Any] = []
    store._on_change = told.append  # the listener is given at opening; this store is the fixture's
    book = Book(store)
    book.add("s", Submit(account=book.account, raw=b"x"))
    book.do(
        lambda tx: outbox.freeze(tx, "s", book.account, b"raw", "<a@b>", "me@x", ["you@x"], "Objet", None)
    )
    told.clear()
    book.do(lambda tx: journal.set_phase(tx, "s", "data_started"))
    book.set("s", "uncertain")
    assert [set(changed.aspects) for changed in told] == [{"outbox"}, {"wants", "outbox"}]


def test_who_got_a_want_is_told(store: Store) -> None:
    """Also when another account's courier wrote it down; trying again later tells nobody."""
    told: list[Any] = []
    book = Book(store)
    other, _folders = furnish(store, "autre@x.fr")
    store._on_change = told.append

    def both(tx: Transaction) -> None:
        journal.append_want(tx, "a", Submit(account=book.account, raw=b"x"), book.account)
        journal.append_want(tx, "b", Submit(account=other, raw=b"x"), other)

    book.do(both)
    book.do(both)
    book.set("a", "doing")
    book.set("a", "waiting", not_before_utc=FAR)
    assert [changed.wanted for changed in told] == [(book.account, other), (), ()]


def test_what_is_over_is_not_read_again(book: Book) -> None:
    """Not by the clock: the virtual machine's steps are counted, with three wants that are over and 300."""

    def cost() -> int:
        steps = 0

        def tick() -> bool:
            nonlocal steps
            steps += 1
            return False

        def work(tx: Transaction) -> None:
            tx.connection.set_progress_handler(tick, 1)
            journal.next_want(tx, book.account, FAR)
            journal.next_due_utc(tx, book.account)
            journal.hurry(tx, book.account)
            journal.interrupted(tx)
            journal.read_wants(tx)
            outbox.read_outbox(tx)
            reapply(tx, book.folders["INBOX"])
            add_incoming(tx, book.folders["Archives"], [])
            tx.connection.set_progress_handler(None)

        book.do(work)
        return steps

    few = 0
    for number in range(300):
        book.mark(f"w{number}", number % 3)
        book.set(f"w{number}", "done")
        if number == 2:
            few = cost()
    assert 0 < cost() < few * 1.5


def test_many_waiting_wants_are_found_quickly(book: Book) -> None:
    for number in range(300):
        book.mark(f"w{number}", number % 3)
    taken = 0
    while (id := book.next()) is not None:
        book.set(id, "done")
        taken += 1
    assert taken == 300
