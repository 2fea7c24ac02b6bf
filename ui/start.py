"""The application object, its language and looks, what happens on our own mistakes, and the main window."""

import logging
import signal
import sys
import traceback
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import QLibraryInfo, QLocale, QTimer, QTranslator
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from mssclient.engine.client import Client, Listener, Profile
from mssclient.model.language import _
from ui.bridge import Bridge, Door
from ui.early import EarlyEar
from ui.kit import Dialog
from ui.main.window import MainWindow
from ui.theme import appearance, pixmap

__all__ = ["make_application", "run_window", "watch_mistakes"]

_log = logging.getLogger("mssclient.window")


class _Started:
    """The client, already started, as the bridge's door."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def start(self) -> None:
        """It is."""

    def __getattr__(self, name: str) -> object:
        return getattr(self._client, name)


def make_application() -> QApplication:
    """One QApplication with our looks and Qt's own dialogs in French."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("mssclient")
    app.setApplicationDisplayName(_("Messagerie de santé"))
    app.setDesktopFileName("mssclient")
    QLocale.setDefault(QLocale(QLocale.Language.French, QLocale.Country.France))
    translator = QTranslator(app)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if translator.load("qtbase_fr", folder):
        app.installTranslator(translator)
    appearance().install(app)
    app.setWindowIcon(QIcon(pixmap("heart-pulse", "accent", 64)))
    return app


def watch_mistakes(tell: Callable[[], object]) -> None:
    """Our own mistakes: the place goes to the log, without any value; the person is told in French, once.

    An exception's text may hold mail: only its type and the lines of our code are written down.
    """
    told: list[bool] = []

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        places = " < ".join(
            f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}"
            for frame in reversed(traceback.extract_tb(trace)[-6:])
        )
        _log.error("mistake %s at %s", kind.__name__, places)
        if not told:
            told.append(True)
            QTimer.singleShot(0, tell)

    sys.excepthook = hook


def _tell_mistake(window: MainWindow) -> None:
    words = _(
        "Une erreur du programme vient d’être notée dans le journal, sans aucune donnée de santé."
        " Rien de ce que vous avez écrit n’est perdu. Si le programme se comporte mal, fermez-le et"
        " rouvrez-le."
    )
    dialog = Dialog(window, _("Quelque chose ne s’est pas passé comme prévu"), words)
    dialog.open()


def run_window(profile: Profile, client: Client, ear: EarlyEar, argument: str) -> int:
    """Show the main window on a client that is started already; comes back when it is closed."""
    app = make_application()

    def make(listener: Listener) -> Door:
        ear.hand_over(listener)
        return _Started(client)  # type: ignore[return-value]

    bridge = Bridge(make)
    window = MainWindow(bridge, profile)
    watch_mistakes(lambda: _tell_mistake(window))
    window.show()
    if argument:
        window.open_at_start(argument)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: window.close())
    # Python looks at signals only while it runs: let it, twice a second.
    beat = QTimer()
    beat.timeout.connect(lambda: None)
    beat.start(500)
    app.setQuitOnLastWindowClosed(True)
    code = app.exec()
    bridge.close()
    return code
