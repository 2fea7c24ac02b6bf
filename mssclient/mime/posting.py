"""A finished message made ready to leave: who gets it, Bcc removed, line ends of the wire."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mssclient.mime.addresses import Address, parse_addresses
from mssclient.mime.encoding import posted_address
from mssclient.mime.envelope import read_headers_only
from mssclient.mime.headers import Header
from mssclient.model.errors import Refused

__all__ = ["Envelope", "canonical_lines", "envelope", "remove_bcc"]

_HIDDEN = frozenset((b"bcc", b"resent-bcc"))
_LINE_ENDS = re.compile(rb"\r\n|\r|\n")


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
    """The same bytes without Bcc and Resent-Bcc fields of the message itself, and who they named."""
    kept: list[bytes] = []
    hidden: list[Address] = []
    field: list[bytes] = []
    at = 0
    while at < len(raw):
        stop = raw.find(b"\n", at) + 1 or len(raw)
        line = raw[at:stop]
        if line.strip(b"\r\n") == b"":
            break
        at = stop
        if line[:1] in b" \t" and field:
            field.append(line)
            continue
        _keep_or_hide(field, kept, hidden)
        field = [line]
    _keep_or_hide(field, kept, hidden)
    return b"".join(kept) + raw[at:], hidden


def _keep_or_hide(field: list[bytes], kept: list[bytes], hidden: list[Address]) -> None:
    if not field:
        return
    name, _, value = b"".join(field).partition(b":")
    if name.strip(b" \t").lower() not in _HIDDEN:
        kept.extend(field)
        return
    unfolded = value.replace(b"\r\n", b"").replace(b"\n", b"").strip()
    hidden.extend(parse_addresses(Header("Bcc", unfolded).text))


def envelope(raw: bytes) -> Envelope:
    """Who sends and who receives, read from the header of a message that still has its Bcc."""
    reading = read_headers_only(raw)

    def of(names: Iterable[str]) -> list[Address]:
        return [
            address for name in names for text in reading.texts(name) for address in parse_addresses(text)
        ]

    recipients: dict[str, None] = {}
    unusable: list[str] = []
    for address in of(("to", "cc", "bcc")):
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
    """CRLF line ends, one at the end: what a file on disk needs before it is frozen (RFC 5321 §2.3.8)."""
    if b"\n" in raw.replace(b"\r\n", b"") or b"\r" in raw.replace(b"\r\n", b""):
        raw = _LINE_ENDS.sub(b"\r\n", raw)
    return raw if raw.endswith(b"\r\n") else raw + b"\r\n"
