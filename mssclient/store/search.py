"""The search language: what a person types, as a query. Pure; nothing typed is ever an error.

==================  ==========================================================================
``glycémie``        a word, anywhere; accents and capitals do not count
``gly``             the last word is a beginning while it is being typed (no blank after it)
``"bilan annuel"``  these words in this order
``-spam``           without this word
``de:martin``       in the sender; ``à:`` the recipients, ``objet:`` the subject, ``fichier:`` the
                    names of attachments, ``patient:`` the patients of medical documents
``dans:archives``   in folders of this name
``avant:2024-03``   arrived before; ``après:05/03/2024`` on that day or later
``non-lu`` ``lu``   unread, read; ``suivi`` flagged; ``pièce`` with attachments; ``anormal`` results
                    out of range; ``étiquette:urgent`` with this tag
==================  ==========================================================================
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo

from mssclient.model.accounts import TAGS
from mssclient.model.records import Record
from mssclient.store.correspondents import fold

__all__ = ["Query", "Term", "any_expression", "match_expression", "parse"]

_QUERY_LIMIT = 1_000
_TERM_LIMIT = 20

_COLUMNS = {
    "de": "sender",
    "from": "sender",
    "a": "recipients",
    "to": "recipients",
    "pour": "recipients",
    "objet": "subject",
    "sujet": "subject",
    "subject": "subject",
    "fichier": "attachments",
    "piece": "attachments",
    "patient": "patients",
    "texte": "text",
}
_ASPECTS = {
    "non-lu": "unread",
    "non-lus": "unread",
    "nonlu": "unread",
    "lu": "read",
    "lus": "read",
    "suivi": "flagged",
    "suivis": "flagged",
    "piece": "attachments",
    "pieces": "attachments",
    "pj": "attachments",
    "anormal": "abnormal",
    "anormaux": "abnormal",
}
_FIELDS = "|".join((*_COLUMNS, "dans", "avant", "apres", "etiquette", "tag", "est"))
_PIECE = re.compile(
    rf'(?P<minus>-?)(?:(?P<field>{_FIELDS}):)?(?:"(?P<phrase>[^"]*)(?P<closed>"?)|(?P<word>\S+))'
)


class Term(Record, frozen=True, kw_only=True):
    """Words to look for, in this order when several."""

    text: str
    column: str = ""
    """Of the search table; "" = any."""
    prefix: bool = False
    """The last word may go on."""
    negated: bool = False


class Query(Record, frozen=True, kw_only=True):
    """All conditions must hold."""

    terms: tuple[Term, ...] = ()
    folder: str = ""
    """Folded beginning of a folder's name, or its path."""
    before_utc: int | None = None
    after_utc: int | None = None
    unread: bool | None = None
    flagged: bool = False
    attachments: bool = False
    abnormal: bool = False
    keyword: str = ""


def parse(text: str) -> Query:
    """The query that ``text`` says; what can't be understood is looked for as words."""
    text = text[:_QUERY_LIMIT].replace("\0", " ")
    # Matching is done on a copy without accents of the same length, so that positions agree.
    plain = "".join(folded if len(folded := fold(letter)) == 1 else letter for letter in text)
    query: dict[str, object] = {}
    terms: list[Term] = []
    for piece in _PIECE.finditer(plain):
        group = "phrase" if piece["word"] is None else "word"
        value = text[slice(*piece.span(group))]
        typing = piece.end() == len(text) and not piece["closed"]
        known = _condition(piece["field"] or "", value, quoted=group == "phrase")
        if known is not None:
            if not piece["minus"]:
                query.update(known)
        elif any(letter.isalnum() for letter in value) and len(terms) < _TERM_LIMIT:
            column = _COLUMNS.get(piece["field"] or "", "")
            terms.append(
                Term(
                    text=value,
                    column=column,
                    prefix=typing and len(value) > 1 and value[-1].isalnum(),
                    negated=bool(piece["minus"]),
                )
            )
    return Query(terms=tuple(terms), **query)  # pyright: ignore[reportArgumentType]


def _condition(field: str, value: str, *, quoted: bool) -> dict[str, object] | None:
    """Fields of a Query other than words; None = these are words."""
    folded = fold(value)
    if field in ("", "est") and not quoted and folded in _ASPECTS:
        aspect = _ASPECTS[folded]
        return {"unread": aspect == "unread"} if aspect in ("unread", "read") else {aspect: True}
    if field == "dans":
        return {"folder": folded} if folded else {}
    if field in ("etiquette", "tag"):
        return {"keyword": _keyword(value)} if value else {}
    if field in ("avant", "apres"):
        day = _day(folded)
        if day is None:
            return {}  # a date half typed hides nothing yet
        return {"before_utc" if field == "avant" else "after_utc": day}
    return None


def _keyword(value: str) -> str:
    """By its French label, or by its own name."""
    for tag in TAGS:
        if fold(value) in (fold(tag.label), fold(tag.keyword)):
            return tag.keyword
    return value


def _zone() -> tzinfo | None:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo("Europe/Paris")
    except ZoneInfoNotFoundError:
        return None  # Windows without tzdata: the computer's own zone


_ISO = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_FRENCH = re.compile(r"(?:(?:(\d{1,2})/)?(\d{1,2})/)?(\d{4})")


def _day(text: str) -> int | None:
    """2024, 2024-03, 2024-03-05, 03/2024 or 05/03/2024, aujourd'hui, hier: its first second, in Unix time."""
    zone = _zone()
    if text in ("aujourd'hui", "aujourd’hui", "hier"):
        today = datetime.now(zone or UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return int((today - timedelta(days=text == "hier")).timestamp())
    if iso := _ISO.fullmatch(text):
        year, month, day = iso.groups()
    elif french := _FRENCH.fullmatch(text):
        day, month, year = french.groups()
    else:
        return None
    try:
        return int(datetime(int(year), int(month or 1), int(day or 1), tzinfo=zone).timestamp())
    except (ValueError, OverflowError, OSError):
        return None


def match_expression(terms: tuple[Term, ...]) -> str:
    """For FTS5's MATCH; "" when nothing positive is looked for. What was typed is always inside quotes."""
    wanted = [_one(term) for term in terms if not term.negated]
    refused = [_one(term) for term in terms if term.negated]
    if not wanted:
        return ""
    expression = " AND ".join(wanted)
    for term in refused:
        expression = f"({expression}) NOT {term}"
    return expression


def any_expression(terms: tuple[Term, ...]) -> str:
    """Any of the words that must not be there; "" when none is named."""
    return " OR ".join(_one(term) for term in terms if term.negated)


def _one(term: Term) -> str:
    quoted = '"' + term.text.replace('"', " ") + '"' + (" *" if term.prefix else "")
    return f"{{{term.column}}} : {quoted}" if term.column else quoted
