"""A domain of the test's own for programs: names by a real name server, pages by a real HTTPS server."""

import http.server
import json
import ssl
import threading
from pathlib import Path
from typing import Self

from tests.servers.dovecot import ImapServer
from tests.servers.names import NameServer

__all__ = ["Outside"]

_REDIRECTED = Path(__file__).parent / "redirected"


class Outside:
    """``environment`` leads a program started with it to these servers, as if they were the outside."""

    domain = "cabinet.example"

    def __init__(self, folder: Path, tls: ssl.SSLContext) -> None:
        """``tls`` shows a certificate for ``autoconfig.`` the domain."""
        self.names = NameServer()
        self.names.zones.add(self.domain)
        self.pages: dict[str, tuple[int, bytes]] = {}
        """Path → status and body, of every host."""
        self.asked: list[str] = []
        self._file = folder / "outside.json"
        self._hosts: dict[str, dict[str, int]] = {}
        outside = self

        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outside.asked.append(f"https://{self.headers['Host']}{self.path}")
                status, body = outside.pages.get(self.path, (404, b"rien"))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: object) -> None:
                """Says nothing."""

        self._web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self._web.socket = tls.wrap_socket(self._web.socket, server_side=True, do_handshake_on_connect=False)
        self.host("autoconfig." + self.domain, {443: self._web.server_port})

    def __enter__(self) -> Self:
        self.names.__enter__()
        threading.Thread(target=self._web.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._web.shutdown()
        self._web.server_close()
        self.names.__exit__(*error)

    @property
    def environment(self) -> dict[str, str]:
        return {"PYTHONPATH": str(_REDIRECTED), "MSSCLIENT_TEST_OUTSIDE": str(self._file)}

    def host(self, name: str, ports: dict[int, int] | None = None) -> None:
        """``name`` is the loopback; ``ports`` maps the port that is asked for to the one where it is."""
        self._hosts[name] = {str(asked): there for asked, there in (ports or {}).items()}
        place = {"dns": [self.names.host, self.names.port], "hosts": self._hosts}
        self._file.write_text(json.dumps(place))

    def serve(self, server: ImapServer, *, starttls: bool = False, host: str = "") -> None:
        """SRV records of the domain that lead to ``server``, at ``host`` (imap. and smtp. the domain)."""
        imap, smtp = host or f"imap.{self.domain}", host or f"smtp.{self.domain}"
        for each in (imap, smtp):
            self.host(each)
        services = (
            {"imap": (server.port_starttls, imap), "submission": (server.submission_starttls, smtp)}
            if starttls
            else {"imaps": (server.port_tls, imap), "submissions": (server.submission_tls, smtp)}
        )
        services["sieve"] = (server.sieve_port, imap)
        self.names.records.clear()
        self.names.serve(
            self.domain, **{name: f"0 1 {port} {where}." for name, (port, where) in services.items()}
        )
