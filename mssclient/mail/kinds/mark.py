"""Flags and keywords: STORE, which may be said twice."""

import re

from mssclient.mail.errand import Errand, uids_of
from mssclient.model.errors import Refused
from mssclient.model.language import _
from mssclient.store.flags import unpack_flags, unpack_keywords

__all__ = ["carry_out", "wire_names"]

_ATOM = re.compile(r"\\?[!#$&'+,\-./0-9:;<=>?@A-Z\[^_`a-z|}~]+")
"""RFC 9051 §9: flag-keyword, or a system flag."""


def carry_out(errand: Errand) -> None:
    """±FLAGS.SILENT in each folder concerned. Messages gone meanwhile are passed over."""
    effects = errand.effects("mark")
    if not effects:
        return
    first = effects[0]  # all effects of one MarkFlags say the same
    add = wire_names(first.add_flags, first.add_keywords)
    remove = wire_names(first.remove_flags, first.remove_keywords)
    for folder, places in errand.places(effect.placement for effect in effects).items():
        errand.select(folder)
        _check_keywords(errand, unpack_keywords(first.add_keywords))
        errand.session.store_flags(uids_of(places), add, remove)


def wire_names(flags: int, keywords: str) -> list[str]:
    """Both columns as the server writes them. Raises Refused keyword-refused for what is no atom."""
    names = [f"\\{name.capitalize()}" for name in unpack_flags(flags)] + list(unpack_keywords(keywords))
    if any(not _ATOM.fullmatch(name) for name in names):
        raise _refused()  # between parentheses anything else would be a command of its own
    return names


def _check_keywords(errand: Errand, keywords: tuple[str, ...]) -> None:
    permanent = errand.session.permanent
    if permanent is None or "\\*" in permanent:
        return
    kept = {name.lower() for name in permanent}
    # Without \* the server drops new keywords in silence (Zimbra, folders of others: 8.7–10.1).
    if any(keyword.lower() not in kept for keyword in keywords):
        raise _refused()


def _refused() -> Refused:
    return Refused(
        "keyword-refused",
        _("Le serveur n’accepte pas cette étiquette dans ce dossier."),
        _("Choisissez une autre étiquette, ou demandez-la au responsable de la boîte aux lettres."),
    )
