"""Figures of a result line: how far out, which way, where on the bar. Pure; no Qt."""

import re

from mssclient.model.documents import LabLine
from mssclient.model.language import _
from ui.theme.words import NBSP, NNBSP

__all__ = ["Bar", "arrows", "bar_of", "figure", "in_sentence", "interval", "level", "shown", "spoken"]

_FIGURE = re.compile(r"^\s*[<>≤≥]?\s*([+-]?\d{1,3}(?:[ \u00a0\u202f]\d{3})+|[+-]?\d+)?(?:[.,](\d+))?\s*$")

Bar = tuple[float, float, float]
"""Start of the normal zone, its end, and the value, each a fraction of the bar's width (0 to 1)."""


def figure(text: str) -> float | None:
    """« 10,8 », « 10.8 », « <5 », « 1 250 » as a number; None for words."""
    found = _FIGURE.match(text)
    if not found or (found[1] is None and found[2] is None):
        return None
    whole = re.sub(r"\s", "", found[1] or "0")
    return float(f"{whole}.{found[2] or 0}")


def shown(text: str) -> str:
    """A figure with the French decimal comma; words as they are."""
    return text.replace(".", ",") if figure(text) is not None else text


def level(line: LabLine) -> int:
    """-2 to 2: below or above the interval, doubled when critical; 9 when abnormal without a direction."""
    code = line.abnormality.upper()
    known = {"H": 1, "HH": 2, "L": -1, "LL": -2, "N": 0}
    if code in known:
        return known[code]
    value, low, high = figure(line.value), figure(line.low), figure(line.high)
    side = 0
    if value is not None:
        if low is not None and value < low:
            side = -1
        elif high is not None and value > high:
            side = 1
    if code in ("A", "AA"):
        return side * len(code) if side else 9
    return side


def arrows(out: int) -> str:
    """▲ or ▼, doubled when critical; « ! » when abnormal without a direction."""
    if out == 9:
        return "!"
    return ("▲" if out > 0 else "▼") * abs(out)


def interval(line: LabLine) -> str:
    """« 12,0 – 16,0 », « > 60 », « < 5 »; the decimals of the value, so that the figures line up."""
    low, high = _aligned(line.low, line.value), _aligned(line.high, line.value)
    if low and high:
        return f"{low} – {high}"
    if low:
        return f">{NBSP}{low}"
    return f"<{NBSP}{high}" if high else ""


def _aligned(bound: str, value: str) -> str:
    text = bound.strip().lstrip("<>≤≥ ").replace(".", ",")
    if figure(text) is None:
        return text
    have = len(text.partition(",")[2])
    want = len(value.strip().replace(".", ",").partition(",")[2]) if figure(value) is not None else 0
    if have >= want:
        return text
    return f"{text.partition(',')[0]},{text.partition(',')[2].ljust(want, '0')}"


def bar_of(line: LabLine) -> Bar | None:
    """Where zone and value lie; None without a number or an interval."""
    value, low, high = figure(line.value), figure(line.low), figure(line.high)
    if value is None or (low is None and high is None):
        return None
    if low is not None and high is not None:
        span = (high - low) or abs(high) or 1.0
        start, end = low - 0.7 * span, high + 0.7 * span
    elif low is not None:
        span = abs(low) or 1.0
        high = end = low + span
        start = low - 0.7 * span
    else:
        assert high is not None
        span = abs(high) or 1.0
        low = start = min(0.0, high - span)
        end = high + 0.7 * span
    assert low is not None
    assert high is not None
    width = (end - start) or 1.0
    where = tuple(min(1.0, max(0.0, (x - start) / width)) for x in (low, high, value))
    return where[0], where[1], where[2]


def in_sentence(name: str) -> str:
    """The name of an analysis inside a sentence: « potassium », but « CRP », « hémoglobine A1c »."""
    words = name.split()
    return " ".join(word.lower() if len(word) > 4 else word for word in words)


def spoken(line: LabLine) -> str:
    """The whole line as a sentence for a screen reader."""
    if line.heading:
        return line.label
    out = level(line)
    words = {
        1: _("au-dessus de l’intervalle"),
        2: _("très au-dessus de l’intervalle, critique"),
        -1: _("au-dessous de l’intervalle"),
        -2: _("très au-dessous de l’intervalle, critique"),
        9: _("anormal"),
    }
    result = f"{shown(line.value)}{NBSP}{line.unit}".strip() or _("sans résultat")
    parts = [f"{line.label}{NBSP}: {result}"]
    if out in words:
        parts.append(words[out])
    bounds = interval(line)
    if bounds:
        parts.append(_("intervalle {bounds}").format(bounds=bounds))
    if line.previous:
        parts.append(_("antérieur {value}").format(value=shown(line.previous)))
    if line.comment:
        parts.append(line.comment)
    return f"{NNBSP}; ".join(parts)
