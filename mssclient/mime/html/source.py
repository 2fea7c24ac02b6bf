"""The first look at raw HTML: one linear scan, before any parser sees it."""

import re
from dataclasses import dataclass

__all__ = ["MAX_CHARACTERS", "Source", "split_source"]

MAX_CHARACTERS = 3_000_000
_OPENINGS = re.compile(r"<!--|<!\[|<style[\s>]")
_ENDS = {"<!--": "-->", "<![": ">"}
_BODY = re.compile(r"<body\b((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>", re.I)
_BODY_TAG = re.compile(r"<body\b", re.I)
_RTL = re.compile(r"<html\b[^>]{0,500}\bdir\s*=\s*[\"']?rtl", re.I)


@dataclass(frozen=True, slots=True)
class Source:
    markup: str
    """Without comments, conditional code and style sheets."""
    css: str
    body_attributes: str
    rtl: bool


def split_source(html: str) -> Source:
    """Drop comments (and the Outlook-only code in them), collect ``<style>``; one linear scan."""
    low = html.lower()
    if len(low) != len(html):  # a few letters change length: positions would not match
        low = "".join(letter.lower() if letter.isascii() else letter for letter in html)
    out: list[str] = []
    css: list[str] = []
    at = 0
    absent: set[str] = set()  # end marks that do not come again: searching each time would be quadratic
    for found in _OPENINGS.finditer(low):
        if found.start() < at:
            continue
        mark = _ENDS.get(found[0], "</style")
        end = -1 if mark in absent else low.find(mark, found.end())
        if end < 0:
            absent.add(mark)
            continue
        out.append(html[at : found.start()])
        if mark == "</style":
            opened = low.find(">", found.start())
            css.append(html[opened + 1 : end])
            closed = low.find(">", end)
            at = (closed if closed >= 0 else end) + 1
        else:
            at = end + len(mark)
    out.append(html[at:])
    markup = "".join(out)
    return Source(markup, "\n".join(css), _body_attributes(markup), bool(_RTL.search(markup[:5000])))


def _body_attributes(markup: str) -> str:
    begun = _BODY_TAG.search(markup)
    body = _BODY.match(markup, begun.start(), begun.start() + 5000) if begun else None
    return body[1][:2000] if body else ""
