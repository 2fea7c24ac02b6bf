"""Prompts in the window: shown, answered once, taken back when the engine says so."""

from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from mssclient.model.ids import PromptId
from mssclient.model.prompts import Prompt, PromptAnswer
from tests.planted import seed_secret
from ui.accounts.choice import ChoiceDialog
from ui.accounts.pin import PinDialog
from ui.accounts.waiting import WaitingDialog
from ui.main.prompting import Prompts


class Bridge(QObject):
    prompted = Signal(object)
    withdrawn = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[PromptAnswer] = []

    def answer(self, answer: PromptAnswer) -> None:
        self.answers.append(answer)


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    return window


@pytest.fixture
def bridge(window: QWidget) -> Bridge:
    bridge = Bridge()
    Prompts(window, bridge)  # type: ignore[arg-type]
    return bridge


def shown(window: QWidget, kind: type) -> Any:
    (found,) = [each for each in window.findChildren(kind) if each.isVisible()]
    return found


def prompt(kind: str, **more: Any) -> Prompt:
    return Prompt(id=PromptId("p"), kind=kind, **more)


def test_a_pin_is_answered_once(window: QWidget, bridge: Bridge) -> None:
    pin = seed_secret("918273")
    bridge.prompted.emit(prompt("pin", length=(4, 8)))
    bridge.prompted.emit(prompt("pin", length=(4, 8)))
    dialog = shown(window, PinDialog)
    dialog.entry.setText(pin)
    dialog.primary_button.click()
    assert [(each.accepted, each.secret.value) for each in bridge.answers] == [(True, pin)]


def test_declined(window: QWidget, bridge: Bridge) -> None:
    bridge.prompted.emit(prompt("pin"))
    shown(window, PinDialog).reject()
    assert [each.accepted for each in bridge.answers] == [False]


def test_the_telephone_ends_it(window: QWidget, bridge: Bridge) -> None:
    bridge.prompted.emit(prompt("phone", digits="42"))
    dialog = shown(window, WaitingDialog)
    bridge.withdrawn.emit("p")
    assert not dialog.isVisible()
    assert bridge.answers == []


def test_waiting_can_be_cancelled(window: QWidget, bridge: Bridge) -> None:
    bridge.prompted.emit(prompt("phone", digits="42"))
    shown(window, WaitingDialog).cancel_button.click()
    assert [each.accepted for each in bridge.answers] == [False]


@pytest.mark.parametrize(
    ("url", "opened"), [("https://psc.example/auth", True), ("file:///etc/passwd", False)]
)
def test_the_browser_gets_https_only(
    window: QWidget, bridge: Bridge, monkeypatch: pytest.MonkeyPatch, url: str, opened: bool
) -> None:
    gone: list[QUrl] = []

    def open_url(where: QUrl) -> bool:
        gone.append(where)
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    bridge.prompted.emit(prompt("browser", url=url))
    assert bool(gone) == opened
    assert [each.accepted for each in bridge.answers] == [opened]
    assert bool([each for each in window.findChildren(WaitingDialog) if each.isVisible()]) == opened


class Opener:
    """The system's way of opening pages."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.works = True
        self.opened: list[str] = []
        monkeypatch.setattr(QDesktopServices, "openUrl", self._open)

    def _open(self, where: QUrl) -> bool:
        self.opened.append(where.toString())
        return self.works


PAGE = "https://psc.example/auth?state=abc"


def test_a_browser_that_does_not_open_leaves_the_address(
    window: QWidget, bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    opener = Opener(monkeypatch)
    opener.works = False
    bridge.prompted.emit(prompt("browser", url=PAGE))
    dialog = shown(window, WaitingDialog)
    assert "Copiez l’adresse" in dialog.said.text
    dialog.copy_button.click()
    assert QGuiApplication.clipboard().text() == PAGE
    opener.works = True
    dialog.again_button.click()
    assert opener.opened == [PAGE, PAGE]
    assert dialog.said.isHidden()
    dialog.cancel_button.click()
    assert [each.accepted for each in bridge.answers] == [True, False]


def test_who_comes_back_without_an_answer_is_told(
    window: QWidget, bridge: Bridge, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    opener = Opener(monkeypatch)
    bridge.prompted.emit(prompt("browser", url=PAGE))
    dialog = shown(window, WaitingDialog)
    QApplication.sendEvent(dialog, QEvent(QEvent.Type.WindowActivate))  # as at the opening: says nothing
    assert dialog.quiet.remainingTime() > 20_000
    for kind in (QEvent.Type.WindowDeactivate, QEvent.Type.WindowActivate):
        QApplication.sendEvent(dialog, QEvent(kind))
    qtbot.waitUntil(lambda: "Rien n’est encore arrivé" in dialog.said.text, timeout=4000)
    assert not dialog.said.isHidden()
    dialog.again_button.click()
    assert len(opener.opened) == 2
    assert dialog.said.isHidden()


def test_a_certificate_is_chosen(window: QWidget, bridge: Bridge) -> None:
    bridge.prompted.emit(prompt("certificate", choices=("AUBRY Camille", "Cabinet des Tilleuls")))
    dialog = shown(window, ChoiceDialog)
    dialog.group.button(1).setChecked(True)
    dialog.primary_button.click()
    assert [(each.accepted, each.choice) for each in bridge.answers] == [(True, 1)]
