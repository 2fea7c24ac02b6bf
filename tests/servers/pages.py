"""Heads of web pages on the loopback: a portal, an authority's list, a server with another clock."""

import http.server
import ssl
import threading
import time
from email.utils import formatdate
from typing import Any

__all__ = ["Pages"]

Answer = tuple[int, dict[str, str]]


class Pages:
    """One http server that answers every HEAD the same way."""

    def __init__(self, answer: Answer, tls: ssl.SSLContext | None = None, shift_s: float = 0) -> None:
        pages = self
        self.asked: list[str] = []

        class Page(http.server.BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                pages.asked.append(self.path)
                status, headers = answer
                self.send_response_only(status)
                self.send_header("Date", formatdate(time.time() + shift_s, usegmt=True))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_arguments: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        scheme = "https" if tls else "http"
        self.port: int = self._server.server_address[1]
        self.url = f"{scheme}://localhost:{self.port}/liste.crl"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def end(self) -> None:
        self._server.shutdown()
        self._server.server_close()
