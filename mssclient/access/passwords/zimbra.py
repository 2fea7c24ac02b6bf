"""Zimbra's own door (SOAP as JSON over HTTPS): rules and change of the password.

Source: request classes Auth, ChangePassword, GetInfo of zm-mailbox 8.8.15 to 10.1 and of Carbonio.
``dryRun`` is never sent: 8.8.15 ignores it and changes the password.
"""

import ssl

from mssclient.access import zimbra
from mssclient.access.passwords import problems
from mssclient.access.zimbra import ACCOUNT, Fault
from mssclient.model.errors import MssError
from mssclient.model.passwords import PasswordRules

__all__ = ["change", "rules"]


def change(host: str, context: ssl.SSLContext, login: str, old: str, new: str, port: int = 443) -> None:
    """Raises as ``passwords.ldap.change``. Works while the password must be changed: needs no session."""
    request = {
        "ChangePasswordRequest": {
            "_jsns": ACCOUNT,
            "account": {"by": "name", "_content": login},
            "oldPassword": {"_content": old},
            "password": {"_content": new},
        }
    }
    try:
        zimbra.call(host, port, context, request, lost=problems.outcome_unknown)
    except Fault as fault:
        if fault.code == "service.FAILURE":  # of whatever the server does besides: it may be changed or not
            raise problems.outcome_unknown(fault.code) from None
        raise _refusal(fault) from None


def rules(host: str, context: ssl.SSLContext, login: str, password: str, port: int = 443) -> PasswordRules:
    """What the operator asks of a password. Cannot be read before a login.

    Raises Refused password-wrong, password-must-change, account-locked, password-change-unavailable where
    nobody may change theirs from here; WorldError.
    """
    try:
        token = zimbra.log_in(host, port, context, login, password)
        info = zimbra.info(host, port, context, token, "attrs")
    except Fault as fault:
        raise _refusal(fault) from None
    if info.attributes.get("zimbraFeatureChangePasswordEnabled") == "FALSE":
        raise problems.change_unavailable("zimbraFeatureChangePasswordEnabled")
    return _rules(info.attributes)


def _refusal(fault: Fault) -> MssError:
    match fault.code:
        case "account.AUTH_FAILED":
            return problems.old_wrong(fault.code)
        case "account.PASSWORD_RECENTLY_USED":
            return problems.recently_used()
        case "account.PASSWORD_CHANGE_TOO_SOON":
            return problems.too_soon()
        case "account.INVALID_PASSWORD":
            return problems.new_refused(fault.rule)
        case "account.ACCOUNT_INACTIVE" | "account.MAINTENANCE_MODE":
            return problems.login_locked()
        case "account.CHANGE_PASSWORD":
            return problems.must_change()
        case _:
            return problems.change_unavailable(fault.code)


def _rules(attributes: dict[str, str]) -> PasswordRules:
    def number(name: str) -> int:
        text = attributes.get(f"zimbraPassword{name}", "")
        return min(int(text), 10_000) if text.isascii() and text.isdigit() and len(text) < 6 else 0

    return PasswordRules(
        min_length=number("MinLength"),
        max_length=number("MaxLength"),
        upper=number("MinUpperCaseChars"),
        lower=number("MinLowerCaseChars"),
        digits=number("MinNumericChars"),
        punctuation=number("MinPunctuationChars"),
        digits_or_punctuation=number("MinDigitsOrPuncs"),
        allowed=attributes.get("zimbraPasswordAllowedChars", "")[:200],
        without_login=attributes.get("zimbraFeatureAllowUsernameInPassword") == "FALSE",
        history=number("EnforceHistory"),
    )
