"""Tokens, fonts, icons, the style sheet, and the words of dates and sizes."""

from ui.theme.appearance import DENSITIES, THEME_CHOICES, Appearance, appearance
from ui.theme.fonts import font, give_font, scaled
from ui.theme.icons import as_colour, colour, draw_icon, icon, pixmap
from ui.theme.tokens import (
    CTRL,
    CTRL_S,
    FOLDER_ROW,
    PT,
    RADIUS,
    ROW,
    SECTION_ROW,
    TAGS,
    TOOLBAR,
    TOP_BAR,
    VERDICTS,
    T,
)

__all__ = [
    "CTRL",
    "CTRL_S",
    "DENSITIES",
    "FOLDER_ROW",
    "PT",
    "RADIUS",
    "ROW",
    "SECTION_ROW",
    "TAGS",
    "THEME_CHOICES",
    "TOOLBAR",
    "TOP_BAR",
    "VERDICTS",
    "Appearance",
    "T",
    "appearance",
    "as_colour",
    "colour",
    "draw_icon",
    "font",
    "give_font",
    "icon",
    "pixmap",
    "scaled",
]
