"""Files inside a part: zip archives and winmail.dat (TNEF), read in memory, with limits on everything.

Nothing is ever written to a disk, names are never used as paths, an archive inside an archive is left
alone. Sizes that an archive announces are not believed: what comes out is counted.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from mssclient.mime.charsets import decode

__all__ = ["Limits", "Member", "is_zip", "read_tnef", "read_zip"]


@dataclass(frozen=True, slots=True)
class Limits:
    entries: int = 500
    octets: int = 60_000_000
    """Of all members together, unpacked."""
    member_octets: int = 30_000_000
    ratio: int = 200
    """Unpacked octets for one packed, over a first megabyte."""
    name_letters: int = 300
    depth: int = 12


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive; a ``problem`` ("encrypted", "too-big", "bomb", "damaged") leaves it empty."""

    name: str
    content: bytes
    problem: str = ""


def is_zip(head: bytes) -> bool:
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def read_zip(data: bytes, limits: Limits = Limits()) -> tuple[Member, ...]:
    """The files of a zip, folders left out; () for what is no zip. Never raises."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        infos = archive.infolist()
    except (
        zipfile.BadZipFile,
        ValueError,
        OSError,
        NotImplementedError,
        struct.error,
        EOFError,
        OverflowError,
    ):
        return ()
    found: list[Member] = []
    left = limits.octets
    for info in infos[: limits.entries]:
        name = info.filename.replace("\\", "/")
        if (
            not name
            or name.endswith("/")
            or len(name) > limits.name_letters
            or name.count("/") > limits.depth
        ):
            continue
        content, problem = _member(archive, info, limits, left)
        left -= len(content)
        found.append(Member(name, content, problem))
        if problem == "bomb" or left <= 0:
            break
    return tuple(found)


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: Limits, left: int) -> tuple[bytes, str]:
    if info.flag_bits & 1:
        return b"", "encrypted"
    most = min(limits.member_octets, left)
    packed = max(info.compress_size, 1)
    allowed = min(most, max(1_000_000, packed * limits.ratio))
    try:
        with archive.open(info) as stream:
            content = stream.read(allowed + 1)
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OSError,
        EOFError,
        struct.error,
        MemoryError,
    ):
        return b"", "damaged"
    if len(content) > allowed:
        return b"", "bomb" if allowed < most else "too-big"
    return content, ""


# -- winmail.dat (MS-OXTNEF) -------------------------------------------------------------------------

_SIGNATURE = 0x223E9F78
_BODY = 0x0002800C
_TITLE = 0x00018010
_DATA = 0x0006800F
_RENDERING = 0x00069002


def read_tnef(data: bytes, limits: Limits = Limits()) -> tuple[Member, ...]:
    """The attachments of a winmail.dat, and its plain body as ``body.txt``. Never raises."""
    found: list[Member] = []
    title = ""
    for attribute, value in _attributes(data, limits):
        if attribute == _RENDERING:
            title = ""
        elif attribute == _TITLE:
            title = decode(value.rstrip(b"\x00"), "cp1252")[0][: limits.name_letters]
        elif attribute == _DATA and len(value) <= limits.member_octets:
            found.append(Member(title or f"piece-{len(found) + 1}", value))
        elif attribute == _BODY:
            found.append(Member("body.txt", value.rstrip(b"\x00")))
    return tuple(found)


def _attributes(data: bytes, limits: Limits) -> Iterator[tuple[int, bytes]]:
    """Identifier and value of each attribute; the end where it stops making sense."""
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != _SIGNATURE:
        return
    at = 6
    for _count in range(limits.entries * 10):
        if at + 9 > len(data):
            return
        identifier, length = struct.unpack_from("<II", data, at + 1)
        if at + 9 + length > len(data):
            return
        yield identifier, data[at + 9 : at + 9 + length]
        at += 9 + length + 2
