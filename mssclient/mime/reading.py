"""The one MIME reading of the program: bytes in, parts with byte ranges, all headers and named defects out.

List, reader, padlock, HPRIM, forwarding and export all use it: two readings of one message are how
padlocks get spoofed. It never raises, whatever the bytes are, and is bounded in depth, parts and time.
Choices where readers are known to differ (each leaves a defect, so that ``trust`` can refuse):

* the first Content-Type counts; every value of every field is kept in order;
* a delimiter line is exactly ``--boundary`` and blanks (RFC 2046 §5.1.1), an outer one wins over an inner;
* what follows a closing delimiter is ignored, a missing one is forgiven;
* lines end with LF or CRLF; with a lone CR only when the whole message has no LF at all.
"""

import re
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from mssclient.mime.addresses import Address
from mssclient.mime.charsets import decode
from mssclient.mime.headers import Header, find_stray_line, read_headers
from mssclient.mime.kinds import Kind, read_kind
from mssclient.mime.marks import flags_of
from mssclient.mime.transfer import IDENTITY, decode_body

__all__ = ["Defect", "Header", "Limits", "Part", "Reading", "read"]

_MESSAGES = frozenset(("message/rfc822", "message/global", "message/news"))
_MAX_DEFECTS = 200
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s{0,5}=\s{0,5}[\"']?([A-Za-z0-9_-]{1,40})", re.I)
_EMPTY_LINE = re.compile(rb"\n\r?\n")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a message is read; beyond, the rest stays an undivided part and a defect says so."""

    depth: int = 100
    parts: int = 2000
    headers: int = 2000
    """Fields of one part."""
    header_octets: int = 1_000_000
    """Of one part."""
    delimiters: int = 200_000
    """Lines that begin with two dashes."""
    seconds: float = 1.5


@dataclass(frozen=True, slots=True)
class Defect:
    code: str
    where: str
    """Path of the part."""


@dataclass(slots=True, repr=False)
class Part:
    """One node of the message; containers (multipart, message/rfc822) have children.

    ``path`` is the IMAP section number: "1", "1.2"; "" for a multipart root, "2.TEXT" for the multipart body
    of a message inside part 2. ``start`` to ``end`` is the body in ``Reading.raw``, still transfer-encoded;
    its header block begins at ``head``.
    """

    path: str
    headers: tuple[Header, ...]
    type: str
    params: dict[str, str]
    disposition: str | None
    """"attachment", "inline" or None."""
    filename: str | None
    """Decoded, not made safe: see :func:`mssclient.mime.filenames.sanitise_filename`."""
    encoding: str
    charset: str | None
    content_id: str | None
    start: int
    end: int
    head: int = 0
    children: tuple["Part", ...] = ()
    flags: tuple[str, ...] = ()
    """"executable", "double-extension", "macro", "encrypted", "tnef": see :mod:`mssclient.mime.marks`."""
    _fields: dict[str, list[Header]] | None = field(default=None, compare=False)

    @property
    def is_multipart(self) -> bool:
        return self.type.startswith("multipart/")

    def fields(self, name: str) -> Sequence[Header]:
        """Every field of that name of this part, in order."""
        if self._fields is None:
            self._fields = {}
            for header in self.headers:
                self._fields.setdefault(header.lower, []).append(header)
        return self._fields.get(name.lower(), ())

    def values(self, name: str) -> list[str]:
        """Every value of a field of this part, in order."""
        return [header.value for header in self.fields(name)]

    def __repr__(self) -> str:
        return f"Part({self.path!r}, {self.type!r}, {self.start}-{self.end})"


@dataclass(slots=True, repr=False)
class Reading:
    raw: bytes
    root: Part
    defects: list[Defect]

    @property
    def headers(self) -> tuple[Header, ...]:
        return self.root.headers

    def values(self, name: str) -> list[str]:
        """Every value of a header of the message, in order."""
        return self.root.values(name)

    def value(self, name: str) -> str | None:
        """The first value of a header of the message."""
        found = self.root.fields(name)
        return found[0].value if found else None

    def addresses(self, name: str) -> Iterator[Address]:
        """Every mailbox of all fields of that name of the message, in order."""
        return (address for header in self.root.fields(name) for address in header.addresses)

    def walk(self) -> Iterator[Part]:
        """Depth first, containers included."""
        waiting = [self.root]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.children))

    def leaves(self) -> Iterator[Part]:
        return (part for part in self.walk() if not part.children)

    def part(self, path: str) -> Part | None:
        for part in self.walk():
            if part.path == path:
                return part
        return None

    def note(self, code: str, where: str) -> None:
        """Add a defect once."""
        if len(self.defects) < _MAX_DEFECTS:
            defect = Defect(code, where)
            if defect not in self.defects:
                self.defects.append(defect)

    def content(self, part: Part) -> bytes:
        """The decoded body, as far as it can be decoded. Containers give their raw body."""
        body = self.raw[part.start : part.end]
        if part.children or part.encoding in IDENTITY:
            return body
        data, defect = decode_body(body, part.encoding)
        if defect:
            self.note(defect, part.path)
        return data

    def text(self, part: Part) -> str:
        """The content as text with ``\\n`` line ends, by its charset, UTF-8 or cp1252; without NULs."""
        data = self.content(part)
        if b"\x00" in data and not (part.charset or "").lower().startswith(
            ("utf-16", "utf-32", "utf16", "utf32")
        ):
            self.note("nul-in-text", part.path)
            data = data.replace(b"\x00", b"")
        charset = part.charset
        if charset is None and part.type == "text/html" and (named := _META_CHARSET.search(data[:2048])):
            charset = None if _is_utf8(data) else named[1].decode("ascii")
        text, defect = decode(data, charset)
        if defect:
            self.note(defect, part.path)
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        return text.removeprefix("\ufeff").replace("\x00", "")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeError:
        return False
    return True


def read(raw: bytes, limits: Limits = Limits()) -> Reading:
    """Read one message. Never raises on any bytes; time and memory grow with the size only.

    Source: RFC 5322, RFC 2045 to 2047, RFC 2231, RFC 6532, read leniently.
    """
    scan = _Scan(raw, limits)
    root = scan.entity(0, len(raw), "", -1, 0, "text/plain")
    return Reading(raw, root, [Defect(code, where) for code, where in scan.defects])


class _Scan:
    """State of one reading: the index of delimiter lines is made once, each part looks its own up."""

    def __init__(self, raw: bytes, limits: Limits) -> None:
        self.limits = limits
        self.defects: dict[tuple[str, str], None] = {}
        self.parts = 0
        self.deadline = time.monotonic() + limits.seconds
        if b"\n" not in raw and b"\r" in raw:
            raw = raw.replace(b"\r", b"\n")  # same length: ranges stay true
            self.note("bare-cr-lines", "")
        self.raw = raw
        self.index: dict[bytes, list[tuple[int, int]]] | None = None

    def note(self, code: str, where: str) -> None:
        if len(self.defects) < _MAX_DEFECTS:
            self.defects[code, where] = None

    def lines_of(self, boundary: bytes, start: int, stop: int) -> list[tuple[int, int]]:
        """Delimiter lines ``--boundary`` in a range: (offset, offset after the line end)."""
        if self.index is None:
            self.index = self._dashed_lines()
        places = self.index.get(boundary)
        if not places:
            return []
        first = bisect_left(places, (start, 0))
        last = bisect_left(places, (stop, 0), first)
        return places[first:last]

    def _dashed_lines(self) -> dict[bytes, list[tuple[int, int]]]:
        raw, end = self.raw, len(self.raw)
        index: dict[bytes, list[tuple[int, int]]] = {}
        at = 0 if raw.startswith(b"--") else raw.find(b"\n--") + 1
        count = 0
        while at > 0 or (count == 0 and raw.startswith(b"--")):
            stop = raw.find(b"\n", at)
            if stop < 0:
                stop = end
            key = raw[at + 2 : min(stop, at + 300)].rstrip(b" \t\r")
            index.setdefault(key, []).append((at, min(stop + 1, end)))
            count += 1
            if count >= self.limits.delimiters:
                self.note("too-many-delimiters", "")
                break
            at = raw.find(b"\n--", stop) + 1
        return index

    def entity(self, start: int, stop: int, prefix: str, number: int, depth: int, default: str) -> Part:
        """One part from its header block on; ``number`` is -1 for a message (root, or in message/rfc822)."""
        self.parts += 1
        head_stop, body = self._end_of_head(start, stop)
        block = self.raw[start:head_stop]
        headers, names = read_headers(block, self.limits.headers, self.limits.header_octets)
        if head_stop == stop and "bad-header-line" in names:  # no empty line: what is no field is the text
            body = start + (find_stray_line(block) or 0)
            names.append("no-empty-line")
        kind = read_kind(headers, default)
        multipart = kind.type.startswith("multipart/")
        if number >= 0:
            path = f"{prefix}.{number}" if prefix else str(number)
        elif multipart:
            path = f"{prefix}.TEXT" if prefix else ""
        else:
            path = f"{prefix}.1" if prefix else "1"
        for name in names:
            self.note(name, path)
        for name in kind.defects:
            self.note(name, path)
        part = Part(
            path, headers, kind.type, kind.params, kind.disposition, kind.filename, kind.encoding,
            kind.charset, kind.content_id, body, stop, start,
        )  # fmt: skip
        inner = path if number >= 0 or not multipart else prefix
        if multipart:
            part.children = self._split(part, kind, inner, depth)
        elif kind.type in _MESSAGES:
            part.children = self._open(part, inner, depth)
        if not part.children:
            part.flags = flags_of(self.raw, part)
        return part

    def _end_of_head(self, start: int, stop: int) -> tuple[int, int]:
        """Where the header block ends and where the body begins."""
        raw = self.raw
        if raw.startswith(b"\n", start, stop):
            return start, start + 1
        if raw.startswith(b"\r\n", start, stop):
            return start, start + 2
        empty = _EMPTY_LINE.search(raw, start, stop)
        return (empty.start() + 1, empty.end()) if empty is not None else (stop, stop)

    def _may_go_deeper(self, part: Part, depth: int) -> bool:
        if depth >= self.limits.depth:
            self.note("too-deep", part.path)
            return False
        if self.parts >= self.limits.parts:
            self.note("too-many-parts", part.path)
            return False
        if time.monotonic() > self.deadline:
            self.note("too-slow", part.path)
            return False
        return True

    def _open(self, part: Part, prefix: str, depth: int) -> tuple[Part, ...]:
        if part.encoding not in IDENTITY:
            self.note("encoded-message", part.path)  # forbidden by RFC 2046 §5.2.1: kept as a file
            return ()
        if part.start >= part.end or not self._may_go_deeper(part, depth):
            return ()
        return (self.entity(part.start, part.end, prefix, -1, depth + 1, "text/plain"),)

    def _split(self, part: Part, kind: Kind, prefix: str, depth: int) -> tuple[Part, ...]:
        if part.encoding not in IDENTITY:
            self.note("encoded-multipart", part.path)
        boundary = kind.boundary
        if not boundary:
            self.note("no-boundary", part.path)
            return ()
        if not self._may_go_deeper(part, depth):
            return ()
        opening = self.lines_of(boundary, part.start, part.end)
        if not opening:
            self.note("boundary-not-found", part.path)
            return ()
        last = part.end
        closing = self.lines_of(boundary + b"--", opening[0][0], part.end)
        if closing:
            last = closing[0][0]
            if self.raw[closing[0][1] : min(part.end, closing[0][1] + 2000)].strip():
                self.note("text-after-end", part.path)
            if opening[-1][0] > last:
                self.note("parts-after-end", part.path)
                opening = [line for line in opening if line[0] < last]
        else:
            self.note("unclosed-multipart", part.path)
        default = "message/rfc822" if part.type == "multipart/digest" else "text/plain"
        children: list[Part] = []
        ends = [line[0] for line in opening[1:]]
        for number, ((_, begin), end) in enumerate(zip(opening, [*ends, last], strict=True), 1):
            if self.parts >= self.limits.parts or time.monotonic() > self.deadline:
                self.note("too-many-parts" if self.parts >= self.limits.parts else "too-slow", part.path)
                break
            if end < part.end or closing:
                end -= (
                    2 if self.raw.startswith(b"\r\n", end - 2) else 1
                )  # the line end belongs to the delimiter
            children.append(self.entity(begin, max(begin, end), prefix, number, depth + 1, default))
        return tuple(children)
