"""The rail: the five places of the window, each an icon over a word."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QVBoxLayout, QWidget

from mssclient.model.language import _
from ui.kit.paint import pill, pill_width
from ui.theme import T, appearance, as_colour, draw_icon, font, scaled
from ui.theme.words import NBSP

__all__ = ["PLACES", "Rail"]

PLACES = ("mail", "contacts", "documents", "outbox", "settings")
_ICONS = {
    "mail": "mail",
    "contacts": "contact-round",
    "documents": "files",
    "outbox": "send",
    "settings": "settings",
}


def _words(place: str) -> str:
    return {
        "mail": _("Courrier"),
        "contacts": _("Contacts"),
        "documents": _("Documents"),
        "outbox": _("Suivi"),
        "settings": _("Réglages"),
    }[place]


class _Place(QAbstractButton):
    """Words always: nobody should have to guess an icon."""

    def __init__(self, place: str) -> None:
        super().__init__()
        self._icon = _ICONS[place]
        self._badge = ""
        self.setText(_words(place))
        self.setAccessibleName(self.text())
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setProperty("radius", 10)
        appearance().changed.connect(self.updateGeometry)

    def set_badge(self, count: int, words: str) -> None:
        self._badge = str(count) if count else ""
        self.setAccessibleName(f"{self.text()}{NBSP}: {words}" if count else self.text())
        self.setToolTip(words if count else "")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(76, scaled(58))

    minimumSizeHint = sizeHint

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on = self.isChecked()
        token = "muted"
        if on:
            token = "sel_text" if T.contrast else "accent_text"
        if on or self.underMouse():
            painter.setBrush(as_colour("sel" if on else "press"))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawRoundedRect(QRectF(14, 4, 48, 30), 10, 10)
        draw_icon(painter, self._icon, token, 28, 9, 20)
        painter.setFont(font("micro", 600 if on else 500))
        painter.setPen(as_colour("text" if on else "muted"))
        painter.drawText(QRect(0, 36, 76, scaled(18)), Qt.AlignmentFlag.AlignCenter, self.text())
        if self._badge:
            x = min(44, 74 - pill_width(self._badge, 5))
            pill(painter, x, 10, self._badge, "danger_fill", "on_accent", h=16, pad=5, radius=8)


class Rail(QWidget):
    """Up and down arrows move between places, Tab enters and leaves."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("bg", "chrome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(76)
        self.setAccessibleName(_("Rubriques"))
        self._group = QButtonGroup(self)
        self._places: dict[str, _Place] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 8)
        column.setSpacing(2)
        for number, place in enumerate(PLACES):
            if place == "settings":
                column.addStretch(1)
            made = _Place(place)
            self._group.addButton(made, number)
            self._places[place] = made
            column.addWidget(made)
        self._places["mail"].setChecked(True)
        self._group.idClicked.connect(lambda number: self.chosen.emit(PLACES[number]))

    def show_place(self, place: str) -> None:
        self._places[place].setChecked(True)

    def focus_place(self) -> None:
        self._group.checkedButton().setFocus(Qt.FocusReason.TabFocusReason)

    def set_badge(self, place: str, count: int, words: str) -> None:
        """A red figure on a place; ``words`` say what it counts."""
        self._places[place].set_badge(count, words)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        number = (self._group.checkedId() + step) % len(PLACES)
        button = self._group.button(number)
        button.setFocus(Qt.FocusReason.TabFocusReason)
        button.click()
