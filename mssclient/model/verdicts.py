"""The padlock: what is said about the security of one message, and why."""

from mssclient.model.records import Record

__all__ = ["LEVELS", "SECURED", "Reason", "TrustListState", "Verdict"]

LEVELS = ("mssante", "patient", "apicrypt", "ordinary", "doubtful", "unknown")
SECURED = ("mssante", "patient", "apicrypt")
"""Levels that travel inside the spaces of trust."""


class Reason(Record, frozen=True, kw_only=True):
    """One rule that spoke."""

    rule: str
    """Stable, English, kebab-case: ``from-not-listed``."""
    sentence: str
    """French."""
    good: bool = False
    """Speaks for the padlock rather than against it."""


class TrustListState(Record, frozen=True, kw_only=True):
    """Which white list a verdict was made with."""

    origin: str = "none"
    """"verified" (signature and chain checked), "shipped" (dated names, unsigned) or "none"."""
    generated_utc: int = 0
    domains: int = 0
    expired: bool = False


class Verdict(Record, frozen=True, kw_only=True):
    """Level and reasons. Only a verified list gives "mssante"."""

    level: str = "unknown"
    reasons: tuple[Reason, ...] = ()
    trust_list: TrustListState = TrustListState()
    provisional: bool = False
