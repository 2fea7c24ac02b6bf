"""The window on the invented practice, and a watch over the event loop."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mssclient.engine.client import Listener, Profile
from tests.ui.practice import StoreDoor
from ui.bridge import Bridge
from ui.main.window import MainWindow
from ui.start import make_application
from ui.theme import appearance


class LoopWatch:
    """Longest time the event loop did not turn, in milliseconds."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self.longest_ms = 0.0
        self._timer = QTimer()
        self._timer.setInterval(2)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.longest_ms = max(self.longest_ms, (now - self._last) * 1000)
        self._last = now

    def reset(self) -> None:
        self._last = time.perf_counter()
        self.longest_ms = 0.0

    def stop(self) -> None:
        self._timer.stop()


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    return make_application()


class PatientBot(QtBot):
    """Waits half a minute where pytest-qt waits five seconds: a busy computer is no fault."""

    def waitUntil(self, callback: Callable[[], Any], *, timeout: int = 30_000) -> None:
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(self, signal: Any, *, timeout: int = 30_000, **options: Any) -> Any:
        return super().waitSignal(signal, timeout=timeout, **options)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    return PatientBot(request)


@pytest.fixture(autouse=True)
def _plain_looks(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test begins and ends light, 100 %, confortable."""
    yield
    if "qapp" in request.fixturenames or "qtbot" in request.fixturenames:
        appearance().choose(theme="light", text_percent=100, density="confortable")


@pytest.fixture
def loop_watch(qapp: QApplication) -> Iterator[LoopWatch]:
    """Fails at 500 ms; scenarios of speed ask for less themselves. ``reset`` it after the preparations."""
    watch = LoopWatch()
    yield watch
    watch.stop()
    assert watch.longest_ms < 500, f"the event loop stood still for {watch.longest_ms:.0f} ms"


@pytest.fixture
def open_practice(qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[..., tuple[MainWindow, StoreDoor]]]:
    """``open_practice(extra=0, kind=StoreDoor)`` → the window, shown and opened, and its door."""
    opened: list[MainWindow] = []

    def open_window(
        extra: int = 0, kind: Any = StoreDoor, start: bool = True
    ) -> tuple[MainWindow, StoreDoor]:
        doors: list[StoreDoor] = []

        def make(listener: Listener) -> StoreDoor:
            doors.append(kind(tmp_path, listener, extra))
            return doors[0]

        bridge = Bridge(make)
        doors[0].fill()
        window = MainWindow(bridge, Profile(tmp_path, demo=True))
        window.setWindowState(window.windowState() & ~window.windowState())
        window.resize(1366, 768)
        opened.append(window)
        qtbot.addWidget(window)
        window.show()
        if start:
            bridge.start()
            qtbot.waitUntil(lambda: bridge.view is not None)
            qtbot.waitUntil(lambda: window.mail.list.view.model().rowCount() > 0)
            window.activateWindow()
            qtbot.waitUntil(lambda: window.isActiveWindow())
        return window, doors[0]

    yield open_window
    for window in opened:
        window.close()
        window.bridge.close()


@pytest.fixture
def practice(open_practice: Callable[..., tuple[MainWindow, StoreDoor]]) -> tuple[MainWindow, StoreDoor]:
    return open_practice()
