"""Laboratory results, whatever format they came in: is a value outside its interval, and how many are."""

import re
from collections.abc import Iterable

from mssclient.model.documents import LabLine

__all__ = ["CRITICAL", "abnormality", "count_lines", "interval", "number_of"]

CRITICAL = frozenset(("LL", "HH", "AA"))
"""What must be told at once (BIO/va1.01)."""

_CODES = {
    "N": "N", "L": "L", "H": "H", "LL": "LL", "HH": "HH", "A": "A", "AA": "AA", "B": "L", "BB": "LL",
    "<": "L", ">": "H", "-": "L", "+": "H", "--": "LL", "++": "HH", "*": "A", "**": "AA",
}  # fmt: skip
_NUMBER = re.compile(
    r"([<>≤≥]=?)?\s*([+-]?\d{1,12}(?:[ \u00a0\u202f]\d{3})*(?:[.,]\d{1,10})?)(?:[eE]([+-]?\d{1,2}))?"
)
_BETWEEN = re.compile(r"\s*(-?[\d., ]+?)\s*(?:-|à|a|~|\^|/|–|;)\s*(-?[\d., ]+)\s*")
_LIMIT = re.compile(r"\s*(?:([<>≤≥]=?)|(inf\w*|sup\w*)(?:\s*(?:à|a))?)\s*([\d., ]+)\s*", re.I)


def number_of(text: str) -> tuple[str, float] | None:
    """The sign ("", "<" or ">") and the value of a result; None for words. Decimal commas as in France."""
    found = _NUMBER.fullmatch(text.strip()[:40])
    if found is None:
        return None
    digits = re.sub("[ \u00a0\u202f]", "", found[2]).replace(",", ".")
    value = float(digits) * 10.0 ** int(found[3] or 0)
    sign = "" if not found[1] else "<" if found[1][0] in "<≤" else ">"
    return sign, value


def interval(text: str) -> tuple[str, str]:
    """Low and high of a reference range written as one text: "4,0-10,0", "<5", "> 60", "inf à 5"."""
    text = text.strip()[:60]
    if found := _BETWEEN.fullmatch(text):
        return found[1].strip(), found[2].strip()
    if found := _LIMIT.fullmatch(text):
        upper = found[1][0] in "<≤" if found[1] else found[2].lower().startswith("inf")
        return ("", found[3].strip()) if upper else (found[3].strip(), "")
    return "", ""


def abnormality(code: str, value: str, low: str, high: str) -> str:
    """The code when the laboratory gave one, else what the interval says; "" when nothing can be said."""
    known = _CODES.get(code.strip().upper())
    if known is not None:
        return known
    number = number_of(value)
    bottom, top = number_of(low), number_of(high)
    if number is None or (bottom is None and top is None):
        return ""
    if bottom is not None and top is not None and bottom[1] > top[1]:
        return ""
    sign, measured = number
    below = _side(sign, "<", -measured, None if bottom is None else -bottom[1])
    above = _side(sign, ">", measured, None if top is None else top[1])
    if below == "out":
        return "L"
    if above == "out":
        return "H"
    return "" if "unknown" in (below, above) else "N"


def _side(sign: str, outward: str, measured: float, limit: float | None) -> str:
    """Whether a value is beyond a limit above it: "out", "in", or "unknown" ("< 8" beside a limit of 4)."""
    if limit is None:
        return "in"
    if not sign:
        return "out" if measured > limit else "in"
    if sign == outward:  # further out than what is written
        return "out" if measured >= limit else "unknown"
    return "in" if measured <= limit else "unknown"


def count_lines(lines: Iterable[LabLine]) -> tuple[int, int, int]:
    """Results, abnormal ones, critical ones."""
    results = abnormal = critical = 0
    for line in lines:
        if line.heading or not line.label:
            continue
        results += 1
        abnormal += line.abnormality not in ("", "N")
        critical += line.abnormality in CRITICAL
    return results, abnormal, critical
