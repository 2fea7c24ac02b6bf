"""What the person sees while Pro Santé Connect is answered elsewhere: on the telephone or in the browser."""

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from mssclient.model.language import _
from mssclient.model.prompts import Prompt, PromptAnswer
from ui.kit import Dialog, ProgressLine, button, label
from ui.theme.words import NBSP

__all__ = ["WaitingDialog"]


class WaitingDialog(Dialog):
    """Stays until the engine takes the prompt back, or the person cancels. Never blocks the window."""

    def __init__(self, parent: QWidget | None, prompt: Prompt) -> None:
        on_phone = prompt.kind == "phone"
        self._again = button(_("Ouvrir de nouveau la page"), "link", "external-link", on_click=self._open)
        super().__init__(
            parent,
            prompt.title
            or (_("Confirmez sur votre téléphone") if on_phone else _("Connectez-vous dans le navigateur")),
            prompt.sentence,
            cancel=_("Annuler"),
            width=440,
            link=None if on_phone else self._again,
        )
        self._prompt = prompt
        progress = ProgressLine(cancel=False)
        progress.show_progress(_("En attente de votre confirmation"), 0, 0)
        if on_phone:
            digits = label(prompt.digits, 34, 700, tab=True, select=True)
            digits.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            spoken = " ".join(prompt.digits)
            digits.setAccessibleName(_("Nombre affiché{nb}: {digits}").format(digits=spoken, nb=NBSP))
            words = _("Ouvrez l’application e-CPS, vérifiez qu’elle montre ce nombre, puis confirmez.")
            if not prompt.sentence:
                self.content.addWidget(label(words, wrap=True))
            self.content.addWidget(digits)
        else:
            words = _("La page de Pro Santé Connect est ouverte dans le navigateur. Revenez ici ensuite.")
            if not prompt.sentence:
                self.content.addWidget(label(words, wrap=True))
        self.content.addWidget(progress)

    def begin(self) -> bool:
        """For "browser": open the page. False when no browser could be started."""
        return self._prompt.kind == "phone" or self._open()

    def _open(self) -> bool:
        url = QUrl(self._prompt.url)
        return url.scheme() == "https" and QDesktopServices.openUrl(url)

    def answer(self, accepted: bool) -> PromptAnswer:
        return PromptAnswer(prompt=self._prompt.id, accepted=accepted)
