"""Messages as the store keeps them and the window shows them. All times are Unix seconds in UTC."""

from mssclient.model.documents import Document, DocumentMatch
from mssclient.model.errors import Problem
from mssclient.model.ids import AccountId, FolderId, MessageId, PlacementId
from mssclient.model.records import Record
from mssclient.model.verdicts import Verdict

__all__ = [
    "Annotation",
    "AttachmentInfo",
    "CompiledHtml",
    "MessageView",
    "Person",
    "Picture",
    "Row",
    "Summary",
]


class Person(Record, frozen=True, kw_only=True):
    """A name and an address as written in a header; either may be empty."""

    name: str = ""
    address: str = ""


class AttachmentInfo(Record, frozen=True, kw_only=True):
    """One part that a person can open or save."""

    path: str
    """IMAP section number: "2", "1.3"."""
    filename: str
    """Decoded and safe to show; "" when the sender gave none."""
    type: str
    """Lower-case media type."""
    octets: int
    """Size of the decoded content."""
    inline: bool = False
    """Shown inside the text (a picture of the HTML body), not listed as an attachment."""
    flags: tuple[str, ...] = ()
    """"double-extension", "executable", "encrypted", "macro"…"""


class Summary(Record, frozen=True, kw_only=True):
    """What one reading of a message says about it, bounded; fills the store's row and the search index."""

    subject: str = ""
    sender: Person = Person()
    """The first From mailbox."""
    from_count: int = 1
    """How many mailboxes all From headers name together; anything but 1 is suspicious."""
    to: tuple[Person, ...] = ()
    cc: tuple[Person, ...] = ()
    bcc: tuple[Person, ...] = ()
    reply_to: tuple[Person, ...] = ()
    date_utc: int = 0
    """The Date header; 0 when missing or unusable."""
    rfc_message_id: str = ""
    """With its angle brackets."""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    attachments: tuple[AttachmentInfo, ...] = ()
    text: str = ""
    """Words for the search index, at most 200 000 characters; "" while only headers are here."""
    snippet: str = ""
    """The first words of the text, at most 140 characters, one line."""
    receipt_to: str = ""
    """Disposition-Notification-To."""
    defects: tuple[str, ...] = ()
    complete: bool = True
    """False when made from headers only."""


class Row(Record, frozen=True, kw_only=True):
    """One line of the message list: everything the delegate paints, nothing else."""

    id: PlacementId
    message: MessageId
    folder: FolderId
    account: AccountId
    date_utc: int
    """INTERNALDATE, the sort key."""
    sender: str
    """What line 1 shows: a name or address; the recipients in Sent and Drafts."""
    address: str
    subject: str
    flags: tuple[str, ...] = ()
    """Lower case, without backslash: seen, answered, flagged, draft, deleted."""
    keywords: tuple[str, ...] = ()
    level: str = "unknown"
    """Of :class:`Verdict`; "unknown" until judged."""
    provisional: bool = False
    """The verdict and document were made without the whole message."""
    document: str = ""
    """Kind of the most telling document: hprim-medecin, cda, xdm, pdf…"""
    abnormal: int = 0
    critical: bool = False
    attachments: int = 0
    octets: int = 0
    snippet: str = ""
    pending: bool = False
    """A want on it has not been carried out yet."""


class Picture(Record, frozen=True, kw_only=True):
    """A picture decoded and encoded again by the bounded child: the only kind the window decodes."""

    data: bytes
    """PNG or JPEG."""
    width: int
    height: int


class CompiledHtml(Record, frozen=True, kw_only=True):
    """The small, safe dialect that QTextBrowser draws (DESIGN.md, HTML mail)."""

    html: str
    text: str
    """The same words for quoting, with "> " levels."""
    background: str = "#ffffff"
    sources: dict[str, str] = {}
    """"img:N" → "cid:…", "data:…" or "https:…": resolved by the engine, never by the window."""
    pictures: dict[str, Picture] = {}
    remote_blocked: int = 0
    warnings: tuple[str, ...] = ()
    degraded: str = ""
    """Why the body was simplified; "" when it was not."""


class Annotation(Record, frozen=True, kw_only=True):
    """All that the pure rooms say of one message: what the store keeps beside its bytes."""

    summary: Summary
    verdict: Verdict
    matches: tuple[DocumentMatch, ...] = ()


class MessageView(Record, frozen=True, kw_only=True):
    """An opened message: all that the reader shows, ready to paint."""

    row: Row
    summary: Summary
    verdict: Verdict
    headers: tuple[tuple[str, str], ...] = ()
    """Every header, decoded, in order, for « Voir les en-têtes »."""
    text: str = ""
    html: CompiledHtml | None = None
    documents: tuple[Document, ...] = ()
    matches: tuple[DocumentMatch, ...] = ()
    defects: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """French: the defects that a reader should know of, one sentence each."""
    downloaded: bool = True
    problem: Problem | None = None
    """Why the body is not here (``downloaded`` is False then)."""
