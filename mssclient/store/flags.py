"""Flags and keywords between their names and the columns that hold them."""

from collections.abc import Iterable

__all__ = ["FLAGS", "is_flag", "pack_flags", "pack_keywords", "split", "unpack_flags", "unpack_keywords"]

FLAGS = ("seen", "answered", "flagged", "deleted", "draft")
"""Bit 0 to 4. The indexes of schema/0001.sql name bits 0 and 2."""

_BIT = {name: 1 << position for position, name in enumerate(FLAGS)}
_NAMES = [tuple(name for name in FLAGS if bits & _BIT[name]) for bits in range(1 << len(FLAGS))]


def is_flag(name: str) -> bool:
    return name in _BIT


def pack_flags(names: Iterable[str]) -> int:
    """Bits of the known names; others (\\Recent, keywords) are left out."""
    bits = 0
    for name in names:
        bits |= _BIT.get(name, 0)
    return bits


def unpack_flags(bits: int) -> tuple[str, ...]:
    return _NAMES[bits & (1 << len(FLAGS)) - 1]


def pack_keywords(keywords: Iterable[str]) -> str:
    """Sorted, one blank between; an IMAP keyword is an atom and holds no blank (RFC 9051 §9)."""
    return " ".join(sorted({word for keyword in keywords for word in keyword.split()}))


def unpack_keywords(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def split(names: Iterable[str]) -> tuple[int, str]:
    """A mixed list of flags and keywords (as MarkFlags carries it) as both columns."""
    listed = list(names)
    return pack_flags(listed), pack_keywords(name for name in listed if name not in _BIT)
