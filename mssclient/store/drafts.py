"""Messages being written, and the files copied into them."""

import time

import msgspec

from mssclient.model.drafts import Draft, DraftAttachment
from mssclient.model.errors import Refused
from mssclient.model.ids import DraftId
from mssclient.model.language import _
from mssclient.model.records import from_wire, to_wire
from mssclient.store.bodies import pack, unpack
from mssclient.store.connection import Reading, all_rows, one_row
from mssclient.store.transaction import Transaction

__all__ = [
    "add_attachment",
    "attachment",
    "attachments",
    "discard",
    "keep",
    "read_draft",
    "read_drafts",
    "sweep",
]


def keep(tx: Transaction, draft: Draft) -> None:
    """Write a draft down, over its former text. ``kept_utc`` is set here."""
    now = int(time.time())
    kept = to_wire(msgspec.structs.replace(draft, kept_utc=now))
    tx.connection.execute(
        "INSERT INTO draft (id, account, record, kept_utc) VALUES (?1, ?2, ?3, ?4)"
        " ON CONFLICT (id) DO UPDATE SET account = ?2, record = ?3, kept_utc = ?4",
        (draft.id, draft.account, kept, now),
    )
    tx.touch(aspect="drafts")


def discard(tx: Transaction, id: DraftId) -> None:
    """Forget a draft and the files in it; harmless when there is none."""
    tx.connection.execute("DELETE FROM draft_attachment WHERE draft = ?", (id,))
    tx.connection.execute("DELETE FROM draft WHERE id = ?", (id,))
    tx.touch(aspect="drafts")


def add_attachment(tx: Transaction, draft: DraftId, attachment: DraftAttachment, content: bytes) -> None:
    """Keep the content of a file; the draft itself may be kept later. Posted again: replaced."""
    tx.connection.execute(
        "INSERT OR REPLACE INTO draft_attachment (id, draft, filename, type, octets, content, added_utc)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            attachment.id,
            draft,
            attachment.filename,
            attachment.type,
            len(content),
            pack(content),
            int(time.time()),
        ),
    )
    tx.touch(aspect="drafts")


def attachment(source: Reading, id: str) -> bytes:
    """The content of one file. Raises Refused attachment-unknown."""
    row = one_row(source, "SELECT content FROM draft_attachment WHERE id = ?", (id,))
    if row is None:
        raise Refused(
            "attachment-unknown",
            _("Cette pièce jointe n’est plus dans le brouillon."),
            _("Joignez de nouveau le fichier."),
        )
    return unpack(row[0])


def attachments(source: Reading, draft: DraftId) -> tuple[DraftAttachment, ...]:
    """All files copied into a draft, in the order of their coming."""
    rows = all_rows(
        source,
        "SELECT id, filename, type, octets FROM draft_attachment WHERE draft = ? ORDER BY added_utc, rowid",
        (draft,),
    )
    return tuple(
        DraftAttachment(id=id, filename=name, type=type, octets=size) for id, name, type, size in rows
    )


def read_draft(source: Reading, id: DraftId) -> Draft | None:
    row = one_row(source, "SELECT record FROM draft WHERE id = ?", (id,))
    return from_wire(row[0], Draft) if row else None


def read_drafts(source: Reading) -> list[Draft]:
    """Newest first."""
    rows = all_rows(source, "SELECT record FROM draft ORDER BY kept_utc DESC, rowid DESC")
    return [from_wire(row[0], Draft) for row in rows]


def sweep(tx: Transaction, before_utc: int) -> int:
    """Forget files added before then to drafts that were never kept. Returns how many."""
    tx.connection.execute(
        "DELETE FROM draft_attachment WHERE added_utc < ? AND draft NOT IN (SELECT id FROM draft)",
        (before_utc,),
    )
    return tx.connection.changes()
