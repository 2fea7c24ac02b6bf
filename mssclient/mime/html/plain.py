"""The words of an HTML body without any parser: linear, for the search index and as a fallback."""

import html
import re

from mssclient.mime.html.source import MAX_CHARACTERS, split_source

__all__ = ["UNSHOWN", "plain_words"]

UNSHOWN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufdd0\ufdd1\ufeff\ufffc\ud800-\udfff]"
)
"""Characters never shown: controls, bidirectional overrides, lone surrogates, object replacement."""

_UNREAD = re.compile(r"<(script|title|head)\b[^<>]*>(.*?)</\1[^<>]*>?", re.I | re.S)
_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/li|/h\d|/table|hr)\b[^<>]*>", re.I)
_CELL = re.compile(r"</t[dh]\b[^<>]*>", re.I)
_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>")
_BLANKS = re.compile(r"[ \t\r\f\xa0\u200b\u200c\u034f\xad]+")
_PRINTABLE = ("\u034f", "\ufffc")
"""Those of ``UNSHOWN`` and ``_BLANKS`` that Python holds for printable."""
_EMPTY_LINES = re.compile(r"\n\s*\n+")


def plain_words(source: str, limit: int = 300_000) -> str:
    """What a reader would read, roughly, at most ``limit`` characters; never raises."""
    markup = split_source(source[:MAX_CHARACTERS]).markup
    low = markup.lower()
    if 0 < low.count("<script") + low.count("<title") + low.count("<head") < 50:
        markup = _UNREAD.sub(" ", markup)
    # line ends of the source are spaces; breaks come from elements
    markup = _BREAK.sub("\n", markup.replace("\n", " ").replace("\r", " "))
    if "</t" in low:
        markup = _CELL.sub(" ", markup)
    text = _TAG.sub("", markup)
    if "&" in text:
        text = html.unescape(text)
    text = _plain_blanks(text)
    lines = [line.strip() for line in text[: limit * 2].split("\n")]
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()[:limit]


def _plain_blanks(text: str) -> str:
    """No unshown character, one space for a run of blanks; most texts hold neither and are not searched."""
    if not text.replace("\n", "").isprintable() or any(letter in text for letter in _PRINTABLE):
        return _BLANKS.sub(" ", UNSHOWN.sub("", text))
    while "  " in text:
        text = text.replace("  ", " ")
    return text
