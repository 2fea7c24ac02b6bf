"""Layout shorthands, labels, lines."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from ui.theme import appearance, as_colour, give_font, pixmap, scaled

__all__ = ["Elide", "Glyph", "Strip", "box", "empty_layout", "frame", "hline", "label", "set_role", "wrap"]

Item = QWidget | QBoxLayout | int | None


def box(kind: str, *items: Item, m: int | Sequence[int] = 0, gap: int = 8) -> QBoxLayout:
    """A row ("h") or column ("v"). ``None`` stretches, a number is a space in pixels, ``m`` the margins."""
    made: QBoxLayout = QHBoxLayout() if kind == "h" else QVBoxLayout()
    margins = (m,) * 4 if isinstance(m, int) else tuple(m)
    made.setContentsMargins(*margins)
    made.setSpacing(gap)
    for item in items:
        if item is None:
            made.addStretch(1)
        elif isinstance(item, int):
            made.addSpacing(item)
        elif isinstance(item, QWidget):
            made.addWidget(item)
        else:
            made.addLayout(item)
    return made


def empty_layout(layout: QBoxLayout) -> None:
    """Take everything out of a layout and delete its widgets."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        inner = item.layout()
        if widget is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
        elif isinstance(inner, QBoxLayout):
            empty_layout(inner)


def frame(style: str, layout: QBoxLayout, **props: str) -> QFrame:
    """A surface of the sheet: "sheet", "card", "well", "seg"."""
    made = QFrame()
    made.setProperty("box", style)
    for name, value in props.items():
        made.setProperty(name, value)
    made.setLayout(layout)
    return made


def wrap(layout: QBoxLayout, bg: str = "") -> QWidget:
    """A plain widget around a layout; ``bg`` is "chrome", "surface" or "sunken"."""
    made = QWidget()
    if bg:
        made.setProperty("bg", bg)
        made.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    made.setLayout(layout)
    return made


class Strip(QWidget):
    """A bar of fixed height that grows with the text size."""

    def __init__(self, layout: QBoxLayout, height: int) -> None:
        super().__init__()
        self._tall = height
        self.setLayout(layout)
        self._measure()
        appearance().changed.connect(self._measure)

    def _measure(self) -> None:
        self.setFixedHeight(scaled(self._tall))


def hline(kind: str = "h") -> QFrame:
    """A hairline, horizontal or vertical ("v")."""
    made = QFrame()
    made.setProperty("line", kind)
    return made


def set_role(widget: QWidget, role: str) -> None:
    """Give a colour role to a label, kept through changes of theme."""
    if widget.property("role") == role:
        return
    widget.setProperty("role", role)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


def label(
    text: str = "",
    size: str | float = "base",
    weight: int = 400,
    role: str = "",
    *,
    tab: bool = False,
    wrap: bool = False,
    select: bool = False,
) -> QLabel:
    """A plain-text label: mail text put in it can never become markup. ``role`` names its colour."""
    made = QLabel()
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setText(text)
    give_font(made, size, weight, tab=tab)
    if role:
        made.setProperty("role", role)
    made.setWordWrap(wrap)
    if select:
        made.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        made.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    return made


class Elide(QLabel):
    """One line that shrinks with an ellipsis; the whole text stays in its tooltip and accessible name."""

    def __init__(
        self,
        text: str = "",
        size: str | float = "base",
        weight: int = 400,
        role: str = "text",
        *,
        middle: bool = False,
        tab: bool = False,
    ) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)
        give_font(self, size, weight, tab=tab)
        self._token = role
        self._mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
        self.setMinimumWidth(24)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def setText(self, text: str) -> None:
        one_line = " ".join(text.split())
        super().setText(one_line)
        self.setAccessibleName(one_line)
        self._tip()

    def set_token(self, token: str) -> None:
        self._token = token
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._tip()

    def _tip(self) -> None:
        cut = self.fontMetrics().horizontalAdvance(self.text()) > self.width()
        self.setToolTip(self.text() if cut else "")

    def minimumSizeHint(self) -> QSize:
        return QSize(24, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        # Inside the margins: QLabel asks for no other part to be painted again when its text changes.
        room = self.contentsRect()
        shown = self.fontMetrics().elidedText(self.text(), self._mode, room.width())
        painter.setPen(as_colour(self._token))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)


class Glyph(QWidget):
    """A decorative icon, painted with the token of the moment; no name: the words stand beside it."""

    def __init__(self, name: str, token: str = "muted", size: int = 18) -> None:
        super().__init__()
        self._name, self._token, self._size = name, token, size
        self.setFixedSize(size, size)

    def set_glyph(self, name: str, token: str) -> None:
        self._name, self._token = name, token
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawPixmap(0, 0, pixmap(self._name, self._token, self._size, self.devicePixelRatio()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        self.update()
