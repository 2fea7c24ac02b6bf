"""What an operator means when it refuses a login: wrong, expired, to be changed, locked, too often.

RFC 5530 for IMAP, RFC 4954 and 5248 for SMTP, RFC 5804 for ManageSieve; servers also say it in words only.
"""

import re

from mssclient.access.credential import Credential, PasswordCredential, TokenCredential
from mssclient.access.failures import (
    client_certificate_refused,
    login_impossible,
    login_refused,
    server_busy,
    server_moved,
)
from mssclient.access.passwords.problems import login_locked, must_change
from mssclient.model.errors import MssError, Refused, WorldError
from mssclient.model.language import _

__all__ = ["LOGIN_REFUSALS", "from_imap", "from_sieve", "from_smtp", "is_about_login"]

LOGIN_REFUSALS = frozenset(
    (
        "login-refused",
        "login-impossible",
        "login-not-allowed",
        "login-throttled",
        "password-expired",
        "password-must-change",
        "account-locked",
        "token-refused",
        "client-certificate-refused",
    )
)
"""Said by the operator. Asking again with the same credential would be counted against the person."""
_OURS = ("card-", "pin-", "psc-", "pkcs11-", "pkcs12-", "client-certificate-", "openssl-")
"""What keeps us from showing anything to the operator begins with one of these."""


def is_about_login(code: str) -> bool:
    """Whether a problem with this code keeps out the whole account, whatever was to be done there."""
    return code in LOGIN_REFUSALS or code.startswith(_OURS) or code == "password-missing"


_CODE = re.compile(rb"\[([A-Za-z]{1,24})")
_BUSY = frozenset(("UNAVAILABLE", "INUSE", "SERVERBUG"))
_CODES = _BUSY | {
    "ALERT",
    "AUTHENTICATIONFAILED",
    "AUTHORIZATIONFAILED",
    "CONTACTADMIN",
    "EXPIRED",
    "LIMIT",
    "PRIVACYREQUIRED",
}
"""RFC 5530 and RFC 9051 §7.1: any other word in brackets may be anything, and is not kept."""
_MUST_CHANGE = (b"MUST BE CHANGED", b"MUST CHANGE", b"CHANGE PASSWORD", b"CHANGE YOUR PASSWORD")
_OFTEN = (b"TOO MANY", b"RATE LIMIT", b"THROTTL")
_LATER = b"TRY AGAIN LATER"
"""Said of a server that is busy, too: counts only where nothing else says so."""
_LOCKED = (
    b"ACCOUNT IS LOCKED",
    b"ACCOUNT LOCKED",
    b"LOCKED OUT",
    b"ACCOUNT DISABLED",
    b"ACCOUNT IS DISABLED",
)


def from_imap(line: bytes, untagged: list[bytes], credential: Credential) -> MssError:
    """The error for a NO, BAD or BYE; ``untagged`` is what came with it."""
    every = (line, *untagged)
    said = [found.group(1).decode("ascii").upper() for each in every if (found := _CODE.search(each))]
    codes = [code for code in dict.fromkeys(said) if code in _CODES]
    words = b"\n".join(every).upper()
    detail = " ".join(codes)
    if "EXPIRED" in codes:
        return _expired(credential, detail)
    if any(each in words for each in _MUST_CHANGE):
        # Zimbra 8.7–10.1: "NO [ALERT] password must be changed before IMAP login permitted".
        return must_change(detail)
    if "AUTHORIZATIONFAILED" in codes:
        return _not_yours()
    if any(each in words for each in _OFTEN) or "LIMIT" in codes:
        return _too_often(detail)
    if any(each in words for each in _LOCKED) or "CONTACTADMIN" in codes:
        return login_locked()
    if not _BUSY.isdisjoint(codes) and not _token_refused(codes, credential):
        return server_busy(detail)
    if _LATER in words:
        return _too_often(detail)
    if line.upper().startswith(b"* BYE"):
        return server_busy(detail)
    return _wrong(credential, detail)


def from_smtp(code: int, enhanced: str, text: str, credential: Credential) -> MssError:
    """The error for a reply to AUTH that is no 235."""
    words, detail = text.upper().encode(), f"{code} {enhanced}".strip()
    if enhanced.endswith(".7.12") or code == 432 or any(each in words for each in _MUST_CHANGE):
        return must_change(detail)  # RFC 4954 §4.7.2: password transition needed
    if enhanced.endswith(".7.13") or any(each in words for each in _LOCKED):
        return login_locked()
    if any(each in words for each in _OFTEN):
        return _too_often(detail)
    if 400 <= code < 500:
        return server_busy(detail)  # 454 4.7.0: temporary authentication failure (RFC 4954 §4.7.3)
    if _LATER.decode() in text.upper():
        return _too_often(detail)
    if code in _NOT_THIS_WAY:
        return login_impossible(detail)
    return _wrong(credential, detail)


_NOT_THIS_WAY = (502, 504, 534, 538)
"""No AUTH, mechanism unknown, too weak, wanting encryption: what was shown was not judged (RFC 4954 §6)."""


def from_sieve(status: str, code: str, words: str, credential: Credential) -> MssError:
    """The error for a NO or BYE to AUTHENTICATE (RFC 5804 §1.3); ``code`` in upper case, or ""."""
    said, detail = words.upper().encode(), code if code in _SIEVE_CODES else ""
    if code == "REFERRAL":
        return server_moved()
    if any(each in said for each in _MUST_CHANGE):
        return must_change(detail)
    if code == "TRANSITION-NEEDED" and isinstance(credential, PasswordCredential):
        return must_change(detail)  # as SMTP's 432
    if any(each in said for each in _EXPIRED):
        return _expired(credential, detail)
    if any(each in said for each in _LOCKED):
        return login_locked()
    if any(each in said for each in _OFTEN):
        return _too_often(detail)
    if code in ("AUTH-TOO-WEAK", "ENCRYPT-NEEDED", "TRANSITION-NEEDED"):
        return login_impossible(detail)
    if code == "TRYLATER" and not isinstance(credential, TokenCredential):  # see _token_refused
        return server_busy(detail)
    if _LATER in said:
        return _too_often(detail)
    if status == "BYE":
        return server_busy(detail)
    return _wrong(credential, detail)


_SIEVE_CODES = ("AUTH-TOO-WEAK", "ENCRYPT-NEEDED", "TRANSITION-NEEDED", "TRYLATER")
_EXPIRED = (b"PASSWORD EXPIRED", b"PASSWORD HAS EXPIRED", b"PASSWORD IS EXPIRED")


def _token_refused(codes: list[str], credential: Credential) -> bool:
    # Dovecot 2.3 says UNAVAILABLE for a token that a second passdb could not judge either.
    return isinstance(credential, TokenCredential) and codes == ["UNAVAILABLE"]


def _wrong(credential: Credential, detail: str) -> MssError:
    if isinstance(credential, PasswordCredential):
        return login_refused(detail)
    if isinstance(credential, TokenCredential):
        return Refused(
            "token-refused",
            _("L’opérateur n’a pas accepté votre identité Pro Santé Connect pour cette boîte aux lettres."),
            _("Vérifiez l’adresse de la boîte\u202f; si elle est juste, l’opérateur doit vous y rattacher."),
            detail,
        )
    return client_certificate_refused(detail)


def _expired(credential: Credential, detail: str) -> MssError:
    if not isinstance(credential, PasswordCredential):
        return _wrong(credential, detail)
    return Refused(
        "password-expired",
        _("Votre mot de passe a expiré."),
        _("Choisissez maintenant un nouveau mot de passe."),
        detail,
    )


def _not_yours() -> Refused:
    return Refused(
        "login-not-allowed",
        _("Vous êtes reconnu, mais vous n’avez pas le droit d’ouvrir cette boîte aux lettres."),
        _("Demandez au titulaire ou au responsable de la boîte de vous en donner le droit."),
    )


def _too_often(detail: str) -> WorldError:
    return WorldError(
        "login-throttled",
        _("L’opérateur refuse pour l’instant les connexions\u00a0: il y en a eu trop."),
        _("Attendez un quart d’heure sans réessayer\u202f; vérifiez aussi le mot de passe enregistré."),
        detail,
    )
