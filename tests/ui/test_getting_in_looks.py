"""Every screen of getting in: no text is cut, nothing that acts is nameless, each dialog is on the screen.

The screens are those of ``tests.ui.look_getting_in``, which makes pictures of them.
"""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.ui import look_getting_in as look
from ui.kit import Dialog, Elide
from ui.theme import appearance

_ACTING = (QAbstractButton, QLineEdit, QComboBox, QPlainTextEdit)


def cut(widget: QWidget) -> list[str]:
    """The words that have less room than they need."""
    found: list[str] = []
    for each in widget.findChildren(QLabel):
        if isinstance(each, Elide) or not each.isVisible() or not each.text():
            continue
        height = each.heightForWidth(each.width()) if each.wordWrap() else each.sizeHint().height()
        narrow = not each.wordWrap() and each.width() < each.sizeHint().width()
        if each.height() < height or narrow:
            found.append(each.text())
    for each in widget.findChildren(QAbstractButton):
        if each.isVisible() and each.text() and each.width() < each.sizeHint().width():
            found.append(each.text())
    for each in widget.findChildren(QLineEdit):
        hint = each.placeholderText()
        if each.isVisible() and each.fontMetrics().horizontalAdvance(hint) > each.width() - 22:
            found.append(hint)
    return found


def unnamed(widget: QWidget) -> list[str]:
    """What acts but has neither a name nor words of its own."""
    return [
        each.metaObject().className()
        for kind in _ACTING
        for each in widget.findChildren(kind)
        if each.isVisible() and not each.accessibleName() and not (getattr(each, "text", str)())
    ]


def out_of_order(dialog: Dialog) -> list[str]:
    """What Tab reaches after something that stands below it, from the top to the last button."""
    chain: list[QWidget] = []
    each = dialog.nextInFocusChain()
    while each is not None and each is not dialog:
        tabbed = each.focusPolicy() & Qt.FocusPolicy.TabFocus
        if tabbed and each.isVisible() and each.isEnabled() and each.focusProxy() is None:
            chain.append(each)
        each = each.nextInFocusChain()

    def bottom(widget: QWidget) -> int:
        return widget.mapTo(dialog, widget.rect().bottomLeft()).y()

    def top(widget: QWidget) -> int:
        return widget.mapTo(dialog, QPoint(0, 0)).y()

    if not chain:
        return []
    first = min(chain, key=lambda widget: (top(widget), widget.x()))
    at = chain.index(first)
    chain = chain[at:] + chain[:at]
    return [
        after.accessibleName() or after.metaObject().className()
        for before, after in pairwise(chain)
        if bottom(after) < top(before)
    ]


class Looking(look.Book):
    """Finds faults instead of keeping pictures."""

    def __init__(self) -> None:
        super().__init__(Path())
        self.faults: list[str] = []
        self.seen = 0

    def keep(self, name: str, widget: QWidget) -> None:
        look.wait(30)
        self.seen += 1
        self.faults += [f"{name}: cut {words!r}" for words in cut(widget)]
        self.faults += [f"{name}: unnamed {kind}" for kind in unnamed(widget)]
        if isinstance(widget, Dialog):
            room = widget.screen().availableGeometry()
            self.faults += [f"{name}: {words!r} comes too late by Tab" for words in out_of_order(widget)]
            if widget.scrolls and widget.height() < room.height() - 40:
                self.faults.append(f"{name}: scrolls though there is room")
            if not room.contains(widget.frameGeometry()):
                self.faults.append(f"{name}: outside of the screen")
            self.faults += [
                f"{name}: {each.text()!r} is not to be seen"
                for each in (widget.primary_button, widget.cancel_button)
                if each.isVisible() and each.visibleRegion().boundingRect().size() != each.size()
            ]


DIALOGS = (
    look.look_at_servers,
    look.look_at_logins,
    look.look_at_setup,
    look.look_at_prompts,
    look.look_at_passwords,
    look.look_at_small_dialogs,
)


@pytest.mark.parametrize("percent", [100, 130])
@pytest.mark.parametrize("screens", DIALOGS, ids=lambda each: each.__name__)
def test_nothing_is_cut_or_nameless(
    qtbot: QtBot, qapp: QApplication, screens: Callable[[look.Book], None], percent: int
) -> None:
    appearance().choose(text_percent=percent)
    book = Looking()
    screens(book)
    assert book.seen
    assert book.faults == []
