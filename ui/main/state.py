"""What the window remembers between two starts: sizes, places, looks. Ids only, no address, no subject.

Kept in ``window.ini`` inside the profile's folder; written only when that folder exists (the engine makes it,
for its owner alone). A profile that can't be written to loses nothing but this comfort.
"""

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, Qt
from PySide6.QtWidgets import QSplitter, QWidget

from ui.theme import appearance

__all__ = ["WindowState"]


class WindowState:
    """Reads at start, writes at close. GUI thread only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)

    def text(self, name: str, default: str = "") -> str:
        return str(self._file.value(name, default) or default)

    def number(self, name: str, default: int = 0) -> int:
        try:
            return int(self.text(name, str(default)))
        except ValueError:
            return default

    def flag(self, name: str, default: bool = False) -> bool:
        return self.text(name, str(default).lower()) == "true"

    def words(self, name: str) -> set[str]:
        return {part for part in self.text(name).split(" ") if part}

    def keep(self, **values: str | int | bool | set[str]) -> None:
        """Write these down, if the profile's folder is there."""
        if not self._folder.is_dir():
            return
        for name, value in values.items():
            if isinstance(value, set):
                value = " ".join(sorted(value))
            elif isinstance(value, bool):
                value = str(value).lower()
            self._file.setValue(name, value)

    # Looks

    def restore_looks(self) -> None:
        looks = appearance()
        looks.choose(
            theme=self.text("theme", looks.choice),
            text_percent=self.number("text", looks.text_percent),
            density=self.text("density", looks.density),
        )

    def keep_looks(self) -> None:
        looks = appearance()
        self.keep(theme=looks.choice, text=looks.text_percent, density=looks.density)

    # Geometry

    def restore_geometry(self, window: QWidget) -> None:
        """As it was; the first time 1366 × 768, or the whole of a small screen."""
        kept = self._file.value("geometry")
        if isinstance(kept, QByteArray) and window.restoreGeometry(kept):
            return
        window.resize(1366, 768)
        screen = window.screen()
        room = screen.availableGeometry() if screen is not None else window.geometry()
        if room.width() < 1440 or room.height() < 860:
            window.setWindowState(Qt.WindowState.WindowMaximized)

    def keep_geometry(self, window: QWidget) -> None:
        if self._folder.is_dir():
            self._file.setValue("geometry", window.saveGeometry())

    def restore_sizes(self, name: str, splitter: QSplitter, default: list[int]) -> None:
        parts = [int(part) for part in self.text(name).split(",") if part.isdigit()]
        fits = len(parts) == splitter.count() and all(part > 0 for part in parts)
        splitter.setSizes(parts if fits else default)

    def keep_sizes(self, name: str, splitter: QSplitter) -> None:
        sizes = splitter.sizes()
        if all(sizes):
            self.keep(**{name: ",".join(str(size) for size in sizes)})
