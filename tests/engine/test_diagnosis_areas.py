"""Areas one by one, where the world must be given: portal, proxy, clock, names, store, disk, HPRIM."""

import contextlib
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mssclient.access.stream import Stream
from mssclient.engine.diagnosis import computer, keeping, names
from mssclient.engine.diagnosis.world import Targets, World, has_route, is_here
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.diagnosis import Check
from mssclient.model.ids import AccountId
from mssclient.operators.autoconfig.names import Names
from mssclient.store.health import quick_check
from mssclient.store.profile import Profile
from mssclient.store.store import Store
from mssclient.store.view import View
from tests.badinput.disks import Disk, small_disk
from tests.badinput.practice import faults_of
from tests.servers import Authority
from tests.servers.connect_proxy import ConnectProxy
from tests.servers.names import NameServer
from tests.servers.pages import Pages

LOCAL = Endpoint(host="localhost", port=993)


def account(imap: str = "localhost", smtp: str = "", **more: Any) -> Account:
    ends = [Endpoint(host=each, port=993) for each in (imap, smtp or imap)]
    return Account(id=AccountId(1), address="a@x.example", imap=ends[0], smtp=ends[1], **more)


def targets(*accounts: Account) -> Targets:
    return Targets(list(accounts), None)


def only(checks: Iterator[Check], name: str = "") -> Check:
    """The one line of this name, in French, with a remedy where something is to be done."""
    found = [each for each in checks if name in ("", each.check)]
    (check,) = found
    assert not faults_of(check.sentence), (check.sentence, faults_of(check.sentence))
    if check.state in ("warn", "fail"):
        assert check.code
        assert not faults_of(check.remedy), (check.remedy, faults_of(check.remedy))
    return check


# -- pages ---------------------------------------------------------------------------------------------------


@pytest.fixture
def pages() -> Iterator[Callable[..., Pages]]:
    with contextlib.ExitStack() as stack:

        def make(status: int = 200, *, tls: Any = None, shift_s: float = 0, **headers: str) -> Pages:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            made = Pages((status, named), tls, shift_s)
            stack.callback(made.end)
            return made

        yield make


@pytest.fixture
def closed_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def nothing() -> Mapping[str, str]:
    return {}


# -- network -------------------------------------------------------------------------------------------------

PORTALS: dict[str, tuple[int, dict[str, str]]] = {
    "sent elsewhere": (302, {"Location": "http://portail.hotel.example/"}),
    "a page instead": (200, {"Content_Type": "text/html; charset=utf-8"}),
    "said by number": (511, {}),
}


@pytest.mark.parametrize("kind", PORTALS)
def test_a_captive_portal_is_named(pages: Callable[..., Pages], kind: str) -> None:
    status, headers = PORTALS[kind]
    world = World(authority_page=pages(status, **headers).url, everything=True, proxies=nothing)
    check = only(computer.network(world, targets()), "portal")
    assert (check.state, check.code) == ("fail", "captive-portal")


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (200, {"Content_Type": "application/pkix-crl"}),
        (301, {"Location": "https://localhost/liste.crl"}),
        (404, {"Content_Type": "text/html"}),
    ],
)
def test_an_open_network_is_no_portal(
    pages: Callable[..., Pages], status: int, headers: dict[str, str]
) -> None:
    world = World(authority_page=pages(status, **headers).url, everything=True, proxies=nothing)
    assert only(computer.network(world, targets()), "portal").state == "ok"


def test_an_authority_that_is_silent_is_a_warning(closed_port: int) -> None:
    page = f"http://localhost:{closed_port}/"
    world = World(authority_page=page, everything=True, proxies=nothing)
    check = only(computer.network(world, targets()), "portal")
    assert (check.state, check.code) == ("warn", "authority-unreachable")


def test_nobody_outside_is_asked_for_servers_on_this_computer(pages: Callable[..., Pages]) -> None:
    page = pages(200)
    world = World(authority_page=page.url, proxies=nothing)
    assert [each.check for each in computer.network(world, targets(account()))] == ["route"]
    assert list(computer.clock(world, targets(account())))
    assert page.asked == []


def test_no_route_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(computer, "has_route", lambda *_where: False)
    check = only(computer.network(World(), targets(account("imap.operateur.example"))))
    assert (check.state, check.code) == ("fail", "no-network")
    assert only(computer.network(World(), targets(account()))).state == "ok"


def test_a_route_to_this_computer_there_always_is() -> None:
    assert has_route("127.0.0.1", socket.AF_INET)
    assert is_here("localhost")
    assert is_here("127.0.0.1")
    assert is_here("::1")
    assert not is_here("imap.localhost.example")


# -- proxy ---------------------------------------------------------------------------------------------------


def test_no_proxy() -> None:
    assert only(computer.proxy(World(proxies=nothing), targets())).state == "ok"


class Registry:
    """As much of ``winreg`` as is asked."""

    HKEY_CURRENT_USER = 1

    def __init__(self, **values: str) -> None:
        self._values = values

    def OpenKey(self, root: int, path: str) -> contextlib.AbstractContextManager[str]:
        assert root == self.HKEY_CURRENT_USER
        return contextlib.nullcontext(path)

    def QueryValueEx(self, key: str, name: str) -> tuple[str, int]:
        assert key.endswith("Internet Settings")
        if name not in self._values:
            raise FileNotFoundError(name)
        return self._values[name], 1


@pytest.mark.parametrize(
    ("registry", "state"),
    [
        (Registry(AutoConfigURL="http://proxy.example/chu.pac"), "warn"),
        (Registry(AutoConfigURL=""), "ok"),
        (Registry(), "ok"),
    ],
)
def test_a_script_that_chooses_the_proxy_is_told(
    monkeypatch: pytest.MonkeyPatch, registry: Registry, state: str
) -> None:
    monkeypatch.setitem(sys.modules, "winreg", registry)  # type: ignore[arg-type]
    assert only(computer.proxy(World(proxies=nothing), targets())).state == state


def test_a_proxy_is_named_without_its_password(pages: Callable[..., Pages]) -> None:
    port = pages(200).port
    world = World(proxies=lambda: {"https": f"http://marie:m0tdepasse@localhost:{port}/"})
    check = only(computer.proxy(world, targets()))
    assert check.state == "ok"
    assert f"localhost:{port}" in check.sentence
    assert "m0tdepasse" not in str(check)
    assert "marie" not in str(check)


def test_a_proxy_that_is_not_there(closed_port: int) -> None:
    check = only(computer.proxy(World(proxies=lambda: {"http": f"localhost:{closed_port}"}), targets()))
    assert (check.state, check.code) == ("fail", "proxy-unreachable")


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ({"https": "http://localhost:port"}, "proxy-malformed"),
        ({"https": "http://"}, "proxy-malformed"),
        ({"all": "socks4://localhost:1080"}, "proxy-unsupported"),
    ],
)
def test_odd_proxies(found: dict[str, str], code: str) -> None:
    assert only(computer.proxy(World(proxies=lambda: found), targets())).code == code


FAR = "passerelle.exemple.fr"
"""Known to no name server."""


def mail_line(monkeypatch: pytest.MonkeyPatch, answer: bytes) -> Check:
    """What is said of a far server, behind a proxy that answers so."""
    monkeypatch.delenv("no_proxy", raising=False)
    with ConnectProxy(1, answer) as tunnel:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{tunnel.port}")
        return only(computer.proxy(World(), targets(account(FAR))), "mail")


def test_the_way_of_mail_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    through = mail_line(monkeypatch, b"HTTP/1.1 200 OK\r\n\r\n")
    assert (through.state, f"{FAR}:993" in through.sentence) == ("ok", True)
    assert "par le proxy" in through.sentence
    nowhere = mail_line(monkeypatch, b"HTTP/1.1 403 Forbidden\r\n\r\n")
    assert (nowhere.state, nowhere.code) == ("fail", "no-way-out")
    genuine = Stream.connect
    with socket.create_server(("127.0.0.1", 0)) as far:
        there = far.getsockname()
        monkeypatch.setattr(
            Stream,
            "connect",
            lambda host, port, *given: genuine(*(there if host == FAR else (host, port)), *given),
        )
        directly = mail_line(monkeypatch, b"HTTP/1.1 403 Forbidden\r\n\r\n")
    assert (directly.state, "directement" in directly.sentence) == ("ok", True)


def test_pages_are_asked_for_through_the_proxy(pages: Callable[..., Pages]) -> None:
    proxy = pages(200, Content_Type="application/pkix-crl")
    world = World(
        authority_page="http://igc.example/liste.crl",
        everything=True,
        proxies=lambda: {"http": f"http://localhost:{proxy.port}"},
    )
    assert only(computer.network(world, targets()), "portal").state == "ok"
    assert proxy.asked == ["http://igc.example/liste.crl"]


# -- clock ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shift_s", "state", "code", "words"),
    [
        (0, "ok", "", "juste"),
        (60, "ok", "", "juste"),
        (400, "warn", "clock-off", "avance de 6\u00a0minutes"),
        (-400, "warn", "clock-off", "retarde de 6\u00a0minutes"),
        (-7300, "fail", "clock-wrong", "retarde de 2\u00a0heures"),
        (400 * 86400 + 60, "fail", "clock-wrong", "avance de 400\u00a0jours"),
    ],
)
def test_the_clock_against_a_servers(
    pages: Callable[..., Pages], shift_s: float, state: str, code: str, words: str
) -> None:
    world = World(now=lambda: time.time() + shift_s, clock_page=pages(200).url, proxies=nothing)
    check = only(computer.clock(world, targets(account())))
    assert (check.state, check.code) == (state, code)
    assert words.replace("\u00a0", " ") in check.sentence.replace("\u00a0", " ")


def test_the_clock_by_https(pages: Callable[..., Pages], authority: Authority, tmp_path: Path) -> None:
    page = pages(200, tls=authority.server().server_context(tmp_path), shift_s=-3600)
    world = World(clock_page=page.url, proxies=nothing)
    check = only(computer.clock(world, targets(account(ca_pem=authority.ca_pem.decode()))))
    assert (check.state, check.code) == ("fail", "clock-wrong")


@pytest.mark.parametrize("now", [0.0, 1_000_000_000.0, 4_000_000_000.0])
def test_a_date_that_cannot_be(now: float) -> None:
    check = only(computer.clock(World(now=lambda: now), targets()))
    assert (check.state, check.code) == ("fail", "clock-wrong")


def test_a_date_before_that_of_a_signed_list() -> None:
    now = time.time()
    check = only(computer.clock(World(now=lambda: now), targets(), int(now) + 3 * 86400))
    assert check.code == "clock-wrong"
    assert only(computer.clock(World(now=lambda: now), targets(), int(now) + 3600)).state == "ok"


def test_a_clock_that_nobody_can_compare(closed_port: int) -> None:
    world = World(clock_page=f"http://localhost:{closed_port}/", proxies=nothing)
    check = only(computer.clock(world, targets(account())))
    assert check.state == "ok"
    assert "plausible" in check.sentence


# -- names ---------------------------------------------------------------------------------------------------


@pytest.fixture
def name_server() -> Iterator[NameServer]:
    with NameServer() as server:
        yield server


def announced(server: NameServer, of: Account) -> Check:
    world = World(names=Names(server.host, server.port), everything=True)
    return only(names.announced(world, of), "srv")


def test_what_the_domain_announces(name_server: NameServer) -> None:
    ours = account("imap.x.example", "smtp.x.example")
    name_server.zones.add("x.example")
    assert announced(name_server, ours).state == "skip"
    name_server.serve("x.example", imaps="0 1 993 imap.x.example.", submission="0 1 587 smtp.x.example.")
    assert announced(name_server, ours).state == "ok"
    check = announced(name_server, account("autre.x.example", "smtp.x.example"))
    assert (check.state, check.code) == ("warn", "srv-differs")
    assert "imap.x.example" in check.sentence


def test_a_mute_name_server_is_named(name_server: NameServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "_SRV_S", 0.5)
    name_server.mute = True
    check = announced(name_server, account("imap.x.example"))
    assert (check.state, check.code) == ("fail", "dns-timeout")


def test_a_name_server_that_fails_is_named(name_server: NameServer) -> None:
    name_server.failing.add("*")
    check = announced(name_server, account("imap.x.example"))
    assert (check.state, check.code) == ("fail", "dns-failed")


def test_hosts_known_unknown_and_mute(monkeypatch: pytest.MonkeyPatch) -> None:
    """The computer's resolver cannot be given: what it would say is."""
    real, released = socket.getaddrinfo, threading.Event()

    def resolve(host: str, *more: Any, **options: Any) -> Any:
        if host == "nulle-part.example":
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        if host == "plus-tard.example":
            raise socket.gaierror(socket.EAI_AGAIN, "later")
        if host == "muet.example":
            released.wait(20)
        return real(host, *more, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(names, "_HOSTS_S", 0.5)
    hosts = ["localhost", "nulle-part.example", "plus-tard.example", "muet.example"]
    try:
        told = list(names.hosts(targets(account(*hosts[:2]), account(*hosts[2:]))))
    finally:
        released.set()
    assert [(each.state, each.code) for each in told] == [
        ("ok", ""),
        ("fail", "host-unknown"),
        ("fail", "dns-timeout"),
        ("fail", "dns-timeout"),
    ]
    assert not any(faults_of(each.sentence) for each in told)


# -- what is kept here --------------------------------------------------------------------------------------

KEY = bytes(range(32))


class Desk:
    """A store and a profile, as the engine has them."""

    def __init__(self, place: Path) -> None:
        self.profile = Profile(place)
        self.profile.prepare()
        self.store = Store.open(self.profile.store_path, KEY)
        self.settings: dict[str, str] = {}

    @contextlib.contextmanager
    def reading(self) -> Iterator[Any]:
        view = View(self.profile.store_path, KEY)
        try:
            yield SimpleNamespace(
                connection=view.connection,
                setting=lambda name, default="": self.settings.get(name, default),
                wants=view.wants,
            )
        finally:
            view.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "p")
    yield made
    made.store.close()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with small_disk(tmp_path, 2_000_000) as disk:
        yield disk


def hprim(desk: Desk, folder: Path | str) -> Check:
    desk.settings["hprim.directory"] = str(folder)
    return only(keeping.hprim(desk))  # type: ignore[arg-type]


def test_the_hprim_directory(desk: Desk, tmp_path: Path) -> None:
    assert hprim(desk, "").state == "skip"
    (tmp_path / "depot").mkdir()
    assert hprim(desk, tmp_path / "depot").state == "ok"
    assert list((tmp_path / "depot").iterdir()) == [], "nothing is left there"
    assert hprim(desk, tmp_path / "absent").code == "hprim-directory-missing"
    (tmp_path / "fichier").write_text("x")
    assert hprim(desk, tmp_path / "fichier").code == "hprim-directory-missing"


def test_the_hprim_directory_on_a_full_or_frozen_disk(desk: Desk, disk: Disk) -> None:
    assert hprim(desk, disk.place).state == "ok"
    disk.fill()
    assert hprim(desk, disk.place).code == "disk-full"
    assert sorted(each.name for each in disk.place.iterdir()) == ["films"]
    disk.clear()
    disk.freeze()
    assert hprim(desk, disk.place).code == "hprim-directory-read-only"


def test_a_sound_store(desk: Desk) -> None:
    told = {each.check: each for each in keeping.store(desk)}  # type: ignore[arg-type]
    assert told["health"].state == "ok"
    assert told["open"].state == "ok"
    assert not any(faults_of(each.sentence) for each in told.values())


def test_a_damaged_store_is_named(desk: Desk) -> None:
    desk.store.close()
    path = desk.profile.store_path
    octets = bytearray(path.read_bytes())
    octets[len(octets) - 4096 + 100] ^= 0xFF  # the last page: the store still opens
    path.write_bytes(octets)
    desk.store = SimpleNamespace(schema=1, close=lambda: None)  # type: ignore[assignment]
    told = {each.check: each for each in keeping.store(desk)}  # type: ignore[arg-type]
    assert (told["health"].state, told["health"].code) == ("fail", "store-damaged")
    assert not faults_of(told["health"].remedy)


def test_a_look_at_the_store_ends_in_time(desk: Desk) -> None:
    with desk.reading() as view:
        assert quick_check(view, 10) is True
        begun = time.monotonic()
        assert quick_check(view, -1) in (None, True), "a small one may be over before anybody looks"
        assert time.monotonic() - begun < 2
        assert quick_check(view, 10) is True, "the connection works again afterwards"
