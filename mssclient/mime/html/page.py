"""The new document being written: paragraphs of styled runs, escaped; budgets; the same words for quoting.

Only p, span, a, img, table, tr, td and br are ever written, here and in ``walk`` and ``tables``.
"""

import html
import re
from typing import NamedTuple

from mssclient.mime.html.looks import Context
from mssclient.mime.html.plain import UNSHOWN

__all__ = ["Full", "Page"]

MAX_PIECES = 24_000
"""Pieces of output, then the rest is given as plain text."""
MAX_PARAGRAPH = 20_000
MAX_RUNS = 1500
MAX_PICTURES = 300
_LONG = re.compile(r"[^\s\u200b\xa0]{46,}")  # words that would force a sideways scroll
_LONG_PIECE = re.compile("(.{24})")
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_INVISIBLE = " \n\xa0\u200c\u034f\u00ad\u200b"
_WINGDINGS = str.maketrans(
    {"J": "☺", "ü": "✔", "û": "✘", "§": "▪", "Ø": "➢", "à": "→", "q": "☐", "n": "■", "l": "●"}
)


class Full(Exception):  # not an error: the budget of the output is spent
    """The output budget is spent."""


class Look(NamedTuple):
    """What tells one run of text from the next."""

    fg: str
    bg: str
    size: float
    bold: bool
    italic: bool
    underline: bool
    strike: bool
    vertical: str
    family: str
    caps: str
    href: str


class Run(NamedTuple):
    look: Look | None
    text: str
    """Without a look: a line break, or finished markup of our own (a picture)."""


class Page:
    """Output of one body. ``margin`` is the space due before the next paragraph, in pixels."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.words: list[str] = []
        self.runs: list[Run] = []
        self.length = 0
        self.margin = 0.0
        self.blank = 0
        self.cells = 0
        self.open = 0
        """Tables begun and not ended: closed by force when the budget is spent."""
        self.any_rtl = False
        self.paragraph: Context | None = None
        self.pending: tuple[str, Context] | None = None
        """A list marker waiting for its text."""
        self.sources: dict[str, str] = {}
        self.remote_blocked = 0
        self.warnings: dict[str, None] = {}
        self.degraded = ""

    def degrade(self, why: str) -> None:
        """Remember the first reason."""
        self.degraded = self.degraded or why

    def space(self, pixels: float | None) -> None:
        """At least so much space before what comes next (margins collapse)."""
        self.margin = max(self.margin, pixels or 0)

    def text(self, text: str | None, c: Context) -> None:
        """Text of the message, white space as the context says."""
        if not text or c.tiny:
            return
        text = UNSHOWN.sub("", text)
        if not text:
            return
        if len(text) > MAX_PARAGRAPH:  # one endless paragraph cannot be laid out lazily
            for at in range(0, len(text), MAX_PARAGRAPH):
                self.text(text[at : at + MAX_PARAGRAPH], c)
                self.flush(c)
            return
        if c.family == "wingdings" and len(text.strip()) <= 2:
            text = text.translate(_WINGDINGS)
        if c.pre:
            self._preformatted(text, c)
            return
        text = _BLANKS.sub(" ", text)
        if text[0] == " " and (not self.runs or self.runs[-1].text[-1:] in (" ", "\n")):
            text = text[1:]
        if text:
            self._add(text, c)

    def _preformatted(self, text: str, c: Context) -> None:
        for number, line in enumerate(text.replace("\r\n", "\n").split("\n")):
            if number:
                self.line_break(c)
            if line:
                line = line.expandtabs(8)
                pad = len(line) - len(line.lstrip(" "))
                self._add("\xa0" * pad + line[pad:].replace("  ", " \xa0"), c)

    def _start(self, c: Context) -> None:
        if self.runs:
            return
        self.paragraph = c
        if self.pending is not None:
            (marker, look), self.pending = self.pending, None
            self.paragraph = c._replace(indent=-16)
            self._add(marker, look)

    def _make_room(self, c: Context) -> None:
        if len(self.runs) > MAX_RUNS or self.length > MAX_PARAGRAPH:
            self.flush(c)

    def _add(self, text: str, c: Context) -> None:
        self._make_room(c)
        self._start(c)
        look = Look(
            c.fg, c.bg if c.mark else "", c.size, c.bold, c.italic, c.underline, c.strike,
            c.vertical, c.family, c.caps, c.href,
        )  # fmt: skip
        self.length += len(text)
        if self.runs and self.runs[-1].look == look:
            self.runs[-1] = Run(look, self.runs[-1].text + text)
        else:
            self.runs.append(Run(look, text))

    def line_break(self, c: Context) -> None:
        self._make_room(c)
        self._start(c)
        self.runs.append(Run(None, "\n"))

    def markup(self, written: str, c: Context) -> None:
        """Finished markup of our own inside the paragraph."""
        self._make_room(c)
        self._start(c)
        self.runs.append(Run(None, written))

    def flush(self, c: Context) -> None:
        """End the paragraph. Raises Full when the budget is spent."""
        runs, self.runs, self.length = self.runs, [], 0
        if len(self.out) > MAX_PIECES:
            raise Full
        while runs and runs[-1].text != "\n" and not runs[-1].text.rstrip(" "):
            runs.pop()
        if not runs:
            return
        c = self.paragraph or c
        if len(runs) > 1 and runs[-1].text == "\n":
            runs.pop()
        if not any(run.text.strip(_INVISIBLE) for run in runs):
            self.blank += 1
            if self.blank > 2:
                return
            runs = [Run(Look(c.fg, "", c.size, False, False, False, False, "", "", "", ""), "\xa0")]
        else:
            self.blank = 0
        self._write_paragraph(runs, c)
        self.margin = 0

    def _write_paragraph(self, runs: list[Run], c: Context) -> None:
        self.any_rtl = self.any_rtl or c.rtl
        css = f"margin:{self.margin:.0f}px {c.right:.0f}px 0 {c.left:.0f}px"
        if c.indent:
            css += f";text-indent:{c.indent:.0f}px"
        if c.nowrap and c.tables and sum(len(run.text) for run in runs) < 48:
            css += ";white-space:nowrap"
        align = f' align="{c.align}"' if c.align else ""
        direction = (' dir="rtl"' if c.rtl else ' dir="ltr"') if self.any_rtl else ""
        self.out.append(f'<p{align}{direction} style="{css}">')
        plain: list[str] = []
        for look, text in runs:
            if look is not None:
                self.out.append(_written(look, text))
                plain.append(text)
            elif text == "\n":
                self.out.append("<br>")
                plain.append("\n")
            else:
                self.out.append(text)
        self.out.append("</p>")
        quote = "> " * c.quotes
        lines = "".join(plain).replace("\xa0", " ").rstrip().split("\n")
        self.words.append("\n".join(quote + line for line in lines))


def _written(look: Look, text: str) -> str:
    """A run as a span or a link; every value was made by us or escaped."""
    css = f"color:{look.fg}" + (f";background-color:{look.bg}" if look.bg else "")
    if look.vertical:
        css += f";vertical-align:{look.vertical}"
    else:
        css += f";font-size:{look.size:.0f}px"
    if look.bold:
        css += ";font-weight:bold"
    if look.italic:
        css += ";font-style:italic"
    decoration = " ".join(["underline"] * look.underline + ["line-through"] * look.strike)
    if decoration or look.href:
        css += f";text-decoration:{decoration or 'none'}"
    if look.family in ("monospace", "serif"):
        css += f";font-family:{look.family}"
    if look.caps:
        css += f";{look.caps}"
    breakable = _LONG.sub(lambda word: _LONG_PIECE.sub("\\1\u200b", word[0]), text)
    body = html.escape(breakable).replace("  ", " &nbsp;")
    if look.href:
        return f'<a href="{html.escape(look.href)}" style="{css}">{body}</a>'
    return f'<span style="{css}">{body}</span>'
