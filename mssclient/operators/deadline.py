"""An end in time for a whole exchange: a server that trickles never meets the limit of one read."""

import contextlib
import socket
import threading
from collections.abc import Generator

__all__ = ["cut_after"]


@contextlib.contextmanager
def cut_after(connection: socket.socket, seconds: float) -> Generator[threading.Event]:
    """Shut ``connection`` down when the block takes longer; the event then is set. Any thread."""
    fired = threading.Event()

    def cut() -> None:
        fired.set()
        with contextlib.suppress(OSError):
            # Not SSLSocket.shutdown: it drops the TLS layer first, and a write then would go out in clear.
            socket.socket.shutdown(connection, socket.SHUT_RDWR)

    watch = threading.Timer(seconds, cut)
    watch.daemon = True
    watch.start()
    try:
        yield fired
    finally:
        watch.cancel()
