"""What the Send button promises, from the routes of all recipients. Pure; no Qt."""

from collections.abc import Sequence
from dataclasses import dataclass

from mssclient.model.drafts import RouteOf
from mssclient.model.language import _
from mssclient.model.verdicts import SECURED
from ui.theme.words import count

__all__ = ["Promise", "in_clear", "promise_of"]


@dataclass(frozen=True)
class Promise:
    """The button (kind, words, icon) and what stands to its left (glyph, role, told); no glyph: nothing."""

    kind: str
    words: str
    icon: str
    glyph: str = ""
    role: str = "muted"
    told: str = ""


def in_clear(routes: Sequence[RouteOf]) -> list[RouteOf]:
    """The recipients that would be reached in clear."""
    return [route for route in routes if route.level not in SECURED]


def promise_of(routes: Sequence[RouteOf]) -> Promise:
    """The worst recipient decides; a route known from an unsigned list promises nothing in green."""
    clear = len(in_clear(routes))
    if not routes:
        return Promise("primary", _("Envoyer"), "send-horizontal")
    if clear:
        told = count("{n} destinataire n’est pas sécurisé", "{n} destinataires ne sont pas sécurisés", clear)
        return Promise("clear", _("Envoyer en clair…"), "v-clear", "v-clear", "warning", told)
    if not all(route.verified for route in routes):
        told = _("Destinataires MSSanté, d’après une liste non vérifiée")
        return Promise("primary", _("Envoyer"), "send-horizontal", "circle-help", "muted", told)
    told = count("{n} destinataire, sécurisé", "{n} destinataires, tous sécurisés", len(routes))
    return Promise("secure", _("Envoyer — sécurisé"), "v-secure", "v-secure", "success", told)
