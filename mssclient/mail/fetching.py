"""FETCH as a stream: messages are yielded as their octets arrive, ten times faster than through a lexer."""

import calendar
import re
from collections.abc import Iterator
from typing import NamedTuple

from mssclient.access.failures import nonsense
from mssclient.mail.listing import MODSEQ_MAX, flags_and_keywords, number
from mssclient.mail.wire import Atom, Limits, Outcome, Response, Wire, parse

__all__ = ["BODY_LIMITS", "HEADER_LIMITS", "Fetched", "fetch", "internal_date"]

BODY_LIMITS = Limits(literal_octets=200 << 20, response_octets=256 << 20, total_octets=1 << 42, seconds=300)
"""A message of 60 MB passes; a literal that claims a gigabyte does not. The caller bounds the sum."""
HEADER_LIMITS = Limits(literal_octets=8 << 20, response_octets=32 << 20, total_octets=1 << 36, seconds=300)


class Fetched(NamedTuple):
    """What one FETCH response says; what it does not say is left at its default."""

    uid: int
    flags: tuple[str, ...] | None = None
    keywords: tuple[str, ...] = ()
    internal_date_utc: int = 0
    octets: int = 0
    modseq: int = 0
    raw: bytes | None = None
    """BODY[], or BODY[HEADER] when that was asked."""
    structure: list[Atom] | None = None
    """BODYSTRUCTURE."""


_DATE = re.compile(rb"\s*(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})$")
_MONTHS = {
    name: index + 1
    for index, name in enumerate(
        (b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec")
    )
}


def internal_date(text: bytes) -> int:
    """Unix seconds of an INTERNALDATE; 0 when it is not one (the message still counts)."""
    found = _DATE.match(text)
    if not found:
        return 0
    day, month, year, hour, minute, second, sign, off_hours, off_minutes = found.groups()
    known = _MONTHS.get(month.lower())
    if known is None or not 1 <= int(day) <= 31 or int(year) < 1:
        return 0
    stamp = calendar.timegm((int(year), known, int(day), int(hour), int(minute), int(second)))
    offset = int(off_hours) * 3600 + int(off_minutes) * 60
    return max(0, stamp - offset if sign == b"+" else stamp + offset)


def read_fetched(response: Response) -> Fetched | None:
    """One FETCH response; None when it names no UID (news of flags that nobody asked for)."""
    root = parse(response.pieces)
    if not root or not isinstance(root[0], list):
        raise nonsense("FETCH")
    items = root[0]
    uid = octets = modseq = date = 0
    flags: tuple[str, ...] | None = None
    keywords: tuple[str, ...] = ()
    raw: bytes | None = None
    structure: list[Atom] | None = None
    for index in range(0, len(items) - 1, 2):
        key, value = items[index], items[index + 1]
        if not isinstance(key, bytes):
            raise nonsense("FETCH item")
        name = key.upper()
        if name == b"UID":
            uid = number(value)
        elif name == b"FLAGS" and isinstance(value, list):
            flags, keywords = flags_and_keywords(value)
        elif name == b"RFC822.SIZE":
            octets = number(value, MODSEQ_MAX)
        elif name == b"INTERNALDATE" and isinstance(value, bytes):
            date = internal_date(value)
        elif name == b"MODSEQ" and isinstance(value, list) and value:
            modseq = number(value[0], MODSEQ_MAX)
        elif name.startswith((b"BODY[]", b"BODY[HEADER]", b"BODY[HEADER.FIELDS (MESSAGE-ID)]")):
            if isinstance(value, list):
                raise nonsense("FETCH body")
            raw = bytes(value) if value is not None else b""
        elif name == b"BODYSTRUCTURE" and isinstance(value, list):
            structure = value
    if not uid:
        return None
    return Fetched(uid, flags, keywords, date, octets, modseq, raw, structure)


def fetch(wire: Wire, uids: bytes, items: bytes, limits: Limits) -> Iterator[Fetched | Response | Outcome]:
    """``UID FETCH uids items``: messages as they come, other untagged responses, the outcome last."""
    for answer in wire.run(b"UID FETCH " + uids + b" " + items, limits=limits):
        if isinstance(answer, Response) and answer.kind == b"FETCH":
            if (found := read_fetched(answer)) is not None:
                yield found
        else:
            yield answer
