"""Two thousand recipients: a real submission takes them all at once, or none of them; nobody is forgotten."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mssclient.model.accounts import Account, Endpoint
from mssclient.model.messages import Person
from mssclient.model.questions import Done, DraftAnswer, NewDraft
from mssclient.model.wants import KeepDraft, Submit
from tests.badinput.letters import crowd
from tests.badinput.operator import AIOSMTPD, Operator, operator_of
from tests.badinput.practice import Practice, clear, command_line
from tests.servers import DOMAIN, Authority, ImapServer
from tests.servers.children import unprivileged

pytestmark = pytest.mark.servers

MANY = 2000


@pytest.fixture(autouse=True)
def quiet(noise: Any) -> None:
    noise.expect(AIOSMTPD, must=False)


class Sending:
    def __init__(self, desk: Practice, account: Account, operator: Operator) -> None:
        self.desk, self.account, self.operator = desk, account, operator


@pytest.fixture(scope="module")
def sending(
    desk: Practice, dovecot: ImapServer, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sending]:
    with operator_of(authority, tmp_path_factory.mktemp("s")) as operator:
        user, _password = dovecot.new_user("circulaire")
        account = desk.joined(dovecot, user, smtp=Endpoint(host="localhost", port=operator.port))
        desk.synced()
        yield Sending(desk, account, operator)


def test_a_draft_to_two_thousand_leaves_once(sending: Sending) -> None:
    desk, operator = sending.desk, sending.operator
    operator.most, operator.taken = MANY, []
    answer = desk.ear.ask(NewDraft(account=sending.account.id))
    assert isinstance(answer, DraftAnswer)
    people = tuple(Person(name=f"Personne, n° {n}", address=each) for n, each in enumerate(crowd()))
    written = msgspec.structs.replace(
        answer.drafts[0], to=people[:1000], bcc=people[1000:], subject="Circulaire", text="À toutes et tous."
    )
    assert isinstance(desk.ear.do(KeepDraft(draft=written)), Done)
    assert isinstance(desk.ear.do(Submit(account=sending.account.id, draft=written.id)), Done)
    desk.synced()
    (envelope,) = operator.taken
    assert sorted(envelope.rcpt_tos) == sorted(crowd())
    content = envelope.content
    assert isinstance(content, bytes)
    assert b"personne0999@" in content
    assert b"personne1000@" not in content, "a hidden recipient is shown"
    assert max(map(len, content.split(b"\r\n"))) <= 998
    (item,) = desk.outbox(all=True)
    assert (item.state, item.filed, len(item.recipients)) == ("done", True, MANY)


def test_an_operator_that_takes_fewer(sending: Sending) -> None:
    """Nobody gets it, everybody refused is named, and the message is still here."""
    desk, operator = sending.desk, sending.operator
    operator.most, operator.taken = 500, []
    raw = letter_to(crowd(), sending.account.address)
    assert isinstance(desk.ear.do(Submit(account=sending.account.id, raw=raw)), Done)
    desk.sync()
    assert operator.taken == []
    (item,) = desk.outbox()
    assert item.state == "parked", "trying again does not help"
    assert len(item.refused) == MANY - 500
    assert "500" in clear(item.problem, "too-many-recipients").sentence
    assert "pleine" not in item.refused[0].sentence, "452 4.5.3 says nothing of a mailbox"


def letter_to(addresses: list[str], sender: str) -> bytes:
    return (
        f"From: {sender}\r\nTo: {(',' + chr(13) + chr(10) + ' ').join(addresses)}\r\nSubject: Circulaire\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\nÀ toutes et tous.\r\n"
    ).encode()


def test_the_real_chain_takes_them(
    desk: Practice, dovecot: ImapServer, new_user: tuple[str, str], tmp_path: Path
) -> None:
    """Dovecot's submission and its relay, two thousand addresses of one person who throws them away."""
    someone, _ = dovecot.new_user("poubelle")
    assert dovecot.relay is not None
    with dovecot.relay._table.open("a") as table:
        table.write(f"/^poubelle\\+[0-9]+@{DOMAIN}$/ here\n")
    home = dovecot._mail / someone
    home.mkdir(exist_ok=True)
    (home / ".dovecot.sieve").write_text("discard;\n")
    for path in (home, home / ".dovecot.sieve"):
        give(path)
    profile = tmp_path / "profil"
    address, password = new_user
    added = command_line(
        "account", "add", address, "--imap", f"localhost:{dovecot.port_tls}",
        "--smtp", f"localhost:{dovecot.submission_tls}", "--ca", dovecot.ca_pem_path,
        profile=profile, passwords={address: password},
    )  # fmt: skip
    assert added.code == 0, added.err
    file = tmp_path / "circulaire.eml"
    file.write_bytes(letter_to([f"poubelle+{n}@{DOMAIN}" for n in range(MANY)], address))
    told = command_line("send", file, profile=profile)
    assert told.code == 0, told.out
    assert told.document["state"] == "submitted"


def give(path: Path) -> None:
    who = unprivileged()
    shutil.chown(path, who.pw_uid, who.pw_gid)
