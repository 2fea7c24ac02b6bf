"""Bytes of a text file of unknown origin as text: laboratories declare no charset, or the wrong one.

Seen: ISO-8859-1, Windows-1252, MacRoman, CP850, UTF-8 with or without BOM, UTF-16LE, UTF-8 encoded
twice, HTML entities; lines that end with CRLF, LF, CR or CRCRLF. Everything is linear and never raises.
"""

import html
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from mssclient.mime.charsets import decode, known

__all__ = [
    "Decoded",
    "decode_text",
    "expand_entities",
    "is_binary",
    "split_lines",
    "strip_tags",
    "to_charset",
]

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_FRENCH = frozenset("éèêëàâäùûüôöîïçÉÈÊËÀÂÙÛÔÎÏÇœŒ°²³µ«»’“”–…€½±·")
_LATIN_CODECS = ("cp1252", "mac_roman", "cp850")
_ASCII = bytes(range(0x80))
_CONTROLS = bytes(byte for byte in range(32) if byte not in (9, 10, 11, 12, 13, 27))
_FRENCH_UTF8 = re.compile(b"[\xc2\xc3\xc5][\x80-\xbf]")
_FRENCH_BYTES = tuple(
    frozenset(byte for letter in _FRENCH for byte in letter.encode(codec, "ignore"))
    for codec in _LATIN_CODECS
)
_LATIN_NAMES = frozenset((None, "cp1252", "utf-8", "iso8859-1", "iso8859-15", "mac-roman", "cp850", "cp437"))
_FIRST_OF_TWICE = "\u00c2\u00c3\u00c5\u00e2"
_TWICE = re.compile(
    f"[{_FIRST_OF_TWICE}]"
    "[\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013\u2014\u2018-\u201e"
    "\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]"
)
_ENTITY = re.compile(r"&(?:#\d{2,5}|#[xX][0-9a-fA-F]{2,5}|[A-Za-z]{2,8});")
_LINE_END = re.compile(r"\r+\n|\r|\n")
_SAMPLE = 65_536


@dataclass(frozen=True, slots=True)
class Decoded:
    text: str
    codec: str
    """Python codec that gives the text from the bytes and, unless ``repaired``, the bytes back."""
    repaired: bool = False
    """Letters that had been encoded twice were put right."""


def is_binary(head: bytes) -> bool:
    """Whether the first bytes are those of no text at all."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or _wide(head):
        return False
    sample = head[:2000]
    return b"\x00" in head or len(sample) - len(sample.translate(None, _CONTROLS)) > 20


def _wide(data: bytes) -> str:
    """UTF-16 without a mark: every second byte of a text in Latin letters is zero."""
    sample = data[:400]
    if len(sample) < 8:
        return ""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd > half * 0.7 and not even:
        return "utf-16-le"
    return "utf-16-be" if even > half * 0.7 and not odd else ""


def decode_text(data: bytes, charset: str | None = None) -> Decoded:
    """The text and the codec that was found to fit; a declared charset is only a hint."""
    for mark, codec in _BOMS:
        if data.startswith(mark):
            return Decoded(data.decode(codec, "replace").removeprefix("\ufeff"), codec)
    if wide := _wide(data):
        return Decoded(data.decode(wide, "replace"), wide)
    if data.isascii():
        return Decoded(data.decode("ascii"), "cp1252")
    declared = known(charset) if charset else None
    if declared not in _LATIN_NAMES:
        text, defect = decode(data, charset)
        if not defect:
            return Decoded(text, declared or "utf-8")
    try:
        text = data.decode("utf-8")
    except UnicodeError:
        return _decode_latin(data, charset)
    mended = _undo_twice(text)
    return Decoded(mended, "utf-8", mended != text)


def _decode_latin(data: bytes, charset: str | None) -> Decoded:
    """The single-byte charset in which most high bytes are French; a torn UTF-8 text stays UTF-8."""
    high = data[:_SAMPLE].translate(None, _ASCII)
    if 2 * len(_FRENCH_UTF8.findall(data, 0, _SAMPLE)) > len(high) * 0.8:
        return Decoded(data.decode("utf-8", "replace"), "utf-8", True)
    counts = Counter(high)
    scores = [sum(counts[byte] for byte in counts.keys() & french) for french in _FRENCH_BYTES]
    codec = _LATIN_CODECS[scores.index(max(scores))]
    declared = known(charset) if charset else None
    if (
        codec == "cp1252"
        and declared
        and (declared == "iso8859-15" or (max(scores) == 0 and declared != "utf-8"))
    ):
        codec = declared
    text = data.decode(codec, "replace")
    return Decoded(text, codec, "\ufffd" in text)


def _undo_twice(text: str) -> str:
    """UTF-8 read as Windows-1252 and encoded again ("Ã©"): put right line by line where it works."""
    if not any(letter in text for letter in _FIRST_OF_TWICE) or _TWICE.search(text) is None:
        return text
    return "".join(map(_once, re.split(r"(?<=\n)", text)))


def _once(line: str) -> str:
    if _TWICE.search(line) is None:
        return line
    try:
        raw = b"".join(
            letter.encode("latin-1") if ord(letter) < 0x100 else letter.encode("cp1252") for letter in line
        )
        return raw.decode("utf-8")
    except UnicodeError:
        return line


def expand_entities(text: str) -> str:
    """``&eacute;`` as é; a text without any is given back as it is."""
    if "&" not in text or _ENTITY.search(text) is None:
        return text
    return _ENTITY.sub(lambda found: html.unescape(found[0]), text)


def split_lines(text: str) -> list[str]:
    """Lines without their ends, of whichever kind."""
    return _LINE_END.split(text)


_BREAKS = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6]|/pre)\b[^<>]{0,200}>", re.I)
_UNSEEN = re.compile(r"<(/?)(style|script|head)\b[^<>]{0,2000}>", re.I)
_TAG = re.compile(r"<[^<>]{0,2000}>")


def strip_tags(markup: str, most: int = 400_000) -> str:
    """The lines that an HTML body shows, roughly: enough to recognise a text that was sent as HTML."""
    markup = markup[:most]
    low = markup.lower()
    if "<pre" not in low:
        markup = _on_one_line(markup)
    if "<style" in low or "<script" in low or "<head" in low:
        markup = _drop_unseen(markup)
    lines = html.unescape(_TAG.sub("", _BREAKS.sub("\n", markup))).replace("\xa0", " ").split("\n")
    return "\n".join(line.strip() for line in lines)


def _on_one_line(markup: str) -> str:
    """Each line end, and the blanks around it, as one space."""
    first, *rest = markup.split("\n")
    if not rest:
        return first
    *between, last = rest
    lines = [first.removesuffix("\r").rstrip(" \t")]
    lines += [line.lstrip(" \t").removesuffix("\r").rstrip(" \t") for line in between]
    return " ".join((*lines, last.lstrip(" \t")))


def _drop_unseen(markup: str) -> str:
    """Without style sheets and scripts, in one pass; one that never ends takes the rest with it."""
    kept: list[str] = []
    at, inside = 0, ""
    for found in _UNSEEN.finditer(markup):
        if not inside and not found[1]:
            kept.append(markup[at : found.start()])
            inside = found[2].lower()
        elif inside and found[1] and found[2].lower() == inside:
            at, inside = found.end(), ""
    return "".join(kept) + ("" if inside else markup[at:])


_PLAIN = str.maketrans(
    {
        "≤": "<=", "≥": ">=", "≠": "<>", "≈": "~", "→": "->", "←": "<-", "↑": "+", "↓": "-", "−": "-",
        "‑": "-", "‐": "-", "\u202f": "\xa0", "\u2009": " ", "\u2002": " ", "\u2003": " ", "\u200b": "",
        "μ": "µ", "α": "alpha", "β": "bêta", "γ": "gamma", "δ": "delta", "Δ": "delta", "λ": "lambda",
        "κ": "kappa", "☐": "[ ]", "☑": "[x]", "☒": "[x]", "✓": "x", "✔": "x", "▲": "+", "▼": "-", "■": "-",
        "●": "-", "◦": "-", "‒": "-", "―": "-", "\u2028": "\n", "\ufeff": "",
    }
)  # fmt: skip


def to_charset(text: str, charset: str) -> bytes:
    """``text`` in a charset, what it does not have written with letters that it has; never raises.

    Raises LookupError for an unknown charset: the caller's mistake, not the text's.
    """
    try:
        return text.encode(charset)
    except UnicodeError:
        pass
    out: list[str] = []
    for letter in text.translate(_PLAIN):
        try:
            letter.encode(charset)
        except UnicodeError:
            letter = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode() or "?"
        out.append(letter)
    return "".join(out).encode(charset, "replace")
