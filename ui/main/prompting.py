"""What the engine asks of the person: a passphrase, a password, a confirmation. Each is answered once."""

from PySide6.QtWidgets import QLineEdit, QWidget

from mssclient.model.language import _
from mssclient.model.prompts import Prompt, PromptAnswer
from mssclient.model.secrets import Secret
from ui.kit import Dialog, Field, secret_edit
from ui.theme.words import NBSP

__all__ = ["SHORTEST", "PromptDialog", "ask_prompt"]

SHORTEST = 12
"""Characters of a new passphrase: it alone protects the messages of this computer."""


class PromptDialog(Dialog):
    """The secret stays in the entry until the answer and is cleared with it."""

    def __init__(self, parent: QWidget | None, prompt: Prompt) -> None:
        titles = {
            "passphrase-new": _("Choisissez une phrase secrète"),
            "passphrase": _("Saisissez votre phrase secrète"),
            "password": _("Saisissez le mot de passe de la boîte"),
            "confirm": _("Confirmez"),
        }
        verbs = {
            "passphrase-new": _("Protéger"),
            "passphrase": _("Déverrouiller"),
            "password": _("Se connecter"),
        }
        super().__init__(
            parent,
            prompt.title or titles.get(prompt.kind, _("Confirmez")),
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


def ask_prompt(parent: QWidget | None, prompt: Prompt) -> PromptAnswer:
    """Show the dialog and wait for the person."""
    dialog = PromptDialog(parent, prompt)
    accepted = dialog.exec() == Dialog.DialogCode.Accepted
    answer = dialog.answer(accepted)
    dialog.deleteLater()
    return answer
