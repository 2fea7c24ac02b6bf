"""Dialogs that follow their content on any screen, the focus ring in them, and bars in narrow columns."""

from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from ui.kit import Dialog, FocusRing, MessageBar, box, button, label, line_edit, wrap


def shown(qtbot: QtBot, *content: QWidget, **more: Any) -> Dialog:
    dialog = Dialog(None, "Titre", primary="Continuer", **more)
    for each in content:
        dialog.content.addWidget(each)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    return dialog


def test_as_high_as_its_content(qtbot: QtBot) -> None:
    words = label("Une phrase bien trop longue pour tenir sur une seule ligne. " * 6, wrap=True)
    words.hide()
    dialog = shown(qtbot, words, width=300)
    low = dialog.height()
    words.show()
    dialog.fit()
    qtbot.waitUntil(lambda: words.height() >= words.heightForWidth(words.width()))
    assert dialog.height() > low + 40
    words.hide()
    dialog.fit()
    qtbot.waitUntil(lambda: dialog.height() == low)


def test_what_was_added_just_now_has_room(qtbot: QtBot) -> None:
    column = box("v")
    dialog = shown(qtbot, wrap(column))
    lines = [label(f"Ligne {number}") for number in range(8)]
    for line in lines:
        column.addWidget(line)
    dialog.fit()
    qtbot.waitUntil(lambda: all(line.visibleRegion().rectCount() for line in lines))


@pytest.fixture
def long_dialog(qtbot: QtBot) -> Dialog:
    return shown(qtbot, *(line_edit(f"Champ {number}") for number in range(40)))


def test_more_than_the_screen_scrolls_and_keeps_its_buttons(long_dialog: Dialog, qtbot: QtBot) -> None:
    room = long_dialog.screen().availableGeometry()
    qtbot.waitUntil(lambda: room.contains(long_dialog.frameGeometry()))
    for each in (long_dialog.primary_button, long_dialog.cancel_button):
        assert each.visibleRegion().boundingRect().size() == each.size()
    last = long_dialog.findChildren(QLineEdit)[-1]
    assert last.visibleRegion().isEmpty()
    long_dialog.findChildren(QLineEdit)[0].setFocus()
    QTest.keyClick(long_dialog, Qt.Key.Key_Backtab)  # from the first one back: footer, then the last field
    while long_dialog.focusWidget() is not last:
        QTest.keyClick(long_dialog.focusWidget(), Qt.Key.Key_Backtab)
    qtbot.waitUntil(lambda: not last.visibleRegion().isEmpty())


def ring(dialog: Dialog) -> FocusRing:
    (found,) = dialog.findChildren(FocusRing)
    return found


def test_the_keyboard_is_seen_in_a_dialog(qtbot: QtBot) -> None:
    dialog = shown(qtbot, button("Parcourir…"))
    QTest.mouseClick(dialog, Qt.MouseButton.LeftButton)
    assert not ring(dialog).isVisible()
    QTest.keyClick(dialog, Qt.Key.Key_Tab)
    focused = dialog.focusWidget()
    assert ring(dialog).isVisible()
    assert ring(dialog).geometry().contains(QRect(focused.mapTo(dialog, QPoint(0, 0)), focused.size()))
    QTest.mouseClick(dialog, Qt.MouseButton.LeftButton)
    assert not ring(dialog).isVisible()


def test_the_ring_goes_along_when_the_content_scrolls(qtbot: QtBot) -> None:
    first = button("Premier")
    dialog = shown(qtbot, first, *(line_edit(f"Champ {number}") for number in range(40)))
    dialog.cancel_button.setFocus()
    QTest.keyClick(dialog, Qt.Key.Key_Tab)
    first.setFocus()
    where = ring(dialog).geometry()
    bar = dialog._room.verticalScrollBar()
    bar.setValue(10)
    assert ring(dialog).geometry() == where.translated(0, -10)
    bar.setValue(bar.maximum())
    assert not ring(dialog).isVisible()
    bar.setValue(0)
    assert ring(dialog).isVisible()


@pytest.mark.parametrize(("width", "below"), [(360, True), (700, False)])
def test_a_narrow_bar_has_its_buttons_below_the_sentence(qtbot: QtBot, width: int, below: bool) -> None:
    go = button("Changer le mot de passe", small=True)
    bar = MessageBar(
        "danger", "L’opérateur demande de changer le mot de passe avant d’aller plus loin.", [go]
    )
    column = wrap(box("v", bar, None))
    qtbot.addWidget(column)
    column.resize(width, 300)
    column.show()
    qtbot.waitUntil(lambda: (go.y() > bar._text.geometry().bottom()) == below)
    qtbot.waitUntil(lambda: bar._text.height() >= bar._text.heightForWidth(bar._text.width()))


def test_what_a_bar_says_is_told_to_screen_readers_when_it_is_shown(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(QAccessible, "updateAccessibility", lambda event: told.append(event.message()))
    bar = MessageBar("info", "")
    column = wrap(box("v", bar))
    qtbot.addWidget(column)
    bar.hide()
    column.show()
    bar.say("danger", "Refusé.")
    assert told == []
    bar.show()
    bar.say("info", "Connexion en cours…")
    assert told == ["Refusé.", "Connexion en cours…"]
