"""Accounts (BAL), folders and their state. Sizes in octets, times in Unix seconds UTC."""

from mssclient.model.errors import Problem
from mssclient.model.ids import AccountId, FolderId
from mssclient.model.records import Record

__all__ = [
    "ROLES",
    "TAGS",
    "WITH_PIN",
    "Account",
    "AccountState",
    "Endpoint",
    "Folder",
    "Quota",
    "Tag",
]

WITH_PIN = ("cps", "pkcs11")
"""``Account.auth`` of those whose key stays on a card or token, behind a PIN that is kept nowhere."""
ROLES = ("inbox", "drafts", "sent", "archive", "junk", "trash", "all")


class Endpoint(Record, frozen=True, kw_only=True):
    """Where a service listens. ``security`` is "tls" or "starttls"; clear text does not exist here."""

    host: str
    port: int
    security: str = "tls"


class Account(Record, frozen=True, kw_only=True):
    """One BAL as configured. Holds no secret."""

    id: AccountId
    address: str
    name: str = ""
    """Display name used in From."""
    kind: str = "personal"
    """"personal" or "organisational"."""
    login: str = ""
    imap: Endpoint
    smtp: Endpoint
    auth: str = "password"
    """"password", "cps", "psc", "pkcs12" (a file) or "pkcs11" (a token behind a module)."""
    ca_pem: str = ""
    """A trust anchor of this account only, PEM; "" = the anchors of its operator."""
    mssante: bool = False
    """The address's own domain is in the list of trust."""
    operator: str = ""
    """Id of the operator's profile (``operators.profiles``), or ""."""
    sieve: Endpoint | None = None
    ldap: Endpoint | None = None
    certificate: str = ""
    """For "cps" and "pkcs11": SHA-256 fingerprint of the certificate that it was opened with."""
    pkcs12: str = ""
    """For "pkcs12": path of the file."""
    pkcs11: str = ""
    """For "pkcs11": URI of the certificate (RFC 7512)."""
    psc_subject: str = ""
    """For "psc": SHA-256 of the provider's name for the person; another person is refused."""
    national_id: str = ""
    """For "psc": whom to ask on the telephone."""
    capabilities: tuple[str, ...] = ()
    attachment_limit_octets: int = 15_000_000
    position: int = 0


class Quota(Record, frozen=True, kw_only=True):
    used_octets: int
    limit_octets: int


class AccountState(Record, frozen=True, kw_only=True):
    """How the engine is doing with an account now; not stored, carried by changes."""

    account: AccountId
    state: str = "offline"
    """"offline", "connecting", "syncing", "online", "refused"."""
    last_sync_utc: int = 0
    problem: Problem | None = None
    notice: str = ""
    """What the last turn had to leave out, in French; the rest is up to date."""
    reminder: str = ""
    """For once a day, in French: the certificate of the card ends soon."""
    todo_messages: int = 0
    """Bodies still to fetch, for the progress line."""
    done_messages: int = 0


class Folder(Record, frozen=True, kw_only=True):
    id: FolderId
    account: AccountId
    path: str
    """Decoded full name on the server."""
    name: str
    """Last element, or the French name of its role."""
    parent: FolderId | None = None
    role: str = ""
    delimiter: str = "/"
    messages: int = 0
    unread: int = 0
    octets: int = 0
    rights: str = ""
    """RFC 4314 letters; "" when unknown."""
    selectable: bool = True
    shared: bool = False
    synced: bool = False
    """Its headers are all here."""


class Tag(Record, frozen=True, kw_only=True):
    """A coloured tag: an IMAP keyword with a French label."""

    keyword: str
    label: str
    colour: str
    """One of the eight names of VISUAL.md: rouge, orange, jaune, vert, turquoise, bleu, violet, gris."""


TAGS: tuple[Tag, ...] = (
    Tag(keyword="Urgent", label="Urgent", colour="rouge"),
    Tag(keyword="A_rappeler", label="À rappeler", colour="bleu"),
    Tag(keyword="Classe", label="Classé", colour="vert"),
    Tag(keyword="Domicile", label="Domicile", colour="violet"),
    Tag(keyword="A_verifier", label="À vérifier", colour="orange"),
    Tag(keyword="Secretariat", label="Secrétariat", colour="turquoise"),
)
"""Tags known at first; an unknown keyword is shown grey under its own name."""
