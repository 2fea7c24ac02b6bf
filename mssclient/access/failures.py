"""What can go wrong between us and an operator, each with its French sentence and remedy.

The only place that turns exceptions of ``socket`` and ``ssl`` into ours.
"""

import errno
import socket
import ssl
import unicodedata
from collections.abc import Sequence

from mssclient.model.errors import MssError, Refused, WorldError
from mssclient.model.language import _

__all__ = [
    "client_certificate_refused",
    "connection_lost",
    "login_impossible",
    "login_refused",
    "nonsense",
    "preauth",
    "revoked",
    "server_busy",
    "server_moved",
    "starttls_missing",
    "translated",
]

# X509_V_ERR_* of openssl/x509_vfy.h
_EXPIRED, _NOT_YET, _REVOKED, _HOSTNAME, _IP, _SELF_SIGNED = 10, 9, 23, 62, 64, 18

_OUR_CERTIFICATE = frozenset(
    (
        "SSLV3_ALERT_BAD_CERTIFICATE",
        "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
        "SSLV3_ALERT_CERTIFICATE_REVOKED",
        "SSLV3_ALERT_CERTIFICATE_EXPIRED",
        "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
        "TLSV1_ALERT_UNKNOWN_CA",
        "TLSV1_ALERT_ACCESS_DENIED",
    )
)
"""Alerts (RFC 8446 §6.2) by which a server judges what we have shown; in TLS 1.3 they come when we read."""


def connection_lost(detail: str = "") -> WorldError:
    return WorldError(
        "connection-lost",
        _("La connexion avec le serveur a été coupée."),
        _("Elle sera rétablie d’elle-même. Si cela dure, vérifiez l’accès à Internet."),
        detail,
    )


def nonsense(detail: str) -> WorldError:
    """``detail`` names what was expected, never what was received (it may hold mail)."""
    return WorldError(
        "protocol-nonsense",
        _("Le serveur a donné une réponse incompréhensible."),
        _("Un nouvel essai aura lieu. Si cela dure, signalez-le à l’opérateur de la messagerie."),
        detail,
    )


def starttls_missing() -> WorldError:
    return Refused(
        "starttls-missing",
        _("Le serveur ne propose pas de connexion chiffrée."),
        _("Rien n’a été envoyé. Vérifiez le port et la sécurité du compte avec l’opérateur."),
    )


def preauth() -> WorldError:
    return Refused(
        "preauth-before-tls",
        _("Le serveur ouvre la session avant le chiffrement\u00a0: la connexion est refusée."),
        _("Rien n’a été envoyé. Prévenez l’opérateur\u00a0: la ligne est peut-être surveillée."),
    )


def login_refused(detail: str = "") -> Refused:
    return Refused(
        "login-refused",
        _("Le serveur a refusé l’identifiant ou le mot de passe."),
        _("Vérifiez l’identifiant, puis saisissez à nouveau le mot de passe."),
        detail,
    )


def login_impossible(detail: str = "") -> Refused:
    return Refused(
        "login-impossible",
        _("Le serveur ne propose pas ce moyen de connexion."),
        _("Choisissez un autre moyen de connexion."),
        detail,
    )


def server_busy(detail: str = "") -> WorldError:
    return WorldError(
        "server-busy",
        _("Le serveur n’est pas disponible pour le moment."),
        _("Un nouvel essai aura lieu dans quelques minutes."),
        detail,
    )


def server_moved() -> Refused:
    """It names another one, to which nobody agreed: that is not followed, nor repeated."""
    return Refused(
        "server-moved",
        _("Le serveur renvoie vers un autre serveur, que le compte ne connaît pas."),
        _("Demandez à l’opérateur le nom de ce serveur, puis ajoutez de nouveau la boîte."),
    )


def client_certificate_refused(detail: str = "") -> Refused:
    return Refused(
        "client-certificate-refused",
        _("L’opérateur n’a pas accepté ce certificat pour cette boîte aux lettres."),
        _("Utilisez la carte ou le certificat du titulaire\u202f; sinon l’opérateur doit l’y rattacher."),
        detail,
    )


def _client_certificate_wanted(detail: str) -> Refused:
    return Refused(
        "client-certificate-wanted",
        _("L’opérateur n’ouvre cette porte qu’avec une carte ou un certificat."),
        _("Choisissez un autre moyen de connexion, ou une autre adresse de serveur, dans le compte."),
        detail,
    )


def revoked(host: str, detail: str = "") -> Refused:
    return Refused(
        "certificate-revoked",
        _("Le certificat du serveur «\u00a0{host}\u00a0» a été révoqué.").format(host=host),
        _("Rien n’a été envoyé. Ne continuez pas sans l’accord de l’opérateur de la messagerie."),
        detail,
    )


def translated(
    error: BaseException, host: str, chain: Sequence[bytes] = (), *, newest: bool = False
) -> MssError:
    """The WorldError for an exception of ``socket`` or ``ssl`` met while talking to ``host``.

    ``chain``: what OpenSSL could make of the server's certificates (DER) before it refused them.
    ``newest``: we offered TLS 1.3 as well as 1.2, so a server that wants another version has an older one.
    """
    if isinstance(error, MssError):
        return error
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate(error, host, chain)
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return connection_lost(type(error).__name__)
    if isinstance(error, TimeoutError):
        return WorldError(
            "timeout",
            _("Le serveur ne répond pas."),
            _("Un nouvel essai aura lieu. Vérifiez l’accès à Internet si cela dure."),
        )
    if isinstance(error, ssl.SSLError):
        if newest and error.reason in ("TLSV1_ALERT_PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL"):
            return _too_old(host, error.reason)
        if error.reason in ("SSLV3_ALERT_HANDSHAKE_FAILURE", "NO_SHARED_CIPHER", "DH_KEY_TOO_SMALL"):
            return _no_common_suite(host, error.reason)
        if error.reason in _OUR_CERTIFICATE:
            return client_certificate_refused(error.reason)
        if error.reason == "TLSV13_ALERT_CERTIFICATE_REQUIRED":
            return _client_certificate_wanted(error.reason)
        return WorldError(
            "tls-failed",
            _("La connexion chiffrée avec le serveur n’a pas pu s’établir."),
            _(
                "Vérifiez le port et la sécurité du compte\u00a0:"
                " «\u00a0TLS\u00a0» et «\u00a0STARTTLS\u00a0» ne sont pas les mêmes."
            ),
            error.reason or type(error).__name__,
        )
    if isinstance(error, socket.gaierror | UnicodeError):
        return WorldError(
            "host-unknown",
            _("Le serveur «\u00a0{host}\u00a0» est introuvable.").format(host=host),
            _("Vérifiez l’accès à Internet et le nom du serveur."),
        )
    if isinstance(error, ConnectionRefusedError):
        return _unreachable(host, "refused")
    if isinstance(error, ConnectionError):
        return connection_lost(type(error).__name__)
    if isinstance(error, OSError) and error.errno in (errno.EBADF, errno.ENOTCONN, errno.ESHUTDOWN):
        return connection_lost("closed")
    if isinstance(error, OSError):
        return _unreachable(host, errno.errorcode.get(error.errno or 0, ""))
    raise error


def _unreachable(host: str, detail: str) -> WorldError:
    return WorldError(
        "host-unreachable",
        _("Le serveur «\u00a0{host}\u00a0» n’est pas joignable.").format(host=host),
        _("Vérifiez l’accès à Internet, puis le nom du serveur et le port."),
        detail,
    )


def _too_old(host: str, detail: str) -> Refused:
    return Refused(
        "tls-too-old",
        _("Le chiffrement du serveur «\u00a0{host}\u00a0» est trop ancien.").format(host=host),
        _("Rien n’a été envoyé. Prévenez l’opérateur\u00a0: TLS 1.2 est exigé, ou la ligne est surveillée."),
        detail,
    )


def _no_common_suite(host: str, detail: str) -> Refused:
    """Or the server wanted a client certificate: before TLS 1.3 it says no more than this."""
    return Refused(
        "tls-too-weak",
        _("Le serveur «\u00a0{host}\u00a0» a refusé les chiffrements permis à ce programme.").format(
            host=host
        ),
        _("Rien n’a été envoyé. Demandez à l’opérateur s’il attend une carte ou un certificat."),
        detail,
    )


def _claims_igc_sante(chain: Sequence[bytes]) -> bool:
    """Whether one of these certificates names IGC-Santé as its issuer: told after it was refused."""
    from cryptography import x509

    from mssclient.operators.certificates import UNREADABLE

    for each in chain:
        try:
            issuer = x509.load_der_x509_certificate(each).issuer.rfc4514_string()
        except UNREADABLE:
            continue
        plain = unicodedata.normalize("NFKD", issuer).encode("ascii", "ignore").decode().lower()
        if "igcsante" in "".join(letter for letter in plain if letter.isalpha()):
            return True
    return False


def _certificate(error: ssl.SSLCertVerificationError, host: str, chain: Sequence[bytes]) -> Refused:
    detail = f"X509_V_ERR {error.verify_code}"
    remedy = _("Rien n’a été envoyé. Ne continuez pas sans l’accord de l’opérateur de la messagerie.")
    if error.verify_code == _EXPIRED:
        return Refused(
            "certificate-expired",
            _("Le certificat du serveur «\u00a0{host}\u00a0» a expiré.").format(host=host),
            _("Vérifiez la date de cet ordinateur. Si elle est juste, prévenez l’opérateur."),
            detail,
        )
    if error.verify_code == _NOT_YET:
        return Refused(
            "certificate-expired",
            _("Le certificat du serveur «\u00a0{host}\u00a0» n’est pas encore valable.").format(host=host),
            _("Vérifiez la date de cet ordinateur. Si elle est juste, prévenez l’opérateur."),
            detail,
        )
    if error.verify_code in (_HOSTNAME, _IP):
        return Refused(
            "certificate-name",
            _("Le certificat présenté n’est pas celui du serveur «\u00a0{host}\u00a0».").format(host=host),
            remedy,
            detail,
        )
    if error.verify_code == _REVOKED:
        return revoked(host, detail)
    if error.verify_code == _SELF_SIGNED:
        return Refused(
            "certificate-untrusted",
            _("Le serveur «\u00a0{host}\u00a0» s’est fait son certificat lui-même.").format(host=host),
            remedy,
            detail,
        )
    if _claims_igc_sante(chain):
        return Refused(
            "certificate-impostor",
            _(
                "Le certificat du serveur «\u00a0{host}\u00a0» se réclame de l’IGC-Santé,"
                " mais il n’en vient pas."
            ).format(host=host),
            remedy,
            detail,
        )
    return Refused(
        "certificate-untrusted",
        _("Le certificat du serveur «\u00a0{host}\u00a0» ne vient pas d’une autorité reconnue.").format(
            host=host
        ),
        _("Rien n’a été envoyé. Demandez à l’opérateur son certificat d’autorité et ajoutez-le au compte."),
        detail,
    )
