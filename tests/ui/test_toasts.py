"""Toasts: what can be taken back is not pushed out by small news, and its end is told once."""

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ui.kit import Toasts


def made(qtbot: QtBot) -> Toasts:
    window = QWidget()
    window.resize(800, 600)
    qtbot.addWidget(window)
    window.show()
    return Toasts(window)


def test_its_end_is_told_once_unless_it_was_taken_back(qtbot: QtBot) -> None:
    toasts, told = made(qtbot), []
    toasts.say("un", undo=lambda: told.append("undo 1"), ended=lambda: told.append("end 1"))
    toasts.say("deux", undo=lambda: told.append("undo 2"), ended=lambda: told.append("end 2"))
    assert told == ["end 1"]
    assert toasts.undo_last()
    toasts.clear()
    assert told == ["end 1", "undo 2"]


def test_small_news_waits_for_nobody_and_pushes_nothing_out(qtbot: QtBot) -> None:
    toasts = made(qtbot)
    toasts.say("Brouillon supprimé", undo=lambda: None)
    toasts.say("1 nouveau message", gently=True)
    assert toasts.text == "Brouillon supprimé"
    toasts.clear()
    toasts.say("2 nouveaux messages", gently=True)
    assert toasts.text == "2 nouveaux messages"
