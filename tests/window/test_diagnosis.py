"""The diagnosis in the real window: all well, then the operator is gone; a screen reader hears both."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.servers import ImapServer
from tests.window.practice import Practice, named

if TYPE_CHECKING:
    from tests.desk.atspi import Node
    from tests.desk.desk import Program

pytestmark = [pytest.mark.window, pytest.mark.servers, pytest.mark.timeout(240)]


def lines(program: "Program") -> list[str]:
    return [each.name.replace("\u00a0", " ") for each in program.find_all("label", "") if each.name]


def told(program: "Program", beginning: str, words: str) -> "list[str]":
    return [each for each in lines(program) if each.startswith(beginning) and words in each]


def button(program: "Program", name: str) -> "Node":
    return program.find("push button", name)


def test_a_diagnosis_before_and_after_an_outage(practice: Practice, dovecot: ImapServer, shots: Path) -> None:
    desk, until = practice.desk, practice.desk.bus.until
    program = practice.start()
    until(lambda: program.find("list", "Messages"))

    # By the keyboard from the help.
    desk.key("F1")
    until(lambda: named(program, "Aide"))
    desk.click(button(program, "Diagnostic"))
    until(lambda: "enabled" in button(program, "Copier").states, what="a diagnosis")
    for words in ("TLS", "dossiers", "comme expéditeur"):
        until(lambda words=words: told(program, "Bon :", words), 30, words)
    assert not told(program, "En échec :", "")
    assert [repr(node) for node in program.unnamed()] == []
    desk.shot(shots / "diagnostic-1-tout-va-bien.png")

    # The operator is gone: what fails is told first, with what to do.
    dovecot.stop()
    try:
        desk.click(button(program, "Relancer"))
        failed = until(lambda: told(program, "En échec :", "n’est pas joignable"), what="a failure")
        assert all("Vérifiez" in each for each in failed)
        desk.shot(shots / "diagnostic-2-panne.png")
    finally:
        dovecot.start()

    desk.activate(program)
    desk.key("alt+F4")
    assert program.process.wait(30) == 0
