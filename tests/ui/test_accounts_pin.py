"""The dialog of a card's PIN."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from mssclient.model.ids import PromptId
from mssclient.model.prompts import TOKEN_PIN_LENGTHS, Prompt
from tests.planted import seed_secret
from ui.accounts.pin import PinDialog


def opened(qtbot: QtBot, **more: object) -> PinDialog:
    prompt = Prompt(id=PromptId("p"), kind="pin", holder="Carte CPS de AUBRY Camille · médecin", **more)  # type: ignore[arg-type]
    dialog = PinDialog(None, prompt)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_digits_only_and_no_more_than_the_card_takes(qtbot: QtBot) -> None:
    dialog = opened(qtbot, tries_left=3)
    qtbot.keyClicks(dialog.entry, "1a2-3")
    assert dialog.entry.text() == "123"
    assert not dialog.primary_button.isEnabled()
    qtbot.keyClicks(dialog.entry, "45")
    assert dialog.entry.text() == "1234"
    assert dialog.primary_button.isEnabled()
    assert dialog._tries.text() == "3 essais restants"


def test_the_last_try_wants_a_confirmation(qtbot: QtBot) -> None:
    dialog = opened(qtbot, tries_left=1, problem="Code faux.")
    dialog.entry.setText("1234")
    assert not dialog.primary_button.isEnabled()
    dialog.sure.setChecked(True)
    assert dialog.primary_button.isEnabled()
    assert dialog._tries.text() == "Dernier essai"
    assert dialog._said.isVisible()


def test_a_blocked_card_takes_nothing(qtbot: QtBot) -> None:
    dialog = opened(qtbot, tries_left=0)
    assert not any(each.isVisible() for each in (dialog.entry, dialog.keypad_button, dialog.primary_button))
    dialog.entry.setText("1234")
    assert not dialog.primary_button.isEnabled()


@pytest.mark.parametrize("most", [4, 8])
def test_every_digit_has_its_box_inside_the_dialog(qtbot: QtBot, most: int) -> None:
    dialog = opened(qtbot, length=(4, most))
    assert dialog.width() == dialog.minimumWidth()
    assert dialog.entry.visibleRegion().boundingRect().size() == dialog.entry.sizeHint()


def test_the_keypad_types(qtbot: QtBot) -> None:
    dialog = opened(qtbot)
    dialog.keypad_button.setChecked(True)
    keys = {key.text(): key for key in dialog._keys.findChildren(QPushButton)}
    for digit in ("7", "0", "9", "⌫", "5", "5"):
        qtbot.mouseClick(keys[digit], Qt.MouseButton.LeftButton)
    assert dialog.entry.text() == "7055"
    assert all(key.accessibleName() for key in keys.values())


@pytest.mark.parametrize("accepted", [True, False])
def test_nothing_is_left_after_the_answer(qtbot: QtBot, accepted: bool) -> None:
    pin = seed_secret("918273")
    dialog = opened(qtbot, length=(4, 8))
    dialog.entry.setText(pin)
    answer = dialog.answer(accepted)
    assert answer.secret.value == (pin if accepted else "")
    assert dialog.entry.text() == ""


def test_the_pin_of_a_token_may_be_a_phrase(qtbot: QtBot) -> None:
    phrase = seed_secret("Une phrase, 7 mots")
    dialog = opened(qtbot, length=TOKEN_PIN_LENGTHS)
    assert not dialog.keypad_button.isVisible()
    qtbot.keyClicks(dialog.entry, phrase[:3])
    assert not dialog.primary_button.isEnabled()
    qtbot.keyClicks(dialog.entry, phrase[3:])
    assert dialog.entry.echoMode() == dialog.entry.EchoMode.Password
    assert dialog.answer(True).secret.value == phrase
    assert dialog.entry.text() == ""
