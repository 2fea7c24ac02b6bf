"""The writer: one transaction at a time, the person first, what changed told after the commit."""

import logging
import threading
from typing import Any

import apsw
import pytest

from mssclient.model.changes import Changed
from mssclient.model.errors import BugError
from mssclient.model.wants import Move
from mssclient.store import effects, journal
from mssclient.store.placements import add_incoming, uids
from mssclient.store.settings import set_setting
from mssclient.store.store import Priority, Store
from mssclient.store.transaction import Transaction
from tests.conftest import Noise
from tests.store.made import KEY, furnish, incoming


def test_first_use(tmp_path) -> None:
    changes: list[Changed] = []
    store = Store.open(tmp_path / "store.db", KEY, changes.append)
    account, folders = furnish(store)
    ids = store.write(
        Priority.NEWS, lambda tx: add_incoming(tx, folders["INBOX"], [incoming(1), incoming(2)])
    )
    view = store.view()
    assert [row.id for row in view.rows(folders["INBOX"], 0, 10)] == [ids[1], ids[0]]
    assert [row.id for row in view.search("glyc").rows] == [ids[1], ids[0]]

    def move(tx: Transaction) -> None:
        want = Move(placements=(ids[0],), folder=folders["Archives"])
        assert journal.append_want(tx, "w1", want, account, "Déplacer")
        assert effects.apply_local(tx, "w1", want) == 1

    store.write(Priority.PERSON, move)
    assert uids(view, folders["INBOX"]) == [1, 2]
    view.close()
    store.close()
    assert [changed.aspects for changed in changes] == [("accounts", "folders"), (), ("wants",)]
    assert changes[2].folders == (folders["INBOX"], folders["Archives"])


def test_nothing_of_a_failed_work_is_kept(store: Store) -> None:
    told: list[Changed] = []
    store._on_change = told.append

    def work(tx: Transaction) -> None:
        set_setting(tx, "a", "1")
        raise LookupError("no")

    with pytest.raises(LookupError):
        store.write(Priority.PERSON, work)
    assert store.view().settings() == {}
    assert told == []
    store.write(Priority.PERSON, lambda tx: set_setting(tx, "b", "1"))
    assert told == [Changed(aspects=("settings",))]


def test_our_own_mistakes_stay_what_they_are(store: Store) -> None:
    with pytest.raises(apsw.SQLError):
        store.write(Priority.NEWS, lambda tx: tx.connection.execute("SELECT nothing"))
    with pytest.raises(apsw.ConstraintError):
        store.write(Priority.NEWS, lambda tx: tx.connection.execute("INSERT INTO setting (name) VALUES (1)"))


def test_work_that_rolled_back_itself(store: Store) -> None:
    def work(tx: Transaction) -> None:
        tx.connection.execute("ROLLBACK")
        raise LookupError

    with pytest.raises(LookupError):
        store.write(Priority.NEWS, work)
    store.write(Priority.NEWS, lambda tx: set_setting(tx, "b", "1"))


def test_the_person_comes_first(store: Store) -> None:
    gate, started, order = threading.Event(), threading.Event(), []

    def hold(_tx: Transaction) -> None:
        started.set()
        gate.wait(10)

    futures = [store.post(Priority.NEWS, hold)]
    assert started.wait(10)
    for name, priority in (
        ("upkeep", Priority.UPKEEP),
        ("news 1", Priority.NEWS),
        ("person 1", Priority.PERSON),
        ("news 2", Priority.NEWS),
        ("person 2", Priority.PERSON),
    ):
        futures.append(store.post(priority, lambda _tx, name=name: order.append(name)))
    gate.set()
    for future in futures:
        future.result(10)
    assert order == ["person 1", "person 2", "news 1", "news 2", "upkeep"]


def test_a_post_can_be_taken_back(store: Store) -> None:
    gate, started = threading.Event(), threading.Event()

    def hold(_tx: Transaction) -> None:
        started.set()
        gate.wait(10)

    first = store.post(Priority.NEWS, hold)
    assert started.wait(10)
    second = store.post(Priority.NEWS, lambda tx: set_setting(tx, "a", "1"))
    assert second.cancel()
    gate.set()
    first.result(10)
    store.write(Priority.UPKEEP, lambda tx: None)
    assert store.view().settings() == {}


def test_what_a_person_waits_for_reaches_the_disk(store: Store) -> None:
    def level(tx: Transaction) -> int:
        return tx.connection.pragma("synchronous")

    levels = [
        store.write(each, level)
        for each in (Priority.PERSON, Priority.NEWS, Priority.UPKEEP, Priority.PERSON)
    ]
    assert levels == [2, 1, 1, 2]


def test_writing_inside_a_write(store: Store) -> None:
    with pytest.raises(BugError, match="store-write-inside-write"):
        store.write(Priority.PERSON, lambda _tx: store.write(Priority.PERSON, lambda tx: None))


def test_a_listener_that_fails_stops_nothing(
    store: Store, caplog: pytest.LogCaptureFixture, noise: Noise
) -> None:
    noise.expect("publishing a change failed: ValueError$")

    def broken(_changed: Changed) -> None:
        raise ValueError("secret subject")

    store._on_change = broken
    told: list[Changed] = []
    store.listen(told.append)
    with caplog.at_level(logging.ERROR):
        store.write(Priority.PERSON, lambda tx: set_setting(tx, "a", "1"))
        store.write(Priority.PERSON, lambda tx: set_setting(tx, "b", "1"))
    assert set(store.view().settings()) == {"a", "b"}
    assert told == [Changed(aspects=("settings",))] * 2
    assert "secret" not in caplog.text
    assert "ValueError" in caplog.text
    caplog.clear()


def test_closing_carries_out_what_was_posted(tmp_path) -> None:
    store = Store.open(tmp_path / "store.db", KEY)
    futures = [
        store.post(Priority.UPKEEP, lambda tx, number=number: set_setting(tx, f"n{number}", "1"))
        for number in range(50)
    ]
    store.close()
    store.close()
    assert all(future.done() for future in futures)
    with pytest.raises(BugError, match="store-closed"):
        store.post(Priority.PERSON, lambda tx: None)
    assert not (tmp_path / "store.db-wal").exists() or (tmp_path / "store.db-wal").stat().st_size == 0
    again = Store.open(tmp_path / "store.db", KEY)
    assert len(again.view().settings()) == 50
    again.close()


def test_many_threads_write_at_once(store: Store) -> None:
    def count(tx: Transaction) -> None:
        number: Any = tx.connection.execute("SELECT value FROM setting WHERE name = 'n'").fetchone()
        set_setting(tx, "n", str(int(number[0]) + 1 if number else 1))

    def work() -> None:
        for _time in range(50):
            store.write(Priority.NEWS, count)

    threads = [threading.Thread(target=work) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.view().setting("n") == 300


def test_touching_nothing_tells_nothing(store: Store) -> None:
    transaction = Transaction(apsw.Connection(":memory:"))
    assert transaction.changed is None
    transaction.touch(folder=2, message=3, account=4, aspect="wants", new_messages=1)
    transaction.touch(folder=1, message=3, wanted=5, new_messages=2)
    assert transaction.changed == Changed(
        folders=(1, 2),  # type: ignore[arg-type]
        messages=(3,),  # type: ignore[arg-type]
        accounts=(4,),  # type: ignore[arg-type]
        aspects=("wants",),
        wanted=(5,),  # type: ignore[arg-type]
        new_messages=3,
    )
