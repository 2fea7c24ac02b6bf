"""The labelled corpus of the demonstration: 300 messages of a small invented practice over 18 months.

Everything is written here or in ``resources/demo``; nobody in it exists. UIDs, Message-IDs and words are
fixed, dates count back from the day given.
"""

from collections.abc import Callable, Iterable
from datetime import date, time

from mssclient.demo.corpus import (
    correspondence,
    exchanges,
    featured,
    featured_results,
    oddities,
    reports,
    routine,
    shapes,
    traps,
    unusual,
)
from mssclient.demo.corpus.calendar import Calendar
from mssclient.demo.corpus.draft import Draft, seal
from mssclient.demo.corpus.people import AUBRY, OFFICE, VALADE
from mssclient.demo.corpus.record import DemoMessage

__all__ = ["EDITION", "FOLDERS", "DemoMessage", "build"]

EDITION = 1
"""Raise it whenever UIDs come to mean other messages: every UIDVALIDITY follows it."""

FOLDERS: dict[str, dict[str, str]] = {
    AUBRY.address: {
        "INBOX": "",
        "INBOX/Biologie": "",
        "INBOX/Comptes rendus": "",
        "Brouillons": "Drafts",
        "Envoyés": "Sent",
        "Archives": "Archive",
        "Indésirables": "Junk",
        "Corbeille": "Trash",
    },
    VALADE.address: {
        "INBOX": "",
        "Brouillons": "Drafts",
        "Envoyés": "Sent",
        "Archives": "Archive",
        "Indésirables": "Junk",
        "Corbeille": "Trash",
    },
    OFFICE.address: {
        "INBOX": "",
        "INBOX/Rendez-vous": "",
        "Brouillons": "Drafts",
        "Envoyés": "Sent",
        "Archives": "Archive",
        "Indésirables": "Junk",
        "Corbeille": "Trash",
    },
}
"""Folders of each BAL and their special use (RFC 6154) without its backslash."""

_CHAPTERS: tuple[Callable[[Calendar], Iterable[Draft]], ...] = (
    featured.drafts,
    featured_results.drafts,
    correspondence.drafts,
    shapes.drafts,
    traps.drafts,
    exchanges.drafts,
    oddities.drafts,
    reports.drafts,
    unusual.drafts,
    routine.drafts,
)


def build(today: date, until: time = time(23, 59), *, small: bool = False) -> list[DemoMessage]:
    """The corpus as of a day; oldest first within each folder, UIDs 1, 2, 3…

    ``until``: Paris time; no message of that day is younger. ``small``: about 50 messages, with the UIDs
    that they have in the whole.
    """
    calendar = Calendar(today, until)
    drafts = [draft for chapter in _CHAPTERS for draft in chapter(calendar)]
    drafts.sort(key=lambda d: (d.account.address, d.folder, -d.days, d.clock, d.key))
    counted: dict[tuple[str, str], int] = {}
    messages: list[DemoMessage] = []
    for draft in drafts:
        place = (draft.account.address, draft.folder)
        counted[place] = uid = counted.get(place, 0) + 1
        if draft.small or not small:
            messages.append(seal(draft, uid, calendar))
    return messages
