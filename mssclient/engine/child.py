"""The engine's child: one bounded job at a time for whatever parses HTML or XML, unzips, decodes pictures.

Bytes go in, a record comes out. The child has no store, no key, opens no network; on Linux its memory is
bounded and it cannot write a file. A job past its time limit is killed with its process; the next job
starts a new one. A certificate file, which holds a key, has a child of its own (see ``certificates``).
"""

import contextlib
import logging
import subprocess
import threading
from collections.abc import Callable
from typing import TypeVar

import msgspec

from mssclient.engine import pipes
from mssclient.medical.delivery import Deliverable, DeliveryOptions
from mssclient.model.documents import Document, DocumentMatch
from mssclient.model.errors import MssError
from mssclient.model.language import _
from mssclient.model.messages import CompiledHtml
from mssclient.model.records import Record, from_wire, to_wire
from mssclient.model.secrets import Secret

__all__ = [
    "ANY_JOB",
    "Child",
    "ChildFailed",
    "CompileLetter",
    "DeliveryPlanned",
    "DocumentsRead",
    "LetterCompiled",
    "PlanDelivery",
    "ReadDocuments",
    "Recognise",
    "Recognised",
    "UnlockPkcs12",
]

_log = logging.getLogger(__name__)
COMPILE_LIMIT_S = 3.0
DOCUMENTS_LIMIT_S = 10.0
START_LIMIT_S = 20.0
"""Until a new child has imported what it needs; a cold disk and a virus scanner are slow. It is no part of
the limit of the first job, or a slow computer would kill each child before it can work."""
T = TypeVar("T", bound=Record)
R = TypeVar("R")


class Job(Record, frozen=True, kw_only=True, tag_field="job"):
    """What the child can do."""


class CompileLetter(Job, frozen=True, kw_only=True, tag="compile"):
    """The HTML of a whole message, compiled, with its own pictures. → LetterCompiled"""

    raw: bytes
    width: int = 600
    dark: bool = False


class LetterCompiled(Record, frozen=True, kw_only=True):
    html: CompiledHtml | None = None
    """None when the message has no HTML."""


class ReadDocuments(Job, frozen=True, kw_only=True, tag="documents"):
    """→ DocumentsRead"""

    raw: bytes
    matches: tuple[DocumentMatch, ...]


class DocumentsRead(Record, frozen=True, kw_only=True):
    documents: tuple[Document, ...] = ()


class Recognise(Job, frozen=True, kw_only=True, tag="recognise"):
    """Every document, those in archives included. → Recognised"""

    raw: bytes


class Recognised(Record, frozen=True, kw_only=True):
    matches: tuple[DocumentMatch, ...] = ()


class PlanDelivery(Job, frozen=True, kw_only=True, tag="deliver"):
    """→ DeliveryPlanned"""

    raw: bytes
    options: DeliveryOptions


class DeliveryPlanned(Record, frozen=True, kw_only=True):
    pieces: tuple[Deliverable, ...] = ()


class UnlockPkcs12(Job, frozen=True, kw_only=True, tag="pkcs12"):
    """→ mssclient.access.pkcs12.Unlocked. For a child that does nothing else: see ``certificates``."""

    data: bytes
    passphrase: Secret


ANY_JOB = CompileLetter | ReadDocuments | Recognise | PlanDelivery | UnlockPkcs12


class ChildFailed(MssError):
    """The job was too slow, too big, or ended the child: ``child-too-slow``, ``child-died``."""

    exit_code = 3


def _failed(code: str) -> ChildFailed:
    return ChildFailed(
        code,
        _("Cette pièce n’a pas pu être lue en sécurité\u202f; elle reste telle qu’elle a été reçue."),
        _("Demandez à l’expéditeur de l’envoyer sous une autre forme."),
    )


class Child:
    """Methods may be called from any thread; jobs wait for each other."""

    def __init__(self, *, start_limit_s: float = START_LIMIT_S) -> None:
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._greeted = False
        """It has said that it is ready."""
        self._start_limit_s = start_limit_s
        self._closed = False

    def compile_letter(
        self, raw: bytes, *, width: int = 600, dark: bool = False, limit_s: float = COMPILE_LIMIT_S
    ) -> CompiledHtml | None:
        """Raises ChildFailed after at most 3 seconds."""
        job = CompileLetter(raw=raw, width=width, dark=dark)
        return self.run(job, LetterCompiled, limit_s).html

    def read_documents(self, raw: bytes, matches: tuple[DocumentMatch, ...]) -> tuple[Document, ...]:
        """Raises ChildFailed after at most 10 seconds."""
        return self.run(ReadDocuments(raw=raw, matches=matches), DocumentsRead, DOCUMENTS_LIMIT_S).documents

    def recognise(self, raw: bytes, limit_s: float = DOCUMENTS_LIMIT_S) -> tuple[DocumentMatch, ...]:
        """With archives opened. Raises ChildFailed."""
        return self.run(Recognise(raw=raw), Recognised, limit_s).matches

    def plan_delivery(self, raw: bytes, options: DeliveryOptions) -> tuple[Deliverable, ...]:
        """Raises ChildFailed after at most 10 seconds."""
        return self.run(PlanDelivery(raw=raw, options=options), DeliveryPlanned, DOCUMENTS_LIMIT_S).pieces

    def begin(self) -> None:
        """Start it and do not wait: it imports while the caller reads its file."""
        with self._turn, contextlib.suppress(ChildFailed):
            self._ready()

    def run(self, job: ANY_JOB, kind: type[T], limit_s: float) -> T:
        """One job. Blocks. Raises ChildFailed."""
        data = to_wire(job)
        with self._turn:
            process = self._ready()
            if not self._greeted:
                self._bounded(process, lambda: _receive(process), self._start_limit_s, "start")
                self._greeted = True
            return self._bounded(process, lambda: _exchange(process, data, kind), limit_s, type(job).__name__)

    def _bounded(
        self, process: "subprocess.Popen[bytes]", talk: Callable[[], R], limit_s: float, name: str
    ) -> R:
        """What ``talk`` returns; past the limit the process is killed, which ends the talk."""
        late = threading.Event()

        def kill() -> None:
            late.set()
            process.kill()

        watch = threading.Timer(limit_s, kill)
        watch.daemon = True
        watch.start()
        try:
            return talk()
        except (OSError, EOFError, msgspec.MsgspecError, ValueError):
            self._end()
            code = "child-too-slow" if late.is_set() else "child-died"
            _log.warning("a job %s ended with %s", name, code)
            raise _failed(code) from None
        finally:
            watch.cancel()
            if late.is_set():
                self._end()  # the answer came just as it was killed

    def close(self) -> None:
        """Kill it, whatever it does, and start no other."""
        self._closed = True
        self.rest()

    def rest(self) -> None:
        """Kill it, whatever it does: nothing of what it read stays. The next job starts another."""
        process = self._process
        if process is not None:
            with contextlib.suppress(OSError):
                process.kill()
        if self._turn.acquire(timeout=1.0):
            try:
                self._end()
            finally:
                self._turn.release()

    def _ready(self) -> "subprocess.Popen[bytes]":
        if self._closed:
            raise _failed("child-died")
        process = self._process
        if process is not None and process.poll() is None:
            return process
        self._end()
        try:
            self._process = pipes.start("--child", "mssclient.engine.childwork")
        except OSError:
            raise _failed("child-died") from None
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        self._greeted = False
        if process is not None:
            pipes.end(process)


def _exchange(process: "subprocess.Popen[bytes]", data: bytes, kind: type[T]) -> T:
    assert process.stdin is not None
    pipes.write_frame(process.stdin, data)
    return from_wire(_receive(process), kind)


def _receive(process: "subprocess.Popen[bytes]") -> bytes:
    """One frame; the first one, empty, says that the child is ready. Raises EOFError."""
    assert process.stdout is not None
    return pipes.read_frame(process.stdout, pipes.RESULT_OCTETS)
