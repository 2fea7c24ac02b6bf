"""The diagnosis as a whole: areas side by side, an end in time, cancelling, and what hangs or breaks."""

import threading
import time
from collections.abc import Callable, Iterator

import msgspec
import pytest

from mssclient.engine.diagnosis.running import Group, run
from mssclient.engine.tickets import Ticket
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.changes import Progress
from mssclient.model.diagnosis import Check
from mssclient.model.errors import MssError, WorldError
from mssclient.model.ids import AccountId
from tests.conftest import Noise

HERE = Endpoint(host="localhost", port=1)
ACCOUNT = Account(id=AccountId(7), address="a@b.example", imap=HERE, smtp=HERE)


def ok(name: str) -> Check:
    return Check(area=name, check=name, state="ok", sentence=f"{name}.")


def group(name: str, *steps: Callable[[], object], account: Account | None = None) -> Group:
    """One line after each step."""

    def work() -> Iterator[Check]:
        for number, step in enumerate(steps or (lambda: None,)):
            step()
            yield ok(f"{name}{number or ''}")

    return Group(name, account, name.capitalize(), work)


def ticket(told: list[Progress] | None = None) -> Ticket:
    return Ticket("1", (told if told is not None else []).append)


def fails(error: BaseException) -> Callable[[], object]:
    def step() -> object:
        raise error

    return step


def test_a_bal_whose_workers_did_not_start_fails_its_own_check() -> None:
    error = WorldError("demonstration-unavailable", "L’opérateur n’a pas démarré.", "Relancez.")
    (check,) = run([group("operator", fails(error), account=ACCOUNT)], 5, ticket())
    assert (check.account, check.state, check.code) == (ACCOUNT.id, "fail", "demonstration-unavailable")
    assert (check.sentence, check.remedy) == (error.sentence, error.remedy)


def test_areas_run_at_the_same_time_and_are_told_in_their_order() -> None:
    """Each waits for all others: one after the other this would never end."""
    together = threading.Barrier(4, timeout=10)
    names = ["d", "a", "c", "b"]
    checks = run([group(name, together.wait) for name in names], 20, ticket())
    assert [each.area for each in checks] == names
    assert all(each.state == "ok" for each in checks)


def test_what_comes_after_another_area_of_its_bal_waits_for_its_end() -> None:
    """Its own time begins then; another BAL's area keeps nobody waiting, and a late one not for ever."""
    end, seen = threading.Event(), list[bool]()
    other = msgspec.structs.replace(ACCOUNT, id=AccountId(8))

    def login() -> None:
        end.wait(10)

    def after(account: Account, step: Callable[[], object]) -> Group:
        return group("sieve", step, account=account)._replace(after="operator")

    groups = [
        after(ACCOUNT, lambda: seen.append(end.is_set())),
        group("operator", login, account=ACCOUNT),
        after(other, end.set),
    ]
    assert [each.area for each in run(groups, 5, ticket())] == ["sieve", "operator", "sieve"]
    assert seen == [True]
    hangs = threading.Event()
    try:
        late = run([groups[0], group("operator", hangs.wait, account=ACCOUNT)], 0.3, ticket())
    finally:
        hangs.set()
    assert [each.code for each in late] == ["", "timeout"]


def test_more_areas_than_threads_all_come_to_an_end() -> None:
    checks = run([group(f"a{number}") for number in range(60)], 20, ticket())
    assert [each.area for each in checks] == [f"a{number}" for number in range(60)]


def test_one_that_hangs_is_given_up_with_what_it_said_before() -> None:
    released = threading.Event()
    groups = [group("slow", lambda: None, released.wait), group("quick")]
    begun = time.monotonic()
    try:
        checks = run(groups, 0.4, ticket())
    finally:
        released.set()
    assert time.monotonic() - begun < 5
    assert [(each.area, each.state, each.code) for each in checks] == [
        ("slow", "ok", ""),
        ("slow", "fail", "timeout"),
        ("quick", "ok", ""),
    ]
    assert "Slow" in checks[1].sentence
    assert checks[1].remedy


def test_a_bug_in_one_area_is_told_in_its_place(noise: Noise) -> None:
    noise.expect("the diagnosis of x failed: ZeroDivisionError$")
    secret = ZeroDivisionError("a@b.example a un dossier")
    checks = run([group("x", lambda: None, fails(secret)), group("y")], 5, ticket())
    assert [(each.area, each.state, each.code) for each in checks] == [
        ("x", "ok", ""),
        ("x", "fail", "internal"),
        ("y", "ok", ""),
    ]
    assert checks[1].detail == "ZeroDivisionError"
    assert checks[1].exit_code == 5
    assert "a@b.example" not in str(checks)


def test_cancelling_ends_it_at_once() -> None:
    released, begun = threading.Event(), threading.Event()

    def hang() -> None:
        begun.set()
        released.wait()

    held = ticket()
    threading.Thread(target=lambda: begun.wait(10) and held.cancel(), daemon=True).start()
    started = time.monotonic()
    try:
        with pytest.raises(MssError) as told:
            run([group("slow", hang)], 60, held)
    finally:
        released.set()
    assert told.value.code == "cancelled"
    assert time.monotonic() - started < 5


def test_a_lock_ends_it_and_begins_nothing_more() -> None:
    closing, released = threading.Event(), threading.Event()
    begun: list[str] = []
    waiting = group("waiting", lambda: begun.append("waiting"))
    try:
        with pytest.raises(WorldError, match="store-locked"):
            run([*[group("slow", closing.set, released.wait)] * 12, waiting], 20, ticket(), closing)
    finally:
        released.set()
    assert not begun


def test_progress_names_what_runs_and_ends_full() -> None:
    told: list[Progress] = []
    run([group("a"), group("b")], 5, ticket(told))
    assert (told[-1].done, told[-1].total) == (2, 2)
    assert {each.sentence for each in told} <= {"A", "B", "Diagnostic"}
