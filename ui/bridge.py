"""Between the window and the engine: the only file of the window that knows processes and threads.

The client calls a listener on its reader thread. What it says is queued here, changes are merged into one
dirty set, and at most one wake-up is under way to the GUI thread, which then hands everything out as signals.
All methods and signals belong to the GUI thread, unless said otherwise.
"""

import contextlib
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal

from mssclient.engine.client import Client, Listener, Profile, View
from mssclient.model.accounts import AccountState
from mssclient.model.changes import Changed, Opened, Progress
from mssclient.model.errors import MssError, Problem
from mssclient.model.ids import AccountId, PromptId, QuestionId, WantId, new_id
from mssclient.model.prompts import Prompt, PromptAnswer
from mssclient.model.questions import ANY_ANSWER, ANY_QUESTION
from mssclient.model.wants import ANY_WANT

__all__ = ["Bridge", "Door", "Outcome", "merge"]

Outcome = ANY_ANSWER | Problem
OnEnd = Callable[[Any], object]


class Door(Protocol):
    """What the bridge uses of :class:`mssclient.engine.client.Client`; a test may give another."""

    def start(self) -> None: ...
    def post(self, want: ANY_WANT, id: str | None = None) -> WantId: ...
    def ask(self, question: ANY_QUESTION) -> QuestionId: ...
    def cancel(self, id: str) -> None: ...
    def answer(self, answer: PromptAnswer) -> None: ...
    def view(self) -> View: ...
    def unacknowledged(self) -> int: ...
    def lock(self) -> None: ...
    def unlock(self) -> None: ...
    def close(self, timeout: float = 5.0) -> None: ...


def merge(old: Changed | None, new: Changed) -> Changed:
    """One change that says both; the newest state of each account wins."""
    if old is None:
        return new
    states = {state.account: state for state in (*old.states, *new.states)}
    return Changed(
        folders=tuple(dict.fromkeys((*old.folders, *new.folders))),
        messages=tuple(dict.fromkeys((*old.messages, *new.messages))),
        accounts=tuple(dict.fromkeys((*old.accounts, *new.accounts))),
        aspects=tuple(dict.fromkeys((*old.aspects, *new.aspects))),
        states=tuple(states.values()),
        new_messages=old.new_messages + new.new_messages,
        everything=old.everything or new.everything,
    )


class _Ear(Listener):
    """Hears the client on its reader thread and puts everything into the bridge's queue."""

    def __init__(self, put: Callable[[str, Any], None]) -> None:
        self._put = put

    def opened(self, opened: Opened) -> None:
        self._put("opened", opened)

    def locking(self) -> None:
        self._put("locking", None)

    def locked(self) -> None:
        self._put("locked", None)

    def announced(self, messages: int) -> None:
        self._put("announced", messages)

    def failed(self, problem: Problem) -> None:
        self._put("failed", problem)

    def changed(self, changed: Changed) -> None:
        self._put("changed", changed)

    def acknowledged(self, want_id: str) -> None:
        self._put("acknowledged", want_id)

    def ended(self, want_id: str, outcome: Outcome) -> None:
        self._put("ended", (want_id, outcome))

    def answered(self, question_id: str, outcome: Outcome) -> None:
        self._put("answered", (question_id, outcome))

    def progress(self, progress: Progress) -> None:
        self._put("progress", progress)

    def prompted(self, prompt: Prompt) -> None:
        self._put("prompted", prompt)

    def withdrawn(self, prompt: PromptId) -> None:
        self._put("withdrawn", prompt)

    def engine_lost(self, restarting: bool) -> None:
        self._put("engine_lost", restarting)

    def engine_back(self) -> None:
        self._put("engine_back", None)

    def raised(self, argument: str) -> None:
        self._put("raised", argument)


class Bridge(QObject):
    """Post, ask, answer, and read the view; hear changes."""

    opened = Signal(object)
    """:class:`Opened`; ``view`` is there."""
    locking = Signal()
    """The card was pulled: show nothing any more, post what is being written, then ``lock()``."""
    locked = Signal()
    """``view`` is gone: clear every model."""
    announced = Signal(int)
    """After ``locked``: so many messages came since; 0 says that they will be announced."""
    failed = Signal(object)
    """:class:`Problem`: the store cannot be opened. ``unlock()`` tries again."""
    changed = Signal(object)
    """:class:`Changed`, merged."""
    acknowledged = Signal(str)
    ended = Signal(str, object)
    """A want's id and its Answer or Problem."""
    answered = Signal(str, object)
    progress = Signal(object)
    """:class:`Progress`, the newest of each id."""
    prompted = Signal(object)
    withdrawn = Signal(str)
    """The id of a prompt that nobody need answer any more."""
    engine_lost = Signal(bool)
    """Restarting or not; the view stays readable."""
    engine_back = Signal()
    raised = Signal(str)

    _wake = Signal()

    def __init__(self, make_client: Callable[[Listener], Door], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._guard = threading.Lock()
        self._queue: deque[tuple[str, Any]] = deque()
        self._dirty: Changed | None = None
        self._latest: dict[str, Progress] = {}
        self._woken = False
        self._ends: dict[str, tuple[QObject | None, OnEnd]] = {}
        self._answers: dict[str, tuple[QObject | None, OnEnd]] = {}
        self._acks: dict[str, tuple[QObject | None, Callable[[], object]]] = {}
        self.view: View | None = None
        self.states: dict[AccountId, AccountState] = {}
        """How each account is doing, as last heard."""
        self.demo = False
        self.lost = False
        """No engine: what is shown can be read, wants wait."""
        self._wake.connect(self.drain, Qt.ConnectionType.QueuedConnection)
        self._locking = False
        """Asked to lock, and not told yet that it is: an engine that starts anew is told again."""
        self._locked = False
        """It is locked, and nobody asked to open it: an engine that starts anew is told to lock."""
        self._unlock_then = False
        self._client = make_client(_Ear(self._put))

    @classmethod
    def to_engine(
        cls, profile: Profile, *, in_process: bool = False, demo_small: bool = False, **options: object
    ) -> "Bridge":
        """A bridge to the engine of this profile, in a process of its own unless ``in_process``."""

        def make(listener: Listener) -> Door:
            return Client(
                profile,
                listener,
                in_process=in_process,
                demo_small=demo_small,
                engine_options=dict(options) or None,
            )

        return cls(make)

    # What the window does

    def start(self) -> None:
        self._client.start()

    def post(
        self,
        want: ANY_WANT,
        on_end: OnEnd | None = None,
        *,
        on_written: Callable[[], object] | None = None,
        owner: QObject | None = None,
    ) -> WantId:
        """Say what the person wants; never blocks.

        ``on_written()`` when the engine has written it down (a composer may close, a toast appear);
        ``on_end(Answer | Problem)`` for wants that end (``engine.client``). Neither is called once ``owner``
        is destroyed.
        """
        want_id = new_id()
        if on_end is not None:
            self._ends[want_id] = (owner, on_end)
        if on_written is not None:
            self._acks[want_id] = (owner, on_written)
        return self._client.post(want, want_id)

    def ask(
        self, question: ANY_QUESTION, on_answer: OnEnd | None = None, *, owner: QObject | None = None
    ) -> QuestionId:
        """Ask; ``on_answer(Answer | Problem)`` comes later, never from inside this call."""
        question_id = self._client.ask(question)
        if on_answer is not None:
            # The answer is handed out by drain() on this very thread, so it cannot have been missed.
            self._answers[question_id] = (owner, on_answer)
        return question_id

    def cancel(self, id: str) -> None:
        self._client.cancel(id)

    def answer(self, answer: PromptAnswer) -> None:
        """Answer a prompt, once."""
        self._client.answer(answer)

    def lock(self) -> None:
        """The view is closed at once, the store when the engine is there to close it."""
        self._locking = True
        self._unlock_then = False
        self._answers.clear()
        self._drop_view()
        self._client.lock()

    def unlock(self) -> None:
        """Open again after a lock, a failure, or too many losses of the engine."""
        self._locked = False
        self._unlock_then = self._locking
        self._client.unlock()

    def unacknowledged(self) -> int:
        """Wants the engine has not written down yet."""
        return self._client.unacknowledged()

    def close(self) -> None:
        """Close the view and leave the engine."""
        self._drop_view()
        self._client.close()

    # From the reader thread

    def _put(self, kind: str, value: Any) -> None:
        with self._guard:
            if kind == "changed":
                if self._dirty is None:
                    self._queue.append(("changed", None))
                self._dirty = merge(self._dirty, value)
            elif kind == "progress":
                if value.id not in self._latest:
                    self._queue.append(("progress", value.id))
                self._latest[value.id] = value
            else:
                self._queue.append((kind, value))
            if self._woken:
                return
            self._woken = True
        # RuntimeError: the window is gone, nobody listens any more.
        with contextlib.suppress(RuntimeError):
            self._wake.emit()

    # On the GUI thread

    def drain(self) -> None:
        """Hand out all that was heard since the last wake-up, in order."""
        with self._guard:
            self._woken = False
            events, self._queue = self._queue, deque()
            dirty, self._dirty = self._dirty, None
            latest, self._latest = self._latest, {}
        for kind, value in events:
            if kind == "changed":
                self._hand_changed(dirty)
            elif kind == "progress":
                self.progress.emit(latest[value])
            else:
                _HANDS[kind](self, value)

    def _hand_changed(self, changed: Changed | None) -> None:
        if changed is None:
            return
        for state in changed.states:
            self.states[state.account] = state
        self.changed.emit(changed)

    def _hand_opened(self, opened: Opened) -> None:
        if self._locking:
            self._client.lock()
            return
        self._locked = False
        self._drop_view()
        try:
            self.view = self._client.view()
        except MssError as error:
            self.failed.emit(error.problem)
            return
        self.demo = opened.demo
        self.lost = False
        self.opened.emit(opened)

    def _hand_locked(self, _nothing: None) -> None:
        self._drop_view()
        self._locking = False
        if self._unlock_then:
            self._unlock_then = False
            self._client.unlock()  # the person did not wait for it
            return
        self._locked = True
        self._answers.clear()
        self.locked.emit()

    def _hand_ended(self, value: tuple[str, Outcome]) -> None:
        want_id, outcome = value
        self._acks.pop(want_id, None)
        self.ended.emit(want_id, outcome)
        _call(self._ends.pop(want_id, None), outcome)

    def _hand_answered(self, value: tuple[str, Outcome]) -> None:
        question_id, outcome = value
        self.answered.emit(question_id, outcome)
        _call(self._answers.pop(question_id, None), outcome)

    def _hand_acknowledged(self, want_id: str) -> None:
        self.acknowledged.emit(want_id)
        _call(self._acks.pop(want_id, None))

    def _hand_lost(self, restarting: bool) -> None:
        self.lost = True
        self._locking = self._locking or self._locked
        self.states.clear()
        self.engine_lost.emit(restarting)

    def _hand_back(self, _nothing: None) -> None:
        if self._locking:
            self._client.lock()
        self.lost = False
        self.engine_back.emit()

    def _drop_view(self) -> None:
        view, self.view = self.view, None
        if view is not None:
            view.close()


def _call(kept: tuple[QObject | None, Callable[..., object]] | None, *arguments: Any) -> None:
    if kept is None:
        return
    owner, then = kept
    if owner is None or shiboken6.isValid(owner):
        then(*arguments)


_HANDS: dict[str, Callable[[Bridge, Any], None]] = {
    "opened": Bridge._hand_opened,
    "locking": lambda bridge, _nothing: bridge.locking.emit(),
    "locked": Bridge._hand_locked,
    "announced": lambda bridge, messages: bridge.announced.emit(messages),
    "failed": lambda bridge, problem: bridge.failed.emit(problem),
    "acknowledged": Bridge._hand_acknowledged,
    "ended": Bridge._hand_ended,
    "answered": Bridge._hand_answered,
    "prompted": lambda bridge, prompt: bridge.prompted.emit(prompt),
    "withdrawn": lambda bridge, prompt: bridge.withdrawn.emit(prompt),
    "engine_lost": Bridge._hand_lost,
    "engine_back": Bridge._hand_back,
    "raised": lambda bridge, argument: bridge.raised.emit(argument),
}
