"""The two threads of an account. A turn that fails is recorded and tried again; none dies silently."""

import contextlib
import logging
import selectors
import socket
import threading
import time
from collections.abc import Callable, Sequence

from mssclient.mail.connector import Connector
from mssclient.mail.courier import Courier
from mssclient.mail.idling import drain, wake_pair
from mssclient.mail.patience import Backoff
from mssclient.mail.problems import bug_problem
from mssclient.mail.session import Session
from mssclient.mail.status import Status
from mssclient.mail.turn import Turns, left_out
from mssclient.model.errors import MssError, Refused
from mssclient.store.store import Store
from mssclient.store.view import View

__all__ = ["CourierThread", "Watcher"]

_log = logging.getLogger(__name__)

OTHERS_EVERY_S = 180.0
"""Folders other than the inbox are asked for by LIST-STATUS."""
INBOX_EVERY_S = 60.0
"""Without IDLE."""
THOROUGH_EVERY_S = 1800.0
"""Full comparison on servers without CONDSTORE."""
_COURIER_IDLE_S = 240.0
"""After that the courier's connection is given back: operators count them."""


class _Worker:
    """A daemon thread that can be woken through a socket, and ends when told."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._stopping = threading.Event()
        self._hear, self._call = wake_pair()
        self._calling = threading.Lock()
        """Nobody calls a socket that is being closed: its number may be another connection's by then."""
        self._thread: threading.Thread | None = None
        self._before: Sequence[_Worker] = ()

    def start(self, before: "Sequence[_Worker]" = ()) -> None:
        """Begin as soon as the workers of ``before`` have ended: no want is carried out by two."""
        self._before = [each for each in before if each.alive]
        self._thread = threading.Thread(target=self._guarded, name=self._name, daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def wake(self) -> None:
        """Any thread. Never blocks."""
        with self._calling, contextlib.suppress(OSError):  # full: it is awake already; closed: it has ended
            self._call.send(b"!")

    def stop(self) -> None:
        """Ask it to end. Any thread."""
        self._stopping.set()
        self.wake()

    def join(self, timeout: float) -> bool:
        """Whether it has ended."""
        if self._thread is not None:
            self._thread.join(timeout)
            return not self._thread.is_alive()
        self._end()
        return True

    def _end(self) -> None:
        with self._calling:
            self._hear.close()
            self._call.close()

    def _guarded(self) -> None:
        try:
            for each in self._before:
                while not self._stopping.is_set() and not each.join(0.1):
                    pass
            self._before = ()
            while not self._stopping.is_set():
                try:
                    self.run()
                except Exception as error:  # noqa: BLE001 - recorded, then begun again
                    _log.error("%s failed: %s", self._name, bug_problem(error).detail)
                    self.pause(30.0)
        finally:
            self._end()

    def run(self) -> None:
        raise NotImplementedError

    def pause(self, seconds: float) -> bool:
        """Wait; True when woken before the time was over."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._hear, selectors.EVENT_READ)
            woken = bool(selector.select(max(0.0, seconds)))
        if woken:
            drain(self._hear)
        return woken

    @property
    def ear(self) -> socket.socket:
        return self._hear


class Watcher(_Worker):
    """Brings news: a turn over all folders, then waits on the inbox; again and again."""

    def __init__(
        self,
        name: str,
        store: Store,
        turns: Turns,
        connector: Connector,
        status: Status,
        on_news: Callable[[], None],
    ) -> None:
        """``on_news`` is called after each turn: bodies may be missing now."""
        super().__init__(f"watcher-{name}")
        self._store = store
        self._turns = turns
        self._connector = connector
        self._status = status
        self._on_news = on_news
        self._backoff = Backoff()
        self._thorough_at = 0.0
        self._next_turn = 0.0

    def run(self) -> None:
        view = self._store.view()
        try:
            while not self._stopping.is_set():
                try:
                    self._connected(view)
                except MssError as error:
                    self._offline(error)
        finally:
            view.close()
            self._status.say("offline", self._status.now.problem)

    def _offline(self, error: MssError) -> None:
        if self._stopping.is_set():
            return
        login = isinstance(error, Refused)
        self._status.say("refused" if login else "offline", error.problem)
        wait = self._backoff.next_s()
        if error.code == "connection-lost" and self._backoff.failures == 1:
            wait = 0.2  # an idle connection that a router forgot: nobody need see it
        self.pause(wait)

    def _connected(self, view: View) -> None:
        if self._status.now.problem is None:
            self._status.say("connecting")
        session = self._connector.session()
        try:
            self._turn(session, view)
            self._backoff.succeeded()
            while not self._stopping.is_set():
                self._wait(session, view)
        finally:
            if self._stopping.is_set():
                session.log_out()
            session.close()

    def _turn(self, session: Session, view: View) -> None:
        thorough = time.monotonic() >= self._thorough_at
        self._status.say("syncing")
        reports = self._turns.run(session, view, thorough=thorough)
        if thorough:
            self._thorough_at = time.monotonic() + THOROUGH_EVERY_S
        self._next_turn = time.monotonic() + OTHERS_EVERY_S
        self._status.say("online", synced=True, notice=left_out(reports))
        self._on_news()

    def _wait(self, session: Session, view: View) -> None:
        """Until the inbox moves, the next turn is due, or somebody wakes us."""
        left = self._next_turn - time.monotonic()
        if left <= 0:
            self._turn(session, view)
            return
        news = None
        if session.capabilities.idle and self._turns.select_inbox(session, view):
            news = session.idle(left, self.ear)
            woken = self.pause(0)
        else:
            woken = self.pause(min(left, INBOX_EVERY_S))
        if self._stopping.is_set():
            return
        if woken:
            self._turn(session, view)
        elif news or news is None:
            self._turns.inbox(session, view)
            self._status.say("online", synced=True)
            self._on_news()
            # IDLE was refused in spite of its announcement.
            if news is None and session.capabilities.idle and self.pause(INBOX_EVERY_S):
                self._next_turn = 0.0


class CourierThread(_Worker):
    """Wants, then bodies somebody waits for, then the missing ones; sleeps until woken."""

    def __init__(self, name: str, courier: Courier, status: Status, on_moved: Callable[[], None]) -> None:
        """``on_moved`` is called when messages were put into other folders."""
        super().__init__(f"courier-{name}")
        self.courier = courier
        self._status = status
        self._on_moved = on_moved
        self._backoff = Backoff()
        self._done = 0

    def run(self) -> None:
        try:
            self.courier.settle_interrupted()
            self.courier.find_uncertain()
            while not self._stopping.is_set():
                try:
                    self._round()
                except MssError as error:
                    self.courier.fail_asked(error)
                    self.courier.drop()
                    if not self._stopping.is_set():
                        # Asked-for bodies end the pause: they get an answer, be it the same refusal.
                        self.pause(self._backoff.next_s())
        finally:
            self.courier.end()

    def _round(self) -> None:
        """Until there is nothing to do, then sleep."""
        while not self._stopping.is_set():
            busy = self.courier.carry_out_next()
            while self.courier.answer_asked():
                pass
            if not busy and self.courier.moved:
                self.courier.moved = False
                self._on_moved()
            if busy or self.courier.look_for_uncertain():
                continue
            if not self._bring():
                break
        self._backoff.succeeded()
        due = self.courier.next_due_s()
        woken = self.pause(_COURIER_IDLE_S if due is None else min(due + 0.05, _COURIER_IDLE_S))
        if not woken and due is None:
            self.courier.rest()

    def _bring(self) -> bool:
        missing = self.courier.missing()
        if not missing:
            if self._done:
                self._done = 0
                self._status.progress(0, 0)
            return False
        count = self.courier.bring_some()
        self._done += count
        self._status.progress(self._done, max(0, missing - count))
        return True
