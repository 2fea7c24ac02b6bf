"""The bridge: one wake-up, order, merging, callbacks that die with their owner."""

import sys
import threading
from typing import Any

from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

from mssclient.engine.client import Listener
from mssclient.model.accounts import AccountState
from mssclient.model.changes import Changed, Opened, Progress
from mssclient.model.errors import Problem
from mssclient.model.ids import AccountId, FolderId, MessageId, QuestionId, WantId
from mssclient.model.questions import Done, ReadState
from mssclient.model.wants import Sync
from ui.bridge import Bridge, merge


class SilentDoor:
    """Takes everything and says nothing; the test speaks for the engine."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.posted: list[str] = []
        self.asked = 0
        self.locks: list[str] = []

    def lock(self) -> None:
        self.locks.append("lock")

    def unlock(self) -> None:
        self.locks.append("unlock")

    def view(self) -> Any:
        return self

    def post(self, want: Any, id: str | None = None) -> WantId:
        self.posted.append(str(id))
        return WantId(str(id))

    def ask(self, question: Any) -> QuestionId:
        self.asked += 1
        return QuestionId(f"q{self.asked}")

    def close(self, timeout: float = 5.0) -> None:
        pass


def bridge() -> tuple[Bridge, SilentDoor]:
    doors: list[SilentDoor] = []

    def make(listener: Listener) -> Any:
        doors.append(SilentDoor(listener))
        return doors[0]

    return Bridge(make), doors[0]


def test_a_storm_of_changes_is_one_signal(qtbot: QtBot) -> None:
    made, door = bridge()
    heard: list[Changed] = []
    made.changed.connect(heard.append)

    def storm() -> None:
        for number in range(10_000):
            door.listener.changed(
                Changed(folders=(FolderId(number % 7),), messages=(MessageId(number % 50),))
            )

    thread = threading.Thread(target=storm)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: bool(heard))
    made.drain()
    assert len(heard) == 1
    assert sorted(heard[0].folders) == list(range(7))
    assert sorted(heard[0].messages) == list(range(50))


def test_merge_keeps_the_newest_state_of_an_account_and_adds_new_messages() -> None:
    one = AccountState(account=AccountId(1), state="syncing")
    other = AccountState(account=AccountId(2), state="offline")
    newer = AccountState(account=AccountId(1), state="online")
    both = merge(
        Changed(states=(one, other), new_messages=2, aspects=("wants",)),
        Changed(states=(newer,), new_messages=3, aspects=("wants", "outbox"), everything=True),
    )
    assert set(both.states) == {newer, other}
    assert both.new_messages == 5
    assert both.aspects == ("wants", "outbox")
    assert both.everything


def test_events_come_in_order_and_progress_is_the_newest(qtbot: QtBot) -> None:
    made, door = bridge()
    heard: list[str] = []
    made.acknowledged.connect(lambda want: heard.append(f"ack {want}"))
    made.ended.connect(lambda want, _outcome: heard.append(f"end {want}"))
    made.progress.connect(lambda progress: heard.append(f"progress {progress.done}"))
    made.engine_lost.connect(lambda restarting: heard.append(f"lost {restarting}"))
    made.engine_back.connect(lambda: heard.append("back"))
    for done in range(5):
        door.listener.progress(Progress(id="w", done=done, total=5))
    door.listener.acknowledged("w")
    door.listener.ended("w", Done())
    door.listener.engine_lost(True)
    door.listener.engine_back()
    qtbot.waitUntil(lambda: "back" in heard)
    assert heard == ["progress 4", "ack w", "end w", "lost True", "back"]
    assert not made.lost


def test_answers_reach_who_asked_once_and_never_inside_the_call(qtbot: QtBot) -> None:
    made, door = bridge()
    answers: list[object] = []
    question = made.ask(ReadState(), answers.append)
    door.listener.answered(question, Problem(code="x", sentence="y"))
    assert answers == []
    qtbot.waitUntil(lambda: bool(answers))
    door.listener.answered(question, Done())
    made.drain()
    assert [type(each) for each in answers] == [Problem]


def test_nobody_is_called_who_is_gone(qtbot: QtBot) -> None:
    import shiboken6

    made, door = bridge()
    owner, heard = QObject(), []
    want = made.post(Sync(), heard.append, on_written=lambda: heard.append("written"), owner=owner)
    question = made.ask(ReadState(), heard.append, owner=owner)
    shiboken6.delete(owner)
    door.listener.acknowledged(want)
    door.listener.ended(want, Done())
    door.listener.answered(question, Done())
    made.drain()
    assert heard == []


def test_a_refused_want_is_never_said_to_be_written(qtbot: QtBot) -> None:
    made, door = bridge()
    heard: list[object] = []
    want = made.post(Sync(), heard.append, on_written=lambda: heard.append("written"))
    problem = Problem(code="x", sentence="y")
    door.listener.ended(want, problem)
    door.listener.acknowledged(want)
    made.drain()
    assert heard == [problem]


def test_states_are_kept_for_whoever_asks_later(qtbot: QtBot) -> None:
    made, door = bridge()
    state = AccountState(account=AccountId(3), state="online", last_sync_utc=5)
    door.listener.changed(Changed(states=(state,)))
    made.drain()
    assert made.states == {AccountId(3): state}
    door.listener.engine_lost(True)
    made.drain()
    assert made.states == {}
    assert made.lost


def test_signals_do_not_lose_references_of_true(qtbot: QtBot) -> None:
    """PySide6 6.12.0 aborts after some hundred emits on Python 3.11: that version must not come in."""

    class Speaker(QObject):
        said = Signal(bool)

    speaker = Speaker()
    speaker.said.connect(lambda _value: None)
    speaker.said.emit(True)
    before = sys.getrefcount(True)
    for _each in range(20):
        speaker.said.emit(True)
    assert sys.getrefcount(True) >= before - 2


def opened() -> Opened:
    return Opened(schema=1, key=b"", path="")


def test_an_engine_that_dies_behind_the_lock_comes_back_locked(qtbot: QtBot) -> None:
    made, door = bridge()
    heard: list[str] = []
    made.opened.connect(lambda _opened: heard.append("opened"))
    made.locked.connect(lambda: heard.append("locked"))
    door.listener.opened(opened())
    made.drain()
    made.lock()
    door.listener.locked()
    made.drain()
    assert heard == ["opened", "locked"]
    door.listener.engine_lost(True)
    door.listener.engine_back()
    door.listener.opened(opened())
    made.drain()
    assert made.view is None
    assert set(door.locks) == {"lock"}
    door.listener.locked()
    made.drain()
    assert heard == ["opened", "locked", "locked"]
    made.unlock()
    door.listener.opened(opened())
    made.drain()
    assert heard[-1] == "opened"
    assert door.locks[-1] == "unlock"


def test_another_window_may_open_what_is_locked(qtbot: QtBot) -> None:
    made, door = bridge()
    heard: list[str] = []
    made.opened.connect(lambda _opened: heard.append("opened"))
    door.listener.locked()
    door.listener.opened(opened())
    door.listener.engine_lost(True)  # open: what comes back is shown
    door.listener.engine_back()
    door.listener.opened(opened())
    made.drain()
    assert heard == ["opened", "opened"]
    assert not door.locks


def test_an_engine_that_dies_while_it_opens_goes_on_opening(qtbot: QtBot) -> None:
    made, door = bridge()
    heard: list[str] = []
    made.opened.connect(lambda _opened: heard.append("opened"))
    door.listener.locked()
    made.drain()
    made.unlock()
    door.listener.engine_lost(True)
    door.listener.engine_back()
    door.listener.opened(opened())
    made.drain()
    assert heard == ["opened"]
    assert door.locks == ["unlock"]
