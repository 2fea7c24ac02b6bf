"""The place on this computer where the browser comes back: any program and any web page may call there."""

import contextlib
import socket
import threading
import time
import urllib.parse
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from mssclient.access.psc import browser
from mssclient.access.psc.browser import log_in_by_browser
from mssclient.access.psc.settings import PscSettings
from mssclient.model.errors import MssError


class Login:
    """A login under way: what the browser was told, and how it ended."""

    def __init__(self, **settings: Any) -> None:
        self.codes: list[str] = []
        self.outcome: object = None
        self.cancelled = threading.Event()
        self._opened = threading.Event()
        self.fields: dict[str, str] = {}
        self._provider: Any = SimpleNamespace(
            settings=PscSettings(client_id="essai", **settings),
            endpoint=lambda name: "https://provider.exemple.fr/" + name,
            post=self._exchange,
            tokens=lambda answer, nonce: answer,
        )
        self._thread = threading.Thread(target=self._go, daemon=True)
        self._thread.start()
        self._opened.wait(30)

    def _exchange(self, name: str, fields: dict[str, str]) -> tuple[int, dict[str, object]]:
        self.codes.append(fields["code"])
        return 200, {"for": fields["code"]}

    def _go(self) -> None:
        try:
            self.outcome = log_in_by_browser(self._provider, self._open, self.cancelled)
        except MssError as error:
            self.outcome = error.code
        finally:
            self._opened.set()

    def _open(self, url: str) -> bool:
        self.fields = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
        self._opened.set()
        return True

    @property
    def port(self) -> int:
        return urllib.parse.urlsplit(self.fields["redirect_uri"]).port or 0

    @property
    def redirect(self) -> str:
        return f"/pro-sante-connect?state={self.fields['state']}&code=le-bon"

    def finish(self, seconds: float = 15) -> object:
        self._thread.join(seconds)
        assert not self._thread.is_alive(), "it has not ended"
        return self.outcome

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def say(self, head: bytes) -> bytes:
        """The status line of the answer, b"" when the connection was closed without one."""
        with contextlib.suppress(ConnectionError), self.connect() as ours:
            ours.sendall(head)
            with ours.makefile("rb") as answer:
                return answer.readline().strip()
        return b""

    def get(self, path: str, host: str = "", method: str = "GET") -> bytes:
        host = host or f"127.0.0.1:{self.port}"
        return self.say(f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())


@pytest.fixture
def login() -> Iterator[Login]:
    login = Login()
    yield login
    login.cancelled.set()
    login.finish()


def test_the_redirect(login: Login) -> None:
    assert b" 200 " in login.get(login.redirect)
    assert login.finish() == {"for": "le-bon"}


@pytest.mark.parametrize(
    "request_line",
    [
        "POST {redirect}",
        "HEAD {redirect}",
        "OPTIONS {redirect}",
        "GET /favicon.ico",
        "GET /",
        "GET /pro-sante-connect",
        "GET /pro-sante-connect?code=x",
        "GET //[/pro-sante-connect?state=x",
        "GET http://[/x",
        "GET http://ailleurs.example{redirect}",
        "GET /pro-sante-connect?state=x&" + "&".join(f"a{each}=b" for each in range(500)),
        "GET {redirect}&" + "x" * 20_000,
        "GET /" + "x" * 100_000,
        "GET /\x00\xff",
        "N'IMPORTE QUOI",
        "",
    ],
    ids=lambda line: line[:30] or "empty",
)
def test_what_is_not_the_redirect_changes_nothing(login: Login, request_line: str, capfd: Any) -> None:
    line = request_line.format(redirect=login.redirect)
    said = login.say(f"{line} HTTP/1.1\r\nHost: 127.0.0.1:{login.port}\r\n\r\n".encode("latin-1"))
    assert b" 200 " not in said
    assert b" 200 " in login.get(login.redirect)
    assert login.finish() == {"for": "le-bon"}
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("host", ["ailleurs.example", "localhost:{port}", "[::1]:{port}", "127.0.0.1"])
def test_a_page_of_the_web_under_its_own_name_is_not_heard(login: Login, host: str) -> None:
    assert b" 404 " in login.get(login.redirect, host.format(port=login.port))
    twice = f"GET {login.redirect} HTTP/1.1\r\nHost: 127.0.0.1:{login.port}\r\nHost: ailleurs.example\r\n\r\n"
    assert b" 404 " in login.say(twice.encode())
    assert b" 404 " in login.say(f"GET {login.redirect} HTTP/1.0\r\n\r\n".encode())
    assert login.codes == []


def test_it_listens_on_this_computer_alone(login: Login) -> None:
    with pytest.raises(OSError), socket.create_connection(("::1", login.port), timeout=1):
        pass
    listening = socket.socket()
    with contextlib.closing(listening), pytest.raises(OSError):
        listening.bind(("127.0.0.1", login.port))


def test_an_answer_that_nobody_waits_for_counts_all_the_same(login: Login) -> None:
    """A browser that closes its tab at once: the code was given."""
    with login.connect() as ours:
        ours.sendall(f"GET {login.redirect} HTTP/1.1\r\nHost: 127.0.0.1:{login.port}\r\n\r\n".encode())
    assert login.finish() == {"for": "le-bon"}


def test_of_two_answers_at_once_the_first_counts(login: Login) -> None:
    requests = [f"/pro-sante-connect?state={login.fields['state']}&code=c{each}" for each in range(6)]

    def ask(path: str) -> None:
        with contextlib.suppress(OSError):  # the door may be shut before the later ones come
            login.get(path)

    threads = [threading.Thread(target=ask, args=(each,)) for each in requests]
    for thread in threads:
        thread.start()
    outcome = login.finish()
    for thread in threads:
        thread.join(30)
    assert len(login.codes) == 1
    assert outcome == {"for": login.codes[0]}


def test_a_client_that_trickles_is_cut(monkeypatch: pytest.MonkeyPatch, login: Login) -> None:
    monkeypatch.setattr(browser, "_REQUEST_S", 0.5)
    begun = time.monotonic()
    with login.connect() as ours, contextlib.suppress(ConnectionError):
        for octet in b"GET " + b"a" * 100:
            ours.sendall(bytes([octet]))
            ours.settimeout(0.2)
            with contextlib.suppress(TimeoutError):
                assert ours.recv(1000) == b""
                break
    assert time.monotonic() - begun < 10


def test_many_silent_clients_do_not_keep_the_browser_out_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(browser, "_REQUEST_S", 0.3)
    # Else the kernel lets them in a few at a time, seconds apart, and they never are many.
    monkeypatch.setattr(browser._Server, "request_queue_size", 64)
    login = Login()
    before = threading.active_count()
    silent = [login.connect() for _each in range(60)]
    time.sleep(0.1)
    assert threading.active_count() - before <= 2 * browser._REQUESTS_MAX + 1
    limit = time.monotonic() + 20
    while b" 200 " not in login.get(login.redirect):
        assert time.monotonic() < limit
        time.sleep(0.05)
    for each in silent:
        each.close()
    assert login.finish() == {"for": "le-bon"}


def test_a_port_that_another_program_has() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        login = Login(redirect_port=taken.getsockname()[1])
        assert login.finish() == "psc-port"


def test_cancelled_while_the_provider_is_silent() -> None:
    release = threading.Event()
    login = Login()
    login._provider.post = lambda name, fields: release.wait(20)
    login.get(login.redirect)
    begun = time.monotonic()
    login.cancelled.set()
    assert login.finish() == "psc-cancelled"
    assert time.monotonic() - begun < 10
    release.set()
