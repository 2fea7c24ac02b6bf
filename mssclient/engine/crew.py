"""A few threads that take work in turn. Daemons: a network call that hangs never keeps a process alive."""

import logging
import queue
import threading
from collections.abc import Callable

__all__ = ["Crew"]

_log = logging.getLogger(__name__)


class Crew:
    """``size`` threads, started when first needed. ``do`` may be called from any thread."""

    def __init__(self, name: str, size: int) -> None:
        self._name = name
        self._size = size
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._guard = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._closed = False

    def do(self, work: Callable[[], None]) -> None:
        """Run ``work`` when a thread is free. What it raises is logged."""
        with self._guard:
            if self._closed:
                return
            if self._idle == 0 and len(self._threads) < self._size:
                thread = threading.Thread(
                    target=self._run, name=f"{self._name}-{len(self._threads) + 1}", daemon=True
                )
                self._threads.append(thread)
                thread.start()
            else:
                self._idle = max(0, self._idle - 1)
            self._work.put(work)

    def close(self) -> None:
        """No more work is begun; what runs is not waited for."""
        with self._guard:
            self._closed = True
            for _thread in self._threads:
                self._work.put(None)

    def _run(self) -> None:
        while True:
            work = self._work.get()
            if work is None or self._closed:
                return
            try:
                work()
            except Exception:  # noqa: BLE001 - one failed piece of work is not the end of the crew
                _log.exception("work of the crew %s failed", self._name)
            del work  # else the last one, and what it holds of the mail, stays until the next comes
            with self._guard:
                self._idle += 1
