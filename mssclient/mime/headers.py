"""One header block: bytes in, every field out in order, nothing merged, nothing lost."""

import re
from functools import lru_cache

from mssclient.mime.addresses import Address, parse_addresses
from mssclient.mime.mailboxes import decode_mailboxes
from mssclient.mime.vocabulary import vocabulary
from mssclient.mime.words import decode_bytes, decode_words

__all__ = ["ADDRESS_HEADERS", "Header", "find_stray_line", "read_headers"]

ADDRESS_HEADERS = vocabulary(
    """from sender reply-to to cc bcc resent-from resent-sender resent-to resent-cc resent-bcc resent-reply-to
    return-path disposition-notification-to return-receipt-to errors-to delivered-to x-original-to
    envelope-to mail-followup-to mail-reply-to apparently-to"""
)
_NAME = re.compile(rb"[!-9;-~]+")
# "Subject : x", "Foo Bar: x", 8-bit names: kept, so that no reader sees a field that we do not
_LOOSE_NAME = re.compile(rb"[^\x00-\x20:\x7f][^\x00-\x08\x0a-\x1f:\x7f]*")


class Header:
    """One field, as it stands in the message.

    ``name`` as written, ``lower`` for comparing, ``raw`` the unfolded bytes of the value. ``value`` is what a
    person reads: encoded words decoded, no control character, and in a field of addresses decoded text
    that would change the structure stands in quotes (:func:`mssclient.mime.mailboxes.decode_mailboxes`).
    """

    __slots__ = ("_addresses", "_value", "lower", "name", "raw")

    def __init__(self, name: str, raw: bytes, lower: str | None = None) -> None:
        """``lower``: the name in lower case, by who has it already."""
        self.name = name
        self.lower = name.lower() if lower is None else lower
        self.raw = raw
        self._value: str | None = None
        self._addresses: tuple[Address, ...] | None = None

    @property
    def value(self) -> str:
        if self._value is None:
            text = self.text
            self._value = (decode_mailboxes if self.lower in ADDRESS_HEADERS else decode_words)(text).strip()
        return self._value

    @property
    def text(self) -> str:
        """The unfolded value as text, encoded words still encoded: what a parser of addresses wants."""
        return decode_bytes(self.raw)

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Every mailbox of the value (:func:`mssclient.mime.addresses.parse_addresses`), read once."""
        if self._addresses is None:
            self._addresses = tuple(parse_addresses(self.text))
        return self._addresses

    def __repr__(self) -> str:
        return f"Header({self.name!r})"  # never the value: a repr ends in logs

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Header) and (self.name, self.raw) == (other.name, other.raw)

    __hash__ = None  # type: ignore[assignment]


def read_headers(block: bytes, most: int, octets: int) -> tuple[tuple[Header, ...], list[str]]:
    """Fields of a block that ends before its empty line, and names of defects.

    ``most`` fields and ``octets`` bytes are read.
    """
    defects: list[str] = []
    if len(block) > octets:
        block = block[:octets]
        defects.append("headers-too-long")
    if b"\x00" in block:
        defects.append("nul-in-header")
    lines = block
    if b"\r" in block:
        lines = block.replace(b"\r\n", b"\n")
        if b"\n" in block.replace(b"\r\n", b""):
            defects.append("mixed-line-ends")
        if b"\r" in lines.rstrip(b"\r"):
            # a lone CR is data to a server and a line end to some readers: the way to smuggle a field
            defects.append("bare-cr-in-header")
    if b"\n " in lines or b"\n\t" in lines:
        lines = lines.replace(b"\n ", b" ").replace(b"\n\t", b"\t")
    found: list[Header] = []
    for number, line in enumerate(lines.split(b"\n")):
        if not line:
            continue
        name, colon, value = line.partition(b":")
        known = _ordinary_name(name) if colon and len(name) <= _ORDINARY_LETTERS else None
        if known is None and (_NAME.fullmatch(name) is None or not colon):
            if number == 0 and line.startswith((b"From ", b">From ")):
                defects.append("mbox-line")
                continue
            if not colon or _LOOSE_NAME.fullmatch(name) is None:
                defects.append("bad-header-line")
                continue
            defects.append("odd-header-name")
        if len(found) >= most:
            defects.append("too-many-headers")
            break
        shown, lower = known or (decode_bytes(name.rstrip(b" \t")), None)
        found.append(Header(shown, value.strip(b" \t\r"), lower))
    return tuple(found), defects


_ORDINARY_LETTERS = 40


@lru_cache(1024)
def _ordinary_name(name: bytes) -> tuple[str, str] | None:
    """A field's name as written and in lower case, the same few again and again; None for an odd one."""
    if _NAME.fullmatch(name) is None:
        return None
    text = name.decode("ascii")
    return text, text.lower()


def find_stray_line(block: bytes) -> int | None:
    """Offset of the first line that is neither a field nor its continuation: an unannounced body."""
    at = 0
    while at < len(block):
        stop = block.find(b"\n", at)
        stop = len(block) if stop < 0 else stop
        line = block[at : min(stop, at + 300)]
        name, colon, _ = line.partition(b":")
        field = line[:1] in (b" ", b"\t") or not line.strip() or (colon and _LOOSE_NAME.fullmatch(name))
        if not field and (at or not line.startswith((b"From ", b">From "))):
            return at
        at = stop + 1
    return None
