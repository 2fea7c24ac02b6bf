"""The accounts of an open store that a card opens: whose profile it is, and what follows when the card goes.

A profile with such an account is bound to the card (``store.persons``): it then opens with the card and its
PIN only; a token that is no CPS binds nothing. What is pulled closes the connections at once; locking is the
engine's.
"""

import json
import logging
import threading
import time
from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from mssclient.access.card.certificate import expiry_notice
from mssclient.engine.cards import CARD_MODULE
from mssclient.model.accounts import WITH_PIN, Account
from mssclient.model.cards import CardCertificate
from mssclient.model.errors import MssError
from mssclient.model.ids import AccountId
from mssclient.store.persons import Person, bound_card, keep_person, read_person
from mssclient.store.settings import read_setting, set_setting
from mssclient.store.store import Priority

if TYPE_CHECKING:
    from mssclient.engine.desk import Desk

__all__ = ["EXPIRY_SAID", "LOCK_ON_REMOVAL", "CardAccounts"]

_log = logging.getLogger(__name__)
LOCK_ON_REMOVAL = "lock.card_removed"
"""Setting: false = a pulled card closes its connections, and the messages that are here can still be read."""
EXPIRY_SAID = "card.expiry_said"
"""Setting: the day (ISO 8601) on which the end of a card's certificate was last told."""


class CardAccounts:
    """Any thread unless said otherwise."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk
        self._guard = threading.Lock()
        self._refreshing = threading.Lock()
        """A new account asks for it while its commit does: two may not write one file."""
        self._accounts: tuple[Account, ...] = ()
        self._certificates: dict[str, CardCertificate] = {}
        """Of cards that were seen, by fingerprint."""
        self._reminders: dict[AccountId, str] = {}
        self._said = ""

    def refresh(self) -> None:
        """After the start and when accounts change: bind the profile, and watch readers if that is needed."""
        with self._refreshing:
            self._refresh()

    def _refresh(self) -> None:
        accounts = self._desk.accounts()
        with_pin = tuple(each for each in accounts if each.auth in WITH_PIN)
        mine = tuple(each for each in with_pin if each.auth == "cps")
        with self._guard:
            self._accounts = with_pin
        if self._desk.profile.demo:
            return
        with self._desk.reading() as view:
            module = str(read_setting(view, CARD_MODULE, ""))
        known = read_person(self._desk.profile)
        first = accounts[0] if accounts else None
        name = known.name if known.chosen or first is None else first.name or first.address
        cards = tuple(
            dict.fromkeys(bound_card(each.certificate, each.national_id) for each in mine if each.certificate)
        )
        try:
            keep_person(
                self._desk.profile,
                Person(name=name, chosen=known.chosen, cards=cards, card_module=module if cards else ""),
            )
        except MssError as error:
            if not self._desk.closing.is_set():
                _log.warning("whose profile this is was not kept: %s", error.code)
        if mine or module:
            self._desk.engine.cards.module = module
        if with_pin and self._desk.engine.background:
            self._desk.engine.cards.begin()
            self._miss_nothing()
        self.remind()  # the card may have been seen before its account was there

    def _miss_nothing(self) -> None:
        """A card that was pulled before it was known whose it is: as if it were pulled now."""
        engine = self._desk.engine
        for held in self._desk.identities.held_cards():
            if engine.cards.was_pulled(held.token.reader):
                engine.card_pulled(held.token.reader, frozenset((held.certificate.fingerprint,)))

    def of_card(self, reader: str, fingerprints: Collection[str]) -> tuple[Account, ...]:
        """Those that were opened with the card that was in ``reader``. Never waits."""
        held = {
            each.certificate.fingerprint
            for each in self._desk.identities.held_cards()
            if each.token.reader == reader
        }
        with self._guard:
            return tuple(one for one in self._accounts if one.certificate in held.union(fingerprints))

    def locks(self) -> bool:
        """Whether a pulled card locks."""
        with self._desk.reading() as view:
            return read_setting(view, LOCK_ON_REMOVAL, True) is not False

    def leave(self, reader: str, accounts: Collection[Account]) -> None:
        """Close what the pulled card had opened; the rest goes on. Waits for the workers to end."""
        self._desk.identities.drop_cards(reader, reset=False)
        for account in accounts:
            self._desk.restart_mailbox(account.id)

    # The end of its certificate

    def seen(self, certificates: Collection[CardCertificate]) -> None:
        """A card came: said once a day when it ends within 60 days. Not the watch's thread: it writes."""
        with self._guard:
            self._certificates.update({each.fingerprint: each for each in certificates})
        self.remind()

    def remind(self) -> None:
        """Say it when it was not said today. Writes: no thread that must not wait."""
        try:
            self._remind()
        except MssError as error:
            if not self._desk.closing.is_set():
                _log.warning("the end of a card was not told: %s", error.code)

    def _remind(self) -> None:
        now_utc, today = int(time.time()), _today()
        with self._guard:
            due = {
                account.id: expiry_notice(self._certificates[account.certificate], now_utc)
                for account in self._accounts
                if account.auth == "cps" and account.certificate in self._certificates
            }
            due = {account: words for account, words in due.items() if words}
        if not due:
            return
        with self._desk.reading() as view:
            said = str(read_setting(view, EXPIRY_SAID, ""))
        if said != today:
            self._desk.store.write(
                Priority.UPKEEP, lambda tx: set_setting(tx, EXPIRY_SAID, json.dumps(today))
            )
            with self._guard:
                self._reminders = due
        with self._guard:
            self._said = today
            told = dict(self._reminders)
        for account in told:
            self._desk.tell_state(account)

    def reminder(self, account: AccountId) -> str:
        with self._guard:
            return self._reminders.get(account, "")

    def due_again(self) -> bool:
        """Another day has begun since it was last looked at."""
        with self._guard:
            return bool(self._certificates) and self._said not in ("", _today())


def _today() -> str:
    """The person's day."""
    return datetime.now().astimezone().date().isoformat()
