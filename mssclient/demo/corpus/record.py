"""One message of the demonstration with what a right reading of it must find."""

from mssclient.model.records import Record

__all__ = ["DemoMessage"]


class DemoMessage(Record, frozen=True, kw_only=True):
    """A message of the corpus, labelled."""

    key: str
    """Stable name inside the corpus."""
    account: str
    """Address of the BAL that holds it."""
    folder: str
    """Decoded full name on the server."""
    uid: int
    message_id: str
    """With its angle brackets; "" when the message has none."""
    internal_date_utc: int
    flags: tuple[str, ...] = ()
    """IMAP flags and keywords."""
    raw: bytes
    shape: str
    """What the message is a specimen of, e.g. ``hprim-medecin-mac-roman``."""
    documents: tuple[str, ...] = ()
    """Kinds (``mssclient.model.documents.KINDS``) expected in it, in the order of its parts; a PDF that
    accompanies a result counts, a picture does not. An archive counts itself ("xdm"), then each CDA in it."""
    hprim_deliveries: int = 0
    """HPRIM files that this message alone gives to the watched directory: the same result in body and
    attachment is one, a file of several patients is one, fragments and encrypted ones are none. The
    companion files of HPRIM Santé are not counted."""
    repeats: str = ""
    """Key of an earlier message that holds the same result, byte for byte."""
    patients: tuple[str, ...] = ()
    """"NAME Given" of the patients of its HPRIM documents."""
    abnormal: int = 0
    """Values marked abnormal in its results."""
    critical: int = 0
    """Of these, HH or LL."""
    trust: str = "mssante"
    """Level expected of the padlock (``mssclient.model.verdicts.LEVELS``) under our own white list."""
