"""LDAP Password Modify (RFC 3062) over TLS."""

import ssl

from mssclient.access.failures import server_busy
from mssclient.access.ldap import Directory, LdapResult
from mssclient.access.passwords import problems
from mssclient.model.accounts import Endpoint
from mssclient.model.errors import MssError

__all__ = ["bind_name", "change"]

_NO_SUCH_ENTRY, _INAPPROPRIATE, _INVALID_CREDENTIALS, _INSUFFICIENT, _UNWILLING = 32, 48, 49, 50, 53
_BUSY = (3, 51, 52)
"""timeLimitExceeded, busy, unavailable."""
_NOT_OFFERED = (1, 2, 12, 92)
"""operationsError, protocolError, unavailableCriticalExtension, notSupported: no such operation here."""
_SPECIAL = '\\,+"<>;=#'


def bind_name(template: str, login: str) -> str:
    """The DN of a login: ``{login}`` and ``{local}`` in ``template``, escaped (RFC 4514 §2.4)."""
    local = login.partition("@")[0]
    return template.replace("{login}", _escaped(login)).replace("{local}", _escaped(local))


def _escaped(value: str) -> str:
    text = "".join(f"\\{each}" if each in _SPECIAL else each for each in value).replace("\0", "\\00")
    if text.startswith(" "):
        text = f"\\{text}"
    return f"{text[:-1]}\\ " if text.endswith(" ") and len(value) > 1 else text


def change(endpoint: Endpoint, context: ssl.SSLContext, name: str, old: str, new: str) -> None:
    """Change the password of the entry ``name`` (a DN), binding with the old one.

    Blocks up to a minute. Raises Refused: password-wrong, password-rules, password-reused,
    password-too-soon, account-locked, password-change-unavailable; WorldError:
    password-outcome-unknown when the answer is missing, else those of ``access.failures``.
    """
    directory = Directory.connect(endpoint, context)
    try:
        bound = directory.bind(name, old)
        if not bound.done:
            raise _refused_bind(bound)
        try:
            changed = directory.modify_password(old, new)
        except MssError as error:
            raise problems.outcome_unknown(error.code) from None
        if not changed.done:
            raise _refused_change(changed)
    finally:
        directory.close()


def _refused_bind(result: LdapResult) -> MssError:
    detail = f"LDAP bind {result.code}"
    if "locked" in result.message.lower():
        return problems.login_locked()
    if result.code in _BUSY:
        return server_busy(detail)
    if result.code in (_NO_SUCH_ENTRY, _INAPPROPRIATE, _INVALID_CREDENTIALS):
        return problems.old_wrong(detail)
    return problems.change_unavailable(detail)  # not in this way: what was shown was not judged


def _refused_change(result: LdapResult) -> MssError:
    """Servers tell details in words only (draft-behera password policy); slapd's words are looked for."""
    words, detail = result.message.lower(), f"LDAP result {result.code}"
    if result.code in _BUSY:
        return server_busy(detail)
    if result.code == _INVALID_CREDENTIALS or (result.code == _UNWILLING and "old" in words):
        return problems.old_wrong(detail)
    if "history" in words:
        return problems.recently_used()
    if "too young" in words or "minimum age" in words:
        return problems.too_soon()
    if result.code in (_INSUFFICIENT, *_NOT_OFFERED):
        return problems.change_unavailable(detail)
    return problems.new_refused(detail)
