"""The tokens of a header of addresses (RFC 5322 §3.2 to §3.4): one walk for showing it and for parsing it."""

import re
from collections.abc import Iterator

from mssclient.mime.words import clean, decode_words

__all__ = ["SKIPPED", "decode_mailboxes", "quoted", "tokens"]

Token = tuple[str, str]
"""Kind and text; kinds: quoted, word (an encoded one), angle, literal, comment, mark, space, atom."""

_QUOTED = r'(?P<quoted>"(?:[^"\\]|\\.)*")|'
_OTHER = r"""
    (?P<word>=\?[^?\s=]{1,75}\?[bBqQ]\?[^?\s<>]*\?=)
    |(?P<angle><[^<>]*>?)
    |(?P<literal>\[[^\[\]]*\])
    |(?P<mark>[,;:()>])
    |(?P<space>\s+)
    |(?P<atom>[^\s,;:()<>"\[\]]+|.)"""
_TOKEN = re.compile(_QUOTED + _OTHER, re.X | re.S)
_TOKEN_UNQUOTED = re.compile(_OTHER, re.X | re.S)
_MAX_FAILURES = 20
"""Quotes and parentheses without their end, after which none is looked for: each look crosses the header."""
_LONE = ('"', "(", "[")
SKIPPED = (">", "(", ")", '"', "[", "]")
"""Characters without their counterpart: no reader makes anything of them."""
_PARENTHESES = re.compile(r"\\.|[()]", re.S)
_SPECIAL = re.compile(r'[()<>\[\]:;@\\,"]')
_ESCAPED = re.compile(r"\\(.)", re.S)


def tokens(value: str) -> Iterator[Token]:
    """Every character of ``value`` in order; an opening quote or parenthesis without its end stands alone."""
    at, end = 0, len(value)
    failures = 0
    while at < end:
        token = (_TOKEN if failures < _MAX_FAILURES else _TOKEN_UNQUOTED).match(value, at)
        if token is None:
            return
        at, kind, text = token.end(), token.lastgroup or "", token[0]
        if text == "(" and failures < _MAX_FAILURES:
            stop = _end_of_comment(value, at)
            if stop:
                kind, text, at = "comment", value[token.start() : stop], stop
            else:
                failures += 1
        elif text == '"':
            failures += 1
        yield kind, text


def _end_of_comment(value: str, at: int) -> int:
    """The offset after the parenthesis that closes the comment begun before ``at``; 0 when there is none.

    Looks 2 000 characters ahead only: unclosed ones by the thousand would cost quadratic time.
    """
    depth = 1
    for found in _PARENTHESES.finditer(value, at, at + 2000):
        if found[0] == "(":
            depth += 1
        elif found[0] == ")":
            depth -= 1
            if not depth:
                return found.end()
    return 0


def quoted(text: str) -> str:
    """As a quoted string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def decode_mailboxes(value: str) -> str:
    """As :func:`decode_words`, for a header of addresses: the decoded text cannot change the structure.

    ``=?utf-8?q?=3Ca=40b=3E=2C?= <c@d>`` holds one address, not two (RFC 2047 §5 (3)): a decoded word with a
    special character is written as a quoted string, one inside a quoted string stays inside, and what touches
    an address is left as it is.
    """
    if "=?" not in value:
        return clean(value)
    found = list(tokens(value))
    out: list[str] = []
    at = 0
    while at < len(found):
        kind, text = found[at]
        stop = at + 1
        if kind == "word":
            while stop + 1 < len(found) and found[stop][0] == "space" and found[stop + 1][0] == "word":
                stop += 2
            if not (_touches(found, at - 1, -1) or _touches(found, stop, 1)):
                text = decode_words("".join(piece for _, piece in found[at:stop]))
                text = quoted(text) if _SPECIAL.search(text) or not text.strip() else text
            else:
                text = "".join(piece for _, piece in found[at:stop])
        elif "=?" in text and kind == "quoted":
            if not (_touches(found, at - 1, -1) or _touches(found, stop, 1)):
                text = quoted(decode_words(_ESCAPED.sub(r"\1", text[1:-1])))
        elif "=?" in text and kind == "comment":
            inner = decode_words(_ESCAPED.sub(r"\1", text[1:-1]))
            text = "(" + re.sub(r"[()\\]", r"\\\g<0>", inner) + ")"
        elif text in _LONE:
            text = " "  # an opening without its end: the quotes written here would close it
        out.append(text)
        at = stop
    return clean("".join(out))


def _touches(found: list[Token], at: int, step: int) -> bool:
    """Whether the neighbour at ``at`` makes the word part of an address: stuck to it, or an "@" away."""
    if not 0 <= at < len(found):
        return False
    kind, text = found[at]
    if kind in ("atom", "word", "quoted", "literal"):
        return True
    while kind in ("space", "comment") or text in SKIPPED:
        at += step
        if not 0 <= at < len(found):
            return False
        kind, text = found[at]
    return kind == "atom" and "@" in (text[0], text[-1])
