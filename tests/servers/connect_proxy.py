"""A small HTTP proxy on the loopback that knows CONNECT only, and leads every name to one port."""

import contextlib
import socket
import threading
from typing import Self

__all__ = ["ConnectProxy"]

_PATIENCE_S = 15.0


class ConnectProxy:
    """Leads to ``target`` whatever host is asked for. ``answer`` instead of a tunnel when it is given."""

    def __init__(self, target: int, answer: bytes = b"", *, trickle: bool = False) -> None:
        self._target = target
        self._answer = answer
        self._trickle = trickle
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self._stopping = threading.Event()
        self.asked: list[bytes] = []
        """The head of each request, as it came."""

    def __enter__(self) -> Self:
        self._start(self._listen)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for each in (self._listener, *self._sockets):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(_PATIENCE_S)
        for each in (self._listener, *self._sockets):
            each.close()

    def _start(self, target: object, *given: object) -> None:
        thread = threading.Thread(target=target, args=given, daemon=True)  # pyright: ignore
        self._threads.append(thread)
        thread.start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _address = self._listener.accept()
                client.settimeout(_PATIENCE_S)
                self._sockets.append(client)
                self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                if not (more := client.recv(4096)):
                    return
                head += more
            self.asked.append(head)
            if self._answer:
                self._say(client)
                return
            server = socket.create_connection(("127.0.0.1", self._target))
            self._sockets.append(server)
            client.sendall(b"HTTP/1.1 200 Connection established\r\nVia: essai\r\n\r\n")
            self._start(self._carry, server, client)
            self._carry(client, server)

    def _say(self, client: socket.socket) -> None:
        if not self._trickle:
            client.sendall(self._answer)
            client.shutdown(socket.SHUT_WR)
            return
        for octet in self._answer:
            client.sendall(bytes([octet]))
            if self._stopping.wait(0.001):
                return

    @staticmethod
    def _carry(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
