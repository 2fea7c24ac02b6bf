"""The engine of one profile: doors open first, then the store, then everything heavy.

Order at start: lock → socket → key → store → ``Opened`` → imports of mail, MIME, cryptography →
workers. Opening and locking take their turn among the wants; those and questions are ``dispatch``'s.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from mssclient.engine import transport, wire
from mssclient.engine.announcing import announces
from mssclient.engine.cards import Cards
from mssclient.engine.dispatch import Dispatch
from mssclient.engine.forgetting import give_back
from mssclient.engine.gate import Gate
from mssclient.engine.lock import EngineLock
from mssclient.engine.logs import describe, report_bug, start_logging, stop_logging
from mssclient.engine.peers import Peer, Peers
from mssclient.engine.profiles import forget
from mssclient.engine.prompting import Prompting
from mssclient.engine.turns import Turns
from mssclient.model.cards import CardCertificate
from mssclient.model.changes import Changed, Opened
from mssclient.model.errors import BugError, MssError, Problem
from mssclient.model.language import _
from mssclient.model.prompts import Prompt, PromptAnswer
from mssclient.model.secrets import Secret
from mssclient.store.key import load_key
from mssclient.store.persons import read_person
from mssclient.store.profile import Profile, disk_error
from mssclient.store.store import Store

if TYPE_CHECKING:
    from mssclient.access.card.identity import CardIdentity
    from mssclient.engine.desk import Desk

__all__ = ["Engine"]

_log = logging.getLogger(__name__)
_GRACE_S = 1.0
"""After the last client left: a window that starts again joins instead of starting an engine."""
_FIRST_CLIENT_S = 30.0
_LOCKING_S = 0.5
"""A window that says nothing for so long after the card was pulled does not keep it from being locked."""


class Engine:
    """``start`` and ``stop`` are called by the process that holds it; everything else by its threads.

    ``passphrase`` and ``passwords`` (address → secret) come from ``--secrets``. ``ask`` answers prompts
    in this process, and ``show`` shows those that end by themselves; without them the windows are asked
    when ``ask_windows``, else nobody is.
    ``background``: the workers run and fetch by themselves; the command line asks turn by turn.
    """

    def __init__(
        self,
        profile: Profile,
        *,
        demo_small: bool = False,
        passphrase: Secret | None = None,
        passwords: Mapping[str, Secret] | None = None,
        ask: Callable[[Prompt], PromptAnswer] | None = None,
        show: Callable[[Prompt], None] | None = None,
        ask_windows: bool = False,
        background: bool = True,
    ) -> None:
        self.profile = profile
        self.demo_small = demo_small
        self.passwords = dict(passwords or {})
        self.background = background
        self._passphrase = passphrase
        self.prompting = Prompting(self._windows if ask_windows else None, ask, show)
        self.cards = Cards(self.publish, self.card_pulled, self._card_seen)
        self._asks_windows = ask_windows
        self._locking = threading.Lock()
        self._lock_soon: threading.Timer | None = None
        self._lock = EngineLock(profile.lock_path)
        self._peers: Peers | None = None
        self._gate = Gate(self._tell)
        self._dispatch = Dispatch(self._gate, self.cards, self.bug)
        self._turns = Turns(self._open)
        self._store: Store | None = None
        self._key = b""
        """Of the store, for as long as that is open."""
        self._resting: Desk | None = None
        """Behind a lock, with new mail announced."""
        self._empty_since = time.monotonic()
        self._had_client = False
        self._presence = threading.Condition()
        self._stopping = threading.Event()
        self._log_handler: logging.Handler | None = None

    # Life

    def start(self) -> bool:
        """Take the lock, listen, begin opening the store. False when another engine runs.

        Raises WorldError profile-read-only, disk-full.
        """
        self.profile.prepare()
        try:
            if not self._lock.take():
                return False
            self._log_handler = start_logging(self.profile.log_folder)
            self._peers = Peers(transport.listen(self.profile.socket_path), self, background=self.background)
        except OSError as error:
            self._lock.release()
            raise disk_error(error) from error
        self._peers.start()
        self._turns.start()
        return True

    def wait(self) -> None:
        """Block until the last client is gone or ``ask_to_stop`` was called."""
        with self._presence:
            while not self._stopping.is_set():
                if self._peers is not None and self._peers.all():
                    self._presence.wait()
                    continue
                grace = _GRACE_S if self._had_client else _FIRST_CLIENT_S
                left = self._empty_since + grace - time.monotonic()
                if left <= 0:
                    return
                self._presence.wait(left)

    def linger(self, limit_s: float) -> None:
        """Block until no other verb of the command line uses this engine, at most ``limit_s`` seconds."""
        limit = time.monotonic() + limit_s
        with self._presence:
            while self._peers is not None and any(peer.role == "cli" for peer in self._peers.all()):
                left = limit - time.monotonic()
                if left <= 0 or not self._presence.wait(left):
                    return

    def ask_to_stop(self) -> None:
        """Safe in a signal handler's thread."""
        self._stopping.set()
        with self._presence:
            self._presence.notify_all()

    def stop(self, timeout: float = 5.0) -> None:
        """Doors → workers → writer, in at most about ``timeout`` seconds. May be called twice."""
        self._stopping.set()
        limit = time.monotonic() + timeout
        if self._peers is not None:
            self._peers.close()
        self.prompting.close()
        self._dispatch.close()
        self._turns.close(max(0.2, limit - time.monotonic() - 1.5))
        self._close_store("stopped", max(0.5, limit - time.monotonic()))
        self.cards.close()
        self._lock.release()
        stop_logging(self._log_handler)
        self._log_handler = None
        forget(self.profile)

    # Peers (their reading threads)

    def arrived(self, peer: Peer) -> None:
        if peer.counts:
            with self._presence:
                self._had_client = True
                self._presence.notify_all()
        self._gate.arrived(peer)
        if peer.role == "window":
            self.prompting.arrived(peer)

    def left(self, peer: Peer) -> None:
        with self._presence:
            self._empty_since = time.monotonic()
            self._presence.notify_all()
        if peer.role == "window" and not self._windows():
            self.prompting.give_up()

    def said(self, peer: Peer, frame: wire.FromClient) -> None:
        match frame:
            case wire.Post(id=want_id, want=want):
                self._turns.do(partial(self._dispatch.take, peer, want_id, want))
            case wire.Ask(id=question_id, question=question):
                self._dispatch.ask(peer, question_id, question)
            case wire.Cancel(id=some_id):
                self._dispatch.cancel(some_id)
            case wire.Reply(answer=answer):
                self.prompting.answered(answer)
            case wire.Lock():
                self.lock(announcing=True)
            case wire.Unlock():
                self._turns.do(self._unlock)
            case wire.Raise(argument=argument):
                self._raise_window(peer, argument)
            case wire.Hello():
                pass

    def _windows(self) -> list[Peer]:
        return [] if self._peers is None else self._peers.windows()

    def _raise_window(self, peer: Peer, argument: str) -> None:
        windows = self._windows()
        if not windows:
            peer.link.close()
            return
        windows[0].send(wire.Raised(argument=argument))
        peer.send(wire.Raised())

    def _tell(self, frame: wire.FromEngine) -> None:
        if self._peers is not None:
            self._peers.tell(frame)

    def publish(self, changed: Changed) -> None:
        """Tell every client. Any thread; never blocks."""
        passed = self._gate.passes(changed)
        if passed is not None and self._peers is not None:
            self._peers.changed(passed)

    # The thread of wants: opening, locking, and every want in its order

    def _open(self) -> None:
        card: CardIdentity | None = None
        try:
            card = self._unlock_card()
            key = load_key(self.profile, ask=self.prompting.ask, passphrase=self._passphrase)
            if self._resting is not None and self._key == key:
                self._wake(self._resting)
            else:
                self._close_store("opening", 2.0)
                store = self._store = Store.open(self.profile.store_path, key, self.publish)
                self._key = key
                self._still_there(card)
                self._say_opened(store)
                # From here on heavy imports are allowed: the window paints its list meanwhile.
                from mssclient.engine.desk import Desk

                desk = Desk(self, store)
                if card is not None:
                    desk.identities.hold_card(card)
                    card = None
                self._gate.admit(desk)
                desk.start()
        except MssError as error:
            self._fail(error.problem)
        except Exception as error:  # noqa: BLE001 - a bug is reported, the engine goes on
            self._fail(self.bug(error, "open"))
        else:
            self._dispatch.take_held()
        finally:
            if card is not None:
                card.token.close(reset=True)

    def _say_opened(self, store: Store) -> None:
        path = str(self.profile.store_path.absolute())
        self._gate.opened(Opened(schema=store.schema, key=self._key, path=path, demo=self.profile.demo))

    def _unlock_card(self) -> "CardIdentity | None":
        """A profile that is bound to a card opens with it. The command line has no one window to lock, and
        asks for the card when an operator does."""
        person = read_person(self.profile)
        if not person.cards or not self._asks_windows:
            return None
        self.cards.module = person.card_module
        return self.cards.unlock(
            lambda certificate: any(card.fits(certificate) for card in person.cards),
            self.prompting.ask,
            self.prompting.withdraw,
        )

    def _still_there(self, card: "CardIdentity | None") -> None:
        """Raises WorldError card-removed. What is pulled later is seen by ``CardAccounts``."""
        if card is not None and self.cards.was_pulled(card.token.reader):
            from mssclient.access.card.problems import card_removed

            raise card_removed()

    def _fail(self, problem: Problem) -> None:
        _log.error("the store was not opened: %s", problem.code)
        self._close_store("failed", 2.0)
        self._gate.failed(problem)

    def lock(self, *, announcing: bool = False) -> None:
        """Lock when it is the turn of it. Any thread.

        ``announcing``: new mail may be heard of behind it, if that is what the person chose.
        """
        self._turns.do(partial(self._lock_now, announcing))

    def lock_soon(self) -> None:
        """Windows go blank at once and have drafts kept; then it is locked, whether they answer or not."""
        if not self._windows():
            self.lock()
            return
        self._tell(wire.Locking())
        timer = threading.Timer(_LOCKING_S, self.lock)
        timer.daemon = True
        with self._locking:
            self._lock_soon = timer
        timer.start()

    def _lock_now(self, announcing: bool) -> None:
        with self._locking:
            timer, self._lock_soon = self._lock_soon, None
        if timer is not None:
            timer.cancel()
        if self._gate.state != "open" and (announcing or self._resting is None):
            return
        self.prompting.give_up()
        if not (announcing and self._rest()):
            self._close_store("locked", 3.0)
        self._dispatch.lock()
        self._gate.locked(announcing=self._resting is not None)
        give_back()

    def _rest(self) -> bool:
        """Lock with new mail announced, where that is chosen and possible. False: close the store."""
        desk = self._gate.desk
        try:
            if desk is None or not announces(desk):
                return False
            self._resting = self._gate.closing("locked")
            desk.rest()
        except Exception as error:  # noqa: BLE001 - whatever it was: a lock locks
            self.bug(error, "lock")
            return False
        return True

    def _unlock(self) -> None:
        if self._gate.state in ("locked", "failed"):
            self._gate.opening()
            self._open()

    def _wake(self, desk: "Desk") -> None:
        assert self._store is not None
        self._resting = None
        self._say_opened(self._store)
        self._gate.admit(desk)
        desk.go_on()

    def _close_store(self, state: str, timeout: float) -> None:
        desk = self._gate.closing(state) or self._resting
        store, self._store, self._resting, self._key = self._store, None, None, b""
        if desk is not None:
            desk.close(timeout)
        if store is not None:
            store.close()

    # Cards

    def card_pulled(self, reader: str, fingerprints: frozenset[str]) -> None:
        """Lock, or close what the card had opened. Any thread: what takes time is done elsewhere."""
        desk = self._gate.desk
        accounts = desk.cards.of_card(reader, fingerprints) if desk is not None else ()
        if desk is None or not accounts:
            return
        if desk.cards.locks():
            self.lock_soon()
        else:
            self._dispatch.aside(partial(desk.cards.leave, reader, accounts))

    def _card_seen(self, certificates: tuple[CardCertificate, ...]) -> None:
        if (desk := self._gate.desk) is not None:
            desk.cards.seen(certificates)

    def bug(self, error: BaseException, doing: str) -> Problem:
        """Write the report; returns what to tell. Any thread."""
        _log.error("bug while %s: %s", doing, describe(error))
        report_bug(self.profile.log_folder, error, doing)
        return BugError(
            "internal",
            _("Une erreur du programme a empêché cette action\u202f; vos messages ne sont pas touchés."),
            _("Un rapport sans donnée de santé a été écrit dans le dossier des journaux du profil."),
            type(error).__name__,
        ).problem
