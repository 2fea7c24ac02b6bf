"""Whether the store is open: what clients are told of it, and who waits for it."""

import threading
from typing import TYPE_CHECKING

from mssclient.engine import wire
from mssclient.engine.peers import Peer
from mssclient.engine.tickets import locked
from mssclient.model.changes import Opened
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
        self._said: wire.FromEngine | None = None
        """What a client that arrives now is told."""
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
            if self._said is not None:
                peer.send(self._said)

    # The thread of wants

    def opening(self) -> None:
        self._enter("opening", None)

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
            self._state, self._said = state, None
            desk, self._desk = self._desk, None
            self._changed.notify_all()
        return desk

    def locked(self) -> None:
        self._enter("locked", wire.Locked())

    def failed(self, problem: Problem) -> None:
        self._enter("failed", wire.Failed(problem=problem), problem)

    def _enter(self, state: str, said: wire.FromEngine | None, problem: Problem | None = None) -> None:
        with self._changed:
            self._state, self._said, self._problem = state, said, problem
            if said is not None:
                self._tell(said)
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
