"""Logging in with the browser: authorization code with PKCE and a loopback redirect (RFC 8252, RFC 7636)."""

import hmac
import http.server
import secrets
import socketserver
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable
from typing import Any, TypeVar

from authlib.oauth2.rfc7636 import create_s256_code_challenge

from mssclient.access.aside import unless_given_up
from mssclient.access.psc import problems
from mssclient.access.psc.provider import Provider, Tokens
from mssclient.model.language import _
from mssclient.operators.deadline import cut_after

__all__ = ["log_in_by_browser"]

T = TypeVar("T")

_LIMIT_S = 300.0
_PATH = "/pro-sante-connect"
_LOOK_S = 0.25
_REQUEST_S = 5.0
"""For one request of the browser, however slowly it comes."""
_REQUESTS_MAX = 8
"""At once; browsers open two or three connections."""
_TARGET_LENGTH_MAX = 8192


def log_in_by_browser(
    provider: Provider, open_url: Callable[[str], bool], cancelled: threading.Event, *, login_hint: str = ""
) -> Tokens:
    """Open the provider's page, wait for the redirect, exchange the code.

    ``open_url`` gives the address to the system's browser and says whether that worked. Blocks up to five
    minutes; ``cancelled`` ends it within a second. Raises Refused: psc-denied, psc-expired, psc-cancelled,
    psc-state-mismatch, psc-identity-token; WorldError: psc-browser, psc-port and those of the network.
    """
    settings = provider.settings
    state, nonce, verifier = (secrets.token_urlsafe(32) for _each in range(3))

    def asked(work: Callable[[], T]) -> T:
        return unless_given_up(work, cancelled.is_set, problems.cancelled)

    with _Loopback(settings.redirect_port, state) as loopback:
        fields = {
            "response_type": "code",
            "client_id": settings.client_id,
            "redirect_uri": loopback.address,
            "scope": settings.scope,
            "acr_values": settings.acr_values,
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        if login_hint:
            fields["login_hint"] = login_hint
        where = asked(lambda: provider.endpoint("authorization_endpoint"))
        if not open_url(f"{where}{'&' if '?' in where else '?'}{urllib.parse.urlencode(fields)}"):
            raise problems.no_browser()
        code = loopback.wait(cancelled)
        shown = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": loopback.address,
            "code_verifier": verifier,
        }
    status, answer = asked(lambda: provider.post("token_endpoint", shown))
    if status != 200:
        raise problems.strange_provider(f"code exchange {status}")
    return asked(lambda: provider.tokens(answer, nonce))


class _Server(http.server.ThreadingHTTPServer):
    """A few requests at once, each with an end in time; nothing is said about those that fail."""

    daemon_threads = True
    # Elsewhere it lets a port be used again at once; on Windows it lets another program take it from us.
    allow_reuse_address = sys.platform != "win32"

    def __init__(self, port: int, page: type[http.server.BaseHTTPRequestHandler]) -> None:
        self._room = threading.Semaphore(_REQUESTS_MAX)
        super().__init__(("127.0.0.1", port), page)

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)  # HTTPServer's asks the DNS for our name

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            with cut_after(request, _REQUEST_S):
                super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing: what went wrong may hold the code."""


class _Loopback:
    """A web server on 127.0.0.1 that takes one answer to one request."""

    def __init__(self, port: int, state: str) -> None:
        self._state = state
        self._guard = threading.Lock()
        self._answer: tuple[str, Exception | None] | None = None
        self._come = threading.Event()
        loopback = self

        class Page(http.server.BaseHTTPRequestHandler):
            timeout = _REQUEST_S
            server_version = "MSSClient"
            sys_version = ""

            def do_GET(self) -> None:
                loopback.serve(self)

            def log_message(self, format: str, *args: Any) -> None:
                """Says nothing: the request line holds the code."""

        try:
            self._server = _Server(port, Page)
        except OSError as error:
            raise problems.port_taken(type(error).__name__) from None
        self._host = f"127.0.0.1:{self._server.server_address[1]}"
        self.address = f"http://{self._host}{_PATH}"

    def __enter__(self) -> "_Loopback":
        threading.Thread(target=self._server.serve_forever, args=(_LOOK_S,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait(self, cancelled: threading.Event) -> str:
        limit = time.monotonic() + _LIMIT_S
        while not self._come.wait(_LOOK_S):
            if cancelled.is_set():
                raise problems.cancelled()
            if time.monotonic() > limit:
                raise problems.expired()
        assert self._answer is not None
        code, problem = self._answer
        if problem is not None:
            raise problem
        return code

    def serve(self, page: http.server.BaseHTTPRequestHandler) -> None:
        """One request of the browser; what is not our redirect (an icon, a probe) is not found."""
        said = self._said(page)
        if said is None:
            page.send_error(404)
            return
        code, problem = self._judge(said)
        with self._guard:
            if self._answer is None:
                self._answer = (code, problem)
                self._come.set()  # whether or not the browser waits for the page
        self._say(page, problem is None)

    def _said(self, page: http.server.BaseHTTPRequestHandler) -> dict[str, list[str]] | None:
        """The parameters of the redirect; None for any other request.

        Another name in Host is a page of the web that reaches us under its own name (DNS rebinding).
        """
        if len(page.path) > _TARGET_LENGTH_MAX or self._come.is_set():
            return None
        if page.headers.get_all("Host", []) != [self._host]:
            return None
        try:
            parts = urllib.parse.urlsplit(page.path)
            said = urllib.parse.parse_qs(parts.query, max_num_fields=20)
        except ValueError:
            return None
        return said if (parts.path, parts.netloc) == (_PATH, "") and "state" in said else None

    def _judge(self, said: dict[str, list[str]]) -> tuple[str, Exception | None]:
        states, codes = said.get("state", []), said.get("code", [])
        if len(states) != 1 or not hmac.compare_digest(states[0].encode(), self._state.encode()):
            return "", problems.state_mismatch()
        if said.get("error") == ["access_denied"]:
            return "", problems.denied()
        if len(codes) != 1:
            return "", problems.strange_provider("redirect without code")
        return codes[0], None

    @staticmethod
    def _say(page: http.server.BaseHTTPRequestHandler, fine: bool) -> None:
        title = _("Connexion reçue") if fine else _("Connexion non aboutie")
        words = _("Vous pouvez fermer cet onglet et revenir à la messagerie.")
        text = (
            f'<!doctype html><html lang="fr"><meta charset="utf-8"><title>{title}</title>'
            '<body style="font:18px sans-serif;margin:15vh auto;max-width:32em">'
            f"<h1>{title}</h1><p>{words}</p>"
        ).encode()
        page.send_response(200)
        page.send_header("Content-Type", "text/html; charset=utf-8")
        page.send_header("Content-Length", str(len(text)))
        page.send_header("Cache-Control", "no-store")
        page.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        page.end_headers()
        page.wfile.write(text)
