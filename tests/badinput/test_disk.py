"""A disk that is full or read-only: said, nothing committed is lost, and it goes on when there is room."""

import os
import shutil
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mssclient.engine.client import Profile
from mssclient.model.accounts import Endpoint
from mssclient.model.errors import MssError
from mssclient.model.messages import Person
from mssclient.model.questions import Done, DraftAnswer, NewDraft, Paths, ReadDraft, SaveAttachments
from mssclient.model.wants import DeliverHprim, KeepDraft, MarkFlags, Submit
from tests.badinput.disks import Disk
from tests.badinput.letters import part
from tests.badinput.operator import AIOSMTPD, operator_of
from tests.badinput.practice import Practice, clear, command_line, letter, practice
from tests.servers import Authority, ImapServer

pytestmark = pytest.mark.servers

MB = 1_000_000


def heavy(number: int) -> bytes:
    """A megabyte that no compression helps."""
    return letter(number, os.urandom(500_000).hex(), subject=f"Lourd {number}")


def test_it_fills_up_during_a_synchronisation(
    disk: Disk, dovecot: ImapServer, new_user: tuple[str, str]
) -> None:
    address, _password = new_user
    dovecot.append_all(address, "INBOX", [(letter(n), [], None) for n in range(30)])
    with practice(disk.place / "profil") as desk:
        desk.joined(dovecot, address)
        desk.synced()
        before = {row.id: desk.view.raw(row.message) for row in desk.rows()}
        mail = [heavy(n) for n in range(100, 116)]
        dovecot.append_all(address, "INBOX", [(raw, [], None) for raw in mail])
        begun = time.monotonic()
        desk.problem(desk.sync(), "disk-full")
        assert time.monotonic() - begun < 30
        for placement, raw in before.items():
            row = desk.view.rows_of([placement])[0]
            assert desk.view.raw(row.message) == raw
        assert desk.read(next(iter(before))).text
        # What a person does now is refused aloud, not lost in silence.
        want = desk.client.post(MarkFlags(placements=(next(iter(before)),), add=("flagged",)))
        desk.until(lambda: want in settled(desk))
        outcome = settled(desk)[want]
        if outcome is not None:
            clear(outcome, "disk-full")
        disk.resize(60 * MB)
        desk.synced()
        assert len(desk.rows()) == 46
        assert sorted(raw or b"" for raw in desk.held()) == sorted([*before.values(), *mail])  # type: ignore[type-var]


def settled(desk: Practice) -> dict[str, object]:
    """Want → its problem, or None when it was written down."""
    found: dict[str, object] = {}
    for name, value in list(desk.ear.heard):
        if name == "acknowledged":
            found.setdefault(value, None)
        elif name == "ended":
            found[value[0]] = value[1] if hasattr(value[1], "sentence") else None
    return found


def test_the_workers_wait_for_room(disk: Disk, dovecot: ImapServer, new_user: tuple[str, str]) -> None:
    """Under a window: the state of the BAL tells, and all comes by itself when there is room."""
    address, _password = new_user
    with practice(disk.place / "profil", background=True) as desk:
        desk.joined(dovecot, address)
        desk.ear.wait("changed", lambda changed: any(s.state == "online" for s in changed.states))
        disk.fill(leave_octets=300_000)
        mail = [heavy(n) for n in range(3)]
        dovecot.append_all(address, "INBOX", [(raw, [], None) for raw in mail])
        heard = desk.ear.wait(
            "changed",
            lambda changed: any(s.problem and s.problem.code == "disk-full" for s in changed.states),
        )
        clear(next(s.problem for s in heard.states if s.problem), "disk-full")
        disk.clear()
        desk.until(lambda: len([raw for raw in desk.held() if raw]) == 3, within_s=60)


def test_no_room_at_the_start(disk: Disk) -> None:
    """A new profile on a full disk, for a window's engine and for the command line."""
    disk.fill()
    desk = Practice(disk.place / "profil", in_process=False)
    desk.start()
    clear(desk.ear.wait("failed"), "disk-full")
    desk.close()
    told = command_line("account", "list", profile=disk.place / "autre")
    assert told.problem("disk-full").exit_code == 3


@pytest.mark.parametrize("left", [8_000, 40_000, 150_000, 400_000])
def test_hardly_any_room_at_the_start(disk: Disk, left: int) -> None:
    """Full in the middle of making the store: the next start finds no half of one."""
    disk.fill(leave_octets=left)
    told = command_line("account", "list", profile=disk.place / "profil")
    assert told.code in (0, 3)
    if told.code == 3:
        told.problem("disk-full")
    disk.clear()
    again = command_line("account", "list", profile=disk.place / "profil")
    assert again.code == 0, again.out


def test_a_full_disk_loses_nothing_that_is_written(
    disk: Disk, dovecot: ImapServer, new_user: tuple[str, str]
) -> None:
    """Drafts: what cannot be kept is told at once; what was kept before is still there."""
    with practice(disk.place / "profil") as desk:
        account = desk.joined(dovecot, new_user[0])
        answer = desk.ear.ask(NewDraft(account=account.id))
        assert isinstance(answer, DraftAnswer)
        draft = msgspec.structs.replace(
            answer.drafts[0], to=(Person(address="bob@exemple.fr"),), subject="Important", text="avant"
        )
        desk.ear.do(KeepDraft(draft=draft))
        disk.fill()
        longer = msgspec.structs.replace(draft, text="après " * 500_000)
        begun = time.monotonic()
        clear(desk.ear.do(KeepDraft(draft=longer)), "disk-full")
        assert time.monotonic() - begun < 10
        kept = desk.ear.ask(ReadDraft(draft=draft.id))
        assert kept.drafts[0].text == "avant"
        disk.resize(60 * MB)
        desk.ear.do(KeepDraft(draft=longer))
    with practice(disk.place / "profil") as desk:
        assert desk.ear.ask(ReadDraft(draft=draft.id)).drafts[0].text == longer.text


def test_it_fills_up_in_the_middle_of_sending(
    disk: Disk,
    dovecot: ImapServer,
    authority: Authority,
    new_user: tuple[str, str],
    tmp_path: Path,
    noise: Any,
) -> None:
    """The operator has the message and we cannot write it down: it is not sent a second time."""
    noise.expect(AIOSMTPD, must=False)
    with (
        operator_of(authority, tmp_path) as operator,
        practice(disk.place / "profil", background=True) as desk,
    ):
        account = desk.joined(dovecot, new_user[0], smtp=Endpoint(host="localhost", port=operator.port))
        desk.ear.wait("changed", lambda changed: any(s.state == "online" for s in changed.states))
        operator.on_data = disk.fill
        raw = letter(1, to="bob@exemple.fr")
        assert isinstance(desk.ear.do(Submit(account=account.id, raw=raw)), Done)
        desk.until(lambda: bool(operator.taken))
        operator.on_data = None
        disk.clear()
        desk.until(lambda: desk.outbox(all=True)[0].state in ("done", "uncertain"), within_s=60)
        (item,) = desk.outbox(all=True)
        if item.state == "uncertain":
            clear(item.problem, "send-uncertain")
        assert len(operator.taken) == 1


def test_no_room_where_files_are_saved(
    disk: Disk, desk: Practice, dovecot: ImapServer, new_user: tuple[str, str]
) -> None:
    """Attachments and HPRIM files on another disk: no half of a file stays."""
    kind = b"Content-Type: multipart/mixed; boundary=b\r\n"
    joined = part(os.urandom(3 * MB), "application/pdf", "gros.pdf") + b"--b--\r\n"
    raw = letter(1).replace(b"Content-Type: text/plain; charset=utf-8\r\n", kind).replace(b"Bonjour.", joined)
    dovecot.append(new_user[0], "INBOX", raw)
    account = desk.joined(dovecot, new_user[0])
    desk.synced(account)
    placement = desk.rows()[0].id
    disk.fill(leave_octets=MB)
    films = {path.name for path in disk.place.iterdir()}
    question = SaveAttachments(placement=placement, parts=(), directory=str(disk.place))
    clear(desk.ear.ask(question), "disk-full")
    assert {path.name for path in disk.place.iterdir()} == films
    disk.clear()
    disk.freeze()
    clear(desk.ear.ask(question), "file-not-written", "folder-read-only")
    report = desk.ear.do(DeliverHprim(directory=str(disk.place)))
    if not hasattr(report, "failed"):
        clear(report)
    disk.resize(12 * MB)
    assert isinstance(desk.ear.ask(question), Paths)
    desk.remove(account)


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="prlimit is util-linux's")
def test_a_file_may_not_grow(dovecot: ImapServer, new_user: tuple[str, str], tmp_path: Path) -> None:
    """A quota, or a file system of small files: a write fails for another reason than a full disk."""
    place = tmp_path / "profil"
    with practice(place) as desk:
        desk.joined(dovecot, new_user[0])
        desk.synced()
    dovecot.append_all(new_user[0], "INBOX", [(heavy(n), [], None) for n in range(6)])
    told = command_line("sync", profile=place, before=("prlimit", "--fsize=2000000"))
    assert told.problem("disk-write-failed", "disk-full").exit_code == 3
    assert command_line("sync", profile=place).code == 0
    assert len(command_line("list", "INBOX", profile=place).document["messages"]) == 6


# -- read-only -----------------------------------------------------------------------------------------


def test_a_read_only_place_for_a_new_profile(disk: Disk) -> None:
    disk.freeze()
    desk = Practice(disk.place / "profil", in_process=False)
    desk.start()
    clear(desk.ear.wait("failed"), "profile-read-only")
    desk.close()
    told = command_line("account", "list", profile=disk.place / "profil")
    assert told.problem("profile-read-only").exit_code == 3
    words = command_line("folders", profile=disk.place / "profil", as_json=False)
    assert "ne peut pas être écrit" in words.err


def test_a_profile_that_became_read_only(disk: Disk, dovecot: ImapServer, new_user: tuple[str, str]) -> None:
    """Refused as a whole with the reason, not changed by a byte, and whole again when it can be written."""
    place = disk.place / "profil"
    dovecot.append(new_user[0], "INBOX", letter(1))
    with practice(place) as desk:
        desk.joined(dovecot, new_user[0])
        desk.synced()
    before = (place / "store.db").read_bytes()
    disk.freeze()
    for verb in (("folders",), ("sync",), ("list", "INBOX")):
        told = command_line(*verb, profile=place)
        assert told.problem("profile-read-only").exit_code == 3
    assert (place / "store.db").read_bytes() == before
    disk.resize(12 * MB)
    assert command_line("list", "INBOX", profile=place).document["messages"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_the_right_to_write(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        told = command_line("account", "list", profile=tmp_path / "profil")
        assert told.problem("profile-read-only").exit_code == 3
    finally:
        tmp_path.chmod(0o700)


def test_a_folder_that_is_not_ours(tmp_path: Path) -> None:
    """A file where the profile should be, or a folder inside a file."""
    file = tmp_path / "fichier"
    file.write_bytes(b"x")
    for place in (file, file / "profil"):
        with pytest.raises(MssError) as told:
            Profile(place).prepare()
        clear(told.value.problem, "profile-read-only")
        answered = command_line("account", "list", profile=place)
        assert answered.problem("profile-read-only").exit_code == 3
