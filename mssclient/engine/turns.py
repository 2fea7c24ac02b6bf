"""The engine's one thread of wants: what clients post is taken in its turn, each id once.

Opening, locking and unlocking the store take their turn here too, so that a draft posted before a lock
is kept before it.
"""

import logging
import threading
from collections import OrderedDict, deque
from collections.abc import Callable

from mssclient.engine import wire
from mssclient.engine.peers import Peer
from mssclient.model.questions import Done

__all__ = ["Ends", "Turns"]

_log = logging.getLogger(__name__)
_REMEMBERED = 2000


class Turns:
    """``do`` from any thread; the work runs on one thread in the order of ``do``."""

    def __init__(self, first: Callable[[], None]) -> None:
        self._first = first
        self._filled = threading.Condition()
        self._work: deque[Callable[[], None] | None] = deque()
        self._thread = threading.Thread(target=self._run, name="engine-wants", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def do(self, work: Callable[[], None]) -> None:
        self._put(work)

    def close(self, timeout: float) -> None:
        """End after what was posted so far; do not wait longer than ``timeout`` seconds."""
        self._put(None)
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(timeout)

    def _put(self, work: Callable[[], None] | None) -> None:
        with self._filled:
            self._work.append(work)
            self._filled.notify()

    def _run(self) -> None:
        self._first()
        while True:
            with self._filled:
                while not self._work:
                    self._filled.wait()
                work = self._work.popleft()
            if work is None:
                return
            try:
                work()
            except Exception:  # noqa: BLE001 - the next want must still be taken
                _log.exception("a turn failed")
            del work  # a draft, say, is not kept until the next turn


class Ends:
    """Which wants are under way, and how they ended, for those that are posted a second time. Any thread."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._ends: OrderedDict[str, wire.Ended | None] = OrderedDict()
        self._under_way: dict[str, Peer] = {}

    def knows(self, want_id: str) -> bool:
        with self._guard:
            return want_id in self._ends

    def of(self, want_id: str) -> wire.Ended | None:
        """None while it is under way, and for wants that are followed in the journal."""
        with self._guard:
            return self._ends.get(want_id)

    def remember(self, want_id: str, end: wire.Ended | None) -> None:
        with self._guard:
            self._remember(want_id, end)

    def forget(self) -> None:
        """What answers said (names of patients in a delivery); which wants are known stays."""
        with self._guard:
            for want_id, end in self._ends.items():
                if end is not None and end.answer is not None:
                    self._ends[want_id] = wire.Ended(id=want_id, answer=Done())

    def begin(self, want_id: str, peer: Peer) -> bool:
        """Note who waits for the end of a want that is not acknowledged before; False: it is under way."""
        with self._guard:
            known = want_id in self._under_way
            self._under_way[want_id] = peer
            return not known

    def end(self, want_id: str, end: wire.Ended, peer: Peer) -> Peer:
        """Remember it; returns who waits for it now: ``peer``, or whoever posted it again."""
        with self._guard:
            self._remember(want_id, end)
            return self._under_way.pop(want_id, peer)

    def _remember(self, want_id: str, end: wire.Ended | None) -> None:
        self._ends[want_id] = end
        while len(self._ends) > _REMEMBERED:
            self._ends.popitem(last=False)
