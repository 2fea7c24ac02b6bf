"""Writing news in slices: at most 50 messages a transaction, a few under way while the next are read."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from mssclient.store.store import Priority, Store
from mssclient.store.transaction import Transaction

__all__ = ["FLAGS_SLICE", "MESSAGES_SLICE", "Slices"]

MESSAGES_SLICE = 50
"""A person's want waits for one slice at most (DESIGN.md: 5 ms median)."""
FLAGS_SLICE = 500
"""A change of flags costs a twentieth of a new message."""

_UNDER_WAY = 4


class Slices:
    """Posts work to the writer and keeps a few transactions ahead. One thread."""

    def __init__(self, store: Store, priority: Priority) -> None:
        self._store = store
        self._priority = priority
        self._waiting: deque[Future[Any]] = deque()

    def post(self, work: Callable[[Transaction], Any]) -> None:
        """Hand over one transaction; waits while too many are under way. Raises what an earlier raised."""
        self._waiting.append(self._store.post(self._priority, work))
        while len(self._waiting) > _UNDER_WAY:
            self._waiting.popleft().result()

    def finish(self) -> None:
        """Wait for all. Raises what one of them raised."""
        while self._waiting:
            self._waiting.popleft().result()
