"""Cards and readers as the person sees them, and what happens to them."""

from typing import TypeAlias

from mssclient.model.records import Record

__all__ = [
    "EXPIRY_NOTICE_DAYS",
    "CardCertificate",
    "CardEvent",
    "CardInserted",
    "CardRemoved",
    "CardServiceBack",
    "CardServiceLost",
    "CardState",
    "ModuleCertificate",
    "ReaderAdded",
    "ReaderRemoved",
]

EXPIRY_NOTICE_DAYS = 60
"""So long before a card's certificate ends the person is told."""


class CardState(Record, frozen=True, kw_only=True):
    """One reader and what is in it."""

    reader: str
    """Its name, as the system gives it."""
    present: bool = False
    generation: str = ""
    """ "CPS3", "CPS4", or "" for a card that is neither."""
    contactless: bool = False
    mute: bool = False
    """The card does not answer: upside down, dirty or broken."""
    busy: bool = False
    """Another program keeps it for itself."""
    serial: str = ""
    """The number printed on the card; "" until it was read."""


class CardCertificate(Record, frozen=True, kw_only=True):
    """One certificate of a card or token. Names a person: never logged."""

    fingerprint: str
    """SHA-256 of the certificate, hexadecimal."""
    national_id: str = ""
    """The person's or the structure's national number (8 and the RPPS, 0 and the ADELI, 1 and the FINESS)."""
    surname: str = ""
    given_name: str = ""
    profession: str = ""
    organisation: str = ""
    common_name: str = ""
    issuer: str = ""
    """The common name of the authority, for display: its name proves nothing."""
    not_before_utc: int = 0
    not_after_utc: int = 0
    usage: str = ""
    """ "authentication", "signature", or "" when the certificate says neither."""
    igc_sante: bool = False
    """Its chain of signatures leads to an authority of IGC-Santé shipped with the program."""
    label: str = ""
    """As the card names it."""

    def expired(self, now_utc: int) -> bool:
        return not self.not_before_utc <= now_utc <= self.not_after_utc

    def expires_soon(self, now_utc: int) -> bool:
        """Within 60 days, and not yet over."""
        left_s = self.not_after_utc - now_utc
        return 0 <= left_s <= EXPIRY_NOTICE_DAYS * 86400

    def __repr__(self) -> str:
        return "CardCertificate()"


class ModuleCertificate(Record, frozen=True, kw_only=True):
    """A software certificate behind a PKCS#11 module. Names a person: never logged."""

    uri: str
    """RFC 7512; names this one only."""
    token: str
    """Label of its token."""
    certificate: CardCertificate

    def __repr__(self) -> str:
        return "ModuleCertificate()"


class ReaderAdded(Record, frozen=True, kw_only=True, tag=True):
    reader: str


class ReaderRemoved(Record, frozen=True, kw_only=True, tag=True):
    """With the card that was in it: no :class:`CardRemoved` goes before."""

    reader: str


class CardInserted(Record, frozen=True, kw_only=True, tag=True):
    card: CardState


class CardRemoved(Record, frozen=True, kw_only=True, tag=True):
    """Also when one card was exchanged for another at once: :class:`CardInserted` follows."""

    reader: str


class CardServiceLost(Record, frozen=True, kw_only=True, tag=True):
    """The system's card service does not answer: every reader and card is gone."""


class CardServiceBack(Record, frozen=True, kw_only=True, tag=True):
    """It answers again: readers and cards follow."""


CardEvent: TypeAlias = (
    ReaderAdded | ReaderRemoved | CardInserted | CardRemoved | CardServiceLost | CardServiceBack
)
