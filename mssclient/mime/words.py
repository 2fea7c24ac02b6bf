"""Text hidden in headers: encoded words (RFC 2047) and parameters (RFC 2045, RFC 2231).

Everything here is linear in its input and never raises; what cannot be decoded stays as written.
"""

import binascii
import re
import urllib.parse
from functools import lru_cache

from mssclient.mime.charsets import decode

__all__ = ["clean", "decode_bytes", "decode_words", "parameters"]

_WORD = re.compile(r"=\?([^?\s=]{1,75})\?([bBqQ])\?([^?]*)\?=")
_RUN = re.compile(r"(?:=\?[^?\s=]{1,75}\?[bBqQ]\?[^?]*\?=\s*)+")
# C0, C1, line separators, and the controls that reorder text (a name must not lie about its extension).
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
_LINES = re.compile("[\t-\r\x85\u2028\u2029]+")
_B64_JUNK = re.compile(r"[^A-Za-z0-9+/]")


def clean(text: str) -> str:
    """No control character, no line break, no bidirectional override; runs of them become one space."""
    if text.isprintable():
        return text
    return _UNWANTED.sub("", _LINES.sub(" ", text))


def decode_bytes(raw: bytes) -> str:
    """Bytes of a header as text: ASCII, UTF-8 (RFC 6532), else cp1252."""
    try:
        return raw.decode("utf-8")
    except UnicodeError:
        return raw.decode("cp1252", "replace")


def _unbase64(text: str) -> bytes:
    letters = _B64_JUNK.sub("", text)
    whole = len(letters) // 4 * 4
    tail = letters[whole:]
    if len(tail) == 1:
        tail = ""
    return binascii.a2b_base64(letters[:whole] + (tail + "=" * (-len(tail) % 4) if tail else ""))


def _unquote(text: str) -> bytes:
    return binascii.a2b_qp(text.encode("utf-8", "replace"), header=True)


def _decode_run(run: str) -> str:
    """Adjacent encoded words: bytes of one charset are joined first, a letter may be split over two words."""
    out: list[str] = []
    pending = b""
    charset = ""
    rest = ""  # base64 letters waiting for the next word: some senders cut the stream, not the text
    for found in _WORD.finditer(run):
        name, kind, text = found[1].partition("*")[0].lower(), found[2], found[3]
        if name != charset or (rest and kind not in "bB"):
            pending += _unbase64(rest)
            rest = ""
        if name != charset:
            if pending:
                out.append(decode(pending, charset)[0])
            charset, pending = name, b""
        if kind in "bB":
            text = rest + text
            rest = ""
            if len(text) % 4 and "=" not in text[-2:]:
                rest = text
                continue
            pending += _unbase64(text)
        else:
            pending += _unquote(text)
    pending += _unbase64(rest)
    if pending:
        out.append(decode(pending, charset)[0])
    return "".join(out)


def decode_words(text: str) -> str:
    """Unfolded header text with its encoded words decoded; control characters are gone afterwards."""
    if "=?" in text:
        text = _RUN.sub(_spaced_run, text)
    return clean(text)


def _spaced_run(found: re.Match[str]) -> str:
    run = found[0]
    return _decode_run(run) + (" " if run[-1].isspace() else "")


# every repetition that can fail is short: the values of one header may be a megabyte long
_PARAM = re.compile(
    r';\s{0,50}([^\s=;"()]{1,200})\s{0,50}=\s{0,50}(?:"((?:[^"\\]|\\.)*)"[^;]*|([^;]*))',
    re.S,
)
_ESCAPED = re.compile(r'\\(["\\])')
_COMMENT = re.compile(r"\([^()]*\)")
_SECTION = re.compile(r"(.+?)(?:\*(\d{1,4}))?(\*)?$")


def parameters(value: str) -> tuple[str, dict[str, str], bool]:
    """First word (lower case), decoded parameters, and whether one of them came twice (the first counts).

    ``value`` is the unfolded header as latin-1 text, one character a byte, so that a boundary keeps its
    bytes: parameters are latin-1 text too unless they were encoded or hold UTF-8. Callers do not change them.
    """
    if len(value) <= _ORDINARY_LETTERS and "name" not in value:
        return _ordinary_parameters(value)
    return _parameters(value)


_ORDINARY_LETTERS = 60


@lru_cache(512)
def _ordinary_parameters(value: str) -> tuple[str, dict[str, str], bool]:
    """Those of ``text/plain; charset=utf-8``, the same few again and again; names of files are not kept."""
    return _parameters(value)


def _parameters(value: str) -> tuple[str, dict[str, str], bool]:
    head, semicolon, _ = value.partition(";")
    start = len(head)
    if "(" in head:
        head = _COMMENT.sub("", head)
    first = head.strip().lower()
    if not semicolon:
        return first, {}, False
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    twice = False
    for found in _PARAM.finditer(value, start):
        name = found[1].lower()
        text = found[2]
        if text is not None:
            text = _ESCAPED.sub(r"\1", text) if "\\" in text else text
        else:
            text = found[3].strip()
            if text[:1] == '"':
                text = text.strip('"')
            elif "(" in text:
                text = _COMMENT.sub("", text).strip()
        if "*" not in name:
            twice = twice or name in plain
            # a boundary is bytes, not text
            plain.setdefault(name, text if name == "boundary" else _readable(text))
            continue
        section = _SECTION.match(name)
        if section is None:
            continue
        number = int(section[2]) if section[2] else 0
        slot = pieces.setdefault(section[1], {})
        twice = twice or number in slot
        slot.setdefault(number, (text, section[3] is not None))
    for name, slot in pieces.items():
        plain[name] = _join_sections(slot)
    return first, plain, twice


def _join_sections(slot: dict[int, tuple[str, bool]]) -> str:
    """RFC 2231: ``name*0*=utf-8'fr'…; name*1=…``. Sections after a gap are lost."""
    first, encoded = slot.get(0, ("", False))
    charset = "utf-8"
    if encoded and first.count("'") >= 2:
        charset, _, first = first.split("'", 2)
    parts: list[bytes] = []
    for number in range(len(slot)):
        if number not in slot:
            break
        text, coded = slot[number]
        if number == 0:
            text = first
        data = text.encode("latin-1", "replace")
        parts.append(urllib.parse.unquote_to_bytes(data) if coded else data)
    if encoded:
        return decode(b"".join(parts), charset or "utf-8")[0]
    return _readable(b"".join(parts).decode("latin-1"))


def _readable(text: str) -> str:
    if text.isascii():
        return decode_words(text) if "=?" in text else text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        pass
    return text
