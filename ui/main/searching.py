"""Search as you type: one question at a time, a newer one interrupts, answers of an older one are dropped."""

from PySide6.QtCore import QObject, QTimer, Signal

from mssclient.model.errors import Problem
from mssclient.model.questions import Search, SearchAnswer
from ui.bridge import Bridge

__all__ = ["Searching"]

_PAUSE_MS = 90
_LIMIT = 200


class Searching(QObject):
    found = Signal(str, object)
    """The query and its :class:`SearchAnswer`."""
    failed = Signal(object)
    """A :class:`Problem`."""
    stopped = Signal()
    """The query is empty again."""

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.query = ""
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._ask)

    def type_(self, text: str) -> None:
        """The entry holds this now."""
        query = " ".join(text.split())
        if query == self.query:
            return
        self.query = query
        if not query:
            self._pause.stop()
            self.stopped.emit()
        else:
            self._pause.start()

    def now(self) -> None:
        """Enter: do not wait for the pause."""
        if self.query:
            self._pause.stop()
            self._ask()

    def _ask(self) -> None:
        query = self.query
        if not query:
            return

        def answered(outcome: object) -> None:
            if query != self.query:
                return
            if isinstance(outcome, SearchAnswer):
                self.found.emit(query, outcome)
            elif isinstance(outcome, Problem) and outcome.code != "cancelled":
                self.failed.emit(outcome)

        self._bridge.ask(Search(query=query, limit=_LIMIT, lane="window"), answered, owner=self)

    def clear(self) -> None:
        self._pause.stop()
        self.query = ""
