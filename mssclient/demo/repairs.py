"""What pymap 0.36.7 gets wrong in the protocol, put right in place.

pymap is pinned exactly, so its private names can be relied upon. Everything here is installed by
:func:`install`, once, in the process of the demonstration operator and nowhere else.
"""
# pyright: reportPrivateUsage=false

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from email.headerregistry import BaseHeader
from itertools import chain

import pymap.mime as _mime
import pymap.parsing.command.auth as _auth_commands
import pymap.parsing.response.specials as _special_responses
import pymap.parsing.specials.mailbox as _mailbox_atom
from pymap.backend.dict.mailbox import LoadedMessage
from pymap.mime import MessageBody, MessageContent
from pymap.mime.parsed import ParsedHeaders
from pymap.parsing.response.fetch import BodyStructure, ContentBodyStructure
from pymap.parsing.specials.sequenceset import SequenceSet

__all__ = ["decode_folder", "encode_folder", "install", "subpart"]


def encode_folder(name: str) -> bytes:
    """Modified UTF-7 (RFC 3501 §5.1.3).

    pymap's own encoder loses the "-" of "&-" right after a non-ASCII run: ``Santé&Travail`` then
    breaks every LIST.
    """
    out, run = bytearray(), ""

    def flush() -> None:
        nonlocal run
        if run:
            out.extend(b"&" + b64encode(run.encode("utf-16-be")).rstrip(b"=").replace(b"/", b",") + b"-")
            run = ""

    for char in name:
        if " " <= char <= "~":
            flush()
            out.extend(b"&-" if char == "&" else char.encode())
        else:
            run += char
    flush()
    return bytes(out)


def decode_folder(data: bytes | memoryview) -> str:
    """Modified UTF-7 to text; what is not valid stays as it came.

    pymap's own decoder never returns when a "&" lacks its "-": one such name stops the operator.
    """
    raw, out, at = bytes(data), "", 0
    while at < len(raw):
        if raw[at : at + 1] != b"&":
            out += chr(raw[at])
            at += 1
            continue
        end = raw.find(b"-", at)
        if end < 0:
            return out + raw[at:].decode("latin-1")
        run = raw[at + 1 : end]
        if not run:
            out += "&"
        else:
            try:
                out += b64decode(run.replace(b",", b"/") + b"=" * (-len(run) % 4), validate=True).decode(
                    "utf-16-be"
                )
            except ValueError:
                out += raw[at : end + 1].decode("latin-1")
        at = end + 1
    return out


def subpart(content: MessageContent, section: Sequence[int] | None) -> MessageContent:
    """The part of that section number (RFC 3501 §6.4.5). Raises IndexError.

    A part of type message/rfc822 is entered without a level of its own: when part 2 is a forwarded
    message, 2.1 is the first part of its body. pymap counts one level too many.
    """
    part = content
    for depth, number in enumerate(section or ()):
        inside = part.body.nested[0] if depth and part.is_rfc822 and part.body.has_nested else part
        if inside.body.content_type.maintype == "multipart" and inside.body.has_nested:
            if number < 1:
                raise IndexError(number)
            part = inside.body.nested[number - 1]
        elif number == 1:
            part = inside
        else:
            raise IndexError(number)
    return part


def _body_size(cls: type[LoadedMessage], part: MessageContent) -> tuple[int, int]:
    """Octets and lines of a part's body; pymap counts the part's own header too."""
    return len(part.body), part.body.lines


_body_structure = LoadedMessage._get_body_structure.__func__  # pyright: ignore[reportFunctionMemberAccess]


def _sized_structure(cls: type[LoadedMessage], part: MessageContent) -> BodyStructure:
    structure = _body_structure(cls, part)
    if type(structure) is ContentBodyStructure:
        structure.size = len(part.body)
    return structure


_find_parts = MessageBody._find_parts.__func__  # pyright: ignore[reportFunctionMemberAccess]


def _trimmed_parts(
    cls: type[MessageBody],
    data: bytes,
    view: memoryview,
    lines: Sequence[tuple[int, int, int]],
    boundary: bytes,
) -> Sequence[Sequence[tuple[int, int, int]]]:
    """The line end before a boundary belongs to the boundary (RFC 2046 §5.1.1)."""
    parts: list[list[tuple[int, int, int]]] = _find_parts(cls, data, view, lines, boundary)
    for part in parts:
        if part:
            start, end, _ = part[-1]
            part[-1] = (start, end, end)
    return parts


def _range_of(view: memoryview, *lines: Sequence[tuple[int, int, int]]) -> memoryview:
    """The octets from the first of some lines to the last; pymap loses one where a body is empty."""
    present = [group for group in lines if group]
    return view[present[0][0][0] : present[-1][-1][2]] if present else view[:0]


_parse_headers = ParsedHeaders._parse.__func__  # pyright: ignore[reportFunctionMemberAccess]


def _lenient_headers(cls: type[ParsedHeaders], values: Sequence[Sequence[bytes]]) -> Iterable[BaseHeader]:
    """Leave out headers that the standard library cannot parse; pymap would drop the connection."""
    for value in values:
        try:
            header = next(iter(_parse_headers(cls, [value])))
        except Exception:  # noqa: BLE001 - IndexError, AttributeError…: the library's own bugs
            continue
        if getattr(header, "datetime", True) is not None:
            yield header


class _Uids:
    """A set of UIDs kept as its ranges: nothing is counted through."""

    def __init__(self, ranges: Sequence[range]) -> None:
        self._ranges = ranges

    def __contains__(self, uid: object) -> bool:
        return any(uid in one for one in self._ranges)

    def __and__(self, others: Iterable[int]) -> frozenset[int]:
        return frozenset(uid for uid in others if uid in self)

    def __iter__(self) -> Iterator[int]:
        return chain.from_iterable(self._ranges)


_flatten = SequenceSet.flatten


def _ranges_of(self: SequenceSet, max_value: int) -> "_Uids | frozenset[int]":
    """pymap makes a set of every number from 1 to the last UID: seconds, or its end, once UIDs are large."""
    if not self.uid:
        return _flatten(self, max_value)
    return _Uids([_as_range(self, element, max_value) for element in self.value])


def _as_range(numbers: SequenceSet, element: object, max_value: int) -> range:
    found = numbers._get_range(element, max_value)  # pyright: ignore[reportArgumentType]
    return found if isinstance(found, range) else range(0)


def install() -> None:
    """Put the repairs into pymap. Harmless when called twice."""
    for module in (_mailbox_atom, _special_responses):
        vars(module)["modutf7_encode"] = encode_folder
    for module in (_mailbox_atom, _auth_commands):
        vars(module)["modutf7_decode"] = decode_folder
    SequenceSet.flatten = _ranges_of  # pyright: ignore[reportAttributeAccessIssue]
    _mime.__dict__["get_raw"] = _range_of
    LoadedMessage._get_subpart = lambda self, section: subpart(self.content, section)
    LoadedMessage._get_size_with_lines = classmethod(_body_size)  # pyright: ignore[reportAttributeAccessIssue]
    LoadedMessage._get_body_structure = classmethod(_sized_structure)  # pyright: ignore[reportAttributeAccessIssue]
    MessageBody._find_parts = classmethod(_trimmed_parts)  # pyright: ignore[reportAttributeAccessIssue]
    ParsedHeaders._parse = classmethod(_lenient_headers)  # pyright: ignore[reportAttributeAccessIssue]
