"""A morning in the practice, in the real window with its engine, on real servers.

Judged by what a screen reader is told and by what the servers hold.
"""

from pathlib import Path

import pytest

from tests.servers import ImapServer
from tests.window.practice import Practice, named

pytestmark = [pytest.mark.window, pytest.mark.servers, pytest.mark.timeout(240)]


def test_a_morning_in_the_practice(practice: Practice, dovecot: ImapServer, shots: Path) -> None:
    desk, until = practice.desk, practice.desk.bus.until
    program = practice.start()
    rows = until(lambda: program.find("list", "Messages"))
    until(lambda: rows.count == 4, what="four messages in the list")
    practice.settled(lambda: rows)
    desk.shot(shots / "matin-1-liste.png")
    assert [repr(node) for node in program.unnamed()] == []

    # She reads the letter; the padlock says why it is not green here.
    desk.click(practice.row(rows, "Avis cardiologique"))
    until(lambda: program.find("label", "Avis cardiologique"))
    desk.shot(shots / "matin-2-lecture.png")
    assert [repr(node) for node in program.unnamed()] == []

    # She answers.
    desk.key("ctrl+r")
    writing = until(lambda: named(program, "Re: Avis cardiologique"))
    until(lambda: "active" in writing.states)
    text = until(lambda: writing.find("text", "Texte du message"))
    until(lambda: "focused" in text.states)
    desk.type("Merci, je la reçois jeudi.\n")
    until(lambda: text.text.startswith("Merci, je la reçois jeudi."))
    desk.shot(shots / "matin-3-reponse.png")
    assert [repr(node) for node in program.unnamed()] == []
    desk.key("ctrl+Return")
    until(lambda: len(dovecot.uids(practice.colleague)) == 1, what="one message at the colleague's")
    until(lambda: len(dovecot.uids(practice.user, "Sent")) == 1, what="one copy in Sent")
    (received,) = dovecot.raw(practice.colleague)
    assert "Merci, je la reçois jeudi." in received.decode("utf-8", "replace").replace("=C3=A7", "ç")
    until(lambda: named(program, "Re:") is None)

    # She lets the results of the inbox be delivered.
    desk.activate(program)
    desk.key("ctrl+h")
    dialog = until(lambda: named(program, "Télécharger les résultats HPRIM"))
    field = dialog.find("text", "Dossier de dépôt")
    field.focus()
    desk.key("ctrl+a")
    desk.type(str(practice.deposit))
    desk.key("Return")
    until(lambda: len(list(practice.deposit.iterdir())) == 1, what="one file delivered")
    until(lambda: dialog.find("push button", "Copier le rapport"))
    desk.shot(shots / "matin-4-hprim.png")
    assert [repr(node) for node in dialog.unnamed()] == []
    (file,) = practice.deposit.iterdir()
    assert b"****LAB****" in file.read_bytes()
    desk.key("Escape")

    desk.activate(program)
    desk.key("alt+F4")
    assert program.process.wait(60) == 0
    assert len(dovecot.uids(practice.colleague)) == 1
    assert len(dovecot.uids(practice.user, "Sent")) == 1
