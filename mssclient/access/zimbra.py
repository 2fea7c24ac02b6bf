"""Zimbra's dialogue: SOAP as JSON over HTTPS, one request and one answer a connection.

Source: zm-mailbox 8.8.15 to 10.1 and Carbonio (request classes Auth, GetInfo; JSONElement).
"""

import json
import ssl
from collections.abc import Callable
from typing import Any, NamedTuple

from mssclient.access.failures import nonsense
from mssclient.access.https import exchange
from mssclient.model.errors import MssError, Refused, WorldError

__all__ = ["ACCOUNT", "Fault", "Info", "call", "info", "log_in"]

ACCOUNT = "urn:zimbraAccount"
_PATH = "/service/soap/"
_REPLY_S = 60.0
_NO_SUCH_DOOR = (404, 405, 410, 501)

Json = dict[str, Any]


class Fault(Exception):
    """The server's refusal: its code and, for a rule of passwords, the attribute that was not kept."""

    def __init__(self, code: str, rule: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.rule = rule


class Info(NamedTuple):
    """Of an account, by Zimbra's names."""

    attributes: dict[str, str]
    preferences: dict[str, str]


def log_in(host: str, port: int, context: ssl.SSLContext, login: str, password: str) -> str:
    """A token. Raises Fault (account.CHANGE_PASSWORD: right, but taken for its change only), WorldError."""
    request = {
        "AuthRequest": {
            "_jsns": ACCOUNT,
            "account": {"by": "name", "_content": login},
            "password": {"_content": password},
        }
    }
    answer = call(host, port, context, request).get("AuthResponse")
    token = _text(answer.get("authToken")) if isinstance(answer, dict) else ""
    if not token:
        raise nonsense("AuthResponse")
    return token


def info(host: str, port: int, context: ssl.SSLContext, token: str, sections: str) -> Info:
    """``sections``: "attrs", "prefs" or both with a comma. Raises as :func:`call`."""
    request = {"GetInfoRequest": {"_jsns": ACCOUNT, "sections": sections}}
    found = call(host, port, context, request, token=token).get("GetInfoResponse")
    return Info(_named(found, "attrs"), _named(found, "prefs"))


def call(
    host: str,
    port: int,
    context: ssl.SSLContext,
    body: Json,
    *,
    token: str = "",
    lost: Callable[[str], WorldError] | None = None,
) -> Json:
    """The Body of the answer. Raises Fault (HTTP 404… where Zimbra is not), WorldError protocol-nonsense and
    those of ``access.https``; ``lost`` makes the error for an answer that was lost."""
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
        if sent and lost is not None and not isinstance(error, Refused):
            raise lost(error.detail or error.code) from None
        raise
    _raise_fault(found)
    return found


def _body(status: int, data: bytes) -> Json:
    if status in _NO_SUCH_DOOR:
        raise Fault(f"HTTP {status}")
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
    raise Fault(code, rule)


def _text(value: object) -> str:
    """A leaf is a scalar, ``{"_content": …}`` or a list of one of these."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("_content", "")
    return value if isinstance(value, str) else ""


def _named(found: object, section: str) -> dict[str, str]:
    values = found.get(section) if isinstance(found, dict) else None
    named = values.get("_attrs") if isinstance(values, dict) else None
    return {key: _text(value) for key, value in named.items()} if isinstance(named, dict) else {}
