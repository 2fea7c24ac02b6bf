"""The window in which a message is written."""

from collections.abc import Callable
from time import time
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from mssclient.model.accounts import Account
from mssclient.model.drafts import Draft
from mssclient.model.errors import Problem
from mssclient.model.language import _
from mssclient.model.questions import DraftAnswer, ReadDraft
from mssclient.model.verdicts import SECURED
from mssclient.model.wants import AttachFile, DiscardDraft, KeepDraft, Submit
from ui.composer.enclosures import files_of
from ui.composer.form import Form
from ui.composer.words import announces_file
from ui.kit import ask_choice, box, button, problem_sentence
from ui.theme.words import NNBSP

if TYPE_CHECKING:
    from ui.bridge import Bridge

__all__ = ["Composer", "open_composer", "reopen_drafts"]

_KEEP_EVERY_MS = 3000


class Composer(QWidget):
    """Keeps what is written every few seconds; closes only once the engine has written the sending down."""

    told = Signal(str)
    """A short sentence for the main window's toast."""
    kept = Signal(object)
    """Closed with something written: the draft, which stays."""
    sent = Signal()
    """The sending is written down."""
    discarding = Signal()
    """Hidden, to be thrown away: ``take_back`` or ``forget`` follows."""

    def __init__(self, bridge: "Bridge", draft: Draft, accounts: list[Account]) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("bg", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAcceptDrops(True)
        self._bridge = bridge
        self._kept = draft if draft.kept_utc else None
        self._leaving = False
        self._posting = False
        self._for_all = False
        self.discarded = False
        """Thrown away and hidden, as long as that can be taken back."""
        self._send_once_routed = False
        self._clear_agreed = False
        self._reminded = False
        self.form = form = Form(bridge, draft, accounts)
        self.setLayout(box("v", form))
        self.setMinimumSize(640, 600)  # lower, chips and files would leave no line for the words
        self.resize(920, 680)
        self._title()
        self._keeper = QTimer(self)
        self._keeper.setSingleShot(True)
        self._keeper.setInterval(_KEEP_EVERY_MS)
        self._keeper.timeout.connect(self.keep)
        form.touched.connect(self._touched)
        form.routed.connect(self._routed)
        form.send_wanted.connect(self.submit)
        form.discard_wanted.connect(self.discard)
        form.files_given.connect(self._attach)
        form.enclosures.wanted.connect(self._attach_one)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self, self.submit)
        QShortcut(QKeySequence("Escape"), self, self.close)
        first = form.words if draft.to else form.to.entry
        QTimer.singleShot(0, first, lambda: first.setFocus())

    def _title(self) -> None:
        self.setWindowTitle(self.form.subject.text() or _("Nouveau message"))

    # Keeping

    def _touched(self) -> None:
        self._title()
        self._clear_agreed = self._send_once_routed = False
        if not self._leaving and not self._keeper.isActive():
            self._keeper.start()

    def _blank(self, draft: Draft) -> bool:
        return not (
            draft.to or draft.cc or draft.bcc or draft.subject or draft.text.strip() or draft.attachments
        )

    def keep(self) -> None:
        """Write the draft down now, when it changed."""
        self._keeper.stop()
        draft = self.form.draft()
        same = self._kept is not None and msgspec.structs.replace(
            self._kept, kept_utc=0
        ) == msgspec.structs.replace(draft, kept_utc=0)
        if same or (self._kept is None and self._blank(draft)):
            return
        self._kept = draft

        def written() -> None:
            self.form.say_kept(int(time()))

        def ended(outcome: object) -> None:
            if isinstance(outcome, Problem):
                self._kept = None
                self.form.warn("danger", problem_sentence(outcome))

        self._bridge.post(KeepDraft(draft=draft), ended, on_written=written, owner=self)

    def discard(self) -> None:
        """Throw the draft away; not while the message is leaving. What there is can be taken back."""
        if self._posting or self.discarded:
            return
        for line in self.form.lines:
            line.settle()
        nothing = self._kept is None and self._blank(self.form.draft()) and not self.form.enclosures.busy
        # Its last words first: a crash before the end loses nothing.
        self.keep()
        self._leaving = self.discarded = True
        self.hide()
        if nothing:
            self.forget()
            self.told.emit(_("Brouillon supprimé"))
        else:
            self.discarding.emit()

    def take_back(self) -> None:
        """It is not thrown away after all."""
        self.discarded = self._leaving = False
        self.show()
        self.raise_()
        self.activateWindow()
        self.keep()  # a file may have arrived meanwhile

    def forget(self) -> None:
        """What was thrown away goes for good."""
        if self.discarded:
            self.discarded = False
            self._bridge.post(DiscardDraft(draft=self.form.draft().id))
            self.close()

    @property
    def posting(self) -> bool:
        """The message is leaving; nobody answered yet."""
        return self._posting

    def leave(self) -> None:
        """Close now and say nothing, for the whole window closes or locks.

        What was thrown away goes; a message that is leaving was given to the engine already.
        """
        self.forget()
        self._posting = False
        self._for_all = True
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._posting:
            # A refusal is told here: it could not be once this window is gone.
            event.ignore()
            return
        if not self._leaving:
            for line in self.form.lines:
                line.settle()
            self.keep()
            if self._kept is not None and not self._for_all:
                self.kept.emit(self._kept)
        self._keeper.stop()
        super().closeEvent(event)

    # Attachments

    def _attach(self, paths: list[str]) -> None:
        self.form.enclosures.add_paths(paths)

    def _attach_one(self, attachment: str, path: str) -> None:
        # The engine attaches to a kept draft, a blank one too.
        self._kept = self.form.draft()
        self._bridge.post(KeepDraft(draft=self._kept), owner=self)

        def ended(outcome: object) -> None:
            if isinstance(outcome, Problem):
                self.form.enclosures.refused(attachment)
                self.form.warn("danger", problem_sentence(outcome))
            else:
                self.form.enclosures.arrived(attachment)
                self._touched()

        self._bridge.post(
            AttachFile(draft=self.form.draft().id, attachment=attachment, path=path), ended, owner=self
        )

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if files_of(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self._attach(files_of(event.mimeData()))
        event.acceptProposedAction()

    # Sending

    def submit(self) -> None:
        """Check, ask at most once, post. The window closes when the engine has written it down."""
        if self._leaving:
            return
        unfinished = [line for line in self.form.lines if not line.settle()]
        if unfinished:
            self.form.warn(
                "danger",
                _("Une adresse est incomplète\u00a0: corrigez-la avant l’envoi."),
            )
            return
        if not self.form.everyone():
            self.form.warn("danger", _("Ajoutez au moins un destinataire."))
            self.form.to.entry.setFocus()
            return
        if self.form.enclosures.too_large:
            self.form.warn(
                "danger", _("Les pièces jointes dépassent la limite de votre opérateur. Retirez-en une.")
            )
            return
        if self.form.enclosures.busy:
            self.form.warn(
                "info", _("Les pièces jointes sont encore en cours de copie. Réessayez dans un instant.")
            )
            return
        if not self._reminded and self._remind():
            self._reminded = True
            return
        if not self.form.routes_known:
            # An address taken just now: the promise that stands there was made without it.
            self._send_once_routed = True
            return
        if not self._agreed_in_clear():
            return
        self._post()

    def _routed(self) -> None:
        if self._send_once_routed:
            self._send_once_routed = False
            self.submit()

    def _remind(self) -> bool:
        """An empty subject or a forgotten file: said once, sending again goes on."""
        anyway = button(_("Envoyer quand même"), "quiet", small=True, on_click=self.submit)
        if not self.form.subject.text().strip():
            self.form.warn("warning", _("Ce message n’a pas d’objet."), anyway)
            return True
        if announces_file(self.form.words.toPlainText()) and not self.form.enclosures.files:
            self.form.warn(
                "warning", _("Le texte annonce une pièce jointe, mais aucune n’est jointe."), anyway
            )
            return True
        return False

    def _agreed_in_clear(self) -> bool:
        if self.form.level in SECURED or self._clear_agreed:
            return True
        self._clear_agreed = ask_choice(
            self,
            _("Envoyer en clair{thin}?").format(thin=NNBSP),
            _(
                "Au moins un destinataire est hors de l’espace de confiance\u00a0: le message et ses pièces "
                "jointes peuvent être lus en chemin. N’y mettez pas de données de santé."
            ),
            _("Envoyer en clair"),
            kind="clear",
            cancel=_("Revenir au message"),
        )
        return self._clear_agreed

    def _post(self) -> None:
        self._keeper.stop()
        self._leaving = self._posting = True
        self.setEnabled(False)
        self.form.send.set_label(_("Envoi…"), "send-horizontal")
        draft = self.form.draft()
        self._kept = draft

        def ended(outcome: object) -> None:
            if isinstance(outcome, Problem):
                self._stay(outcome)
                return
            self._posting = False
            self.told.emit(_("Envoi en cours"))
            self.sent.emit()
            self.close()

        # Both at once and in this order: whatever becomes of this window, the message leaves, or is refused
        # and stays a draft.
        self._bridge.post(KeepDraft(draft=draft))
        self._bridge.post(Submit(account=draft.account, draft=draft.id, words=draft), ended, owner=self)

    def _stay(self, problem: Problem) -> None:
        self._leaving = self._posting = False
        self._kept = None
        self.setEnabled(True)
        self.form.ask_routes()
        self.form.warn("danger", problem_sentence(problem))


def open_composer(bridge: "Bridge", parent: QWidget | None, draft: Draft) -> Composer:
    """Open a window for this draft and give it back; it lives until closed."""
    accounts = bridge.view.accounts() if bridge.view is not None else []
    window = Composer(bridge, draft, accounts)
    if parent is not None:
        corner = parent.window().geometry().topLeft()
        window.move(corner.x() + 90, corner.y() + 40)
    window.show()
    window.activateWindow()
    return window


def reopen_drafts(bridge: "Bridge", then: Callable[[tuple[Draft, ...]], object]) -> None:
    """Ask for the kept drafts, newest first; ``then(tuple of Draft)`` offers them (after a crash)."""

    def answered(outcome: object) -> None:
        if isinstance(outcome, DraftAnswer):
            then(outcome.drafts)

    bridge.ask(ReadDraft(), answered)
