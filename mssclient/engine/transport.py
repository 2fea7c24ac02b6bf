"""Carries frames between processes of one person: a unix socket, or a named pipe on Windows.

The socket lies in the profile (folder 0700, socket 0600) and both ends check that the other is the
same user. The named pipe is opened by anyone who knows its name, so both ends prove (HMAC, by
:mod:`multiprocessing.connection`) that they can read a random key kept in the profile.

A :class:`Channel` is read by one thread and written by one other; ``close`` may be called from any
thread and wakes both.
"""

import contextlib
import hashlib
import os
import secrets
import socket
import stat
import struct
import sys
import threading
from collections.abc import Callable
from multiprocessing import AuthenticationError, connection
from pathlib import Path
from typing import Any, Protocol

from mssclient.engine.wire import FRAME_LIMIT_OCTETS

__all__ = ["Channel", "ChannelClosed", "Doorway", "Link", "connect", "listen"]

_LENGTH = struct.Struct("!I")


class ChannelClosed(Exception):
    """The other side is gone, or spoke something that is not ours."""


class Channel(Protocol):
    def send(self, data: bytes) -> None:
        """Blocks until the operating system took all of it. Raises ChannelClosed."""
        ...

    def receive(self) -> bytes:
        """Blocks for one whole frame. Raises ChannelClosed."""
        ...

    def close(self) -> None: ...


class Doorway(Protocol):
    """Where the engine listens."""

    def accept(self) -> Channel | None:
        """Blocks for the next peer of the same user; None for a stranger. Raises ChannelClosed at the end."""
        ...

    def close(self) -> None: ...


def _same_user(stream: socket.socket) -> bool:
    """Whether the other end of a unix socket belongs to this user (or to root, who could anyway)."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True  # elsewhere than on Linux the 0700 folder alone decides
    credentials = stream.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _pid, uid, _gid = struct.unpack("3i", credentials)
    return uid in (os.getuid(), 0)


class SocketChannel:
    def __init__(self, stream: socket.socket) -> None:
        self._stream = stream

    def send(self, data: bytes) -> None:
        try:
            if len(data) < 65536:
                self._stream.sendall(_LENGTH.pack(len(data)) + data)
            else:
                self._stream.sendall(_LENGTH.pack(len(data)))
                self._stream.sendall(data)
        except OSError:
            raise ChannelClosed from None

    def receive(self) -> bytes:
        (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size))
        if length > FRAME_LIMIT_OCTETS:
            raise ChannelClosed
        return self._exactly(length)

    def _exactly(self, octets: int) -> bytes:
        """Grows as bytes arrive: a length that is announced and never sent takes no memory."""
        pieces: list[bytes] = []
        missing = octets
        while missing:
            try:
                piece = self._stream.recv(min(missing, 1 << 20))
            except OSError:
                raise ChannelClosed from None
            if not piece:
                raise ChannelClosed
            pieces.append(piece)
            missing -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.shutdown(socket.SHUT_RDWR)  # wakes a thread blocked in recv or sendall
        with contextlib.suppress(OSError):
            self._stream.close()


class SocketDoorway:
    def __init__(self, path: Path) -> None:
        self._path = path
        with contextlib.suppress(FileNotFoundError):
            path.unlink()  # left by a killed engine: the caller holds the profile's lock
        self._stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._stream.bind(str(path))
            path.chmod(stat.S_IRUSR | stat.S_IWUSR)
            self._stream.listen(16)
        except OSError:
            self._stream.close()
            raise

    def accept(self) -> Channel | None:
        try:
            stream, _ = self._stream.accept()
        except OSError:
            raise ChannelClosed from None
        if not _same_user(stream):
            stream.close()
            return None
        return SocketChannel(stream)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._path.unlink()
        with contextlib.suppress(OSError):
            self._stream.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            self._stream.close()


class PipeChannel:
    """Over :mod:`multiprocessing.connection`: named pipes on Windows.

    Closing a handle does not wake a thread that waits on it there, so the reader looks twice a second
    whether it was closed.
    """

    def __init__(self, pipe: "connection.Connection[Any, Any] | connection.PipeConnection[Any, Any]") -> None:
        self._pipe = pipe
        self._closed = threading.Event()

    def send(self, data: bytes) -> None:
        try:
            self._pipe.send_bytes(data)
        except (OSError, ValueError, EOFError):
            raise ChannelClosed from None

    def receive(self) -> bytes:
        try:
            while not self._pipe.poll(0.5):
                if self._closed.is_set():
                    raise ChannelClosed
            return self._pipe.recv_bytes(FRAME_LIMIT_OCTETS)
        except (OSError, ValueError, EOFError):
            raise ChannelClosed from None

    def close(self) -> None:
        self._closed.set()
        with contextlib.suppress(OSError):
            self._pipe.close()


class PipeDoorway:
    def __init__(self, address: str, family: str, proof: bytes) -> None:
        self._address, self._family, self._proof = address, family, proof
        self._closed = False
        self._listener = connection.Listener(address, family, backlog=16, authkey=proof)

    def accept(self) -> Channel | None:
        try:
            pipe = self._listener.accept()
        except (AuthenticationError, EOFError, ConnectionError):
            return None
        except OSError:
            if self._closed:
                raise ChannelClosed from None
            return None
        if self._closed:
            pipe.close()
            raise ChannelClosed
        return PipeChannel(pipe)

    def close(self) -> None:
        self._closed = True
        with contextlib.suppress(OSError, EOFError, AuthenticationError):
            connection.Client(self._address, self._family, authkey=self._proof).close()  # wakes accept
        with contextlib.suppress(OSError):
            self._listener.close()


def _pipe_name(path: Path) -> str:
    return r"\\.\pipe\mssclient-" + hashlib.sha256(str(path).encode()).hexdigest()[:32]


def _pipe_proof(path: Path, *, create: bool) -> bytes:
    """The random key beside the socket's path; a stranger cannot read the profile's folder."""
    file = path.with_suffix(".proof")
    if create:
        proof = secrets.token_bytes(32)
        with contextlib.suppress(FileNotFoundError):
            file.unlink()
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(proof)
        return proof
    return file.read_bytes()


def listen(path: Path) -> Doorway:
    """Listen at the profile's socket path. The caller holds the profile's lock. Raises OSError."""
    if sys.platform == "win32":
        return PipeDoorway(_pipe_name(path), "AF_PIPE", _pipe_proof(path, create=True))
    return SocketDoorway(path)


def connect(path: Path) -> Channel:
    """Raises ChannelClosed when nobody listens there, or somebody else does."""
    if sys.platform == "win32":
        try:
            proof = _pipe_proof(path, create=False)
            return PipeChannel(connection.Client(_pipe_name(path), "AF_PIPE", authkey=proof))
        except (OSError, EOFError, AuthenticationError):
            raise ChannelClosed from None
    stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        stream.connect(str(path))
    except OSError:
        stream.close()
        raise ChannelClosed from None
    if not _same_user(stream):
        stream.close()
        raise ChannelClosed
    return SocketChannel(stream)


class Link:
    """A channel with a sending thread of its own, so that ``send`` never blocks the caller.

    ``pull`` may give one more piece when nothing is queued: changes are merged there while the other
    side is slow, so that at most one is under way. ``limit_octets`` bounds what waits; past it the
    other side does not read any more and the channel is closed.
    """

    def __init__(
        self, channel: Channel, name: str, pull: Callable[[], bytes | None] | None = None, limit: int = 0
    ) -> None:
        self._channel = channel
        self._pull = pull
        self._limit_octets = limit or 2 * FRAME_LIMIT_OCTETS
        self._waiting: list[bytes] = []
        self._waiting_octets = 0
        self._closing = False
        self._broken = False
        self._condition = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def send(self, data: bytes) -> None:
        with self._condition:
            if self._closing or self._broken:
                return
            self._waiting.append(data)
            self._waiting_octets += len(data)
            too_much = self._waiting_octets > self._limit_octets
            self._condition.notify()
        if too_much:
            self.abort()

    def nudge(self) -> None:
        """There is something to pull."""
        with self._condition:
            self._condition.notify()

    def receive(self) -> bytes:
        """Raises ChannelClosed. One reading thread."""
        return self._channel.receive()

    def close(self, timeout: float = 1.0) -> None:
        """Send what waits, at most ``timeout`` seconds long, then close."""
        with self._condition:
            self._closing = True
            self._condition.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout)
        self._channel.close()

    def abort(self) -> None:
        with self._condition:
            self._broken = True
            self._condition.notify()
        self._channel.close()

    def _next(self) -> list[bytes] | None:
        with self._condition:
            while True:
                if self._broken:
                    return None
                if self._waiting:
                    batch, self._waiting, self._waiting_octets = self._waiting, [], 0
                    return batch
                if self._pull is not None and (piece := self._pull()) is not None:
                    return [piece]
                if self._closing:
                    return None
                self._condition.wait()

    def _run(self) -> None:
        while (batch := self._next()) is not None:
            try:
                for piece in batch:
                    self._channel.send(piece)
            except ChannelClosed:
                with self._condition:
                    self._broken = True
                return
