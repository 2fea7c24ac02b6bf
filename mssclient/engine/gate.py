"""Whether the store is open: what clients are told of it, and who waits for it."""

import threading
from typing import TYPE_CHECKING

from mssclient.engine import wire
from mssclient.engine.peers import Peer
from mssclient.engine.tickets import locked
from mssclient.model.changes import Changed, Opened
from mssclient.model.errors import Problem, WorldError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mssclient.engine.desk import Desk

__all__ = ["Gate"]


class Gate:
    """Any thread. What changes is told under the guard: to whoever arrives meanwhile too, once."""

    def __init__(self, tell: "Callable[[wire.FromEngine], None]") -> None:
        """``tell`` sends to every client and never waits."""
        self._tell = tell
        self._changed = threading.Condition()
        self._state = "opening"
        self._said: tuple[wire.FromEngine, ...] = ()
        """What a client that arrives now is told."""
        self._arrived: int | None = None
        """New messages since the lock; None: none is heard of."""
        self._problem: Problem | None = None
        self._desk: Desk | None = None

    @property
    def state(self) -> str:
        """opening, open, locked, failed, stopped."""
        return self._state

    @property
    def desk(self) -> "Desk | None":
        """None unless it is open and can be worked with."""
        return self._desk

    def arrived(self, peer: Peer) -> None:
        with self._changed:
            for frame in self._said:
                peer.send(frame)

    def passes(self, changed: Changed) -> Changed | None:
        """What clients may be told of it: behind a lock readers and cards only, and new mail by its number.
        Never waits."""
        with self._changed:
            if self._state == "open":
                return changed
            if changed.new_messages and self._arrived is not None:
                self._arrived += changed.new_messages
                self._announce(self._arrived)
        return Changed(aspects=("cards",)) if "cards" in changed.aspects else None

    def _announce(self, messages: int) -> None:
        announced = wire.Announced(messages=messages)
        self._said = (wire.Locked(), announced)
        self._tell(announced)

    # The thread of wants

    def opening(self) -> None:
        self._enter("opening")

    def opened(self, opened: Opened) -> None:
        """Windows may read; :meth:`admit` follows."""
        self._enter("open", wire.OpenedFrame(opened=opened))

    def admit(self, desk: "Desk") -> None:
        """From now on wants and questions have a desk."""
        with self._changed:
            self._desk = desk
            self._changed.notify_all()

    def closing(self, state: str) -> "Desk | None":
        """Nothing is begun any more, and nobody told yet; returns the desk to be closed. ``state`` is what
        follows."""
        with self._changed:
            self._state, self._said, self._arrived = state, (), None
            desk, self._desk = self._desk, None
            self._changed.notify_all()
        return desk

    def locked(self, *, announcing: bool = False) -> None:
        """``announcing``: new mail is heard of, and told by its number."""
        with self._changed:
            self._enter("locked", wire.Locked())
            if announcing:
                self._arrived = 0
                self._announce(0)

    def failed(self, problem: Problem) -> None:
        self._enter("failed", wire.Failed(problem=problem), problem=problem)

    def _enter(self, state: str, *said: wire.FromEngine, problem: Problem | None = None) -> None:
        with self._changed:
            self._state, self._said, self._problem, self._arrived = state, said, problem, None
            for frame in said:
                self._tell(frame)
            self._changed.notify_all()

    # Crews

    def await_desk(self) -> "Desk":
        """Wait while it is being opened. Raises WorldError store-locked, or what kept it from opening."""
        with self._changed:
            while self._desk is None:
                if self._state in ("locked", "stopped"):
                    raise locked()
                if self._state == "failed" and (problem := self._problem) is not None:
                    raise WorldError(problem.code, problem.sentence, problem.remedy, problem.detail)
                self._changed.wait()
            return self._desk
