"""The language a person reads: French is the source, other languages are gettext catalogues.

``_`` and ``ngettext`` look the catalogue up at each call, so a module may be imported before
:func:`choose` was called. No catalogue means the source text, that is French.
"""

import gettext
from pathlib import Path

__all__ = ["_", "choose", "ngettext"]

_catalogue: gettext.NullTranslations = gettext.NullTranslations()


def choose(language: str, folder: Path | None = None) -> None:
    """Use ``folder/<language>/LC_MESSAGES/mssclient.mo``; "fr" or an unknown one means French."""
    global _catalogue
    if language.startswith("fr") or folder is None:
        _catalogue = gettext.NullTranslations()
        return
    _catalogue = gettext.translation("mssclient", str(folder), [language], fallback=True)


def _(text: str) -> str:
    """The sentence in the person's language."""
    return _catalogue.gettext(text)


def ngettext(singular: str, plural: str, count: int) -> str:
    """The sentence that goes with ``count``. In French 0 and 1 are singular, also without a catalogue."""
    if type(_catalogue) is gettext.NullTranslations:
        return singular if abs(count) < 2 else plural
    return _catalogue.ngettext(singular, plural, count)
