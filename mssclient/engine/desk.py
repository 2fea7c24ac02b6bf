"""All that lives while the store is open: list of trust, mailboxes, child, operator of the demonstration.

Made by the engine after ``Opened``; importing this module is what makes the engine heavy. It composes the
rooms below and decides nothing itself; wants and questions are functions over a :class:`Desk`.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mssclient.engine import attachments, judging, leaving, passwords
from mssclient.engine.annotating import Annotator
from mssclient.engine.bulk import Bulk
from mssclient.engine.cardaccounts import CardAccounts
from mssclient.engine.child import Child
from mssclient.engine.crew import Crew
from mssclient.engine.identities import Identities
from mssclient.engine.tickets import locked
from mssclient.mail.mailbox import Mailbox
from mssclient.model.accounts import WITH_PIN, Account, AccountState
from mssclient.model.changes import Changed
from mssclient.model.errors import BugError, MssError, Refused, WorldError
from mssclient.model.ids import AccountId
from mssclient.model.language import _
from mssclient.model.secrets import Secret
from mssclient.operators import station
from mssclient.store import drafts, journal
from mssclient.store.key import load_password
from mssclient.store.profile import Profile
from mssclient.store.store import Priority, Store
from mssclient.store.transaction import Transaction
from mssclient.store.view import View
from mssclient.trust import whitelist
from mssclient.trust.whitelist import TrustList

if TYPE_CHECKING:
    from mssclient.access.credential import Credential
    from mssclient.demo.launch import DemoOperator
    from mssclient.engine.service import Engine

__all__ = ["Desk", "unknown_account"]

_log = logging.getLogger(__name__)
_DAY_S = 86_400
_ENDED_DAYS = 90
_ORPHAN_DAYS = 7
WHITELIST_FILE = "whitelist.xml"
"""In the profile: the last good signed list, checked again at each start."""


def unknown_account() -> MssError:
    return Refused(
        "account-unknown",
        _("Cette boîte aux lettres n’est pas configurée dans ce profil."),
        _("Choisissez-la dans la liste des boîtes aux lettres."),
    )


class Desk:
    """Methods may be called from any thread unless they say otherwise."""

    def __init__(self, engine: "Engine", store: Store) -> None:
        self.engine = engine
        self.profile: Profile = engine.profile
        self.store = store
        self.child = Child()
        self.bulk = Bulk()
        self.trust: TrustList = whitelist.shipped()
        self.states: dict[AccountId, AccountState] = {}
        self.mailboxes: dict[AccountId, Mailbox] = {}
        self.leaving: frozenset[AccountId] = frozenset()
        """Being removed: nothing is taken for them any more."""
        self.operator: DemoOperator | None = None
        self.identities = Identities(self)
        self.cards = CardAccounts(self)
        self._passwords = dict(engine.passwords)
        self._guard = threading.RLock()
        self._views: list[View] = []
        self.closing = threading.Event()
        """Long work in the background stops at it."""
        self._ready = threading.Event()
        """Trust list read and mailboxes made."""
        self._problem: MssError | None = None
        self._crew = Crew("desk", 1)
        store.listen(self._committed)

    # Life

    def start(self) -> None:
        """Empty the folder of opened files, then prepare in the background: list, operator, mailboxes."""
        attachments.empty_folder(self.profile)
        with self.reading() as view:
            self.leaving = leaving.leaving(view)
        # As it is now: a removal that begins meanwhile is finished by whoever asked for it.
        self._crew.do(partial(self._prepare, self.leaving))
        if self.engine.background:
            self.store.post(Priority.UPKEEP, _tidy)

    def _prepare(self, begun: frozenset[AccountId]) -> None:
        """``begun``: the removals that an earlier run left half done."""
        try:
            if self.profile.demo:
                from mssclient.engine.demonstration import join

                join(self)
            else:
                station.settle(self.profile.folder)
                self.trust = _last_good_list(self.profile.folder)
            self.cards.refresh()
            for account in self.accounts():
                self.open_mailbox(account)
        except MssError as error:
            if not self.closing.is_set():
                _log.error("the workers did not start: %s", error.code)
            self._problem = error
        except Exception as error:  # noqa: BLE001 - a bug is reported; what is here can be read
            problem = self.engine.bug(error, "prepare")
            self._problem = BugError(problem.code, problem.sentence, problem.remedy, problem.detail)
        finally:
            self._ready.set()
        self.publish(Changed(aspects=("trust",)))
        if self.engine.background:
            self.child.begin()
        leaving.carry_on(self, begun)
        if self.engine.background:
            passwords.carry_on(self)
            judging.judge_again(self, self.trust)

    def ready(self, limit_s: float = 60.0) -> None:
        """Wait until mailboxes can be used. Raises what kept them from it."""
        if not self._ready.wait(limit_s):
            raise WorldError("engine-busy", _("Le moteur démarre encore."), _("Réessayez dans un instant."))
        if self._problem is not None:
            raise self._problem

    @property
    def is_ready(self) -> bool:
        return self._ready.is_set() and self._problem is None

    def rest(self) -> None:
        """Behind a lock: only the watchers go on, and nothing of what was read stays. Returns at once."""
        with self._guard:
            mailboxes = list(self.mailboxes.values())
            views, self._views = self._views, []
        for box in mailboxes:
            box.watch_only()
        self.child.rest()
        for view in views:
            view.close()
        attachments.empty_folder(self.profile)

    def go_on(self) -> None:
        """After :meth:`rest`."""
        with self._guard:
            mailboxes = list(self.mailboxes.values())
        for box in mailboxes:
            box.start()
        self.child.begin()

    def close(self, timeout: float) -> None:
        """Workers stop, files opened for the person go, views close. The store is closed by the engine."""
        limit = time.monotonic() + timeout
        with self._guard:
            self.closing.set()
            mailboxes = list(self.mailboxes.values())
            self.mailboxes.clear()
        self._crew.close()
        stoppers = [
            threading.Thread(target=box.stop, args=(max(0.2, timeout - 0.5),), daemon=True)
            for box in mailboxes
        ]
        for thread in stoppers:
            thread.start()
        for thread in stoppers:
            thread.join(max(0.1, limit - time.monotonic()))
        self.identities.close()
        self.child.close()
        self.bulk.close()
        if self.operator is not None:
            self.operator.stop()
        attachments.empty_folder(self.profile)
        with self._guard:
            views, self._views = self._views, []
        for view in views:
            view.close()

    def hold_operator(self, operator: "DemoOperator") -> None:
        """It ends with this desk. Raises WorldError store-locked when that has closed meanwhile."""
        with self._guard:
            if not self.closing.is_set():
                self.operator = operator
                return
        operator.stop()
        raise locked()

    # Reading

    @contextlib.contextmanager
    def reading(self) -> Generator[View]:
        """A view for the time of the block: kept and lent again, never to two at a time."""
        with self._guard:
            view = self._views.pop() if self._views else None
        if view is None:
            view = self.store.view()
        try:
            yield view
        finally:
            with self._guard:
                keep = not self.closing.is_set() and len(self._views) < 8
                if keep:
                    self._views.append(view)
            if not keep:
                view.close()

    # Trust

    def annotator(self, account: Account) -> Annotator:
        return Annotator(account.address, lambda: self.trust, self.bulk)

    # Mailboxes

    def accounts(self) -> list[Account]:
        """Without those being removed."""
        with self.reading() as view:
            return [known for known in view.accounts() if known.id not in self.leaving]

    def account(self, account: AccountId) -> Account:
        """Raises Refused account-unknown."""
        for known in self.accounts():
            if known.id == account:
                return known
        raise unknown_account()

    def mailbox(self, account: AccountId) -> Mailbox:
        """Waits for the start. Raises Refused account-unknown."""
        self.ready()
        with self._guard:
            box = self.mailboxes.get(account)
        if box is None:
            raise unknown_account()
        return box

    def open_mailbox(self, account: Account) -> Mailbox:
        if account.auth in WITH_PIN:
            self.cards.refresh()  # bound before it is said to be there: the command line ends at once
        annotator = self.annotator(account)
        box = Mailbox(
            account,
            self.store,
            annotator.whole,
            annotator.headers,
            self.credential(account),
            self._on_state,
            annotate_many=annotator.begin,
        )
        with self._guard:
            if self.closing.is_set():
                return box
            self.mailboxes[account.id] = box
        if self.engine.background:
            box.start()
        return box

    def restart_mailbox(self, account: AccountId) -> None:
        """Close its connections; it asks anew for what it shows the operator. Waits for the workers' end."""
        with self._guard:
            box = self.mailboxes.get(account)
        if box is not None:
            box.stop(timeout=5)
            if self.engine.background and not self.closing.is_set():
                box.start()

    def close_mailbox(self, account: AccountId) -> None:
        with self._guard:
            box = self.mailboxes.pop(account, None)
            self.states.pop(account, None)
        if box is not None:
            box.stop(timeout=5)

    def wake(self, account: AccountId) -> None:
        """There is a want to carry out. Never blocks."""
        with self._guard:
            box = self.mailboxes.get(account)
        if box is not None:
            box.wake()

    def look(self, account: AccountId) -> None:
        """Its operator may be asked again: there is something else to show. Never blocks."""
        with self._guard:
            box = self.mailboxes.get(account)
        if box is not None:
            box.look()

    def _committed(self, changed: Changed) -> None:
        """Whoever wrote a want down: the courier of one BAL may want something of another."""
        for account in changed.wanted:
            self.wake(account)
        if changed.accounts or "accounts" in changed.aspects:
            self._crew.do(self.cards.refresh)

    def _on_state(self, state: AccountState) -> None:
        with self._guard:
            if self.closing.is_set():
                return
            state = msgspec.structs.replace(state, reminder=self.cards.reminder(state.account))
            self.states[state.account] = state
        self.publish(Changed(states=(state,)))
        if self.cards.due_again():
            self._crew.do(self.cards.remind)

    def tell_state(self, account: AccountId) -> None:
        """Again, with what is to be remembered of its card."""
        with self._guard:
            state = self.states.get(account) or AccountState(account=account)
        self._on_state(state)

    # Secrets

    def credential(self, account: Account) -> "Callable[[], Credential]":
        return lambda: self.identities.credential(account)

    def password(self, address: str) -> Secret:
        """From ``--secrets``, else from where the profile keeps them. Raises WorldError password-missing."""
        known = self._passwords.get(address.casefold())
        if known is None:
            known = load_password(self.profile, address, store=self.store)
        if known is None:
            raise WorldError(
                "password-missing",
                _("Le mot de passe de cette boîte aux lettres n’est pas enregistré sur cet ordinateur."),
                _("Saisissez-le de nouveau."),
            )
        return known

    def hold_password(self, address: str, secret: Secret) -> None:
        """Known for the life of this desk."""
        self._passwords[address.casefold()] = secret

    def forget_password(self, address: str) -> None:
        self._passwords.pop(address.casefold(), None)

    # Changes

    def publish(self, changed: Changed) -> None:
        self.engine.publish(changed)


def _tidy(tx: Transaction) -> None:
    """Forget what is over since long: ended wants with their frozen bytes, files of drafts never kept."""
    now = int(time.time())
    journal.prune(tx, now - _ENDED_DAYS * _DAY_S)
    drafts.sweep(tx, now - _ORPHAN_DAYS * _DAY_S)


def _last_good_list(folder: Path) -> TrustList:
    """The signed list kept in the profile when it still holds; else the names shipped: they prove nothing."""
    kept = folder / WHITELIST_FILE
    if not kept.is_file():
        return whitelist.shipped()
    try:
        return whitelist.verify(kept.read_bytes(), whitelist.anchors(), datetime.now(UTC))
    except (MssError, OSError) as error:
        _log.warning("the kept list of trust was refused: %s", getattr(error, "code", "unreadable"))
        return whitelist.shipped()
