"""One verified TLS stream: bounded reading, patient and interruptible waiting.

Its buffer is ours, so that a line split over several packets is never lost while waiting (IDLE), and
nothing received before the TLS handshake can be taken for what came after (RFC 9051 §11.1, and the
STARTTLS injections of 2021).
"""

import contextlib
import selectors
import socket
import ssl
import time
from collections.abc import Callable, Generator

from mssclient.access.failures import connection_lost, nonsense, revoked, translated
from mssclient.model.errors import MssError
from mssclient.model.records import Record
from mssclient.operators import station
from mssclient.operators.tls import verified_chain, wrapped

__all__ = ["CHUNK_OCTETS", "LINE_OCTETS", "Patience", "Stream"]

CHUNK_OCTETS = 1 << 18
LINE_OCTETS = 1 << 16
_SLOWEST_OCTETS_S = 4000


class Patience(Record, frozen=True, kw_only=True):
    """How long to wait, in seconds."""

    connect_s: float = 15.0
    """For one address of the host to accept, and for the TLS handshake."""
    reply_s: float = 60.0
    """For the next octets of a reply."""


class Stream:
    """A socket, clear at first or TLS from the start. One thread at a time, but :meth:`abort` from any."""

    def __init__(self, raw: socket.socket, host: str, patience: Patience | None = None) -> None:
        """Take over a connected socket; ``host`` is the name its certificate must bear."""
        self.host = host
        self.patience = patience or Patience()
        self._socket = raw
        self._buffer = bytearray()
        self._start = 0
        self.secured = False
        self.received_octets = 0
        self._deadline = 0.0
        self._deadline_octets = 0
        self._closed = False
        with contextlib.suppress(OSError):
            # Without it each APPEND waits 40 ms for the server's delayed acknowledgement.
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(OSError):
            # A laptop that slept: the watcher must learn that its connection is dead.
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        raw.settimeout(self.patience.reply_s)

    @classmethod
    def connect(
        cls,
        host: str,
        port: int,
        patience: Patience | None = None,
        opened: "Callable[[Stream], object] | None" = None,
    ) -> "Stream":
        """Raises WorldError: host-unknown, host-unreachable, timeout.

        ``opened`` is given the stream at once: whoever keeps it can abort what follows.
        """
        wait = patience or Patience()
        try:
            raw = socket.create_connection((host, port), timeout=wait.connect_s)
        except OverflowError:  # a port beyond 65535
            raise translated(OSError(), host) from None
        except (OSError, UnicodeError) as error:
            raise translated(error, host) from None
        stream = cls(raw, host, wait)
        try:
            if opened is not None:
                opened(stream)
        except BaseException:
            stream.close()
            raise
        return stream

    def start_tls(self, context: ssl.SSLContext, *, ask_revocation: bool = True) -> None:
        """Handshake and check the certificate. Whatever was received before is an attack or nonsense.

        Unless ``ask_revocation`` is False (the diagnosis asks by itself), a certificate known to be revoked
        ends it here; when nothing is known yet, that may wait a few seconds, see ``operators.revocation``.
        Raises Refused: certificate-untrusted, certificate-impostor, certificate-expired, certificate-name,
        certificate-revoked, tls-too-old, tls-too-weak; WorldError: tls-failed, timeout, connection-lost,
        protocol-nonsense.
        """
        if self.buffered:
            self.close()
            raise nonsense("octets before the TLS handshake")
        secured: ssl.SSLSocket | None = None
        try:
            self._socket.settimeout(self.patience.connect_s)
            secured = wrapped(context, self._socket, self.host)
            self._socket = secured  # so that abort() reaches the handshake too
            if self._closed:  # aborted while the old socket was being taken over
                raise ConnectionAbortedError
            secured.do_handshake()
            secured.settimeout(self.patience.reply_s)
        except (OSError, ValueError) as error:
            chain = verified_chain(secured) if secured is not None else ()
            aborted = self._closed
            self.close()
            if aborted:
                raise connection_lost("closed by us") from None
            newest = context.maximum_version != ssl.TLSVersion.TLSv1_2  # a card without PSS cannot do more
            raise translated(error, self.host, chain, newest=newest) from None
        if ask_revocation:
            self._leave_if_revoked()
        self.secured = True

    def _leave_if_revoked(self) -> None:
        asked = station.revocation()
        if asked is not None and asked.check(self.peer_chain, time.time()).state == "revoked":
            self.close()
            raise revoked(self.host)

    def patience_for_reply(self, seconds: float | None) -> None:
        """Wait that long for the next octets; None = as usual. Harmless on a closed stream."""
        with contextlib.suppress(OSError):
            self._socket.settimeout(seconds or self.patience.reply_s)

    @property
    def tls_version(self) -> str:
        """ "TLSv1.3", or "" in clear."""
        return (self._socket.version() or "") if isinstance(self._socket, ssl.SSLSocket) else ""

    @property
    def peer_chain(self) -> tuple[bytes, ...]:
        """The server's verified certificates (DER), its own first, the anchor last; () in clear."""
        return verified_chain(self._socket) if isinstance(self._socket, ssl.SSLSocket) else ()

    @property
    def tls_suite(self) -> str:
        """ "TLS_AES_256_GCM_SHA384", or "" in clear."""
        cipher = self._socket.cipher() if isinstance(self._socket, ssl.SSLSocket) else None
        return cipher[0] if cipher else ""

    @property
    def closed(self) -> bool:
        return self._closed

    @property
    def buffered(self) -> int:
        """Octets received and not yet read."""
        return len(self._buffer) - self._start

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send all. Raises WorldError: connection-lost, timeout."""
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise self._lost(error) from None

    def read_line(self, limit: int = LINE_OCTETS) -> bytes:
        """The next line without its CRLF (a bare LF ends one too, as rude servers send).

        Raises WorldError: connection-lost (also when cut within the line), timeout, protocol-nonsense
        when it is longer than ``limit`` octets.
        """
        searched = self._start
        while (end := self._buffer.find(b"\n", searched)) < 0:
            if self.buffered > limit:
                raise nonsense("line too long")
            searched = len(self._buffer)
            offset = searched - self._start
            self._fill()
            searched = self._start + offset
        if end - self._start > limit:
            raise nonsense("line too long")
        line = bytes(memoryview(self._buffer)[self._start : end])
        self._advance(end + 1 - self._start)
        return line[:-1] if line.endswith(b"\r") else line

    def read_exactly(self, size: int) -> bytes:
        """The next ``size`` octets. The caller has bounded ``size``. Raises as :meth:`read_line`."""
        if size <= self.buffered:
            data = bytes(memoryview(self._buffer)[self._start : self._start + size])
            self._advance(size)
            return data
        data = bytearray(size)
        have = self.buffered
        data[:have] = memoryview(self._buffer)[self._start :]
        self._advance(have)
        view = memoryview(data)
        while have < size:
            if size - have < CHUNK_OCTETS:
                # The end of it comes with what follows: fewer calls than reading to the octet.
                self._fill()
                take = min(self.buffered, size - have)
                view[have : have + take] = memoryview(self._buffer)[self._start : self._start + take]
                self._advance(take)
            else:
                take = self._receive_into(view[have : have + CHUNK_OCTETS])
            have += take
        return bytes(data)

    def _fill(self) -> None:
        if self._start:
            del self._buffer[: self._start]
            self._start = 0
        self._check_deadline()
        try:
            data = self._socket.recv(CHUNK_OCTETS)
        except (OSError, ValueError) as error:
            raise self._lost(error) from None
        if not data:
            raise connection_lost("end of stream")
        self.received_octets += len(data)
        self._buffer += data

    @property
    def deadline(self) -> float:
        """``time.monotonic()`` after which reading fails though octets trickle; 0 = none.

        Four kilobytes a second received since it was set put it off: a message of 60 MB may take long on
        a slow line, a server that sends a letter a second may not.
        """
        return self._deadline

    @deadline.setter
    def deadline(self, value: float) -> None:
        self._deadline, self._deadline_octets = value, self.received_octets

    def _check_deadline(self) -> None:
        if self._deadline:
            earned_s = (self.received_octets - self._deadline_octets) / _SLOWEST_OCTETS_S
            if time.monotonic() > self._deadline + earned_s:
                raise translated(TimeoutError(), self.host)

    def _receive_into(self, view: memoryview) -> int:
        self._check_deadline()
        try:
            count = self._socket.recv_into(view)
        except (OSError, ValueError) as error:
            raise self._lost(error) from None
        if not count:
            raise connection_lost("end of stream")
        self.received_octets += count
        return count

    @contextlib.contextmanager
    def within(self, seconds: float) -> Generator[None]:
        """Reading inside the block fails ``seconds`` after its beginning, see :attr:`deadline`."""
        before = self._deadline, self._deadline_octets
        self.deadline = time.monotonic() + seconds
        try:
            yield
        finally:
            self._deadline, self._deadline_octets = before

    def _advance(self, count: int) -> None:
        self._start += count
        if self._start == len(self._buffer):
            self._buffer.clear()
            self._start = 0

    def _lost(self, error: BaseException) -> MssError:
        if self._closed:
            return connection_lost("closed by us")
        return translated(error, self.host) if isinstance(error, OSError) else connection_lost("closed")

    def wait(self, seconds: float, wake: socket.socket | None = None) -> bool:
        """True as soon as something can be read, False after ``seconds`` or when ``wake`` can be read.

        A TLS record may be half here: the socket is polled, and reading then waits for its end.
        Raises WorldError connection-lost when the socket is closed.
        """
        if self.buffered or (isinstance(self._socket, ssl.SSLSocket) and self._socket.pending()):
            return True
        deadline = time.monotonic() + seconds
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self._socket, selectors.EVENT_READ)
                if wake is not None:
                    selector.register(wake, selectors.EVENT_READ)
                ready = selector.select(max(0.0, deadline - time.monotonic()))
        except (OSError, ValueError) as error:
            raise self._lost(error) from None
        return any(key.fileobj is self._socket for key, _events in ready)

    def release(self) -> socket.socket:
        """The socket, for a library that speaks on it from here; this stream is over.

        Raises WorldError protocol-nonsense when something was received already.
        """
        if self.buffered:
            self.close()
            raise nonsense("octets before the question")
        self._closed = True
        return self._socket

    def abort(self) -> None:
        """Make whoever reads or writes fail at once. Any thread."""
        self._closed = True
        with contextlib.suppress(OSError):
            # Not SSLSocket.shutdown: it drops the TLS layer first, and a write of the other thread at
            # that instant would go out in clear.
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def close(self) -> None:
        self.abort()
        with contextlib.suppress(OSError):
            self._socket.close()
