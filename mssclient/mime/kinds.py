"""What a part says it is: Content-Type, Content-Disposition, Content-Transfer-Encoding, Content-ID."""

import re
from dataclasses import dataclass, field

from mssclient.mime.headers import Header
from mssclient.mime.words import clean, decode_words, parameters

__all__ = ["Kind", "read_kind"]

_TYPE = re.compile(r"[a-z0-9!#$&^_.+*'-]{1,100}/[a-z0-9!#$&^_.+*'-]{1,120}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,40}")
_OVERRIDE = re.compile("[\u202a-\u202e\u2066-\u2069]")  # "annexe" + RLO + "fdp.exe" reads "annexeexe.pdf"
_NONE: dict[str, str] = {}


@dataclass(slots=True)
class Kind:
    type: str
    params: dict[str, str] = field(default_factory=dict)
    boundary: bytes = b""
    disposition: str | None = None
    filename: str | None = None
    encoding: str = "7bit"
    charset: str | None = None
    content_id: str | None = None
    defects: list[str] = field(default_factory=list)


def read_kind(headers: tuple[Header, ...], default: str) -> Kind:
    """The first value of each field counts; a second, different one is a defect."""
    first: dict[str, Header] = {}
    kind = Kind(default)
    for header in headers:
        if header.lower.startswith("content-"):
            if header.lower not in first:
                first[header.lower] = header
            elif header.lower in _COUNTED and header.raw != first[header.lower].raw:
                kind.defects.append("duplicate-" + header.lower)
    if "content-type" in first:
        _read_type(kind, first["content-type"], default)
    named = _NONE
    if "content-disposition" in first:
        word, named, twice = parameters(_latin(first["content-disposition"]))
        if twice:
            kind.defects.append("duplicate-parameter")
        if word:
            kind.disposition = "inline" if word == "inline" else "attachment"
    name = (
        named.get("filename") or named.get("name") or kind.params.get("name") or kind.params.get("filename")
    )
    if name:
        kind.filename = _name(name)
        if _OVERRIDE.search(name):
            kind.defects.append("reordered-filename")
        other = kind.params.get("name")
        if other and _name(other) != kind.filename:
            kind.defects.append("two-filenames")
    if "content-transfer-encoding" in first:
        found = _TOKEN.search(_latin(first["content-transfer-encoding"]))
        kind.encoding = found[0].lower() if found else "7bit"
    if "content-id" in first:
        kind.content_id = (
            clean(decode_words(first["content-id"].text)).strip().strip("<>").strip()[:500] or None
        )
    return kind


_COUNTED = frozenset(("content-type", "content-transfer-encoding", "content-disposition"))


def _latin(header: Header) -> str:
    return header.raw.decode("latin-1")


def _read_type(kind: Kind, header: Header, default: str) -> None:
    word, params, twice = parameters(_latin(header))
    if twice:
        kind.defects.append("duplicate-parameter")
    if _TYPE.fullmatch(word):
        kind.type = word
    else:
        word = re.sub(r"\s+", "", word)
        kind.type = word if _TYPE.fullmatch(word) else "text/plain" if word in ("text", "") else default
        kind.defects.append("bad-content-type")
    kind.params = params
    boundary = params.get("boundary", "")
    kind.boundary = _bytes(boundary).rstrip(b" \t")[:298]
    charset = params.get("charset", "").strip(" '\"").lower()
    kind.charset = charset[:60] or None


def _bytes(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeError:
        return text.encode("utf-8", "replace")


def _name(text: str) -> str | None:
    return clean(text).strip()[:1000] or None
