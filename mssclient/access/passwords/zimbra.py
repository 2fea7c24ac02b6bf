"""Zimbra's own door (SOAP as JSON over HTTPS): rules and change of the password.

Source: request classes Auth, ChangePassword, GetInfo of zm-mailbox 8.8.15 to 10.1 and of Carbonio.
``dryRun`` is never sent: 8.8.15 ignores it and changes the password.
"""

import json
import ssl
from typing import Any

from mssclient.access.failures import nonsense
from mssclient.access.https import exchange
from mssclient.access.passwords import problems
from mssclient.model.errors import MssError, Refused
from mssclient.model.passwords import PasswordRules

__all__ = ["change", "must_change", "rules"]

_PATH = "/service/soap/"
_ACCOUNT = "urn:zimbraAccount"
_REPLY_S = 60.0

Json = dict[str, Any]


class _Fault(Exception):
    """The server's refusal: its code and, for a rule, the attribute that was not kept."""

    def __init__(self, code: str, rule: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.rule = rule


def change(host: str, context: ssl.SSLContext, login: str, old: str, new: str, port: int = 443) -> None:
    """Raises as ``passwords.ldap.change``. Works while the password must be changed: needs no session."""
    request = {
        "ChangePasswordRequest": {
            "_jsns": _ACCOUNT,
            "account": {"by": "name", "_content": login},
            "oldPassword": {"_content": old},
            "password": {"_content": new},
        }
    }
    try:
        _call(host, port, context, request, uncertain=True)
    except _Fault as fault:
        raise _refusal(fault) from None


def must_change(host: str, context: ssl.SSLContext, login: str, password: str, port: int = 443) -> bool:
    """Whether the server takes this password only to change it. Raises Refused password-wrong, WorldError."""
    try:
        _log_in(host, port, context, login, password)
    except _Fault as fault:
        if fault.code == "account.CHANGE_PASSWORD":
            return True
        raise _refusal(fault) from None
    return False


def rules(host: str, context: ssl.SSLContext, login: str, password: str, port: int = 443) -> PasswordRules:
    """What the operator asks of a password. Cannot be read before a login. Raises as :func:`must_change`."""
    try:
        token = _log_in(host, port, context, login, password)
        request = {"GetInfoRequest": {"_jsns": _ACCOUNT, "sections": "attrs"}}
        answer = _call(host, port, context, request, token=token)
    except _Fault as fault:
        raise _refusal(fault) from None
    return _rules(_attributes(answer.get("GetInfoResponse")))


def _log_in(host: str, port: int, context: ssl.SSLContext, login: str, password: str) -> str:
    request = {
        "AuthRequest": {
            "_jsns": _ACCOUNT,
            "account": {"by": "name", "_content": login},
            "password": {"_content": password},
        }
    }
    answer = _call(host, port, context, request).get("AuthResponse")
    token = _text(answer.get("authToken")) if isinstance(answer, dict) else ""
    if not token:
        raise nonsense("AuthResponse")
    return token


def _call(
    host: str,
    port: int,
    context: ssl.SSLContext,
    body: Json,
    *,
    token: str = "",
    uncertain: bool = False,
) -> Json:
    """The Body of the answer. Raises _Fault; with ``uncertain`` a lost answer is password-outcome-unknown."""
    head: Json = {"_jsns": "urn:zimbra", "userAgent": {"name": "MSS Client"}}
    headers = {"Content-Type": "application/soap+xml; charset=utf-8"}
    if token:
        head["authToken"] = token
        headers["Cookie"] = f"ZM_AUTH_TOKEN={token}"  # a proxy before several servers looks at nothing else
    where = f"[{host}]" if ":" in host else host
    message = json.dumps({"Header": {"context": head}, "Body": body}).encode()
    sent: list[bool] = []
    try:
        reply = exchange(
            "POST",
            f"https://{where}:{port}{_PATH}",
            context,
            body=message,
            headers=headers,
            wait_s=_REPLY_S,
            connected=lambda: sent.append(True),
        )
        found = _body(reply.status, reply.body)
    except MssError as error:
        if sent and uncertain and not isinstance(error, Refused):
            raise problems.outcome_unknown(error.detail or error.code) from None
        raise
    _raise_fault(found)
    return found


_NO_SUCH_DOOR = (404, 405, 410, 501)


def _body(status: int, data: bytes) -> Json:
    """Raises WorldError protocol-nonsense; Refused password-change-unavailable where Zimbra is not."""
    if status in _NO_SUCH_DOOR:
        raise problems.change_unavailable(f"HTTP {status}")
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError):
        raise nonsense(f"HTTP {status} without JSON") from None
    body = answer.get("Body") if isinstance(answer, dict) else None
    if not isinstance(body, dict):
        raise nonsense(f"HTTP {status} without Body")
    return body


def _raise_fault(body: Json) -> None:
    fault = body.get("Fault")
    if fault is None:
        return
    detail = fault.get("Detail", {}) if isinstance(fault, dict) else {}
    error = detail.get("Error", {}) if isinstance(detail, dict) else {}
    code = _text(error.get("Code")) if isinstance(error, dict) else ""
    arguments = error.get("a", []) if isinstance(error, dict) else []
    names = (
        [_text(each) for each in arguments if isinstance(each, dict)] if isinstance(arguments, list) else []
    )
    rule = next((name for name in names if name.startswith("zimbraPassword")), "")
    raise _Fault(code, rule)


def _refusal(fault: _Fault) -> MssError:
    match fault.code:
        case "account.AUTH_FAILED":
            return problems.old_wrong(fault.code)
        case "account.PASSWORD_RECENTLY_USED":
            return problems.recently_used()
        case "account.PASSWORD_CHANGE_TOO_SOON":
            return problems.too_soon()
        case "account.INVALID_PASSWORD":
            return problems.new_refused(fault.rule)
        case "account.PASSWORD_LOCKED" | "service.PERM_DENIED" | "service.UNKNOWN_DOCUMENT":
            return problems.change_unavailable(fault.code)
        case "account.ACCOUNT_INACTIVE" | "account.MAINTENANCE_MODE":
            return problems.login_locked()
        case "account.CHANGE_PASSWORD":
            return problems.must_change()
        case _:
            return problems.change_unavailable(fault.code)


def _text(value: object) -> str:
    """A leaf is a scalar, ``{"_content": …}`` or a list of one of these."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("_content", "")
    return value if isinstance(value, str) else ""


def _attributes(info: object) -> dict[str, str]:
    attrs = info.get("attrs") if isinstance(info, dict) else None
    named = attrs.get("_attrs") if isinstance(attrs, dict) else None
    return {key: _text(value) for key, value in named.items()} if isinstance(named, dict) else {}


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
