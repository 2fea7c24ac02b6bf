"""Which parts are the letter and which are its enclosures: one decision for list, reader and search."""

import html
import re
from dataclasses import dataclass, field

from mssclient.mime.charsets import decode
from mssclient.mime.html.plain import plain_words
from mssclient.mime.reading import Part, Reading
from mssclient.mime.transfer import decode_body

__all__ = ["Block", "Bodies", "bodies_of", "bounded_text", "plain_text_of", "text_of_blocks", "unflow"]

_PLAIN = frozenset(("text/plain", "text/enriched", "text/richtext", "text/x-plain", "text/markdown"))
_MAX_QUOTES = 50
TEXT_OCTETS = 2_000_000
"""Decoded octets of one text part that are looked at for searching and previews."""


@dataclass(slots=True)
class Block:
    """One piece of the letter, in one or two forms (multipart/alternative)."""

    plain: Part | None = None
    html: Part | None = None


@dataclass(slots=True)
class Bodies:
    blocks: list[Block] = field(default_factory=list)
    files: list[Part] = field(default_factory=list)
    """Everything that a person can open; messages inside are one file each."""


def bodies_of(reading: Reading) -> Bodies:
    """Sort the parts of a message; parts inside an enclosed message stay inside it."""
    found = Bodies()
    _sort(reading.root, found, root=True)
    return found


def _sort(part: Part, found: Bodies, root: bool = False) -> None:
    if part.is_multipart:
        _sort_multipart(part, found)
    elif part.children or part.disposition == "attachment" or (part.filename and not root):
        found.files.append(part)
    elif part.type in _PLAIN:
        found.blocks.append(Block(plain=part))
    elif part.type in ("text/html", "application/xhtml+xml"):
        found.blocks.append(Block(html=part))
    else:
        found.files.append(part)


def _sort_multipart(part: Part, found: Bodies) -> None:
    children = part.children
    if not children:
        found.blocks.append(Block(plain=part))  # could not be divided: shown as it is rather than hidden
    elif part.type == "multipart/alternative":
        _sort_alternative(children, found)
    elif part.type == "multipart/related":
        start = part.params.get("start", "").strip().strip("<>")
        chief = next((child for child in children if start and child.content_id == start), children[0])
        _sort(chief, found)
        for child in children:
            if child is not chief:
                _sort_companion(child, found)
    elif part.type in ("multipart/signed", "multipart/encrypted"):
        _sort(children[0], found)
        for child in children[1:]:
            _sort_companion(child, found)
    else:
        for child in children:
            _sort(child, found)


def _sort_companion(part: Part, found: Bodies) -> None:
    """A part beside the letter proper: a picture of it, a signature. Containers are still opened."""
    if part.is_multipart and part.children:
        _sort(part, found)
    else:
        found.files.append(part)


def _sort_alternative(children: tuple[Part, ...], found: Bodies) -> None:
    """The same letter in several forms: first plain one, last HTML one; enclosures of all forms are kept."""
    chosen = Block()
    rest: list[Block] = []
    for child in children:
        form = Bodies()
        _sort(child, form)
        found.files.extend(form.files)
        for block in form.blocks:
            if block.html is not None:
                chosen.html = block.html
            if chosen.plain is None and block.plain is not None:
                chosen.plain = block.plain
                continue
            if block is not form.blocks[0]:
                rest.append(block)
    if chosen.plain is not None or chosen.html is not None:
        found.blocks.append(chosen)
    found.blocks.extend(block for block in rest if block.html is None or block.html is not chosen.html)


def bounded_text(reading: Reading, part: Part, octets: int = TEXT_OCTETS) -> str:
    """As ``reading.text`` for at most ``octets`` encoded octets of a part."""
    if part.end - part.start <= octets:
        return reading.text(part)
    data, _ = decode_body(reading.raw[part.start : part.start + octets], part.encoding)
    if (part.charset or "utf-8") == "utf-8":
        data = data[: len(data) - _torn_tail(data)]
    return decode(data.replace(b"\x00", b""), part.charset)[0].replace("\r\n", "\n").replace("\r", "\n")


def _torn_tail(data: bytes) -> int:
    """How many final octets are the beginning of an unfinished UTF-8 character."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte < 0x80:
            return 0
        if byte >= 0xC0:
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return back if back < length else 0
    return 0


def plain_text_of(reading: Reading, part: Part) -> str:
    """A plain part as read: format=flowed lines joined (RFC 3676)."""
    text = bounded_text(reading, part)
    if part.params.get("format", "").lower() == "flowed":
        return unflow(text, part.params.get("delsp", "").lower() == "yes")
    return text


def unflow(text: str, delsp: bool = False) -> str:
    """Join the lines that a sender broke softly; quotes keep their level as "> "."""
    out: list[str] = []
    level_before = -1
    for line in text.split("\n"):
        words = line.lstrip(">")
        level = len(line) - len(words)
        words = words.removeprefix(" ")
        if level != level_before:
            out.append(("\n" if out else "") + "> " * min(level, _MAX_QUOTES))
        soft = words.endswith(" ") and words != "-- "
        level_before = level if soft else -1
        out.append(words[:-1] if soft and delsp else words)
    return "".join(out)


def text_of_blocks(reading: Reading, blocks: list[Block], most: int = 1_000_000) -> str:
    """The letter as plain text: the plain form where it has words, else the words of the HTML."""
    pieces: list[str] = []
    room = most
    for block in blocks:
        text = plain_text_of(reading, block.plain) if block.plain is not None else ""
        if not text.strip() and block.html is not None:
            text = plain_words(bounded_text(reading, block.html), room)
        text = text.strip("\n")[:room]
        if text.strip():
            pieces.append(text)
            room -= len(text)
        if room <= 0:
            break
    return "\n\n".join(pieces)


_TRAILING = re.compile(r"</(?:body|html)\s*>", re.I)


def html_of_blocks(reading: Reading, blocks: list[Block]) -> str | None:
    """The letter as one HTML source: its HTML, then every further piece, so that none is hidden.

    None when the letter does not begin with HTML.
    """
    shown = [
        block
        for block in blocks
        if block.html is not None or (block.plain and _has_words(reading, block.plain))
    ]
    if not shown or shown[0].html is None:
        return None
    pieces: list[str] = []
    for block in shown:
        if block.html is not None:
            pieces.append(reading.text(block.html))
        elif block.plain is not None:
            words = html.escape(plain_text_of(reading, block.plain))
            pieces.append(f'<div style="white-space:pre-wrap">{words}</div>')
    return "<hr>".join((*(_TRAILING.sub("", piece) for piece in pieces[:-1]), pieces[-1]))


def _has_words(reading: Reading, part: Part) -> bool:
    return bool(bounded_text(reading, part, 4000).strip())
