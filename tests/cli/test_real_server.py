"""The command line of a practice on a real server: added, synchronised, sent, nothing left behind."""

from pathlib import Path

import pytest

from tests.cli.calling import Said, mssclient
from tests.planted import assert_no_secret, assert_no_secret_in_files, seed_secret
from tests.servers import ImapServer

pytestmark = pytest.mark.servers

SUBJECT = "Compte rendu de Mme SAUGRENUE"


def _letter(sender: str, to: str, subject: str = SUBJECT) -> bytes:
    return (
        f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <l1@{sender.partition('@')[2]}>\r\n"
        "Date: Mon, 1 Jul 2024 10:00:00 +0200\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        "La glycémie de Mme SAUGRENUE est normale.\r\n"
    ).encode()


class Practice:
    """A profile with a passphrase, and how its verbs are called."""

    def __init__(self, home: Path, server: ImapServer, address: str, password: str) -> None:
        self.home, self.server, self.address, self.password = home, server, address, password
        self.profile = home / "p"
        (home / "ca.pem").write_bytes(server.ca_pem)
        self.secrets = home / "secrets.toml"
        self.write_secrets(password)

    def write_secrets(self, password: str) -> None:
        passphrase = seed_secret("grenouille verte de mars")
        self.secrets.write_text(
            f'[store]\npassphrase = "{passphrase}"\n[accounts."{self.address}"]\npassword = "{password}"\n'
        )
        self.secrets.chmod(0o600)

    def verb(self, *arguments: str | Path) -> Said:
        said = mssclient("--json", "--profile", self.profile, "--secrets", self.secrets, *arguments)
        assert_no_secret(said.err, "standard error")
        return said

    def add(self, *more: str | Path, imap: int = 0) -> Said:
        return self.verb(
            "account", "add", self.address,
            "--imap", f"{self.server.host}:{imap or self.server.port_tls}",
            "--smtp", f"{self.server.host}:{self.server.submission_tls}", *more,
        )  # fmt: skip


@pytest.fixture
def practice(home: Path, dovecot: ImapServer, new_user: tuple[str, str]) -> Practice:
    return Practice(home, dovecot, new_user[0], seed_secret(new_user[1]))


def test_a_week_of_a_practice(practice: Practice) -> None:
    added = practice.add("--ca", practice.home / "ca.pem", "--name", "Dr Essai")
    assert added.code == 0, added.out
    told = added.json
    assert set(told) >= {"account", "address", "imap", "smtp", "auth", "capabilities"}
    assert "IDLE" in told["capabilities"]
    again = practice.add("--ca", practice.home / "ca.pem")
    assert (again.code, again.json["error"]["code"]) == (4, "account-known")
    practice.server.deliver(practice.address, _letter("labo@exemple.fr", practice.address))
    synced = practice.verb("sync")
    assert synced.code == 0
    inbox = next(one for one in synced.json["accounts"][0]["folders"] if one["folder"] == "INBOX")
    assert (inbox["messages"], inbox["added"]) == (1, 1)
    (listed,) = practice.verb("list", "INBOX").json["messages"]
    assert listed["subject"] == SUBJECT
    assert [one["id"] for one in practice.verb("search", "glycemie").json["messages"]] == [listed["id"]]
    (practice.home / "m.eml").write_bytes(_letter(practice.address, practice.address, "Envoi réel"))
    sent = practice.verb("send", practice.home / "m.eml")
    assert sent.code == 0, sent.out
    assert sent.json["state"] == "submitted"
    assert sent.json["filed"] is True
    practice.verb("sync")
    assert len(practice.server.uids(practice.address, "Sent")) == 1
    assert [one["subject"] for one in practice.verb("list", "sent").json["messages"]] == ["Envoi réel"]
    arrived = [
        one for one in practice.verb("list", "INBOX").json["messages"] if one["subject"] == "Envoi réel"
    ]
    assert len(arrived) == 1
    tested = practice.verb("account", "test", practice.address)
    assert tested.code == 0, tested.json
    removed = practice.verb("account", "remove", practice.address)
    assert removed.json["removed"] is True
    assert practice.verb("account", "list").json == {"accounts": []}
    assert len(practice.server.uids(practice.address)) == 2, "nothing changes at the operator"


def test_a_bal_with_something_unsent_goes_only_when_that_is_said(practice: Practice) -> None:
    practice.add("--ca", practice.home / "ca.pem")
    (practice.home / "m.eml").write_bytes(_letter(practice.address, practice.address, "Pas encore"))
    assert practice.verb("send", practice.home / "m.eml", "--no-wait").json["state"] == "prepared"
    refused = practice.verb("account", "remove", practice.address)
    assert (refused.code, refused.json["error"]["code"]) == (4, "account-unsent")
    assert "1 envoi" in refused.json["error"]["sentence"]
    assert "--drop-unsent" in refused.json["error"]["remedy"]
    assert len(practice.verb("outbox").json["messages"]) == 1
    assert practice.verb("account", "remove", practice.address, "--drop-unsent").json["removed"] is True
    assert practice.verb("outbox").json == {"messages": []}


def test_nothing_readable_is_left(practice: Practice) -> None:
    practice.add("--ca", practice.home / "ca.pem")
    seed_secret(SUBJECT)
    seed_secret("SAUGRENUE")
    practice.server.deliver(practice.address, _letter("labo@exemple.fr", practice.address))
    practice.verb("sync")
    (listed,) = practice.verb("list", "INBOX").json["messages"]
    assert practice.verb("show", listed["id"]).json["subject"] == SUBJECT
    assert_no_secret_in_files(practice.profile)
    assert not list((practice.profile / "open").iterdir())
    raw = (practice.profile / "store.db").read_bytes()
    assert practice.address.encode() not in raw


def test_a_wrong_password(practice: Practice) -> None:
    practice.write_secrets(seed_secret("ceci n’est pas le bon"))
    said = practice.add("--ca", practice.home / "ca.pem")
    assert (said.code, said.json["error"]["code"]) == (4, "login-refused")
    assert said.json["error"]["remedy"]
    assert practice.verb("account", "list").json == {"accounts": []}


def test_a_certificate_that_nobody_vouches_for(practice: Practice) -> None:
    said = practice.add()
    assert (said.code, said.json["error"]["code"]) == (4, "certificate-untrusted")


def test_a_folder_that_the_server_refuses_is_listed_as_such(practice: Practice) -> None:
    practice.add("--ca", practice.home / "ca.pem")
    practice.server.append(practice.address, "Clos", _letter(practice.address, practice.address))
    practice.server.set_rights(practice.address, "Clos", "la")
    said = practice.verb("sync")
    assert said.code == 1
    told = {one["folder"]: one.get("error") for one in said.json["accounts"][0]["folders"]}
    assert told["Clos"]["sentence"]
    assert [name for name, error in told.items() if error] == ["Clos"]


def test_an_account_whose_server_went_away(practice: Practice, dovecot: ImapServer) -> None:
    practice.add("--ca", practice.home / "ca.pem")
    practice.verb("sync")
    (practice.home / "m.eml").write_bytes(_letter(practice.address, practice.address, "Plus tard"))
    dovecot.stop()
    try:
        down = practice.verb("sync")
        assert (down.code, down.json["error"]["code"]) == (3, "host-unreachable")
        waiting = practice.verb("send", practice.home / "m.eml")
        assert waiting.code == 3
        assert waiting.json["state"] == "prepared"
        assert waiting.json["error"]["sentence"]
        (item,) = practice.verb("outbox").json["messages"]
        assert item["state"] == "prepared"
        tested = practice.verb("account", "test", practice.address)
        assert tested.code == 3
        assert not all(one["ok"] for one in tested.json["checks"])
        assert practice.verb("doctor").code == 1
    finally:
        dovecot.start()
    back = practice.verb("sync")
    assert back.code == 0, back.json
    assert practice.verb("outbox").json["messages"] == []
    assert len(practice.server.uids(practice.address, "Sent")) == 1


def test_a_port_that_speaks_something_else(practice: Practice) -> None:
    said = practice.add("--ca", practice.home / "ca.pem", imap=practice.server.sieve_port)
    assert said.code in (3, 4)
    assert said.json["error"]["code"] in ("tls-failed", "protocol-nonsense", "connection-lost", "timeout")
