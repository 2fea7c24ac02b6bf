"""What may be a document: a leaf of a message, or a file inside one that is an archive.

Nothing is decoded before a format asks for it; a format looks at ``head`` first.
"""

import binascii
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TypeVar, cast

from mssclient.medical.texts import Decoded, decode_text, expand_entities, is_binary, split_lines, strip_tags
from mssclient.mime.reading import Part, Reading
from mssclient.mime.transfer import decode_prefix

__all__ = ["Candidate", "leaves"]

HEAD_OCTETS = 8192
_BINARY_OCTETS = 1024
"""A kilobyte: as far as a PDF may begin."""
TEXT_OCTETS = 4_000_000
"""Of one document; no laboratory writes more in text."""
_MOST = 400
"""Leaves of one message that are looked at."""
_SOFT_BREAK = re.compile(rb"=[ \t]*\r?\n")
_ESCAPE = re.compile(rb"=[89A-F][0-9A-F]")
_PASSED_OVER = ("image/", "audio/", "video/", "font/", "model/")
_EXTENSIONS = (".hpr", ".hpm", ".hprim", ".apz", ".txt", ".xml", ".zip", ".pdf", ".dat")
_REPORTS = frozenset(("message/delivery-status", "message/disposition-notification", "text/rfc822-headers"))


T = TypeVar("T")


class Candidate:
    """One piece of a message and what can be said of it cheaply. One instance, one thread.

    ``part`` is the IMAP section number, ``entry`` the name inside an archive. ``body`` tells the text of
    a letter from an attached file: it is transcoded when delivered, a file never is.
    """

    def __init__(
        self,
        part: str,
        content: Callable[[], bytes],
        *,
        entry: str = "",
        filename: str = "",
        type: str = "application/octet-stream",
        charset: str | None = None,
        body: bool = False,
        head: bytes | None = None,
    ) -> None:
        self.part = part
        self.entry = entry
        self.filename = filename
        self.type = type
        self.charset = charset
        self.body = body
        self._content = content
        self._head = head
        self._made: dict[object, object] = {}

    def once(self, make: Callable[["Candidate"], T]) -> T:
        """What ``make`` makes of this piece, made at the first call: recognising, reading and delivering ask
        the same. Not to be changed by its callers."""
        if make not in self._made:
            self._made[make] = make(self)
        return cast("T", self._made[make])

    @cached_property
    def content(self) -> bytes:
        """The decoded bytes, whole."""
        return self._content()

    @cached_property
    def head(self) -> bytes:
        """The first bytes, at most :data:`HEAD_OCTETS`."""
        return self.content[:HEAD_OCTETS] if self._head is None else self._head

    @property
    def extension(self) -> str:
        """Lower case, with its dot; "" when there is none."""
        name = self.entry or self.filename
        dot = name.rfind(".")
        return name[dot:].lower() if dot > 0 and len(name) - dot <= 7 else ""

    @cached_property
    def is_text(self) -> bool:
        return bool(self.head) and not is_binary(self.head)

    @cached_property
    def decoded(self) -> Decoded:
        """The content as text of at most :data:`TEXT_OCTETS` bytes; entities and tags as they stand."""
        return decode_text(self.content[:TEXT_OCTETS], self.charset)

    @cached_property
    def text(self) -> str:
        """What a reader of the text sees, lines as they stand: tags gone, entities and soft breaks undone."""
        data = self.content[:TEXT_OCTETS]
        if data.isascii() and _is_quoted(data):
            found = decode_text(binascii.a2b_qp(data), self.charset).text
        else:
            found = self.decoded.text
        if self.type == "text/html":
            return strip_tags(found)
        return expand_entities(found)

    @cached_property
    def lines(self) -> list[str]:
        return split_lines(self.text)

    def __repr__(self) -> str:
        return f"Candidate({self.part!r}, {self.type!r})"


def _is_quoted(data: bytes) -> bool:
    """Quoted-printable that nobody declared: high bytes written as escapes, twice or with a soft break."""
    first = _ESCAPE.search(data)
    if first is None:
        return False
    return _SOFT_BREAK.search(data) is not None or _ESCAPE.search(data, first.end()) is not None


def leaves(reading: Reading) -> Iterator[Candidate]:
    """The leaves of a message worth a look, those of forwarded messages included, in order."""
    for count, part in enumerate(reading.leaves()):
        if count >= _MOST:
            return
        name = (part.filename or "").lower()
        if part.type in _REPORTS or (part.end <= part.start and not name.endswith(_EXTENSIONS)):
            continue
        if part.type.startswith(_PASSED_OVER) and not name.endswith(_EXTENSIONS):
            continue
        yield _of(reading, part)


def _of(reading: Reading, part: Part) -> Candidate:
    text = part.type.startswith("text/")
    head = None  # a text, or a small file, is looked at whole
    if not text and part.end - part.start > 4 * _BINARY_OCTETS:
        # whole when the encoding gives nothing of a beginning; the beginning of a binary file is short
        head = _beginning(reading, part, _BINARY_OCTETS) or None
        if head and not is_binary(head):
            head = _beginning(reading, part, HEAD_OCTETS)
    return Candidate(
        part.path or "1",
        lambda: reading.content(part),
        filename=part.filename or "",
        type=part.type,
        charset=part.charset,
        body=text and not part.filename and part.disposition != "attachment",
        head=head,
    )


def _beginning(reading: Reading, part: Part, octets: int) -> bytes:
    """The first octets of a part; 76 letters of base64 a line hold 57 of them."""
    start = reading.raw[part.start : min(part.end, part.start + octets * 3 // 2)]
    return decode_prefix(start, part.encoding)[:octets]
