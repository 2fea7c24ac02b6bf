"""Contents: the message row, its annotation, its raw bytes and its words in the search index."""

from collections.abc import Iterable, Sequence

import msgspec

from mssclient.model.documents import DocumentMatch
from mssclient.model.ids import MessageId
from mssclient.model.messages import Annotation, Person
from mssclient.model.records import to_wire
from mssclient.store import correspondents
from mssclient.store.bodies import pack, unpack
from mssclient.store.connection import all_rows, one_row
from mssclient.store.transaction import Transaction

__all__ = ["annotate_message", "first_hour_docid", "index_messages", "insert_message", "set_raw"]

_PEOPLE_INDEXED = 500
_DOCID_PER_HOUR = 65_536

_DOCUMENT_ORDER = ("hprim-medecin", "hprim-sante", "hprim-xml", "apicrypt", "cda", "xdm", "pdf")
"""Most telling first: the one the list shows when a message holds several."""


def first_hour_docid(utc: int) -> int:
    """The smallest docid a message that arrived in the hour of ``utc`` may have.

    Rowids of the search index grow with the date of arrival, so that the newest hits come first without
    sorting; within an hour they grow as messages come in.
    """
    return max(0, min(utc, 1 << 40)) // 3600 * _DOCID_PER_HOUR


def _next_docid(tx: Transaction, internal_date_utc: int) -> int:
    low = first_hour_docid(internal_date_utc)
    while True:
        row = one_row(
            tx,
            "SELECT docid FROM message WHERE docid >= ? AND docid < ? ORDER BY docid DESC LIMIT 1",
            (low, low + _DOCID_PER_HOUR),
        )
        if row is None:
            return low
        if row[0] + 1 < low + _DOCID_PER_HOUR:
            return row[0] + 1
        low += _DOCID_PER_HOUR  # an import that gives everything one date


def insert_message(
    tx: Transaction, annotation: Annotation, octets: int, internal_date_utc: int, raw: bytes | None
) -> MessageId:
    """A new content, or the id of the same one that is here already.

    Two contents are the same when their bytes are: a Message-ID and a size can be forged, so messages of
    which only headers are here are never joined.
    """
    summary = annotation.summary
    if raw is not None:
        twin = _same_content(tx, summary.rfc_message_id, octets, raw)
        if twin is not None:
            return twin
    tx.connection.execute(
        "INSERT INTO message (rfc_message_id, octets, docid) VALUES (?, ?, ?)",
        (summary.rfc_message_id, octets, _next_docid(tx, internal_date_utc)),
    )
    message = MessageId(tx.connection.last_insert_rowid())
    annotate_message(tx, message, annotation)
    if raw is not None:
        set_raw(tx, message, raw)
    correspondents.note(tx, summary, internal_date_utc)
    return message


def _same_content(tx: Transaction, rfc_message_id: str, octets: int, raw: bytes) -> MessageId | None:
    if not rfc_message_id:
        return None
    for id, content in all_rows(
        tx,
        "SELECT id, content FROM message JOIN body ON message = id WHERE rfc_message_id = ? AND octets = ?",
        (rfc_message_id, octets),
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

    The search index is not touched: see :func:`index_messages`.
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


def index_messages(tx: Transaction, items: Iterable[tuple[MessageId, Annotation]]) -> None:
    """Put the words of these into the search index, in place of what was there."""
    work: list[tuple[int, int, int, Annotation]] = []
    for message, annotation in items:
        row = one_row(tx, "SELECT docid, indexed FROM message WHERE id = ?", (message,))
        if row is not None:
            work.append((row[0], row[1], message, annotation))
    # Ascending: FTS5 writes out what it has gathered whenever a rowid is smaller than the one before.
    work.sort(key=lambda item: item[0])
    for docid, indexed, message, annotation in work:
        if indexed:
            tx.connection.execute("DELETE FROM search WHERE rowid = ?", (docid,))
        tx.connection.execute(
            "INSERT INTO search (rowid, subject, sender, recipients, text, attachments, patients)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (docid, *_words(annotation)),
        )
        tx.connection.execute(
            "UPDATE message SET indexed = ? WHERE id = ?", (2 if annotation.summary.complete else 1, message)
        )


def _words(annotation: Annotation) -> tuple[str, str, str, str, str, str]:
    summary = annotation.summary
    patients = [
        " ".join(filter(None, (one.family, one.given, one.birth, one.ins, one.number)))
        for match in annotation.matches
        for one in match.patients
    ]
    titles = [match.title for match in annotation.matches if match.title]
    return (
        summary.subject,
        _people((summary.sender, *summary.reply_to)),
        _people((*summary.to, *summary.cc, *summary.bcc)),
        summary.text or summary.snippet,
        " ".join([*(part.filename for part in summary.attachments), *titles]),
        " ".join(patients),
    )


def _people(people: Sequence[Person]) -> str:
    return " ".join(f"{person.name} {person.address}" for person in people[:_PEOPLE_INDEXED])
