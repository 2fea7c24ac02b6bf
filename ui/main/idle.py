"""How long nobody has touched the keyboard or the mouse in any of our windows."""

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QWindow

__all__ = ["DEFAULT_MINUTES", "MOST_MINUTES", "Idle", "minutes_of"]

DEFAULT_MINUTES = 15
MOST_MINUTES = 120
"""SC.SSI/IE.58: a session ends after two hours without activity at the latest."""
_LOOK_EVERY_MS = 5000
_SIGNS = frozenset(
    (
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TabletPress,
    )
)
Now = Callable[[], tuple[float, float]]


def minutes_of(setting: object) -> int:
    """The setting ``lock.after_minutes``; what makes no sense is the default, what is too long the most."""
    if isinstance(setting, bool) or not isinstance(setting, int | float) or setting < 1:
        return DEFAULT_MINUTES
    return min(int(setting), MOST_MINUTES)


def _clocks() -> tuple[float, float]:
    """The second goes on while the computer sleeps, the first is never set back."""
    return time.monotonic(), time.time()


class Idle(QObject):
    """Emits ``passed`` when the time is over, until :meth:`end`. Listens to windows, not to every widget:
    a filter on the application would be called for each event of the program."""

    passed = Signal()

    def __init__(self, parent: QObject | None = None, now: Now = _clocks) -> None:
        super().__init__(parent)
        self._now = now
        self._last = now()
        self.minutes = DEFAULT_MINUTES
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_EVERY_MS)
        self._timer.timeout.connect(self.look)
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        app.focusWindowChanged.connect(self._listen)

    def begin(self, minutes: int) -> None:
        """Count from now, or go on counting with another length."""
        self.minutes = minutes
        if not self._timer.isActive():
            self._last = self._now()
            self._timer.start()
        for window in QGuiApplication.topLevelWindows():
            self._listen(window)

    def end(self) -> None:
        self._timer.stop()

    def seconds(self) -> float:
        return max(now - last for now, last in zip(self._now(), self._last, strict=True))

    def look(self) -> None:
        if self._timer.isActive() and self.seconds() >= self.minutes * 60:
            self.passed.emit()

    def _listen(self, window: QWindow | None) -> None:
        if window is not None:
            window.installEventFilter(self)  # again: it only moves to the front

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _SIGNS:
            self._last = self._now()
        return False
