"""Starting and failing: early ear, mistakes told without any value."""

import logging
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mssclient.engine.client import Profile
from mssclient.model.changes import Changed
from mssclient.model.errors import Problem
from ui.app import _profile, main, parse
from ui.early import EarlyEar
from ui.start import watch_mistakes


def test_what_was_heard_early_is_told_in_order() -> None:
    told: list[str] = []

    class Later(EarlyEar):
        def _tell(self, name: str, *arguments: object) -> None:
            told.append(name)

    ear = EarlyEar()
    ear.failed(Problem(code="x", sentence="y"))
    ear.changed(Changed())
    assert told == []
    ear.hand_over(Later())
    ear.locked()
    assert told == ["failed", "changed", "locked"]


def test_a_mistake_is_noted_without_any_value(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, noise: object, caplog: pytest.LogCaptureFixture
) -> None:
    noise.expect("mistake ValueError at test_start.py")  # type: ignore[attr-defined]
    told: list[bool] = []
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    watch_mistakes(lambda: told.append(True))
    with caplog.at_level(logging.ERROR):
        for _each in range(3):
            try:
                raise ValueError("Mme LEROUX Jeanne, glycémie 1,80")
            except ValueError as error:
                sys.excepthook(ValueError, error, error.__traceback__)
    qtbot.waitUntil(lambda: told == [True])
    assert "LEROUX" not in caplog.text
    assert "glycémie" not in caplog.text


def test_dialogs_of_qt_speak_french(qapp: QApplication) -> None:
    assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "Annuler"


def test_arguments() -> None:
    options = parse(["--profile", "/tmp/p", "--demo", "mailto:a@b.fr"])
    assert _profile(options) == Profile(Path("/tmp/p"), demo=True)
    assert options.argument == "mailto:a@b.fr"
    assert _profile(parse([])) == Profile.default()
    assert _profile(parse(["--demo"])).folder != Profile.default().folder


def test_a_real_profile_is_no_demonstration(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "courrier.txt").write_text("à quelqu’un")
    assert main(["--demo", "--profile", str(tmp_path)]) == 2
    assert "démonstration" in capfd.readouterr().err
    assert [each.name for each in tmp_path.iterdir()] == ["courrier.txt"]
