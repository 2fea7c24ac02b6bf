"""A BAL removed from this computer: what would be lost is asked about first, then its contents go in slices.

The removal is decided in one transaction, on the thread of wants; from then on nothing is taken for the BAL
any more. What is left of it when the engine dies in between goes at the next start.
"""

import json
import logging
from typing import TYPE_CHECKING

from mssclient.engine import bals, passwords
from mssclient.engine.demonstration import REMOVED
from mssclient.model.accounts import Account
from mssclient.model.errors import MssError, Refused
from mssclient.model.ids import AccountId
from mssclient.model.language import _, ngettext
from mssclient.model.questions import Done
from mssclient.model.wants import RemoveAccount
from mssclient.store import accounts as kept
from mssclient.store import drafts, journal, outbox
from mssclient.store.connection import Reading
from mssclient.store.key import forget_password
from mssclient.store.settings import read_setting, set_setting
from mssclient.store.store import Priority
from mssclient.store.trace import trace
from mssclient.store.transaction import Transaction

if TYPE_CHECKING:
    from mssclient.engine.desk import Desk

__all__ = ["LEAVING", "begin", "carry_on", "finish", "leaving"]

_log = logging.getLogger(__name__)
LEAVING = "accounts.leaving"
"""Setting: ids of BAL whose removal was begun."""
_SLICE = 50


def leaving(source: Reading) -> frozenset[AccountId]:
    return frozenset(AccountId(id) for id in read_setting(source, LEAVING, []))


def begin(desk: "Desk", want: RemoveAccount) -> Account | None:
    """Decide the removal; None when that was done before a crash. On the thread of wants.

    Raises Refused account-unknown, account-unsent (``drop_unsent`` was not said).
    """
    if want.account in desk.leaving:
        return None
    account = desk.account(want.account)

    def decide(tx: Transaction) -> None:
        if not want.drop_unsent and (lost := _unsent(tx, account.id)):
            raise _would_be_lost(lost)
        set_setting(tx, LEAVING, json.dumps(sorted({*leaving(tx), account.id})))
        trace(tx, account.id, "account-remove", "")

    desk.store.write(Priority.PERSON, decide)
    desk.leaving |= {account.id}
    return account


def _unsent(tx: Transaction, account: AccountId) -> list[str]:
    """What exists nowhere else, counted in words."""
    sends = sum(item.account == account for item in outbox.read_outbox(tx))
    written = sum(draft.account == account for draft in drafts.read_drafts(tx))
    filed = sum(want.account == account and want.kind == "append" for want in journal.read_wants(tx))
    counted = (
        (sends, ngettext("{count} envoi", "{count} envois", sends)),
        (written, ngettext("{count} brouillon", "{count} brouillons", written)),
        (filed, ngettext("{count} message à ranger", "{count} messages à ranger", filed)),
    )
    return [words.format(count=count) for count, words in counted if count]


def _would_be_lost(lost: list[str]) -> MssError:
    return Refused(
        "account-unsent",
        _("Ce qui n’est pas encore chez l’opérateur serait perdu\u00a0: {what}.").format(
            what=", ".join(lost)
        ),
        _("Terminez-le d’abord, ou confirmez que la boîte aux lettres doit être retirée avec cela."),
    )


def finish(desk: "Desk", account: Account) -> Done:
    """Stop its workers and forget all of it; nothing changes at the operator. Blocks for its size."""
    desk.close_mailbox(account.id)
    while desk.store.write(Priority.UPKEEP, lambda tx: kept.empty_account(tx, account.id, _SLICE)):
        pass

    def forget(tx: Transaction) -> None:
        kept.remove_account(tx, account.id)
        bals.forget(tx, account.id)
        set_setting(tx, LEAVING, json.dumps(sorted(leaving(tx) - {account.id})))
        if desk.profile.demo:
            removed = [*read_setting(tx, REMOVED, []), account.address.casefold()]
            set_setting(tx, REMOVED, json.dumps(removed))

    # Before the account: once it is gone nobody would look for its password any more.
    desk.forget_password(account.address)
    forget_password(desk.profile, account.address, store=desk.store)
    passwords.forget(desk, account)
    desk.store.write(Priority.PERSON, forget)
    desk.identities.forget_strangers()
    return Done()


def carry_on(desk: "Desk", begun: frozenset[AccountId]) -> None:
    """Finish what an earlier run had begun. Blocks; not the thread of wants."""
    try:
        with desk.reading() as view:
            gone = [known for known in view.accounts() if known.id in begun]
        for account in gone:
            finish(desk, account)
    except MssError as error:
        if not desk.closing.is_set():
            _log.warning("a removed account is not gone yet: %s", error.code)
