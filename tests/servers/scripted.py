"""Rude servers: a dialogue played word for word, which may break off at any byte.

    script = [
        Send(b"* OK bonjour\\r\\n"),
        Expect(rb"(?P<tag>\\S+) LOGIN .*"),
        Send(b"{tag} OK fait\\r\\n"),
        Close(),
    ]

Named groups of an expectation may be used in what is sent later: ``{tag}``.
"""

import contextlib
import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Self

from mssclient.operators.tls import wrapped

__all__ = [
    "Close",
    "Expect",
    "Reset",
    "Script",
    "ScriptedServer",
    "Send",
    "Stall",
    "StartTls",
    "Step",
    "every_cut",
    "in_pieces",
    "scripted_pair",
]


class Send(NamedTuple):
    """Send these bytes, in pieces of ``piece_octets`` (0: at once) that arrive apart."""

    data: bytes
    piece_octets: int = 0


class Expect(NamedTuple):
    """Read up to and with ``until``; what came before it must match the whole pattern."""

    pattern: bytes
    until: bytes = b"\r\n"


class StartTls(NamedTuple):
    """Go on inside TLS, with the identity given to the server."""


class Close(NamedTuple):
    """End the stream."""


class Reset(NamedTuple):
    """End the connection with a reset."""


class Stall(NamedTuple):
    """Say nothing more, until the client goes or the test ends."""


Step = Send | Expect | StartTls | Close | Reset | Stall
Script = Sequence[Step]
PATIENCE_S = 15.0


def every_cut(
    script: Script, *, ending: Step | None = None, stride: int = 1
) -> Iterator[tuple[str, list[Step]]]:
    """The script broken off before each byte of each reply, with a name for each: ``step 2, 5 of 17 octets``.

    Ends with ``ending`` (by default Close). A ``stride`` above 1 tries every so many bytes, and each end.
    """
    for number, step in enumerate(script):
        if isinstance(step, Send):
            for length in sorted({*range(0, len(step.data), stride), len(step.data) - 1}):
                name = f"step {number}, {length} of {len(step.data)} octets"
                yield name, [*script[:number], Send(step.data[:length]), ending or Close()]


def in_pieces(script: Script, piece_octets: int = 1) -> list[Step]:
    """The same dialogue, each reply arriving a few bytes at a time."""
    return [Send(step.data, piece_octets) if isinstance(step, Send) else step for step in script]


class _Player:
    """Plays one script on one socket. What did not go as written is kept in ``failure``."""

    def __init__(
        self,
        sock: socket.socket,
        script: Script,
        tls: ssl.SSLContext | None = None,
        *,
        implicit: bool = False,
    ) -> None:
        self._sock = sock
        self._script = script
        self._tls = tls
        self._implicit = implicit
        self._words: dict[str, bytes] = {}
        self._heard = b""
        self.failure: str | None = None
        self.step = 0

    def play(self) -> None:
        try:
            self._sock.settimeout(PATIENCE_S)
            if self._implicit:
                with contextlib.suppress(OSError):  # a client may refuse our certificate
                    self._start_tls()
                    self._play_steps()
            else:
                self._play_steps()
        finally:
            with contextlib.suppress(OSError):
                self._sock.close()

    def stop(self) -> None:
        """Wake the thread that plays, whatever it waits for. From another thread."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def _play_steps(self) -> None:
        for number, step in enumerate(self._script):
            self.step = number
            try:
                if not self._take(step):
                    return
            except (OSError, EOFError) as why:
                # A client may go while it is spoken to; what it owes us is another matter.
                if isinstance(step, Expect):
                    self.failure = (
                        f"step {number}: {step.pattern!r} never came, {why!r} after {self._heard!r}"
                    )
                return
        self._close()

    def _start_tls(self) -> None:
        assert self._tls is not None, "give the server a TLS context"
        secured = wrapped(self._tls, self._sock)
        self._sock = secured
        secured.do_handshake()

    def _close(self) -> None:
        # Closing with bytes unread would reset the connection, and the client might lose our last words.
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)
            self._sock.settimeout(0.5)
            while self._sock.recv(65536):
                pass

    def _take(self, step: Step) -> bool:
        """One step; False after the last."""
        match step:
            case Send(data, piece_octets):
                self._send(self._filled(data), piece_octets)
            case Expect(pattern, until):
                return self._expect(pattern, until)
            case StartTls():
                self._start_tls()
            case Close():
                self._close()
                return False
            case Reset():
                self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return False
            case Stall():
                self._sock.settimeout(None)  # ended by the client, or by stop()
                while self._sock.recv(65536):
                    pass
        return True

    def _send(self, data: bytes, piece_octets: int) -> None:
        if not piece_octets:
            self._sock.sendall(data)
            return
        for start in range(0, len(data), piece_octets):
            self._sock.sendall(data[start : start + piece_octets])
            time.sleep(0.0005)  # or the kernel hands several pieces over as one

    def _expect(self, pattern: bytes, until: bytes) -> bool:
        while until not in self._heard:
            if not (more := self._sock.recv(65536)):
                raise EOFError("end of stream")
            self._heard += more
        said, _, self._heard = self._heard.partition(until)
        match = re.fullmatch(pattern, said, re.DOTALL)
        if match is None:
            self.failure = f"the client said {said!r}, not {pattern!r}"
            return False
        self._words |= {name: word for name, word in match.groupdict().items() if word is not None}
        return True

    def _filled(self, data: bytes) -> bytes:
        for name, word in self._words.items():
            data = data.replace(b"{" + name.encode() + b"}", word)
        return data


class ScriptedServer:
    """Listens on the loopback and plays one script for each connection, the last one for all later ones.

    With ``tls`` every connection begins inside TLS, unless ``starttls``: then at the step StartTls.
    At the end it fails the test when a client did not say what its script expected.
    """

    host = "localhost"

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None, starttls: bool = False) -> None:
        assert scripts, "nothing to play"
        self._scripts = scripts
        self._tls = tls
        self._implicit = tls is not None and not starttls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self._players: list[_Player] = []
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0

    def __enter__(self) -> Self:
        self._start(self._listen)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # shutdown wakes the thread that waits in accept(); close alone would not.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join(PATIENCE_S)
        for player in self._players:
            player.stop()
        for thread in self._threads[1:]:
            thread.join(PATIENCE_S)
        if kind is None:
            self.check()

    @property
    def step(self) -> int:
        """Where in its script the latest connection is; -1 before the first."""
        return self._players[-1].step if self._players else -1

    def check(self) -> None:
        """AssertionError when a client did not say what was expected."""
        failures = [player.failure for player in self._players if player.failure]
        assert not failures, "; ".join(failures)

    def _start(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, name="scripted-server", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                script = self._scripts[min(self.connections, len(self._scripts) - 1)]
                self.connections += 1
                self._players.append(_Player(sock, script, self._tls, implicit=self._implicit))
                self._start(self._players[-1].play)


@contextlib.contextmanager
def scripted_pair(script: Script) -> Iterator[socket.socket]:
    """The client's end of a socket pair whose other end plays the script, without any network."""
    ours, theirs = socket.socketpair()
    player = _Player(theirs, script)
    thread = threading.Thread(target=player.play, name="scripted-pair", daemon=True)
    thread.start()
    try:
        ours.settimeout(PATIENCE_S)
        yield ours
    finally:
        with contextlib.suppress(OSError):
            ours.shutdown(socket.SHUT_RDWR)
        ours.close()
        thread.join(PATIENCE_S)
    assert player.failure is None, player.failure
