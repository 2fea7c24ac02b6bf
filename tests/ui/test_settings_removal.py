"""Removing a BAL in the settings: asked once, and once more when something unsent would be lost."""

from typing import Any

import pytest

from mssclient.model.errors import Problem
from mssclient.model.questions import Done
from mssclient.model.wants import RemoveAccount
from tests.ui.practice import StoreDoor
from ui.main.window import MainWindow
from ui.settings import SettingsPage
from ui.settings import page as page_module

UNSENT = Problem(code="account-unsent", sentence="Serait perdu\u00a0: 1 envoi.", remedy="Terminez-le.")


@pytest.fixture
def settings(practice: tuple[MainWindow, StoreDoor]) -> SettingsPage:
    found = practice[0].findChild(SettingsPage)
    assert found is not None
    return found


def _removal(
    settings: SettingsPage, monkeypatch: pytest.MonkeyPatch, answers: list[bool]
) -> tuple[list[RemoveAccount], list[str], list[str]]:
    """What was posted, asked and said when the person gives these answers."""
    posted: list[RemoveAccount] = []
    asked: list[str] = []
    said: list[str] = []

    def ask(_parent: Any, _title: str, sentence: str, *_more: Any, **_options: Any) -> bool:
        asked.append(sentence)
        return answers.pop(0)

    def post(want: RemoveAccount, ended: Any, **_options: Any) -> None:
        posted.append(want)
        ended(Done() if want.drop_unsent else UNSENT)

    monkeypatch.setattr(page_module, "ask_choice", ask)
    monkeypatch.setattr(settings._bridge, "post", post)
    settings.said.connect(said.append)
    view = settings._bridge.view
    assert view is not None
    settings._remove(view.accounts()[0])
    return posted, asked, said


def test_what_would_be_lost_is_asked_in_the_words_of_the_engine(
    settings: SettingsPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted, asked, said = _removal(settings, monkeypatch, [True, True])
    assert [want.drop_unsent for want in posted] == [False, True]
    assert len(asked) == 2
    assert asked[1] == UNSENT.sentence
    assert said == []


@pytest.mark.parametrize(("answers", "posts"), [([False], 0), ([True, False], 1)])
def test_a_no_leaves_everything(
    settings: SettingsPage, monkeypatch: pytest.MonkeyPatch, answers: list[bool], posts: int
) -> None:
    posted, _asked, said = _removal(settings, monkeypatch, answers)
    assert [want.drop_unsent for want in posted] == [False] * posts
    assert said == []
