"""Addresses of a header (RFC 5322 §3.4 and §4.4), read leniently: nothing raises, nothing is invented.

Give :func:`parse_addresses` the header's ``text`` (encoded words still encoded) or its ``value``: both
give the same addresses, because decoding happens after the structure is known.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from encodings import idna
from functools import lru_cache

from mssclient.mime.mailboxes import SKIPPED, quoted, tokens
from mssclient.mime.words import clean, decode_words
from mssclient.model.messages import Person

__all__ = ["Address", "domain_of", "format_address", "parse_addresses"]

MOST = 5000
"""Addresses read from one header."""

MOST_TOKENS = 100_000
_SIMPLE = re.compile(r'\s*"?([^"<>(),;:@\\=\[\]]*?)"?\s*<([^\s<>(),;:"\\@\[\]]+@[^\s<>(),;:"\\@\[\]]+)>\s*')
_BARE = re.compile(r'\s*([^\s<>(),;:"\\@\[\]=]+@[^\s<>(),;:"\\@\[\]=]+)\s*')
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
        self.phrase: list[str] = []  # words of the display name, bare addresses among them
        self.bare: list[bool] = []  # which of them are addresses: an "@" in quotes makes none
        self.comments: list[str] = []
        self.angle: str | None = None
        self.glued = False  # the last word may be continued without a space: "jean dupont"@x.fr

    def read(self, value: str) -> list[Address]:
        room = MOST_TOKENS
        for kind, text in tokens(value):
            room -= 1
            if room < 0:
                self.flush("")
                self.orphans.append("…")  # seen as one more mailbox: what was not read is not trusted
                break
            if kind == "space" or text in SKIPPED:
                self.glued = False
            elif kind == "comment":
                self.comments.append(_ESCAPED.sub(r"\1", text[1:-1]))
            elif kind == "angle":
                if self.angle is not None:
                    self.flush(",")
                self.angle = text.strip("<>")
            elif kind == "mark":
                self.mark(text)
            else:
                self.word(kind, text)
            if len(self.found) >= self.most:
                break
        self.flush("")
        self.settle_orphans()
        return self.found[: self.most]

    def mark(self, text: str) -> None:
        if text in ",;":
            self.flush(text)
        elif text == ":":
            if self.angle is None and not any(self.bare):
                self.reset()  # a group's name, or "mailto:"
            else:
                self.word("mark", ":")

    def word(self, kind: str, text: str) -> None:
        if self.angle is not None:
            self.flush(",")  # "<a@b> c": what follows an address without a comma is another mailbox
        bare = kind == "atom" and "@" in text
        joined = bool(self.phrase) and (
            (kind == "atom" and text[0] == "@" and not self.bare[-1])  # a @ b, "jean dupont"@b
            or (self.bare[-1] and self.phrase[-1][-1] == "@")
            or (kind == "literal" and self.bare[-1] and self.glued)
        )
        if joined:
            self.phrase[-1] += text
            self.bare[-1] = True
        else:
            self.phrase.append(text)
            self.bare.append(bare)
        self.glued = True

    def flush(self, mark: str) -> None:
        """End of a mailbox."""
        phrase, bare, comments, angle = self.phrase, self.bare, self.comments, self.angle
        self.reset()
        if angle is not None:
            self.orphans.append(_name_of(phrase))
            name = ", ".join(word for word in self.orphans if word)
            self.orphans = []
            found = Address(name or _name_of(comments), _plain_address(angle))
            if found.name or found.address:
                self.found.append(found)
            return
        name = _name_of([word for word, is_address in zip(phrase, bare, strict=True) if not is_address])
        if not any(bare):
            if name:
                self.orphans.append(name)
            if mark == ";":
                self.settle_orphans()
            return
        self.settle_orphans()
        name = name or _name_of(comments)
        for word, is_address in zip(phrase, bare, strict=True):
            if is_address:
                self.found.append(Address(name, _plain_address(word)))
                name = ""

    def settle_orphans(self) -> None:
        """Names that never met an address: kept, so that nobody thinks the header was empty."""
        self.found.extend(Address(name, "") for name in self.orphans)
        self.orphans = []


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
        name = quoted(name)
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
