"""Fetch what authorities publish, over plain http: it is signed. Bounded in octets and in time as a whole."""

import http.client
import urllib.parse
from typing import Protocol

from mssclient.operators.deadline import cut_after
from mssclient.operators.proxies import proxy_for

__all__ = ["Fetch", "Unfetched", "fetch"]

_CONNECT_S = 6.0
_CHUNK_OCTETS = 1 << 16
_REDIRECTS = 2


class Unfetched(OSError):
    """Nothing came. The text is a stable English word for the support desk, never an address."""


class Fetch(Protocol):
    def __call__(self, url: str, question: bytes | None, limit_octets: int, wait_s: float) -> bytes:
        """The whole answer of ``url``, by POST when there is a ``question``. Raises OSError, ValueError."""
        ...


def fetch(url: str, question: bytes | None, limit_octets: int, wait_s: float) -> bytes:
    """As :class:`Fetch`, through the computer's proxy. Blocks up to ``wait_s`` and the time to connect.

    A list may have moved within http (two times at most); nothing else is followed.
    """
    for _number in range(_REDIRECTS + 1):
        found = _exchange(url, question, limit_octets, wait_s)
        if isinstance(found, bytes):
            return found
        if question is not None or not found.lower().startswith("http://"):
            break
        url = found
    raise Unfetched("moved")


def _exchange(url: str, question: bytes | None, limit_octets: int, wait_s: float) -> bytes | str:
    """The answer, or the address to which it moved."""
    connection, target, headers = _connection(url)
    headers |= {"Accept": "*/*", "Connection": "close"}
    if question is not None:
        headers["Content-Type"] = "application/ocsp-request"
    try:
        connection.connect()
        raw = connection.sock
        raw.settimeout(wait_s)
        with cut_after(raw, wait_s):
            connection.request("POST" if question is not None else "GET", target, question, headers)
            with connection.getresponse() as answer:
                if answer.status in (301, 302, 303, 307, 308):
                    return urllib.parse.urljoin(url, answer.headers.get("Location", ""))
                if answer.status != 200:
                    raise Unfetched(f"status-{answer.status}")
                return _whole(answer, limit_octets)
    except http.client.HTTPException:
        raise Unfetched("http") from None
    finally:
        connection.close()


def _whole(answer: http.client.HTTPResponse, limit_octets: int) -> bytes:
    if (answer.length or 0) > limit_octets:
        raise Unfetched("too-long")
    data = bytearray()
    while chunk := answer.read1(_CHUNK_OCTETS):
        data += chunk
        if len(data) > limit_octets:
            raise Unfetched("too-long")
    if answer.length:  # of what was announced, so much never came
        raise Unfetched("cut")
    return bytes(data)


def _connection(url: str) -> tuple[http.client.HTTPConnection, str, dict[str, str]]:
    """To the host, or to the computer's proxy; what to ask for there, and what the proxy wants to know.

    One that is no HTTP proxy serves what ``access`` opens; here it counts as none.
    """
    parts = urllib.parse.urlsplit(url)
    if parts.scheme.lower() != "http" or not parts.hostname or parts.username is not None:
        raise Unfetched("address")
    through = proxy_for(parts.hostname, "http", "all")
    if through is not None and through.kind == "http":
        known = {"Proxy-Authorization": through.authorization} if through.authorization else {}
        return http.client.HTTPConnection(through.host, through.port, timeout=_CONNECT_S), url, known
    target = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
    return http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=_CONNECT_S), target, {}
