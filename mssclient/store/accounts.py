"""Accounts (BAL) as configured."""

import msgspec

from mssclient.model.accounts import Account, Quota
from mssclient.model.errors import Refused
from mssclient.model.ids import AccountId
from mssclient.model.language import _
from mssclient.model.records import from_wire, to_wire
from mssclient.store.connection import Reading, all_rows, one_row
from mssclient.store.transaction import Transaction

__all__ = [
    "add_account",
    "empty_account",
    "read_accounts",
    "read_quota",
    "remove_account",
    "set_quota",
    "update_account",
]


def add_account(tx: Transaction, account: Account) -> Account:
    """Keep a new account; its ``id`` is given here, the one it carries is ignored.

    Raises Refused account-known when the address is configured already.
    """
    if one_row(tx, "SELECT 1 FROM account WHERE address = ?", (account.address,)):
        raise Refused(
            "account-known",
            _("Cette adresse est déjà configurée dans ce profil."),
            _("Choisissez-la dans la liste des boîtes aux lettres."),
        )
    (position,) = one_row(tx, "SELECT coalesce(max(position) + 1, 0) FROM account") or (0,)
    tx.connection.execute(
        "INSERT INTO account (address, position, record) VALUES (?, ?, ?)",
        (account.address, position, to_wire(account)),
    )
    kept = msgspec.structs.replace(
        account, id=AccountId(tx.connection.last_insert_rowid()), position=account.position or position
    )
    update_account(tx, kept)
    return kept


def update_account(tx: Transaction, account: Account) -> None:
    """Replace what is kept of ``account.id``."""
    tx.connection.execute(
        "UPDATE account SET address = ?, position = ?, record = ? WHERE id = ?",
        (account.address, account.position, to_wire(account), account.id),
    )
    tx.touch(account=account.id, aspect="accounts")


_ITS_PLACEMENTS = " UNION ALL ".join(
    f"SELECT p.id, p.folder FROM folder f CROSS JOIN placement p ON {on} WHERE f.account = ?1"
    for on in (
        "p.folder = f.id",
        # Deleted for good here and not yet on the server: in no folder that is seen.
        "p.server_folder = f.id AND p.uid IS NOT NULL AND p.folder IS NULL",
        "p.server_folder = f.id AND p.uid IS NULL AND p.folder IS NULL",
    )
)
"""By the indexes of each: said in one with OR it would read all placements of all accounts."""


def empty_account(tx: Transaction, account: AccountId, limit: int) -> bool:
    """Take ``limit`` messages of an account that is about to be removed. False: there are no more.

    Removing 100 000 messages at once holds the writer for seconds: call this in slices of upkeep (at most
    50), with the workers of the account stopped, until it says False; then :func:`remove_account`. A stop in
    between leaves the account whole, with fewer messages.
    """
    rows = all_rows(tx, f"{_ITS_PLACEMENTS} LIMIT ?2", (account, limit))
    tx.connection.execute(
        f"DELETE FROM placement WHERE id IN ({', '.join('?' * len(rows))})", [row[0] for row in rows]
    )
    for folder in {row[1] for row in rows}:
        tx.touch(folder=folder)
    return len(rows) == limit


def remove_account(tx: Transaction, account: AccountId) -> None:
    """Forget the account with its folders, messages, wants, drafts and the settings whose names end in its id
    (``signature.3``). Nothing is changed at the operator.

    Holds the writer as long as there are messages: see :func:`empty_account`. Harmless when it is gone.
    """
    # Placements first and by themselves: the cascade from `folder` would run no trigger for the contents
    # of placements that are in no folder any more.
    tx.connection.execute(
        f"DELETE FROM placement WHERE id IN (SELECT id FROM ({_ITS_PLACEMENTS}))", (account,)
    )
    tx.connection.execute(
        "DELETE FROM draft_attachment WHERE draft IN (SELECT id FROM draft WHERE account = ?)", (account,)
    )
    tx.connection.execute("DELETE FROM setting WHERE name LIKE '%.' || ?", (account,))
    tx.connection.execute("DELETE FROM account WHERE id = ?", (account,))
    tx.touch(account=account, aspect="accounts")
    for aspect in ("folders", "wants", "outbox", "drafts"):
        tx.touch(aspect=aspect)


def set_quota(tx: Transaction, account: AccountId, quota: Quota | None) -> None:
    """What the server said (RFC 9208), in octets; None = it has no quota."""
    used, limit = (quota.used_octets, quota.limit_octets) if quota else (0, 0)
    before = one_row(tx, "SELECT quota_used, quota_limit FROM account WHERE id = ?", (account,))
    if before is not None and before != (used, limit):
        tx.connection.execute(
            "UPDATE account SET quota_used = ?, quota_limit = ? WHERE id = ?", (used, limit, account)
        )
        tx.touch(account=account, aspect="accounts")


def read_accounts(source: Reading) -> list[Account]:
    """In the order of the rail."""
    rows = all_rows(source, "SELECT id, position, record FROM account ORDER BY position, id")
    return [
        msgspec.structs.replace(from_wire(record, Account), id=AccountId(id), position=position)
        for id, position, record in rows
    ]


def read_quota(source: Reading, account: AccountId) -> Quota | None:
    row = one_row(source, "SELECT quota_used, quota_limit FROM account WHERE id = ?", (account,))
    if row is None or row[1] <= 0:
        return None
    return Quota(used_octets=row[0], limit_octets=row[1])
