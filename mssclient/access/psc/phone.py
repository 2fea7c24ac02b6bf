"""Logging in with the e-CPS on the phone: CIBA in poll mode (OpenID CIBA Core 1.0)."""

import secrets
import threading
import time
from collections.abc import Callable
from typing import Any

from mssclient.access.psc import problems
from mssclient.access.psc.provider import Provider, Tokens

__all__ = ["log_in_by_phone"]

_GRANT = "urn:openid:params:grant-type:ciba"
_PAUSE_S = 5.0
_PAUSE_MAX_S = 30.0
_LIMIT_S = 300.0


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
    second. Raises Refused: psc-denied, psc-expired, psc-cancelled, psc-identity-token; WorldError.
    """
    settings = provider.settings
    digits = f"{secrets.randbelow(100):02d}"
    status, answer = provider.post(
        "backchannel_authentication_endpoint",
        {
            "scope": settings.scope,
            "acr_values": settings.acr_values,
            "login_hint": national_id,
            "binding_message": digits,
            "channel": channel,
        },
    )
    request = answer.get("auth_req_id")
    if status != 200 or not isinstance(request, str) or not request:
        raise _refusal(status, answer)
    show(digits)
    pause = _number(answer.get("interval"), _PAUSE_S, _PAUSE_MAX_S)
    limit = time.monotonic() + _number(answer.get("expires_in"), _LIMIT_S, _LIMIT_S)
    while time.monotonic() < limit:
        if cancelled.wait(pause):
            raise problems.cancelled()
        status, answer = provider.post("token_endpoint", {"grant_type": _GRANT, "auth_req_id": request})
        if status == 200:
            return provider.tokens(answer)
        error = answer.get("error")
        if error == "slow_down":
            pause = min(pause + _PAUSE_S, _PAUSE_MAX_S)
        elif error != "authorization_pending":
            raise _refusal(status, answer)
    raise problems.expired()


def _refusal(status: int, answer: dict[str, Any]) -> Exception:
    error = answer.get("error")
    if error == "access_denied":
        return problems.denied()
    if error == "expired_token":
        return problems.expired()
    known = ("unknown_user_id", "invalid_client", "unauthorized_client", "invalid_request", "invalid_grant")
    return problems.strange_provider(f"CIBA {status} {error if error in known else ''}".strip())


def _number(value: object, otherwise: float, most: float) -> float:
    return min(float(value), most) if isinstance(value, int | float) and value > 0 else otherwise
