"""Annotating many messages in a process of its own, while the engine fetches and writes.

Reading a message costs more than fetching it and as much as writing it; in one process the three share one
interpreter lock, and a first synchronisation takes their sum. The process starts when a crowd of messages
comes and ends when none came for a while. Like the child it has no store, no key, and opens no network.
"""

import contextlib
import logging
import queue
import subprocess
import threading
import time
from collections.abc import Sequence

import msgspec

from mssclient.engine import pipes
from mssclient.model.messages import Annotation
from mssclient.model.records import Record, from_wire, to_wire
from mssclient.trust.whitelist import TrustList

__all__ = ["JOBS", "Annotate", "Annotated", "Batch", "Bulk", "UseTrust"]

_log = logging.getLogger(__name__)
_CROWD = 200
"""Fewer messages are read by the engine itself: the process costs 0.1 s to start and 25 MB."""
_IDLE_S = 15.0
_PATIENCE_S = 120.0
"""For one batch; a message costs milliseconds. Longer means that the process hangs."""


class UseTrust(Record, frozen=True, kw_only=True, tag="trust"):
    """The list that the verdicts of the next batches are made with. No answer."""

    trust: TrustList


class Annotate(Record, frozen=True, kw_only=True, tag="annotate"):
    """→ Annotated"""

    address: str
    """Of the account."""
    blocks: tuple[tuple[bytes, int | None], ...]
    """Whole messages, or header blocks with the size of their message (``mail.annotating.Block``)."""


class Annotated(Record, frozen=True, kw_only=True):
    annotations: tuple[Annotation, ...] = ()


JOBS = UseTrust | Annotate


class Batch:
    """Some blocks on their way; :meth:`wait` from any one thread."""

    def __init__(self, process: "subprocess.Popen[bytes]", count: int) -> None:
        self.count = count
        self._process = process
        self._done = threading.Event()
        self._annotations: tuple[Annotation, ...] | None = None

    def settle(self, annotations: tuple[Annotation, ...] | None) -> None:
        self._annotations = annotations
        self._done.set()

    def wait(self) -> list[Annotation] | None:
        """None when the process failed: the caller reads the messages itself."""
        if not self._done.wait(_PATIENCE_S):
            _log.error("annotating hangs; its process is ended")
            self._process.kill()
            self._done.wait(5.0)
        found = self._annotations
        return list(found) if found is not None and len(found) == self.count else None


class Bulk:
    """Methods may be called from any thread; batches are answered in the order in which they came."""

    def __init__(self, crowd: int = _CROWD, idle_s: float = _IDLE_S) -> None:
        self._crowd = crowd
        self._idle_s = idle_s
        self._guard = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._batches: queue.SimpleQueue[Batch] = queue.SimpleQueue()
        self._trust: TrustList | None = None
        self._seen = 0
        self._last = 0.0
        self._closed = False

    @property
    def running(self) -> bool:
        return self._process is not None

    def begin(
        self, address: str, trust: TrustList, blocks: Sequence[tuple[bytes, int | None]]
    ) -> Batch | None:
        """None while there is no crowd. Waits when the process has enough to do."""
        if not blocks:
            return None
        with self._guard:
            now = time.monotonic()
            self._seen = len(blocks) + (self._seen if now - self._last < self._idle_s else 0)
            self._last = now
            process = self._process or self._start_for_crowd()
            if process is None:
                return None
            batch = Batch(process, len(blocks))
            self._batches.put(batch)  # before it is written: whoever reads answers knows what to expect
            assert process.stdin is not None
            with contextlib.suppress(OSError, ValueError):  # gone: the reading thread settles the batch
                if trust is not self._trust:
                    pipes.write_frame(process.stdin, to_wire(UseTrust(trust=trust)))
                    self._trust = trust
                pipes.write_frame(process.stdin, to_wire(Annotate(address=address, blocks=tuple(blocks))))
        return batch

    def close(self) -> None:
        """End the process, whatever it does."""
        self._closed = True
        process = self._process
        if process is not None:
            process.kill()  # without the guard: somebody may be writing to it

    def _start_for_crowd(self) -> "subprocess.Popen[bytes] | None":
        if self._closed or self._seen <= self._crowd:
            return None
        try:
            process = pipes.start("--bulk", "mssclient.engine.bulkwork")
        except OSError as error:
            _log.warning("the annotating process did not start: %s", type(error).__name__)
            self._seen = 0
            return None
        self._process, self._trust, self._batches = process, None, queue.SimpleQueue()
        reader = threading.Thread(target=self._read, args=(process, self._batches), daemon=True)
        reader.name = "annotations"
        reader.start()
        return process

    def _read(self, process: "subprocess.Popen[bytes]", batches: "queue.SimpleQueue[Batch]") -> None:
        while True:
            try:
                batch = batches.get(timeout=self._idle_s)
            except queue.Empty:
                if self._forget(process, batches):
                    break
                continue
            try:
                assert process.stdout is not None
                answer = from_wire(pipes.read_frame(process.stdout, pipes.RESULT_OCTETS), Annotated)
            except (OSError, EOFError, ValueError, msgspec.MsgspecError):
                if not self._closed:
                    _log.error("the annotating process ended; the engine goes on without it")
                batch.settle(None)
                process.kill()  # nobody writes to it any more, and who is writing gets an error
                self._forget(process, batches, fail=True)
                break
            batch.settle(answer.annotations)
        pipes.end(process)

    def _forget(
        self, process: "subprocess.Popen[bytes]", batches: "queue.SimpleQueue[Batch]", *, fail: bool = False
    ) -> bool:
        """No batch is given to ``process`` after this. False when one came meanwhile."""
        with self._guard:
            if not batches.empty() and not fail:
                return False
            if self._process is process:
                self._process = None
                self._seen = 0
        while not batches.empty():
            batches.get().settle(None)
        return True
