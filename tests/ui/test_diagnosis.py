"""The page of the diagnosis: opened from two places, read out, handed over, gone behind a lock."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from mssclient.model.changes import Progress
from mssclient.model.diagnosis import Check, Requirement
from mssclient.model.errors import Problem
from mssclient.model.ids import AccountId, QuestionId, new_id
from mssclient.model.operators import OperatorView
from mssclient.model.questions import Diagnose, Diagnosis
from tests.ui.practice import StoreDoor
from ui.diagnosis import DiagnosisPage
from ui.diagnosis.page import summary
from ui.diagnosis.rows import Line, worst
from ui.help import HelpDialog
from ui.main.window import MainWindow

CHECKS = (
    Check(area="network", check="route", state="ok", sentence="Cet ordinateur est relié à un réseau."),
    Check(area="hprim", check="directory", state="skip", sentence="Aucun dossier n’est choisi."),
    Check(
        area="tls",
        check="imap-chain",
        state="fail",
        sentence="Le certificat a expiré.",
        remedy="Prévenez l’opérateur.",
        code="certificate-expired",
        account=AccountId(1),
    ),
    Check(
        area="operator",
        check="quota",
        state="warn",
        sentence="Remplie.",
        remedy="Archivez.",
        account=AccountId(1),
    ),
)
FOUND = Diagnosis(
    checks=CHECKS,
    requirements=(
        Requirement(id="ECO.1.1.1", title="TLS 1.2", state="done", sentence="Refusé en dessous."),
        Requirement(id="ECO.2.1.1", title="IHE_XDM", state="not-yet", sentence="Pas produite."),
    ),
    support=(OperatorView(id="x", name="Opérateur", phone="01 02 03 04 05", mail="aide@operateur.example"),),
    text="Diagnostic\nsans personne\n",
)


class SlowDoor(StoreDoor):
    """Keeps the question until :meth:`give`."""

    waiting = ""

    def ask(self, question: Any) -> QuestionId:
        if not isinstance(question, Diagnose):
            return super().ask(question)
        self.said.append(question)
        self.waiting = new_id()
        return QuestionId(self.waiting)

    def give(self, answer: Any) -> None:
        self.listener.answered(self.waiting, answer)


Opened = Callable[..., tuple[MainWindow, SlowDoor]]


@pytest.fixture
def page(open_practice: Opened, qtbot: QtBot) -> tuple[DiagnosisPage, SlowDoor, MainWindow]:
    """Opened from the settings, the answer not yet there."""
    window, door = open_practice(kind=SlowDoor)
    window.show_place("settings")
    (go,) = (each for each in buttons(window.settings) if each.accessibleName() == "Ouvrir le diagnostic")
    QTest.mouseClick(go, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.settings.diagnosis.isVisible())
    return window.settings.diagnosis, door, window


def buttons(widget: QWidget) -> list[QPushButton]:
    return widget.findChildren(QPushButton)


def button(page: QWidget, name: str) -> QPushButton:
    (found,) = (each for each in buttons(page) if each.accessibleName() == name)
    return found


def answered(page: DiagnosisPage, door: SlowDoor, qtbot: QtBot, answer: Any = FOUND) -> None:
    door.give(answer)
    qtbot.waitUntil(lambda: button(page, "Relancer").isEnabled())


def lines(page: DiagnosisPage) -> list[Line]:
    return [each for each in page.findChildren(Line) if each.isVisible()]


def names(page: DiagnosisPage) -> list[str]:
    return [each.accessibleName().replace("\u00a0", " ") for each in lines(page)]


def choose(page: DiagnosisPage, words: str) -> None:
    (part,) = (each for each in buttons(page) if each.text() == words)
    part.click()


def test_it_begins_by_itself_and_tells_how_far_it_is(page: Any, qtbot: QtBot) -> None:
    shown, door, _window = page
    assert [each for each in door.said if isinstance(each, Diagnose)] == [Diagnose(requirements=True)]
    assert not button(shown, "Relancer").isEnabled()
    assert not button(shown, "Copier").isEnabled()
    door.listener.progress(Progress(id=door.waiting, done=3, total=9, sentence="Carte"))
    qtbot.waitUntil(lambda: "3 sur 9" in shown._progress._words.text())
    assert "Carte" in shown._progress._words.text()
    answered(shown, door, qtbot)
    assert not shown._progress.isVisible()
    assert button(shown, "Copier").isEnabled()


def test_every_line_tells_its_state_in_words(page: Any, qtbot: QtBot) -> None:
    shown, door, _window = page
    answered(shown, door, qtbot)
    assert names(shown) == [
        "En échec : Le certificat a expiré. Prévenez l’opérateur.",
        "À surveiller : Remplie. Archivez.",
        "Bon : Cet ordinateur est relié à un réseau.",
        "Sans objet : Aucun dossier n’est choisi.",
    ], "what fails is read first"
    assert "1 point en échec, 1 point à surveiller." in shown._bar.text


def test_only_what_is_to_be_looked_at_and_the_requirements(page: Any, qtbot: QtBot) -> None:
    shown, door, _window = page
    answered(shown, door, qtbot)
    choose(shown, "À regarder")
    qtbot.waitUntil(lambda: len(lines(shown)) == 2)
    choose(shown, "Exigences MSSanté")
    qtbot.waitUntil(lambda: any("ECO" in each for each in names(shown)))
    assert names(shown) == [
        "Fait : ECO.1.1.1  TLS 1.2 Refusé en dessous.",
        "Pas encore : ECO.2.1.1  IHE_XDM Pas produite.",
    ]
    assert "1 exigence remplie" in shown._bar.text
    choose(shown, "Tout")
    qtbot.waitUntil(lambda: len(lines(shown)) == 4)


def test_one_tab_stop_and_arrows(page: Any, qtbot: QtBot) -> None:
    shown, door, _window = page
    answered(shown, door, qtbot)
    every = lines(shown)
    every[0].setFocus(Qt.FocusReason.TabFocusReason)
    for expected in (1, 2, 3, 3):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Down)
        assert QApplication.focusWidget() is every[expected]
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Up)
    assert QApplication.focusWidget() is every[2]
    stops = [each for each in every if each.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert stops == [every[2]], "Tab comes back to where one was"


def test_whom_to_call_can_be_read_and_selected(page: Any, qtbot: QtBot) -> None:
    shown, door, _window = page
    answered(shown, door, qtbot)
    told = {each.accessibleName().replace("\u00a0", " ") for each in shown.findChildren(QWidget)}
    assert "Téléphone : 01 02 03 04 05" in told
    assert "Courriel : aide@operateur.example" in told


def test_the_text_is_copied_and_written(page: Any, qtbot: QtBot, tmp_path: Path) -> None:
    shown, door, _window = page
    answered(shown, door, qtbot)
    said: list[str] = []
    shown.said.connect(said.append)
    QTest.mouseClick(button(shown, "Copier"), Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == FOUND.text
    shown.write(tmp_path / "d.txt")
    assert (tmp_path / "d.txt").read_text(encoding="utf-8") == FOUND.text
    shown.write(tmp_path / "absent" / "d.txt")
    assert len(said) == 3
    assert "n’a pas pu être écrit" in said[2]


def test_it_can_be_cancelled_and_run_again(page: Any, qtbot: QtBot) -> None:
    shown, door, _window = page
    QTest.mouseClick(button(shown, "Annuler"), Qt.MouseButton.LeftButton)
    assert ("cancel", door.waiting) in door.said
    answered(shown, door, qtbot, Problem(code="cancelled", sentence="Interrompu.", remedy="Recommencez."))
    assert shown.diagnosis is None
    assert shown._empty.fact == "Interrompu."
    before = door.waiting
    QTest.mouseClick(button(shown, "Relancer"), Qt.MouseButton.LeftButton)
    assert door.waiting != before
    answered(shown, door, qtbot)
    assert shown.diagnosis == FOUND


def test_a_second_run_that_fails_keeps_what_was_found(page: Any, qtbot: QtBot) -> None:
    shown, door, _window = page
    answered(shown, door, qtbot)
    said: list[str] = []
    shown.said.connect(said.append)
    shown.run()
    answered(shown, door, qtbot, Problem(code="x", sentence="En panne.", remedy="Réessayez."))
    assert said == ["En panne. Réessayez."]
    assert len(lines(shown)) == 4


def test_back_to_the_settings_and_again(page: Any, qtbot: QtBot) -> None:
    shown, door, window = page
    answered(shown, door, qtbot)
    QTest.mouseClick(button(shown, "Revenir aux réglages"), Qt.MouseButton.LeftButton)
    assert not shown.isVisible()
    window.settings.show_diagnosis()
    assert shown.isVisible()
    assert len([each for each in door.said if isinstance(each, Diagnose)]) == 1, "kept, not run again"
    window.show_place("mail")
    window.show_place("settings")
    assert not shown.isVisible(), "the rail leads to the settings"


def test_a_lock_takes_it_away(page: Any, qtbot: QtBot) -> None:
    shown, door, window = page
    answered(shown, door, qtbot)
    window.lock()
    qtbot.waitUntil(lambda: window.locked)
    qtbot.waitUntil(lambda: shown.diagnosis is None)
    assert lines(shown) == []
    assert not button(shown, "Copier").isEnabled()


def test_from_the_help(open_practice: Opened, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    window, _door = open_practice(kind=SlowDoor)

    def press(dialog: HelpDialog) -> int:
        dialog.show()
        (go,) = (each for each in buttons(dialog) if each.accessibleName() == "Diagnostic")
        assert go.isVisible()
        QTest.mouseClick(go, Qt.MouseButton.LeftButton)
        return 1

    monkeypatch.setattr(HelpDialog, "exec", press)
    window.actions_by_name["help"].trigger()
    assert window.place == "settings"
    assert window.settings.diagnosis.isVisible()


def test_the_words_of_the_bar() -> None:
    ok, fail, warn = (Check(area="a", check="a", state=each, sentence="x") for each in ("ok", "fail", "warn"))
    assert summary([ok])[0] == "success"
    assert summary([ok, warn]) == ("warning", "1 point à surveiller.")
    assert summary([fail, fail, warn]) == ("danger", "2 points en échec, 1 point à surveiller.")
    assert [worst([ok, warn]), worst([fail, ok]), worst([])] == ["warn", "fail", "skip"]
