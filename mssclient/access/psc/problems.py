"""What can go wrong with Pro Santé Connect, each with its French sentence and remedy."""

from mssclient.model.errors import Refused, WorldError
from mssclient.model.language import _

__all__ = [
    "cancelled",
    "denied",
    "expired",
    "no_browser",
    "not_configured",
    "other_person",
    "phone_unavailable",
    "port_taken",
    "session_ended",
    "state_mismatch",
    "strange_provider",
    "unavailable",
    "unknown_person",
    "wrong_identity_token",
]


def not_configured() -> Refused:
    return Refused(
        "psc-not-configured",
        _("Cet opérateur n’a pas indiqué comment se connecter avec Pro Santé Connect."),
        _("Choisissez un autre moyen de connexion, ou demandez ces indications à l’opérateur."),
    )


def strange_provider(detail: str) -> WorldError:
    return WorldError(
        "psc-provider",
        _("Pro Santé Connect a donné une réponse inattendue."),
        _("Réessayez dans quelques minutes\u202f; si cela dure, prévenez l’assistance de l’opérateur."),
        detail,
    )


def unavailable(detail: str) -> WorldError:
    return WorldError(
        "psc-unavailable",
        _("Pro Santé Connect n’est pas disponible pour le moment."),
        _("Réessayez dans quelques minutes\u202f; si cela dure, prévenez l’assistance de l’opérateur."),
        detail,
    )


def denied() -> Refused:
    return Refused(
        "psc-denied",
        _("La connexion a été refusée sur votre téléphone ou dans le navigateur."),
        _("Recommencez et acceptez\u202f; sur le téléphone, la demande porte le même nombre que cet écran."),
    )


def expired() -> Refused:
    return Refused(
        "psc-expired",
        _("La demande de connexion est restée sans réponse."),
        _("Recommencez, et répondez dans les cinq minutes sur votre téléphone ou dans le navigateur."),
    )


def unknown_person() -> Refused:
    return Refused(
        "psc-unknown-person",
        _("Pro Santé Connect ne connaît pas ce numéro national."),
        _("Vérifiez-le\u00a0: 8 suivi de votre numéro RPPS, ou 0 suivi de votre numéro ADELI."),
    )


def phone_unavailable() -> Refused:
    return Refused(
        "psc-phone-unavailable",
        _("La connexion par l’e-CPS n’est pas ouverte pour cet opérateur."),
        _("Connectez-vous par le navigateur, ou demandez à l’opérateur de l’ouvrir."),
    )


def cancelled() -> Refused:
    return Refused(
        "psc-cancelled",
        _("La connexion par Pro Santé Connect a été annulée."),
        _("Recommencez quand vous voulez."),
    )


def no_browser() -> WorldError:
    return WorldError(
        "psc-browser",
        _("Le navigateur n’a pas pu être ouvert."),
        _("Choisissez un navigateur par défaut sur cet ordinateur, ou connectez-vous par l’e-CPS."),
    )


def port_taken(detail: str) -> WorldError:
    """The operator has said at which port of this computer the browser must come back."""
    return WorldError(
        "psc-port",
        _("Un autre programme de cet ordinateur occupe la place où le navigateur doit répondre."),
        _("Fermez l’autre fenêtre de messagerie, ou connectez-vous par l’e-CPS."),
        detail,
    )


def state_mismatch() -> Refused:
    return Refused(
        "psc-state-mismatch",
        _("La réponse reçue n’est pas celle de votre demande de connexion\u00a0: elle est refusée."),
        _("Recommencez depuis ce programme, sans utiliser un ancien onglet du navigateur."),
    )


def wrong_identity_token(detail: str) -> Refused:
    return Refused(
        "psc-identity-token",
        _("La preuve d’identité de Pro Santé Connect n’est pas valable\u00a0: elle est refusée."),
        _("Vérifiez la date de cet ordinateur, puis recommencez. Si cela dure, prévenez l’assistance."),
        detail,
    )


def other_person() -> Refused:
    return Refused(
        "psc-other-person",
        _("La personne connectée n’est pas le titulaire de cette boîte aux lettres."),
        _("Fermez la session Pro Santé Connect du navigateur, puis recommencez avec votre identité."),
    )


def session_ended() -> Refused:
    return Refused(
        "psc-session-ended",
        _("Votre session Pro Santé Connect est terminée."),
        _("Reconnectez-vous\u202f; ce que vous avez écrit est gardé."),
    )
