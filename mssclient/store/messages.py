"""Contents: the message row, its annotation, its raw bytes and its words in the search index."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from mssclient.model.documents import DocumentMatch
from mssclient.model.ids import MessageId
from mssclient.model.messages import Annotation, Person
from mssclient.model.records import to_wire
from mssclient.store import correspondents
from mssclient.store.bodies import pack, unpack
from mssclient.store.connection import Reading, all_rows, one_row
from mssclient.store.index import next_docid
from mssclient.store.transaction import Transaction

__all__ = ["Home", "annotate_message", "arrival", "home_of", "insert_message", "set_raw"]

_DOCUMENT_ORDER = ("hprim-medecin", "hprim-sante", "hprim-xml", "apicrypt", "cda", "xdm", "pdf")
"""Most telling first: the one the list shows when a message holds several."""


def arrival(utc: int) -> int:
    """An INTERNALDATE that the list can sort by; a server may say any year."""
    return max(0, min(utc, 1 << 40))


class Home(NamedTuple):
    """Where a new message comes to."""

    account: int
    address: str
    """Of the account."""
    role: str
    """Of the folder."""
    announced: bool = False
    """What comes now is news: the folder was synchronised before."""


def home_of(source: Reading, folder: int) -> Home | None:
    row = one_row(
        source,
        "SELECT a.id, a.address, f.role, f.synced FROM folder f JOIN account a ON a.id = f.account"
        " WHERE f.id = ?",
        (folder,),
    )
    return Home(row[0], row[1], row[2], bool(row[3])) if row else None


def insert_message(
    tx: Transaction,
    home: Home,
    annotation: Annotation,
    octets: int,
    internal_date_utc: int,
    raw: bytes | None,
) -> MessageId:
    """A new content, or the id of the same one that this account has already.

    Two contents are the same when their bytes are: a Message-ID and a size can be forged, so messages of
    which only headers are here are never joined. Accounts share none: a verdict is made for one account.
    """
    summary = annotation.summary
    if raw is not None:
        twin = _same_content(tx, home.account, summary.rfc_message_id, octets, raw)
        if twin is not None:
            return twin
    tx.connection.execute(
        "INSERT INTO message (account, rfc_message_id, octets, docid) VALUES (?, ?, ?, ?)",
        (home.account, summary.rfc_message_id, octets, next_docid(tx, internal_date_utc)),
    )
    message = MessageId(tx.connection.last_insert_rowid())
    annotate_message(tx, message, annotation)
    if raw is not None:
        set_raw(tx, message, raw)
    if home.role not in ("junk", "trash"):
        correspondents.note(tx, summary, home.address, internal_date_utc)
    return message


def _same_content(
    tx: Transaction, account: int, rfc_message_id: str, octets: int, raw: bytes
) -> MessageId | None:
    if not rfc_message_id:
        return None
    for id, content in all_rows(
        tx,
        "SELECT id, content FROM message JOIN body ON message = id WHERE rfc_message_id = ? AND octets = ?"
        " AND account = ?",
        (rfc_message_id, octets, account),
    ):
        if unpack(content) == raw:
            return MessageId(id)
    return None


def set_raw(tx: Transaction, message: MessageId, raw: bytes) -> None:
    tx.connection.execute(
        "INSERT OR REPLACE INTO body (message, content) VALUES (?, ?)", (message, pack(raw))
    )
    tx.connection.execute("UPDATE message SET has_body = 1 WHERE id = ?", (message,))


def annotate_message(tx: Transaction, message: MessageId, annotation: Annotation) -> None:
    """Keep what the pure rooms say of it, and what the list and its filters need in their own columns.

    The search index is not touched: see store/index.py.
    """
    summary, verdict, matches = annotation.summary, annotation.verdict, annotation.matches
    listed = sum(not part.inline for part in summary.attachments)
    facts = (
        listed,
        _telling(matches),
        int(any(match.kind.startswith("hprim") or match.results > 0 for match in matches)),
        sum(match.abnormal for match in matches),
    )
    tx.connection.execute(
        "UPDATE message SET rfc_message_id = ?, sender = ?, address = ?, recipients = ?, subject = ?,"
        " snippet = ?, level = ?, provisional = ?, critical = ?, attachments = ?, document = ?, bio = ?,"
        " abnormal = ? WHERE id = ?",
        (
            summary.rfc_message_id,
            summary.sender.name or summary.sender.address,
            summary.sender.address,
            _recipients(summary.to or summary.cc or summary.bcc),
            summary.subject,
            summary.snippet,
            verdict.level,
            int(verdict.provisional or not summary.complete),
            int(any(match.critical for match in matches)),
            *facts,
            message,
        ),
    )
    tx.connection.execute(
        "UPDATE placement SET attachments = ?, document = ?, bio = ?, abnormal = ? WHERE message = ?",
        (*facts, message),
    )
    tx.connection.execute(
        "INSERT OR REPLACE INTO annotation (message, summary, verdict, matches) VALUES (?, ?, ?, ?)",
        (message, to_wire(msgspec.structs.replace(summary, text="")), to_wire(verdict), to_wire(matches)),
    )


def _recipients(people: Sequence[Person]) -> str:
    """For line 1 of a row in Sent and Drafts; more than three are counted."""
    shown = ", ".join(person.name or person.address for person in people[:3])
    return f"{shown}, +{len(people) - 3}" if len(people) > 3 else shown


def _telling(matches: Sequence[DocumentMatch]) -> str:
    kinds = {match.kind for match in matches}
    for kind in _DOCUMENT_ORDER:
        if kind in kinds:
            return kind
    return min(kinds, default="")
