"""The base of all records, and their encoding."""

from typing import Any, TypeVar

import msgspec

__all__ = ["Record", "from_wire", "to_json", "to_wire"]

T = TypeVar("T")


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A frozen, typed value. Fields are only ever added, with a default."""


_wire = msgspec.msgpack.Encoder()
_json = msgspec.json.Encoder()


def to_wire(value: Any) -> bytes:
    """MessagePack bytes of a record."""
    return _wire.encode(value)


def from_wire(data: bytes, kind: type[T]) -> T:
    """A record from MessagePack bytes. Raises msgspec.ValidationError when it is not one."""
    return msgspec.msgpack.decode(data, type=kind)


def to_json(value: Any) -> bytes:
    """JSON bytes of a record, UTF-8."""
    return _json.encode(value)
