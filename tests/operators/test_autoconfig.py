"""From an address to its servers: a real name server and a real HTTPS server on the loopback."""

import http.server
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mssclient.access.https import exchange
from mssclient.model.accounts import Endpoint
from mssclient.model.errors import MssError, WorldError
from mssclient.model.operators import Discovery
from mssclient.operators.autoconfig import names as asking
from mssclient.operators.autoconfig.discovery import discover, is_inside
from mssclient.operators.autoconfig.names import Names, Service
from mssclient.operators.autoconfig.page import addresses, body_of, read_page
from mssclient.operators.tls import client_context
from tests.servers import Authority
from tests.servers.names import NameServer

pytestmark = pytest.mark.servers

DOMAIN = "cabinet.mssante.fr"
ADDRESS = f"camille.aubry@{DOMAIN}"


def page(imap: str = "imap.cabinet.mssante.fr", socket_type: str = "SSL", extra: str = "") -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1"><emailProvider id="x">{extra}
<incomingServer type="pop3"><hostname>pop.x.fr</hostname><port>995</port>
<socketType>SSL</socketType></incomingServer>
<incomingServer type="imap"><hostname>{imap}</hostname><port>993</port><socketType>{socket_type}</socketType>
<authentication>OAuth2</authentication><authentication>password-cleartext</authentication>
<username>%EMAILLOCALPART%</username></incomingServer>
<outgoingServer type="smtp"><hostname>smtp.cabinet.mssante.fr</hostname><port>587</port>
<socketType>{"STARTTLS" if socket_type == "SSL" else socket_type}</socketType></outgoingServer>
</emailProvider></clientConfig>""".encode()


class Pages:
    """One HTTPS server that stands for every host; ``answers`` maps an address to (status, body)."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.location = ""
        self.asked: list[str] = []
        pages = self

        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = f"https://{self.headers['X-Host']}{self.path}"
                pages.asked.append(url)
                status, body = pages.answers.get(url, (404, b"rien"))
                self.send_response(status)
                if pages.location:
                    self.send_header("Location", pages.location)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port: int = self._server.server_address[1]

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Outside:
    """The world with its names led to the two servers."""

    def __init__(self, names: NameServer, pages: Pages, context: ssl.SSLContext) -> None:
        self._names = Names(names.host, names.port)
        self._pages = pages
        self.context = context

    def services(self, service: str, domain: str) -> tuple[Service, ...]:
        return self._names.services(service, domain)

    def fetch(self, url: str, limit_octets: int) -> bytes | None:
        host, _slash, path = url.removeprefix("https://").partition("/")
        reply = exchange(
            "GET",
            f"https://localhost:{self._pages.port}/{path}",
            self.context,
            headers={"X-Host": host},
            limit_octets=limit_octets,
            wait_s=5,
        )
        return body_of(reply.status, reply.body)


@pytest.fixture
def names() -> Iterator[NameServer]:
    with NameServer() as server:
        server.zones.add(DOMAIN)
        yield server


@pytest.fixture
def pages(server_tls: ssl.SSLContext) -> Iterator[Pages]:
    pages = Pages(server_tls)
    pages.start()
    yield pages
    pages.stop()


@pytest.fixture
def world(names: NameServer, pages: Pages, authority: Authority) -> Outside:
    return Outside(names, pages, client_context(authority.ca_pem.decode()))


def states(found: Discovery, kind: str) -> list[str]:
    return [step.state for step in found.steps if step.kind == kind]


def test_srv_comes_first_and_every_step_is_told(names: NameServer, pages: Pages, world: Outside) -> None:
    names.serve(
        DOMAIN,
        imaps="0 1 993 imap.cabinet.mssante.fr.",
        imap="0 1 143 imap.cabinet.mssante.fr.",
        submission="0 1 587 envoi.cabinet.mssante.fr.",
        sieve="0 1 4190 imap.cabinet.mssante.fr.",
    )
    pages.answers[addresses(DOMAIN)[0]] = (200, page("autre.cabinet.mssante.fr"))
    found = discover(ADDRESS, world)
    assert found.proposal is not None
    assert found.proposal.source == "srv"
    assert found.proposal.imap == Endpoint(host="imap.cabinet.mssante.fr", port=993, security="tls")
    assert found.proposal.smtp == Endpoint(host="envoi.cabinet.mssante.fr", port=587, security="starttls")
    assert found.proposal.sieve == Endpoint(host="imap.cabinet.mssante.fr", port=4190, security="starttls")
    assert found.proposal.outside == ()
    assert len(states(found, "srv")) == 7
    assert states(found, "page") == ["found", "nothing"]
    assert states(found, "profile") == ["nothing"]
    assert all(step.sentence for step in found.steps)


def test_priority_is_obeyed_and_a_dot_means_no(names: NameServer, world: Outside) -> None:
    names.records[f"_imap._tcp.{DOMAIN}"] = [
        "20 1 143 secours.cabinet.mssante.fr.",
        "10 1 143 deux.cabinet.mssante.fr.",
        "10 9 143 un.cabinet.mssante.fr.",
    ]
    names.serve(DOMAIN, imaps="0 0 0 .", submissions="0 0 465 envoi.cabinet.mssante.fr.")
    found = discover(ADDRESS, world)
    assert found.proposal is not None
    assert found.proposal.imap == Endpoint(host="un.cabinet.mssante.fr", port=143, security="starttls")
    assert found.proposal.smtp.security == "tls"


def test_a_host_outside_of_the_domain_is_asked_about(names: NameServer, world: Outside) -> None:
    names.serve(
        DOMAIN,
        imaps="0 1 993 imap.voleur.example.",
        submissions="0 1 465 smtp.autre-operateur.mssante.fr.",
    )
    found = discover(ADDRESS, world)
    assert found.proposal is not None
    assert found.proposal.outside == ("imap.voleur.example", "smtp.autre-operateur.mssante.fr")
    assert "votre accord" in found.steps[0].sentence


@pytest.mark.parametrize(
    ("host", "inside"),
    [
        ("cabinet.mssante.fr", True),
        ("imap.cabinet.mssante.fr", True),
        ("imap.mssante.fr", False),
        ("mssante.fr", False),
        ("faux-cabinet.mssante.fr", False),
        ("cabinet.mssante.fr.voleur.example", False),
    ],
)
def test_what_is_inside(host: str, inside: bool) -> None:
    assert is_inside(host, DOMAIN) == inside


@pytest.mark.parametrize(
    "target", [r"voleur\.cabinet.mssante.fr.", r"a\032b.cabinet.mssante.fr.", "_x.y.fr."]
)
def test_a_target_that_is_no_host_is_left_out(names: NameServer, world: Outside, target: str) -> None:
    names.serve(DOMAIN, imaps=f"0 1 993 {target}", submissions=f"0 1 465 {target}")
    found = discover(ADDRESS, world)
    assert found.proposal is None
    assert found.steps[0].state == "nothing"


def test_the_page_may_leave_the_domain_to_be_filled_in() -> None:
    read = read_page(page("imap.%EMAILDOMAIN%"), ADDRESS)
    assert read.imap == Endpoint(host=f"imap.{DOMAIN}", port=993)


def test_the_page_comes_next(pages: Pages, world: Outside) -> None:
    pages.answers[addresses(DOMAIN)[1]] = (200, page())
    found = discover(ADDRESS, world)
    assert found.proposal is not None
    assert found.proposal.source == "page"
    assert found.proposal.imap.security == "tls"
    assert found.proposal.smtp == Endpoint(host="smtp.cabinet.mssante.fr", port=587, security="starttls")
    assert found.proposal.authentications == ("psc", "password")
    assert found.proposal.login == "camille.aubry"
    assert ADDRESS not in "".join(pages.asked)


def test_nothing_found_gives_a_guess_and_no_proposal(world: Outside) -> None:
    found = discover(ADDRESS, world)
    assert found.proposal is None
    assert found.guess is not None
    assert found.guess.imap.host == "imap.cabinet.mssante.fr"


def test_a_chosen_operator_is_told_and_its_habits_hold(names: NameServer, world: Outside) -> None:
    names.serve(DOMAIN, imaps="0 1 993 imap.cabinet.mssante.fr.", submissions="0 1 465 s.cabinet.mssante.fr.")
    found = discover(ADDRESS, world, operator="mailiz")
    assert found.proposal is not None
    assert found.proposal.operator == "mailiz"
    assert found.proposal.login == ""
    assert found.proposal.authentications[0] == "psc"


# -- bad input ---------------------------------------------------------------------------------------------


def page_step(found: Discovery) -> tuple[str, str]:
    step = next(step for step in found.steps if step.kind == "page")
    assert step.sentence
    return step.state, step.code


@pytest.mark.parametrize(
    ("body", "state", "code"),
    [
        (page(socket_type="plain"), "refused", "starttls-missing"),
        (b"<!DOCTYPE html><html><body>Identifiez-vous</body></html>", "failed", "autoconfig-html"),
        (b"\n<html><head>", "failed", "autoconfig-html"),
        (b"<clientConfig>", "failed", "autoconfig-malformed"),
        (b"", "failed", "autoconfig-malformed"),
        (b"<autre/>", "failed", "autoconfig-malformed"),
        (b"<clientConfig/>", "nothing", ""),
        (b" " * 50_000_000, "failed", "autoconfig-too-long"),
        (
            b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]>'
            b"<clientConfig>&b;</clientConfig>",
            "failed",
            "autoconfig-malformed",
        ),
        (
            b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
            b"<clientConfig>&x;</clientConfig>",
            "failed",
            "autoconfig-malformed",
        ),
        (
            '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE clientConfig [<!ENTITY a "lol">]>'
            "<clientConfig>&a;</clientConfig>".encode("utf-16"),
            "failed",
            "autoconfig-malformed",
        ),
        (b"<clientConfig>" + b"<a/>" * 5000 + b"</clientConfig>", "failed", "autoconfig-malformed"),
        (
            b"<clientConfig>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</clientConfig>",
            "failed",
            "autoconfig-malformed",
        ),
    ],
    ids=[
        "clear",
        "portal",
        "portal2",
        "torn",
        "empty",
        "other",
        "nothing",
        "50MB",
        "bomb",
        "xxe",
        "utf16",
        "many",
        "deep",
    ],
)
def test_bad_pages(pages: Pages, world: Outside, body: bytes, state: str, code: str) -> None:
    pages.answers[addresses(DOMAIN)[0]] = (200, body)
    found = discover(ADDRESS, world)
    assert page_step(found) == (state, code)
    assert found.proposal is None


@pytest.mark.parametrize("target", ["https://voleur.example/config.xml", "http://cabinet.mssante.fr/c.xml"])
def test_a_redirect_is_told_and_not_followed(pages: Pages, world: Outside, target: str) -> None:
    pages.location = target
    pages.answers[addresses(DOMAIN)[0]] = (302, b"")
    found = discover(ADDRESS, world)
    assert page_step(found) == ("refused", "autoconfig-moved")
    assert len(pages.asked) == 2


def test_a_page_that_is_refused_is_told(pages: Pages, world: Outside) -> None:
    pages.answers[addresses(DOMAIN)[0]] = (403, b"non")
    assert page_step(discover(ADDRESS, world)) == ("failed", "autoconfig-refused")


def test_a_portal_with_a_foreign_certificate(names: NameServer, pages: Pages) -> None:
    found = discover(ADDRESS, Outside(names, pages, client_context()))
    assert page_step(found) == ("failed", "certificate-untrusted")
    assert "navigateur" in next(step.sentence for step in found.steps if step.kind == "page")
    assert pages.asked == []
    assert found.problem is not None
    assert found.problem.code == "captive-portal"


def test_a_portal_with_a_page(pages: Pages, world: Outside) -> None:
    for url in addresses(DOMAIN):
        pages.answers[url] = (200, b"<!doctype html><html>Wi-Fi du CHU")
    found = discover(ADDRESS, world)
    assert found.problem is not None
    assert found.problem.code == "captive-portal"


def test_a_name_server_that_answers_everything(names: NameServer, world: Outside) -> None:
    names.records["*"] = ["0 1 993 portail.voleur.example."]
    found = discover(ADDRESS, world)
    assert found.proposal is None
    assert {step.code for step in found.steps if step.kind == "srv"} == {"dns-answers-everything"}
    assert found.problem is not None
    assert found.problem.code == "captive-portal"


def test_a_domain_that_does_not_exist(names: NameServer, world: Outside) -> None:
    found = discover("camille@cabinet-qui-n-est-pas.fr", world)
    assert {step.code for step in found.steps if step.kind == "srv"} == {"domain-unknown"}
    assert found.problem is not None
    assert found.problem.code == "domain-unknown"
    assert names.asked.count("cabinet-qui-n-est-pas.fr") == 1


class Cut:
    """No network at all: no name is found, no host either."""

    def services(self, service: str, domain: str) -> tuple[Service, ...]:
        _fail("dns-failed")

    def fetch(self, url: str, limit_octets: int) -> bytes | None:
        _fail("host-unknown")


def _fail(code: str) -> NoReturn:
    raise WorldError(code, "Rien.", "Réessayez.")


def test_no_network() -> None:
    found = discover(ADDRESS, Cut())
    assert found.proposal is None
    assert found.problem is not None
    assert found.problem.code == "no-network"


def test_a_name_server_that_fails_for_all(names: NameServer, world: Outside) -> None:
    names.failing.add("*")
    found = discover(ADDRESS, world)
    assert found.problem is not None
    assert found.problem.code == "dns-failed"


def test_slow_answers_are_not_waited_for(names: NameServer, world: Outside) -> None:
    names.serve(DOMAIN, imaps="0 1 993 imap.cabinet.mssante.fr.", submissions="0 1 465 s.cabinet.mssante.fr.")
    waiting = threading.Event()

    class Slow(Outside):
        def fetch(self, url: str, limit_octets: int) -> bytes | None:
            waiting.wait(20)
            return None

    begun = time.monotonic()
    found = discover(ADDRESS, Slow(names, world._pages, world.context), limit_s=1.5)
    assert time.monotonic() - begun < 6
    waiting.set()
    assert found.proposal is not None
    assert page_step(found) == ("failed", "timeout")


def test_an_address_book_elsewhere_is_asked_about(names: NameServer, world: Outside) -> None:
    names.serve(
        DOMAIN,
        imaps="0 1 993 imap.cabinet.mssante.fr.",
        submissions="0 1 465 s.cabinet.mssante.fr.",
        carddavs="0 1 443 contacts.voleur.example.",
    )
    found = discover(ADDRESS, world)
    assert found.proposal is not None
    assert found.proposal.outside == ("contacts.voleur.example",)


def test_a_name_server_that_fails_or_says_nothing(names: NameServer, world: Outside) -> None:
    names.failing.update(f"{service}._tcp.{DOMAIN}" for service in ("_imaps", "_imap"))
    found = discover(ADDRESS, world)
    codes = {step.what.split(".")[0]: step.code for step in found.steps if step.kind == "srv"}
    assert (codes["_imaps"], codes["_submission"]) == ("dns-failed", "")


def test_a_mute_name_server_ends_in_time(names: NameServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "_LIFETIME_S", 1.0)
    names.mute = True
    begun = time.monotonic()
    with pytest.raises(WorldError) as refusal:
        Names(names.host, names.port).services("_imaps", DOMAIN)
    assert refusal.value.code == "dns-timeout"
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    "address",
    [
        "",
        "camille",
        "@cabinet.mssante.fr",
        "a@b",
        "a b@c.fr",
        "a@" + "x" * 70 + ".fr",
        "a@voleur.example/x.fr",
        "a@x..fr",
        "a@-x.fr",
    ],
)
def test_an_address_that_is_none(world: Outside, address: str) -> None:
    with pytest.raises(MssError) as refusal:
        discover(address, world)
    assert refusal.value.code == "address-malformed"


def test_it_can_be_cancelled(world: Outside) -> None:
    def stop(done: int, total: int) -> None:
        if done == 1:
            raise WorldError("cancelled", "Annulé.", "")

    with pytest.raises(WorldError):
        discover(ADDRESS, world, asked=stop)


@given(st.binary(max_size=2000))
def test_any_page_is_read_or_refused(data: bytes) -> None:
    for each in (data, page(extra=data.decode("latin-1"))):
        _read(lambda each=each: read_page(each, ADDRESS))


def _read(work: Callable[[], object]) -> None:
    try:
        work()
    except WorldError as error:
        if not error.code.startswith("autoconfig-"):
            raise
