"""What the engine asks of the person: a passphrase, a password, a code, a choice. Each is answered once."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QLineEdit, QWidget

from mssclient.model.language import _
from mssclient.model.prompts import Prompt, PromptAnswer
from mssclient.model.secrets import Secret
from ui.accounts.choice import ChoiceDialog
from ui.accounts.pin import PinDialog
from ui.accounts.waiting import WaitingDialog
from ui.kit import Dialog, Field, secret_edit
from ui.theme.words import NBSP

if TYPE_CHECKING:
    from ui.bridge import Bridge

__all__ = ["SHORTEST", "PromptDialog", "Prompts", "make_dialog"]

SHORTEST = 12
"""Characters of a new passphrase: it alone protects the messages of this computer."""


class PromptDialog(Dialog):
    """The secret stays in the entry until the answer and is cleared with it."""

    def __init__(self, parent: QWidget | None, prompt: Prompt) -> None:
        titles = {
            "passphrase-new": _("Choisissez une phrase secrète"),
            "passphrase": _("Saisissez votre phrase secrète"),
            "password": _("Saisissez le mot de passe de la boîte"),
        }
        verbs = {
            "passphrase-new": _("Protéger"),
            "passphrase": _("Déverrouiller"),
            "password": _("Se connecter"),
        }
        super().__init__(
            parent,
            prompt.title or titles.get(prompt.kind, ""),
            prompt.sentence,
            primary=verbs.get(prompt.kind, _("Continuer")),
            width=460,
        )
        self._prompt = prompt
        self._entries: list[QLineEdit] = []
        names = {
            "passphrase-new": (_("Phrase secrète"), _("La même, une seconde fois")),
            "passphrase": (_("Phrase secrète"),),
            "password": (_("Mot de passe"),),
        }.get(prompt.kind, ())
        for name in names:
            entry = secret_edit(name)
            entry.textChanged.connect(self._check)
            self._entries.append(entry)
            self.content.addWidget(Field(name, entry))
        self._fields = [self.content.itemAt(k).widget() for k in range(self.content.count())]
        if prompt.problem and self._fields:
            first = self._fields[0]
            assert isinstance(first, Field)
            first.set_error(prompt.problem)
        self._check()
        if self._entries:
            self._entries[0].setFocus()

    def _check(self) -> None:
        words = [entry.text() for entry in self._entries]
        ready = all(words)
        if self._prompt.kind == "passphrase-new":
            first, second = self._fields
            assert isinstance(first, Field)
            assert isinstance(second, Field)
            short = 0 < len(words[0]) < SHORTEST
            remark = _("Au moins {n} caractères{nb}: quelques mots que vous retiendrez.")
            first.set_error(remark.format(n=SHORTEST, nb=NBSP) if short else "")
            differs = bool(words[1]) and words[0] != words[1]
            second.set_error(_("Les deux phrases sont différentes.") if differs else "")
            ready = len(words[0]) >= SHORTEST and words[0] == words[1]
        self.primary_button.setEnabled(ready)

    def answer(self, accepted: bool) -> PromptAnswer:
        """The answer; entries are cleared."""
        secret = Secret(self._entries[0].text()) if accepted and self._entries else Secret()
        for entry in self._entries:
            entry.blockSignals(True)
            entry.clear()
        return PromptAnswer(prompt=self._prompt.id, accepted=accepted, secret=secret)


AnyDialog = PromptDialog | PinDialog | WaitingDialog | ChoiceDialog


class Prompts(QObject):
    """Shows each prompt in a dialog of its own kind and answers it once; takes back those withdrawn.

    No dialog blocks the event loop: what else is heard goes on being handed out.
    """

    def __init__(self, window: QWidget, bridge: "Bridge") -> None:
        super().__init__(window)
        self._window = window
        self._bridge = bridge
        self._open: dict[str, AnyDialog] = {}
        bridge.prompted.connect(self._show)
        bridge.withdrawn.connect(self._withdraw)

    def _show(self, prompt: Prompt) -> None:
        if prompt.id in self._open:
            return
        dialog = make_dialog(self._window, prompt)
        self._open[prompt.id] = dialog
        dialog.finished.connect(lambda result, id=prompt.id: self._finished(id, result))
        dialog.open()
        if isinstance(dialog, WaitingDialog):
            begun = dialog.begin()
            if prompt.kind == "browser":
                self._bridge.answer(dialog.answer(begun))
            if not begun:
                self._withdraw(prompt.id)

    def _finished(self, id: str, result: int) -> None:
        dialog = self._open.pop(id, None)
        if dialog is None:
            return  # withdrawn: nobody waits for an answer
        self._bridge.answer(dialog.answer(result == Dialog.DialogCode.Accepted))
        dialog.deleteLater()

    def _withdraw(self, id: str) -> None:
        dialog = self._open.pop(id, None)
        if dialog is not None:
            dialog.answer(False)  # what was typed is cleared
            dialog.close()
            dialog.deleteLater()


def make_dialog(parent: QWidget | None, prompt: Prompt) -> AnyDialog:
    """The dialog for a kind of prompt."""
    if prompt.kind == "pin":
        return PinDialog(parent, prompt)
    if prompt.kind in ("phone", "browser"):
        return WaitingDialog(parent, prompt)
    if prompt.kind == "certificate":
        return ChoiceDialog(parent, prompt)
    return PromptDialog(parent, prompt)
