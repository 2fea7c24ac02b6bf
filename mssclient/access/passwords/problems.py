"""What an operator may answer to a change of password, each with its French sentence and remedy."""

from mssclient.model.errors import Refused, WorldError
from mssclient.model.language import _

__all__ = [
    "change_unavailable",
    "login_locked",
    "must_change",
    "new_refused",
    "old_wrong",
    "outcome_unknown",
    "recently_used",
    "too_soon",
]


def old_wrong(detail: str = "") -> Refused:
    return Refused(
        "password-wrong",
        _("Le mot de passe actuel n’est pas le bon\u00a0: rien n’a été changé."),
        _("Saisissez le mot de passe avec lequel vous ouvrez cette boîte aux lettres."),
        detail,
    )


def new_refused(detail: str = "", rule: str = "") -> Refused:
    """``rule`` is a sentence that tells what is missing; "" when the operator did not say it."""
    return Refused(
        "password-rules",
        _("L’opérateur refuse ce nouveau mot de passe\u00a0: rien n’a été changé."),
        rule or _("Choisissez-en un plus long, avec des majuscules, des chiffres et des signes."),
        detail,
    )


def recently_used() -> Refused:
    return Refused(
        "password-reused",
        _("Ce mot de passe a déjà servi récemment\u00a0: rien n’a été changé."),
        _("Choisissez-en un que vous n’avez pas encore utilisé ici."),
    )


def too_soon() -> Refused:
    return Refused(
        "password-too-soon",
        _("Le mot de passe a été changé il y a peu\u00a0: l’opérateur demande d’attendre."),
        _("Réessayez demain, ou appelez l’assistance de l’opérateur."),
    )


def must_change(detail: str = "") -> Refused:
    """The password is right, and taken for nothing but its change."""
    return Refused(
        "password-must-change",
        _("L’opérateur demande de changer le mot de passe avant d’ouvrir la boîte aux lettres."),
        _("Choisissez maintenant un nouveau mot de passe."),
        detail,
    )


def login_locked() -> Refused:
    return Refused(
        "account-locked",
        _("L’opérateur a bloqué cette boîte aux lettres."),
        _("Appelez son assistance\u00a0: elle seule peut la débloquer."),
    )


def change_unavailable(detail: str = "") -> Refused:
    return Refused(
        "password-change-unavailable",
        _("L’opérateur ne permet pas de changer le mot de passe depuis ce programme."),
        _("Changez-le sur la page de l’opérateur, puis saisissez-le ici."),
        detail,
    )


def outcome_unknown(detail: str = "") -> WorldError:
    """The connection was lost after the new password was sent: it may be in force or not."""
    return WorldError(
        "password-outcome-unknown",
        _("La connexion a été coupée pendant le changement du mot de passe."),
        _("Le programme va essayer les deux\u202f; ne recommencez pas avant sa réponse."),
        detail,
    )
