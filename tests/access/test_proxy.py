"""HTTPS through the computer's proxy: a real one on the loopback, which may refuse, babble or trickle."""

import base64
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mssclient.access.https import Reply, exchange
from mssclient.model.errors import MssError
from tests.planted import seed_secret
from tests.servers import Authority
from tests.servers.connect_proxy import ConnectProxy
from tests.servers.scripted import Close, Expect, ScriptedServer, Send

HOST = "passerelle.exemple.fr"
"""Known to no name server: only the proxy can lead there."""
PASSWORD = seed_secret("mot-de-passe-du-proxy")
ASKED = Expect(rb"(?P<head>GET /x HTTP/1\.1\r\n.*)", b"\r\n\r\n")
ANSWER = Send(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\noui")
Scripted = Callable[..., ScriptedServer]


@pytest.fixture(autouse=True)
def no_proxy_of_this_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def far_tls(authority: Authority, tmp_path: Path) -> ssl.SSLContext:
    return authority.server(names=(HOST,)).server_context(tmp_path)


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    return lambda address: monkeypatch.setenv("https_proxy", address)


def ask(authority: Authority, url: str = f"https://{HOST}/x", **bounds: float) -> Reply:
    return exchange("GET", url, authority.client_context(), **bounds)  # pyright: ignore[reportArgumentType]


def code(authority: Authority, url: str = f"https://{HOST}/x", **bounds: float) -> str:
    with pytest.raises(MssError) as refusal:
        ask(authority, url, **bounds)
    assert refusal.value.sentence
    assert refusal.value.remedy
    assert (
        PASSWORD not in f"{refusal.value!r} {refusal.value} {refusal.value.detail} {refusal.value.sentence}"
    )
    return refusal.value.code


def test_through_a_tunnel_the_handshake_is_with_the_host(
    scripted: Scripted, far_tls: ssl.SSLContext, authority: Authority, use: Callable[[str], None]
) -> None:
    server = scripted([ASKED, ANSWER, Close()], tls=far_tls)
    with ConnectProxy(server.port) as proxy:
        use(f"http://127.0.0.1:{proxy.port}")
        assert ask(authority).body == b"oui"
    assert proxy.asked == [f"CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443\r\n\r\n".encode()]


def test_a_proxy_that_pretends_to_be_the_host(
    scripted: Scripted, server_tls: ssl.SSLContext, authority: Authority, use: Callable[[str], None]
) -> None:
    server = scripted([Expect(b".*")], tls=server_tls)  # a right certificate, of localhost
    with ConnectProxy(server.port) as proxy:
        use(f"127.0.0.1:{proxy.port}")
        assert code(authority) == "certificate-name"


def test_the_proxy_is_told_who_asks_and_the_host_is_not(
    scripted: Scripted, far_tls: ssl.SSLContext, authority: Authority, use: Callable[[str], None]
) -> None:
    server = scripted([ASKED, Send(b"HTTP/1.1 200 OK\r\n\r\n{head}"), Close()], tls=far_tls)
    with ConnectProxy(server.port) as proxy:
        use(f"http://alice%40cabinet:{PASSWORD.replace('-', '%2D')}@127.0.0.1:{proxy.port}")
        seen = ask(authority).body
    expected = base64.b64encode(f"alice@cabinet:{PASSWORD}".encode())
    assert b"Proxy-Authorization: Basic " + expected in proxy.asked[0]
    assert b"GET /x" in seen
    assert b"uthorization" not in seen
    assert expected not in seen


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n<html>non</html>",
        b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n\r\n<html>interdit</html>",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>Acceptez nos conditions</html>",
        b"<html>Acceptez nos conditions</html>\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Encore: oui\r\n" * 5000 + b"\r\n",
        b"HTTP/1.1 " + b"2" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 \xc2\xb2\xc2\xb2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n",
        b"\r\n",
    ],
    ids=["407", "403", "a page", "bare page", "headers", "long", "digits", "cut", "empty"],
)
def test_a_proxy_that_refuses_or_babbles(
    authority: Authority, use: Callable[[str], None], answer: bytes
) -> None:
    with ConnectProxy(1, answer) as proxy:
        use(f"http://essai:{PASSWORD}@127.0.0.1:{proxy.port}")
        assert code(authority) == "proxy-refused"


def test_a_proxy_that_trickles_is_left(authority: Authority, use: Callable[[str], None]) -> None:
    with ConnectProxy(1, b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 2000, trickle=True) as proxy:
        use(f"http://127.0.0.1:{proxy.port}")
        begun = time.monotonic()
        assert code(authority, wait_s=0.3) == "proxy-unreachable"
        assert time.monotonic() - begun < 3


def test_a_proxy_that_is_not_there(authority: Authority, use: Callable[[str], None]) -> None:
    with ConnectProxy(1) as gone:
        pass
    use(f"http://essai:{PASSWORD}@127.0.0.1:{gone.port}")
    assert code(authority) == "proxy-unreachable"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://127.0.0.1:99999", "proxy-malformed"),
        ("http://[", "proxy-malformed"),
        ("http://:3128", "proxy-malformed"),
        ("socks4://127.0.0.1:1080", "proxy-unsupported"),
        ("https://127.0.0.1:443", "proxy-unsupported"),
    ],
)
def test_settings_that_are_of_no_use(
    authority: Authority, use: Callable[[str], None], address: str, expected: str
) -> None:
    use(address)
    assert code(authority) == expected


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "LOCALHOST"])
def test_the_loopback_never_goes_through_the_proxy(
    scripted: Scripted, authority: Authority, use: Callable[[str], None], tmp_path: Path, host: str
) -> None:
    tls = authority.server().server_context(tmp_path)
    server = scripted([ASKED, ANSWER, Close()], tls=tls)
    with ConnectProxy(1, b"HTTP/1.1 403 non\r\n\r\n") as proxy:
        use(f"http://127.0.0.1:{proxy.port}")
        assert ask(authority, f"https://{host}:{server.port}/x").body == b"oui"
    assert proxy.asked == []


def test_hosts_that_the_settings_leave_out(
    authority: Authority, use: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "exemple.fr")
    with ConnectProxy(1, b"HTTP/1.1 403 non\r\n\r\n") as proxy:
        use(f"http://127.0.0.1:{proxy.port}")
        assert code(authority) in ("host-unknown", "host-unreachable")
    assert proxy.asked == []
