"""Hears the engine before Qt is loaded. No Qt here: the engine starts while the window's libraries load."""

import threading
from typing import Any

from mssclient.engine.client import Listener

__all__ = ["EarlyEar"]


class EarlyEar:
    """A listener that keeps what it is told until another listener takes its place.

    Client's thread, and once the GUI thread for :meth:`hand_over`.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._kept: list[tuple[str, tuple[Any, ...]]] = []
        self._next: Listener | None = None

    def hand_over(self, listener: Listener) -> None:
        """Tell this listener all that was said, in order, and from now on everything at once."""
        with self._guard:
            for name, arguments in self._kept:
                getattr(listener, name)(*arguments)
            self._kept.clear()
            self._next = listener

    def _tell(self, name: str, *arguments: Any) -> None:
        with self._guard:
            if self._next is None:
                self._kept.append((name, arguments))
                return
            listener = self._next
        getattr(listener, name)(*arguments)

    def opened(self, *arguments: Any) -> None:
        self._tell("opened", *arguments)

    def locking(self) -> None:
        self._tell("locking")

    def locked(self) -> None:
        self._tell("locked")

    def failed(self, *arguments: Any) -> None:
        self._tell("failed", *arguments)

    def changed(self, *arguments: Any) -> None:
        self._tell("changed", *arguments)

    def acknowledged(self, *arguments: Any) -> None:
        self._tell("acknowledged", *arguments)

    def ended(self, *arguments: Any) -> None:
        self._tell("ended", *arguments)

    def answered(self, *arguments: Any) -> None:
        self._tell("answered", *arguments)

    def progress(self, *arguments: Any) -> None:
        self._tell("progress", *arguments)

    def prompted(self, *arguments: Any) -> None:
        self._tell("prompted", *arguments)

    def withdrawn(self, *arguments: Any) -> None:
        self._tell("withdrawn", *arguments)

    def engine_lost(self, *arguments: Any) -> None:
        self._tell("engine_lost", *arguments)

    def engine_back(self) -> None:
        self._tell("engine_back")

    def raised(self, *arguments: Any) -> None:
        self._tell("raised", *arguments)
