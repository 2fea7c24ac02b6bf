"""Inter, its sizes and weights, and the person's text size (90 to 130 %)."""

from typing import Any

from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication, QWidget

from mssclient import resources
from ui.theme.tokens import PT

__all__ = ["font", "give_font", "load_fonts", "refresh_fonts", "scaled", "set_text_percent", "text_percent"]

_FAMILIES = ["Inter", "Segoe UI", "Noto Sans", "DejaVu Sans"]
_cache: dict[tuple[Any, ...], QFont] = {}
_percent = 100
_loaded = False


def load_fonts() -> None:
    """Register the Inter faces shipped with the program; once."""
    global _loaded
    if _loaded:
        return
    for face in ("Regular", "Medium", "SemiBold", "Bold", "Italic"):
        QFontDatabase.addApplicationFont(str(resources.path("fonts", f"Inter-{face}.otf")))
    _loaded = True


def text_percent() -> int:
    return _percent


def set_text_percent(percent: int) -> None:
    """Text size in percent, kept between 90 and 130. Widgets follow by :func:`refresh_fonts`."""
    global _percent
    _percent = max(90, min(130, percent))
    _cache.clear()


def scaled(pixels: float) -> int:
    """A row or control height that follows the text size."""
    return round(pixels * _percent / 100)


def font(size: str | float = "base", weight: int = 400, *, tab: bool = False, italic: bool = False) -> QFont:
    """A face of the scale. ``tab`` asks for figures of one width: dates, sizes, counts, results.

    Kerning is off up to 10.5 pt, where Inter pulls « l’ » into « ľ ».
    """
    key = (size, weight, tab, italic)
    found = _cache.get(key)
    if found is None:
        points = (PT[size] if isinstance(size, str) else size) * _percent / 100
        found = QFont()
        found.setFamilies(_FAMILIES)
        found.setPointSizeF(points)
        found.setWeight(QFont.Weight(weight))
        found.setItalic(italic)
        found.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
        found.setKerning(points > 10.5)
        if tab:
            found.setFeature(QFont.Tag("tnum"), 1)
        _cache[key] = found
    return found


def give_font(
    widget: QWidget, size: str | float = "base", weight: int = 400, *, tab: bool = False, italic: bool = False
) -> None:
    """Set a face on a widget and remember it, so that a change of the text size reaches it."""
    widget.setProperty("face", (size, weight, tab, italic))
    widget.setFont(font(size, weight, tab=tab, italic=italic))


def refresh_fonts() -> None:
    """Give every widget its face again after the text size changed."""
    for widget in QApplication.allWidgets():
        face = widget.property("face")
        if face:
            size, weight, tab, italic = face
            widget.setFont(font(size, weight, tab=bool(tab), italic=bool(italic)))
