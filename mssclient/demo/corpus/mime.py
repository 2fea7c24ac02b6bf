"""Bytes of MIME messages, written by hand so that they are the same on each Python (RFC 2045–2047, 2231)."""

from base64 import b64encode
from binascii import b2a_qp
from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Part", "attachment", "encode_words", "html", "mailbox", "multipart", "serialise", "text"]


@dataclass(frozen=True)
class Part:
    """One MIME part: content headers and an encoded body (CRLF lines, no final line end needed)."""

    headers: tuple[tuple[str, str], ...]
    body: bytes
    is_multipart: bool = field(default=False)


def encode_words(value: str) -> str:
    """An unstructured header value or a phrase in RFC 2047 words where it needs them, folded."""
    if value.isascii():
        return value
    words, run = [], ""
    for char in value:
        if len((run + char).encode("utf-8")) > 42:
            words.append(run)
            run = ""
        run += char
    words.append(run)
    return "\r\n ".join(f"=?utf-8?b?{b64encode(w.encode('utf-8')).decode()}?=" for w in words)


def mailbox(name: str, address: str) -> str:
    """A display name and its address for From, To and Cc."""
    if not name:
        return address
    phrase = f'"{name}"' if name.isascii() else encode_words(name)
    return f"{phrase} <{address}>"


def _lines(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _base64(data: bytes) -> bytes:
    encoded = b64encode(data)
    return b"\r\n".join(encoded[i : i + 76] for i in range(0, len(encoded), 76))


def text(
    body: str,
    *,
    subtype: str = "plain",
    charset: str = "utf-8",
    encoding: str = "quoted-printable",
    parameters: str = "",
) -> Part:
    """A text part. ``encoding``: quoted-printable, base64, 8bit or 7bit."""
    return encoded_text(body.encode(charset), subtype, charset, encoding, parameters)


def encoded_text(data: bytes, subtype: str, charset: str, encoding: str, parameters: str = "") -> Part:
    """A text part from bytes already in their charset, which the header may even name wrongly."""
    if encoding == "quoted-printable":
        body = _lines(b2a_qp(data.replace(b"\r\n", b"\n"), istext=True))
    elif encoding == "base64":
        body = _base64(data)
    else:
        body = _lines(data) if b"\n" in data else data
    named = f"; charset={charset}" if charset else ""
    return Part(
        (("Content-Type", f"text/{subtype}{named}{parameters}"), ("Content-Transfer-Encoding", encoding)),
        body,
    )


def html(body: str, charset: str = "utf-8") -> Part:
    return text(body, subtype="html", charset=charset)


def _filename(name: str) -> str:
    if name.isascii():
        return f'filename="{name}"'
    quoted = "".join(
        c if c.isascii() and (c.isalnum() or c in "-._") else "".join(f"%{b:02X}" for b in c.encode("utf-8"))
        for c in name
    )
    return f"filename*=utf-8''{quoted}"


def attachment(
    name: str, data: bytes, kind: str, *, disposition: str = "attachment", content_id: str = ""
) -> Part:
    """A file in base64; its name after RFC 2231 where it is not ASCII."""
    headers = [
        ("Content-Type", f'{kind}; name="{name}"' if name.isascii() else kind),
        ("Content-Transfer-Encoding", "base64"),
        ("Content-Disposition", f"{disposition}; {_filename(name)}" if name else disposition),
    ]
    if content_id:
        headers.append(("Content-ID", f"<{content_id}>"))
    return Part(tuple(headers), _base64(data))


def forwarded(raw: bytes, name: str = "") -> Part:
    """A message/rfc822 part."""
    headers = [("Content-Type", "message/rfc822"), ("Content-Transfer-Encoding", "8bit")]
    headers.append(("Content-Disposition", f"attachment; {_filename(name)}" if name else "inline"))
    return Part(tuple(headers), raw)


def multipart(subtype: str, parts: Sequence[Part], boundary: str, parameters: str = "") -> Part:
    """A multipart whose boundary must not occur in its parts."""
    delimiter = b"--" + boundary.encode("ascii")
    chunks: list[bytes] = []
    for part in parts:
        chunks += [delimiter, b"\r\n", _header_block(part.headers), b"\r\n", part.body, b"\r\n"]
    chunks += [delimiter, b"--\r\n"]
    kind = f'multipart/{subtype};\r\n boundary="{boundary}"{parameters}'
    return Part((("Content-Type", kind),), b"".join(chunks), is_multipart=True)


def _header_block(headers: Sequence[tuple[str, str]]) -> bytes:
    return b"".join(f"{name}: {value}\r\n".encode() for name, value in headers)


def serialise(headers: Sequence[tuple[str, str]], content: Part) -> bytes:
    """A whole message. Header values are written as given (encode them before)."""
    block = _header_block([*headers, ("MIME-Version", "1.0"), *content.headers])
    body = content.body if content.body.endswith(b"\r\n") else content.body + b"\r\n"
    return block + b"\r\n" + body
