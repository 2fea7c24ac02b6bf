"""What an operator may answer to a command, as errors for people; and whether trying again can help."""

import traceback

from mssclient.access.failures import server_busy
from mssclient.access.refusals import LOGIN_REFUSALS, is_about_login
from mssclient.model.errors import BugError, MssError, Problem, Refused, WorldError
from mssclient.model.language import _

__all__ = ["account_wide", "bug_problem", "folder_missing", "is_permanent", "message_gone", "refused"]

_PERMANENT = frozenset(
    (
        "right-missing",
        "quota-exceeded",
        "folder-missing",
        "message-too-big",
        "message-gone",
        "keyword-refused",
        *(LOGIN_REFUSALS - {"login-throttled"}),
        "certificate-untrusted",
        "certificate-impostor",
        "certificate-expired",
        "certificate-name",
        "certificate-revoked",
        "certificate-anchor",
        "tls-too-old",
        "tls-too-weak",
        "starttls-missing",
        "preauth-before-tls",
        "recipients-refused",
        "too-many-recipients",
        "sender-refused",
        "message-refused",
        "send-uncertain",
        "unknown-want",
    )
)
_ATTEMPTS_MAX = 4


def is_permanent(error: MssError, attempts: int) -> bool:
    """Whether the want must be parked and shown, rather than tried again."""
    if error.code in _PERMANENT:
        return True
    if isinstance(error, BugError):
        return True
    # A bare NO says nothing of its reason (Zimbra 8.8–10.1 over quota: "NO APPEND failed"): a few
    # attempts, then the person is told.
    return error.code in ("server-refused", "protocol-nonsense", "send-postponed") and (
        attempts >= _ATTEMPTS_MAX
    )


def account_wide(error: MssError) -> bool:
    """Whether the error is of the connection or the login, not of what was asked."""
    return (
        is_about_login(error.code)
        or error.code
        in (
            "host-unknown",
            "host-unreachable",
            "timeout",
            "connection-lost",
            "tls-failed",
            "tls-too-old",
            "tls-too-weak",
            "starttls-missing",
            "preauth-before-tls",
            "server-busy",
            "store-locked",
        )
        or error.code.startswith(("certificate-", "proxy-"))
    )


def bug_problem(error: BaseException) -> Problem:
    """A mistake of ours as a value: its type and place, never its text, which may hold mail."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    return Problem(
        code="unexpected",
        sentence=_("Erreur interne\u00a0: l’opération n’a pas pu être faite."),
        remedy=_("Réessayez. Si cela dure, signalez-le à l’assistance."),
        detail=f"{type(error).__name__} {places}",
        exit_code=5,
    )


def refused(command: str, status: str, code: str) -> MssError:
    """The error for a tagged NO or BAD to ``command`` (RFC 5530 and RFC 9208 codes)."""
    detail = f"{command} {status} {code}".strip()
    if code == "OVERQUOTA":
        return WorldError(
            "quota-exceeded",
            _("La boîte aux lettres est pleine."),
            _("Supprimez ou archivez des messages, puis réessayez."),
            detail,
        )
    if code in ("NOPERM", "READ-ONLY"):
        return Refused(
            "right-missing",
            _("Le serveur ne vous donne pas le droit de faire cela dans ce dossier."),
            _("Demandez ce droit au responsable de la boîte aux lettres."),
            detail,
        )
    if code in ("TRYCREATE", "NONEXISTENT"):
        return folder_missing(detail)
    if code in ("TOOBIG", "LIMIT"):
        return WorldError(
            "message-too-big",
            _("Le message dépasse la taille acceptée par le serveur."),
            _("Retirez une pièce jointe ou envoyez-la en plusieurs fois."),
            detail,
        )
    if code == "EXPUNGEISSUED":
        return WorldError(
            "messages-changed",
            _("Des messages viennent d’être supprimés depuis un autre poste."),
            _("L’opération reprendra d’elle-même."),
            detail,
        )
    if code in ("UNAVAILABLE", "INUSE", "SERVERBUG", "CORRUPTION"):
        return server_busy(detail)
    return Refused(
        "server-refused",
        _("Le serveur a refusé l’opération."),
        _("Réessayez. Si cela dure, signalez-le à l’opérateur de la messagerie."),
        detail,
    )


def folder_missing(detail: str = "") -> WorldError:
    return WorldError(
        "folder-missing",
        _("Le dossier n’existe plus sur le serveur."),
        _("Choisissez un autre dossier."),
        detail,
    )


def message_gone() -> WorldError:
    return WorldError(
        "message-gone",
        _("Le message n’est plus sur le serveur."),
        _("Il a sans doute été déplacé ou supprimé depuis un autre poste."),
    )
