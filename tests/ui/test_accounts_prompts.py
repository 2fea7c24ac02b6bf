"""Prompts in the window: shown, answered once, taken back when the engine says so."""

from typing import Any

import pytest
from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget
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


def test_a_certificate_is_chosen(window: QWidget, bridge: Bridge) -> None:
    bridge.prompted.emit(prompt("certificate", choices=("AUBRY Camille", "Cabinet des Tilleuls")))
    dialog = shown(window, ChoiceDialog)
    dialog.group.button(1).setChecked(True)
    dialog.primary_button.click()
    assert [(each.accepted, each.choice) for each in bridge.answers] == [(True, 1)]
