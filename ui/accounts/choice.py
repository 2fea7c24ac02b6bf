"""Choosing among several certificates of a card."""

from PySide6.QtWidgets import QButtonGroup, QRadioButton, QWidget

from mssclient.model.language import _
from mssclient.model.prompts import Prompt, PromptAnswer
from ui.kit import Dialog, box
from ui.kit.layout import wrap
from ui.theme import give_font

__all__ = ["ChoiceDialog"]


class ChoiceDialog(Dialog):
    """One prompt of the kind "certificate"."""

    def __init__(self, parent: QWidget | None, prompt: Prompt) -> None:
        title = prompt.title or _("Choisissez un certificat")
        super().__init__(parent, title, prompt.sentence, primary=_("Utiliser ce certificat"), width=460)
        self._prompt = prompt
        self.group = QButtonGroup(self)
        column = box("v", gap=6)
        for number, words in enumerate(prompt.choices):
            choice = QRadioButton(words)
            give_font(choice)
            self.group.addButton(choice, number)
            column.addWidget(choice)
        self.content.addWidget(wrap(column))
        first = self.group.button(0)
        if first is not None:
            first.setChecked(True)
            first.setFocus()
        self.primary_button.setEnabled(first is not None)

    def answer(self, accepted: bool) -> PromptAnswer:
        choice = self.group.checkedId() if accepted else -1
        return PromptAnswer(prompt=self._prompt.id, accepted=accepted, choice=choice)
