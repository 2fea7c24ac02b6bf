"""Toasts: what was just done, with « Annuler », for six seconds; longer while hovered or focused."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QApplication, QFrame, QWidget

from mssclient.model.language import _
from ui.kit.buttons import Button
from ui.kit.layout import Glyph, box, label
from ui.theme import give_font

__all__ = ["Toasts"]

DURATION_MS = 6000


class _Toast(QFrame):
    def __init__(
        self,
        parent: QWidget,
        ic: str,
        text: str,
        undo: Callable[[], object] | None,
        verb: str,
        ended: Callable[[], object] | None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("box", "toast")
        self.setAccessibleName(text)
        words = label(text, "base", 400, "on_toast")
        row = box("h", Glyph(ic, "on_toast", 16), words, m=(14, 6, 14, 6), gap=8)
        self.undo = undo
        self._ended = ended
        if undo is not None:
            again = Button(verb, "toastlink", on_click=self._undo)
            give_font(again, "base", 500)
            row.addSpacing(24)
            row.addWidget(again)
            if verb == _("Annuler"):
                row.addWidget(label("Ctrl+Z", "micro", 500, "on_toast"))
        self.setLayout(row)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.leave)
        self._timer.start(DURATION_MS)

    def _undo(self) -> None:
        undo, self.undo = self.undo, None
        self._ended = None
        self.leave()
        if undo is not None:
            undo()

    def leave(self) -> None:
        self._timer.stop()
        self.hide()
        self.deleteLater()
        ended, self._ended = self._ended, None
        if ended is not None:
            ended()

    def linger(self) -> None:
        """Start the six seconds again unless the person is looking at it."""
        focus = QApplication.focusWidget()
        if self.underMouse() or (focus is not None and self.isAncestorOf(focus)):
            self._timer.stop()
        else:
            self._timer.start(DURATION_MS)

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Enter, QEvent.Type.Leave):
            QTimer.singleShot(0, self, self.linger)
        return super().event(event)


class Toasts(QObject):
    """The toasts of one window: one at a time, bottom centre, announced to screen readers."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._current: _Toast | None = None
        window.installEventFilter(self)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._focus_moved)

    def say(
        self,
        text: str,
        ic: str = "circle-check",
        *,
        undo: Callable[[], object] | None = None,
        verb: str = "",
        ended: Callable[[], object] | None = None,
        gently: bool = False,
    ) -> None:
        """Show ``text``; ``undo`` gives it the button « Annuler » (or ``verb``).

        ``ended()`` when it goes, whatever the reason, and ``undo`` was not chosen.
        ``gently``: not shown in place of a toast that can still be taken back.
        """
        now = self._current
        if gently and now is not None and now.undo is not None and now.isVisible():
            return
        self.clear()
        toast = _Toast(self._window, ic, text, undo, verb or _("Annuler"), ended)
        toast.destroyed.connect(lambda _gone=None, gone=toast: self._forget(gone))
        self._current = toast
        toast.adjustSize()
        self._place()
        toast.show()
        toast.raise_()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._window, text))

    def clear(self) -> None:
        """What is said goes, with what it offers to take back."""
        if self._current is not None:
            self._current.leave()

    @property
    def text(self) -> str:
        """What is said now, "" when nothing is."""
        toast = self._current
        return toast.accessibleName() if toast is not None and toast.isVisible() else ""

    def undo_last(self) -> bool:
        """Take back what the visible toast offers to take back."""
        toast = self._current
        if toast is None or toast.undo is None or not toast.isVisible():
            return False
        toast._undo()
        return True

    def _forget(self, toast: _Toast) -> None:
        if self._current is toast:
            self._current = None

    def _focus_moved(self) -> None:
        if self._current is not None and self._current.isVisible():
            self._current.linger()

    def _place(self) -> None:
        toast = self._current
        if toast is not None:
            x = (self._window.width() - toast.width()) // 2
            toast.move(x, self._window.height() - toast.height() - 24)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False
