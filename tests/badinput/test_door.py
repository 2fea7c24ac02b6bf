"""The way in: servers that are not there, wrong passwords, certificates that prove nothing."""

import imaplib
import os
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mssclient.model.accounts import Account, Endpoint
from mssclient.model.errors import Problem
from mssclient.model.questions import Diagnose, Diagnosis
from mssclient.model.wants import Submit
from tests.badinput.practice import Practice, clear, command_line, letter, practice
from tests.planted import seed_secret
from tests.servers import (
    Authority,
    Close,
    Expect,
    FaultProxy,
    Identity,
    ImapServer,
    ScriptedServer,
    Send,
    Stall,
)
from tests.servers.revocation import Publisher

pytestmark = pytest.mark.servers

WRONG = seed_secret("un mot de passe d’hier")


@pytest.fixture
def closed_port() -> Iterator[int]:
    """Taken by nobody who listens: connections are refused."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def impatient(patience: Callable[..., None]) -> None:
    patience(connect_s=1.0, reply_s=1.0)


def refusal(desk: Practice, server: ImapServer, user: str, *codes: str, **more: object) -> Problem:
    """What is told instead of an account; no account is kept."""
    address, _password = server.credentials(user)
    begun = time.monotonic()
    told = desk.add(server, user, **more)  # type: ignore[arg-type]
    assert time.monotonic() - begun < 20
    problem = clear(told, *codes)
    assert address not in {account.address for account in desk.view.accounts()}
    return problem


# -- unreachable -----------------------------------------------------------------------------------


@pytest.mark.parametrize("service", ["imap", "smtp"])
def test_nobody_listens(
    desk: Practice, dovecot: ImapServer, new_user: tuple[str, str], closed_port: int, service: str
) -> None:
    there = Endpoint(host="localhost", port=closed_port)
    problem = refusal(desk, dovecot, new_user[0], "host-unreachable", **{service: there})
    assert "localhost" in problem.sentence
    assert problem.exit_code == 3


@pytest.mark.parametrize("host", ["nulle-part.example", "", "a" * 300 + ".fr", "é\0", "..", "un nom"])
def test_no_such_server(desk: Practice, dovecot: ImapServer, new_user: tuple[str, str], host: str) -> None:
    there = Endpoint(host=host, port=993)
    refusal(desk, dovecot, new_user[0], "host-unknown", "host-unreachable", imap=there)


@pytest.mark.parametrize("port", [0, -1, 65536, 10**9])
def test_no_such_port(desk: Practice, dovecot: ImapServer, new_user: tuple[str, str], port: int) -> None:
    there = Endpoint(host="localhost", port=port)
    refusal(desk, dovecot, new_user[0], "host-unknown", "host-unreachable", imap=there)


@pytest.mark.parametrize("service", ["imap", "smtp"])
def test_a_server_that_says_nothing(
    desk: Practice,
    dovecot: ImapServer,
    new_user: tuple[str, str],
    scripted: Callable[..., ScriptedServer],
    server_tls: ssl.SSLContext,
    impatient: None,
    service: str,
) -> None:
    mute = Endpoint(host="localhost", port=scripted([Stall()], tls=server_tls).port)
    refusal(desk, dovecot, new_user[0], "timeout", **{service: mute})


def test_a_connection_that_is_dropped_at_once(
    desk: Practice, dovecot: ImapServer, new_user: tuple[str, str], scripted: Callable[..., ScriptedServer]
) -> None:
    rude = Endpoint(host="localhost", port=scripted([Close()]).port)
    refusal(desk, dovecot, new_user[0], "connection-lost", "tls-failed", imap=rude)


def test_clear_text_where_tls_was_said(
    desk: Practice, dovecot: ImapServer, new_user: tuple[str, str]
) -> None:
    wrong = Endpoint(host="localhost", port=dovecot.port_starttls)
    problem = refusal(desk, dovecot, new_user[0], "tls-failed", "connection-lost", imap=wrong)
    assert problem.code == "tls-failed"
    assert "STARTTLS" in problem.remedy


# -- passwords -------------------------------------------------------------------------------------


def test_a_wrong_password(desk: Practice, dovecot: ImapServer, new_user: tuple[str, str]) -> None:
    problem = refusal(desk, dovecot, new_user[0], "login-refused", password=WRONG)
    assert problem.exit_code == 4


@pytest.mark.parametrize("password", ["", "é" * 5000, "a\0b", "a\r\nz9 LOGOUT", '"\\'])
def test_an_odd_password(
    desk: Practice, dovecot: ImapServer, new_user: tuple[str, str], password: str
) -> None:
    refusal(desk, dovecot, new_user[0], "login-refused", "server-busy", "connection-lost", password=password)


def accepts(server: ImapServer, address: str, password: str) -> bool:
    with imaplib.IMAP4_SSL(server.host, server.port_tls, ssl_context=server.context(), timeout=30) as imap:
        try:
            imap.authenticate("PLAIN", lambda _: f"\0{address}\0{password}".encode())
        except imaplib.IMAP4.error:
            return False
        return True


def test_a_password_that_was_changed(
    profile_folder: Path, dovecot: ImapServer, new_user: tuple[str, str], tmp_path: Path
) -> None:
    """It worked yesterday: mail stays readable, the person is told once, and the operator asked once."""
    address, password = new_user
    dovecot.append(address, "INBOX", b"Subject: hier\r\n\r\nBonjour.\r\n")
    with practice(profile_folder) as desk:
        desk.joined(dovecot, address)
        desk.synced()
    people = dovecot._accounts / address
    people.write_text(people.read_text().replace(password, seed_secret("le nouveau de l’opérateur")))
    os.utime(people, (time.time() + 60, time.time() + 60))  # Dovecot compares whole seconds
    while accepts(dovecot, address, password):
        time.sleep(0.1)  # and looks again after one; it tells nobody when
    log = dovecot.logs()["dovecot main"]
    before = log.stat().st_size
    with practice(profile_folder, background=True) as desk:
        heard = desk.ear.wait("changed", lambda changed: any(s.state == "refused" for s in changed.states))
        clear(next(s.problem for s in heard.states if s.state == "refused"), "login-refused")
        (row,) = desk.rows()
        assert desk.read(row.id).text.strip() == "Bonjour."
        checks = desk.ear.ask(Diagnose())
        assert isinstance(checks, Diagnosis)
        assert {c.code for c in checks.checks if c.check == "imap"} == {"login-refused"}
        assert {c.state for c in checks.checks if c.check == "submission"} == {"skip"}, "not refused twice"
    tried = log.read_bytes()[before:].count(f"user=<{address}>".encode())
    assert tried <= 4, "an operator locks an account after five refusals"
    told = command_line("account", "test", address, profile=profile_folder)
    told.problem("login-refused")
    assert told.code == 4
    told = command_line("sync", profile=profile_folder)
    told.problem("login-refused")
    assert told.code == 4


# -- certificates ----------------------------------------------------------------------------------

Make = Callable[[Authority], Identity]
CERTIFICATES: dict[str, tuple[Make, str]] = {
    "expired": (lambda ours: ours.expired_server(), "certificate-expired"),
    "not yet valid": (lambda ours: ours.future_server(), "certificate-expired"),
    "of another name": (lambda ours: ours.wrong_name_server(), "certificate-name"),
    "self-signed": (lambda ours: Authority.self_signed(), "certificate-untrusted"),
    "of another authority": (lambda ours: Authority("AC étrangère").server(), "certificate-untrusted"),
    "of an unknown subordinate": (
        lambda ours: Identity(*ours.subordinate().server()[:2]),
        "certificate-untrusted",
    ),
    "of a person": (lambda ours: ours.client("alice@exemple.fr"), "certificate-untrusted"),
}


@pytest.mark.parametrize("service", ["imap", "smtp"])
@pytest.mark.parametrize("name", CERTIFICATES)
def test_a_bad_certificate(
    desk: Practice,
    dovecot: ImapServer,
    new_user: tuple[str, str],
    authority: Authority,
    scripted: Callable[..., ScriptedServer],
    tmp_path: Path,
    service: str,
    name: str,
) -> None:
    """Refused before a word is said, for both services."""
    make, code = CERTIFICATES[name]
    tls = make(authority).server_context(tmp_path)
    said_nothing = [Expect(rb"(?!.*)")]  # anything that the client says breaks this script
    server = scripted(said_nothing, tls=tls)
    there = Endpoint(host="localhost", port=server.port)
    problem = refusal(desk, dovecot, new_user[0], code, **{service: there})
    assert problem.exit_code == 4
    assert server.connections == 1


@pytest.mark.parametrize("service", ["imap", "smtp"])
def test_a_revoked_certificate(
    desk: Practice,
    dovecot: ImapServer,
    new_user: tuple[str, str],
    authority: Authority,
    scripted: Callable[..., ScriptedServer],
    tmp_path: Path,
    service: str,
) -> None:
    """The open profile asks the authority; its list is kept for when the line is down."""
    with Publisher() as publisher:
        identity = authority.server(crl_url=publisher.url("/liste.crl"))
        publisher.answers["/liste.crl"] = authority.revocation_list([identity])
        server = scripted([Stall()], tls=identity.server_context(tmp_path))
        there = Endpoint(host="localhost", port=server.port)
        problem = refusal(desk, dovecot, new_user[0], "certificate-revoked", **{service: there})
        assert "révoqué" in problem.sentence
        assert publisher.asked == ["/liste.crl"]
    refusal(desk, dovecot, new_user[0], "certificate-revoked", **{service: there})


def test_an_authority_that_is_none(desk: Practice, dovecot: ImapServer, new_user: tuple[str, str]) -> None:
    for rubbish in (
        b"rien",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        b"\xc3\xa9",
        b"\0",
    ):
        refusal(desk, dovecot, new_user[0], "certificate-anchor", ca=rubbish)


def test_comments_in_an_authority_are_no_matter(
    desk: Practice, dovecot: ImapServer, new_user: tuple[str, str]
) -> None:
    """Operators' PEM files often begin with a few words."""
    account = desk.joined(dovecot, new_user[0], ca="Autorité de l’opérateur\n".encode() + dovecot.ca_pem)
    desk.remove(account)


def test_no_authority_given(desk: Practice, dovecot: ImapServer, new_user: tuple[str, str]) -> None:
    refusal(desk, dovecot, new_user[0], "certificate-untrusted", ca=b"")


def test_a_certificate_that_goes_bad(
    desk: Practice,
    dovecot: ImapServer,
    authority: Authority,
    new_user: tuple[str, str],
    fault_proxy: Callable[..., FaultProxy],
    scripted: Callable[..., ScriptedServer],
    tmp_path: Path,
) -> None:
    """A BAL that worked meets an expired certificate: nothing is lost, and it works again afterwards."""
    proxy = fault_proxy(dovecot.port_tls)
    dovecot.append(new_user[0], "INBOX", b"Subject: avant\r\n\r\nBonjour.\r\n")
    account = desk.joined(dovecot, new_user[0], imap=Endpoint(host="localhost", port=proxy.port))
    assert isinstance(account, Account)
    desk.synced()
    expired = scripted([Stall()], tls=authority.expired_server().server_context(tmp_path))
    proxy.lead_to(expired.port)
    desk.problem(desk.sync(), "certificate-expired")
    assert [row.subject for row in desk.rows()] == ["avant"]
    proxy.lead_to(dovecot.port_tls)
    dovecot.append(new_user[0], "INBOX", b"Subject: ensuite\r\n\r\nBonjour.\r\n")
    desk.synced()
    assert {row.subject for row in desk.rows()} == {"avant", "ensuite"}
    desk.remove(account)


# -- STARTTLS --------------------------------------------------------------------------------------

CLEAR = {
    "no STARTTLS offered": (
        [Send(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] x\r\n"), Expect(rb"(?P<t>\S+) CAPABILITY"),
         Send(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n{t} OK\r\n")],
        "starttls-missing",
    ),
    "STARTTLS refused": (
        [Send(b"* OK [CAPABILITY IMAP4rev1 STARTTLS] x\r\n"), Expect(rb"(?P<t>\S+) CAPABILITY"),
         Send(b"* CAPABILITY IMAP4rev1 STARTTLS\r\n{t} OK\r\n"), Expect(rb"(?P<t>\S+) STARTTLS"),
         Send(b"{t} NO not now\r\n")],
        "starttls-missing",
    ),
    "PREAUTH": ([Send(b"* PREAUTH welcome\r\n")], "preauth-before-tls"),
    "words before the handshake": (
        [Send(b"* OK x\r\n"), Expect(rb"(?P<t>\S+) CAPABILITY"),
         Send(b"* CAPABILITY IMAP4rev1 STARTTLS\r\n{t} OK\r\n"), Expect(rb"(?P<t>\S+) STARTTLS"),
         Send(b"{t} OK begin\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n")],
        "protocol-nonsense",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CLEAR)
def test_no_word_in_clear(
    desk: Practice,
    dovecot: ImapServer,
    new_user: tuple[str, str],
    scripted: Callable[..., ScriptedServer],
    name: str,
) -> None:
    script, code = CLEAR[name]
    there = Endpoint(host="localhost", port=scripted(script).port, security="starttls")
    refusal(desk, dovecot, new_user[0], code, imap=there)


# -- the command line ------------------------------------------------------------------------------


def test_the_command_line_says_the_same(
    profile_folder: Path,
    dovecot: ImapServer,
    authority: Authority,
    new_user: tuple[str, str],
    closed_port: int,
    scripted: Callable[..., ScriptedServer],
    tmp_path: Path,
) -> None:
    address, password = new_user
    expired = scripted([Stall()], tls=authority.expired_server().server_context(tmp_path))

    def add(imap: int, code: str, given: str = password) -> int:
        told = command_line(
            "account", "add", address, "--imap", f"localhost:{imap}",
            "--smtp", f"localhost:{dovecot.submission_tls}", "--ca", dovecot.ca_pem_path,
            profile=profile_folder, passwords={address: given},
        )  # fmt: skip
        told.problem(code)
        return told.code

    assert add(closed_port, "host-unreachable") == 3
    assert add(dovecot.port_tls, "login-refused", WRONG) == 4
    assert add(expired.port, "certificate-expired") == 4


def test_what_waited_for_a_server_leaves_as_soon_as_it_is_asked_for(
    desk: Practice, dovecot: ImapServer, new_user: tuple[str, str], fault_proxy: Callable[..., FaultProxy]
) -> None:
    """An outage puts attempts off; a person who synchronises again does not wait for that."""
    proxy = fault_proxy(dovecot.submission_tls)
    address, _password = new_user
    account = desk.joined(dovecot, address, smtp=Endpoint(host="localhost", port=proxy.port))
    desk.synced(account)
    proxy.refuse()
    desk.ear.do(Submit(account=account.id, raw=letter(1, to=address)))
    for _ in range(3):
        desk.sync(account)
    (item,) = desk.outbox()
    assert item.state == "waiting"
    clear(item.problem, "host-unreachable")
    proxy.admit()
    desk.synced(account)
    assert desk.outbox() == []
    desk.remove(account)
