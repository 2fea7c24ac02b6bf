"""The provider as its discovery document describes it: token requests, keys, identity tokens.

OpenID Connect Core 1.0, Discovery 1.0; RFC 6749. The only file that calls joserfc.
"""

import base64
import hashlib
import json
import ssl
import threading
import time
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from mssclient.access.https import Reply, exchange
from mssclient.access.psc import problems
from mssclient.access.psc.settings import PscSettings
from mssclient.model.records import Record

__all__ = ["Identity", "Provider", "Tokens"]

_KEPT_S = 3600.0
_SKEW_S = 120
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384"]
"""Signatures by a key of the provider; never "none", never an HMAC (RFC 8725 §3.1)."""
_TOKEN_LENGTH_MAX = 16_384
_LIMIT_S = 60.0
_WELL_KNOWN = "/.well-known/"
_BUSY = (408, 425, 429)
"""Too late, too early, too often (RFC 9110, 8470, 6585): says nothing of a session or a request."""


class Identity(Record, frozen=True, kw_only=True):
    """Who logged in, from the verified identity token."""

    subject: str
    national_id: str = ""
    """``SubjectNameID`` or ``preferred_username``: 8 + RPPS, 0 + ADELI…"""
    given: str = ""
    family: str = ""

    def __repr__(self) -> str:
        return "Identity()"


class Tokens:
    """Tokens of one login. In memory only (ECO.1.2.5); shows nothing of itself."""

    __slots__ = ("access", "access_until", "hint", "identity", "refresh", "refresh_until")

    def __init__(
        self,
        access: str,
        access_until: float,
        refresh: str,
        refresh_until: float,
        identity: Identity | None,
        hint: str,
    ) -> None:
        self.access = access
        self.access_until = access_until
        """By the provider's clock (``time.monotonic``)."""
        self.refresh = refresh
        self.refresh_until = refresh_until
        self.identity = identity
        self.hint = hint
        """The identity token, for logging out."""

    def __repr__(self) -> str:
        return "Tokens()"


class Provider:
    """Methods may be called from any thread; each blocks for one or two HTTPS exchanges."""

    def __init__(
        self,
        settings: PscSettings,
        context: ssl.SSLContext,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``context`` holds the anchors of provider and relay, and the site's certificate if it has one."""
        if not settings.client_id:
            raise problems.not_configured()
        self.settings = settings
        self.clock = clock
        self._context = context
        self._guard = threading.Lock()
        self._described: dict[str, Any] = {}
        self._described_at = 0.0
        self._keys: KeySet | None = None

    # Discovery

    def described(self) -> dict[str, Any]:
        """The discovery document, asked at most once an hour."""
        with self._guard:
            if self._described and self.clock() - self._described_at < _KEPT_S:
                return self._described
        found = self._json(exchange("GET", self.settings.discovery, self._context))
        for name in ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not _is_https(found.get(name)):
                raise problems.strange_provider(f"discovery without {name}")
        # Discovery 1.0 §4.3: the issuer is the address that the document was asked at.
        if str(found["issuer"]).rstrip("/") != self.settings.discovery.partition(_WELL_KNOWN)[0]:
            raise problems.strange_provider("issuer of another address")
        with self._guard:
            self._described, self._described_at, self._keys = found, self.clock(), None
        return found

    def endpoint(self, name: str) -> str:
        """Where to send a request; the relay stands in for the two that need the client secret."""
        relayed = {"token_endpoint": "token", "backchannel_authentication_endpoint": "bc-authorize"}
        if self.settings.relay and name in relayed:
            return self.settings.relay.rstrip("/") + "/" + relayed[name]
        described = self.described()
        aliases = described.get("mtls_endpoint_aliases")
        if self.settings.site_certificate and isinstance(aliases, dict) and _is_https(aliases.get(name)):
            return str(aliases[name])  # RFC 8705 §5
        address = described.get(name)
        if not _is_https(address):
            raise problems.strange_provider(f"discovery without {name}")
        return str(address)

    # Requests

    def post(self, name: str, fields: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """One form to an endpoint: (status, JSON). Raises WorldError, psc-unavailable for an outage."""
        body = urllib.parse.urlencode({"client_id": self.settings.client_id, **fields}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        reply = exchange(
            "POST", self.endpoint(name), self._context, body=body, headers=headers, limit_s=_LIMIT_S
        )
        return reply.status, self._json(reply, any_status=True)

    def tokens(self, answer: Mapping[str, Any], nonce: str = "", earlier: Tokens | None = None) -> Tokens:
        """Tokens of a token response, its identity token verified.

        A first login must bring one; a refresh may leave it out, and one that it brings must be of the
        same person (OpenID Connect Core 1.0 §12.2). Raises Refused psc-identity-token, psc-other-person.
        """
        access, refresh = answer.get("access_token"), answer.get("refresh_token", "")
        if not _is_token(access) or not (refresh == "" or _is_token(refresh)):
            raise problems.strange_provider("token response")
        hint = answer.get("id_token", "")
        if hint and not _is_token(hint):
            raise problems.strange_provider("token response")
        if hint:
            identity = self.identity(hint, nonce, str(access))
        elif earlier is None:
            raise problems.wrong_identity_token("missing")
        else:
            identity, hint = earlier.identity, earlier.hint
        if earlier and earlier.identity and identity and identity.subject != earlier.identity.subject:
            raise problems.other_person()
        now = self.clock()
        return Tokens(
            access=str(access),
            access_until=now + _seconds(answer.get("expires_in"), 60),
            refresh=str(refresh) or (earlier.refresh if earlier else ""),
            refresh_until=now + _seconds(answer.get("refresh_expires_in"), 1800),
            identity=identity,
            hint=str(hint),
        )

    def identity(self, token: str, nonce: str = "", access: str = "") -> Identity:
        """Verify an identity token (Core 1.0 §3.1.3.7), also that it came with ``access`` (§3.1.3.8).

        Raises Refused psc-identity-token.
        """
        try:
            algorithm, claims = _opened(token, self._key_set())
        except _BROKEN:
            try:  # the provider may have changed its keys since
                algorithm, claims = _opened(token, self._key_set(again=True))
            except _BROKEN as error:
                raise problems.wrong_identity_token(type(error).__name__) from None
        self._check(claims, nonce)
        if access and claims.get("at_hash", "") not in ("", _half_hash(access, algorithm)):
            raise problems.wrong_identity_token("at_hash")
        return Identity(
            subject=str(claims["sub"]),
            national_id=_word(claims.get("SubjectNameID")) or _word(claims.get("preferred_username")),
            given=_word(claims.get("given_name")),
            family=_word(claims.get("family_name")),
        )

    def _check(self, claims: Mapping[str, Any], nonce: str) -> None:
        now = time.time()
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        ours = self.settings.client_id
        issued, until = claims.get("iat"), claims.get("exp")
        faults = {
            "iss": claims.get("iss") != self.described()["issuer"],
            "aud": ours not in audiences,
            "azp": (len(audiences) > 1 or "azp" in claims) and claims.get("azp") != ours,
            # The other way round, a NaN (which Python's JSON takes) would pass.
            "exp": not (isinstance(until, int | float) and until >= now - _SKEW_S),
            "iat": not (isinstance(issued, int | float) and issued <= now + _SKEW_S),
            "nonce": bool(nonce) and claims.get("nonce") != nonce,
            "sub": not _word(claims.get("sub")),
        }
        wrong = [name for name, fault in faults.items() if fault]
        if wrong:
            raise problems.wrong_identity_token(", ".join(wrong))

    def _key_set(self, *, again: bool = False) -> KeySet:
        with self._guard:
            keys = self._keys
        if keys is None or again:
            found = self._json(exchange("GET", str(self.described()["jwks_uri"]), self._context))
            try:
                keys = KeySet.import_key_set(found)  # pyright: ignore[reportArgumentType] - checked by it
            except _BROKEN:
                raise problems.strange_provider("keys") from None
            with self._guard:
                self._keys = keys
        return keys

    @staticmethod
    def _json(reply: Reply, *, any_status: bool = False) -> dict[str, Any]:
        if reply.status >= 500 or reply.status in _BUSY:
            raise problems.unavailable(f"HTTP {reply.status}")
        if reply.status != 200 and not any_status:
            raise problems.strange_provider(f"HTTP {reply.status}")
        try:
            found = json.loads(reply.body)
        except (ValueError, RecursionError):
            raise problems.strange_provider(f"HTTP {reply.status} without JSON") from None
        if not isinstance(found, dict):
            raise problems.strange_provider("JSON")
        return found


_BROKEN = (JoseError, UnsupportedAlgorithm, ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What comes out of joserfc for octets that are no token or no key."""


def _opened(token: str, keys: KeySet) -> tuple[str, dict[str, Any]]:
    """The algorithm of its signature, which holds, and the claims."""
    opened = jwt.decode(token, keys, algorithms=_ALGORITHMS)
    claims = opened.claims
    if not isinstance(claims, dict):  # pyright: ignore[reportUnnecessaryIsInstance] - said by the sender
        raise ValueError("claims")
    return str(opened.header["alg"]), claims


def _half_hash(token: str, algorithm: str) -> str:
    """Core 1.0 §3.1.3.6: with the hash that the algorithm ends with."""
    digest = hashlib.new(f"sha{algorithm[2:]}", token.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


def _is_https(value: object) -> bool:
    return (
        isinstance(value, str)
        and value.startswith("https://")
        and len(value) < 2000
        and all(0x20 < ord(each) < 0x7F for each in value)
    )


def _is_token(value: object) -> bool:
    """What may stand in a SASL response and a form: visible ASCII."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= _TOKEN_LENGTH_MAX
        and all(0x20 < ord(each) < 0x7F for each in value)
    )


def _seconds(value: object, otherwise: int) -> int:
    """``otherwise`` for what is no such number; JSON may say infinity."""
    return int(min(value, 86_400)) if isinstance(value, int | float) and value > 0 else otherwise


def _word(value: object) -> str:
    return value[:200] if isinstance(value, str) else ""
