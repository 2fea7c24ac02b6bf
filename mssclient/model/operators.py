"""What was found of an operator from an address: how to reach it, and how we came to know."""

from mssclient.model.accounts import Endpoint
from mssclient.model.records import Record

__all__ = ["Discovery", "DiscoveryStep", "Proposal"]


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
