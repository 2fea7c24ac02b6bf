"""The store: one encrypted file, one writer thread, changes published after each commit."""

import itertools
import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from enum import IntEnum
from pathlib import Path
from typing import Any, TypeVar

import apsw

from mssclient.model.changes import Changed
from mssclient.model.errors import BugError
from mssclient.model.language import _
from mssclient.store.connection import translated
from mssclient.store.index import write_index
from mssclient.store.opening import open_store
from mssclient.store.transaction import Transaction
from mssclient.store.view import View

__all__ = ["Priority", "Store", "Transaction"]

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Priority(IntEnum):
    """Which work the writer takes first; within one, first come first served."""

    PERSON = 0
    """What somebody waits for. Survives a power cut once ``write`` returned (synchronous=FULL)."""
    NEWS = 1
    """What the server brought: at most 50 messages each. After a power cut it is fetched again."""
    UPKEEP = 2


class _Job:
    __slots__ = ("future", "work")

    def __init__(self, work: Callable[[Transaction], Any] | None) -> None:
        self.work = work
        self.future: Future[Any] = Future()


def _ignore(changed: Changed) -> None:
    del changed


class Store:
    """Make one with :meth:`open`. ``write``, ``post`` and ``view`` may be called from any thread."""

    def __init__(self, path: Path, key: bytes, connection: apsw.Connection, lock: Any) -> None:
        self.path = path
        self.schema: int = connection.pragma("user_version")
        self._key = key
        self._connection = connection
        self._lock = lock
        self._on_change: Callable[[Changed], None] = _ignore
        self._listeners: tuple[Callable[[Changed], None], ...] = ()
        self._jobs: queue.PriorityQueue[tuple[int, int, _Job]] = queue.PriorityQueue()
        self._order = itertools.count()
        self._closing = threading.Lock()
        self._closed = False
        self._synchronous = ""
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)

    @classmethod
    def open(cls, path: Path, key: bytes, on_change: Callable[[Changed], None] = _ignore) -> "Store":
        """Open, create or migrate the store and start its writer.

        ``on_change`` is called on the writer thread after each commit that touched something; it must
        not wait and not write. Raises WorldError or Refused, and then has changed no byte of the file:
        store-wrong-key, store-damaged, store-newer, store-busy (another writer has it), disk-full,
        profile-read-only.
        """
        path = Path(path)
        connection, lock = open_store(path, key)
        store = cls(path, key, connection, lock)
        store._on_change = on_change
        store._thread.start()
        return store

    def listen(self, on_change: Callable[[Changed], None]) -> None:
        """Tell ``on_change`` too, until the store is closed; as for :meth:`open`. Any thread."""
        with self._closing:
            self._listeners = (*self._listeners, on_change)

    def write(self, priority: Priority, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` in one transaction of the writer and wait for its commit.

        Whatever ``work`` raises is raised here and nothing of it is kept. Not from the writer thread.
        """
        if threading.current_thread() is self._thread:
            raise BugError("store-write-inside-write", _("Erreur interne de la base de messages."))
        return self.post(priority, work).result()

    def post(self, priority: Priority, work: Callable[[Transaction], T]) -> "Future[T]":
        """As :meth:`write` without waiting; the future holds the result or the error."""
        job = _Job(work)
        with self._closing:
            if self._closed:
                raise BugError("store-closed", _("La base de messages est fermée."))
            self._jobs.put((priority, next(self._order), job))
        return job.future

    def view(self) -> View:
        """A new read-only connection, for the calling thread; the caller closes it."""
        return View(self.path, self._key)

    def close(self) -> None:
        """Carry out what was posted, fold the log into the file, forget the key. May be called twice."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self._jobs.put((max(Priority) + 1, next(self._order), _Job(None)))
        self._thread.join()
        self._key = b""

    def _run(self) -> None:
        while True:
            _priority, _number, job = self._jobs.get()
            if job.work is None:
                break
            if not job.future.set_running_or_notify_cancel():
                continue
            try:
                transaction = Transaction(self._connection)
                result = self._carry_out(Priority(_priority), job.work, transaction)
            except BaseException as error:  # noqa: BLE001 - handed to whoever asked for it
                job.future.set_exception(error)
            else:
                changed = transaction.changed
                if changed is not None:
                    self._publish(changed)
                job.future.set_result(result)
            del job
        self._shut()

    def _publish(self, changed: Changed) -> None:
        for listener in (self._on_change, *self._listeners):
            try:
                listener(changed)
            except Exception as error:  # noqa: BLE001 - the commit stands; the writer must go on
                _log.error("publishing a change failed: %s", type(error).__name__)

    def _carry_out(self, priority: Priority, work: Callable[[Transaction], T], transaction: Transaction) -> T:
        connection = self._connection
        with translated():
            # WAL with NORMAL does not wait for the disk at a commit; FULL does (1 to 5 ms), and takes
            # all earlier commits along.
            wanted = "full" if priority is Priority.PERSON else "normal"
            if wanted != self._synchronous:
                connection.pragma("synchronous", wanted)
                self._synchronous = wanted
            connection.execute("BEGIN IMMEDIATE")
            try:
                result = work(transaction)
                write_index(transaction)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            return result

    def _shut(self) -> None:
        try:
            self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        except apsw.Error:
            pass  # a full disk or a reader; the log is folded in at the next opening
        finally:
            self._connection.close()
            self._lock.release()
