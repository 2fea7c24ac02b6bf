"""Scripted servers play what is written, and tell when the client does not."""

import socket
import ssl
from collections.abc import Callable

import pytest

from tests.servers import (
    Authority,
    Close,
    Expect,
    Reset,
    ScriptedServer,
    Send,
    Stall,
    StartTls,
    every_cut,
    in_pieces,
    scripted_pair,
)

LOGIN = [
    Send(b"* OK bonjour\r\n"),
    Expect(rb"(?P<tag>\S+) LOGIN .*"),
    Send(b"{tag} OK fait\r\n"),
    Close(),
]


def read_all(sock: socket.socket) -> bytes:
    got = b""
    while more := sock.recv(4096):
        got += more
    return got


def talk(port: int) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", port), 10)
    sock.settimeout(10)
    return sock


def test_the_tag_of_the_client_comes_back() -> None:
    with scripted_pair(LOGIN) as sock:
        assert sock.recv(100) == b"* OK bonjour\r\n"
        sock.sendall(b"x42 LOGIN alice secret\r\n")
        assert read_all(sock) == b"x42 OK fait\r\n"


def test_a_client_that_says_something_else_fails_the_test() -> None:
    pair = scripted_pair(LOGIN)
    sock = pair.__enter__()
    sock.sendall(b"x1 LOGOUT\r\n")
    read_all(sock)
    with pytest.raises(AssertionError, match="LOGOUT"):
        pair.__exit__(None, None, None)


def test_a_client_that_says_nothing_fails_the_test() -> None:
    with pytest.raises(AssertionError, match="never came"), scripted_pair(LOGIN) as sock:
        sock.recv(100)


def test_every_cut_breaks_off_before_each_octet() -> None:
    cuts = dict(every_cut([Send(b"abc"), Expect(b"x"), Send(b"de")]))
    assert list(cuts) == [
        "step 0, 0 of 3 octets",
        "step 0, 1 of 3 octets",
        "step 0, 2 of 3 octets",
        "step 2, 0 of 2 octets",
        "step 2, 1 of 2 octets",
    ]
    assert cuts["step 2, 1 of 2 octets"] == [Send(b"abc"), Expect(b"x"), Send(b"d"), Close()]
    assert [len(cut) for _, cut in every_cut([Send(b"x" * 100)], stride=40)] == [2] * 4
    for name, script in every_cut([Send(b"abc")]):
        with scripted_pair(script) as sock:
            assert read_all(sock) == b"abc"[: int(name.split(", ")[1][0])]


def test_pieces_arrive_apart() -> None:
    def first_of_seven() -> int:
        with scripted_pair(in_pieces([Send(b"bonjour"), Close()])) as sock:
            first = sock.recv(100)
            assert first + read_all(sock) == b"bonjour"
        return len(first)

    # A busy computer may hand some over together, hardly all of them each time.
    assert any(first_of_seven() < 7 for _ in range(20))


def test_each_connection_has_its_script_and_the_last_one_stays(
    scripted: Callable[..., ScriptedServer],
) -> None:
    server = scripted([Send(b"un"), Close()], [Send(b"deux"), Close()])
    answers = []
    for _ in range(3):
        with talk(server.port) as sock:
            answers.append(read_all(sock))
    assert answers == [b"un", b"deux", b"deux"]
    assert server.connections == 3


def test_a_reset_is_a_reset(scripted: Callable[..., ScriptedServer]) -> None:
    server = scripted([Expect(b"va"), Reset()])
    with talk(server.port) as sock:
        sock.sendall(b"va\r\n")
        with pytest.raises(ConnectionResetError):
            sock.recv(10)


def test_a_stalled_server_ends_with_the_test(scripted: Callable[..., ScriptedServer]) -> None:
    server = scripted([Send(b"bonjour"), Stall()])
    sock = talk(server.port)
    assert sock.recv(10) == b"bonjour"
    sock.settimeout(0.1)
    with pytest.raises(TimeoutError):
        sock.recv(10)
    sock.close()


def test_inside_tls_from_the_start_or_after_starttls(
    scripted: Callable[..., ScriptedServer], server_tls: ssl.SSLContext, authority: Authority
) -> None:
    context = authority.client_context()
    implicit = scripted([Send(b"dedans"), Close()], tls=server_tls)
    with context.wrap_socket(talk(implicit.port), server_hostname="localhost") as sock:
        assert read_all(sock) == b"dedans"
    script = [Expect(b"STARTTLS"), Send(b"OK\r\n"), StartTls(), Send(b"dedans"), Close()]
    later = scripted(script, tls=server_tls, starttls=True)
    plain = talk(later.port)
    plain.sendall(b"STARTTLS\r\n")
    assert plain.recv(10) == b"OK\r\n"
    with context.wrap_socket(plain, server_hostname="localhost") as sock:
        assert read_all(sock) == b"dedans"


def test_a_client_that_refuses_the_certificate_is_no_fault_of_the_script(
    scripted: Callable[..., ScriptedServer], authority: Authority, tmp_path
) -> None:
    expired = authority.expired_server().server_context(tmp_path)
    server = scripted([Expect(b"never")], tls=expired)
    with talk(server.port) as plain, pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        authority.client_context().wrap_socket(plain, server_hostname="localhost")
