"""What was found of an operator from an address: how to reach it, and how we came to know."""

from mssclient.model.accounts import Endpoint
from mssclient.model.errors import Problem
from mssclient.model.ids import AccountId, FolderId
from mssclient.model.records import Record

__all__ = ["Bal", "Discovery", "DiscoveryStep", "OperatorView", "Proposal"]


class DiscoveryStep(Record, frozen=True, kw_only=True):
    """One place where we looked, for « Détails »."""

    kind: str
    """"srv", "page", "profile", "guess"."""
    what: str
    """The name or address that was asked, as a person may read it."""
    state: str
    """"found", "nothing", "failed", "refused"."""
    sentence: str
    code: str = ""
    """Of the problem, when it failed or was refused."""


class Proposal(Record, frozen=True, kw_only=True):
    """How to connect. Nothing of it was tried yet."""

    imap: Endpoint
    smtp: Endpoint
    sieve: Endpoint | None = None
    ldap: Endpoint | None = None
    carddav: str = ""
    source: str = "srv"
    """The kind of step that gave the two main hosts."""
    login: str = ""
    authentications: tuple[str, ...] = ("password",)
    """Of "password", "cps", "psc", "pkcs12", in the order in which they are proposed."""
    operator: str = ""
    """Id of the operator's profile, or ""."""
    outside: tuple[str, ...] = ()
    """Hosts that do not belong to the domain of the address: the person is asked before they are used."""


class Discovery(Record, frozen=True, kw_only=True):
    steps: tuple[DiscoveryStep, ...] = ()
    proposal: Proposal | None = None
    guess: Proposal | None = None
    """Usual names, to fill in the form when nothing was found; never used by itself."""
    problem: Problem | None = None
    """Why nothing was found, when it is something that a person can put right."""


class OperatorView(Record, frozen=True, kw_only=True):
    """What a person may see of an operator's profile."""

    id: str
    name: str
    authentications: tuple[str, ...] = ()
    login: str = "address"
    phone: str = ""
    mail: str = ""
    help: str = ""
    delegates: str = ""
    terms: str = ""
    """https address of what a person accepts at the first login."""
    terms_text: str = ""
    """Its text, when there is no such address."""
    password_page: str = ""
    change_at_first_login: bool = False
    attachment_limit_octets: int = 15_000_000
    quota_octets: int = 0
    remark: str = ""


class Bal(Record, frozen=True, kw_only=True):
    """A mailbox that can be opened: an account of its own, or one shared with an account (RFC 2342)."""

    account: AccountId
    address: str
    name: str = ""
    kind: str = "personal"
    """"personal", "organisational" or "shared"."""
    root: str = ""
    """Of a shared one: the path of its first folder on the server; "" = the account itself."""
    folder: FolderId | None = None
    """Its inbox here, when it was synchronised."""
    rights: str = ""
    """MYRIGHTS of its inbox (RFC 4314); "" when unknown."""
    unread: int = 0
