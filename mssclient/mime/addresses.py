"""Addresses of a header (RFC 5322 §3.4 and §4.4), read leniently: nothing raises, nothing is invented.

Give :func:`parse_addresses` the header's ``text`` (encoded words still encoded) or its ``value``: both
give the same addresses, because decoding happens after the structure is known.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from encodings import idna
from functools import lru_cache

from mssclient.mime.words import clean, decode_words
from mssclient.model.messages import Person

__all__ = ["Address", "domain_of", "format_address", "parse_addresses"]

MOST = 5000
"""Addresses read from one header."""

_SIMPLE = re.compile(r'\s*"?([^"<>(),;:@\\=\[\]]*?)"?\s*<([^\s<>(),;:"\\@\[\]]+@[^\s<>(),;:"\\@\[\]]+)>\s*')
_BARE = re.compile(r'\s*([^\s<>(),;:"\\@\[\]=]+@[^\s<>(),;:"\\@\[\]=]+)\s*')
_TOKEN = re.compile(
    r"""(?P<quoted>"(?:[^"\\]|\\.)*")
    |(?P<word>=\?[^?\s=]{1,75}\?[bBqQ]\?[^?\s<>]*\?=)
    |(?P<angle><[^<>]*>?)
    |(?P<literal>\[[^\[\]]*\])
    |(?P<mark>[,;:()>])
    |(?P<space>\s+)
    |(?P<atom>[^\s,;:()<>"\[\]]+|.)""",
    re.X | re.S,
)
_AROUND_AT = re.compile(r"\s*@\s*")
_PARENTHESES = re.compile(r"\\.|[()]", re.S)
_ESCAPED = re.compile(r"\\(.)", re.S)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox. ``address`` as written, or "" when the header names somebody without any address."""

    name: str
    address: str

    @property
    def person(self) -> Person:
        """The same for the model."""
        return Person(name=self.name, address=self.address)


def parse_addresses(value: str, most: int = MOST) -> list[Address]:
    """Every mailbox of a header value, those of groups included, in order; at most ``most``.

    A name that holds an unquoted comma ("DUPONT, Jean <a@b>") is put together again. A second
    ``<…>`` without a comma is a second mailbox: readers disagree on which one counts.
    """
    simple = _SIMPLE.fullmatch(value) if len(value) < 400 else None
    if simple is not None:
        return [Address(clean(simple[1]).strip(), simple[2])]
    if len(value) < 300 and (bare := _BARE.fullmatch(value)) is not None:
        return [Address("", bare[1])]
    return _Mailboxes(most).read(value)


class _Mailboxes:
    """The walk over tokens; one mailbox is collected at a time."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.found: list[Address] = []
        self.orphans: list[str] = []  # names waiting for an address: "DUPONT" of "DUPONT, Jean <a@b>"
        self.reset()

    def reset(self) -> None:
        self.phrase: list[str] = []  # raw words of the display name or of a bare address
        self.comments: list[str] = []
        self.angle: str | None = None
        self.glued = False  # the last word may be continued without a space: "jean dupont"@x.fr

    def read(self, value: str) -> list[Address]:
        at, end = 0, len(value)
        while at < end and len(self.found) < self.most:
            token = _TOKEN.match(value, at)
            if token is None:
                break
            kind, text = token.lastgroup, token[0]
            at = token.end()
            if kind == "space":
                self.glued = False
            elif kind == "angle":
                if self.angle is not None:
                    self.flush(",")
                self.angle = text.strip("<>")
            elif kind == "mark":
                at = self.mark(text, value, at)
            else:
                self.word(kind or "", text)
        self.flush("")
        if self.orphans:
            self.settle_orphans()
        return self.found[: self.most]

    def mark(self, text: str, value: str, at: int) -> int:
        if text == "(":
            stop = _end_of_comment(value, at)
            if stop:
                self.comments.append(value[at : stop - 1])
            return stop or at
        if text in ",;":
            self.flush(text)
        elif text == ":":
            if self.angle is None and not any("@" in word for word in self.phrase):
                self.reset()  # a group's name, or "mailto:"
            else:
                self.phrase.append(":")
        return at

    def word(self, kind: str, text: str) -> None:
        if self.angle is not None and kind != "literal":
            self.flush(",")  # "<a@b> c": what follows an address without a comma is another mailbox
        if self.glued and self.phrase and ("@" in (text[0], self.phrase[-1][-1:])):
            self.phrase[-1] += text
        else:
            self.phrase.append(text)
        self.glued = True

    def flush(self, mark: str) -> None:
        phrase, comments, angle = self.phrase, self.comments, self.angle
        self.reset()
        if angle is not None:
            self.orphans.append(_name_of(phrase))
            name = ", ".join(word for word in self.orphans if word)
            self.orphans = []
            found = Address(name or _name_of(comments), _plain_address(angle))
            if found.name or found.address:
                self.found.append(found)
            return
        text = _AROUND_AT.sub("@", " ".join(phrase))
        if "@" not in text:
            if name := _name_of(phrase):
                self.orphans.append(name)
            if mark == ";":
                self.settle_orphans()
            return
        self.settle_orphans()
        words = text.split(" ") if not text.startswith('"') else [text]
        bare = [word for word in words if "@" in word]
        name = _name_of([word for word in words if "@" not in word]) or _name_of(comments)
        for word in bare:
            self.found.append(Address(name, _plain_address(word)))
            name = ""

    def settle_orphans(self) -> None:
        """Names that never met an address: kept, so that nobody thinks the header was empty."""
        self.found.extend(Address(name, "") for name in self.orphans)
        self.orphans = []


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


def _name_of(words: Iterable[str]) -> str:
    plain = " ".join(
        _ESCAPED.sub(r"\1", word[1:-1]) if len(word) > 1 and word[0] == word[-1] == '"' else word
        for word in words
    )
    return " ".join(decode_words(plain).split())


def _plain_address(text: str) -> str:
    """Without route, spaces and comments: ``@a,@b:c@d`` is ``c@d`` (RFC 5322 §4.4)."""
    text = clean(text).strip()
    if text.startswith("@") and ":" in text:
        text = text.partition(":")[2]
    if text[:7].lower() == "mailto:":
        text = text[7:]
    if '"' not in text:
        text = "".join(text.split())
    return text.strip(" ,;")


def format_address(address: Address) -> str:
    """``Name <address>`` for a person to read or edit, quoted where the syntax needs it (not encoded)."""
    name = clean(address.name).strip()
    if not name:
        return address.address
    if re.search(r'[()<>\[\]:;@\\,."]', name):
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{name} <{address.address}>" if address.address else name


@lru_cache(4096)
def domain_of(address: str) -> str:
    """The domain in its comparable form: lower case, IDNA A-labels, no final dot; "" when there is none.

    A name that is not plain ASCII but would be mapped to it (full-width letters) has none: it must
    not pass for the domain that it imitates. Address literals have none either.
    """
    local, at, domain = address.rpartition("@")
    if not at or not local or len(domain) > 255:
        return ""
    domain = domain.strip().removesuffix(".")
    labels: list[str] = []
    for label in domain.split("."):
        plain = label.lower()
        if not label.isascii():
            try:
                plain = idna.ToASCII(idna.nameprep(label)).decode("ascii")
            except (UnicodeError, ValueError):
                return ""
            if not plain.startswith("xn--"):
                return ""
        if _LABEL.fullmatch(plain) is None:
            return ""
        labels.append(plain)
    return ".".join(labels)
