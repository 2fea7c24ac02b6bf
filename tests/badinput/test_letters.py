"""Messages that hurt arrive, are listed, open, and go to the disk unharmed; nothing hangs or is lost."""

import hashlib
import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mssclient.model.questions import NewDraft, Paths, SaveAttachments, Search, SearchAnswer
from mssclient.model.wants import DeliverHprim
from tests.badinput.letters import LETTERS, LIMIT_OCTETS, SUBJECTS, build, crowd
from tests.badinput.practice import Practice, clear, command_line, practice
from tests.servers import ImapServer

pytestmark = pytest.mark.servers

OPEN_S = 20.0
"""For opening one message on a busy machine; the engine's own limits are 3 and 10 seconds for its child."""
KEPT_CHILD = r"mssclient\.engine\.child: a job \w+ ended with child-(too-slow|died)"
"""The engine's child may give a hostile part up: that is what it is for."""


@pytest.fixture(scope="module")
def arrived(dovecot: ImapServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    """All letters in one inbox, brought by one turn."""
    user, _password = dovecot.new_user("lettres", quota_octets=1 << 30)
    dovecot.append_all(user, "INBOX", [(build(name), [], None) for name in LETTERS])
    with practice(tmp_path_factory.mktemp("l") / "profil") as desk:
        account = desk.joined(dovecot, user)
        begun = time.monotonic()
        desk.synced(account)
        assert time.monotonic() - begun < 60
        yield desk


def row_of(desk: Practice, name: str) -> int:
    """Appended in their order: the rows are listed newest first."""
    return list(reversed(desk.rows()))[list(LETTERS).index(name)].id


def test_all_are_listed(arrived: Practice) -> None:
    rows = list(reversed(arrived.rows()))
    assert len(rows) == len(LETTERS)
    for row, name in zip(rows, LETTERS, strict=True):
        assert row.subject.startswith(SUBJECTS[name]), name
        assert len(row.subject) <= 2000
        assert row.octets == len(build(name))
    assert len(json.dumps([str(row) for row in rows])) < 100_000, "a list row carries too much"


@pytest.mark.parametrize("name", LETTERS)
def test_it_is_here_as_it_was_sent(arrived: Practice, name: str) -> None:
    sent = hashlib.sha256(build(name)).hexdigest()
    assert hashlib.sha256(arrived.raw(row_of(arrived, name))).hexdigest() == sent


@pytest.mark.parametrize("name", LETTERS)
def test_it_opens(arrived: Practice, name: str, noise: Any) -> None:
    noise.expect(KEPT_CHILD, must=False)
    begun = time.monotonic()
    view = arrived.read(row_of(arrived, name))
    assert time.monotonic() - begun < OPEN_S
    assert view.downloaded
    assert view.problem is None
    assert len(view.text) < 2_000_000
    assert view.text or name in ("empty", "rubbish")
    if name == "60 MB":
        assert "voici" in view.text
        assert view.html is not None or "html-child-too-slow" in view.defects
        assert [each.octets for each in view.summary.attachments] == [14_000_000] * 3
    if name == "2 000 recipients":
        assert [person.address for person in view.summary.to] == crowd()
    if name == "nested 200 deep":
        assert "too-deep" in view.defects
    if name == "HTML nested 5 000 deep":
        assert "texte profond" in view.text
    assert "root:" not in str(view.documents)


@pytest.mark.parametrize("name", LETTERS)
def test_it_can_be_answered(arrived: Practice, name: str, noise: Any) -> None:
    noise.expect(KEPT_CHILD, must=False)
    account = arrived.view.accounts()[0].id
    for action in ("reply-all", "forward"):
        begun = time.monotonic()
        outcome = arrived.ear.ask(
            NewDraft(account=account, action=action, placement=row_of(arrived, name))  # type: ignore[arg-type]
        )
        assert time.monotonic() - begun < OPEN_S
        if not hasattr(outcome, "drafts"):
            clear(outcome, "attachment-too-big")
        elif action == "reply-all" and name == "2 000 recipients":
            draft = outcome.drafts[0]
            assert len(draft.to) + len(draft.cc) == 2001


def test_what_is_attached_can_be_kept(arrived: Practice, tmp_path: Path) -> None:
    placement = row_of(arrived, "60 MB")
    answer = arrived.ear.ask(SaveAttachments(placement=placement, parts=(), directory=str(tmp_path)))  # type: ignore[arg-type]
    assert isinstance(answer, Paths), answer
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"coupe{n}.dcm" for n in range(3)]
    assert {path.stat().st_size for path in tmp_path.iterdir()} == {14_000_000}


def test_search_still_finds(arrived: Practice) -> None:
    for query, count in (("interminable", 2), ("volumineuse", 1), ("encore", 1), ("poupées", 1)):
        found = arrived.ear.ask(Search(query=query))
        assert isinstance(found, SearchAnswer)
        assert len(found.rows) == count, query


def test_a_delivery_passes_bombs_by(arrived: Practice, tmp_path: Path, noise: Any) -> None:
    """What cannot be read is named, the rest goes on, and no file of a bomb is written."""
    noise.expect(KEPT_CHILD, must=False)
    begun = time.monotonic()
    report = arrived.ear.do(DeliverHprim(directory=str(tmp_path)))
    assert time.monotonic() - begun < 60
    assert not report.delivered or sum(path.stat().st_size for path in tmp_path.iterdir()) < 20_000_000
    for one in (*report.failed, *report.skipped):
        assert one.reason


# -- from the disk, by the command line ----------------------------------------------------------------


@pytest.mark.parametrize("name", LETTERS)
def test_inspect(name: str, tmp_path: Path) -> None:
    """No network, no store; two seconds of work for any 60 MB."""
    file = tmp_path / "message.eml"
    file.write_bytes(build(name))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = command_line("inspect", file)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert told.code == 0, told.err
    assert not told.err
    document = told.document
    assert document["subject"].startswith(SUBJECTS[name])
    assert "error" not in document
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert spent < 6, "both processes together, interpreters started and libraries imported"
    assert told.seconds < 12, "bounded by the clock too"
    if name == "60 MB":
        assert document["html"] or any(d["code"].startswith("html-") for d in document["defects"])
        assert document["parts"][1]["octets"] == 14_000_000
        words = command_line("inspect", file, as_json=False)
        assert "Imagerie volumineuse" in words.out.decode()


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS is Linux's")
def test_inspect_needs_little_memory(tmp_path: Path) -> None:
    """Both processes of it live in 1.5 GB of address space with a message of 60 MB."""
    file = tmp_path / "message.eml"
    file.write_bytes(build("60 MB"))
    told = command_line("inspect", file, before=("prlimit", "--as=1500000000"))
    assert told.code == 0
    assert told.document["parts"]


def test_inspect_of_what_is_no_message(tmp_path: Path) -> None:
    too_big = tmp_path / "gros.eml"
    with too_big.open("wb") as file:
        os.truncate(file.fileno(), LIMIT_OCTETS + 1)
    assert command_line("inspect", too_big).problem("file-too-big").exit_code == 3
    assert command_line("inspect", tmp_path).problem("file-not-read").exit_code == 3
    assert command_line("inspect", tmp_path / "rien.eml").problem("file-not-read").exit_code == 3
