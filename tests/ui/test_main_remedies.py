"""What can be done about a BAL that does not let us in, beside the sentence that says so."""

from typing import Any

import msgspec
import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from mssclient.model.errors import Problem
from mssclient.model.wants import LogIn
from tests.ui.test_accounts_password import ACCOUNT, HOW, Bridge
from ui.accounts import PasswordDialog
from ui.main.remedies import remedy


class Posting(Bridge):
    def post(self, want: Any, on_end: Any, *, owner: object) -> None:
        self.posted.append(want)
        self.end = on_end


@pytest.mark.parametrize(
    ("code", "auth", "words"),
    [
        ("password-expired", "password", "Changer le mot de passe"),
        ("password-must-change", "password", "Changer le mot de passe"),
        ("login-refused", "password", "Saisir le mot de passe"),
        ("psc-session-ended", "psc", "Se connecter"),
        ("card-absent", "cps", "Se connecter"),
        ("pin-wrong", "cps", "Se connecter"),
        ("pkcs12-passphrase", "pkcs12", "Saisir le mot de passe"),
        ("host-unreachable", "password", "Réessayer"),
        ("login-throttled", "password", "Réessayer"),
    ],
)
def test_each_trouble_has_its_button(qtbot: QtBot, code: str, auth: str, words: str) -> None:
    window, bridge = QWidget(), Posting(HOW)
    qtbot.addWidget(window)
    said: list[str] = []
    retried: list[bool] = []
    problem = Problem(code=code, sentence="Souci.", remedy="Remède.")
    account = msgspec.structs.replace(ACCOUNT, auth=auth)
    made = remedy(bridge, window, account, problem, lambda: retried.append(True), said.append)  # type: ignore[arg-type]
    qtbot.addWidget(made)
    assert made.accessibleName() == words
    made.click()
    if words == "Changer le mot de passe":
        (dialog,) = window.findChildren(PasswordDialog)
        assert dialog._said.text == "Souci. Remède."
        dialog.close()
    elif words == "Réessayer":
        assert retried == [True]
    else:
        assert bridge.posted == [LogIn(account=account.id)]
        bridge.end(problem)
        assert said == ["Souci. Remède."]
