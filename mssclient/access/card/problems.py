"""What can go wrong between us and a card, each with its French sentence and remedy."""

from mssclient.model.errors import BugError, Refused, WorldError
from mssclient.model.language import _, ngettext

__all__ = [
    "PinRefused",
    "card_absent",
    "card_busy",
    "card_failed",
    "card_removed",
    "card_reset",
    "certificate_expired",
    "no_library",
    "no_reader",
    "no_service",
    "not_cps",
    "pin_blocked",
    "pin_malformed",
    "pin_wrong",
    "tls13_only",
    "wrong_thread",
]


class PinRefused(Refused):
    """The card said no to the PIN."""

    tries_left: int | None = None
    """0: blocked; None: the card does not say."""


def no_service(detail: str = "") -> WorldError:
    return WorldError(
        "card-no-service",
        _("Le service des cartes à puce de cet ordinateur ne répond pas."),
        # Windows starts its service with the first reader, and has none before.
        _(
            "Branchez le lecteur de carte. S’il l’est déjà, démarrez le service"
            " «\u00a0Carte à puce\u00a0» (Windows) ou pcscd (Linux)."
        ),
        detail,
    )


def no_reader(detail: str = "") -> WorldError:
    return WorldError(
        "card-no-reader",
        _("Aucun lecteur de carte n’est branché."),
        _("Branchez un lecteur, puis insérez la carte CPS."),
        detail,
    )


def no_library(detail: str = "") -> WorldError:
    return WorldError(
        "card-no-library",
        _("Rien sur cet ordinateur ne permet de lire une carte CPS."),
        _("Installez la Cryptolib CPS de l’ANS, ou le paquet complet de ce programme."),
        detail,
    )


def card_absent(detail: str = "") -> WorldError:
    return WorldError(
        "card-absent",
        _("Aucune carte n’est dans le lecteur."),
        _("Insérez la carte CPS, puce vers le haut, jusqu’au fond du lecteur."),
        detail,
    )


def not_cps(detail: str = "") -> WorldError:
    return WorldError(
        "card-not-cps",
        _("La carte insérée n’est pas une carte CPS reconnue."),
        _("Vérifiez que la carte est une CPS et qu’elle est insérée dans le bon sens."),
        detail,
    )


def card_removed(detail: str = "") -> WorldError:
    return WorldError(
        "card-removed",
        _("La carte a été retirée."),
        _("Insérez à nouveau la carte CPS, puis saisissez son code."),
        detail,
    )


def card_busy(detail: str = "") -> WorldError:
    return WorldError(
        "card-busy",
        _("Un autre logiciel utilise la carte."),
        _("Terminez l’opération en cours dans l’autre logiciel, puis réessayez."),
        detail,
    )


def card_reset(detail: str = "") -> WorldError:
    return WorldError(
        "card-reset",
        _("La carte demande à nouveau son code\u00a0: un autre logiciel l’a réinitialisée."),
        _("Saisissez le code de la carte pour continuer."),
        detail,
    )


def card_failed(detail: str) -> WorldError:
    """``detail``: a status word or a return code, never what the card sent."""
    return WorldError(
        "card-failed",
        _("La carte ou le lecteur a donné une réponse inattendue."),
        _("Retirez la carte, insérez-la à nouveau et réessayez."),
        detail,
    )


def pin_wrong(tries_left: int | None) -> PinRefused:
    if tries_left is None:
        sentence = _("Le code de la carte est faux.")
    else:
        sentence = ngettext(
            "Le code de la carte est faux. Il reste {count} essai.",
            "Le code de la carte est faux. Il reste {count} essais.",
            tries_left,
        ).format(count=tries_left)
    remedy = _("Saisissez le code à quatre chiffres de la carte. Après trois erreurs, elle se bloque.")
    if tries_left == 1:
        remedy = _(
            "Attention\u00a0: une erreur de plus bloque la carte. Vérifiez le code avant de le saisir."
        )
    error = PinRefused("pin-wrong", sentence, remedy)
    error.tries_left = tries_left
    return error


def pin_blocked() -> PinRefused:
    error = PinRefused(
        "pin-blocked",
        _("La carte est bloquée\u00a0: son code a été saisi trois fois de suite avec une erreur."),
        _("Débloquez-la avec l’outil de l’ANS et le code de déblocage reçu avec la carte."),
    )
    error.tries_left = 0
    return error


def pin_malformed(shortest: int, longest: int) -> Refused:
    """Said before the card sees it: no try is lost."""
    if shortest == longest:
        sentence = _("Le code de la carte compte {count} chiffres.").format(count=shortest)
    else:
        sentence = _("Le code de la carte compte de {shortest} à {longest} chiffres.").format(
            shortest=shortest, longest=longest
        )
    return Refused("pin-malformed", sentence, _("Saisissez le code à nouveau. Aucun essai n’a été perdu."))


def certificate_expired(started: bool) -> Refused:
    """``started``: False when the certificate is not valid yet."""
    return Refused(
        "card-certificate-expired",
        _("Le certificat de la carte a expiré.")
        if started
        else _("Le certificat de la carte n’est pas encore valable."),
        _("Vérifiez la date de cet ordinateur. Si elle est juste, demandez une nouvelle carte à l’ANS."),
    )


def tls13_only(detail: str = "") -> Refused:
    return Refused(
        "card-tls13-only",
        _("Le serveur n’accepte que TLS\u00a01.3, que cette carte ne sait pas faire."),
        _("Demandez à l’opérateur d’accepter TLS\u00a01.2, ou utilisez un autre moyen de connexion."),
        detail,
    )


def wrong_thread() -> BugError:
    return BugError("card-thread", _("La carte a été utilisée hors de son fil d’exécution."))
