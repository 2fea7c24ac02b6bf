"""The focus ring, one overlay per window, shown after Tab or arrows only; the keyboard when pages turn."""

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt
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

from ui.theme import RADIUS, T, as_colour

__all__ = ["FocusRing", "turn_to"]

# These draw their own border when focused (style sheet), or show their current row.
_OWN = (QLineEdit, QComboBox, QAbstractSpinBox, QAbstractScrollArea, QAbstractItemView)


class FocusRing(QWidget):
    """A 2 px ring (3 px in contrast), 2 px outside of whatever has the *keyboard* focus in its window.

    Create one per window (dialogs too, see :meth:`watch`). A widget that draws its own ring sets the dynamic
    property ``ownring``.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._followed: QWidget | None = None
        self._radius = float(RADIUS["control"])
        self.hide()
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._moved)
        app.installEventFilter(self)

    def _moved(self, _old: QWidget | None, now: QWidget | None) -> None:
        if self._followed is not None:
            self._followed.removeEventFilter(self)
            self._followed = None
        wanted = (
            now is not None
            and _keyboard.used
            and now.window() is self.window()
            and not isinstance(now, _OWN)
            and not now.property("ownring")
        )
        if not wanted or now is None:
            self.hide()
            return
        self._followed = now
        now.installEventFilter(self)
        self._place()

    def _place(self) -> None:
        widget = self._followed
        if widget is None or not widget.isVisible():
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
        kind = event.type()
        if watched is self._followed:
            if kind in (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Hide, QEvent.Type.Show):
                self._place()
        elif kind == QEvent.Type.MouseButtonPress:
            _keyboard.used = False
            if self.isVisible():
                self.hide()
        elif kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() in _MOVES:
            _keyboard.used = True
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


class _Keyboard:
    used = False


_keyboard = _Keyboard()


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
