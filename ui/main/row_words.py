"""One row in words, for a screen reader; and the tags that a row carries."""

from mssclient.model.accounts import TAGS, Tag
from mssclient.model.language import _
from mssclient.model.messages import Row
from ui.theme.words import DOCUMENT_BADGES, count, full_date, shown_subject, verdict_word

__all__ = ["known_tags", "row_words", "set_tags", "tags_of"]

# Keywords that servers and other programs set; they are no tags of a person.
_NOT_TAGS = ("$", "junk", "nonjunk", "notjunk", "forwarded", "mdnsent", "redirected")

_tags: dict[str, Tag] = {tag.keyword.lower(): tag for tag in TAGS}


def set_tags(tags: tuple[Tag, ...]) -> None:
    """Use these tags (labels and colours chosen by the person)."""
    _tags.clear()
    _tags.update((tag.keyword.lower(), tag) for tag in tags)


def known_tags() -> list[Tag]:
    return list(_tags.values())


def tags_of(row: Row) -> list[Tag]:
    """The tags of a row; an unknown keyword is shown grey under its own name."""
    found: list[Tag] = []
    for keyword in row.keywords:
        lower = keyword.lower()
        known = _tags.get(lower)
        if known is not None:
            found.append(known)
        elif not lower.startswith(_NOT_TAGS):
            found.append(Tag(keyword=keyword, label=keyword.replace("_", " "), colour="gris"))
    return found


def row_words(row: Row, place: str = "") -> str:
    """Sender, subject, date, padlock, state, document, tags: what a sighted person reads in the row.

    ``place`` is the folder, said in the results of a search.
    """
    parts = [
        row.sender or row.address or _("expéditeur inconnu"),
        shown_subject(row.subject) or _("sans objet"),
        full_date(row.date_utc) if row.date_utc else _("sans date"),
        verdict_word(row.level),
    ]
    if place:
        parts.append(_("dossier {name}").format(name=place))
    if "seen" not in row.flags:
        parts.append(_("non lu"))
    if row.document:
        parts.append(_("document {kind}").format(kind=DOCUMENT_BADGES.get(row.document, row.document)))
    if row.abnormal:
        parts.append(count("{n} valeur hors intervalle", "{n} valeurs hors intervalle", row.abnormal))
    if row.critical:
        parts.append(_("valeur critique"))
    if row.attachments:
        parts.append(count("{n} pièce jointe", "{n} pièces jointes", row.attachments))
    if "flagged" in row.flags:
        parts.append(_("drapeau"))
    if "answered" in row.flags:
        parts.append(_("répondu"))
    parts += [_("étiquette {label}").format(label=tag.label) for tag in tags_of(row)]
    if row.pending:
        parts.append(_("modification en attente"))
    return ", ".join(parts)
