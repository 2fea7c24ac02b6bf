"""The lines of the diagnosis, and what this program does about each requirement of the référentiel."""

from mssclient.model.ids import AccountId
from mssclient.model.records import Record

__all__ = ["REQUIREMENT_STATES", "Check", "Requirement"]

REQUIREMENT_STATES = ("done", "partly", "not-yet", "not-applicable")


class Check(Record, frozen=True, kw_only=True):
    """One line of the diagnosis. Holds no address, name, subject or path: it may leave the practice."""

    area: str
    check: str
    state: str
    """ok, warn, fail or skip."""
    sentence: str
    remedy: str = ""
    account: AccountId | None = None
    code: str = ""
    """Of a failed one: the code of the problem."""
    exit_code: int = 3
    detail: str = ""
    """For the support desk; English allowed."""


class Requirement(Record, frozen=True, kw_only=True):
    """One requirement, "ECO.1.1.1" say, as this program meets it."""

    id: str
    title: str
    """What it asks for, in a few French words."""
    state: str
    """One of REQUIREMENT_STATES."""
    sentence: str
    """What this program does about it."""
