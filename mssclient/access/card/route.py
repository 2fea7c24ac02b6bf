"""What both ways to a card offer, seen from ``token``. Everything here runs on the card thread."""

from typing import Protocol

from mssclient.access.clientkey import Padding
from mssclient.model.records import Record

__all__ = ["Route", "StoredCertificate"]


class StoredCertificate(Record, frozen=True, kw_only=True):
    """A certificate as a route found it."""

    der: bytes
    key: bytes
    """How the route names its private key; empty: none belongs to it (an authority's)."""
    label: str = ""


class Route(Protocol):
    """One card through one way. Every method: card thread only; raises the errors of ``problems``."""

    @property
    def name(self) -> str:
        """ "pcsc" or "module"."""
        ...

    @property
    def reader(self) -> str: ...

    @property
    def generation(self) -> str:
        """ "CPS3", "CPS4", or "" for a token that is no CPS."""
        ...

    @property
    def serial(self) -> str:
        """The card's printed number, or "" where it cannot be told."""
        ...

    @property
    def raw(self) -> bool:
        """Signs blocks padded by us too (:attr:`Padding.NONE`): PSS, and with it TLS 1.3."""
        ...

    def certificates(self) -> tuple[StoredCertificate, ...]: ...

    def tries_left(self) -> int | None:
        """Without consuming one. None: the card does not say."""
        ...

    def verify(self, pin: bytearray) -> None:
        """Raises pin-wrong, pin-blocked, pin-malformed (before the card saw it). Never tries twice."""
        ...

    def sign(self, key: bytes, block: bytes, padding: Padding, pin: bytearray | None) -> bytes:
        """With ``pin`` it is verified in the same transaction. Raises card-reset when it is wanted again."""
        ...

    def close(self, reset: bool) -> None:
        """Never fails."""
        ...
