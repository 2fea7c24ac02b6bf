"""Dates of the corpus: relative to a reference moment, in Paris time.

The window's machine may lack a time zone database (Windows), so the two rules of French summer time
are written here.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone

__all__ = ["Calendar", "french_date", "mail_date", "paris"]

_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


def _last_sunday(year: int, month: int) -> datetime:
    day = datetime(year, month, 31, 1, tzinfo=UTC)  # both months have 31 days
    return day - timedelta(days=(day.weekday() + 1) % 7)


def paris(local: datetime) -> datetime:
    """A naive Paris wall-clock time with its offset (+01:00, or +02:00 in summer)."""
    winter = local.replace(tzinfo=timezone(timedelta(hours=1)))
    summer = _last_sunday(local.year, 3) <= winter < _last_sunday(local.year, 10)
    return local.replace(tzinfo=timezone(timedelta(hours=2))) if summer else winter


def mail_date(moment: datetime) -> str:
    """RFC 5322 §3.3, in English whatever the locale."""
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[moment.weekday()]
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{day}, {moment.day:02d} {months[moment.month - 1]} {moment:%Y %H:%M:%S %z}"


def french_date(day: date, *, weekday: bool = False) -> str:
    """ "24 novembre 2026", "mardi 24 novembre 2026"."""
    number = "1er" if day.day == 1 else str(day.day)
    words = f"{number} {_MONTHS[day.month - 1]} {day.year}"
    return f"{_DAYS[day.weekday()]} {words}" if weekday else words


@dataclass(frozen=True)
class Calendar:
    """Counts back from the day of the demonstration."""

    today: date
    until: time = time(23, 59)
    """No message is younger than this on the last day."""

    def moment(self, days_ago: int, clock: str) -> datetime:
        """That many days ago at "HH:MM", moved to the Friday before when it falls on a week-end.

        Today and yesterday stay, whatever day they are. When the demonstration starts before the last
        times of its day, today's mail is drawn together so that none comes from the future.
        """
        hours, minutes = (int(n) for n in clock.split(":"))
        day = self.today - timedelta(days=days_ago)
        if days_ago > 1 and day.weekday() > 4:
            day -= timedelta(days=day.weekday() - 4)
        minute = hours * 60 + minutes
        last = self.until.hour * 60 + self.until.minute
        if days_ago == 0 and last < _LAST_MINUTE:
            minute = minute * last // _LAST_MINUTE
        second = (days_ago * 7 + minute * 13) % 60 if days_ago else 0
        return paris(datetime.combine(day, time(minute // 60, minute % 60, second)))


_LAST_MINUTE = 14 * 60 + 12
"""The demonstration's day ends at 14:12: its last message came at 14:05."""
