"""Contents: the message row, its annotation, its raw bytes and its words in the search index."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from mssclient.model.documents import DocumentMatch
from mssclient.model.ids import MessageId
from mssclient.model.messages import Annotation, Person
from mssclient.model.records import to_wire
from mssclient.store import correspondents
from mssclient.store.bodies import Packed, pack, unpack
from mssclient.store.connection import Reading, all_rows, one_row
from mssclient.store.index import next_docid
from mssclient.store.transaction import Transaction, Words

__all__ = ["Home", "arrival", "complete_message", "home_of", "insert_message"]

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
    docid, facts = next_docid(tx, internal_date_utc), _facts(annotation)
    tx.connection.execute(
        f"INSERT INTO message (account, rfc_message_id, octets, docid, has_body, {_FACTS})"
        f" VALUES (?, ?, ?, ?, ?, {', '.join('?' * len(facts))})",
        (home.account, summary.rfc_message_id, octets, docid, int(raw is not None), *facts),
    )
    message = MessageId(tx.connection.last_insert_rowid())
    _keep_annotation(tx, message, annotation)
    if raw is not None:
        _keep_body(tx, message, pack(raw))
    tx.words[docid] = Words(annotation, again=False)
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


def complete_message(tx: Transaction, message: MessageId, annotation: Annotation, content: Packed) -> bool:
    """The bytes of a message whose headers were here, and what they say of it. Its id stays.

    False, and nothing is done, when it is gone or its bytes are here.
    """
    known = one_row(
        tx,
        "SELECT docid, indexed, rfc_message_id, attachments, document, bio, abnormal FROM message"
        " WHERE id = ? AND has_body = 0",
        (message,),
    )
    if known is None:
        return False
    docid, indexed, rfc_message_id, *listed = known
    facts = _facts(annotation)
    tx.connection.execute(
        f"UPDATE message SET has_body = 1, ({_FACTS}) = ({', '.join('?' * len(facts))}) WHERE id = ?",
        (*facts, message),
    )
    # Both have indexes that are written anew whenever a column of theirs is named.
    if rfc_message_id != annotation.summary.rfc_message_id:
        tx.connection.execute(
            "UPDATE message SET rfc_message_id = ? WHERE id = ?",
            (annotation.summary.rfc_message_id, message),
        )
    if tuple(listed) != facts.listed:
        tx.connection.execute(
            "UPDATE placement SET attachments = ?, document = ?, bio = ?, abnormal = ? WHERE message = ?",
            (*facts.listed, message),
        )
    _keep_annotation(tx, message, annotation)
    _keep_body(tx, message, content)
    tx.words[docid] = Words(annotation, again=bool(indexed))
    tx.touch(message=message)
    return True


_FACTS = (
    "indexed, sender, address, recipients, subject, snippet, level, provisional, critical,"
    " attachments, document, bio, abnormal"
)


class _Facts(NamedTuple):
    """What the list and its filters need in columns of their own, in the order of _FACTS."""

    indexed: int
    sender: str
    address: str
    recipients: str
    subject: str
    snippet: str
    level: str
    provisional: int
    critical: int
    attachments: int
    document: str
    bio: int
    abnormal: int

    @property
    def listed(self) -> tuple[int, str, int, int]:
        """Those that a placement has too."""
        return self.attachments, self.document, self.bio, self.abnormal


def _facts(annotation: Annotation) -> _Facts:
    summary, verdict, matches = annotation.summary, annotation.verdict, annotation.matches
    return _Facts(
        indexed=2 if summary.complete else 1,
        sender=summary.sender.name or summary.sender.address,
        address=summary.sender.address,
        recipients=_recipients(summary.to or summary.cc or summary.bcc),
        subject=summary.subject,
        snippet=summary.snippet,
        level=verdict.level,
        provisional=int(verdict.provisional or not summary.complete),
        critical=int(any(match.critical for match in matches)),
        attachments=sum(not part.inline for part in summary.attachments),
        document=_telling(matches),
        bio=int(any(match.kind.startswith("hprim") or match.results > 0 for match in matches)),
        abnormal=sum(match.abnormal for match in matches),
    )


def _keep_annotation(tx: Transaction, message: MessageId, annotation: Annotation) -> None:
    summary = msgspec.structs.replace(annotation.summary, text="")
    tx.connection.execute(
        "INSERT OR REPLACE INTO annotation (message, summary, verdict, matches) VALUES (?, ?, ?, ?)",
        (message, to_wire(summary), to_wire(annotation.verdict), to_wire(annotation.matches)),
    )


def _keep_body(tx: Transaction, message: MessageId, content: Packed) -> None:
    tx.connection.execute("INSERT OR REPLACE INTO body (message, content) VALUES (?, ?)", (message, content))


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
