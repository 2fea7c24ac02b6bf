"""IDLE (RFC 2177), ours: lines split over packets are never lost, and another thread can end it."""

import contextlib
import socket
import time

from mssclient.access.failures import nonsense
from mssclient.mail.wire import Limits, Outcome, Response, Wire

__all__ = ["IDLE_SECONDS", "idle", "wake_pair"]

IDLE_SECONDS = 28 * 60.0
"""Servers may end an inactive session after 30 minutes (RFC 2177 asks for less than 29)."""

_NEWS = frozenset((b"EXISTS", b"EXPUNGE", b"VANISHED", b"FETCH"))
_OCTETS_MAX = 1 << 23
"""Of one IDLE: a hundred thousand news; who says more never ends it."""
_LIMITS = Limits(line_octets=1 << 20, literal_octets=1 << 16)


def wake_pair() -> tuple[socket.socket, socket.socket]:
    """(to wait on, to wake with). A pair of sockets: Windows can't wait on pipes."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    return ours, theirs


def idle(wire: Wire, seconds: float, wake: socket.socket | None = None) -> list[Response] | None:
    """Wait for news of the selected folder; returns them, [] after ``seconds`` or when woken.

    None when the server refuses IDLE: the caller polls.

    News that come while IDLE is being ended are in the list too. ``wake`` is left readable for the
    caller to drain. Raises WorldError: connection-lost, timeout, protocol-nonsense.
    """
    seconds = min(seconds, IDLE_SECONDS)
    tag = b"i%d" % time.monotonic_ns()
    stream = wire.stream
    news: list[Response] = []
    limit = stream.received_octets + _OCTETS_MAX
    stream.deadline = time.monotonic() + stream.patience.reply_s
    try:
        stream.write(tag + b" IDLE\r\n")
        if _until_go_ahead(wire, tag, news, limit):
            return None
        until = time.monotonic() + seconds
        while not news:
            stream.deadline = 0.0
            if not stream.wait(max(0.0, until - time.monotonic()), wake):
                break
            stream.deadline = time.monotonic() + stream.patience.reply_s
            answer = _read(wire, tag, limit)
            if isinstance(answer, Outcome):
                return news  # ended by the server, which is its right
            _keep(answer, news)
        stream.deadline = time.monotonic() + stream.patience.reply_s
        stream.write(b"DONE\r\n")
        while not isinstance(answer := _read(wire, tag, limit), Outcome):
            _keep(answer, news)
        return news
    except BaseException:
        stream.close()
        raise
    finally:
        stream.deadline = 0.0


def _until_go_ahead(wire: Wire, tag: bytes, news: list[Response], limit: int) -> bool:
    """True when the server answered NO or BAD instead of ``+``."""
    while True:
        answer = _read(wire, tag, limit)
        if answer is None:
            return False
        if isinstance(answer, Outcome):
            return True
        _keep(answer, news)


def _read(wire: Wire, tag: bytes, limit: int) -> Response | Outcome | None:
    if wire.stream.received_octets - wire.stream.buffered > limit:
        raise nonsense("IDLE without end")
    return wire.read(tag, _LIMITS)


def _keep(answer: Response | None, news: list[Response]) -> None:
    if answer is None:
        return  # a second "+": harmless
    if answer.kind in _NEWS:
        news.append(answer)


def drain(wake: socket.socket) -> None:
    """Forget the wake-ups received so far."""
    with contextlib.suppress(BlockingIOError):
        while wake.recv(4096):
            pass
