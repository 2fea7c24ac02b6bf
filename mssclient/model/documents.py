"""Medical documents found in messages: how they were recognised, and what they say."""

from mssclient.model.records import Record

__all__ = ["KINDS", "Document", "DocumentMatch", "LabLine", "Patient"]

KINDS = ("hprim-medecin", "hprim-sante", "hprim-xml", "cda", "xdm", "pdf", "apicrypt")


class Patient(Record, frozen=True, kw_only=True):
    """Identity traits as the document gives them; never judged here."""

    family: str = ""
    given: str = ""
    birth: str | None = None
    """ISO date, or None when unreadable."""
    sex: str | None = None
    ins: str | None = None
    number: str | None = None
    """File number at the sender."""


class DocumentMatch(Record, frozen=True, kw_only=True):
    """A part recognised as a document, before it is read in full."""

    kind: str
    part: str
    """IMAP section number; the body of a single-part message is "1"."""
    evidence: tuple[str, ...] = ()
    patients: tuple[Patient, ...] = ()
    title: str | None = None
    author: str | None = None
    date: str | None = None
    """ISO 8601."""
    results: int = 0
    abnormal: int = 0
    critical: int = 0
    fragment: bool = False
    """Listed, delivered on demand only."""
    octets: int = 0
    entry: str = ""
    """Name inside the part when it is an archive (zip, winmail.dat); "" for the part itself."""


class LabLine(Record, frozen=True, kw_only=True):
    """One line of a result table."""

    label: str
    value: str = ""
    unit: str = ""
    low: str = ""
    high: str = ""
    abnormality: str = ""
    """"", "N", "L", "LL", "H", "HH", "A" or "AA"."""
    previous: str = ""
    heading: bool = False
    """A section title: only ``label`` counts."""
    comment: str = ""
    status: str = ""


class Document(Record, frozen=True, kw_only=True):
    """A document read in full, ready for any document view."""

    kind: str
    part: str
    patient: Patient = Patient()
    title: str = ""
    author: str = ""
    date: str | None = None
    lines: tuple[LabLine, ...] = ()
    text: str = ""
    """The original words, or the narrative."""
    abnormal: int = 0
    critical: int = 0
    problem: str = ""
    """French; why it could be read only in part."""
    entry: str = ""
    """As in :class:`DocumentMatch`."""
