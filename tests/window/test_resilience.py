"""The window when things break around it: a killed engine, a killed window, a second start, a server away."""

import os
import signal
from pathlib import Path

import pytest

from tests.servers import ImapServer
from tests.window.practice import Practice, named, row_of

pytestmark = [pytest.mark.window, pytest.mark.servers, pytest.mark.timeout(240)]


class Eye:
    """Looks at the inbox over one connection of its own."""

    def __init__(self, server: ImapServer, user: str) -> None:
        self._client = server.raw_client(user)
        self._client.select_folder("INBOX", readonly=True)

    def flagged(self) -> int:
        self._client.noop()
        found = self._client.fetch(self._client.search("ALL"), ["FLAGS"])
        return sum(b"\\Flagged" in each[b"FLAGS"] for each in found.values())


def test_a_killed_engine_is_replaced_and_nothing_is_doubled(practice: Practice, dovecot: ImapServer) -> None:
    desk, until = practice.desk, practice.desk.bus.until
    program = practice.start()
    rows = until(lambda: program.find("list", "Messages"))
    until(lambda: rows.count == 4)
    practice.settled(lambda: rows)
    gone = practice.kill_engine()
    assert rows.count == 4
    desk.click(practice.row(rows, "Avis cardiologique"))
    until(
        lambda: "selected" in row_of(rows, "Avis cardiologique").states,
        5,
        "the row selected without an engine",
    )
    desk.key("d")
    until(lambda: practice.engine() not in (None, gone), what="another engine")
    eye = Eye(dovecot, practice.user)
    until(lambda: eye.flagged() == 1, what="the flag at the server")
    until(lambda: program.find("label", "Avis cardiologique"))
    desk.activate(program)
    desk.key("alt+F4")
    assert program.process.wait(60) == 0


def test_what_is_written_survives_both_kills(practice: Practice, dovecot: ImapServer, shots: Path) -> None:
    desk, until = practice.desk, practice.desk.bus.until
    program = practice.start()
    until(lambda: program.find("list", "Messages").count == 4)
    desk.key("ctrl+n")
    writing = until(lambda: named(program, "Nouveau message"))
    writing.find("text", "Texte du message").focus()
    desk.type("Chère consœur, voici")
    until(lambda: any(node.name.startswith("Brouillon enregistré") for node in writing.find_all("label")))
    practice.kill_engine()
    os.kill(program.process.pid, signal.SIGKILL)
    program.process.wait(60)
    again = practice.start()
    until(lambda: again.find("push button", "Reprendre"))
    desk.shot(shots / "panne-brouillon.png")
    desk.click(practice.settled(lambda: again.find("push button", "Reprendre")))
    writing = until(lambda: named(again, "Nouveau message"))
    text = until(lambda: writing.find("text", "Texte du message"))
    until(lambda: text.text == "Chère consœur, voici")
    assert dovecot.uids(practice.colleague) == []


def test_a_second_start_shows_the_first_window(practice: Practice) -> None:
    desk, until = practice.desk, practice.desk.bus.until
    program = practice.start()
    until(lambda: program.find("list", "Messages").count == 4)
    second = practice.again("mailto:Dr.Exemple@medecin.mssante.fr?subject=Avis")
    assert second == 0
    until(lambda: named(program, "Avis"))
    assert desk.bus.programs().keys() == {program.process.pid}


def test_a_server_away_is_said_and_reading_goes_on(
    practice: Practice, dovecot: ImapServer, shots: Path
) -> None:
    desk, until = practice.desk, practice.desk.bus.until
    program = practice.start()
    rows = until(lambda: program.find("list", "Messages"))
    until(lambda: rows.count == 4)
    dovecot.stop()
    try:
        desk.click(practice.row(rows, "Avis cardiologique"))
        until(lambda: program.find("label", "Avis cardiologique"))
        until(
            lambda: any(node.name.startswith("Hors connexion") for node in program.find_all("label")),
            what="the window says that it is offline",
        )
        desk.shot(shots / "hors-ligne.png")
        desk.key("d")
    finally:
        dovecot.start()
    eye = Eye(dovecot, practice.user)
    until(lambda: eye.flagged() == 1, what="the flag, once back")
