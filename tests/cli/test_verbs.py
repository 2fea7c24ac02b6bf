"""Every verb on the demonstration: through the engine of an open window, and on an engine of its own."""

import base64
import hashlib
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mssclient.engine.client import Client, Profile
from mssclient.model.wants import Sync
from tests.cli.calling import Said, mssclient
from tests.engine.ears import Ear
from tests.engine.processes import leave

CAMILLE = "camille.aubry@medecin.mssante.fr"
OFFICE = "secretariat@cabinet-tilleuls.mssante.fr"
Verb = Callable[..., Said]


@pytest.fixture(scope="module")
def window() -> Iterator[tuple[Path, Ear]]:
    """A demonstration profile with a client that stays, as an open window does; complete."""
    folder = Path(tempfile.mkdtemp(prefix="mss-w-"))
    ear = Ear()
    ear.client = Client(Profile(folder / "p", demo=True), ear, demo_small=True)
    ear.client.start()
    ear.wait("opened")
    ear.do(Sync())
    yield folder / "p", ear
    leave(ear.client)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def verb(window: tuple[Path, Ear]) -> Verb:
    """``verb("list", "INBOX")`` through the running engine."""

    def call(*arguments: str | Path) -> Said:
        return mssclient("--json", "--demo", "--profile", window[0], *arguments)

    return call


def _inbox(verb: Verb, account: str = CAMILLE) -> list[dict[str, Any]]:
    return verb("list", "INBOX", "--account", account).json["messages"]


def test_folders(verb: Verb) -> None:
    said = verb("folders")
    assert said.code == 0, said.err
    folders = said.json["folders"]
    assert set(folders[0]) >= {"account", "folder", "role", "messages", "unread", "octets", "rights"}
    inbox = next(one for one in folders if one["folder"] == "INBOX" and one["account"] == CAMILLE)
    assert inbox["role"] == "inbox"
    assert inbox["messages"] > 5
    assert inbox["octets"] > 1000
    only = verb("folders", "--account", OFFICE).json["folders"]
    assert {one["account"] for one in only} == {OFFICE}


def test_list_is_newest_first_with_its_keys(verb: Verb) -> None:
    messages = _inbox(verb)
    keys = "id folder date from to subject flags tags verdict document octets attachments"
    assert set(messages[0]) >= set(keys.split())
    dates = [one["date"] for one in messages]
    assert dates == sorted(dates, reverse=True)
    assert isinstance(messages[0]["id"], str)
    assert "@" in messages[0]["from"]["address"]
    levels = {one["verdict"] for one in messages}
    assert "mssante" in levels
    assert levels & {"ordinary", "doubtful"}
    assert any(one["document"] and one["document"].startswith("hprim") for one in messages)
    limited = verb("list", "inbox", "--account", CAMILLE, "--limit", "3").json["messages"]
    assert [one["id"] for one in limited] == [one["id"] for one in messages[:3]]
    unread = verb("list", "Boîte de réception", "--account", CAMILLE, "--unread").json["messages"]
    assert [one["id"] for one in unread] == [one["id"] for one in messages if "seen" not in one["flags"]]


def test_show_and_its_bytes(verb: Verb, window: tuple[Path, Ear]) -> None:
    found = next(one for one in _inbox(verb) if one["document"] and one["document"].startswith("hprim"))
    told = verb("show", found["id"]).json
    assert told["id"] == found["id"]
    assert told["subject"] == found["subject"]
    assert told["verdict"]["level"] == found["verdict"]
    assert told["verdict"]["reasons"]
    assert told["documents"][0]["patients"]
    raw = base64.b64decode(verb("show", found["id"], "--raw").json["raw_base64"])
    assert len(raw) == found["octets"]
    plain = mssclient("--demo", "--profile", window[0], "show", found["id"], "--raw")
    assert plain.out == raw
    part = next(one for one in told["parts"] if one["path"] == told["documents"][0]["part"])
    assert len(part["sha256"]) == 64


def test_search(verb: Verb) -> None:
    told = verb("search", "glycemie").json
    assert told["complete"] is True
    assert told["messages"]
    assert verb("search", "glycémie").json["messages"] == told["messages"]
    assert len(verb("search", "--limit", "1", "glycémie").json["messages"]) == 1
    assert verb("search", "motquinexistepas").json == {"messages": [], "complete": True}


def test_mark_through_the_running_engine(verb: Verb, window: tuple[Path, Ear]) -> None:
    id = _inbox(verb)[0]["id"]
    said = verb("mark", id, "--add", "flagged", "--add", "Urgent", "--wait")
    assert said.code == 0, said.err
    (want,) = said.json["wants"]
    assert want["kind"] == "mark"
    assert want["state"] == "done"
    now = _inbox(verb)[0]
    assert "flagged" in now["flags"]
    assert "Urgent" in now["tags"]
    window[1].wait("changed", lambda changed: changed.folders)
    assert verb("mark", id, "--remove", "\\Flagged", "--remove", "urgent", "--wait").code == 0
    now = _inbox(verb)[0]
    assert "flagged" not in now["flags"]
    assert "Urgent" not in now["tags"]


def test_move_and_delete(verb: Verb) -> None:
    first, second = _inbox(verb)[-2:]
    assert verb("move", first["id"], "--to", "Archives", "--wait").json["wants"][0]["state"] == "done"
    archived = verb("list", "Archives", "--account", CAMILLE).json["messages"]
    assert first["id"] in {one["id"] for one in archived}, "an id is kept by a move"
    assert verb("delete", second["id"], "--wait").json["wants"][0]["state"] == "done"
    assert second["id"] not in {one["id"] for one in _inbox(verb)}
    gone = verb("delete", "99999999")
    assert gone.code == 4
    assert gone.json["error"]["code"] == "message-gone"


def _letter(folder: Path, subject: str, sender: str = CAMILLE) -> Path:
    file = folder / "m.eml"
    file.write_bytes(
        f"From: Dr Camille Aubry <{sender}>\nTo: {OFFICE}\nBcc: {CAMILLE}\n"
        f"Subject: {subject}\n\nBonjour.\n".encode()
    )
    return file


def test_send_arrives_once_and_is_filed_once(verb: Verb, home: Path) -> None:
    said = verb("send", _letter(home, "Envoi d’essai unique"))
    assert said.code == 0, said.err
    told = said.json
    assert set(told) >= {"message_id", "state", "queue_id", "filed", "refused"}
    assert (told["state"], told["filed"], told["refused"]) == ("submitted", True, [])
    assert told["queue_id"]
    assert verb("sync").code == 0

    def found(folder: str, account: str) -> list[str]:
        listed = verb("list", folder, "--account", account).json["messages"]
        return [one["id"] for one in listed if one["subject"] == "Envoi d’essai unique"]

    assert len(found("sent", CAMILLE)) == 1
    assert len(found("INBOX", OFFICE)) == 1
    (copy,) = found("INBOX", CAMILLE)  # the hidden recipient
    headers = {name.lower() for name, _value in verb("show", copy).json["headers"]}
    assert "bcc" not in headers
    assert "message-id" in headers
    assert verb("outbox").json == {"messages": []}


def test_what_cannot_be_sent(verb: Verb, home: Path) -> None:
    stranger = verb("send", _letter(home, "x", "inconnu@ailleurs.example"))
    assert (stranger.code, stranger.json["error"]["code"]) == (4, "account-unknown")
    (home / "n.eml").write_bytes(f"From: {CAMILLE}\n\nx\n".encode())
    nobody = verb("send", home / "n.eml")
    assert (nobody.code, nobody.json["error"]["code"]) == (4, "no-recipient")
    assert verb("send", home / "none.eml").code == 3
    assert verb("outbox", "settle", "nothing", "--as", "sent").code == 4


def test_a_refused_recipient_is_told_and_given_back(verb: Verb, home: Path) -> None:
    file = home / "m.eml"
    file.write_bytes(
        f"From: {CAMILLE}\nTo: {OFFICE}, personne@cabinet-tilleuls.mssante.fr\nSubject: r\n\nx\n".encode()
    )
    said = verb("send", file)
    assert said.code == 4
    told = said.json
    assert told["state"] == "refused"
    assert [one["address"] for one in told["refused"]] == ["personne@cabinet-tilleuls.mssante.fr"]
    assert told["error"]["sentence"]
    (waiting,) = verb("outbox").json["messages"]
    assert set(waiting) >= {"message_id", "state", "phase", "since", "recipients", "error"}
    settled = verb("outbox", "settle", waiting["message_id"], "--as", "draft")
    assert settled.code == 0
    assert settled.json["messages"] == []


def test_hprim_once(verb: Verb, home: Path) -> None:
    directory = home / "hprim"
    directory.mkdir()
    dry = verb("hprim", "--to", directory, "--dry-run").json
    assert dry["delivered"]
    assert not list(directory.iterdir())
    said = verb("hprim", "--to", directory)
    assert said.code == 0, said.err
    told = said.json
    assert len(told["delivered"]) == len(dry["delivered"])
    for one in told["delivered"]:
        assert set(one) >= {"message", "part", "kind", "file", "sha256", "patients"}
        assert hashlib.sha256((directory / one["file"]).read_bytes()).hexdigest() == one["sha256"]
    assert {path.name for path in directory.iterdir()} == {one["file"] for one in told["delivered"]}
    assert all(one["reason"] for one in told["skipped"])
    again = verb("hprim", "--to", directory).json
    assert again["delivered"] == []
    assert len(list(directory.iterdir())) == len(told["delivered"])
    missing = verb("hprim", "--to", home / "none")
    assert (missing.code, missing.json["error"]["code"]) == (3, "hprim-directory-missing")


def test_accounts(verb: Verb) -> None:
    accounts = verb("account", "list").json["accounts"]
    assert {CAMILLE, OFFICE} <= {one["address"] for one in accounts}
    assert accounts[0]["imap"]["host"] == "localhost"
    tested = verb("account", "test", CAMILLE)
    assert tested.code == 0, tested.json
    assert all(set(one) >= {"check", "ok", "sentence", "remedy"} for one in tested.json["checks"])
    assert verb("account", "test", "nobody@x.example").code == 4
    real = verb("account", "add", "dr.x@medecin.mssante.fr", "--imap", "localhost:1", "--smtp", "localhost:1")
    assert real.code == 3, "no password was given"


def test_a_demonstration_takes_no_real_account(verb: Verb, home: Path) -> None:
    secrets = home / "s.toml"
    secrets.write_text('[accounts."dr.x@medecin.mssante.fr"]\npassword = "x"\n')
    secrets.chmod(0o600)
    said = verb(
        "--secrets", secrets, "account", "add", "dr.x@medecin.mssante.fr",
        "--imap", "localhost:1", "--smtp", "localhost:1",
    )  # fmt: skip
    assert (said.code, said.json["error"]["code"]) == (4, "demonstration-only")


def test_doctor(verb: Verb) -> None:
    said = verb("doctor")
    assert said.code == 0, said.json
    checks = said.json["checks"]
    assert all(one["state"] in ("ok", "warn", "fail", "skip") for one in checks)
    assert {"store", "clock", "trust", "hprim", "operator"} <= {one["area"] for one in checks}
    assert verb("doctor", "--account", CAMILLE).code == 0


def test_sync(verb: Verb) -> None:
    said = verb("sync", "--account", CAMILLE)
    assert said.code == 0
    (account,) = said.json["accounts"]
    assert account["account"] == CAMILLE
    keys = {"folder", "messages", "added", "changed", "vanished", "seconds"}
    assert all(set(one) >= keys for one in account["folders"])
    assert set(said.json["wants"]) >= {"done", "waiting", "parked", "uncertain"}


def test_words_without_json(window: tuple[Path, Ear]) -> None:
    for arguments in (
        ["folders"],
        ["list", "INBOX"],
        ["search", "glycémie"],
        ["doctor"],
        ["outbox"],
        ["account", "list"],
    ):
        said = mssclient("--demo", "--profile", window[0], *arguments)
        assert said.code == 0
        assert said.text.strip()
        assert not said.out.startswith(b"{")


def test_a_verb_of_its_own_engine_on_a_throw_away_profile(home: Path) -> None:
    before = set(Path(tempfile.gettempdir()).glob("mssclient-demo-*"))
    said = mssclient("--demo", "--json", "list", "INBOX", "--limit", "5")
    assert said.code == 0, said.err
    assert len(said.json["messages"]) == 5
    assert set(Path(tempfile.gettempdir()).glob("mssclient-demo-*")) <= before


def test_hprim_twice_on_a_kept_demonstration(home: Path) -> None:
    directory, profile = home / "hprim", home / "p"
    directory.mkdir()
    first = mssclient("--demo", "--profile", profile, "--json", "hprim", "--to", directory)
    assert first.code == 0, first.err
    assert len(first.json["delivered"]) > 20
    second = mssclient("--demo", "--profile", profile, "--json", "hprim", "--to", directory)
    assert second.json["delivered"] == []
    kept = mssclient("--demo", "--profile", profile, "--json", "list", "INBOX", "--account", CAMILLE).json
    ids = {one["id"] for one in kept["messages"]}
    assert {one["message"] for one in first.json["delivered"]} & ids, "ids hold over restarts"
    assert not (profile / "engine.sock").exists()


def test_a_real_profile_is_not_for_the_demonstration(home: Path) -> None:
    secrets = home / "s.toml"
    secrets.write_text('[store]\npassphrase = "phrase inventée"\n')
    secrets.chmod(0o600)
    made = mssclient("--json", "--profile", home / "p", "--secrets", secrets, "account", "list")
    assert made.json == {"accounts": []}
    refused = mssclient("--json", "--demo", "--profile", home / "p", "folders")
    assert refused.code == 2
    (home / "other").mkdir()
    (home / "other" / "thesis.odt").write_bytes(b"x")
    assert mssclient("--json", "--demo", "--profile", home / "other", "folders").code == 2


def test_without_a_keyring_and_without_secrets(home: Path) -> None:
    said = mssclient("--json", "--profile", home / "p", "folders")
    assert said.code == 3
    assert said.json["error"]["code"] == "store-locked"
    wrong = home / "s.toml"
    wrong.write_text('[store]\npassphrase = "premiere phrase"\n')
    wrong.chmod(0o600)
    assert mssclient("--json", "--profile", home / "p", "--secrets", wrong, "folders").code == 0
    said = mssclient(
        "--json",
        "--profile",
        home / "p",
        "--secrets",
        "-",
        "folders",
        stdin=b'[store]\npassphrase = "une autre phrase"\n',
    )
    assert said.code == 4
    assert said.json["error"]["code"] == "passphrase-wrong"


def test_an_unreachable_server(home: Path) -> None:
    secrets = home / "s.toml"
    secrets.write_text('[store]\npassphrase = "phrase inventée"\n[accounts."a@b.example"]\npassword = "x"\n')
    secrets.chmod(0o600)
    said = mssclient(
        "--json", "--profile", home / "p", "--secrets", secrets,
        "account", "add", "a@b.example", "--imap", "127.0.0.1:1", "--smtp", "127.0.0.1:1",
    )  # fmt: skip
    assert said.code == 3
    error = said.json["error"]
    assert error["code"] == "host-unreachable"
    assert error["sentence"]
    assert error["remedy"]


@pytest.mark.skipif(sys.platform == "win32", reason="read-only folders are of another kind there")
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_profile(home: Path) -> None:
    (home / "ro").mkdir(mode=0o500)
    said = mssclient("--json", "--profile", home / "ro" / "p", "folders")
    assert (said.code, said.json["error"]["code"]) == (3, "profile-read-only")


def test_locked_while_a_window_is_locked(home: Path) -> None:
    ear = Ear()
    ear.client = Client(Profile(home / "p"), ear)
    ear.client.start()
    ear.wait("opened")
    ear.client.lock()
    ear.wait("locked")
    said = mssclient("--json", "--profile", home / "p", "folders")
    assert (said.code, said.json["error"]["code"]) == (3, "store-locked")
    leave(ear.client)


def test_killed_in_the_middle_of_a_delivery(home: Path) -> None:
    """Nothing is lost, nothing is delivered twice."""
    directory, profile = home / "hprim", home / "p"
    directory.mkdir()
    base = ("--demo", "--profile", profile, "--json")
    expected = mssclient(*base, "hprim", "--to", directory, "--dry-run").json["delivered"]
    import subprocess

    running = subprocess.Popen(
        [sys.executable, "-m", "mssclient", *map(str, base), "hprim", "--to", str(directory)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    limit = threading.Event()
    for _ in range(2000):
        if len(list(directory.iterdir())) >= 5:
            break
        limit.wait(0.02)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    some = len(list(directory.iterdir()))
    assert 0 < some <= len(expected)
    rest = mssclient(*base, "hprim", "--to", directory).json
    assert not rest["failed"]
    names = {path.name for path in directory.iterdir()}
    assert len(names) == len(expected)
    digests = sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in directory.iterdir())
    assert digests == sorted(one["sha256"] for one in expected)


def test_verbs_at_the_same_time_share_one_engine_and_none_fails(home: Path) -> None:
    import concurrent.futures

    base = ("--demo", "--profile", home / "p", "--json")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        verbs = [("folders",), ("list", "INBOX"), ("search", "glycémie"), ("send", _letter(home, "ensemble"))]
        said = list(pool.map(lambda verb: mssclient(*base, *verb), verbs))
    assert [one.code for one in said] == [0, 0, 0, 0], [one.out for one in said if one.code]
    assert said[3].json["state"] == "submitted"
    assert said[3].json["filed"] is True


def test_a_kept_demonstration_remembers_what_a_verb_did(home: Path) -> None:
    """Each verb starts the operator anew: it has the mail as the last verb left it."""

    def verb(*arguments: str) -> Any:
        said = mssclient("--json", "--demo", "--profile", home / "p", *arguments)
        assert said.code == 0, said.out
        return said.json

    first, second = verb("list", "INBOX", "--account", CAMILLE, "--limit", "2")["messages"]
    verb("mark", first["id"], "--add", "flagged", "--add", "Urgent", "--wait")
    verb("move", second["id"], "--to", "Archives", "--wait")
    listed = {one["id"]: one for one in verb("list", "INBOX", "--account", CAMILLE)["messages"]}
    assert "flagged" in listed[first["id"]]["flags"]
    assert "Urgent" in listed[first["id"]]["tags"]
    assert second["id"] not in listed
    archived = verb("list", "Archives", "--account", CAMILLE)["messages"]
    assert second["id"] in {one["id"] for one in archived}
