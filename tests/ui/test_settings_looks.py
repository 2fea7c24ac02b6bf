"""Looks in the settings: each choice changes its own, and follows what is chosen elsewhere."""

import pytest

from tests.ui.practice import StoreDoor
from ui.main.window import MainWindow
from ui.settings import SettingsPage
from ui.theme import appearance


@pytest.fixture
def settings(practice: tuple[MainWindow, StoreDoor]) -> SettingsPage:
    practice[0].show_place("settings")
    return practice[0].settings


def test_choices_follow_what_is_chosen_elsewhere(settings: SettingsPage) -> None:
    appearance().choose(theme="dark", text_percent=110, density="compacte")
    assert settings._theme.currentText() == "Sombre"
    assert settings._size.currentText() == "110\u202f%"
    assert settings._density.currentText() == "Compacte"


def test_a_theme_leaves_a_size_that_is_not_offered(settings: SettingsPage) -> None:
    appearance().choose(text_percent=105)
    percent = appearance().text_percent
    assert percent not in (90, 100, 110, 120, 130)
    settings._theme.activated.emit(2)
    assert appearance().choice == "dark"
    assert appearance().text_percent == percent


def test_what_is_being_typed_stays(settings: SettingsPage) -> None:
    settings._directory.setFocus()
    settings._directory.setText("/depot/en cours")
    settings.reload()
    assert settings._directory.text() == "/depot/en cours"
