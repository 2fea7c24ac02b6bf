"""Tag, length, value as cards write it (ISO 8825-1 DER, ISO/IEC 7816-4 BER-TLV), bounded. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["Item", "Nonsense", "find", "read_items"]

_ITEMS = 256
_DEPTH = 12


class Nonsense(ValueError):
    """The card's octets are not what they should be. Its text says where, never what stood there."""


class Item(NamedTuple):
    tag: int
    """All its octets as one number: 0x30, 0x7F41, 0xBF8101."""
    value: bytes

    @property
    def constructed(self) -> bool:
        first = self.tag
        while first > 0xFF:
            first >>= 8
        return bool(first & 0x20)

    def items(self) -> list["Item"]:
        """What is inside. Raises Nonsense."""
        return read_items(self.value)


def read_items(data: bytes, *, padded: bool = False) -> list[Item]:
    """Every item of ``data``, in order; with ``padded``, up to the 00 or FF octets that fill a card's file.

    Raises Nonsense: an item that ends past the data, an indefinite or overlong length, more than 256 items.
    """
    found: list[Item] = []
    at = 0
    while at < len(data):
        if padded and data[at] in (0x00, 0xFF):
            break
        tag, at = _tag(data, at)
        length, at = _length(data, at)
        if length > len(data) - at:
            raise Nonsense("value past the end")
        found.append(Item(tag, data[at : at + length]))
        at += length
        if len(found) > _ITEMS:
            raise Nonsense("too many items")
    return found


def _tag(data: bytes, at: int) -> tuple[int, int]:
    tag = data[at]
    at += 1
    if tag & 0x1F == 0x1F:
        for _ in range(3):
            if at >= len(data):
                raise Nonsense("tag past the end")
            octet = data[at]
            tag, at = tag << 8 | octet, at + 1
            if not octet & 0x80:
                return tag, at
        raise Nonsense("tag too long")
    return tag, at


def _length(data: bytes, at: int) -> tuple[int, int]:
    if at >= len(data):
        raise Nonsense("length past the end")
    first = data[at]
    at += 1
    if first < 0x80:
        return first, at
    count = first & 0x7F
    if not 1 <= count <= 3 or at + count > len(data):
        raise Nonsense("length")
    return int.from_bytes(data[at : at + count], "big"), at + count


def find(data: bytes, tag: int) -> bytes | None:
    """The value of the first item of this tag, at any depth up to 12; None without one. Raises Nonsense."""
    return next(_search(data, tag, _DEPTH), None)


def _search(data: bytes, tag: int, depth: int) -> Iterator[bytes]:
    for item in read_items(data):
        if item.tag == tag:
            yield item.value
        elif item.constructed and depth:
            yield from _search(item.value, tag, depth - 1)
