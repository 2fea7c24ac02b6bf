"""Values of style sheets: colours, lengths, ``style`` attributes. What is not understood is dropped."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from tinycss2 import color4

from mssclient.mime.vocabulary import vocabulary

__all__ = ["BASE", "PROPERTIES", "SIDES", "color", "length", "readable", "style"]

BASE = 15.0
"""The reader's own text size in pixels."""
SIDES = ("top", "right", "bottom", "left")
PROPERTIES = vocabulary(
    """background background-color border border-top border-right border-bottom border-left border-color
    border-style border-width border-collapse border-top-width border-right-width border-bottom-width
    border-left-width border-top-color border-right-color border-bottom-color border-left-color
    border-top-style border-right-style border-bottom-style border-left-style clear color direction
    display flex-direction float font font-family font-size font-style font-variant font-weight
    grid-template-columns height left letter-spacing list-style list-style-type margin margin-bottom
    margin-left margin-right margin-top max-height max-width min-width mso-hide opacity overflow padding
    padding-bottom padding-left padding-right padding-top position text-align text-decoration
    text-decoration-line text-indent text-transform vertical-align visibility white-space width"""
)
Rgba = tuple[int, int, int, float]

_HEX = re.compile(r"[0-9a-f]{6}")
_NUMBER = re.compile(r"\s*(-?(?:\d{1,9}\.?\d{0,9}|\.\d{1,9}))\s*([a-z%]*)")
_DECLARATION = re.compile(r"(?:[^;(]|\([^)]*\)?)+")  # a data address holds a semicolon
_VALUES = re.compile(r"[^\s(]+(?:\([^)]*\))?")
_BORDER_STYLES = vocabulary("solid dashed dotted double none hidden inset outset ridge groove")
_BORDER_WIDTH = re.compile(r"[\d.]|thin|medium|thick")
_URL = re.compile(r"url\([^)]*\)")
_COLOURS = re.compile(r"#[0-9a-f]{3,8}|(?:rgba?|hsla?)\([^)]*\)|[a-z]+")
_NO_COLOURS = vocabulary("linear radial gradient top left to")
_FONT = re.compile(r"([\d.]+(?:px|pt|em|%)|(?:x+-)?(?:small|large)|medium)(?:/\S+)?\s+(.*)")
_HEAVY = re.compile(r"bold|[6-9]00")
_FOURFOLD = frozenset(("margin", "padding", "border-width", "border-style", "border-color"))
_UNITS: Mapping[str, float] = {
    "": 1, "px": 1, "pt": 4 / 3, "pc": 16, "in": 96, "cm": 37.8, "mm": 3.78,
    "rem": BASE, "vw": 6, "vh": 8, "vmin": 6,
}  # fmt: skip


@lru_cache(4096)
def _rgba(value: str) -> Rgba | None:
    try:
        parsed: Any = color4.parse_color(value.strip().replace("windowtext", "#000000"))
        if parsed is None or isinstance(parsed, str):
            return None
        red, green, blue = (max(0, min(255, round(part * 255))) for part in parsed.to("srgb").coordinates)
        return red, green, blue, float(parsed.alpha)
    except Exception:  # noqa: BLE001  the colour parser raises many things on nonsense
        return None


@lru_cache(4096)
def color(value: str | None, under: str = "#ffffff") -> str | None:
    """Any CSS colour as ``#rrggbb``, blended over ``under``; None when absent, unknown or transparent."""
    if not value or len(value) > 100:
        return None
    found = _rgba(value) or (_rgba("#" + value) if _HEX.fullmatch(value) else None)
    if found is None or found[3] < 0.04:
        return None
    below = [int(under[at : at + 2], 16) for at in (1, 3, 5)]
    mixed = (round(top * found[3] + low * (1 - found[3])) for top, low in zip(found[:3], below, strict=True))
    return "#" + "".join(f"{max(0, min(255, part)):02x}" for part in mixed)


@lru_cache(4096)
def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _ratio(one: str, other: str) -> float:
    """WCAG contrast, 1 to 21."""
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@lru_cache(4096)
def readable(foreground: str, background: str) -> str:
    """The sender's text colour only when it can be read on the background that we draw: no white on white."""
    if _ratio(foreground, background) >= 2.5:
        return foreground
    return max(("#595959", "#e6e6e6", "#000000", "#ffffff"), key=lambda c: min(_ratio(c, background), 7))


@lru_cache(8192)
def _number(value: str) -> tuple[float, str] | None:
    found = _NUMBER.match(value[:60])
    return (max(-1e5, min(float(found[1]), 1e5)), found[2]) if found else None


def length(value: str | None, em: float = BASE, whole: float | None = None) -> float | None:
    """A length in pixels; ``whole`` is what 100 % stands for. None when there is none."""
    parsed = _number(value) if value else None
    if parsed is None:
        return None
    number, unit = parsed
    if unit == "em":
        factor: float | None = em
    elif unit in ("ex", "ch"):
        factor = em / 2
    elif unit == "%":
        factor = None if whole is None else whole / 100
    else:
        factor = _UNITS.get(unit)
    return None if factor is None else number * factor


@lru_cache(8192)
def style(text: str) -> Mapping[str, str]:
    """A ``style`` attribute as longhand properties (``!important`` wins). Shared: copy it to change it."""
    found: dict[str, str] = {}
    strong: set[str] = set()
    text = text[:4000]
    for declaration in _DECLARATION.findall(text) if "(" in text else text.split(";"):
        name, _, value = declaration.partition(":")
        name, value = name.strip().lower(), value[:500].strip().lower()
        important = value.endswith("!important")
        if important:
            value = value[:-10].strip()
        if name not in PROPERTIES or not value or (name in strong and not important):
            continue
        if important:
            strong.add(name)
        _set(found, name, value)
    return found


def _set(found: dict[str, str], name: str, value: str) -> None:
    if name in _FOURFOLD:
        stem, _, tail = name.partition("-")
        for side, part in zip(SIDES, _four(value), strict=True):
            found[f"{stem}-{side}" + (f"-{tail}" if tail else "")] = part
    elif name in ("border", "border-top", "border-right", "border-bottom", "border-left"):
        for side in SIDES if name == "border" else (name[7:],):
            _set_border(found, side, value)
    elif name == "background":
        found.pop("background-color", None)
        for word in _COLOURS.findall(_URL.sub(" ", value)):
            if word not in _NO_COLOURS and _rgba(word):
                found["background-color"] = word
                break
    elif name == "font":
        font = _FONT.search(value)
        if font is not None:
            found["font-size"], found["font-family"] = font[1], font[2]
            found["font-weight"] = "bold" if _HEAVY.search(value[: font.start()]) else "normal"
            found["font-style"] = "italic" if "italic" in value else "normal"
    else:
        found[name] = value


def _four(value: str) -> list[str]:
    """One to four values for top, right, bottom, left."""
    parts = _VALUES.findall(value)[:4] or [value]
    if len(parts) == 1:
        parts *= 4
    elif len(parts) == 2:
        parts *= 2
    elif len(parts) == 3:
        parts.append(parts[1])
    return parts


def _set_border(found: dict[str, str], side: str, value: str) -> None:
    for tail in ("width", "style", "color"):
        found.pop(f"border-{side}-{tail}", None)
    for word in _VALUES.findall(value):
        if word in _BORDER_STYLES:
            tail = "style"
        else:
            tail = "width" if _BORDER_WIDTH.match(word) else "color"
        found[f"border-{side}-{tail}"] = word
