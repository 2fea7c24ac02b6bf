"""The looks of the moment and their change: theme, text size, density. One object for the application."""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QStyleFactory

from ui.theme.fonts import font, load_fonts, refresh_fonts, set_text_percent, text_percent
from ui.theme.pictures import register_pictures
from ui.theme.sheet import palette, sheet
from ui.theme.tokens import ROW, T

__all__ = ["DENSITIES", "THEME_CHOICES", "Appearance", "appearance"]

THEME_CHOICES = ("system", "light", "dark", "contrast")
DENSITIES = tuple(ROW)


class Appearance(QObject):
    """Follows the system's colour scheme, or what the person chose.

    ``changed`` is emitted after sheet, palette and fonts are in place: repaint, measure rows again.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.choice = "system"
        self.density = "confortable"
        self._app: QApplication | None = None
        self._applied: tuple[str, int] = ("", 0)

    def install(self, app: QApplication) -> None:
        """Give the application our style, fonts and sheet, and follow the system from now on."""
        if self._app is app:
            return
        self._app = app
        load_fonts()
        register_pictures()
        app.setStyle(QStyleFactory.create("Fusion"))
        app.styleHints().colorSchemeChanged.connect(self._follow)
        self._apply()

    def choose(
        self, *, theme: str | None = None, text_percent: int | None = None, density: str | None = None
    ) -> None:
        """Change what is given; unknown names are ignored."""
        if theme in THEME_CHOICES and theme is not None:
            self.choice = theme
        if text_percent is not None:
            set_text_percent(text_percent)
        if density in ROW and density is not None:
            self.density = density
        if self._app is not None:
            self._tell_system()
            self._apply()

    @property
    def text_percent(self) -> int:
        return text_percent()

    def _tell_system(self) -> None:
        # Title bars and native dialogs follow an explicit choice too.
        assert self._app is not None
        hints = self._app.styleHints()
        if self.choice == "system":
            hints.unsetColorScheme()
        else:
            light = self.choice == "light"
            hints.setColorScheme(Qt.ColorScheme.Light if light else Qt.ColorScheme.Dark)

    def _follow(self) -> None:
        if self.choice == "system":
            self._apply()

    def _wanted(self) -> str:
        if self.choice != "system":
            return self.choice
        assert self._app is not None
        hints = self._app.styleHints()
        if hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast:
            return "contrast"
        return "dark" if hints.colorScheme() == Qt.ColorScheme.Dark else "light"

    def _apply(self) -> None:
        assert self._app is not None
        T.name = self._wanted()
        theme, percent = self._applied
        # Each of these walks through every widget: only what changed is done again.
        if theme != T.name:
            self._app.setPalette(palette())
        if percent != text_percent():
            self._app.setFont(font())
        if self._applied != (T.name, text_percent()):
            self._app.setStyleSheet(sheet())
        if percent != text_percent():
            refresh_fonts()
        self._applied = (T.name, text_percent())
        self.changed.emit()


_one: list[Appearance] = []


def appearance() -> Appearance:
    """The application's looks. GUI thread only."""
    if not _one:
        _one.append(Appearance())
    return _one[0]
