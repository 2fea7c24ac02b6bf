"""A question or long want under way: its id, its progress, and whether somebody cancelled it."""

import threading
import time
from collections.abc import Callable

from mssclient.model.changes import Progress
from mssclient.model.errors import WorldError
from mssclient.model.language import _

__all__ = ["Ticket", "Tickets", "cancelled", "locked"]

_PROGRESS_EVERY_S = 0.1


def cancelled() -> WorldError:
    return WorldError(
        "cancelled", _("L’action a été interrompue."), _("Recommencez-la quand vous le souhaitez.")
    )


def locked() -> WorldError:
    return WorldError("store-locked", _("La messagerie est verrouillée."), _("Déverrouillez-la d’abord."))


class Ticket:
    """Given to the function that does the work. ``progress`` and ``check`` are called by that thread only."""

    def __init__(self, id: str, tell: Callable[[Progress], None]) -> None:
        self.id = id
        self._tell = tell
        self._told = 0.0
        self._cancelled = threading.Event()
        self._guard = threading.Lock()
        self._interrupt: Callable[[], None] | None = None

    @property
    def is_cancelled(self) -> bool:
        return self._cancelled.is_set()

    def check(self) -> None:
        """Raises WorldError("cancelled") when somebody cancelled."""
        if self._cancelled.is_set():
            raise cancelled()

    def progress(self, done: int, total: int, sentence: str = "") -> None:
        """Tell how far it is, at most ten times a second; also checks for a cancel."""
        self.check()
        now = time.monotonic()
        if done >= total > 0 or now - self._told >= _PROGRESS_EVERY_S:
            self._told = now
            self._tell(Progress(id=self.id, done=done, total=total, sentence=sentence))

    def interruptible(self, interrupt: Callable[[], None] | None) -> None:
        """What a cancel calls, from another thread, to wake the work; None when it is over."""
        with self._guard:
            self._interrupt = interrupt
        if interrupt is not None and self._cancelled.is_set():
            interrupt()

    def cancel(self) -> None:
        self._cancelled.set()
        with self._guard:
            if self._interrupt is not None:
                self._interrupt()


class Tickets:
    """All that is under way, by id and by lane. Methods: any thread."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._tickets: dict[str, Ticket] = {}
        self._lanes: dict[tuple[int, str], Ticket] = {}

    def open(self, ticket: Ticket, lane: tuple[int, str] | None = None) -> None:
        """Register; an older ticket of the same lane is cancelled."""
        older = None
        with self._guard:
            self._tickets[ticket.id] = ticket
            if lane is not None:
                older = self._lanes.get(lane)
                self._lanes[lane] = ticket
        if older is not None:
            older.cancel()

    def close(self, ticket: Ticket) -> None:
        ticket.interruptible(None)
        with self._guard:
            self._tickets.pop(ticket.id, None)
            for lane in [lane for lane, holder in self._lanes.items() if holder is ticket]:
                del self._lanes[lane]

    def cancel(self, id: str) -> None:
        with self._guard:
            ticket = self._tickets.get(id)
        if ticket is not None:
            ticket.cancel()

    def cancel_all(self) -> None:
        with self._guard:
            tickets = list(self._tickets.values())
        for ticket in tickets:
            ticket.cancel()
