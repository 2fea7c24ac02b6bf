"""Logging in with the e-CPS on the phone: CIBA in poll mode (OpenID CIBA Core 1.0)."""

import secrets
import threading
import time
from collections.abc import Callable
from typing import Any

from mssclient.access.aside import unless_given_up
from mssclient.access.psc import problems
from mssclient.access.psc.provider import Provider, Tokens
from mssclient.model.errors import MssError

__all__ = ["log_in_by_phone"]

_GRANT = "urn:openid:params:grant-type:ciba"
_PAUSE_S = 5.0
_PAUSE_MAX_S = 30.0
_PAUSE_MIN_S = 1.0
_LIMIT_S = 300.0
_PASSING = ("timeout", "connection-lost", "host-unknown", "host-unreachable", "psc-unavailable")
"""The network or an outage is in the way: the request waits at the provider all the same (RFC 8628 §3.5)."""


def log_in_by_phone(
    provider: Provider,
    national_id: str,
    show: Callable[[str], None],
    cancelled: threading.Event,
    *,
    channel: str = "MOBILE",
) -> Tokens:
    """Ask, show the two digits that the phone must show too, wait for the answer.

    ``channel`` is "MOBILE" (e-CPS) or "CARD". Blocks up to five minutes; ``cancelled`` ends it within a
    second. Raises Refused: psc-denied, psc-expired, psc-cancelled, psc-identity-token, psc-unknown-person,
    psc-phone-unavailable; WorldError.
    """
    settings = provider.settings
    digits = f"{secrets.randbelow(100):02d}"
    asked = {
        "scope": settings.scope,
        "acr_values": settings.acr_values,
        "login_hint": national_id,
        "binding_message": digits,
        "channel": channel,
    }
    status, answer = unless_given_up(
        lambda: provider.post("backchannel_authentication_endpoint", asked),
        cancelled.is_set,
        problems.cancelled,
    )
    request = answer.get("auth_req_id")
    if status != 200 or not isinstance(request, str) or not request:
        raise _refusal(status, answer)
    show(digits)
    pause = max(_PAUSE_MIN_S, _number(answer.get("interval"), _PAUSE_S, _PAUSE_MAX_S))
    limit = time.monotonic() + _number(answer.get("expires_in"), _LIMIT_S, _LIMIT_S)
    while time.monotonic() < limit:
        if cancelled.wait(pause):
            raise problems.cancelled()
        try:
            status, answer = unless_given_up(
                lambda: provider.post("token_endpoint", {"grant_type": _GRANT, "auth_req_id": request}),
                cancelled.is_set,
                problems.cancelled,
            )
        except MssError as error:
            if error.code not in _PASSING:
                raise
            pause = min(pause + _PAUSE_S, _PAUSE_MAX_S)  # the person may be accepting at this moment
            continue
        if status == 200:
            return _verified(provider, answer, cancelled)
        error = answer.get("error")
        if error == "slow_down":
            pause = min(pause + _PAUSE_S, _PAUSE_MAX_S)
        elif error != "authorization_pending":
            raise _refusal(status, answer)
    raise problems.expired()


def _verified(provider: Provider, answer: dict[str, Any], cancelled: threading.Event) -> Tokens:
    return unless_given_up(lambda: provider.tokens(answer), cancelled.is_set, problems.cancelled)


def _refusal(status: int, answer: dict[str, Any]) -> Exception:
    error = answer.get("error")
    if error == "access_denied":
        return problems.denied()
    if error == "expired_token":
        return problems.expired()
    if error == "unknown_user_id":
        return problems.unknown_person()
    if error == "unauthorized_client":
        return problems.phone_unavailable()
    known = ("invalid_client", "invalid_request", "invalid_grant")
    return problems.strange_provider(f"CIBA {status} {error if error in known else ''}".strip())


def _number(value: object, otherwise: float, most: float) -> float:
    return min(float(value), most) if isinstance(value, int | float) and value > 0 else otherwise
