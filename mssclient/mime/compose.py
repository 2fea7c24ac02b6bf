"""A letter written as bytes for the wire (RFC 5322, RFC 2045 to 2047, RFC 2231).

What is written here reads back the same with :mod:`mssclient.mime.reading` (a property test).
"""

import binascii
import re
import secrets
from dataclasses import dataclass

from mssclient.mime.addresses import Address, domain_of
from mssclient.mime.dates import format_date
from mssclient.mime.encoding import check_line, fold_list, parameter, unstructured, written_mailbox
from mssclient.mime.filenames import sanitise_filename
from mssclient.mime.mailboxes import quoted
from mssclient.mime.posting import Envelope, canonical_lines, envelope, remove_bcc
from mssclient.mime.replies import (
    forward_subject,
    forward_text,
    quote_reply,
    reply_recipients,
    reply_references,
    reply_subject,
    reply_text,
)
from mssclient.mime.vocabulary import vocabulary
from mssclient.model.errors import BugError
from mssclient.model.language import _

__all__ = [
    "Attachment",
    "Envelope",
    "Letter",
    "canonical_lines",
    "compose",
    "envelope",
    "forward_subject",
    "forward_text",
    "new_message_id",
    "quote_reply",
    "remove_bcc",
    "reply_recipients",
    "reply_references",
    "reply_subject",
    "reply_text",
    "sanitise_filename",
]

_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,100}/[a-z0-9][a-z0-9!#$&^_.+-]{0,100}")
_ID = re.compile(r"<[!-;=?-~]{1,240}@[!-;=?-~]{1,240}>")
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,70}")
_OURS = vocabulary(
    """from sender to cc bcc subject date message-id in-reply-to references mime-version content-type
    content-transfer-encoding content-disposition disposition-notification-to received return-path
    resent-bcc"""
)
_LINE_ENDS = re.compile("\r\n|\r|\n")
_UNSENT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Attachment:
    """``content`` goes out byte for byte; ``name`` is made safe; an odd ``type`` becomes octet-stream."""

    name: str
    type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """All that is said in a message. Bcc is for the envelope only and never written."""

    sender: Address
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    subject: str = ""
    text: str = ""
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    message_id: str = ""
    """With its angle brackets; :func:`new_message_id`."""
    date_utc: int = 0
    read_receipt: bool = False
    extra: tuple[tuple[str, str], ...] = ()
    """Further fields, e.g. X-MSS-NIL."""


def new_message_id(domain: str) -> str:
    """A fresh Message-ID of 144 random bits at the sender's domain (RFC 5322 §3.6.4); no time, no host."""
    return f"<{secrets.token_urlsafe(18)}@{domain_of('x@' + domain) or 'mssclient.invalid'}>"


def compose(letter: Letter) -> bytes:
    """The message, CRLF line ends, UTF-8 text, 7-bit clean but for an enclosed message.

    Raises Refused ``header-injection`` or ``bad-address`` when a value cannot be sent as it is, and
    BugError ``bad-message-id``, ``bad-field`` on a wrong call. Nothing of the value is in the error.
    """
    body_head, body = _body(letter)
    return b"".join((*_fields(letter), b"MIME-Version: 1.0\r\n", body_head, b"\r\n", body))


def _fields(letter: Letter) -> list[bytes]:
    fields = [
        f"Date: {format_date(letter.date_utc)}\r\n".encode("ascii"),
        fold_list("From", [written_mailbox(letter.sender)], ","),
    ]
    for name, people in (("To", letter.to), ("Cc", letter.cc)):
        if people:
            fields.append(fold_list(name, [written_mailbox(person) for person in people], ","))
    if not letter.to and not letter.cc:
        fields.append(b"To: undisclosed-recipients:;\r\n")
    fields.append(unstructured("Subject", letter.subject))
    fields.append(f"Message-ID: {_checked_id(letter.message_id)}\r\n".encode("ascii"))
    # an id that we did not write may be odd: left out rather than sent on
    if letter.in_reply_to and _ID.fullmatch(check_line(letter.in_reply_to)):
        fields.append(f"In-Reply-To: {letter.in_reply_to}\r\n".encode("ascii"))
    known = [check_line(reference) for reference in letter.references]
    known = [reference for reference in known if _ID.fullmatch(reference)]
    if known:
        fields.append(fold_list("References", [[reference] for reference in known], ""))
    if letter.read_receipt:
        fields.append(fold_list("Disposition-Notification-To", [written_mailbox(letter.sender)], ","))
    for name, value in letter.extra:
        if _FIELD.fullmatch(name) is None or name.lower() in _OURS:
            raise BugError("bad-field", _("Le message n’a pas pu être préparé."), detail="extra field name")
        fields.append(unstructured(name, value))
    return fields


def _checked_id(message_id: str) -> str:
    if _ID.fullmatch(message_id) is None:
        raise BugError("bad-message-id", _("Le message n’a pas pu être préparé."), detail="Message-ID syntax")
    return message_id


def _body(letter: Letter) -> tuple[bytes, bytes]:
    """Header fields and body of the content: one part, an alternative, or a mixed with enclosures."""
    head, body = _text_part("text/plain", letter.text)
    if letter.html is not None:
        head, body = _multipart("alternative", [(head, body), _text_part("text/html", letter.html)])
    if letter.attachments:
        head, body = _multipart("mixed", [(head, body), *(_file_part(file) for file in letter.attachments)])
    return head, body if body.endswith(b"\r\n") else body + b"\r\n"


def _multipart(kind: str, parts: list[tuple[bytes, bytes]]) -> tuple[bytes, bytes]:
    boundary = _boundary(parts)
    mark = b"--" + boundary
    pieces: list[bytes] = []
    for head, body in parts:
        pieces.extend((mark, b"\r\n", head, b"\r\n", body, b"\r\n"))
    pieces.extend((mark, b"--\r\n"))
    head = b"Content-Type: multipart/" + kind.encode("ascii") + b';\r\n boundary="' + boundary + b'"\r\n'
    return head, b"".join(pieces)


def _boundary(parts: list[tuple[bytes, bytes]]) -> bytes:
    """Never inside a part: "=_" occurs neither in base64 nor in quoted-printable (RFC 2045 §6.7)."""
    while True:
        boundary = b"=_" + secrets.token_hex(14).encode("ascii")
        if not any(boundary in body for _, body in parts):
            return boundary


def _text_part(kind: str, text: str) -> tuple[bytes, bytes]:
    lines = _UNSENT.sub("", _LINE_ENDS.sub("\n", text))
    data = lines.encode("utf-8", "replace")
    encoding, body = _encode_text(data)
    head = f"Content-Type: {kind}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n"
    return head.encode("ascii"), body


def _encode_text(data: bytes) -> tuple[str, bytes]:
    """7bit when it can travel so, else quoted-printable, else base64 when that is a good deal shorter."""
    lines = data.split(b"\n")
    plain = (
        data.isascii()
        and max(map(len, lines)) <= 900
        and not any(line.startswith(b"From ") for line in lines)
    )
    if plain:
        return "7bit", data.replace(b"\n", b"\r\n")
    rough = sum(byte > 126 or byte == 61 for byte in data)
    if 2 * rough > len(data) // 2:
        return "base64", _base64(data.replace(b"\n", b"\r\n"))
    quoted = binascii.b2a_qp(data, istext=True, quotetabs=False)
    quoted = re.sub(rb"(?m)^From ", b"=46rom ", quoted)  # some stores would write ">From "
    return "quoted-printable", quoted.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _base64(data: bytes) -> bytes:
    """Lines of 76 characters."""
    out = binascii.b2a_base64(data, newline=False)
    return b"\r\n".join(out[at : at + 76] for at in range(0, len(out), 76)) + b"\r\n" if out else b""


def _file_part(file: Attachment) -> tuple[bytes, bytes]:
    check_line(file.name)
    name = sanitise_filename(file.name)
    kind = file.type.strip().lower()
    if _TYPE.fullmatch(kind) is None or kind.startswith("multipart/"):
        kind = "application/octet-stream"
    encoding, body = "base64", b""
    if kind.startswith("message/"):
        # RFC 2046 §5.2.1: a message inside a message is never encoded; one that cannot travel so is a file
        if kind == "message/rfc822" and _travels_as_it_is(file.content):
            encoding, body = ("7bit" if file.content.isascii() else "8bit"), file.content
        else:
            kind = "application/octet-stream"
    if encoding == "base64":
        body = _base64(file.content)
    # the RFC 2047 form in "name" is what older readers look at; the RFC 2231 form is the rule
    words = unstructured("x", name).decode("ascii")[3:-2].replace("\r\n ", " ")
    head = f"Content-Type: {kind};\r\n name={quoted(words)}\r\nContent-Transfer-Encoding: {encoding}\r\n"
    head += "Content-Disposition: attachment"
    for piece in parameter("filename", name):
        head += f";\r\n {piece}"
    return (head + "\r\n").encode("ascii"), body


def _travels_as_it_is(content: bytes) -> bool:
    if b"\x00" in content or b"\r" in content.replace(b"\r\n", b"") or b"\n" in content.replace(b"\r\n", b""):
        return False
    return bool(content) and max(map(len, content.split(b"\r\n"))) <= 998
