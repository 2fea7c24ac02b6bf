"""Certificates, revocation, filters, directory and the sender's address: the lines about servers."""

import ssl
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mssclient.access.credential import PasswordCredential
from mssclient.access.stream import Patience
from mssclient.engine.diagnosis import accounts, directory, servers, sieve
from mssclient.engine.diagnosis.servers import Server
from mssclient.engine.diagnosis.world import World
from mssclient.mail import checking
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.diagnosis import Check
from mssclient.model.errors import WorldError
from mssclient.model.ids import AccountId
from mssclient.model.secrets import Secret
from mssclient.operators.revocation import Revocation
from tests.badinput import operator as operators
from tests.badinput.operator import AIOSMTPD, Operator
from tests.badinput.practice import faults_of
from tests.cli.rude import RudeImap
from tests.planted import seed_secret
from tests.servers import Authority, Close, Expect, Identity, ImapServer, ScriptedServer, Send
from tests.servers.revocation import Publisher
from tests.servers.scripted import Script

PASSWORD = seed_secret("Sésame-du-diagnostic!")
NOW = datetime.now(UTC)
WORLD = World(patience=Patience(connect_s=5, reply_s=5))


def account(port: int, authority: Authority | None = None, **more: str) -> Account:
    here = Endpoint(host="localhost", port=port)
    anchor = authority.ca_pem.decode() if authority is not None else ""
    return Account(id=AccountId(1), address="a@x.example", imap=here, smtp=here, ca_pem=anchor, **more)


def french(checks: Iterator[Check]) -> dict[str, Check]:
    found = list(checks)
    for each in found:
        assert not faults_of(each.sentence), (each.sentence, faults_of(each.sentence))
        if each.state in ("warn", "fail"):
            assert each.code
            assert not faults_of(each.remedy), (each.remedy, faults_of(each.remedy))
    return {each.check: each for each in found}


# -- certificates --------------------------------------------------------------------------------------------


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with Publisher() as server:
        yield server


@pytest.fixture
def looked(tmp_path: Path) -> Callable[..., dict[str, Check]]:
    """The lines about a server that shows this certificate."""

    def look(authority: Authority, identity: Identity, **more: str) -> dict[str, Check]:
        with RudeImap(identity.server_context(tmp_path)) as server:
            one = account(server.port, authority, **more)
            revocation = Revocation(tmp_path / "revocation", wait_s=5)
            told = french(servers.check(one, Server(service="imap", endpoint=one.imap), WORLD, revocation))
            assert revocation.settle(20)
            return told

    return look


def test_a_server_in_order_of_an_own_authority(looked: Callable[..., dict[str, Check]]) -> None:
    ours = Authority("AC du cabinet")
    told = looked(ours, ours.server())
    assert {name: each.state for name, each in told.items()} == {
        "imap-chain": "ok",
        "imap-end": "ok",
        "imap-revocation": "skip",
    }
    assert "TLS\u00a01.3" in told["imap-chain"].sentence
    assert "ajoutée à cette boîte" in told["imap-chain"].sentence
    assert told["imap-chain"].detail.startswith("TLS_")


def test_a_certificate_that_ends_soon(looked: Callable[..., dict[str, Check]]) -> None:
    ours = Authority()
    told = looked(ours, ours.server(end=NOW + timedelta(days=9, hours=1)))
    assert (told["imap-end"].state, told["imap-end"].code) == ("warn", "certificate-expires-soon")
    assert "9 jours" in told["imap-end"].sentence.replace("\u00a0", " ")


def test_revocation_good_unknown_and_revoked(
    looked: Callable[..., dict[str, Check]], publisher: Publisher
) -> None:
    ours = Authority()
    identity = ours.server(crl_url=publisher.url("/a.crl"))
    publisher.answers["/a.crl"] = ours.revocation_list()
    assert looked(ours, identity)["imap-revocation"].state == "ok"
    other = ours.server(crl_url=publisher.url("/b.crl"))
    line = looked(ours, other)["imap-revocation"]
    assert (line.state, line.code) == ("warn", "revocation-unknown")
    assert "404" in line.detail
    gone = ours.server(crl_url=publisher.url("/c.crl"))
    publisher.answers["/c.crl"] = ours.revocation_list([gone])
    line = looked(ours, gone)["imap-revocation"]
    assert (line.state, line.code) == ("fail", "certificate-revoked")


def test_a_server_that_waits_for_a_card_is_no_failure(
    scripted: Callable[..., ScriptedServer], tmp_path: Path
) -> None:
    """Before TLS 1.3 a handshake without certificate is refused; the chain is then seen at the login."""
    ours = Authority()
    context = ours.server().server_context(tmp_path)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=ours.ca_pem.decode())
    with RudeImap(context) as server:
        for auth, state in (("cps", "skip"), ("password", "fail")):
            one = account(server.port, ours, auth=auth)
            where = Server(service="imap", endpoint=one.imap)
            told = french(servers.check(one, where, WORLD, Revocation(None)))
            assert told["imap-chain"].state == state


def test_servers_of_an_account_with_filters() -> None:
    one = account(993)
    assert [each.service for each in servers.servers_of(one, None)] == ["imap", "smtp"]
    assert [each.service for each in servers.servers_of(one, one.imap)] == ["imap", "smtp", "sieve"]


# -- filters and directory -----------------------------------------------------------------------------------

ODD = {
    "no STARTTLS": ([Send(b'"IMPLEMENTATION" "x"\r\nOK\r\n')], "starttls-missing"),
    "busy": ([Send(b'BYE "later"\r\n')], "server-busy"),
    "something else": ([Send(b"220 smtp ready\r\n")], "protocol-nonsense"),
    "endless": ([Send(b'"A" "b"\r\n' * 10_000), Close()], "protocol-nonsense"),
    "gone": ([Close()], "connection-lost"),
}


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("inside", [True, False])
def test_odd_filter_servers_are_warned_about(
    scripted: Callable[..., ScriptedServer], kind: str, inside: bool
) -> None:
    script, code = ODD[kind]
    there = Endpoint(host="localhost", port=scripted(script).port, security="starttls")
    told = filters(account(1), there, inside=inside)
    assert (told["connection"].state, told["connection"].code) == ("warn", code)
    assert "login" not in told


FILTERS = Send(b'"SASL" "PLAIN"\r\n"SIEVE" "fileinto"\r\nOK\r\n')
LOG_OUT: Script = [Expect(rb"LOGOUT"), Send(b"OK\r\n")]
ENTERED: Script = [Expect(rb'AUTHENTICATE "PLAIN" .*'), Send(b"OK\r\n"), Expect(rb"CAPABILITY"), FILTERS]
IMAP_OK = Check(area="operator", check="imap", state="ok", sentence="Bon.")
IMAP_REFUSED = Check(area="operator", check="imap", state="fail", sentence="Non.", code="login-refused")

Filters = Callable[..., dict[str, Check]]


@pytest.fixture
def behind_tls(
    scripted: Callable[..., ScriptedServer], server_tls: ssl.SSLContext, authority: Authority
) -> Filters:
    """The lines about a server of filters that plays this after the handshake."""

    def look(script: Script, told: tuple[Check, ...] = (), *, inside: bool = True) -> dict[str, Check]:
        there = Endpoint(host="localhost", port=scripted(script, tls=server_tls).port)
        return filters(account(1, authority), there, told, inside=inside)

    return look


def filters(
    one: Account, there: Endpoint | None, told: tuple[Check, ...] = (), *, inside: bool
) -> dict[str, Check]:
    desk: Any = Desk(inside=inside)
    return french(sieve.check(desk, one, there, WORLD, told))


def test_a_filter_server_is_logged_in_to_and_cannot_do_everything(behind_tls: Filters) -> None:
    lines = behind_tls([FILTERS, *ENTERED, *LOG_OUT], (IMAP_OK,))
    assert (lines["connection"].state, lines["login"].state) == ("ok", "ok")
    assert lines["extensions"].code == "sieve-extensions"


@pytest.mark.parametrize(("told", "inside"), [((IMAP_REFUSED,), True), ((), False)])
def test_what_was_refused_or_is_not_there_is_not_shown_to_filters(
    behind_tls: Filters, told: tuple[Check, ...], inside: bool
) -> None:
    lines = behind_tls([FILTERS, *LOG_OUT], told, inside=inside)
    assert (lines["connection"].state, lines["login"].state) == ("ok", "skip")


def test_filters_of_a_bal_whose_password_is_not_kept(
    behind_tls: Filters, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_desk: object, _account: Account) -> PasswordCredential:
        raise WorldError("password-missing", "Le mot de passe n’est pas enregistré.", "Saisissez-le.")

    monkeypatch.setattr(Desk, "credential", missing)
    assert behind_tls([FILTERS, *LOG_OUT])["login"].state == "skip"


@pytest.mark.parametrize(
    ("answer", "told", "code", "remedy"),
    [
        (b'NO "Authentication failed."', (IMAP_OK,), "login-refused", "La réception accepte"),
        (b'NO "Authentication failed."', (), "login-refused", "saisissez à nouveau"),
        (b'NO (AUTH-TOO-WEAK) "non"', (IMAP_OK,), "login-impossible", "page de l’opérateur"),
        (b'NO "Account is locked"', (IMAP_OK,), "account-locked", "assistance"),
    ],
)
def test_filters_that_refuse_the_login(
    behind_tls: Filters, answer: bytes, told: tuple[Check, ...], code: str, remedy: str
) -> None:
    lines = behind_tls([FILTERS, ENTERED[0], Send(answer + b"\r\n")], told)
    assert lines["connection"].state == "ok"
    assert (lines["login"].state, lines["login"].code) == ("fail", code)
    assert remedy in lines["login"].remedy
    assert lines["login"].sentence.startswith("Filtres\u00a0: ")


def test_filters_that_wait_for_a_card_are_no_failure(
    scripted: Callable[..., ScriptedServer], authority: Authority, tmp_path: Path
) -> None:
    context = authority.server().server_context(tmp_path)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=authority.ca_pem.decode())
    there = Endpoint(host="localhost", port=scripted([FILTERS], tls=context).port)
    assert filters(account(1, authority, auth="cps"), there, inside=False)["connection"].state == "skip"


def test_nothing_configured_is_nothing_checked() -> None:
    assert filters(account(1), None, inside=True)["connection"].state == "skip"
    assert french(directory.check(account(1), None, WORLD))["connection"].state == "skip"


def test_a_directory_that_is_not_there() -> None:
    line = french(directory.check(account(1), Endpoint(host="localhost", port=1), WORLD))["connection"]
    assert (line.state, line.code) == ("warn", "host-unreachable")


# -- login ---------------------------------------------------------------------------------------------------


class Desk:
    """Where one is in, or not."""

    def __init__(self, *, inside: bool) -> None:
        self.inside = inside
        self.tested = 0
        self.identities = self

    def is_in(self, _account: Account) -> bool:
        return self.inside

    def mailbox(self, _account: AccountId) -> "Desk":
        return self

    def credential(self, _account: Account) -> PasswordCredential:
        assert self.inside
        return PasswordCredential("a@x.example", Secret(PASSWORD))

    def test(self, patience: Patience) -> list[Check]:
        assert patience is WORLD.patience
        self.tested += 1
        return [Check(area="operator", check="imap", state="ok", sentence="Connecté.")]


@pytest.mark.parametrize("auth", ["cps", "psc"])
@pytest.mark.parametrize("inside", [True, False])
def test_no_code_and_no_telephone_is_asked_for(auth: str, inside: bool) -> None:
    desk = Desk(inside=inside)
    lines = french(accounts.login(desk, account(1, auth=auth), WORLD))  # type: ignore[arg-type]
    assert desk.tested == inside
    assert {each.state for each in lines.values()} == {"ok" if inside else "skip"}


class Choosy(Operator):
    """Answers MAIL FROM as it likes."""

    answer = "250 Ok"

    async def handle_MAIL(self, server, session, envelope, address, options):  # type: ignore[no-untyped-def]
        if self.answer.startswith("250"):
            envelope.mail_from = address
        return self.answer


@pytest.mark.servers
@pytest.mark.parametrize(
    ("answer", "state", "code"),
    [
        ("250 Ok", "ok", ""),
        ("550 5.7.1 Sender a@x.example not yours", "fail", "sender-refused"),
        ("451 4.3.0 Try later", "warn", "server-busy"),
    ],
)
def test_the_senders_address_is_tried_and_nothing_is_sent(
    dovecot: ImapServer,
    authority: Authority,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    new_user: tuple[str, str],
    noise: Any,
    answer: str,
    state: str,
    code: str,
) -> None:
    noise.expect(AIOSMTPD, must=False)
    monkeypatch.setattr(operators, "Operator", Choosy)
    monkeypatch.setattr(Choosy, "answer", answer)
    address, password = new_user
    with operators.operator_of(authority, tmp_path) as operator:
        one = Account(
            id=AccountId(1),
            address=address,
            imap=Endpoint(host="localhost", port=dovecot.port_tls),
            smtp=Endpoint(host="localhost", port=operator.port),
            ca_pem=authority.ca_pem.decode(),
        )
        begun = time.monotonic()
        told = french(iter(checking.run(one, PasswordCredential(address, Secret(password)))))
        assert time.monotonic() - begun < 10
        assert (told["sender"].state, told["sender"].code) == (state, code)
        assert "a@x.example" not in str(told)
        assert operator.taken == []
