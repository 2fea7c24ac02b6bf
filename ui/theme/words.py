"""Dates, sizes, numbers and the fixed words of the window, in French. Times come as Unix seconds, UTC."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mssclient.model.language import _, ngettext

__all__ = [
    "DOCUMENT_BADGES",
    "NBSP",
    "NNBSP",
    "clock",
    "count",
    "date_in_list",
    "date_in_reader",
    "day",
    "day_group",
    "day_starts",
    "full_date",
    "messages",
    "number",
    "percent",
    "quoted",
    "shown_subject",
    "size",
    "verdict_word",
    "zone",
]

NBSP = "\u00a0"
NNBSP = "\u202f"

_DAYS = ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim.")
_LONG_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
_LONG_MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre")
_LONG_MONTHS += ("octobre", "novembre", "décembre")

DOCUMENT_BADGES = {
    "hprim-medecin": "HPRIM",
    "hprim-sante": "HPRIM",
    "hprim-xml": "HPRIM",
    "cda": "CDA",
    "xdm": "CDA",
    "pdf": "PDF",
    "apicrypt": "APICRYPT",
}
"""Kind of document → badge of the list."""


@lru_cache(maxsize=1)
def zone() -> tzinfo:
    """Europe/Paris; the computer's own zone where the database of zones is missing."""
    try:
        return ZoneInfo("Europe/Paris")
    except ZoneInfoNotFoundError:
        return datetime.now(UTC).astimezone().tzinfo or UTC


def _local(utc: int) -> datetime:
    try:
        return datetime.fromtimestamp(utc, zone())
    except (OverflowError, ValueError, OSError):
        # A hostile date far outside of the calendar.
        return datetime.fromtimestamp(0, zone())


def _now(now_utc: int | None) -> datetime:
    return datetime.now(zone()) if now_utc is None else _local(now_utc)


def clock(utc: int) -> str:
    """« 14:05 »."""
    return _local(utc).strftime("%H:%M")


def day(utc: int) -> str:
    """« 24/11/2026 »."""
    return _local(utc).strftime("%d/%m/%Y")


def date_in_list(utc: int, now_utc: int | None = None) -> str:
    """« 14:05 », « hier 18:40 », « ven. 20 nov. », then « 20/11/2025 »."""
    if not utc:
        return _("sans date")
    when, now = _local(utc), _now(now_utc)
    days = (now.date() - when.date()).days
    if days == 0:
        return clock(utc)
    if days == 1:
        return _("hier {time}").format(time=clock(utc))
    if 1 < days < 300 and (when.year == now.year or days < 90):
        return f"{_DAYS[when.weekday()]} {when.day}{NBSP}{_MONTHS[when.month - 1]}"
    return when.strftime("%d/%m/%Y")


def date_in_reader(utc: int, now_utc: int | None = None) -> str:
    """« aujourd’hui 14:05 », « hier 12:03 », « lun. 16 nov. 09:12 », then « 20/11/2025 09:12 »."""
    if not utc:
        return _("sans date")
    now = _now(now_utc)
    if _local(utc).date() == now.date():
        return _("aujourd’hui {time}").format(time=clock(utc))
    short = date_in_list(utc, now_utc)
    return short if clock(utc) in short else f"{short} {clock(utc)}"


def full_date(utc: int) -> str:
    """« mardi 24 novembre 2026 à 14:05 », for screen readers and tooltips."""
    when = _local(utc)
    day = f"{when.day}{'er' if when.day == 1 else ''}"
    return _("{weekday} {day} {month} {year} à {time}").format(
        weekday=_LONG_DAYS[when.weekday()],
        day=day,
        month=_LONG_MONTHS[when.month - 1],
        year=when.year,
        time=clock(utc),
    )


def day_starts(now_utc: int | None = None) -> tuple[tuple[int, str], ...]:
    """Groups of the list, newest first: (start in UTC, heading). The last one has no start (0)."""
    today = _now(now_utc).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = today - timedelta(days=today.weekday())
    groups = [
        (_at(today), _("Aujourd’hui")),
        (_at(today - timedelta(days=1)), _("Hier")),
        (_at(monday), _("Cette semaine")),
        (_at(monday - timedelta(days=7)), _("La semaine dernière")),
    ]
    kept: list[tuple[int, str]] = []
    for start, heading in groups:
        if not kept or start < kept[-1][0]:
            kept.append((start, heading))
    return (*kept, (0, _("Plus tôt")))


def _at(local: datetime) -> int:
    # Midnight of that day in its own offset: timedelta keeps the wall clock, not the offset.
    return int(local.replace(tzinfo=None).replace(tzinfo=zone()).timestamp())


def day_group(utc: int, starts: tuple[tuple[int, str], ...]) -> int:
    """Index of the group a date falls into."""
    for index, (start, _heading) in enumerate(starts):
        if utc >= start:
            return index
    return len(starts) - 1


def number(value: int) -> str:
    """« 12 345 », with a narrow no-break space between thousands."""
    return f"{value:,}".replace(",", NNBSP)


def percent(value: float) -> str:
    """« 92 % »."""
    return f"{round(value)}{NNBSP}%"


def size(octets: int) -> str:
    """« 812 octets », « 8 Ko », « 1,2 Mo », « 1,4 Go »; a thousand octets make a Ko."""
    if octets < 1000:
        return ngettext("{n} octet", "{n} octets", octets).format(n=octets).replace(" ", NBSP)
    value = float(octets)
    for unit in ("Ko", "Mo", "Go", "To"):
        value /= 1000
        if round(value, 1) < 1000 or unit == "To":
            decimals = 0 if unit == "Ko" or value >= 100 else 1
            figure = f"{value:.{decimals}f}".replace(".", ",")
            return f"{figure.removesuffix(',0')}{NBSP}{unit}"
    raise AssertionError


def count(singular: str, plural: str, n: int) -> str:
    """A sentence with its number put in place of ``{n}``; 0 and 1 are singular in French."""
    return ngettext(singular, plural, n).format(n=number(n))


def messages(n: int) -> str:
    """« 1 message », « 12 345 messages »."""
    return count("{n} message", "{n} messages", n)


def quoted(text: str) -> str:
    """« text », with its no-break spaces."""
    return f"«{NBSP}{text}{NBSP}»"


_SUBJECT_CODE = re.compile(r"(?<![^\s\]])XDM/1\.0/DDM(?:\+\s*|(?=\s|$))", re.ASCII)


def shown_subject(subject: str) -> str:
    """A subject without the prefix « XDM/1.0/DDM+ » of document messages, also behind « Re: » or « [KO …] ».

    Only the display: what is stored and sent keeps it (ECO.3.1.3).
    """
    return " ".join(_SUBJECT_CODE.sub("", subject).split()) if "XDM/1.0/DDM" in subject else subject


def verdict_word(level: str) -> str:
    """The word of a padlock; it always goes with its glyph and colour."""
    return {
        "mssante": _("Sécurisé MSSanté"),
        "patient": _("Patient – Mon espace santé"),
        "apicrypt": _("Apicrypt"),
        "ordinary": _("Non sécurisé"),
        "doubtful": _("Douteux"),
    }.get(level, _("Non vérifié"))
