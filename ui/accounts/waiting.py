"""What the person sees while Pro Santé Connect is answered elsewhere: on the telephone or in the browser."""

from PySide6.QtCore import QEvent, Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QWidget

from mssclient.model.language import _
from mssclient.model.prompts import Prompt, PromptAnswer
from ui.kit import Dialog, MessageBar, ProgressLine, box, button, label
from ui.theme.words import NBSP

__all__ = ["WaitingDialog"]

_QUIET_MS = 30_000
"""Nothing came from the browser: it may have been closed, which nobody tells us."""
_BACK_MS = 1_500
"""The same for a person who came back to this window: the answer would be here."""


class WaitingDialog(Dialog):
    """Stays until the engine takes the prompt back, or the person cancels. Never blocks the window."""

    def __init__(self, parent: QWidget | None, prompt: Prompt) -> None:
        on_phone = prompt.kind == "phone"
        super().__init__(
            parent,
            prompt.title
            or (_("Confirmez sur votre téléphone") if on_phone else _("Connectez-vous dans le navigateur")),
            prompt.sentence,
            cancel=_("Annuler"),
            width=440,
            ic="smartphone-nfc" if on_phone else "globe",
        )
        self._prompt = prompt
        self.said = MessageBar("info")
        self.said.hide()
        self.quiet = QTimer(self)
        self.quiet.setSingleShot(True)
        self.quiet.timeout.connect(self._say_nothing_came)
        self._away = False
        """Another window had the keyboard since the page was opened."""
        self.progress = ProgressLine(cancel=False, inset=0)
        if on_phone:
            self._show_phone()
        else:
            self._show_browser()

    def _show_phone(self) -> None:
        digits = label(self._prompt.digits, 34, 700, tab=True, select=True)
        digits.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        spoken = " ".join(self._prompt.digits)
        digits.setAccessibleName(_("Nombre affiché{nb}: {digits}").format(digits=spoken, nb=NBSP))
        words = _("Ouvrez l’application e-CPS, vérifiez qu’elle montre ce nombre, puis confirmez.")
        if not self._prompt.sentence:
            self.content.addWidget(label(words, wrap=True))
        self.content.addWidget(digits)
        self.progress.show_progress(_("En attente de votre confirmation"), 0, 0)
        self.content.addWidget(self.progress)

    def _show_browser(self) -> None:
        self.again_button = button(_("Ouvrir à nouveau"), "secondary", "external-link", on_click=self._reopen)
        self.copy_button = button(_("Copier l’adresse"), "quiet", "copy", on_click=self._copy)
        self.copy_button.setAccessibleDescription(_("Pour la coller dans un autre navigateur"))
        self.content.addWidget(self.said)
        self.content.addWidget(self.progress)
        self.content.addLayout(box("h", self.again_button, self.copy_button, None))
        self.again_button.setFocus()  # a second Enter must not cancel
        self.progress.show_progress(_("En attente de votre connexion dans le navigateur"), 0, 0)

    # The browser

    def begin(self) -> bool:
        """For "browser": open the page. False when it is none that may be opened."""
        if self._prompt.kind == "phone":
            return True
        if QUrl(self._prompt.url).scheme() != "https":
            return False
        self._reopen()
        return True

    def _reopen(self) -> None:
        self._say("", "")
        self._away = False
        self.quiet.start(_QUIET_MS)
        if not QDesktopServices.openUrl(QUrl(self._prompt.url)):
            self.quiet.stop()
            self._say(
                "warning",
                _(
                    "Le navigateur ne s’est pas ouvert. Copiez l’adresse et collez-la dans un navigateur"
                    " de cet ordinateur."
                ),
            )

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._prompt.url)
        self._say("info", _("L’adresse est copiée. Elle ne sert qu’à cette connexion, sur cet ordinateur."))

    def event(self, event: QEvent) -> bool:
        # Back from the browser without an answer: closed, or not yet done.
        if event.type() == QEvent.Type.WindowDeactivate:
            self._away = True
        elif event.type() == QEvent.Type.WindowActivate and self._away and self.quiet.isActive():
            self.quiet.start(min(_BACK_MS, self.quiet.remainingTime()))
        return super().event(event)

    def _say_nothing_came(self) -> None:
        self._say(
            "info",
            _(
                "Rien n’est encore arrivé du navigateur. Si vous l’avez fermé sans vous connecter,"
                " ouvrez-le à nouveau, ou annulez."
            ),
        )

    def _say(self, kind: str, words: str) -> None:
        if words:
            self.said.say(kind, words)
        self.said.setVisible(bool(words))
        self.fit()

    def answer(self, accepted: bool) -> PromptAnswer:
        return PromptAnswer(prompt=self._prompt.id, accepted=accepted)
