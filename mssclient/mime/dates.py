"""The Date header (RFC 5322 §3.3 and §4.3): read leniently, written strictly."""

import calendar
import re
import time
from functools import lru_cache

__all__ = ["format_date", "parse_date"]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_USUAL = re.compile(
    r"(?:[A-Z][a-z]{2}, )?([0-9]{1,2}) ([A-Z][a-z]{2}) ([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2})"
    r" ([+-])([0-9]{2})([0-9]{2})(?: \([A-Z]{1,5}\))?"
)
_DATE = re.compile(
    r"(?:[^\W\d]{2,10}\.?,?\s+)?(\d{1,2})[\s-]+([A-Za-z]{3})[a-z]*\.?[\s-]+(\d{2,4})[\s,]+"
    r"(\d{1,2})[:.](\d{1,2})(?:[:.](\d{1,2}))?(?:[.,]\d+)?\s*(?:([+-]\d{2}):?(\d{2})|\(?([A-Za-z]{1,5})\)?)?"
)
_ASCTIME = re.compile(
    r"(?:[A-Za-z]{3},?\s+)?([A-Za-z]{3})\s+(\d{1,2}),?\s+(\d{2}):(\d{2}):(\d{2})\s+(?:([+-]\d{4})\s+)?(\d{4})"
)
_ISO = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*(?:Z|([+-]\d{2}):?(\d{2}))?"
)
_ZONES = {"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7}
_ZONES.update({"cet": 1, "met": 1, "cest": 2, "mest": 2, "bst": 1, "eet": 2, "eest": 3})


def parse_date(value: str) -> int:
    """Unix seconds in UTC of a Date header; 0 when it makes no sense (or is before 1970, after 2200)."""
    text = value.strip()[:120]
    found = _USUAL.fullmatch(text)
    if found is not None:
        day, month, year, hour, minute, second, sign, ahead, minutes = found.groups()
        offset = (-60 if sign == "-" else 60) * (int(ahead) * 60 + int(minutes))
        return _seconds(year, month, day, (hour, minute, second), offset)
    found = _DATE.match(text)
    if found is not None:
        day, month, year = found[1], found[2], found[3]
        clock = (found[4], found[5], found[6] or "0")
        offset = 0
        if found[7]:
            hours = int(found[7])
            offset = hours * 3600 + (-60 if found[7][0] == "-" else 60) * int(found[8])
        elif found[9]:
            offset = _ZONES.get(found[9].lower(), 0) * 3600
        return _seconds(year, month, day, clock, offset)
    found = _ASCTIME.match(text)
    if found is not None:
        zone = int(found[6] or 0)
        sign = -1 if zone < 0 else 1
        offset = sign * (abs(zone) // 100 * 3600 + abs(zone) % 100 * 60)
        return _seconds(found[7], found[1], found[2], (found[3], found[4], found[5]), offset)
    found = _ISO.match(text)
    if found is not None:
        offset = 0
        if found[7]:
            offset = int(found[7]) * 3600 + (-60 if found[7][0] == "-" else 60) * int(found[8])
        month = _MONTHS[int(found[2]) - 1] if 1 <= int(found[2]) <= 12 else ""
        return _seconds(found[1], month, found[3], (found[4], found[5], found[6] or "0"), offset)
    return 0


def _seconds(year: str, month: str, day: str, clock: tuple[str, str, str], offset: int) -> int:
    full = int(year)
    if len(year) < 4:  # RFC 5322 §4.3
        full += 2000 if len(year) == 2 and full < 50 else 1900
    hour, minute, second, number = int(clock[0]), int(clock[1]), int(clock[2]), int(day)
    if not 1970 <= full <= 2200 or hour > 24 or minute > 59 or second > 61 or abs(offset) > 24 * 3600:
        return 0
    begin, days = _month(full, month.lower())
    if not 1 <= number <= days:
        return 0
    return max(begin + (number - 1) * 86_400 + hour * 3600 + minute * 60 + min(second, 59) - offset, 0)


@lru_cache(512)
def _month(year: int, name: str) -> tuple[int, int]:
    """When a month begins, Unix seconds in UTC, and its days: 0 for one that does not exist."""
    if name not in _MONTHS:
        return 0, 0
    number = _MONTHS.index(name) + 1
    return calendar.timegm((year, number, 1, 0, 0, 0)), calendar.monthrange(year, number)[1]


def format_date(date_utc: int) -> str:
    """``Mon, 16 Nov 2026 08:12:00 +0000``, whatever the locale; the zone of the computer is not told."""
    moment = time.gmtime(date_utc)
    month = _MONTHS[moment.tm_mon - 1].capitalize()
    return (
        f"{_DAYS[moment.tm_wday]}, {moment.tm_mday:02d} {month} {moment.tm_year:04d} "
        f"{moment.tm_hour:02d}:{moment.tm_min:02d}:{moment.tm_sec:02d} +0000"
    )
