"""An IMAP server inside TLS that says what a test wants about the login, to as many clients as come."""

import contextlib
import socket
import ssl
import threading
from typing import Self

__all__ = ["RudeImap"]


class RudeImap:
    """``login`` answers every AUTHENTICATE or LOGIN (behind its tag); "" closes after the handshake."""

    host = "localhost"

    def __init__(self, tls: ssl.SSLContext, login: bytes = b"") -> None:
        self._tls = tls
        self._login = login
        self.logins = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                raw, _from = self._listener.accept()
                threading.Thread(target=self._serve, args=(raw,), daemon=True).start()

    def _serve(self, raw: socket.socket) -> None:
        raw.settimeout(20)
        with contextlib.suppress(OSError), self._tls.wrap_socket(raw, server_side=True) as connection:
            if self._login:
                connection.sendall(b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n")
                for line in connection.makefile("rb"):
                    self._answer(connection, *line.split(b" ", 2)[:2])
        raw.close()

    def _answer(self, connection: ssl.SSLSocket, tag: bytes, command: bytes = b"") -> None:
        if command.strip().upper() in (b"AUTHENTICATE", b"LOGIN"):
            self.logins += 1
            connection.sendall(tag + b" " + self._login + b"\r\n")
        elif command.strip().upper() == b"CAPABILITY":
            connection.sendall(b"* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\n" + tag + b" OK\r\n")
        else:
            connection.sendall(tag + b" BAD\r\n")
