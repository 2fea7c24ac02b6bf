"""One HTTPS exchange: bounded in octets and in time, in clear never."""

import ssl
import time
from collections.abc import Callable

import pytest

from mssclient.access.https import exchange
from mssclient.model.errors import MssError
from tests.servers import Authority, Close, Expect, ScriptedServer, Send, Stall

ASKED = Expect(rb"GET /x HTTP/1\.1\r\n.*", b"\r\n\r\n")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: "
Scripted = Callable[..., ScriptedServer]


def code(port: int, authority: Authority, **bounds: float) -> str:
    with pytest.raises(MssError) as refusal:
        exchange("GET", f"https://localhost:{port}/x", authority.client_context(), **bounds)  # pyright: ignore
    return refusal.value.code


def test_a_whole_answer(scripted: Scripted, server_tls: ssl.SSLContext, authority: Authority) -> None:
    server = scripted([ASKED, Send(HEAD + b"3\r\n\r\noui"), Close()], tls=server_tls)
    reply = exchange("GET", f"https://localhost:{server.port}/x", authority.client_context())
    assert (reply.status, reply.body) == (200, b"oui")


@pytest.mark.parametrize("trickled", [HEAD + b"4000\r\n\r\n" + bytes(4000), HEAD + b" " * 4000])
def test_a_server_that_trickles_is_left(
    scripted: Scripted, server_tls: ssl.SSLContext, authority: Authority, trickled: bytes
) -> None:
    server = scripted([ASKED, *[Send(bytes([each]), 1) for each in trickled], Stall()], tls=server_tls)
    begun = time.monotonic()
    assert code(server.port, authority, limit_s=0.3) == "timeout"
    assert time.monotonic() - begun < 5


def test_a_silent_server_is_left(
    scripted: Scripted, server_tls: ssl.SSLContext, authority: Authority
) -> None:
    server = scripted([ASKED, Stall()], tls=server_tls)
    assert code(server.port, authority, limit_s=0.3) == "timeout"
    assert code(server.port, authority, wait_s=0.3) == "timeout"


@pytest.mark.parametrize("rest", [b"", HEAD + b"50\r\n\r\npeu", b"du texte\r\n\r\n"])
def test_a_broken_answer(
    scripted: Scripted, server_tls: ssl.SSLContext, authority: Authority, rest: bytes
) -> None:
    server = scripted([ASKED, Send(rest), Close()], tls=server_tls)
    assert code(server.port, authority) in ("protocol-nonsense", "connection-lost")


def test_a_long_answer(scripted: Scripted, server_tls: ssl.SSLContext, authority: Authority) -> None:
    server = scripted([ASKED, Send(HEAD + b"2000\r\n\r\n" + bytes(2000)), Close()], tls=server_tls)
    assert code(server.port, authority, limit_octets=1000) == "protocol-nonsense"


@pytest.mark.parametrize(
    "url", ["http://localhost/x", "https://a:b@localhost/x", "ftp://localhost/", "https:///x"]
)
def test_only_https(url: str, authority: Authority) -> None:
    with pytest.raises(MssError) as refusal:
        exchange("GET", url, authority.client_context())
    assert refusal.value.code == "https-only"
