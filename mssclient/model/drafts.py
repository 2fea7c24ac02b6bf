"""What is being written, and what is leaving."""

from mssclient.model.errors import Problem
from mssclient.model.ids import AccountId, DraftId, FolderId, PlacementId
from mssclient.model.messages import Person
from mssclient.model.records import Record

__all__ = ["PHASES", "Draft", "DraftAttachment", "OutboxItem", "RefusedRecipient", "RouteOf"]

PHASES = (
    "prepared",
    "connected",
    "recipients_accepted",
    "data_started",
    "data_ended",
    "submitted",
)


class DraftAttachment(Record, frozen=True, kw_only=True):
    """A file already copied into the store by the engine."""

    id: str
    filename: str
    type: str
    octets: int


class Draft(Record, frozen=True, kw_only=True):
    """A message being written; kept every few seconds by a ``KeepDraft`` want."""

    id: DraftId
    account: AccountId
    to: tuple[Person, ...] = ()
    cc: tuple[Person, ...] = ()
    bcc: tuple[Person, ...] = ()
    subject: str = ""
    text: str = ""
    attachments: tuple[DraftAttachment, ...] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    answers: PlacementId | None = None
    """The message replied to or forwarded, to be marked when this one has left."""
    action: str = "new"
    """"new", "reply", "reply-all" or "forward"."""
    kept_utc: int = 0


class RefusedRecipient(Record, frozen=True, kw_only=True):
    address: str
    code: int
    sentence: str


class OutboxItem(Record, frozen=True, kw_only=True):
    """A frozen message on its way out (« Suivi des envois »)."""

    want: str
    account: AccountId
    rfc_message_id: str
    subject: str
    recipients: tuple[str, ...]
    state: str
    """waiting, doing, done, parked, uncertain, undone."""
    phase: str = "prepared"
    since_utc: int = 0
    queue_id: str = ""
    filed: bool = False
    sent_folder: FolderId | None = None
    refused: tuple[RefusedRecipient, ...] = ()
    problem: Problem | None = None


class RouteOf(Record, frozen=True, kw_only=True):
    """How one recipient would be reached (the colour of its chip)."""

    address: str
    level: str
    """As in a verdict: mssante, patient, apicrypt, ordinary; "unknown" when it is no address."""
    sentence: str = ""
    verified: bool = True
    """False: said by the names shipped with the program, which nobody signed, or by a list whose signature
    has expired; never shown in green."""
