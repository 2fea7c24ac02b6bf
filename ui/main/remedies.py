"""The button that goes with a trouble of a BAL: what the person can do about it here and now."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget

from mssclient.model.accounts import Account
from mssclient.model.errors import Problem
from mssclient.model.language import _
from mssclient.model.wants import LogIn
from ui.accounts import PasswordDialog
from ui.kit import button, problem_sentence

if TYPE_CHECKING:
    from ui.bridge import Bridge

__all__ = ["remedy"]

_CHANGE = ("password-expired", "password-must-change")
_SECRET = ("login-refused", "password-missing", "password-cancelled", "pkcs12-passphrase")
_ENTER = ("psc-", "card-", "pin-", "pkcs11-", "token-refused", "client-certificate-refused")


def remedy(
    bridge: "Bridge",
    window: QWidget,
    account: Account,
    problem: Problem,
    retry: Callable[[], object],
    say: Callable[[str], object],
) -> QPushButton:
    """``retry`` synchronises again; ``say`` shows one sentence about what became of it."""

    def log_in() -> None:
        bridge.post(LogIn(account=account.id), ended, owner=window)

    def ended(outcome: object) -> None:
        if isinstance(outcome, Problem):
            say(problem_sentence(outcome))

    def change() -> None:
        dialog = PasswordDialog(bridge, window, account, problem)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.changed.connect(say)
        dialog.open()

    if problem.code in _CHANGE and account.auth == "password":
        return button(_("Changer le mot de passe"), "secondary", small=True, on_click=change)
    if problem.code in _SECRET and account.auth in ("password", "pkcs12"):
        return button(_("Saisir le mot de passe"), "secondary", small=True, on_click=log_in)
    if problem.code.startswith(_ENTER):
        return button(_("Se connecter"), "secondary", small=True, on_click=log_in)
    return button(_("Réessayer"), "secondary", small=True, on_click=retry)
