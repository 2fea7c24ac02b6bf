"""Dates as laboratories write them, as ISO 8601."""

import re
from datetime import date

__all__ = ["compact_date", "file_date"]

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan janv janvier", "feb fev fév fevr févr fevrier février", "mar mars", "apr avr avril",
            "may mai", "jun juin", "jul juil juillet", "aug aou aoû aout août", "sep sept septembre",
            "oct octobre", "nov novembre", "dec déc decembre décembre",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
_NUMBERS = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4}|\d{2})(?:[ T]+\d{1,2}[:hH]\d{2}(?::\d{2})?)?")
_ISO = re.compile(r"(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})(?:[ T]+\d{1,2}[:hH]\d{2}(?::\d{2})?)?")
_WORDS = re.compile(r"(\d{1,2})(?:er)?[ .\-/]+([A-Za-zéûÉÛ]{3,9})\.?[ .\-/]+(\d{4}|\d{2})")
_COMPACT = re.compile(
    r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?(?:\.\d+)?(?:([+-])(\d{2}):?(\d{2}))?"
)


def _made(year: int, month: int, day: int) -> str | None:
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found.isoformat() if 1850 <= found.year <= 2200 else None


def file_date(text: str, not_after: str | None = None) -> str | None:
    """A whole field that is a date: dd/mm/yyyy, dd/mm/yy, yyyy-mm-dd, ``1 JAN 1911``; None for anything else.

    Two digits of a year: the latest year that is not after ``not_after`` (for a birth, the date of the
    file), else 1970 to 2069.
    """
    text = text.strip()
    if len(text) > 40:
        return None
    if found := _ISO.fullmatch(text):
        return _made(int(found[1]), int(found[2]), int(found[3]))
    if found := _NUMBERS.fullmatch(text):
        return _made(_year(found[3], not_after), int(found[2]), int(found[1]))
    if found := _WORDS.fullmatch(text):
        month = _MONTHS.get(found[2].lower())
        return _made(_year(found[3], not_after), month, int(found[1])) if month else None
    return None


def _year(digits: str, not_after: str | None) -> int:
    year = int(digits)
    if len(digits) == 4:
        return year
    if not_after is not None:
        return 2000 + year if 2000 + year <= int(not_after[:4]) else 1900 + year
    return 2000 + year if year < 70 else 1900 + year


def compact_date(text: str) -> str | None:
    """AAAAMMJJ[HHMM[SS]][±HHMM] of HL7, CDA and HPRIM Santé; None when it is not one."""
    found = _COMPACT.fullmatch(text.strip())
    if found is None:
        return None
    day = _made(int(found[1]), int(found[2]), int(found[3]))
    if day is None or found[4] is None or int(found[4]) > 23 or int(found[5]) > 59:
        return day
    offset = f"{found[7]}{found[8]}:{found[9]}" if found[7] else ""
    return f"{day}T{found[4]}:{found[5]}:{found[6] or '00'}{offset}"
