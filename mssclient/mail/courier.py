"""The courier: carries wants to the server in their order, fetches bodies on demand, then the missing ones.

Its connection is its own. This is the work; the loop around it is in ``workers``.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue

from mssclient.mail.annotating import Annotators
from mssclient.mail.bodies import BodyBringer
from mssclient.mail.connector import Connector
from mssclient.mail.errand import Errand
from mssclient.mail.kinds import append, copy, mark, move, submit
from mssclient.mail.patience import retry_after_s
from mssclient.mail.problems import account_wide, bug_problem, is_permanent
from mssclient.mail.session import Session
from mssclient.mail.submission import was_begun
from mssclient.model.accounts import Account
from mssclient.model.errors import BugError, MssError
from mssclient.model.ids import PlacementId
from mssclient.model.language import _
from mssclient.model.wants import Append, Copy, Delete, MarkFlags, Move, Submit
from mssclient.store import journal
from mssclient.store.journal import JournalEntry
from mssclient.store.store import Priority, Store
from mssclient.store.transaction import Transaction
from mssclient.store.view import View

__all__ = ["Courier"]

_log = logging.getLogger(__name__)

_LOOKS_S = (10.0, 60.0, 300.0, 1800.0, 3600.0)
"""Pauses between looks for an uncertain message."""

_SAID = "said"
"""Remembered with a want: how often the server has answered with a refusal."""
_FIRST_S = 2.0
_POSTPONED_S = 30.0
"""A server that puts a message off means minutes (RFC 5321 §4.5.4.1), not seconds."""

Asked = tuple[PlacementId, "Future[bytes]"]


def _no_pause(phase: str) -> None:
    del phase


class Courier:
    """The work itself. One thread at a time; :meth:`ask_body` from any."""

    def __init__(
        self,
        account: Account,
        store: Store,
        annotators: Annotators,
        connector: Connector,
        *,
        pause: Callable[[str], None] = _no_pause,
    ) -> None:
        """``pause(point)`` is called before and after each commit; tests kill the process there."""
        self._account = account
        self._store = store
        self._annotators = annotators
        self._connector = connector
        self._pause = pause
        self._view: View | None = None
        self._session: Session | None = None
        self._fresh = False
        self._asked: SimpleQueue[Asked] = SimpleQueue()
        self._bodies: BodyBringer | None = None
        self._looks: dict[str, tuple[float, int]] = {}
        """Uncertain want → when to look next, and how often that was done."""
        self._under_way = ""
        """The want whose outcome is to be written down."""
        self.moved: bool = False
        """Messages were put into folders since :attr:`moved` was last reset: they should be synchronised."""

    # -- connection and view -----------------------------------------------------------------------

    @property
    def view(self) -> View:
        if self._view is None:
            self._view = self._store.view()
        return self._view

    def session(self) -> Session:
        """The session, opened when first needed."""
        if self._session is None or self._session.stream.closed:
            self.drop()  # shut by another thread is not closed yet
            self._session = self._connector.session()
            self._fresh = True
        return self._session

    def drop(self) -> None:
        """Forget the connection."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def end(self) -> None:
        """Close what this thread holds; the requests that were not answered fail."""
        if self._session is not None:
            self._session.log_out()
            self._session = None
        if self._view is not None:
            self._view.close()
            self._view = None
        self._bodies = None
        self.fail_asked(BugError("stopped", _("Le moteur s’arrête.")))

    @property
    def bodies(self) -> BodyBringer:
        if self._bodies is None:
            self._bodies = BodyBringer(self._account.id, self._store, self.view, self._annotators)
        return self._bodies

    # -- wants -------------------------------------------------------------------------------------

    def settle_interrupted(self) -> None:
        """At start: what was being done when the engine stopped is looked at, never simply done again.

        A submission that may have reached the server is uncertain; all other kinds find out by themselves.
        """
        mine = [each for each in journal.interrupted(self.view) if each.account == self._account.id]
        for entry in mine:
            self._settle(entry)

    def _settle(self, entry: JournalEntry) -> None:
        if isinstance(entry.want, Submit) and was_begun(entry.phase):
            self._set(entry, "uncertain", problem=submit.uncertain())
            self._looks.setdefault(entry.id, (time.monotonic(), 0))
        else:
            self._set(entry, "waiting")

    def _settle_unwritten(self) -> None:
        """The outcome of the last want could not be written down (a full disk): as after a crash."""
        entry = journal.want(self.view, self._under_way) if self._under_way else None
        if entry is not None and entry.state == "doing":
            self._settle(entry)
        self._under_way = ""

    def _set(self, entry: JournalEntry, state: str, **more: object) -> None:
        self._store.write(
            Priority.PERSON,
            lambda tx: journal.set_state(tx, entry.id, state, **more),  # pyright: ignore[reportArgumentType]
        )

    def next_due_s(self) -> float | None:
        """Seconds until the next want or look is due; None when there is none."""
        due = journal.next_due_utc(self.view, self._account.id)
        waits = [max(0.0, due - time.time())] if due is not None else []
        waits += [max(0.0, at - time.monotonic()) for at, _count in self._looks.values()]
        return min(waits, default=None)

    def carry_out_next(self) -> bool:
        """Carry out the oldest want that is due. False when there is none.

        Raises WorldError when the connection or the login is in the way: the want is waiting again.
        """
        self._settle_unwritten()
        entry = journal.next_want(self.view, self._account.id, int(time.time()))
        if entry is None or not self._store.write(Priority.PERSON, lambda tx: _take(tx, entry)):
            return entry is not None
        self._under_way = entry.id
        self._pause("taken")
        try:
            settled = self._carry_out(entry)
        except MssError as error:
            self._failed(entry, error)
        except Exception as error:  # noqa: BLE001 - a worker never dies silently, nor alone
            _log.error("carrying out a want failed: %s", bug_problem(error).detail)
            self._set(entry, "parked", problem=bug_problem(error))
        else:
            if not settled:
                self._pause("finishing")
                self._set(entry, "done")
            self._fresh = False
            self._pause("done")
        return True

    def _carry_out(self, entry: JournalEntry) -> bool:
        errand = self._errand(entry)
        want = entry.want
        if isinstance(want, Submit):
            settled = submit.carry_out(errand, self._connector.submission)
            now = journal.want(self.view, entry.id)
            if now is not None and now.state == "uncertain":
                self._looks[entry.id] = (time.monotonic() + _LOOKS_S[0], 0)
            return settled
        if isinstance(want, MarkFlags):
            mark.carry_out(errand)
            return False
        self.moved = True
        if isinstance(want, Move | Delete):
            move.carry_out(errand)
        elif isinstance(want, Copy):
            copy.carry_out(errand)
        elif isinstance(want, Append):
            append.carry_out(errand)
        else:
            raise BugError("unknown-want", _("Cette opération n’est pas connue."), detail=entry.kind)
        return False

    def _errand(self, entry: JournalEntry) -> Errand:
        return Errand(
            account=self._account,
            store=self._store,
            view=self.view,
            entry=entry,
            open_session=self.session,
            annotators=self._annotators,
            pause=self._pause,
        )

    def _failed(self, entry: JournalEntry, error: MssError) -> None:
        sending = isinstance(entry.want, Submit)
        if account_wide(error) and not sending:
            stale = not self._fresh
            self._set(entry, "waiting", problem=error.problem)
            self.drop()
            if stale and error.code == "connection-lost":
                return  # an idle connection had died: a new one is tried at once
            raise error
        if error.code == "folder-renumbered":
            self.moved = True
        # A day without network is no answer: only what the server said counts towards giving up.
        answered = not account_wide(error)
        said = int(entry.data.get(_SAID, "0")) + answered
        state = "parked" if is_permanent(error, said) else "waiting"
        first_s = _POSTPONED_S if error.code == "send-postponed" else _FIRST_S
        pause_s = retry_after_s(said - 1 if answered else entry.attempts, first_s=first_s)
        later = int(time.time() + pause_s) + 1 if state == "waiting" else None

        def write(tx: Transaction) -> None:
            now = journal.want(tx, entry.id)
            if now is not None:
                journal.set_phase(tx, entry.id, now.phase, **{_SAID: str(said)})
            journal.set_state(
                tx, entry.id, state, problem=error.problem, not_before_utc=later, count_attempt=True
            )

        self._store.write(Priority.PERSON, write)

    # -- uncertain submissions -----------------------------------------------------------------------

    def find_uncertain(self) -> None:
        """At start: uncertain submissions are looked for at once."""
        for view in self.view.wants(("uncertain",)):
            if view.account == self._account.id:
                self._looks.setdefault(view.id, (time.monotonic(), 0))

    def look_for_uncertain(self) -> bool:
        """Look for one uncertain message that is due. Raises WorldError when the connection is in the way."""
        now = time.monotonic()
        for want_id, (at, count) in list(self._looks.items()):
            if at > now:
                continue
            entry = journal.want(self.view, want_id)
            if entry is None or entry.state != "uncertain":
                del self._looks[want_id]
                continue
            pause = _LOOKS_S[min(count + 1, len(_LOOKS_S) - 1)]
            self._looks[want_id] = (now + pause, count + 1)
            try:
                if submit.settle_by_looking(self._errand(entry)):
                    del self._looks[want_id]
            except MssError as error:
                if account_wide(error):
                    self.drop()
                    raise
            return True
        return False

    # -- bodies --------------------------------------------------------------------------------------

    def ask_body(self, placement: PlacementId) -> "Future[bytes]":
        """Ask for one message; :meth:`answer_asked` fetches it. Any thread."""
        future: Future[bytes] = Future()
        self._asked.put((placement, future))
        return future

    def answer_asked(self) -> bool:
        """Fetch one message that was asked for. False when none was. Its failure is the asker's."""
        try:
            placement, future = self._asked.get_nowait()
        except Empty:
            return False
        if not future.set_running_or_notify_cancel():
            return True
        try:
            try:
                raw = self.bodies.one(self.session(), placement)
            except MssError as error:
                if not account_wide(error) or self._fresh:
                    raise
                self.drop()  # an idle connection had died
                raw = self.bodies.one(self.session(), placement)
        except MssError as error:
            if account_wide(error):
                self.drop()
            future.set_exception(error)
        except Exception as error:  # noqa: BLE001 - as above
            _log.error("fetching a message failed: %s", bug_problem(error).detail)
            future.set_exception(BugError("unexpected", _("Erreur interne."), "", bug_problem(error).detail))
        else:
            future.set_result(raw)
        return True

    def fail_asked(self, error: MssError) -> None:
        while True:
            try:
                _placement, future = self._asked.get_nowait()
            except Empty:
                return
            if future.set_running_or_notify_cancel():
                future.set_exception(error)

    def missing(self) -> int:
        """How many bodies are missing."""
        return self.bodies.remaining()

    def news(self) -> None:
        """After a synchronisation: other bodies may be missing. Any thread."""
        if self._bodies is not None:
            self._bodies.forget_plans()

    def rest(self) -> None:
        """Nothing to do for a while: give the connection back."""
        if self._session is not None:
            self._session.log_out()
            self._session = None

    def bring_some(self) -> int:
        """One batch of missing bodies. 0 when none is missing. Raises WorldError."""
        count = self.bodies.some(self.session())
        self._fresh = False
        return count


def _take(tx: Transaction, entry: JournalEntry) -> bool:
    """Make it ours, unless the person has taken it back at this very moment."""
    now = journal.want(tx, entry.id)
    if now is None or now.state != "waiting":
        return False
    journal.set_state(tx, entry.id, "doing", problem=now.problem)
    return True
