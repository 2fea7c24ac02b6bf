"""The real window before a profile that cannot be opened, and with the letters that hurt."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.badinput.disks import Disk
from tests.badinput.letters import LETTERS, SUBJECTS, build
from tests.servers import ImapServer
from tests.window.practice import Practice

if TYPE_CHECKING:
    from tests.desk.desk import Desk, Program

pytestmark = [pytest.mark.window, pytest.mark.servers, pytest.mark.timeout(240)]


def test_a_read_only_profile(new_desk: Callable[..., "Desk"], disk: Disk, shots: Path) -> None:
    """Said with a remedy; « Réessayer » opens when it is mended."""
    disk.freeze()
    desk = new_desk(keyring=True)
    until = desk.bus.until
    program = desk.start(sys.executable, "-m", "ui", "--profile", str(disk.place / "profil"))
    again = until(lambda: program.find("push button", "Réessayer"))
    words = " ".join(node.name for node in program.find_all("label"))
    assert "Le dossier du profil ne peut pas être écrit." in words
    assert "Vérifiez les droits du dossier" in words
    assert [repr(node) for node in program.unnamed()] == []
    desk.shot(shots / "mauvaise-entree-lecture-seule.png")
    disk.resize(12_000_000)
    desk.click(again)
    until(lambda: not program.find_all("push button", "Réessayer"), what="the mail instead of the problem")
    desk.key("alt+F4")
    assert program.process.wait(60) == 0


def test_letters_that_hurt(
    new_desk: Callable[..., "Desk"], dovecot: ImapServer, tmp_path: Path, shots: Path
) -> None:
    """Each is opened; the window answers all the while."""
    practice = Practice(new_desk(keyring=True), dovecot, tmp_path, f"hostile{len(dovecot.users)}")
    dovecot.append_all(practice.user, "INBOX", [(build(name), [], None) for name in LETTERS])
    practice.add_account()
    desk, until = practice.desk, practice.desk.bus.until
    program = practice.start()
    rows = until(lambda: program.find("list", "Messages"))
    until(lambda: rows.count == len(LETTERS), what="all letters in the list")
    practice.settled(lambda: rows)
    longest = 0.0
    newest_first = [*reversed(LETTERS)]
    for number, name in enumerate(newest_first):
        if number:
            desk.key("Down")
        else:
            desk.click(practice.row(rows))
        until(lambda number=number: "selected" in rows.child(number).states, 10, f"{name} selected")
        until(lambda name=name: shown(program, SUBJECTS[name]), 25, f"{name} in the reader")
        asked = time.monotonic()
        assert program.name
        assert rows.count == len(LETTERS)
        longest = max(longest, time.monotonic() - asked)
    assert longest < 3, "the window stood still"
    desk.shot(shots / "mauvaise-entree-lettres.png")
    assert [repr(node) for node in program.unnamed()] == []
    desk.key("alt+F4")
    assert program.process.wait(60) == 0


def shown(program: "Program", subject: str) -> bool:
    """The reader's heading; a message without a subject has one of its own."""
    wanted = subject or "(sans objet)"
    return any(node.name.startswith(wanted) for node in program.find_all("label"))
