"""The focus ring, one overlay per window, shown after Tab or arrows only; the keyboard when pages turn."""

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QStackedLayout,
    QStackedWidget,
    QWidget,
)
from shiboken6 import isValid

from ui.theme import RADIUS, T, as_colour

__all__ = ["FocusRing", "turn_to"]

# These draw their own border when focused (style sheet), or show their current row.
_OWN = (QLineEdit, QComboBox, QAbstractSpinBox, QAbstractScrollArea, QAbstractItemView)


class _Keyboard(QObject):
    """Whether the person moves by keys now; it hears the whole application once, for all rings."""

    given_up = Signal()
    """The mouse was pressed."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.used = False
        app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.MouseButtonPress:
            self.used = False
            self.given_up.emit()
        elif kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() in _MOVES:
            self.used = True
        return False


def _keyboard() -> _Keyboard:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    known = app.findChild(_Keyboard)
    return known if known is not None else _Keyboard(app)


class FocusRing(QWidget):
    """A 2 px ring (3 px in contrast), 2 px outside of whatever has the *keyboard* focus in its window.

    One per window, dialogs too. A widget that draws its own ring sets the dynamic property ``ownring``.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._followed: QWidget | None = None
        self._watched: list[QWidget] = []
        """The followed one and what it lies in: they move when a page scrolls."""
        self._radius = float(RADIUS["control"])
        self.hide()
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._moved)
        self._keyboard = _keyboard()
        self._keyboard.given_up.connect(self._leave)

    def _leave(self) -> None:
        for each in self._watched:
            if isValid(each):
                each.removeEventFilter(self)
        self._watched.clear()
        self._followed = None
        self.hide()

    def _moved(self, _old: QWidget | None, now: QWidget | None) -> None:
        self._leave()
        wanted = (
            now is not None
            and self._keyboard.used
            and now.window() is self.window()
            and now.focusPolicy() != Qt.FocusPolicy.NoFocus  # a page that keeps the keyboard for its parts
            and not isinstance(now, _OWN)
            and not now.property("ownring")
        )
        if not wanted or now is None:
            return
        self._followed = now
        each: QWidget | None = now
        while each is not None and each is not self.window():
            each.installEventFilter(self)
            self._watched.append(each)
            each = each.parentWidget()
        self._place()

    def _place(self) -> None:
        widget = self._followed
        if widget is None or not widget.isVisible() or widget.visibleRegion().isEmpty():
            self.hide()
            return
        corner = widget.mapTo(self.window(), QPoint(0, 0))
        margin = 5
        where = QRect(corner, widget.size()).adjusted(-margin, -margin, margin, margin)
        radius = widget.property("radius")
        self._radius = float(radius if radius is not None else RADIUS["control"]) + 3
        self.setGeometry(where)
        self.raise_()
        self.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Hide, QEvent.Type.Show):
            self._place()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(as_colour("focus"), 3 if T.contrast else 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        where = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        painter.drawRoundedRect(where, self._radius, self._radius)


_MOVES = (
    Qt.Key.Key_Tab,
    Qt.Key.Key_Backtab,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_F6,
)


def turn_to(stack: QStackedWidget | QStackedLayout, page: QWidget, first: QWidget | None = None) -> None:
    """Show a page of a stack. A keyboard that was in the stack stays there, in ``first`` or the page itself.

    Qt would hand it on to the next field of the window.
    """
    before, focus = stack.currentWidget(), page.window().focusWidget()
    if before is page:
        return
    had = before is not None and focus is not None and (focus is before or before.isAncestorOf(focus))
    if had:
        page.window().setFocus(Qt.FocusReason.OtherFocusReason)
    stack.setCurrentWidget(page)
    if had:
        (first or page).setFocus(Qt.FocusReason.OtherFocusReason)
