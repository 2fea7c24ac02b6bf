"""``doctor --json`` on a profile with one BAL for each fault: each is named, and nobody is given away."""

import contextlib
import json
import socket
import ssl
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mssclient.engine.diagnosis.world import has_route
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.ids import AccountId
from mssclient.model.secrets import Secret
from mssclient.model.wants import SetSetting
from mssclient.store.accounts import add_account
from mssclient.store.key import load_key
from mssclient.store.profile import Profile
from mssclient.store.store import Priority, Store
from tests.badinput.disks import small_disk
from tests.badinput.practice import PASSPHRASE, Answered, command_line, faults_of, practice
from tests.cli.rude import RudeImap
from tests.planted import assert_no_secret, seed_secret
from tests.servers import Authority, Identity, ImapServer, LdapServer
from tests.servers.outside import Outside
from tests.servers.pages import Pages
from tests.servers.revocation import Publisher

pytestmark = pytest.mark.servers

DOMAIN = "cabinet-essai.example"
PASSWORD = seed_secret("un mot de passe d’essai")
GOOD = "tout-va-bien"

REFUSALS = {
    "throttled": (b"NO [LIMIT] Too many connections", "login-throttled"),
    "locked": (b"NO [AUTHENTICATIONFAILED] Account is locked", "account-locked"),
    "must-change": (
        b"NO [ALERT] password must be changed before IMAP login permitted",
        "password-must-change",
    ),
    "out-of-date": (b"NO [EXPIRED] Password expired", "password-expired"),
    "mistyped": (b"NO [AUTHENTICATIONFAILED] Authentication failed.", "login-refused"),
}


def too_old(authority: Authority, folder: Path) -> ssl.SSLContext:
    context = authority.server().server_context(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


def impostor() -> Identity:
    return Authority("AC RACINE IGC-SANTE ELEMENTAIRE").subordinate("AC IGC-SANTE ORGANISATIONS").server()


CERTIFICATES: dict[str, tuple[Callable[[Authority, Path], ssl.SSLContext], str]] = {
    "self-signed": (lambda _ours, at: Authority.self_signed().server_context(at), "certificate-untrusted"),
    "foreign": (lambda _ours, at: Authority("AC x").server().server_context(at), "certificate-untrusted"),
    "impostor": (lambda _ours, at: impostor().server_context(at), "certificate-impostor"),
    "expired": (lambda ours, at: ours.expired_server().server_context(at), "certificate-expired"),
    "of-another": (lambda ours, at: ours.wrong_name_server().server_context(at), "certificate-name"),
    "downgraded": (too_old, "tls-too-old"),
}


class Ward:
    """A profile with one BAL for each fault, each ``fault@…``; what the rude servers were asked."""

    def __init__(self, profile: Path, servers: dict[str, RudeImap], passwords: dict[str, str]) -> None:
        self.profile = profile
        self.servers = servers
        self.passwords = passwords
        self._told: Answered | None = None

    def run(self, *more: str | Path, as_json: bool = True) -> Answered:
        return command_line(
            "doctor", *more, profile=self.profile, passwords=self.passwords, as_json=as_json, within_s=150
        )

    @property
    def told(self) -> Answered:
        if self._told is None:
            self._told = self.run("--text", self.profile.parent / "support.txt", "--requirements")
        return self._told

    def of(self, fault: str) -> list[dict[str, Any]]:
        address = fault if "@" in fault else f"{fault}@{DOMAIN}"
        return [each for each in self.told.document["checks"] if each["account"] == address]

    def codes(self, fault: str, check: str) -> set[str]:
        return {each["code"] for each in self.of(fault) if each["check"] == check}


@pytest.fixture(scope="module")
def closed_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture(scope="module")
def ward(
    tmp_path_factory: pytest.TempPathFactory,
    dovecot: ImapServer,
    slapd: LdapServer,
    authority: Authority,
    closed_port: int,
) -> Iterator[Ward]:
    place = tmp_path_factory.mktemp("w")
    with contextlib.ExitStack() as stack:
        publisher = stack.enter_context(Publisher())
        servers: dict[str, RudeImap] = {}
        right = authority.server().server_context(place / "right")
        for name, (answer, _code) in REFUSALS.items():
            servers[name] = stack.enter_context(RudeImap(right, answer))
        for name, (make, _code) in CERTIFICATES.items():
            servers[name] = stack.enter_context(RudeImap(make(authority, place / name)))
        gone = authority.server(crl_url=publisher.url("/essais.crl"))
        publisher.answers["/essais.crl"] = authority.revocation_list([gone])
        servers["revoked"] = stack.enter_context(RudeImap(gone.server_context(place / "revoked")))
        passwords = _fill(place / "p", servers, dovecot, slapd, authority, closed_port)
        yield Ward(place / "p", servers, passwords)


def _fill(
    profile: Path,
    servers: dict[str, RudeImap],
    dovecot: ImapServer,
    slapd: LdapServer,
    authority: Authority,
    closed_port: int,
) -> dict[str, str]:
    """Accounts are written into the store: no operator would let most of them in."""
    anchor = authority.ca_pem.decode()
    nowhere = Endpoint(host="localhost", port=closed_port)
    ends = {name: Endpoint(host="localhost", port=each.port) for name, each in servers.items()}
    accounts = [
        _account(name, end, nowhere, anchor) for name, end in {**ends, "unreachable": nowhere}.items()
    ]
    address, password = dovecot.new_user("bienportant")
    passwords = {each.address: PASSWORD for each in accounts} | {address: password}
    accounts.append(_whole(address, dovecot, dovecot.sieve_port, slapd))
    address = dovecot.new_user("filtresfermes")[0]
    dovecot.set_password(
        address, ""
    )  # known to the directory alone, which the server of filters does not ask
    passwords[address] = slapd.users["bob"][1]
    asks_directory = dovecot.with_directory(f"ldaps://127.0.0.1:{slapd.port}", slapd.dn("bob"))
    accounts.append(_whole(address, asks_directory, dovecot.sieve_port, slapd))
    with practice(profile) as desk:
        desk.ear.do(SetSetting(name="hprim.directory", value='"/sys/kernel"'))
    key = load_key(Profile(profile), ask=None, passphrase=Secret(PASSPHRASE))
    store = Store.open(Profile(profile).store_path, key)
    for each in accounts:
        store.write(Priority.PERSON, lambda tx, each=each: add_account(tx, each))
    store.close()
    return passwords


def _whole(address: str, server: ImapServer, sieve_port: int, slapd: LdapServer) -> Account:
    return Account(
        id=AccountId(0),
        address=address,
        name="Dr Camille DUVALLON",
        imap=Endpoint(host="localhost", port=server.port_starttls, security="starttls"),
        smtp=Endpoint(host="localhost", port=server.submission_starttls, security="starttls"),
        sieve=Endpoint(host="localhost", port=sieve_port, security="starttls"),
        ldap=Endpoint(host="localhost", port=slapd.port),
        ca_pem=server.ca_pem.decode(),
    )


def _account(name: str, imap: Endpoint, smtp: Endpoint, anchor: str) -> Account:
    return Account(
        id=AccountId(0),
        address=f"{name}@{DOMAIN}",
        login=f"{name}.duvallon",
        imap=imap,
        smtp=smtp,
        ca_pem=anchor,
    )


@pytest.mark.parametrize("fault", CERTIFICATES)
def test_a_bad_server_is_named(ward: Ward, fault: str) -> None:
    code = CERTIFICATES[fault][1]
    assert ward.codes(fault, "imap-chain") == {code}
    assert ward.codes(fault, "imap") == {code}


def test_self_signed_and_foreign_are_told_apart(ward: Ward) -> None:
    (ours,) = (each["sentence"] for each in ward.of("self-signed") if each["check"] == "imap-chain")
    (other,) = (each["sentence"] for each in ward.of("foreign") if each["check"] == "imap-chain")
    assert ours != other


def test_a_revoked_server_is_named(ward: Ward) -> None:
    told = {each["code"] for each in ward.of("revoked") if each["area"] == "tls" and each["state"] == "fail"}
    assert "certificate-revoked" in told


def test_a_server_that_is_not_there_is_named(ward: Ward) -> None:
    assert ward.codes("unreachable", "imap") == {"host-unreachable"}
    assert ward.codes("unreachable", "submission") == {"host-unreachable"}


@pytest.mark.parametrize("fault", REFUSALS)
def test_a_refused_login_is_named_and_tried_once(ward: Ward, fault: str) -> None:
    assert ward.codes(fault, "imap") == {REFUSALS[fault][1]}
    assert {each["state"] for each in ward.of(fault) if each["check"] == "submission"} == {"skip"}
    assert {each["state"] for each in ward.of(fault) if each["check"] == "imap-chain"} == {"ok"}
    assert ward.servers[fault].logins == 1


def test_a_bal_in_order_is_told_so(ward: Ward) -> None:
    address = next(each for each in ward.passwords if DOMAIN not in each)
    checks = {(each["area"], each["check"]): each for each in ward.of(address)}
    for place in (
        ("tls", "imap-chain"),
        ("tls", "smtp-chain"),
        ("tls", "sieve-chain"),
        ("operator", "imap"),
        ("operator", "folders"),
        ("operator", "submission"),
        ("operator", "sender"),
        ("directory", "connection"),
        ("sieve", "connection"),
        ("sieve", "login"),
    ):
        assert checks[place]["state"] == "ok", checks[place]


def test_filters_that_do_not_take_the_password_are_named(ward: Ward) -> None:
    address = next(each for each in ward.passwords if each.startswith("filtresfermes@"))
    checks = {(each["area"], each["check"]): each for each in ward.of(address)}
    assert [checks["operator", each]["state"] for each in ("imap", "submission")] == ["ok", "ok"]
    assert checks["sieve", "connection"]["state"] == "ok"
    login = checks["sieve", "login"]
    assert (login["state"], login["code"]) == ("fail", "login-refused")
    assert "La réception accepte ce mot de passe" in login["remedy"]


def test_the_hprim_directory_that_nobody_may_write_to(ward: Ward) -> None:
    (check,) = (each for each in ward.told.document["checks"] if each["area"] == "hprim")
    assert (check["state"], check["code"]) == ("fail", "hprim-directory-read-only")


def test_every_line_is_french_with_a_remedy(ward: Ward) -> None:
    assert ward.told.code == 1
    for each in ward.told.document["checks"]:
        assert set(each) >= {"area", "check", "state", "sentence", "remedy", "account", "code"}
        assert not faults_of(each["sentence"]), (each, faults_of(each["sentence"]))
        if each["state"] == "fail":
            assert each["code"]
            assert not faults_of(each["remedy"]), (each, faults_of(each["remedy"]))


def test_the_areas_of_the_page_are_all_there(ward: Ward) -> None:
    areas = {each["area"] for each in ward.told.document["checks"]}
    expected = "network proxy clock card dns tls operator account directory sieve trust store hprim wants"
    assert areas >= set(expected.split())


def test_requirements_are_told(ward: Ward) -> None:
    told = ward.told.document["requirements"]
    assert {each["id"] for each in told} >= {"ECO.1.0.1", "ECO.1.1.10", "ECO.4.1.2"}
    assert all(set(each) == {"id", "title", "state", "sentence"} for each in told)


def test_the_text_names_faults_and_nobody(ward: Ward) -> None:
    _told = ward.told
    text = (ward.profile.parent / "support.txt").read_text(encoding="utf-8")
    assert (ward.profile.parent / "support.txt").stat().st_mode & 0o077 == 0
    for code in ("certificate-impostor", "certificate-revoked", "account-locked", "host-unreachable"):
        assert code in text
    assert DOMAIN in text
    assert "@" not in text
    for private in ("duvallon", "DUVALLON", "Camille", "bienportant", str(ward.profile)):
        assert private not in text, private
    assert_no_secret(text, "the text for the support desk")


def test_one_bal_alone(ward: Ward) -> None:
    begun = time.monotonic()
    told = ward.run("--account", f"locked@{DOMAIN}")
    assert time.monotonic() - begun < 60
    assert {each["account"] for each in told.document["checks"]} <= {f"locked@{DOMAIN}", None}
    assert "account-locked" in {each["code"] for each in told.document["checks"]}
    assert told.code == 1


def test_a_text_that_cannot_be_written(ward: Ward) -> None:
    told = ward.run("--account", f"unreachable@{DOMAIN}", "--text", ward.profile.parent)
    told.problem("file-not-written")
    assert told.code == 3


def test_words_for_people(ward: Ward) -> None:
    told = ward.run("--account", f"locked@{DOMAIN}", as_json=False)
    text = told.out.decode()
    assert "Certificats des serveurs" in text
    assert "✗" in text


# -- faults of the world around ------------------------------------------------------------------------------


class Around:
    """A profile with one BAL of ``Outside``'s domain, and the world that its programs see."""

    def __init__(
        self, place: Path, outside: Outside, closed_port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.outside = outside
        self.monkeypatch = monkeypatch
        self._profile = place / "p"
        for name, value in outside.environment.items():
            monkeypatch.setenv(name, value)
        outside.host(f"imap.{outside.domain}", {993: closed_port})
        imap = Endpoint(host=f"imap.{outside.domain}", port=993)
        smtp = Endpoint(host=f"smtp.{outside.domain}", port=465)
        account = _account("x", imap, smtp, "")
        self.address = f"x@{outside.domain}"
        self._account = msgspec.structs.replace(account, address=self.address)

    def codes(self, **settings: object) -> dict[tuple[str, str], set[str]]:
        """By area and check, as ``doctor --json`` names them."""
        with practice(self._profile) as desk:
            for name, value in settings.items():
                desk.ear.do(SetSetting(name=name.replace("_", "."), value=json.dumps(value)))
        profile = Profile(self._profile)
        store = Store.open(profile.store_path, load_key(profile, ask=None, passphrase=Secret(PASSPHRASE)))
        store.write(Priority.PERSON, lambda tx: add_account(tx, self._account))
        store.close()
        told = command_line("doctor", profile=self._profile, passwords={self.address: PASSWORD}, within_s=120)
        assert told.code == 1, told.err
        found: dict[tuple[str, str], set[str]] = {}
        for each in told.document["checks"]:
            found.setdefault((each["area"], each["check"]), set()).add(each["code"])
        return found


@pytest.fixture
def around(
    tmp_path: Path, authority: Authority, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Around]:
    if not has_route("192.0.2.1", socket.AF_INET):
        pytest.skip("this computer has no network: nothing around it can be at fault")
    with Outside(tmp_path, authority.server().server_context(tmp_path / "tls")) as outside:
        yield Around(tmp_path, outside, closed_port, monkeypatch)


AUTHORITY = "igc-sante.esante.gouv.fr"


def test_a_portal_a_wrong_clock_and_names_that_do_not_answer(around: Around) -> None:
    portal = Pages((302, {"Location": "http://portail.hotel.example/"}), shift_s=-86400 * 30)
    around.outside.host(AUTHORITY, {80: portal.port})
    around.outside.names.mute = True
    try:
        codes = around.codes()
    finally:
        portal.end()
    assert codes["network", "portal"] == {"captive-portal"}
    assert codes["clock", "date"] == {"clock-wrong"}
    assert codes["dns", "srv"] == {"dns-timeout"}
    assert codes["dns", "host"] == {"", "host-unknown"}
    assert codes["operator", "imap"] == {"host-unreachable"}
    assert codes["operator", "submission"] == {"host-unknown"}


def test_a_dead_proxy_other_servers_announced_and_a_silent_authority(
    around: Around, closed_port: int
) -> None:
    around.outside.names.serve(around.outside.domain, imaps="0 1 993 ailleurs.example.")
    around.monkeypatch.setenv("https_proxy", f"http://localhost:{closed_port}")
    around.monkeypatch.setenv("no_proxy", "")
    codes = around.codes(hprim_directory="/nulle/part")
    assert codes["proxy", "settings"] == {"proxy-unreachable"}
    assert codes["dns", "srv"] == {"srv-differs"}
    assert codes["network", "portal"] == {"authority-unreachable"}
    assert codes["hprim", "directory"] == {"hprim-directory-missing"}
    assert codes["trust", "whitelist"] == {"whitelist-unverified"}


def test_a_full_disk(around: Around, tmp_path: Path) -> None:
    with small_disk(tmp_path, 2_000_000) as disk:
        disk.fill()
        codes = around.codes(hprim_directory=str(disk.place))
    assert codes["hprim", "directory"] == {"disk-full"}
