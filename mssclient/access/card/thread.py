"""The one thread that touches cards.

PC/SC handles and PKCS#11 sessions are not made for several threads, vendors' modules still less, and a
transaction belongs to whoever began it. So every call that reaches a card runs here, one after the other.
The only exception is the waiting of ``readers``, on a PC/SC context of its own: a call that another
program's transaction holds up must not hide that the card was pulled.
"""

import queue
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from mssclient.access.card.problems import card_busy, wrong_thread

__all__ = ["CardThread", "assert_card_thread", "assert_wanted"]

T = TypeVar("T")

_here = threading.local()


def assert_card_thread() -> None:
    """Raises BugError("card-thread") on any thread but a CardThread's."""
    if not hasattr(_here, "job"):
        raise wrong_thread()


def assert_wanted() -> None:
    """To be asked after whatever may have waited long, before what cannot be taken back (a PIN).

    Raises WorldError("card-busy") when the caller was told so already and has gone.
    """
    assert_card_thread()
    job: _Job[Any] | None = _here.job
    if job is not None and job.abandoned:
        raise card_busy("abandoned")


class _Job(Generic[T]):
    def __init__(self, work: Callable[[], T]) -> None:
        self.work = work
        self.done = threading.Event()
        self.abandoned = False
        self.result: T | None = None
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            if not self.abandoned:
                self.result = self.work()
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that asked
            self.error = error
        finally:
            self.done.set()


class CardThread:
    """Runs what it is given, in order. Any thread may ask; the thread begins with the first question."""

    def __init__(self, name: str = "card") -> None:
        self._name = name
        self._jobs: queue.SimpleQueue[_Job[Any] | None] = queue.SimpleQueue()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False

    def call(self, work: Callable[[], T], *, within_s: float = 20.0, whatever: bool = False) -> T:
        """``work()`` on the card thread; its result, or what it raised.

        Raises WorldError("card-busy") when it has not ended ``within_s`` seconds: another program holds the
        card. ``work`` is then not begun any more, or stops at its next :func:`assert_wanted`; ``whatever``:
        it is done all the same, as soon as that can be.
        """
        if hasattr(_here, "job"):
            return work()
        job = _Job(work)
        with self._guard:
            if self._closed:
                raise card_busy("closed")
            if self._thread is None:
                # A daemon: a vendor's module that hangs keeps no program alive.
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            self._jobs.put(job)
        if not job.done.wait(within_s):
            job.abandoned = not whatever
            raise card_busy("timeout")
        if job.error is not None:
            raise job.error
        return job.result  # pyright: ignore[reportReturnType]

    def close(self, within_s: float = 5.0) -> None:
        """Take no more work; what waits is done first. Returns when the thread has ended, or in time."""
        with self._guard:
            self._closed = True
            thread = self._thread
            self._jobs.put(None)
        if thread is not None and thread is not threading.current_thread():
            thread.join(within_s)

    def _run(self) -> None:
        _here.job = None
        while (job := self._jobs.get()) is not None:
            _here.job = job
            try:
                job.run()
            finally:
                _here.job = None
            del job  # else the last one, and what its work holds, stays until the next comes
