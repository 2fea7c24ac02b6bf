"""The dialog that changes a password: rules as one types, one request at a time, nothing left behind."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from mssclient.model.accounts import Account, Endpoint
from mssclient.model.errors import Problem
from mssclient.model.ids import AccountId
from mssclient.model.passwords import PasswordRules
from mssclient.model.questions import Done, PasswordChanged, PasswordHow
from mssclient.model.wants import ANY_WANT, LogIn
from tests.planted import seed_secret
from ui.accounts import PasswordDialog

OLD, NEW = seed_secret("Ancien-7-Lilas"), seed_secret("Glycine-bleue-1987")
HOW = PasswordHow(here=True, rules=PasswordRules(min_length=10, digits=2, upper=1, history=3))
ACCOUNT = Account(
    id=AccountId(1),
    address="camille.aubry@medecin.mssante.fr",
    imap=Endpoint(host="imap.example", port=993),
    smtp=Endpoint(host="smtp.example", port=465),
)


class Bridge(QObject):
    """Records what is asked and posted; the test ends each when it wants."""

    locked = Signal()

    def __init__(self, how: PasswordHow | Problem) -> None:
        super().__init__()
        self._how = how
        self.posted: list[ANY_WANT] = []
        self.end: Callable[[object], object] = lambda outcome: None

    def ask(self, question: object, on_answer: Callable[[object], object], *, owner: object) -> None:
        on_answer(self._how)

    def post(self, want: ANY_WANT, on_end: Callable[[object], object], *, owner: object) -> None:
        self.posted.append(want)
        self.end = on_end


def opened(qtbot: QtBot, how: PasswordHow | Problem = HOW, why: Problem | None = None) -> tuple[Any, Bridge]:
    bridge = Bridge(how)
    dialog = PasswordDialog(bridge, None, ACCOUNT, why)  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog, bridge


def fill(dialog: PasswordDialog, current: str, new: str, again: str) -> None:
    dialog.current.setText(current)
    dialog.new.setText(new)
    dialog.again.setText(again)


def test_the_rules_are_ticked_off_as_one_types(qtbot: QtBot) -> None:
    dialog, _bridge = opened(qtbot)
    names = [line.accessibleName() for line in dialog._lines]
    assert len(names) == 3
    assert all(name.endswith("pas encore") for name in names)
    fill(dialog, OLD, NEW, "")
    kept = [line.accessibleName() for line in dialog._lines if line.accessibleName().endswith("respecté")]
    assert len(kept) == 3
    assert not dialog.primary_button.isEnabled()
    dialog.again.setText(NEW)
    assert dialog.primary_button.isEnabled()


@pytest.mark.parametrize(
    ("current", "new", "again"),
    [("", NEW, NEW), (OLD, "Court-12", "Court-12"), (OLD, NEW, NEW + "x")],
)
def test_what_cannot_be_sent(qtbot: QtBot, current: str, new: str, again: str) -> None:
    dialog, _bridge = opened(qtbot)
    fill(dialog, current, new, again)
    assert not dialog.primary_button.isEnabled()


@pytest.mark.parametrize(("new", "token"), [("azerty", "danger"), (NEW, "success")])
def test_a_strong_password_is_no_fault(qtbot: QtBot, new: str, token: str) -> None:
    dialog, _bridge = opened(qtbot)
    fill(dialog, OLD, new, "")
    assert dialog._gauge.token == token


def test_passwords_are_shown_on_demand(qtbot: QtBot) -> None:
    dialog, _bridge = opened(qtbot)
    dialog._show.click()
    assert dialog.new.echoMode() == QLineEdit.EchoMode.Normal
    dialog._show.click()
    assert dialog.new.echoMode() == QLineEdit.EchoMode.Password


def test_one_request_then_the_entries_are_empty(qtbot: QtBot) -> None:
    dialog, bridge = opened(qtbot)
    fill(dialog, OLD, NEW, NEW)
    dialog.primary_button.click()
    assert [(want.current.value, want.new.value) for want in bridge.posted] == [(OLD, NEW)]
    assert not dialog.primary_button.isEnabled()
    dialog.reject()
    assert dialog.isVisible()
    with qtbot.waitSignal(dialog.changed) as said:
        bridge.end(PasswordChanged(pending=("smtp",)))
    assert "pas encore partout" in said.args[0]
    assert not dialog.isVisible()
    assert dialog.current.text() + dialog.new.text() + dialog.again.text() == ""


def test_a_lock_leaves_nothing_typed(qtbot: QtBot) -> None:
    dialog, bridge = opened(qtbot)
    fill(dialog, OLD, NEW, NEW)
    dialog.primary_button.click()
    bridge.locked.emit()
    assert not dialog.isVisible()
    assert dialog.current.text() + dialog.new.text() + dialog.again.text() == ""


def test_a_refusal_is_said_and_can_be_mended(qtbot: QtBot) -> None:
    dialog, bridge = opened(qtbot)
    fill(dialog, OLD, NEW, NEW)
    dialog.primary_button.click()
    bridge.end(Problem(code="password-wrong", sentence="Pas le bon.", remedy="Recommencez."))
    assert dialog._said.text == "Pas le bon. Recommencez."
    assert dialog.primary_button.isEnabled()
    assert dialog.current.hasFocus() or not dialog.isActiveWindow()


@pytest.mark.parametrize("page", ["https://operateur.example/", ""])
def test_changed_elsewhere_the_new_one_is_given_here(qtbot: QtBot, page: str) -> None:
    dialog, bridge = opened(qtbot, PasswordHow(here=False, page=page))
    assert dialog._page.isVisible() == bool(page)
    assert not dialog._entries.isVisible()
    dialog.primary_button.click()
    assert bridge.posted == [LogIn(account=ACCOUNT.id)]
    bridge.end(Problem(code="login-refused", sentence="Refusé.", remedy="Recommencez."))
    assert dialog._said.text == "Refusé. Recommencez."
    dialog.primary_button.click()
    with qtbot.waitSignal(dialog.changed):
        bridge.end(Done())
    assert not dialog.isVisible()


def test_rules_that_come_late_are_waited_for_in_words(qtbot: QtBot) -> None:
    class Slow(Bridge):
        def ask(self, question: object, on_answer: Callable[[object], object], *, owner: object) -> None:
            self.answer = on_answer

    bridge = Slow(HOW)
    dialog: Any = PasswordDialog(bridge, None, ACCOUNT)  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    dialog.show()
    assert not dialog._said.isVisible()
    qtbot.waitUntil(dialog._said.isVisible)
    bridge.answer(HOW)
    assert not dialog._said.isVisible()
    assert dialog.current.isEnabled()


def test_why_it_is_imposed_is_said(qtbot: QtBot) -> None:
    why = Problem(code="password-expired", sentence="Votre mot de passe a expiré.", remedy="Changez-le.")
    dialog, _bridge = opened(qtbot, why=why)
    assert dialog._said.text.startswith("Votre mot de passe a expiré.")


@pytest.mark.parametrize(
    ("password", "level"), [("", 0), ("azerty", 1), ("camille", 1), (NEW, 4), ("é" * 500, 1)]
)
def test_strength(password: str, level: int) -> None:
    from ui.accounts.strength import strength

    found, word = strength(password, ["camille", "aubry", "medecin", "mssante"])
    assert found <= level if level < 4 else found >= 3
    assert bool(word) == bool(password)
