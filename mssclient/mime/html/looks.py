"""How a run of text looks and where it stands: the computed style that the walk hands down the tree."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from mssclient.mime.html.css import BASE, SIDES, color, length, readable

__all__ = ["Context", "Element", "borders", "derive", "is_hidden", "paddings"]

Element = Any
"""An lxml element; its library has no complete types."""

HEADINGS = {"h1": 2.0, "h2": 1.5, "h3": 1.17, "h4": 1.0, "h5": 0.83, "h6": 0.75}
_FONT_WORDS = {
    "xx-small": 9.0, "x-small": 10.0, "small": 13.0, "medium": 15.0, "large": 18.0, "x-large": 24.0,
    "xx-large": 32.0,
    "1": 10.0, "2": 13.0, "3": 15.0, "4": 18.0, "5": 24.0, "6": 32.0, "7": 40.0,
}  # fmt: skip
_FONT_FACTORS = {"smaller": 0.85, "larger": 1.2}
_MIN_FONT, _MAX_FONT = 11.0, 40.0
_MONO = re.compile("mono|courier|consol|menlo")
_SERIF = re.compile("times|georgia|garamond|cambria|(?<!sans-)serif")
_STEP = re.compile(r"[+-]\d")
_ALIGNS = ("", "left", "right", "center", "justify")
_LINES = ("solid", "dashed", "dotted", "double")
Border = tuple[int, str, str]
"""Width in pixels, kind of line, colour."""


class Context(NamedTuple):
    """Everything inherited. Lengths in pixels."""

    fg: str = "#000000"
    bg: str = "#ffffff"
    size: float = BASE
    bold: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False
    vertical: str = ""
    family: str = ""
    caps: str = ""
    href: str = ""
    mark: bool = False
    """An inline element has a background of its own."""
    align: str = ""
    legacy: bool = False
    """The alignment came from align= or <center>: tables do not inherit it."""
    pre: bool = False
    rtl: bool = False
    left: float = 0
    right: float = 0
    indent: float = 0
    avail: float = 600
    tables: int = 0
    quotes: int = 0
    depth: int = 0
    nowrap: bool = False
    tiny: bool = False
    """A font size near 0: hidden unless a descendant sets another."""
    dark: bool = False
    """White backgrounds of the sender are not drawn."""


def derive(el: Element, c: Context, st: Mapping[str, str]) -> Context:
    """The context inside ``el``."""
    new: dict[str, Any] = {"depth": c.depth + 1}
    _font(el, c, st, new)
    _weight(el, c, st, new)
    _alignment(el, c, st, new)
    if "white-space" in st or el.tag == "pre":
        kind = st.get("white-space", "pre")
        new["nowrap"] = st.get("white-space") == "nowrap"
        new["pre"] = kind in ("pre", "pre-wrap", "pre-line", "break-spaces")
    if el.get("nowrap") is not None:
        new["nowrap"] = True
    background = color(st.get("background-color") or (el.get("bgcolor") or "").lower(), c.bg)
    if background and not (c.dark and background == "#ffffff"):
        new["bg"] = background
    under = new.get("bg", c.bg)
    own = color(st.get("color") or (el.get("color") or "").lower(), under)
    new["fg"] = readable(own or c.fg, under)
    return c._replace(**new)


def _font(el: Element, c: Context, st: Mapping[str, str], new: dict[str, Any]) -> None:
    tag = el.tag
    family = st.get("font-family", (el.get("face") or "").lower())
    mono = tag in ("tt", "code", "kbd", "samp", "pre")
    if family or mono:
        if "wingdings" in family:
            new["family"] = "wingdings"
        elif mono or _MONO.search(family):
            new["family"] = "monospace"
        else:
            new["family"] = "serif" if _SERIF.search(family.replace("sans serif", "sans-serif")) else "sans"
    written = st.get("font-size") or ((el.get("size") or "") if tag == "font" else "")
    if not written and tag not in HEADINGS and tag not in ("small", "big", "sub", "sup"):
        return
    size = _FONT_WORDS.get(written)
    if size is None and written in _FONT_FACTORS:
        size = c.size * _FONT_FACTORS[written]
    if size is None and tag == "font" and _STEP.match(written):
        size = c.size * 1.2 ** int(written[:2])
    if size is None and written:
        size = length(written, c.size, c.size)
    if size is None:
        size = BASE * HEADINGS.get(tag, 0) or c.size * {"big": 1.2}.get(tag, 0.85 if not written else 1)
    new["tiny"] = size <= 2.5
    if size > 2.5:
        new["size"] = min(max(size, _MIN_FONT), _MAX_FONT)


def _weight(el: Element, c: Context, st: Mapping[str, str], new: dict[str, Any]) -> None:
    tag = el.tag
    weight = st.get("font-weight", "")
    if weight:
        new["bold"] = weight in ("bold", "bolder") or (weight.isdigit() and int(weight[:5]) >= 600)
    elif tag in ("b", "strong", "th") or tag in HEADINGS:
        new["bold"] = True
    if tag in ("i", "em", "cite", "var", "dfn", "address") or "font-style" in st:
        new["italic"] = st.get("font-style", "italic") != "normal"
    decoration = st.get("text-decoration", "") + st.get("text-decoration-line", "")
    if "none" in decoration:
        new["underline"] = False
    elif "underline" in decoration or tag in ("u", "ins"):
        new["underline"] = True
    if "line-through" in decoration or tag in ("s", "strike", "del"):
        new["strike"] = True
    vertical = st.get("vertical-align")
    if tag in ("sub", "sup") or (vertical in ("sub", "super") and tag == "span"):
        new["vertical"] = "sub" if "sub" in (tag, vertical) else "super"
    case = st.get("text-transform")
    if case in ("uppercase", "lowercase", "capitalize", "none"):
        new["caps"] = "" if case == "none" else "text-transform:" + case
    elif st.get("font-variant") == "small-caps":
        new["caps"] = "font-variant:small-caps"


def _alignment(el: Element, c: Context, st: Mapping[str, str], new: dict[str, Any]) -> None:
    tag = el.tag
    align = st.get("text-align", "") or (
        (el.get("align") or "").lower() if tag not in ("table", "img") else ""
    )
    if tag in ("center", "caption") or (tag == "th" and not align):
        align = "center"
    if align:
        align = align.replace("-webkit-", "").replace("-moz-", "")
        align = {"start": "", "left": "left" if c.rtl else "", "end": "right"}.get(align, align)
        new["legacy"] = "text-align" not in st
        if align in _ALIGNS:
            new["align"] = align
    direction = st.get("direction") or (el.get("dir") or "").lower()
    if direction in ("rtl", "ltr"):
        new["rtl"] = direction == "rtl"


def is_hidden(el: Element, st: Mapping[str, str]) -> bool:
    """What a browser would not show: hidden preheaders and salted words must not be shown either."""

    def number(name: str) -> float:
        value = length(st.get(name))
        return 1 if value is None else value

    if el.get("hidden") is not None or st.get("display") == "none" or st.get("mso-hide") == "all":
        return True
    if st.get("visibility") in ("hidden", "collapse") or number("opacity") < 0.05:
        return True
    if number("text-indent") < -200 or number("left") < -500:
        return True
    clipped = st.get("overflow", "visible") != "visible"
    return clipped and min(map(number, ("height", "max-height", "width", "max-width"))) <= 0


def borders(st: Mapping[str, str]) -> dict[str, Border]:
    """Visible borders by side."""
    found: dict[str, Border] = {}
    for side in SIDES:
        kind = st.get(f"border-{side}-style", "none")
        if kind in ("none", "hidden"):
            continue
        written = st.get(f"border-{side}-width", "2px")
        width = length({"thin": "1px", "medium": "2px", "thick": "4px"}.get(written, written)) or 0
        colour = color(st.get(f"border-{side}-color", "#888"))
        if width > 0 and colour:
            found[side] = (min(max(round(width), 1), 20), kind if kind in _LINES else "solid", colour)
    return found


def paddings(st: Mapping[str, str], base: float = 0.0, cap: float = 48.0) -> list[float]:
    """Paddings in the order of SIDES."""
    found: list[float] = []
    for side in SIDES:
        value = length(st.get(f"padding-{side}"), BASE, 600)
        found.append(min(max(base if value is None else value, 0), cap))
    return found
