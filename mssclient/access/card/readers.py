"""Readers and cards as they come and go, without polling: the card service wakes us.

A thread of its own, on a PC/SC context of its own (see ``thread``): a removal is told although the card
thread waits for another program.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable

from mssclient.access.card import scard
from mssclient.access.card.atr import recognise
from mssclient.access.card.scard import FOREVER_MS, Context, ReaderStatus
from mssclient.model.cards import (
    CardEvent,
    CardInserted,
    CardRemoved,
    CardServiceBack,
    CardServiceLost,
    CardState,
    ReaderAdded,
    ReaderRemoved,
)
from mssclient.model.errors import WorldError

__all__ = ["Watch", "card_state", "differences"]

_log = logging.getLogger(__name__)
_SERVICE_ABSENT_S = 2.0
"""Nothing wakes us while there is no service: it is tried again that often, and then only."""
_CANCEL_AGAIN_S = 0.02
_UNPLUGGING_S = 0.2


def card_state(status: ReaderStatus) -> CardState:
    """The record of one reader."""
    kind = recognise(status.atr) if status.present else None
    return CardState(
        reader=status.name,
        present=status.present,
        generation=kind.generation if kind else "",
        contactless=bool(kind and kind.contactless),
        mute=status.mute,
        busy=status.exclusive,
    )


def differences(before: dict[str, ReaderStatus], after: dict[str, ReaderStatus]) -> list[CardEvent]:
    """What happened between two looks. Pure.

    pcsc-lite and Windows count insertions and removals in the upper half of a state: a card that was
    exchanged between two looks, or the same one put back, is told as removed and inserted.
    """
    events: list[CardEvent] = [ReaderRemoved(reader=name) for name in before if name not in after]
    for name, now in after.items():
        old = before.get(name)
        if old is None:
            events.append(ReaderAdded(reader=name))
        changed = old is not None and (
            old.present != now.present or old.atr != now.atr or old.state >> 16 != now.state >> 16
        )
        if old is not None and old.present and changed:
            events.append(CardRemoved(reader=name))
        if now.present and (old is None or changed):
            events.append(CardInserted(card=card_state(now)))
    return events


class Watch:
    """Tells ``report`` of every event, from its own thread: first what is there, then what changes.

    ``report`` must not block. What it raises is logged and does not end the watch.
    """

    def __init__(self, report: Callable[[CardEvent], None]) -> None:
        self._report = report
        self._stop = threading.Event()
        self._guard = threading.Lock()
        self._context: Context | None = None
        self._seen: dict[str, ReaderStatus] = {}
        self._lost = False
        self._thread = threading.Thread(target=self._run, name="card-watch", daemon=True)

    def start(self) -> None:
        """Raises WorldError("card-no-library") where PC/SC cannot be spoken to."""
        if not scard.available():
            Context()  # says why
        self._thread.start()

    def stop(self, within_s: float = 2.0) -> None:
        """Nothing is reported afterwards. Returns when the thread has ended, or in time: services hang."""
        self._stop.set()
        end = time.monotonic() + within_s
        while self._thread.is_alive() and time.monotonic() < end:
            with self._guard:
                if self._context is not None:
                    self._context.cancel()
            # The wait may not have begun when it was cancelled: again until the thread is over.
            self._thread.join(_CANCEL_AGAIN_S)

    def states(self) -> tuple[CardState, ...]:
        """Every reader as last seen. Any thread."""
        with self._guard:
            return tuple(card_state(each) for each in self._seen.values())

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._watch()
            except WorldError as error:
                if not self._lost:  # once, however long it lasts
                    _log.info("card watch: %s (%s)", error.code, error.detail)
                self._blind()
            except Exception:  # noqa: BLE001 - whatever it was: a watch that ended would let a pulled card pass
                _log.exception("the card watch failed")
                self._blind()

    def _blind(self) -> None:
        """Nothing can be seen: every card counts as gone, until it is seen again."""
        self._settle({})
        if not self._lost:
            self._lost = True
            self._tell(CardServiceLost())
        self._stop.wait(_SERVICE_ABSENT_S)

    def _watch(self) -> None:
        context = Context()
        with self._guard:
            self._context = context
        try:
            while not self._stop.is_set():
                names = context.readers()
                if self._lost:
                    self._lost = False
                    self._tell(CardServiceBack())
                known = {name: self._seen[name].state if name in self._seen else 0 for name in names}
                answers = context.wait(known, len(names), FOREVER_MS)
                if answers == [] and names:
                    # A reader that is listed and yet unknown, while it is being unplugged.
                    self._stop.wait(_UNPLUGGING_S)
                if answers is not None:
                    fresh = {each.name: each for each in answers if each.known}
                    self._settle({name: fresh[name] for name in names if name in fresh})
        finally:
            with self._guard:
                self._context = None
            with contextlib.suppress(WorldError):
                context.release()

    def _settle(self, after: dict[str, ReaderStatus]) -> None:
        events = differences(self._seen, after)
        with self._guard:
            self._seen = after
        for event in events:
            self._tell(event)

    def _tell(self, event: CardEvent) -> None:
        if self._stop.is_set():
            return
        try:
            self._report(event)
        except Exception:  # noqa: BLE001 - a listener's fault is not the end of the watch
            _log.exception("a listener to the card watch failed")
