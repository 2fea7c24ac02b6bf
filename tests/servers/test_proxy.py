"""The fault proxy does what it is told, when it is told, and counts right."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tests.servers import FaultProxy, ImapServer

Factory = Callable[..., FaultProxy]


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that sends everything back."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(sock: socket.socket) -> None:
        with sock:
            try:
                while data := sock.recv(65536):
                    sock.sendall(data)
            except OSError:
                pass

    def listen() -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(sock,), daemon=True).start()

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(30)


def connect(proxy: FaultProxy) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", proxy.port), 10)
    sock.settimeout(10)
    return sock


def read_all(sock: socket.socket) -> bytes:
    got = b""
    try:
        while more := sock.recv(65536):
            got += more
    except ConnectionResetError:
        got += b"<reset>"
    return got


def exchange(sock: socket.socket, data: bytes) -> bytes:
    sock.sendall(data)
    got = b""
    while len(got) < len(data):
        more = sock.recv(65536)
        assert more, f"cut after {got!r}"
        got += more
    return got


def test_without_a_fault_everything_goes_through_and_is_counted(echo: int, fault_proxy: Factory) -> None:
    proxy = fault_proxy(echo)
    data = bytes(range(256)) * 4000
    with connect(proxy) as sock:
        # A peer that only sends would fill every buffer between here and the echo.
        sender = threading.Thread(target=sock.sendall, args=(data,))
        sender.start()
        got = b""
        while len(got) < len(data):
            got += sock.recv(65536)
        sender.join(10)
    assert got == data
    assert (proxy.octets, proxy.connections, proxy.cuts) == ({"client": len(data), "server": len(data)}, 1, 0)


@pytest.mark.parametrize("octets", [0, 1, 4, 7])
@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_cut_lets_exactly_so_many_octets_of_the_server_through(
    echo: int, fault_proxy: Factory, octets: int, how: str
) -> None:
    proxy = fault_proxy(echo)
    proxy.cut_after(octets, "server", how=how)
    with connect(proxy) as sock:
        sock.sendall(b"bonjour")
        got = read_all(sock)
    assert got.removesuffix(b"<reset>") in (
        b"bonjour"[:octets],
        b"" if how == "reset" else b"bonjour"[:octets],
    )
    assert got.endswith(b"<reset>") == (how == "reset")
    assert (proxy.cuts, proxy.octets["server"]) == (1, octets)
    with connect(proxy) as sock:
        assert exchange(sock, b"encore") == b"encore"


def test_a_cut_of_the_clients_octets_reaches_the_server_no_further(echo: int, fault_proxy: Factory) -> None:
    proxy = fault_proxy(echo)
    proxy.cut_after(3, "client", times=2)
    for _ in range(2):
        with connect(proxy) as sock:
            sock.sendall(b"bonjour")
            assert read_all(sock) in (b"", b"bon")
    assert proxy.octets["client"] == 6
    with connect(proxy) as sock:
        assert exchange(sock, b"bonjour") == b"bonjour"


def test_a_cut_at_a_pattern_comes_before_it_even_in_pieces(echo: int, fault_proxy: Factory) -> None:
    proxy = fault_proxy(echo)
    proxy.cut_at(rb"DATA\r\n", "client")
    with connect(proxy) as sock:
        assert exchange(sock, b"MAIL\r\nDA") == b"MAIL\r\nDA"
        sock.sendall(b"TA\r\nrest")
        assert read_all(sock) == b""
    assert proxy.octets["client"] == len(b"MAIL\r\nDA")


def test_a_stall_holds_everything_until_resumed(echo: int, fault_proxy: Factory) -> None:
    proxy = fault_proxy(echo)
    with connect(proxy) as sock:
        assert exchange(sock, b"un") == b"un"
        proxy.stall("server")
        sock.sendall(b"deux")
        proxy.wait_for(lambda p: p.octets["client"] == 6)
        sock.settimeout(0.2)
        with pytest.raises(TimeoutError):
            sock.recv(10)
        sock.settimeout(10)
        proxy.resume()
        assert sock.recv(10) == b"deux"


def test_a_delay_is_a_delay(echo: int, fault_proxy: Factory) -> None:
    proxy = fault_proxy(echo)
    proxy.delay(0.15)
    with connect(proxy) as sock:
        begin = time.monotonic()
        exchange(sock, b"lent")
        assert 0.3 <= time.monotonic() - begin < 5


def test_it_refuses_and_admits_on_the_same_port(echo: int, fault_proxy: Factory) -> None:
    proxy = fault_proxy(echo)
    with connect(proxy) as before:
        assert exchange(before, b"un") == b"un"
        proxy.refuse()
        with pytest.raises(ConnectionRefusedError):
            connect(proxy)
        assert exchange(before, b"deux") == b"deux"
    proxy.admit()
    with connect(proxy) as sock:
        assert exchange(sock, b"trois") == b"trois"


def test_cut_now_ends_every_connection(echo: int, fault_proxy: Factory) -> None:
    proxy = fault_proxy(echo)
    with connect(proxy) as one, connect(proxy) as two:
        assert exchange(one, b"1") + exchange(two, b"2") == b"12"
        proxy.cut_now("reset")
        assert read_all(one) == read_all(two) == b"<reset>"
    assert proxy.cuts == 2


def test_an_unreachable_target_resets_the_client(fault_proxy: Factory) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    proxy = fault_proxy(port)

    def reach() -> None:  # the reset may come as early as in connect()
        with connect(proxy) as sock:
            sock.recv(10)

    with pytest.raises(ConnectionResetError):
        reach()


@pytest.mark.servers
def test_inside_tls_it_sees_the_protocol(dovecot: ImapServer, fault_proxy: Factory) -> None:
    proxy = fault_proxy(dovecot.port_tls, inside_tls=True)
    proxy.cut_at(rb"\* OK \[UIDNEXT", "server")
    with socket.create_connection(("127.0.0.1", proxy.port), 10) as plain:
        sock = dovecot.context().wrap_socket(plain, server_hostname="localhost")
        address, password = dovecot.users["alice"]
        sock.sendall(f'a LOGIN {address} "{password}"\r\nb SELECT INBOX\r\n'.encode())
        got = read_all(sock)
        sock.close()
    assert b"[UIDVALIDITY" in got
    assert b"[UIDNEXT" not in got


@pytest.mark.servers
def test_on_the_wire_tls_goes_through_untouched(dovecot: ImapServer, fault_proxy: Factory) -> None:
    proxy = fault_proxy(dovecot.port_tls)
    with socket.create_connection(("127.0.0.1", proxy.port), 10) as plain:
        sock = dovecot.context().wrap_socket(plain, server_hostname="localhost")
        assert sock.recv(4096).startswith(b"* OK")
        sock.close()
