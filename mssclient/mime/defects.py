"""The names of what can be wrong with a message, and what to tell a person about each."""

from mssclient.mime.vocabulary import vocabulary
from mssclient.model.language import _

__all__ = ["ENVELOPE_TORN", "EVERYDAY", "describe_defect", "known_defects"]

ENVELOPE_TORN = vocabulary(
    """bare-cr-in-header bare-cr-lines nul-in-header bad-header-line odd-header-name headers-too-long
    too-many-headers no-empty-line"""
)
"""In the header of the message itself: another reader may see other fields than we do."""

EVERYDAY = vocabulary(
    """mbox-line mixed-line-ends text-after-end base64-torn base64-junk base64-after-padding
    bad-quoted-printable unknown-charset wrong-charset two-filenames bad-content-type encoded-multipart"""
)
"""Carelessness of ordinary senders: nothing is missing, a reader need not be told."""


def _sentences() -> dict[str, str]:
    header = _("L’en-tête contient des lignes mal formées.")
    doubled = _("Une information technique est donnée deux fois, différemment.")
    divided = _("Le message est mal découpé\u00a0: certaines parties peuvent manquer.")
    limited = _("Le message dépasse les limites de lecture\u00a0: tout n’a pas été examiné.")
    decoded = _("Une partie est abîmée\u00a0: elle est restituée autant que possible.")
    lettered = _("Le jeu de caractères annoncé n’est pas le bon\u00a0: des lettres peuvent être fausses.")
    return {
        "bad-content-type": _("La nature d’une partie est mal indiquée."),
        "bad-header-line": header,
        "bad-quoted-printable": decoded,
        "bare-cr-in-header": header,
        "bare-cr-lines": header,
        "base64-after-padding": decoded,
        "base64-junk": decoded,
        "base64-torn": decoded,
        "boundary-not-found": divided,
        "duplicate-content-disposition": doubled,
        "duplicate-content-transfer-encoding": doubled,
        "duplicate-content-type": doubled,
        "duplicate-parameter": doubled,
        "encoded-message": _("Un message joint est codé\u00a0: il est traité comme un fichier."),
        "encoded-multipart": _("Un codage interdit est annoncé pour un ensemble de parties."),
        "headers-too-long": limited,
        "mbox-line": _("Le message commence par une ligne d’archive."),
        "mixed-line-ends": header,
        "no-boundary": divided,
        "no-empty-line": _("L’en-tête et le texte ne sont pas séparés."),
        "nul-in-header": header,
        "nul-in-text": _("Le texte contenait des caractères nuls, qui ont été retirés."),
        "odd-header-name": header,
        "parts-after-end": _("Des parties suivent la fin annoncée\u00a0: elles ne sont pas affichées."),
        "reordered-filename": _("Un nom de fichier contient des caractères qui en cachent l’extension."),
        "text-after-end": _("Du texte suit la fin annoncée\u00a0: il n’est pas affiché."),
        "too-deep": limited,
        "too-many-delimiters": limited,
        "too-many-headers": limited,
        "too-many-parts": limited,
        "too-slow": limited,
        "two-filenames": _("Un fichier joint porte deux noms différents."),
        "unclosed-multipart": _("La fin du message manque peut-être."),
        "unknown-charset": lettered,
        "unknown-encoding": decoded,
        "uuencode-torn": decoded,
        "uuencode-without-begin": decoded,
        "wrong-charset": lettered,
    }


def known_defects() -> frozenset[str]:
    """Every code that a reading may note."""
    return frozenset(_sentences())


def describe_defect(code: str) -> str:
    """One French sentence for a code of :class:`mssclient.mime.reading.Defect`."""
    return _sentences().get(code) or _("Le message est mal formé.")
