"""An OpenID provider on the loopback, like Pro Santé Connect: Authlib's own server side under Flask.

Authorization code with PKCE, CIBA in poll mode, refresh, introspection (for Dovecot). What a test needs to
bend is an attribute; nobody clicks: the authorization page answers at once for ``person``.
"""

import secrets
import ssl
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of Authlib about its own later versions
    from authlib.integrations.flask_oauth2 import AuthorizationServer
    from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, TokenMixin, grants
    from authlib.oauth2.rfc6749.errors import OAuth2Error
    from authlib.oauth2.rfc6749.grants import BaseGrant, TokenEndpointMixin
    from authlib.oauth2.rfc7636 import CodeChallenge
    from authlib.oidc.core import UserInfo
    from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import make_server

from tests.servers.authority import Authority

__all__ = ["CLIENT_ID", "IdentityProvider", "Person"]

CLIENT_ID = "essai-client"
_CIBA = "urn:openid:params:grant-type:ciba"


class Person:
    """An invented professional."""

    def __init__(self, login: str, national_id: str, given: str, family: str) -> None:
        self.login = login
        self.national_id = national_id
        self.given = given
        self.family = family

    def get_user_id(self) -> str:
        return self.national_id


class _Client(ClientMixin):
    client_id = CLIENT_ID

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri.startswith("http://127.0.0.1:")

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "none"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in ("authorization_code", "refresh_token", _CIBA)


class _Code(AuthorizationCodeMixin):
    def __init__(self, person: Person, payload: Any) -> None:
        self.person = person
        self.redirect_uri = payload.redirect_uri
        self.scope = payload.scope
        self.nonce = payload.data.get("nonce")
        self.code_challenge = payload.data.get("code_challenge")
        self.code_challenge_method = payload.data.get("code_challenge_method")

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int:
        return int(time.time())

    def get_acr(self) -> str:
        return "eidas1"

    def get_amr(self) -> None:
        return None


class _Token(TokenMixin):
    def __init__(self, person: Person, scope: str, lifetime_s: int) -> None:
        self.person = person
        self.scope = scope
        self.until = time.time() + lifetime_s

    def check_client(self, client: object) -> bool:
        return isinstance(client, _Client)

    def get_scope(self) -> str:
        return self.scope

    def is_expired(self) -> bool:
        return time.time() > self.until

    def is_revoked(self) -> bool:
        return False


class IdentityProvider:
    """Start it with :meth:`start`. The attributes may be changed at any time."""

    host = "localhost"

    def __init__(self, folder: Path, authority: Authority, *, site_certificate: bool = False) -> None:
        """``site_certificate``: nobody gets in without a client certificate of the authority (RFC 8705)."""
        self.reset()
        self._codes: dict[str, _Code] = {}
        self._refreshes: dict[str, _Token] = {}
        self._accesses: dict[str, _Token] = {}
        self._requests: dict[str, tuple[Person, str]] = {}
        self._key = RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"})
        self._stranger = RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"})
        self._app = Flask("identity")
        tls = authority.server().server_context(folder)
        if site_certificate:
            tls.verify_mode = ssl.CERT_REQUIRED
            tls.load_verify_locations(cadata=authority.ca_pem.decode())
        self._server = make_server("127.0.0.1", 0, self._app, threaded=True, ssl_context=tls)
        self.port: int = self._server.server_port
        self.issuer = f"https://{self.host}:{self.port}/realms/essai"
        self.discovery = f"{self.issuer}/.well-known/wallet-openid-configuration"
        self.ca_pem = authority.ca_pem
        self._compose()

    def reset(self) -> None:
        """As it was before a test bent it."""
        self.person = Person("alice@medecin.mssante.fr", "899700000001", "Alice", "MARTIN")
        self.access_lifetime_s = 120
        self.phone = "accept"
        """What the phone does: "accept", "deny", "wait", "expire", "slow", "not for this service"."""
        self.claims: dict[str, Any] = {}
        """Put over those of the next identity tokens; None removes one."""
        self.signed_by_stranger = False
        self.state: str | None = None
        """Sent back instead of the state that was asked."""
        self.refuse_code = False
        self.session_over = False
        self.unreachable = False
        self.before_answer: Callable[[], object] = lambda: None
        self.asked: list[str] = []
        """Endpoints in the order they were called."""
        self.shown = ""
        """Digits of the last request to the phone."""

    @property
    def sessions(self) -> list[str]:
        """National ids of those who are logged in here, one for each session."""
        return [each.person.national_id for each in self._refreshes.values()]

    def start(self) -> None:
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def token_of(self, person: Person, lifetime_s: int = 120) -> str:
        """An access token made without any dialogue."""
        token = secrets.token_urlsafe(24)
        self._accesses[token] = _Token(person, "openid", lifetime_s)
        return token

    # What Authlib asks

    def _compose(self) -> None:
        provider, app = self, self._app
        server = AuthorizationServer(
            app,
            query_client=lambda client_id: _Client() if client_id == CLIENT_ID else None,
            save_token=self._keep_token,
        )
        server.register_token_generator("default", self._make_token)

        class Identity(OpenIDCode):
            def exists_nonce(self, nonce: str, request: object) -> bool:
                return False

            def resolve_client_private_key(self, client: object) -> KeySet:
                return KeySet([provider._stranger if provider.signed_by_stranger else provider._key])

            def get_client_algorithm(self, client: object) -> str:
                return "RS256"

            def get_client_claims(self, client: object) -> dict[str, Any]:
                return {"iss": provider.issuer, "aud": [CLIENT_ID]}

            def get_compatible_claims(self, request: object) -> dict[str, Any]:
                now = int(time.time())
                return {"iss": provider.issuer, "aud": [CLIENT_ID], "iat": now, "exp": now + 300}

            def get_encode_header(self, client: object) -> dict[str, Any]:
                return {"alg": "RS256", "kid": "1"}

            def generate_user_info(self, user: Person, scope: str) -> UserInfo:
                found = {
                    "sub": f"f:{user.national_id}",
                    "SubjectNameID": user.national_id,
                    "given_name": user.given,
                    "family_name": user.family,
                    **provider.claims,
                }
                return UserInfo({key: value for key, value in found.items() if value is not None})

        class CodeGrant(grants.AuthorizationCodeGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ["none"]

            def save_authorization_code(self, code: str, request: Any) -> None:
                provider._codes[code] = _Code(request.user, request.payload)

            def query_authorization_code(self, code: str, client: object) -> _Code | None:
                return None if provider.refuse_code else provider._codes.get(code)

            def delete_authorization_code(self, authorization_code: _Code) -> None:
                for code, known in list(provider._codes.items()):
                    if known is authorization_code:
                        del provider._codes[code]

            def authenticate_user(self, authorization_code: _Code) -> Person:
                return authorization_code.person

        class RefreshGrant(grants.RefreshTokenGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ["none"]
            INCLUDE_NEW_REFRESH_TOKEN = True

            def authenticate_refresh_token(self, refresh_token: str) -> _Token | None:
                return None if provider.session_over else provider._refreshes.get(refresh_token)

            def authenticate_user(self, refresh_token: _Token) -> Person:
                return refresh_token.person

            def revoke_old_credential(self, refresh_token: _Token) -> None:
                for code, known in list(provider._refreshes.items()):
                    if known is refresh_token:
                        del provider._refreshes[code]

        class CibaGrant(BaseGrant, TokenEndpointMixin):
            GRANT_TYPE = _CIBA
            TOKEN_ENDPOINT_AUTH_METHODS = ["none"]

            def validate_token_request(self) -> None:
                self.request.client = self.authenticate_token_endpoint_client()
                known = provider._requests.get(self.request.form.get("auth_req_id", ""))
                if known is None:
                    raise _error("invalid_grant")
                self.request.user = known[0]
                self._scope = known[1]
                errors = {"deny": "access_denied", "wait": "authorization_pending", "expire": "expired_token"}
                if provider.phone == "slow":
                    provider.phone = "accept"
                    raise _error("slow_down")
                if provider.phone in errors:
                    raise _error(errors[provider.phone])

            def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
                token = self.generate_token(
                    user=self.request.user, scope=self._scope, include_refresh_token=True
                )
                self.save_token(token)
                token["id_token"] = Identity().encode_id_token(token, self.request)
                return 200, token, self.TOKEN_RESPONSE_HEADER

        server.register_grant(CodeGrant, [CodeChallenge(required=True), Identity(require_nonce=True)])
        server.register_grant(RefreshGrant, [Identity()])
        server.register_grant(CibaGrant)
        self._routes(app, server)

    def _routes(self, app: Flask, server: AuthorizationServer) -> None:
        @app.before_request
        def note() -> Response | None:
            self.asked.append(request.path.rsplit("/", 1)[-1])
            self.before_answer()
            return Response("en panne", 503) if self.unreachable else None

        @app.get("/realms/essai/.well-known/wallet-openid-configuration")
        def describe() -> Response:
            return jsonify(self.described())

        @app.get("/realms/essai/keys")
        def keys() -> Response:
            return jsonify(KeySet([self._key]).as_dict(private=False))

        @app.get("/realms/essai/authorize")
        def authorize() -> Any:
            grant = server.get_consent_grant(end_user=self.person)
            answer = server.create_authorization_response(
                grant=grant, grant_user=None if self.phone == "deny" else self.person
            )
            if self.state is not None:
                where = answer.headers["Location"].split("state=")[0]
                return redirect(f"{where}state={self.state}")
            return answer

        @app.post("/realms/essai/token")
        def token() -> Any:
            return server.create_token_response()

        @app.post("/realms/essai/bc-authorize")
        def ask_phone() -> Any:
            if self.phone == "not for this service":
                return jsonify(error="unauthorized_client"), 400
            if request.form.get("login_hint") != self.person.national_id:
                return jsonify(error="unknown_user_id"), 400
            number = secrets.token_urlsafe(16)
            self.shown = request.form["binding_message"]
            self._requests[number] = (self.person, request.form["scope"])
            return jsonify(auth_req_id=number, expires_in=60, interval=0.05)

        @app.post("/realms/essai/introspect")
        def introspect() -> Any:
            known = self._accesses.get(request.form.get("token", ""))
            if known is None or known.is_expired():
                return jsonify(active=False)
            return jsonify(active=True, username=known.person.login, email=known.person.login)

        @app.post("/realms/essai/logout")
        def log_out() -> Any:
            # As Keycloak: a refresh token ends a session only together with the client's secret.
            if "refresh_token" in request.form:
                return jsonify(error="unauthorized_client"), 401
            hint = jwt.decode(request.form["id_token_hint"], KeySet([self._key]))
            for token, known in list(self._refreshes.items()):
                if hint.claims["sub"] == f"f:{known.person.national_id}":
                    del self._refreshes[token]
            return jsonify({})

    def described(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "backchannel_authentication_endpoint": f"{self.issuer}/bc-authorize",
            "end_session_endpoint": f"{self.issuer}/logout",
            "jwks_uri": f"{self.issuer}/keys",
        }

    def _make_token(
        self,
        grant_type: str,
        client: object,
        user: Person | None = None,
        scope: str | None = None,
        expires_in: int | None = None,
        include_refresh_token: bool = True,
    ) -> dict[str, Any]:
        del grant_type, client, user, expires_in
        token = {
            "token_type": "Bearer",
            "access_token": secrets.token_urlsafe(24),
            "expires_in": self.access_lifetime_s,
            "scope": scope or "openid",
        }
        if include_refresh_token:
            token["refresh_token"] = secrets.token_urlsafe(24)
            token["refresh_expires_in"] = 1800
        return token

    def _keep_token(self, token: dict[str, Any], asked: Any) -> None:
        known = _Token(asked.user, token["scope"], self.access_lifetime_s)
        self._accesses[token["access_token"]] = known
        if "refresh_token" in token:
            self._refreshes[token["refresh_token"]] = known


def _error(code: str) -> OAuth2Error:
    error = OAuth2Error()
    error.error = code
    error.status_code = 400
    return error
