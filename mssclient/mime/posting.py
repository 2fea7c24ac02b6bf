"""A finished message made ready to leave: who gets it, Bcc removed, line ends of the wire."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mssclient.mime.addresses import Address
from mssclient.mime.encoding import posted_address
from mssclient.mime.envelope import read_headers_only
from mssclient.mime.headers import Header
from mssclient.model.errors import Refused

__all__ = ["Envelope", "canonical_lines", "envelope", "remove_bcc"]

_HIDDEN = frozenset((b"bcc", b"resent-bcc"))
_NOT_OF_A_NAME = re.compile(rb"[^!-9;-~]+")
# A run of CRs is looked at once, from its beginning: millions of them take no longer than so many letters.
_LINE_ENDS = re.compile(rb"(?<!\r)\r+\n|\n|\r")
_LONE_CRS = re.compile(rb"(?<!\r)\r+(?![\r\n])")
_EMPTY_LINE = re.compile(rb"\n\r*\n")
# "From : a@b" is a field all the same (RFC 5322 §4.5).
_BEFORE_THE_MESSAGE = re.compile(rb"(?:\xef\xbb\xbf|From (?![ \t]*:)[^\r\n]*(?:\r*\n|\r+|\Z))+")


@dataclass(frozen=True, slots=True)
class Envelope:
    """Addresses for MAIL FROM and RCPT TO, domains in A-labels."""

    sender: str
    """"" when the message names no usable one."""
    recipients: tuple[str, ...]
    """To, Cc, Bcc in order, each once."""
    unusable: tuple[str, ...] = ()
    """Recipients as written that are no address: the person must be asked."""


def remove_bcc(raw: bytes) -> tuple[bytes, list[Address]]:
    """The same bytes without Bcc and Resent-Bcc fields of the message itself, and who they named.

    Whatever a receiver might read as such a field counts: also indented, folded before its colon, with
    white space, a NUL, a byte order mark or other invisible characters in its name, or without its colon.
    """
    shown, hidden, resent = _parted(raw)
    return shown, hidden + resent


def _parted(raw: bytes) -> tuple[bytes, list[Address], list[Address]]:
    """What is shown, whom Bcc named, and whom Resent-Bcc named (a former sending's)."""
    kept: list[bytes] = []
    named: dict[bytes, list[Address]] = {name: [] for name in _HIDDEN}
    field: list[bytes] = []

    def end_field() -> None:
        whole = b"".join(field)
        name, value = _name_and_value(whole)
        if name in _HIDDEN:
            unfolded = value.replace(b"\r\n", b"").replace(b"\n", b"").strip()
            named[name].extend(Header("Bcc", unfolded).addresses)
        else:
            kept.append(whole)

    at = 0
    while at < len(raw):
        stop = raw.find(b"\n", at) + 1 or len(raw)
        line = raw[at:stop]
        if line.strip(b"\r\n") == b"":
            break
        at = stop
        if line[:1] in b" \t" and field and _name_and_value(line)[0] not in _HIDDEN:
            field.append(line)
            continue
        end_field()
        field = [line]
    end_field()
    return b"".join(kept) + raw[at:], named[b"bcc"], named[b"resent-bcc"]


def _name_and_value(field: bytes) -> tuple[bytes, bytes]:
    """As the most generous reader would take them: the name in lower case, nothing but visible ASCII."""
    name, colon, value = field.partition(b":")
    if not colon:
        name, _space, value = field.strip().partition(b" ")
    return _NOT_OF_A_NAME.sub(b"", name).lower(), value


def envelope(raw: bytes) -> Envelope:
    """Who sends and who receives, read from the header of a message that still has its Bcc.

    To and Cc are read from the very bytes that are shown to others: nobody is in both or in neither.
    """
    shown, hidden, _resent = _parted(canonical_lines(raw))
    reading = read_headers_only(shown)

    def of(names: Iterable[str]) -> list[Address]:
        return [address for name in names for address in reading.addresses(name)]

    recipients: dict[str, None] = {}
    unusable: list[str] = []
    for address in (*of(("to", "cc")), *hidden):
        try:
            recipients[posted_address(address.address)] = None
        except Refused:
            unusable.append(address.address or address.name)
    sender = ""
    for address in of(("sender", "from")):
        try:
            sender = posted_address(address.address)
        except Refused:
            continue
        break
    return Envelope(sender, tuple(recipients), tuple(unusable))


def canonical_lines(raw: bytes) -> bytes:
    """CRLF line ends, one at the end: what a file on disk needs before it is frozen (RFC 5321 §2.3.8).

    In a header whose lines end otherwise, any number of lone CRs ends one line: they can't end the header.
    What programs write before a message goes: a byte order mark, the "From " line of a mailbox file.
    """
    if found := _BEFORE_THE_MESSAGE.match(raw):
        raw = raw[found.end() :]
    if b"\n" in raw.replace(b"\r\n", b"") or b"\r" in raw.replace(b"\r\n", b""):
        if b"\n" in raw:
            found = _EMPTY_LINE.search(raw)
            end = found.end() if found else len(raw)
            raw = _LONE_CRS.sub(b"\r\n", raw[:end]) + raw[end:]
        raw = _LINE_ENDS.sub(b"\r\n", raw)
    return raw if raw.endswith(b"\r\n") else raw + b"\r\n"
