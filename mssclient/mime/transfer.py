"""Transfer encodings undone leniently (RFC 2045 §6): bytes in, bytes and the names of defects out."""

import binascii
import re

__all__ = ["decode_base64", "decode_body", "decode_prefix", "decode_quoted_printable", "decode_uu"]

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_SOFT_SPACE = re.compile(rb"=[ \t]{1,200}(?=\r?\n)")
_BAD_ESCAPE = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]{0,200}\r?\n|\Z)")
_NOT_OF_BASE64 = bytes(byte for byte in range(256) if _NOT_BASE64.match(bytes((byte,))))
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\r\n"
_MAX_PIECES = 10_000
_CHECKED_OCTETS = 8_000_000  # above, junk is skipped without being named

IDENTITY = frozenset(("", "7bit", "8bit", "binary"))


def decode_base64(data: bytes) -> tuple[bytes, str]:
    """Junk is skipped, data after padding is a new piece (concatenated encodings), a torn end is dropped."""
    pad = data.find(b"=")
    defect = ""
    if pad != -1 and data[pad:].strip(b"=\r\n \t"):
        return _base64_pieces(data), "base64-after-padding"
    if len(data) <= _CHECKED_OCTETS and data.translate(None, _ALPHABET).strip(b" \t"):
        defect = "base64-junk"
    try:
        return binascii.a2b_base64(data), defect
    except binascii.Error:
        return _base64_torn(data), "base64-torn"


def _base64_torn(data: bytes) -> bytes:
    letters = _NOT_BASE64.sub(b"", data)
    whole = len(letters) // 4 * 4
    tail = letters[whole:]
    if len(tail) >= 2:
        return binascii.a2b_base64(letters[:whole] + tail + b"=" * (4 - len(tail)))
    return binascii.a2b_base64(letters[:whole])


def _base64_pieces(data: bytes) -> bytes:
    pieces = data.split(b"=", _MAX_PIECES)[:_MAX_PIECES]
    return b"".join(_base64_torn(piece) for piece in pieces if piece)


def decode_quoted_printable(data: bytes) -> tuple[bytes, str]:
    """``=`` followed by something else stays as written; spaces added after a soft break are dropped."""
    defect = "bad-quoted-printable" if _BAD_ESCAPE.search(data[:_CHECKED_OCTETS]) else ""
    if b"= " in data or b"=\t" in data:
        data = _SOFT_SPACE.sub(b"=", data)
    return binascii.a2b_qp(data), defect


def decode_uu(data: bytes) -> tuple[bytes, str]:
    """uuencode, from its ``begin`` line to its ``end`` line; lines that make no sense are dropped."""
    begin = re.search(rb"^begin[ \t]+[0-7]{3,4}[ \t][^\r\n]*\r?\n", data, re.M)
    if begin is None:
        return data, "uuencode-without-begin"
    out: list[bytes] = []
    defect = "uuencode-torn"
    for line in data[begin.end() :].split(b"\n"):
        line = line.rstrip(b"\r")
        if line in (b"end", b"`", b""):
            defect = ""
            if line == b"end":
                break
            continue
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            octets = (((line[0] - 32) & 63) * 4 + 5) // 3  # some encoders pad their lines
            try:
                out.append(binascii.a2b_uu(line[:octets]))
            except binascii.Error:
                defect = "uuencode-torn"
    return b"".join(out), defect


def decode_body(data: bytes, encoding: str) -> tuple[bytes, str]:
    """The decoded body and the name of a defect ("" when there is none)."""
    if encoding == "base64":
        return decode_base64(data)
    if encoding == "quoted-printable":
        return decode_quoted_printable(data)
    if encoding in ("uuencode", "x-uuencode", "x-uue", "uue"):
        return decode_uu(data)
    return data, "" if encoding in IDENTITY else "unknown-encoding"


def decode_prefix(data: bytes, encoding: str) -> bytes:
    """The beginning of a body, decoded from the beginning of its encoded form, which may be cut anywhere."""
    if encoding == "base64":
        letters = data.translate(None, _NOT_OF_BASE64)
        return binascii.a2b_base64(letters[: len(letters) // 4 * 4])
    return decode_body(data, encoding)[0]
