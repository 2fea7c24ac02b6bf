"""Tokens, contrasts, fonts, icons and their live change."""

import re
from itertools import product
from pathlib import Path

import pytest
from PySide6.QtCore import QFile, QSize
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from ui.kit import label
from ui.theme import TAGS, T, appearance, font, icon
from ui.theme.tokens import CONTRAST, DARK, LIGHT, THEMES, VERDICTS
from ui.theme.words import verdict_word

ROLES = ("success", "info", "warning", "danger", "patient", "apicrypt")


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ratio(one: str, other: str) -> float:
    """WCAG 2.2 contrast of two colours."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


TEXT = [*product(("text", "muted"), ("surface", "chrome", "sunken", "raised", "hover"))]
TEXT += [("accent_text", each) for each in ("surface", "chrome", "accent_soft", "raised", "hover")]
TEXT += [("sel_text", "sel"), ("sel_muted", "sel"), ("text", "sel_idle"), ("muted", "sel_idle")]
TEXT += [("on_accent", each) for each in ("accent", "accent_hover", "accent_press")]
TEXT += [("on_accent", "success_fill"), ("on_accent", "danger_fill"), ("on_warning_fill", "warning_fill")]
TEXT += [("on_toast", "toast"), ("toast_link", "toast")]
for _role in ROLES:
    TEXT += [(_role, "surface"), (_role, f"{_role}_soft"), ("text", f"{_role}_soft"), (_role, "sunken")]
    TEXT += [("accent_text", f"{_role}_soft"), ("muted", f"{_role}_soft")]
SHAPES = [("outline", each) for each in ("surface", "chrome", "sunken", "raised")]
SHAPES += [("focus", each) for each in ("surface", "chrome", "sunken", "raised", "accent_soft")]
SHAPES += [("accent", "surface"), ("accent", "chrome")]
SHAPES += [*product(ROLES, ("hover", "chrome"))]
# In contrast, icons on a selected row take the selection's text colour.
ON_SELECTION = [(each, "sel") for each in (*ROLES, "accent_text") if each != "info"]


@pytest.mark.parametrize("name", THEMES)
def test_every_pair_of_colours_can_be_read(name: str) -> None:
    theme = THEMES[name]
    shapes = SHAPES + ([] if name == "contrast" else ON_SELECTION)
    weak = [(f, b, round(ratio(theme[f], theme[b]), 2)) for f, b in TEXT if ratio(theme[f], theme[b]) < 4.5]
    weak += [(f, b, round(ratio(theme[f], theme[b]), 2)) for f, b in shapes if ratio(theme[f], theme[b]) < 3]
    weak += [
        (tag, bg, round(ratio(bg, fg), 2)) for tag, (bg, fg) in TAGS[name].items() if ratio(bg, fg) < 4.5
    ]
    assert weak == []


def test_themes_define_the_same_tokens() -> None:
    assert set(LIGHT) == set(DARK) == set(CONTRAST)
    assert set(TAGS["light"]) == set(TAGS["dark"]) == set(TAGS["contrast"])


def test_no_colour_outside_of_the_tokens() -> None:
    """Hexadecimal colours live in one file; the body of an HTML mail brings its own."""
    folder = Path(__file__).parents[2] / "ui"
    colour = re.compile(r"[\"'(: ]#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})\b")
    found = {
        str(file.relative_to(folder))
        for file in folder.rglob("*.py")
        if file.name != "tokens.py" and colour.search(file.read_text(encoding="utf-8"))
    }
    assert found <= {"reader/browser.py"}  # the paper of an HTML mail, which has colours of its own


def test_every_verdict_has_glyph_role_and_word() -> None:
    words = {verdict_word(level) for level in VERDICTS}
    assert len(words) == len(VERDICTS)
    assert all(verdict_word(level) for level in VERDICTS)


def test_icons_and_labels_follow_a_change_of_theme(qtbot: QtBot) -> None:
    made = icon("mail", "accent_text")
    words = label("Bonjour", role="danger")
    qtbot.addWidget(words)
    words.show()
    seen = set()
    for theme in THEMES:
        appearance().choose(theme=theme)
        picture = made.pixmap(QSize(32, 32)).toImage()
        colours = {
            QColor(picture.pixel(x, y)).name()
            for x in range(32)
            for y in range(32)
            if picture.pixelColor(x, y).alpha() == 255
        }
        assert QColor(T.accent_text).name() in colours
        assert words.palette().color(words.foregroundRole()) == QColor(T.danger)
        seen.add(T.accent_text)
    assert len(seen) == 3


def test_pictures_of_the_sheet_are_in_memory(qtbot: QtBot, qapp: QApplication) -> None:
    for theme in THEMES:
        for name in ("chevron", "tick", "menutick", "right"):
            file = QFile(f":/mss/{theme}/{name}.svg")
            assert file.open(QFile.OpenModeFlag.ReadOnly)
            assert b"<svg" in bytes(file.readAll().data())


def test_text_size_reaches_widgets_that_exist(qtbot: QtBot) -> None:
    words: QLabel = label("Bonjour", "h2", 600)
    qtbot.addWidget(words)
    before = words.font().pointSizeF()
    appearance().choose(text_percent=130)
    assert words.font().pointSizeF() == pytest.approx(before * 1.3)
    appearance().choose(text_percent=300)
    assert appearance().text_percent == 130


def test_kerning_is_off_for_small_text(qapp: QApplication) -> None:
    assert not font("base").kerning()
    assert not font("read").kerning()
    assert font("h1").kerning()
    assert "Inter" in font("base").families()
