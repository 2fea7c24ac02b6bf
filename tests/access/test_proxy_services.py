"""Mail through the computer's proxy: where the network lets nothing out directly, or the proxy is for all."""

import base64
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mssclient.access import proxy
from mssclient.access.open import open_imap, open_submission
from mssclient.access.proxy import reach_service, way_to
from mssclient.access.stream import Patience, Stream
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.ids import AccountId
from tests.access.test_imap import CREDENTIAL, GREETING, LOGIN
from tests.access.test_proxy import HOST, PASSWORD
from tests.refusals import code_of, refusal_of
from tests.servers import Authority
from tests.servers.connect_proxy import ConnectProxy
from tests.servers.scripted import Expect, Script, ScriptedServer, Send, Stall, StartTls

IMPATIENT = Patience(connect_s=3, reply_s=3)
REFUSAL = b"HTTP/1.1 403 Forbidden\r\n\r\n"
Scripted = Callable[..., ScriptedServer]


@pytest.fixture(autouse=True)
def forgotten_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(proxy, "_ways", {})


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every host that is connected to, in order."""
    found: list[str] = []
    genuine = Stream.connect

    def connect(host: str, *given: object, **named: object) -> Stream:
        found.append(host)
        return genuine(host, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Stream, "connect", connect)
    return found


@pytest.fixture
def far_tls(authority: Authority, tmp_path: Path) -> ssl.SSLContext:
    return authority.server(names=(HOST,)).server_context(tmp_path)


def account(authority: Authority, port: int, security: str) -> Account:
    endpoint = Endpoint(host=HOST, port=port, security=security)
    ca = authority.ca_pem.decode()
    return Account(
        id=AccountId(1), address="alice@exemple.fr", imap=endpoint, smtp=endpoint, ca_pem=ca, auth="cps"
    )


def test_imap_through_a_tunnel(
    scripted: Scripted, far_tls: ssl.SSLContext, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = scripted([GREETING, *LOGIN, Stall()], tls=far_tls)
    with ConnectProxy(server.port) as tunnel:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{tunnel.port}")
        opened = open_imap(account(authority, 993, "tls"), CREDENTIAL, IMPATIENT)
        assert opened.capabilities.move
        opened.stream.close()
    assert tunnel.asked == [f"CONNECT {HOST}:993 HTTP/1.1\r\nHost: {HOST}:993\r\n\r\n".encode()]
    assert way_to(HOST, 993) == "proxy"


def test_submission_through_a_tunnel_whose_server_speaks_first(
    scripted: Scripted, far_tls: ssl.SSLContext, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = base64.b64encode(CREDENTIAL.response("PLAIN", Endpoint(host=HOST, port=587)))
    script: Script = [
        Send(b"220 bonjour\r\n"),
        Expect(rb"EHLO .*"),
        Send(b"250-ici\r\n250 STARTTLS\r\n"),
        Expect(rb"STARTTLS"),
        Send(b"220 allez\r\n"),
        StartTls(),
        Expect(rb"EHLO .*"),
        Send(b"250-ici\r\n250 AUTH PLAIN\r\n"),
        Expect(rb"AUTH PLAIN " + plain.replace(b"+", rb"\+")),
        Send(b"235 entrez\r\n"),
        Stall(),
    ]
    server = scripted(script, tls=far_tls, starttls=True)
    with ConnectProxy(server.port) as tunnel:
        monkeypatch.setenv("all_proxy", f"http://127.0.0.1:{tunnel.port}")
        open_submission(account(authority, 587, "starttls"), CREDENTIAL, IMPATIENT).close()


def test_a_greeting_in_the_breath_of_the_proxys_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with ConnectProxy(1, b"HTTP/1.1 200 OK\r\n\r\n220 bonjour\r\n") as tunnel:
        monkeypatch.setenv("all_proxy", f"http://127.0.0.1:{tunnel.port}")
        stream = reach_service(HOST, 587, IMPATIENT)
        assert stream.read_line() == b"220 bonjour"
        stream.close()


def test_the_way_that_led_there_comes_first_the_next_time(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch, tries: list[str]
) -> None:
    server = scripted([Stall()], [Stall()], [Stall()])
    with ConnectProxy(server.port) as tunnel:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{tunnel.port}")
        reach_service(HOST, 993, IMPATIENT).close()
        reach_service(HOST, 993, IMPATIENT).close()
        assert tries == [HOST, "127.0.0.1", "127.0.0.1"]
    tries.clear()
    # At home the office's proxy is not there, and the server is reached directly.
    genuine = Stream.connect
    monkeypatch.setattr(
        Stream, "connect", lambda host, port, *given: genuine(*_moved(host, port, server.port), *given)
    )
    reach_service(HOST, 993, IMPATIENT).close()
    assert tries == ["127.0.0.1", "localhost"]
    assert way_to(HOST, 993) == "direct"


def _moved(host: str, port: int, to: int) -> tuple[str, int]:
    return ("localhost", to) if host == HOST else (host, port)


def test_when_neither_way_leads_there_the_direct_one_says_why(
    monkeypatch: pytest.MonkeyPatch, tries: list[str]
) -> None:
    with ConnectProxy(1, REFUSAL) as tunnel:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{tunnel.port}")
        assert code_of(lambda: reach_service(HOST, 993, IMPATIENT)) in ("host-unknown", "host-unreachable")
    assert tries == [HOST, "127.0.0.1"]
    assert way_to(HOST, 993) == ""


def test_a_proxy_for_all_connections_is_the_only_way(
    monkeypatch: pytest.MonkeyPatch, tries: list[str]
) -> None:
    with ConnectProxy(1, REFUSAL) as tunnel:
        monkeypatch.setenv("all_proxy", f"http://127.0.0.1:{tunnel.port}")
        error = refusal_of(lambda: reach_service(HOST, 993, IMPATIENT))
        assert (error.code, error.detail) == ("proxy-refused", "403")
    assert tries == ["127.0.0.1"]


def test_settings_of_no_use_for_pages_leave_mail_as_it_is(
    monkeypatch: pytest.MonkeyPatch, tries: list[str]
) -> None:
    monkeypatch.setenv("https_proxy", "socks4://127.0.0.1:1080")
    assert code_of(lambda: reach_service(HOST, 993, IMPATIENT)) in ("host-unknown", "host-unreachable")
    assert tries == [HOST]


@pytest.mark.parametrize("host", ["imap.exemple.fr\r\nX: y", "imap exemple.fr", "a..b", "x" * 70 + ".fr"])
def test_a_name_that_is_none_is_not_said_to_the_proxy(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    with ConnectProxy(1, REFUSAL) as tunnel:
        monkeypatch.setenv("all_proxy", f"http://127.0.0.1:{tunnel.port}")
        assert code_of(lambda: reach_service(host, 993, IMPATIENT)) == "host-unknown"
    assert tunnel.asked == []


def test_the_wait_for_a_proxy_is_given_up_at_once(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = scripted([Stall()])
    monkeypatch.setenv("all_proxy", f"http://127.0.0.1:{server.port}")
    kept: list[Stream] = []
    come = threading.Event()

    def keep(stream: Stream) -> None:
        kept.append(stream)
        come.set()

    codes: list[str] = []
    waiting = threading.Thread(
        target=lambda: codes.append(code_of(lambda: reach_service(HOST, 993, Patience(), keep)))
    )
    begun = time.monotonic()
    waiting.start()
    assert come.wait(30)
    kept[0].abort()
    waiting.join(30)
    assert codes == ["connection-lost"]
    assert time.monotonic() - begun < 3


def counted(text: str) -> bytes:
    return bytes((len(text),)) + text.encode()


SOCKS_BEGIN: Script = [Expect(rb"\x05\x01", b"\x00"), Send(b"\x05\x00")]
SOCKS_ASKED = Expect(rb"\x05\x01\x00\x03" + counted(HOST), b"\x03\xe1")


@pytest.mark.parametrize(
    "place", [b"\x01" + bytes(6), b"\x04" + bytes(18), b"\x03\x02fr" + bytes(2)], ids=["4", "6", "name"]
)
def test_socks_5_leads_there_by_name(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch, place: bytes
) -> None:
    server = scripted(
        [*SOCKS_BEGIN, SOCKS_ASKED, Send(b"\x05\x00\x00" + place + b"* OK bonjour\r\n"), Stall()]
    )
    monkeypatch.setenv("all_proxy", f"socks5h://127.0.0.1:{server.port}")
    stream = reach_service(HOST, 993, IMPATIENT)
    assert stream.read_line() == b"* OK bonjour"
    assert stream.host == HOST
    stream.close()


def test_socks_5_with_login(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    server = scripted(
        [
            Expect(rb"\x05\x01", b"\x02"),
            Send(b"\x05\x02"),
            Expect(rb"\x01" + counted("essai"), counted(PASSWORD)),
            Send(b"\x01\x00"),
            SOCKS_ASKED,
            Send(b"\x05\x00\x00\x01" + bytes(6)),
            Stall(),
        ]
    )
    monkeypatch.setenv("all_proxy", f"socks5://essai:{PASSWORD}@127.0.0.1:{server.port}")
    reach_service(HOST, 993, IMPATIENT).close()


@pytest.mark.parametrize(
    "script",
    [
        [Expect(rb"\x05\x01", b"\x00"), Send(b"\x05\xff"), Stall()],
        [Expect(rb"\x05\x01", b"\x00"), Send(b"HTTP/1.1 400 non\r\n\r\n"), Stall()],
        [*SOCKS_BEGIN, SOCKS_ASKED, Send(b"\x05\x02\x00\x01" + bytes(6)), Stall()],
        [*SOCKS_BEGIN, SOCKS_ASKED, Send(b"\x05\x00\x00\x09" + bytes(6)), Stall()],
        [*SOCKS_BEGIN, SOCKS_ASKED, Send(b"\x05\x00")],
    ],
    ids=["method", "no socks", "rules", "address", "cut"],
)
def test_a_socks_proxy_that_refuses_or_babbles(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch, script: Script
) -> None:
    monkeypatch.setenv("all_proxy", f"socks5://127.0.0.1:{scripted(script).port}")
    assert code_of(lambda: reach_service(HOST, 993, IMPATIENT)) == "proxy-refused"
