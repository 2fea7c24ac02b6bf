"""Answering and forwarding: subject, quoted text, people, thread. French is the source language."""

import calendar
import re
import time
from collections.abc import Collection

from mssclient.mime.addresses import domain_of
from mssclient.model.language import _
from mssclient.model.messages import Person, Summary

__all__ = [
    "forward_subject",
    "forward_text",
    "paris_words",
    "quote_reply",
    "reply_recipients",
    "reply_references",
    "reply_subject",
    "reply_text",
]

_REPLY_MARK = re.compile(
    r"\s*(?:re|ré|rép|rep|réf|aw|sv|antw)\.?(?:\s*\[\d{1,3}\]|\s*\(\d{1,3}\))?\s*[:：]\s*", re.I
)
_FORWARD_MARK = re.compile(r"\s*(?:tr|fwd?|wg|i|rv|enc)\.?(?:\s*\[\d{1,3}\])?\s*[:：]\s*", re.I)
MAX_QUOTE = 500_000
MAX_REFERENCES = 50


def _strip_marks(subject: str, mark: re.Pattern[str]) -> str:
    subject = " ".join(subject[:5000].split())
    while (found := mark.match(subject)) is not None:
        subject = subject[found.end() :]
    return subject.strip()


def reply_subject(subject: str) -> str:
    """``Re: …`` once, whatever stood there (« RE : », « Rép. : », « Re[2]: »)."""
    return f"Re: {_strip_marks(subject, _REPLY_MARK)}".strip()


def forward_subject(subject: str) -> str:
    """``Tr: …`` once."""
    return f"Tr: {_strip_marks(subject, _FORWARD_MARK)}".strip()


def paris_offset(moment_utc: int) -> int:
    """Seconds that Paris is ahead: summer time from the last Sunday of March to that of October, 01:00 UTC.

    The rule is written out because Windows has no zone database.
    """
    year = time.gmtime(moment_utc).tm_year
    edges: list[int] = []
    for month in (3, 10):
        last_sunday = max(
            week[calendar.SUNDAY]
            for week in calendar.Calendar(calendar.MONDAY).monthdayscalendar(year, month)
        )
        edges.append(calendar.timegm((year, month, last_sunday, 1, 0, 0)))
    return 7200 if edges[0] <= moment_utc < edges[1] else 3600


def paris_words(moment_utc: int) -> tuple[str, str]:
    """(« lundi 16 novembre 2026 », « 09:12 ») in Paris."""
    days = (_("lundi"), _("mardi"), _("mercredi"), _("jeudi"), _("vendredi"), _("samedi"), _("dimanche"))
    months = (
        _("janvier"), _("février"), _("mars"), _("avril"), _("mai"), _("juin"),
        _("juillet"), _("août"), _("septembre"), _("octobre"), _("novembre"), _("décembre"),
    )  # fmt: skip
    moment = time.gmtime(moment_utc + paris_offset(moment_utc))
    day = _("1er") if moment.tm_mday == 1 else str(moment.tm_mday)
    return (
        f"{days[moment.tm_wday]} {day} {months[moment.tm_mon - 1]} {moment.tm_year}",
        f"{moment.tm_hour:02d}:{moment.tm_min:02d}",
    )


def quote_reply(text: str) -> str:
    """Each line after "> " (RFC 3676 §4.5: none before a further ">"); the sender's signature is left out."""
    lines = text[:MAX_QUOTE].replace("\r\n", "\n").rstrip().split("\n")
    if "-- " in lines:
        lines = lines[: lines.index("-- ")]
        while lines and not lines[-1].strip():
            lines.pop()
    return "\n".join((">" + line if line.startswith(">") else "> " + line).rstrip() for line in lines)


def _name_of(person: Person) -> str:
    return person.name or person.address or _("l’expéditeur")


def reply_text(sender: Person, date_utc: int, text: str) -> str:
    """What a composer starts with: an empty line for the answer, the introduction, the quote.

    « Le lundi 16 novembre 2026 à 09:12, NOM a écrit : » in Paris time; without the date when it is 0.
    """
    name = _name_of(sender)
    if date_utc:
        day, hour = paris_words(date_utc)
        intro = _("Le {day} à {hour}, {name} a écrit\u00a0:").format(day=day, hour=hour, name=name)
    else:
        intro = _("{name} a écrit\u00a0:").format(name=name)
    return f"\n\n{intro}\n{quote_reply(text)}\n"


def _written(person: Person) -> str:
    return (
        f"{person.name} <{person.address}>"
        if person.name and person.address
        else person.name or person.address
    )


def forward_text(summary: Summary, text: str) -> str:
    """The forwarded letter below its own heading; enclosures are the composer's business."""
    day, hour = paris_words(summary.date_utc) if summary.date_utc else ("", "")
    rows = [
        (_("De\u00a0:"), _written(summary.sender)),
        (_("Date\u00a0:"), _("{day} à {hour}").format(day=day, hour=hour) if day else ""),
        (_("Objet\u00a0:"), summary.subject),
        (_("À\u00a0:"), ", ".join(_written(person) for person in summary.to[:50])),
        (_("Cc\u00a0:"), ", ".join(_written(person) for person in summary.cc[:50])),
    ]
    heading = "\n".join(f"{label} {value}" for label, value in rows if value)
    title = _("---------- Message transféré ----------")
    return f"\n\n{title}\n{heading}\n\n{text[:MAX_QUOTE].rstrip()}\n"


def reply_recipients(
    summary: Summary, own: Collection[str], everyone: bool
) -> tuple[tuple[Person, ...], tuple[Person, ...]]:
    """(To, Cc) of an answer. ``own`` are the addresses of the answering BAL: they never write to themselves.

    Reply-To counts, else From (RFC 5322 §3.6.2); an answer to one's own message goes to whom it went.
    """
    mine = {_comparable(address) for address in own}
    answer_to = [person for person in summary.reply_to if person.address] or [summary.sender]
    if all(_comparable(person.address) in mine for person in answer_to):
        answer_to = list(summary.to)
    seen = set(mine) if everyone else set[str]()
    to = _once(answer_to, seen if any(_comparable(p.address) not in mine for p in answer_to) else set())
    if not everyone:
        return to, ()
    seen |= {_comparable(person.address) for person in to}
    return to, _once([*summary.to, *summary.cc], seen)


def _comparable(address: str) -> str:
    return f"{address.rpartition('@')[0].casefold()}@{domain_of(address)}"


def _once(people: list[Person], seen: set[str]) -> tuple[Person, ...]:
    kept: list[Person] = []
    for person in people:
        key = _comparable(person.address)
        if person.address and key not in seen:
            seen.add(key)
            kept.append(person)
    return tuple(kept)


def reply_references(summary: Summary) -> tuple[str, ...]:
    """References of an answer: those of the message, or what it answered, then itself (RFC 5322 §3.6.4)."""
    chain = list(summary.references) or ([summary.in_reply_to] if summary.in_reply_to else [])
    if summary.rfc_message_id and summary.rfc_message_id not in chain:
        chain.append(summary.rfc_message_id)
    if len(chain) > MAX_REFERENCES:
        chain = chain[:1] + chain[1 - MAX_REFERENCES :]
    return tuple(chain)
