"""Chips: filters (on or off) and routes (a recipient coloured by its verdict)."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from mssclient.model.language import _
from ui.kit.paint import draw_text
from ui.theme import VERDICTS, appearance, as_colour, draw_icon, font, scaled
from ui.theme.words import verdict_word

__all__ = ["Chip", "RouteChip"]


class Chip(QAbstractButton):
    """A filter: « Non lus 9 ». A button with a state for screen readers; Space or Enter toggles it."""

    def __init__(
        self,
        text: str,
        ic: str = "",
        *,
        count: int | None = None,
        menu: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._ic, self._menu = ic, menu
        self._count = count
        self.setCheckable(not menu)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setText(text)
        self._name()
        appearance().changed.connect(self.updateGeometry)

    def set_count(self, count: int | None) -> None:
        if count != self._count:
            self._count = count
            self._name()
            self.updateGeometry()
            self.update()

    def _name(self) -> None:
        name = self.text() if self._count is None else f"{self.text()} {self._count}"
        self.setAccessibleName(name)

    def _figure(self) -> str:
        return "" if self._count is None else str(self._count)

    def sizeHint(self) -> QSize:
        width = 20 + QFontMetrics(font("small", 600)).horizontalAdvance(self.text())
        width += 19 if self._ic else 0
        width += 18 if self._menu else 0
        if self._figure():
            width += 6 + QFontMetrics(font("small", 600, tab=True)).horizontalAdvance(self._figure())
        return QSize(width + 2, scaled(28))

    minimumSizeHint = sizeHint

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on = self.isChecked()
        fill = "accent_soft" if on else "hover" if self.underMouse() else ""
        painter.setBrush(as_colour(fill) if fill else Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(as_colour("accent" if on else "border"), 1))
        where = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(where, where.height() / 2, where.height() / 2)
        token = "accent_text" if on else "text"
        x = 11
        if self._ic:
            draw_icon(painter, self._ic, token, x - 2, (self.height() - 14) / 2, 14)
            x += 17
        face = font("small", 600 if on else 500)
        width = QFontMetrics(face).horizontalAdvance(self.text()) + 1
        line = self.rect()
        draw_text(painter, line.adjusted(x, 0, 0, 0), self.text(), token, face)
        x += width + 6
        if self._figure():
            draw_text(painter, line.adjusted(x, 0, 0, 0), self._figure(), token, font("small", 600, tab=True))
        if self._menu:
            draw_icon(painter, "chevron-down", "muted", self.width() - 22, (self.height() - 14) / 2, 14)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
            return
        super().keyPressEvent(event)


class RouteChip(QAbstractButton):
    """A recipient: verdict glyph, name in text, verdict word in muted, a cross to remove it.

    Delete or Backspace removes it too; its accessible name says the verdict.
    """

    removed = Signal()

    def __init__(
        self, name: str, level: str = "unknown", *, tip: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._level = level
        self._word = ""
        self.setText(name)
        self.set_level(level, tip=tip)
        appearance().changed.connect(self.updateGeometry)

    def set_level(self, level: str, word: str | None = None, tip: str = "") -> None:
        """Another verdict; ``word`` replaces its usual short word."""
        self._level = level
        short = {"mssante": "MSSanté", "patient": _("patient"), "unknown": ""}
        self._word = word if word is not None else short.get(level, verdict_word(level).lower())
        self.setAccessibleName(", ".join(part for part in (self.text(), self._word) if part))
        self.setAccessibleDescription(_("Suppr pour retirer"))
        self.setToolTip(tip)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        width = 9 + 14 + 5 + QFontMetrics(font("small", 500)).horizontalAdvance(self.text()) + 26
        if self._word:
            width += 6 + QFontMetrics(font("small", 400)).horizontalAdvance(self._word)
        return QSize(min(width, 420), scaled(28))

    minimumSizeHint = sizeHint

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        glyph, role = VERDICTS.get(self._level, VERDICTS["unknown"])
        plain = role == "muted"
        painter.setBrush(as_colour("sunken" if plain else f"{role}_soft"))
        focus = self.hasFocus()
        edge = "focus" if focus else "border" if plain else f"{role}_line"
        painter.setPen(QPen(as_colour(edge), 2 if focus else 1))
        inset = 1 if focus else 0.5
        where = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
        painter.drawRoundedRect(where, where.height() / 2, where.height() / 2)
        draw_icon(painter, glyph, role, 9, (self.height() - 14) / 2, 14)
        line = self.rect().adjusted(28, 0, -24, 0)
        word_width = QFontMetrics(font("small", 400)).horizontalAdvance(self._word) if self._word else 0
        name_face = font("small", 500)
        room = line.width() - (word_width + 6 if word_width else 0)
        draw_text(painter, line.adjusted(0, 0, room - line.width(), 0), self.text(), "text", name_face)
        if word_width:
            draw_text(
                painter,
                line.adjusted(line.width() - word_width - 1, 0, 0, 0),
                self._word,
                "muted",
                font("small", 400),
            )
        token = "text" if self.underMouse() else "muted"
        draw_icon(painter, "x", token, self.width() - 22, (self.height() - 14) / 2, 14)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.position().x() > self.width() - 26 and self.rect().contains(event.position().toPoint()):
            self.removed.emit()
            return
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: QEvent) -> None:
        super().focusInEvent(event)  # type: ignore[arg-type]
        self.update()
