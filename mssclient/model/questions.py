"""Questions: answered without changing the mail. Long ones report progress and can be cancelled by id."""

from mssclient.model.accounts import Account, AccountState, Folder, Quota
from mssclient.model.cards import CardCertificate, CardState, ModuleCertificate
from mssclient.model.diagnosis import Check, Requirement
from mssclient.model.documents import Patient
from mssclient.model.drafts import Draft, OutboxItem, RouteOf
from mssclient.model.errors import Problem
from mssclient.model.ids import AccountId, DraftId, FolderId, PlacementId
from mssclient.model.messages import MessageView, Person, Row
from mssclient.model.operators import Bal, Discovery, OperatorView
from mssclient.model.passwords import PasswordRules
from mssclient.model.records import Record
from mssclient.model.verdicts import TrustListState

__all__ = [
    "ANY_ANSWER",
    "ANY_QUESTION",
    "Answer",
    "BalsAnswer",
    "CardsAnswer",
    "CertificatesAnswer",
    "Check",
    "CompleteAddress",
    "Completions",
    "Delivered",
    "DeliveryReport",
    "Diagnose",
    "Diagnosis",
    "Discover",
    "DiscoveryAnswer",
    "Done",
    "DraftAnswer",
    "FolderSync",
    "MessageAnswer",
    "NewDraft",
    "NotificationAnswer",
    "OpenAttachment",
    "OperatorsAnswer",
    "OutboxAnswer",
    "PasswordChanged",
    "PasswordHow",
    "Paths",
    "Question",
    "RawAnswer",
    "ReadBals",
    "ReadCards",
    "ReadCertificates",
    "ReadDraft",
    "ReadMessage",
    "ReadNotification",
    "ReadOperators",
    "ReadOutbox",
    "ReadPasswordRules",
    "ReadRaw",
    "ReadSettings",
    "ReadState",
    "Routes",
    "RoutesAnswer",
    "SaveAttachments",
    "Search",
    "SearchAnswer",
    "SettingsAnswer",
    "StateAnswer",
    "SyncReport",
]


class Question(Record, frozen=True, kw_only=True, tag_field="question"):
    """Base of all questions."""


class ReadMessage(Question, frozen=True, kw_only=True, tag="read_message"):
    """Open one message; fetched from the operator first when its body is not here. → MessageView"""

    placement: PlacementId
    dark: bool = False
    width: int = 600


class ReadRaw(Question, frozen=True, kw_only=True, tag="read_raw"):
    """→ RawAnswer"""

    placement: PlacementId


class Search(Question, frozen=True, kw_only=True, tag="search"):
    """The window's search language. A newer one of the same ``lane`` interrupts an older. → SearchAnswer"""

    query: str
    limit: int = 50
    account: AccountId | None = None
    folder: FolderId | None = None
    lane: str = ""


class NewDraft(Question, frozen=True, kw_only=True, tag="new_draft"):
    """A prefilled draft: new, reply, reply-all or forward. Not kept until KeepDraft. → DraftAnswer"""

    account: AccountId
    action: str = "new"
    placement: PlacementId | None = None
    to: tuple[Person, ...] = ()
    subject: str = ""
    text: str = ""


class ReadDraft(Question, frozen=True, kw_only=True, tag="read_draft"):
    """A kept draft by id, or the one of a placement in Drafts. With neither: all of them, newest first."""

    draft: DraftId | None = None
    placement: PlacementId | None = None


class ReadOutbox(Question, frozen=True, kw_only=True, tag="read_outbox"):
    """→ OutboxAnswer"""

    all: bool = False
    """Also what was submitted."""


class Routes(Question, frozen=True, kw_only=True, tag="routes"):
    """→ RoutesAnswer"""

    account: AccountId
    addresses: tuple[str, ...]


class CompleteAddress(Question, frozen=True, kw_only=True, tag="complete_address"):
    """Known correspondents. → Completions"""

    prefix: str
    limit: int = 8
    lane: str = "complete"


class OpenAttachment(Question, frozen=True, kw_only=True, tag="open_attachment"):
    """Write one attachment read-only into the profile's private folder, to open or drag out. → Paths"""

    placement: PlacementId
    part: str


class SaveAttachments(Question, frozen=True, kw_only=True, tag="save_attachments"):
    """Write attachments where the person chose; never overwrites (a number is added). → Paths"""

    placement: PlacementId
    parts: tuple[str, ...]
    """Empty = all listed ones."""
    directory: str
    filename: str = ""
    """For a single part: the name the person gave."""


class Diagnose(Question, frozen=True, kw_only=True, tag="diagnose"):
    """Reports progress, can be cancelled. → Diagnosis"""

    account: AccountId | None = None
    requirements: bool = False
    """Also what this program does about each requirement of the référentiel."""


class ReadState(Question, frozen=True, kw_only=True, tag="read_state"):
    """Accounts, folders, states at once. → StateAnswer"""


class ReadSettings(Question, frozen=True, kw_only=True, tag="read_settings"):
    """→ SettingsAnswer"""


class Discover(Question, frozen=True, kw_only=True, tag="discover"):
    """Look for the servers of an address. Reports progress, can be cancelled. → DiscoveryAnswer"""

    address: str
    operator: str = ""
    """Id of a profile that the person chose."""
    ca_pem: str = ""


class ReadOperators(Question, frozen=True, kw_only=True, tag="read_operators"):
    """Profiles to choose from. → OperatorsAnswer"""


class ReadCards(Question, frozen=True, kw_only=True, tag="read_cards"):
    """Readers and certificates now; ``Changed.aspects`` "cards" tells when to ask again. → CardsAnswer"""


class ReadCertificates(Question, frozen=True, kw_only=True, tag="read_certificates"):
    """Software certificates behind the PKCS#11 modules of this computer, without PIN. → CertificatesAnswer"""

    uri: str = ""
    """Only what agrees with it."""


class ReadBals(Question, frozen=True, kw_only=True, tag="read_bals"):
    """Every mailbox that can be opened, of one account or of all. → BalsAnswer"""

    account: AccountId | None = None
    fresh: bool = False
    """Ask the server for shared ones and rights; else what is known here."""


class ReadPasswordRules(Question, frozen=True, kw_only=True, tag="password_rules"):
    """How the password of a BAL is changed, and what its operator asks of a new one. → PasswordHow"""

    account: AccountId


class ReadNotification(Question, frozen=True, kw_only=True, tag="read_notification"):
    """The ordinary address that hears of new mail of a BAL. → NotificationAnswer"""

    account: AccountId


ANY_QUESTION = (
    ReadMessage
    | ReadRaw
    | Search
    | NewDraft
    | ReadDraft
    | ReadOutbox
    | Routes
    | CompleteAddress
    | OpenAttachment
    | SaveAttachments
    | Diagnose
    | ReadState
    | ReadSettings
    | Discover
    | ReadOperators
    | ReadCards
    | ReadCertificates
    | ReadBals
    | ReadPasswordRules
    | ReadNotification
)


class Answer(Record, frozen=True, kw_only=True, tag_field="answer"):
    """Base of all answers."""


class MessageAnswer(Answer, frozen=True, kw_only=True, tag="message"):
    view: MessageView


class DiscoveryAnswer(Answer, frozen=True, kw_only=True, tag="discovery"):
    discovery: Discovery
    operator: OperatorView | None = None
    """Whose profile it is, when one was recognised or chosen."""


class OperatorsAnswer(Answer, frozen=True, kw_only=True, tag="operators"):
    operators: tuple[OperatorView, ...] = ()


class CardsAnswer(Answer, frozen=True, kw_only=True, tag="cards"):
    cards: tuple[CardState, ...] = ()
    certificates: dict[str, tuple[CardCertificate, ...]] = {}
    """By reader: those a person may log in with."""
    problem: Problem | None = None
    """No service, no reader, no library …"""


class CertificatesAnswer(Answer, frozen=True, kw_only=True, tag="certificates"):
    certificates: tuple[ModuleCertificate, ...] = ()
    problem: Problem | None = None
    """No module, no token, no such certificate…"""


class BalsAnswer(Answer, frozen=True, kw_only=True, tag="bals"):
    bals: tuple[Bal, ...] = ()


class NotificationAnswer(Answer, frozen=True, kw_only=True, tag="notification"):
    address: str = ""
    """"" when nobody is told."""
    by_operator: bool = False
    """The operator can be told of it from here; else it is only kept on this computer."""


class PasswordHow(Answer, frozen=True, kw_only=True, tag="password_how"):
    here: bool
    """It can be changed from this program; else on ``page``."""
    page: str = ""
    """https address of the operator's own page, or ""."""
    rules: PasswordRules = PasswordRules()


class PasswordChanged(Answer, frozen=True, kw_only=True, tag="password_changed"):
    """The new password is in force; ``pending`` names what does not take it yet: imap, smtp, sieve."""

    pending: tuple[str, ...] = ()


class RawAnswer(Answer, frozen=True, kw_only=True, tag="raw"):
    raw: bytes


class SearchAnswer(Answer, frozen=True, kw_only=True, tag="search"):
    rows: tuple[Row, ...]
    complete: bool
    """False when some text is not indexed yet."""
    total: int = 0


class DraftAnswer(Answer, frozen=True, kw_only=True, tag="draft"):
    drafts: tuple[Draft, ...]


class OutboxAnswer(Answer, frozen=True, kw_only=True, tag="outbox"):
    items: tuple[OutboxItem, ...]


class RoutesAnswer(Answer, frozen=True, kw_only=True, tag="routes"):
    routes: tuple[RouteOf, ...]
    level: str = "unknown"
    """The worst of all: decides the Send button."""
    sentence: str = ""


class Completions(Answer, frozen=True, kw_only=True, tag="completions"):
    people: tuple[Person, ...]
    levels: tuple[str, ...] = ()


class Paths(Answer, frozen=True, kw_only=True, tag="paths"):
    paths: tuple[str, ...]


class Diagnosis(Answer, frozen=True, kw_only=True, tag="diagnosis"):
    checks: tuple[Check, ...]
    requirements: tuple[Requirement, ...] = ()
    support: tuple[OperatorView, ...] = ()
    """Whom to call about these accounts."""
    text: str = ""
    """All of it for a support desk, without health or personal data."""


class StateAnswer(Answer, frozen=True, kw_only=True, tag="state"):
    accounts: tuple[Account, ...]
    folders: tuple[Folder, ...]
    states: tuple[AccountState, ...] = ()
    quotas: dict[int, Quota] = {}
    trust_list: TrustListState = TrustListState()
    demo: bool = False
    can_announce: bool = False
    """The setting ``lock.announce`` has an effect: new mail may be announced while the store is locked."""


class SettingsAnswer(Answer, frozen=True, kw_only=True, tag="settings"):
    values: dict[str, str]
    """Name → JSON text."""


class FolderSync(Record, frozen=True, kw_only=True):
    account: AccountId
    folder: str
    messages: int = 0
    added: int = 0
    changed: int = 0
    vanished: int = 0
    seconds: float = 0.0
    problem: Problem | None = None
    """The server refused this folder: it stays as it was, the others do not wait for it."""


class SyncReport(Answer, frozen=True, kw_only=True, tag="sync"):
    """The end of a Sync want."""

    folders: tuple[FolderSync, ...] = ()
    wants: dict[str, int] = {}
    problems: dict[int, Problem] = {}
    """By account."""


class Delivered(Record, frozen=True, kw_only=True):
    """One file of a delivery, or why it was not written."""

    message: PlacementId
    part: str
    kind: str = ""
    file: str = ""
    """Name inside the directory."""
    sha256: str = ""
    patients: tuple[Patient, ...] = ()
    sender: str = ""
    reason: str = ""
    """French, for skipped and failed ones: « déjà déposé », « fragment »."""
    code: str = ""
    """Stable: already-delivered, fragment, encrypted, unreadable, write-failed."""
    correction: bool = False


class DeliveryReport(Answer, frozen=True, kw_only=True, tag="delivery"):
    """The end of a DeliverHprim want."""

    delivered: tuple[Delivered, ...] = ()
    skipped: tuple[Delivered, ...] = ()
    failed: tuple[Delivered, ...] = ()
    dry_run: bool = False


class Done(Answer, frozen=True, kw_only=True, tag="done"):
    """The end of a want that has nothing more to say."""

    text: str = ""
    account: Account | None = None


ANY_ANSWER = (
    MessageAnswer
    | RawAnswer
    | SearchAnswer
    | DraftAnswer
    | OutboxAnswer
    | RoutesAnswer
    | Completions
    | Paths
    | Diagnosis
    | StateAnswer
    | SettingsAnswer
    | SyncReport
    | DeliveryReport
    | DiscoveryAnswer
    | OperatorsAnswer
    | CardsAnswer
    | CertificatesAnswer
    | BalsAnswer
    | PasswordHow
    | PasswordChanged
    | NotificationAnswer
    | Done
)
