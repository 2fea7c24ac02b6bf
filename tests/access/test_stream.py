"""The stream itself: what it leaves behind, and what ends it."""

import gc
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable

import pytest

from mssclient.access.stream import Patience, Stream
from mssclient.operators.tls import new_client_context
from tests.refusals import code_of
from tests.servers import Authority
from tests.servers.scripted import Close, Expect, ScriptedServer, Send, Stall

IMPATIENT = Patience(connect_s=3, reply_s=3)
Scripted = Callable[..., ScriptedServer]


def reset_connection() -> socket.socket:
    """A client's socket whose other side has just reset the connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs, _address = listener.accept()
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        theirs.close()
    return ours


def test_a_server_that_resets_before_the_handshake_leaves_no_socket_open(authority: Authority) -> None:
    context = authority.client_context()
    code = code_of(lambda: Stream(reset_connection(), "localhost", IMPATIENT).start_tls(context))
    assert code == "connection-lost"
    gc.collect()  # a socket that was left open is a ResourceWarning, and that an error


def test_an_abort_just_before_the_handshake_is_not_forgotten(
    scripted: Scripted, server_tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, authority: Authority
) -> None:
    """The old socket is being taken over at that moment: shutting it down does nothing."""
    server = scripted([Stall()], tls=server_tls)
    stream = Stream.connect("localhost", server.port, IMPATIENT)
    context = authority.client_context()
    wrap = context.wrap_socket

    class Aborting(ssl.SSLContext):
        def wrap_socket(self, *given: object, **named: object) -> ssl.SSLSocket:
            found = wrap(*given, **named)  # pyright: ignore
            stream.abort()
            return found

    begun = time.monotonic()
    assert code_of(lambda: stream.start_tls(Aborting(ssl.PROTOCOL_TLS_CLIENT))) == "connection-lost"
    assert time.monotonic() - begun < 2
    assert not stream.secured


def test_whoever_opens_it_can_abort_what_follows(scripted: Scripted) -> None:
    server = scripted([Stall()])
    opened: list[Stream] = []
    stream = Stream.connect("localhost", server.port, IMPATIENT, opened.append)
    assert opened == [stream]
    threading.Timer(0.1, stream.abort).start()
    begun = time.monotonic()
    assert code_of(lambda: stream.start_tls(new_client_context())) == "connection-lost"
    assert time.monotonic() - begun < 2


def test_a_port_that_is_none() -> None:
    assert code_of(lambda: Stream.connect("127.0.0.1", 70_000, IMPATIENT)) == "host-unreachable"


def test_octets_that_trickle_are_read_only_so_long(scripted: Scripted) -> None:
    server = scripted([Expect(b"va"), Send(b"x" * 4000, 1), Close()])
    stream = Stream.connect("localhost", server.port, IMPATIENT)
    stream.write(b"va\r\n")
    begun = time.monotonic()
    with stream.within(0.3):
        assert code_of(stream.read_line) == "timeout"
    assert time.monotonic() - begun < 3
    assert stream.deadline == 0.0
    stream.close()
