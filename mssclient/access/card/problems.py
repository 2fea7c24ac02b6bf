"""What can go wrong between us and a card, each with its French sentence and remedy.

A token that is no CPS (a key on USB, one in software) has the codes of a card and words of its own.
"""

import time

from mssclient.model.errors import BugError, Refused, WorldError
from mssclient.model.language import _, ngettext

__all__ = [
    "PinRefused",
    "card_absent",
    "card_busy",
    "card_failed",
    "card_forged",
    "card_removed",
    "card_reset",
    "certificate_expired",
    "client_certificate_expired",
    "no_certificate",
    "no_library",
    "no_module",
    "no_reader",
    "no_service",
    "no_token",
    "not_cps",
    "pin_blocked",
    "pin_malformed",
    "pin_wrong",
    "reader_name",
    "tls13_only",
    "token_pin_blocked",
    "token_pin_malformed",
    "token_pin_wrong",
    "token_removed",
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


def reader_name() -> WorldError:
    return WorldError(
        "card-reader-name",
        _("Un lecteur de carte donne un nom illisible\u00a0: aucune carte ne peut être lue."),
        _("Débranchez les lecteurs l’un après l’autre, et remplacez celui qui empêche la lecture."),
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


def card_forged() -> Refused:
    return Refused(
        "card-forged",
        _("Cette carte montre un certificat dont elle n’a pas la clé\u00a0: elle n’ouvre rien."),
        _("Utilisez la carte CPS remise par l’ANS. Si c’est bien elle, demandez-en une nouvelle."),
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


def client_certificate_expired(not_before_utc: int, not_after_utc: int) -> Refused:
    """Of a software certificate, in a file or behind a module."""
    started = time.time() >= not_before_utc
    sentence = (
        _("Votre certificat a expiré le {date}.")
        if started
        else _("Votre certificat n’est valable qu’à partir du {date}.")
    )
    return Refused(
        "client-certificate-expired",
        sentence.format(
            date=time.strftime("%d/%m/%Y", time.gmtime(not_after_utc if started else not_before_utc))
        ),
        _("Vérifiez la date de cet ordinateur. Si elle est juste, demandez-en le renouvellement."),
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


# Tokens that are no CPS, behind a PKCS#11 module


def no_module(detail: str = "") -> WorldError:
    return WorldError(
        "pkcs11-no-module",
        _("Le module PKCS#11 de ce certificat n’est pas utilisable sur cet ordinateur."),
        _("Installez le pilote fourni avec le support du certificat, ou indiquez le fichier de son module."),
        detail,
    )


def no_token(detail: str = "") -> WorldError:
    return WorldError(
        "pkcs11-no-token",
        _("Le support de ce certificat n’est pas branché."),
        _("Branchez-le, puis réessayez."),
        detail,
    )


def no_certificate(detail: str = "") -> Refused:
    return Refused(
        "pkcs11-no-certificate",
        _("Le support est là, mais ce certificat ne s’y trouve pas."),
        _("Choisissez un certificat dans la liste, ou vérifiez son adresse «\u00a0pkcs11:\u00a0»."),
        detail,
    )


def token_removed(detail: str = "") -> WorldError:
    return WorldError(
        "card-removed",
        _("Le support du certificat a été retiré."),
        _("Branchez-le à nouveau, puis saisissez son code."),
        detail,
    )


def token_pin_wrong(tries_left: int | None) -> PinRefused:
    error = pin_wrong(tries_left)
    error.sentence = _("Le code du certificat est faux.")
    error.remedy = _("Vérifiez-le avant de le saisir à nouveau\u00a0: le support peut se bloquer.")
    if tries_left == 1:
        error.remedy = _("Attention\u00a0: une erreur de plus bloque le support. Vérifiez le code avant.")
    return error


def token_pin_blocked() -> PinRefused:
    error = pin_blocked()
    error.sentence = _("Le support du certificat est bloqué\u00a0: trop de codes faux ont été saisis.")
    error.remedy = _("Débloquez-le avec l’outil de son fournisseur, ou demandez un autre certificat.")
    return error


def token_pin_malformed(shortest: int, longest: int) -> Refused:
    """Said before the token sees it: no try is lost."""
    return Refused(
        "pin-malformed",
        _("Le code du certificat compte de {shortest} à {longest} caractères.").format(
            shortest=shortest, longest=longest
        ),
        _("Saisissez le code à nouveau. Aucun essai n’a été perdu."),
    )
