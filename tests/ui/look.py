"""Pictures of the window on the invented practice: ``python -m tests.ui.look FOLDER [light dark …]``."""

import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QTimer

from mssclient.engine.client import Listener, Profile
from tests.ui.practice import StoreDoor
from ui.bridge import Bridge
from ui.main.window import MainWindow
from ui.start import make_application
from ui.theme import appearance


def open_window(folder: Path, extra: int = 0) -> tuple[MainWindow, StoreDoor]:
    doors: list[StoreDoor] = []

    def make(listener: Listener) -> StoreDoor:
        doors.append(StoreDoor(folder, listener, extra))
        return doors[0]

    bridge = Bridge(make)
    doors[0].fill()
    window = MainWindow(bridge, Profile(folder, demo=True))
    return window, doors[0]


def wait(milliseconds: int) -> None:
    """Let the window live (QTest.qWait keeps Python's lock: other threads would stand still)."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def main() -> None:
    app = make_application()
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        window, _door = open_window(Path(folder), extra=300)
        window.resize(1366, 768)
        window.show()
        app.processEvents()
        window.grab().save(str(out / "starting.png"))
        window.bridge.start()
        wait(100)
        for theme in sys.argv[2:] or ["light", "dark", "contrast"]:
            appearance().choose(theme=theme)
            window.show_place("mail")
            window.mail.list.view.step(1)
            for place in ("mail", "contacts", "documents", "outbox", "settings"):
                window.show_place(place)
                wait(50)
                window.grab().save(str(out / f"{place}_{theme}.png"))
            window.show_place("mail")
        appearance().choose(theme="light")
        window.top.search.setText("leroux")
        wait(300)
        window.grab().save(str(out / "search_light.png"))
        window.clear_search()
        window.resize(1000, 700)
        wait(50)
        window.grab().save(str(out / "narrow_light.png"))
        appearance().choose(density="compacte")
        window.resize(1700, 768)
        window.mail.inner.setSizes([900, 500])
        wait(50)
        window.grab().save(str(out / "wide_light.png"))
        window.resize(1366, 768)
        window.lock()
        wait(50)
        window.grab().save(str(out / "lock_light.png"))
        window.close()
        window.bridge.close()


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)
