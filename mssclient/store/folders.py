"""Folders: the tree as the server lists it, and how far each is synchronised."""

from collections.abc import Sequence
from typing import Any

from mssclient.model.accounts import Folder
from mssclient.model.ids import AccountId, FolderId
from mssclient.model.language import _
from mssclient.model.records import Record
from mssclient.store import journal
from mssclient.store.connection import Reading, all_rows, one_row
from mssclient.store.transaction import Transaction

__all__ = [
    "FolderState",
    "ServerFolder",
    "find_folder",
    "folder_state",
    "folder_states",
    "folder_with_role",
    "read_folder",
    "read_folders",
    "set_folder_state",
    "sync_folder_list",
]


class ServerFolder(Record, frozen=True, kw_only=True):
    """One folder of the server's list."""

    path: str
    """Decoded full name."""
    delimiter: str = "/"
    role: str = ""
    """One of model.accounts.ROLES, or ""."""
    selectable: bool = True
    subscribed: bool = True
    shared: bool = False
    """From the namespaces of other users or of the house (RFC 2342)."""


class FolderState(Record, frozen=True, kw_only=True):
    """How far a folder is synchronised; zeros before its first time."""

    id: FolderId
    account: AccountId
    path: str
    delimiter: str = "/"
    role: str = ""
    uidvalidity: int = 0
    uidnext: int = 0
    modseq: int = 0
    messages: int = 0
    """Placements seen in it now, those not yet told by the server included."""
    known: int = 0
    """UIDs known to be in it on the server: what EXISTS is compared with."""
    synced: bool = False
    selectable: bool = True
    synced_utc: int = 0


def _role_names() -> dict[str, str]:
    return {
        "inbox": _("Boîte de réception"),
        "drafts": _("Brouillons"),
        "sent": _("Envoyés"),
        "archive": _("Archives"),
        "junk": _("Indésirables"),
        "trash": _("Corbeille"),
        "all": _("Tous les messages"),
    }


_ROLE_ORDER = ("inbox", "drafts", "sent", "archive", "junk", "trash", "all")

_FOLDER = (
    "SELECT id, account, path, name, parent, role, delimiter, messages, unread,"
    " CASE WHEN synced THEN octets ELSE max(octets, server_octets) END, rights, selectable, shared, synced"
    " FROM folder "
)
_STATE = (
    "SELECT id, account, path, delimiter, role, uidvalidity, uidnext, modseq, messages, known,"
    " synced, selectable, synced_utc FROM folder "
)


def _folder(row: tuple[Any, ...]) -> Folder:
    return Folder(
        id=row[0],
        account=row[1],
        path=row[2],
        name=row[3],
        parent=row[4],
        role=row[5],
        delimiter=row[6],
        messages=row[7],
        unread=row[8],
        octets=row[9],
        rights=row[10],
        selectable=bool(row[11]),
        shared=bool(row[12]),
        synced=bool(row[13]),
    )


def _state(row: tuple[Any, ...]) -> FolderState:
    return FolderState(
        id=row[0],
        account=row[1],
        path=row[2],
        delimiter=row[3],
        role=row[4],
        uidvalidity=row[5],
        uidnext=row[6],
        modseq=row[7],
        messages=row[8],
        known=row[9],
        synced=bool(row[10]),
        selectable=bool(row[11]),
        synced_utc=row[12],
    )


def read_folders(source: Reading, account: AccountId | None = None) -> list[Folder]:
    """Inbox, drafts, sent, archive, junk, trash first, then the others by name; one account or all."""
    where = "WHERE account = ?1 " if account is not None else ""
    rows = all_rows(source, _FOLDER + where + "ORDER BY account, position, path", (account,) if where else ())
    return [_folder(row) for row in rows]


def read_folder(source: Reading, folder: FolderId) -> Folder | None:
    row = one_row(source, _FOLDER + "WHERE id = ?", (folder,))
    return _folder(row) if row else None


def folder_state(source: Reading, folder: FolderId) -> FolderState | None:
    row = one_row(source, _STATE + "WHERE id = ?", (folder,))
    return _state(row) if row else None


def folder_states(source: Reading, account: AccountId) -> list[FolderState]:
    """In the order in which they should be synchronised: the inbox first."""
    return [
        _state(row)
        for row in all_rows(source, _STATE + "WHERE account = ? ORDER BY position, path", (account,))
    ]


def find_folder(source: Reading, account: AccountId, path: str) -> FolderId | None:
    """By its full decoded name; INBOX in any case (RFC 9051 §5.1)."""
    if path.upper() == "INBOX":
        path = "INBOX"
    row = one_row(source, "SELECT id FROM folder WHERE account = ? AND path = ?", (account, path))
    return FolderId(row[0]) if row else None


def folder_with_role(source: Reading, account: AccountId, role: str) -> FolderId | None:
    row = one_row(source, "SELECT id FROM folder WHERE account = ? AND role = ? ORDER BY id", (account, role))
    return FolderId(row[0]) if row else None


def sync_folder_list(
    tx: Transaction, account: AccountId, folders: Sequence[ServerFolder]
) -> tuple[list[FolderId], list[FolderId]]:
    """Make the tree of ``account`` what the server lists. Returns the ids added and removed.

    A folder keeps its id as long as its path is listed. With a removed one go its placements; what was
    moved into it and is not carried out yet returns to where the server still has it, its want is parked.
    """
    known = dict(all_rows(tx, "SELECT path, id FROM folder WHERE account = ?", (account,)))
    before = all_rows(tx, "SELECT * FROM folder WHERE account = ? ORDER BY id", (account,))
    listed = {"INBOX" if item.path.upper() == "INBOX" else item.path: item for item in folders}
    added: list[FolderId] = []
    taken: set[str] = set()
    for path, item in listed.items():
        role = "inbox" if path == "INBOX" else item.role
        if role in taken:
            role = ""  # two folders of one role (seen on servers with a second \\Sent): the first has it
        elif role:
            taken.add(role)
        name = _role_names().get(role) or (path.rsplit(item.delimiter, 1)[-1] if item.delimiter else path)
        position = _ROLE_ORDER.index(role) if role in _ROLE_ORDER else len(_ROLE_ORDER)
        values = (name, role, item.delimiter, item.selectable, item.subscribed, item.shared, position)
        if path in known:
            tx.connection.execute(
                "UPDATE folder SET name = ?, role = ?, delimiter = ?, selectable = ?, subscribed = ?,"
                " shared = ?, position = ? WHERE id = ?",
                (*values, known[path]),
            )
        else:
            tx.connection.execute(
                "INSERT INTO folder (name, role, delimiter, selectable, subscribed, shared, position,"
                " account, path) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*values, account, path),
            )
            added.append(FolderId(tx.connection.last_insert_rowid()))
    removed = [FolderId(id) for path, id in known.items() if path not in listed]
    for folder in removed:
        _remove(tx, folder)
    _set_parents(tx, account, listed)
    if all_rows(tx, "SELECT * FROM folder WHERE account = ? ORDER BY id", (account,)) != before:
        tx.touch(account=account, aspect="folders")
    return added, removed


def _set_parents(tx: Transaction, account: AccountId, listed: dict[str, ServerFolder]) -> None:
    ids = dict(all_rows(tx, "SELECT path, id FROM folder WHERE account = ?", (account,)))
    for path, item in listed.items():
        parent: int | None = None
        above = path
        while item.delimiter and item.delimiter in above and parent is None:
            above = above.rsplit(item.delimiter, 1)[0]
            parent = ids.get(above)
        tx.connection.execute(
            "UPDATE folder SET parent = ? WHERE id = ? AND parent IS NOT ?", (parent, ids[path], parent)
        )


def _remove(tx: Transaction, folder: FolderId) -> None:
    journal.lose_target(tx, folder)
    tx.connection.execute("DELETE FROM placement WHERE folder = ?1 OR server_folder = ?1", (folder,))
    tx.connection.execute("DELETE FROM folder WHERE id = ?", (folder,))
    tx.touch(folder=folder, aspect="folders")


def set_folder_state(
    tx: Transaction,
    folder: FolderId,
    *,
    uidvalidity: int | None = None,
    uidnext: int | None = None,
    modseq: int | None = None,
    rights: str | None = None,
    octets: int | None = None,
    synced: bool | None = None,
    synced_utc: int | None = None,
) -> None:
    """Keep what the server said; None = leave as it is. ``octets`` is its STATUS SIZE (RFC 8438)."""
    given = {
        "uidvalidity": uidvalidity,
        "uidnext": uidnext,
        "modseq": modseq,
        "rights": rights,
        "server_octets": octets,
        "synced": synced,
        "synced_utc": synced_utc,
    }
    values = {name: value for name, value in given.items() if value is not None}
    if not values:
        return
    seen = one_row(tx, "SELECT rights, server_octets, synced FROM folder WHERE id = ?", (folder,))
    assignments = ", ".join(f"{name} = :{name}" for name in values)
    tx.connection.execute(f"UPDATE folder SET {assignments} WHERE id = :id", {**values, "id": folder})
    if seen != one_row(tx, "SELECT rights, server_octets, synced FROM folder WHERE id = ?", (folder,)):
        tx.touch(folder=folder, aspect="folders")
