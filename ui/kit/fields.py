"""Fields: a label that stays, the entry, and an error in words below it."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QEnterEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLineEdit,
    QSpinBox,
    QStyledItemDelegate,
    QVBoxLayout,
    QWidget,
)

from ui.kit.layout import Glyph, box, label, wrap
from ui.theme import as_colour, draw_icon, font, give_font

__all__ = ["Field", "SearchBox", "check_box", "combo", "line_edit", "secret_edit", "spin"]


def line_edit(name: str, text: str = "", hint: str = "") -> QLineEdit:
    """An entry with its accessible name; ``hint`` never replaces the label."""
    made = QLineEdit(text)
    made.setPlaceholderText(hint)
    made.setAccessibleName(name)
    give_font(made)
    return made


def secret_edit(name: str) -> QLineEdit:
    """An entry for a password or passphrase: dots, no completion, nothing learnt by input methods."""
    made = line_edit(name)
    made.setEchoMode(QLineEdit.EchoMode.Password)
    hints = Qt.InputMethodHint.ImhHiddenText | Qt.InputMethodHint.ImhSensitiveData
    made.setInputMethodHints(
        hints | Qt.InputMethodHint.ImhNoPredictiveText | Qt.InputMethodHint.ImhNoAutoUppercase
    )
    return made


def combo(name: str, *items: str, current: int = 0) -> QComboBox:
    made = QComboBox()
    # The default delegate of a combo paints the platform's own selection, not the sheet's.
    made.setItemDelegate(QStyledItemDelegate(made))
    made.addItems(list(items))
    made.setCurrentIndex(current)
    made.setAccessibleName(name)
    give_font(made)
    return made


def spin(name: str, low: int, high: int, value: int) -> QSpinBox:
    made = QSpinBox()
    made.setRange(low, high)
    made.setValue(value)
    made.setAccessibleName(name)
    entry = made.lineEdit()
    if entry is not None:
        entry.setAccessibleName(name)
        entry.setTextMargins(9, 0, 9, 0)  # a spin box gives its entry none of the sheet's padding
    give_font(made, tab=True)
    return made


def check_box(text: str, *, on: bool = False) -> QCheckBox:
    made = QCheckBox(text)
    made.setChecked(on)
    give_font(made)
    return made


class Field(QWidget):
    """A label above an entry, and below it an error (icon + sentence) or a muted remark."""

    def __init__(self, text: str, entry: QWidget, remark: str = "") -> None:
        super().__init__()
        self.entry = entry
        self._remark_text = remark
        self.name = label(text, "small", 500)
        self.name.setBuddy(entry)
        self._glyph = Glyph("circle-alert", "danger", 14)
        self._below = label(remark, "small", 400, "muted", wrap=True)
        self._line = wrap(box("h", self._glyph, self._below, gap=6))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.name)
        column.addWidget(entry)
        column.addWidget(self._line)
        if not entry.accessibleName():
            entry.setAccessibleName(text)
        self.set_error("")

    def set_error(self, sentence: str) -> None:
        """Show an error below the entry; "" clears it."""
        self.entry.setProperty("wrong", "true" if sentence else "false")
        self.entry.style().unpolish(self.entry)
        self.entry.style().polish(self.entry)
        self._below.setText(sentence or self._remark_text)
        self._below.setProperty("role", "danger" if sentence else "muted")
        self._below.style().unpolish(self._below)
        self._below.style().polish(self._below)
        self._glyph.setVisible(bool(sentence))
        self._line.setVisible(bool(sentence or self._remark_text))
        self.entry.setAccessibleDescription(sentence or self._remark_text)


class SearchBox(QLineEdit):
    """A search entry: magnifier on the left, the shortcut on the right while empty, a cross when filled."""

    down_pressed = Signal()
    """From the words to what was found."""

    def __init__(self, name: str, shortcut: str = "") -> None:
        super().__init__()
        self.setPlaceholderText(name)
        self.setAccessibleName(name)
        self._shortcut = shortcut
        self._hover = False
        give_font(self)
        self.setTextMargins(24, 0, 56 if shortcut else 20, 0)
        self.setToolTip(f"{name} ({shortcut})" if shortcut else "")
        self.textChanged.connect(lambda: self.update())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        middle = (self.height() - 16) // 2
        draw_icon(painter, "search", "muted", 11, middle, 16)
        if self.text():
            token = "text" if self._hover else "muted"
            draw_icon(painter, "x", token, self.width() - 26, middle, 16)
        elif self._shortcut:
            self._draw_shortcut(painter)

    def _draw_shortcut(self, painter: QPainter) -> None:
        painter.setFont(font("micro", 500))
        width = painter.fontMetrics().horizontalAdvance(self._shortcut) + 10
        where = self.rect().adjusted(self.width() - width - 8, (self.height() - 18) // 2, -8, 0)
        where.setHeight(18)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(as_colour("border"))
        painter.setBrush(as_colour("sunken"))
        painter.drawRoundedRect(where, 4, 4)
        painter.setPen(as_colour("muted"))
        painter.drawText(where, Qt.AlignmentFlag.AlignCenter, self._shortcut)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            return
        if event.key() == Qt.Key.Key_Down and self.text():
            self.down_pressed.emit()
        super().keyPressEvent(event)

    def mousePressEvent(self, event: object) -> None:
        if self.text() and event.position().x() > self.width() - 32:  # type: ignore[attr-defined]
            self.clear()
            return
        super().mousePressEvent(event)  # type: ignore[arg-type]

    def enterEvent(self, event: QEnterEvent) -> None:
        self._hover = True
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover = False
        self.update()
        super().leaveEvent(event)
