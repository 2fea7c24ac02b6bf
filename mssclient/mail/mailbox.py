"""One account (BAL) seen from the engine: its watcher, its courier, and what is asked of them."""

import contextlib
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import wait

from mssclient.access.aside import given_up_by_us
from mssclient.access.credential import Credential
from mssclient.access.open import Patience
from mssclient.mail import checking
from mssclient.mail.annotating import AnnotateHeaders, AnnotateMany, AnnotateWhole, Annotators
from mssclient.mail.connector import Connector
from mssclient.mail.courier import Courier
from mssclient.mail.kinds.submit import record_submitted
from mssclient.mail.status import Status
from mssclient.mail.turn import Turns, left_out
from mssclient.mail.workers import CourierThread, Watcher
from mssclient.model.accounts import Account, AccountState
from mssclient.model.errors import MssError, WorldError
from mssclient.model.ids import FolderId, PlacementId
from mssclient.model.language import _
from mssclient.model.questions import Check, FolderSync, SyncReport
from mssclient.store import journal, outbox
from mssclient.store.folders import FolderState, folder_with_role
from mssclient.store.store import Priority, Store
from mssclient.store.transaction import Transaction

__all__ = ["Mailbox", "Progress"]

Progress = Callable[[int, int, str], None]
"""(done, total or 0, French sentence)"""

_BODY_PATIENCE_S = 660.0
_BODY_LOOK_S = 0.5


def _no_progress(done: int, total: int, sentence: str = "") -> None:
    del done, total, sentence


class Mailbox:
    """Methods may be called from any thread."""

    def __init__(
        self,
        account: Account,
        store: Store,
        annotate: AnnotateWhole,
        annotate_headers: AnnotateHeaders,
        credential: Callable[[], Credential],
        on_state: Callable[[AccountState], None],
        *,
        annotate_many: AnnotateMany | None = None,
        patience: Patience | None = None,
    ) -> None:
        """``annotate`` and ``annotate_headers(headers, octets)`` are called on the workers' threads, pure
        and bounded. ``on_state`` is called on them too and must not wait. ``credential`` may raise."""
        self.account = account
        self._store = store
        self._annotators = Annotators(annotate, annotate_headers, annotate_many)
        self._credential = credential
        self._patience = patience
        self._guard = threading.Lock()
        self._connector = self._new_connector()
        self._others: set[Connector] = set()
        """Of what somebody asked for and waits for."""
        self._ending: list[Watcher | CourierThread] = []
        self._status = Status(account.id, on_state)
        self._turns = Turns(account, store, self._annotators)
        self._watcher: Watcher | None = None
        self._courier: CourierThread | None = None

    @property
    def state(self) -> AccountState:
        return self._status.now

    # -- life --------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start watcher and courier; harmless when they run."""
        with self._guard:
            if self._courier is not None:
                return
            if self._connector.closed:
                self._connector = self._new_connector()  # what is still ending can't use this one
            name = str(self.account.id)
            self._courier = CourierThread(name, self._new_courier(), self._status, self._moved)
            self._courier.start(self._ending)
            if self._watcher is not None:  # it went on alone
                return
            self._watcher = Watcher(name, self._store, self._turns, self._connector, self._status, self._news)
            self._watcher.start(self._ending)

    def watch_only(self) -> None:
        """What comes in is seen, but nothing is carried out or sent any more until :meth:`start`.

        Returns at once; what is just being carried out is finished.
        """
        with self._guard:
            courier, self._courier = self._courier, None
            if courier is not None:
                self._ending = [*(worker for worker in self._ending if worker.alive), courier]
                courier.stop()

    def stop(self, timeout: float = 5.0) -> None:
        """Shut the connections and wait for both threads, ``timeout`` seconds at most.

        What was being carried out is found in the journal at the next start; a message in DATA is then
        uncertain. What somebody waits for (:meth:`sync_now`, :meth:`fetch_body`) fails.
        """
        limit = time.monotonic() + timeout
        with self._guard:
            workers = [worker for worker in (self._watcher, self._courier) if worker is not None]
            self._watcher = self._courier = None
            self._ending = [worker for worker in self._ending if worker.alive] + workers
            connectors = [self._connector, *self._others]
        for worker in workers:
            worker.stop()
        for connector in connectors:
            connector.close_all()
        for worker in workers:
            worker.join(max(0.1, limit - time.monotonic()))

    def wake(self) -> None:
        """There is a want to carry out."""
        if (courier := self._courier) is not None:
            courier.wake()

    def look(self) -> None:
        """Somebody asks for news now (« Relever »), or the network is back."""
        self._connector.forgive()
        self._store.post(Priority.PERSON, lambda tx: journal.hurry(tx, self.account.id))
        for worker in (self._watcher, self._courier):
            if worker is not None:
                worker.wake()

    def _news(self) -> None:
        if (courier := self._courier) is not None:
            courier.courier.news()
            courier.wake()

    def _moved(self) -> None:
        if (watcher := self._watcher) is not None:
            watcher.wake()

    def _new_courier(self, connector: Connector | None = None) -> Courier:
        return Courier(self.account, self._store, self._annotators, connector or self._connector)

    def _new_connector(self) -> Connector:
        return Connector(self.account, self._credential, self._patience)

    @contextlib.contextmanager
    def _asked(self) -> Generator[Courier]:
        """A courier of the caller's own, whose connections :meth:`stop` ends too."""
        connector = self._new_connector()
        courier = self._new_courier(connector)
        with self._guard:
            self._others.add(connector)
        try:
            yield courier
        finally:
            with self._guard:
                self._others.discard(connector)
            courier.end()
            connector.close_all()

    # -- asked for ---------------------------------------------------------------------------------

    def sync_now(
        self,
        folder: FolderId | None = None,
        headers_only: bool = False,
        progress: Progress = _no_progress,
    ) -> SyncReport:
        """One full turn on a connection of its own: wants pushed, news fetched, bodies too. Blocks.

        ``progress`` may raise to cancel. Raises WorldError: what :func:`open_imap` raises, and what the
        server answers.
        """
        self._connector.forgive()
        running = self._courier is not None
        with self._asked() as courier:
            if not running:
                courier.settle_interrupted()
                courier.find_uncertain()
            self._store.write(Priority.PERSON, lambda tx: journal.hurry(tx, self.account.id))
            self._push(courier, progress)
            reports = self._pull(courier, folder, headers_only, progress)
            if not running:
                self._push(courier, progress)
            if not headers_only:
                self._bodies(courier, progress)
        self._news()
        if running:
            self._status.say("online", synced=True, notice=left_out(reports) if folder is None else None)
        return SyncReport(folders=tuple(reports))

    def _push(self, courier: Courier, progress: Progress) -> None:
        count = 0
        while courier.carry_out_next():
            count += 1
            progress(count, 0, _("Envoi des modifications"))
        while courier.look_for_uncertain():
            pass

    def _pull(
        self, courier: Courier, folder: FolderId | None, headers_only: bool, progress: Progress
    ) -> list[FolderSync]:
        def at(done: int, total: int, state: FolderState) -> None:
            progress(done, total, _("Relève de «\u00a0{folder}\u00a0»").format(folder=state.path))

        return self._turns.run(
            courier.session(), courier.view, folder=folder, headers_only=headers_only, progress=at
        )

    def _bodies(self, courier: Courier, progress: Progress) -> None:
        done = 0
        courier.news()
        while missing := courier.missing():
            progress(done, done + missing, _("Téléchargement des messages"))
            done += courier.bring_some()

    def fetch_body(self, placement: PlacementId) -> bytes:
        """The whole message, from the store or else from the server, before everything that waits. Blocks.

        Raises WorldError: message-gone, and what is in the way of the connection.
        """
        running = self._courier
        if running is None:
            with self._asked() as courier:
                return courier.bodies.one(courier.session(), placement)
        future = running.courier.ask_body(placement)
        running.wake()
        limit = time.monotonic() + _BODY_PATIENCE_S
        while not wait((future,), _BODY_LOOK_S).done:
            # A courier that has ended has answered all that it knew of: this came a moment later.
            if not running.alive and not future.done():
                raise given_up_by_us()
            if time.monotonic() > limit and future.cancel():
                raise WorldError("timeout", _("Le serveur ne répond pas."), _("Réessayez dans un instant."))
        return future.result()

    def file_sent(self, want_id: str) -> None:
        """The person says that an uncertain message has left: record it, and file its copy in Sent."""
        view = self._store.view()
        try:
            entry, frozen = journal.want(view, want_id), outbox.frozen(view, want_id)
            sent = folder_with_role(view, self.account.id, "sent")
        finally:
            view.close()
        if entry is None or frozen is None:
            return
        annotation = self._annotators.whole(frozen.raw)

        def work(tx: Transaction) -> None:
            record_submitted(tx, entry, frozen, sent, annotation)

        self._store.write(Priority.PERSON, work)
        self.wake()

    def test(self, patience: Patience | None = None) -> list[Check]:
        """The lines of the diagnosis for this account: both services, login, what the server lacks."""
        self._connector.forgive()
        try:
            credential = self._credential()
        except MssError as error:
            return [checking.failed("credential", error, self.account)]
        return checking.run(self.account, credential, patience or self._patience)
