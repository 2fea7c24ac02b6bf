"""A morning in the practice, in the real window with its engine, on real servers.

Judged by what a screen reader is told and by what the servers hold.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.servers import ImapServer
from tests.window.letters import LETTER, RESULT, SPOOF, html_letter

if TYPE_CHECKING:
    from tests.desk.atspi import Node
    from tests.desk.desk import Desk, Program

pytestmark = [pytest.mark.window, pytest.mark.servers, pytest.mark.timeout(240)]


def named(program: "Program", title: str) -> "Node | None":
    """The window of that title; the name of the program may follow it."""
    return next((window for window in program.windows if window.name.startswith(title)), None)


class Practice:
    """One BAL on Dovecot, its profile, its colleague."""

    def __init__(self, desk: "Desk", server: ImapServer, folder: Path, name: str) -> None:
        self.desk, self.server = desk, server
        self.user = server.new_user(name)[0]
        self.colleague = server.new_user(f"{name}-confrere")[0]
        self.profile = folder / "profil"
        self.deposit = folder / "depot"
        self.deposit.mkdir()
        self._ca = folder / "ca.pem"
        self._ca.write_bytes(server.ca_pem)

    def add_account(self) -> None:
        """By the command line, which finds the keyring of this desk."""
        password = self.server.credentials(self.user)[1]
        secrets = f'[accounts."{self.user}"]\npassword = {json.dumps(password)}\n'
        command = [sys.executable, "-m", "mssclient", "--profile", str(self.profile), "--secrets", "-"]
        imap = f"{self.server.host}:{self.server.port_tls}"
        smtp = f"{self.server.host}:{self.server.submission_tls}"
        options = ["--imap", imap, "--smtp", smtp, "--ca", str(self._ca), "--name", "Dr Camille Essai"]
        self.desk.run(*command, "account", "add", self.user, *options, stdin=secrets)

    def start(self) -> "Program":
        return self.desk.start(sys.executable, "-m", "ui", "--profile", str(self.profile), within_s=30)


@pytest.fixture
def practice(new_desk: Callable[..., "Desk"], dovecot: ImapServer, tmp_path: Path) -> Practice:
    made = Practice(new_desk(keyring=True), dovecot, tmp_path, f"camille{len(dovecot.users)}")
    dovecot.append(made.user, "INBOX", LETTER.format(to=made.user, sender=made.colleague).encode())
    dovecot.append(made.user, "INBOX", html_letter(made.user, made.colleague))
    dovecot.append(made.user, "INBOX", SPOOF.format(to=made.user).encode())
    dovecot.append(made.user, "INBOX", RESULT.format(to=made.user).encode("cp1252"))
    made.add_account()
    return made


def test_a_morning_in_the_practice(practice: Practice, dovecot: ImapServer, shots: Path) -> None:
    desk, until = practice.desk, practice.desk.bus.until
    program = practice.start()
    rows = until(lambda: program.find("list", "Messages"))
    until(lambda: rows.count == 4, 30, "four messages in the list")
    desk.shot(shots / "matin-1-liste.png")
    assert [repr(node) for node in program.unnamed()] == []

    # She reads the letter; the padlock says why it is not green here.
    letter = next(row for row in rows.children() if "Avis cardiologique" in row.name)
    desk.click(letter)
    until(lambda: program.find("label", "Avis cardiologique"), 15)
    desk.shot(shots / "matin-2-lecture.png")
    assert [repr(node) for node in program.unnamed()] == []

    # She answers.
    desk.key("ctrl+r")
    writing = until(lambda: named(program, "Re: Avis cardiologique"), 15)
    until(lambda: "active" in writing.states)
    text = until(lambda: writing.find("text", "Texte du message"))
    until(lambda: "focused" in text.states)
    desk.type("Merci, je la reçois jeudi.\n")
    until(lambda: text.text.startswith("Merci, je la reçois jeudi."))
    desk.shot(shots / "matin-3-reponse.png")
    assert [repr(node) for node in program.unnamed()] == []
    desk.key("ctrl+Return")
    until(lambda: len(dovecot.uids(practice.colleague)) == 1, 30, "one message at the colleague's")
    until(lambda: len(dovecot.uids(practice.user, "Sent")) == 1, 30, "one copy in Sent")
    (received,) = dovecot.raw(practice.colleague)
    assert "Merci, je la reçois jeudi." in received.decode("utf-8", "replace").replace("=C3=A7", "ç")
    until(lambda: named(program, "Re:") is None)

    # She lets the results of the inbox be delivered.
    desk.activate(program)
    desk.key("ctrl+h")
    dialog = until(lambda: named(program, "Télécharger les résultats HPRIM"), 10)
    field = dialog.find("text", "Dossier de dépôt")
    field.focus()
    desk.key("ctrl+a")
    desk.type(str(practice.deposit))
    desk.key("Return")
    until(lambda: len(list(practice.deposit.iterdir())) == 1, 20, "one file delivered")
    until(lambda: dialog.find("push button", "Copier le rapport"), 10)
    desk.shot(shots / "matin-4-hprim.png")
    assert [repr(node) for node in dialog.unnamed()] == []
    (file,) = practice.deposit.iterdir()
    assert b"****LAB****" in file.read_bytes()
    desk.key("Escape")

    desk.activate(program)
    desk.key("alt+F4")
    assert program.process.wait(15) == 0
    assert len(dovecot.uids(practice.colleague)) == 1
    assert len(dovecot.uids(practice.user, "Sent")) == 1
