"""Writing news in slices: at most 50 messages a transaction, a few under way while the next are read."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from mssclient.mail.annotating import Waiting
from mssclient.model.messages import Annotation
from mssclient.store.store import Priority, Store
from mssclient.store.transaction import Transaction

__all__ = ["FLAGS_SLICE", "MESSAGES_SLICE", "Prepare", "Slices", "Work"]

MESSAGES_SLICE = 50
"""A person's want waits for one slice at most (DESIGN.md: 5 ms median)."""
FLAGS_SLICE = 500
"""A change of flags costs a twentieth of a new message."""

_UNDER_WAY = 4
_ANNOTATING = 4

Work = Callable[[Transaction], Any]
Prepare = Callable[[list[Annotation]], Work]
"""Makes one transaction's work of annotations, on the thread of the slices."""


class Slices:
    """Posts work to the writer, in order, and keeps a few transactions ahead. One thread."""

    def __init__(self, store: Store, priority: Priority) -> None:
        self._store = store
        self._priority = priority
        self._annotating: deque[tuple[Waiting, Prepare]] = deque()
        self._waiting: deque[Future[Any]] = deque()

    def post(self, work: Work) -> None:
        """Hand over one transaction; waits while too many are under way. Raises what an earlier raised."""
        self.hand_over()
        self._post(work)

    def post_annotated(self, waiting: Waiting, prepare: Prepare) -> None:
        """As :meth:`post`, once the annotations are there: a few slices later, or with what comes next."""
        self._annotating.append((waiting, prepare))
        while len(self._annotating) > _ANNOTATING:
            self._hand_over_one()

    def hand_over(self) -> None:
        """Hand over all that is being annotated. Raises what an earlier raised."""
        while self._annotating:
            self._hand_over_one()

    def finish(self) -> None:
        """Wait for all. Raises what one of them raised."""
        self.hand_over()
        while self._waiting:
            self._waiting.popleft().result()

    def _hand_over_one(self) -> None:
        waiting, prepare = self._annotating.popleft()
        self._post(prepare(waiting()))

    def _post(self, work: Work) -> None:
        self._waiting.append(self._store.post(self._priority, work))
        while len(self._waiting) > _UNDER_WAY:
            self._waiting.popleft().result()
