"""The window in which a message is written."""

from collections.abc import Callable
from time import time
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QLineEdit, QMenu, QWidget

from mssclient.model.accounts import Account
from mssclient.model.drafts import Draft
from mssclient.model.errors import Problem
from mssclient.model.language import _
from mssclient.model.questions import DraftAnswer, ReadDraft, Routes, RoutesAnswer
from mssclient.model.verdicts import SECURED
from mssclient.model.wants import AttachFile, DiscardDraft, KeepDraft, Submit
from ui.composer.enclosures import Enclosures, files_of
from ui.composer.promise import in_clear, promise_of
from ui.composer.recipients import Recipients
from ui.composer.words import Words, announces_file
from ui.kit import (
    Glyph,
    MessageBar,
    ask_choice,
    box,
    button,
    hline,
    label,
    problem_sentence,
    set_role,
    tool,
    wrap,
)
from ui.theme import give_font, scaled
from ui.theme.words import NNBSP, clock, count, shown_subject

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

    def __init__(self, bridge: "Bridge", draft: Draft, accounts: list[Account]) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("bg", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAcceptDrops(True)
        self._bridge = bridge
        self._draft = draft
        self._accounts = {account.id: account for account in accounts}
        self._kept = draft if draft.kept_utc else None
        self._level = "unknown"
        self._leaving = False
        self._posting = False
        self._clear_agreed = False
        self._reminded = False
        self._build()
        self._fill(draft)
        self._keeper = QTimer(self)
        self._keeper.setSingleShot(True)
        self._keeper.setInterval(_KEEP_EVERY_MS)
        self._keeper.timeout.connect(self.keep)
        for part in self._lines:
            part.changed.connect(self._people_changed)
        self.subject.textEdited.connect(self._touched)
        self.words.textChanged.connect(self._touched)
        self.enclosures.removed.connect(self._touched)
        self._ask_routes()
        first = self.words if draft.to else self.to.entry
        QTimer.singleShot(0, first, lambda: first.setFocus())

    # Building

    def _build(self) -> None:
        self._from = button(
            "", "plain", "user-round", chevron=len(self._accounts) > 1, on_click=self._choose_account
        )
        self._state = label("", "small", 400, "muted", tab=True)
        discard = tool("trash-2", _("Supprimer le brouillon"), size=16, on_click=self.discard)
        self.to = Recipients(self._bridge, _("À"))
        self.cc = Recipients(self._bridge, _("Cc"))
        self.bcc = Recipients(self._bridge, _("Cci"))
        self._lines = (self.to, self.cc, self.bcc)
        self._more_cc = button(
            _("Cc"), "plain", small=True, on_click=lambda: self._open_line(self._cc_row, self.cc)
        )
        self._more_bcc = button(
            _("Cci"), "plain", small=True, on_click=lambda: self._open_line(self._bcc_row, self.bcc)
        )
        self.subject = QLineEdit()
        self.subject.setProperty("bare", "true")
        self.subject.setAccessibleName(_("Objet"))
        give_font(self.subject, "base", 600)
        self.words = Words()
        self.words.files_given.connect(self._attach)
        account = self._accounts.get(self._draft.account)
        self.enclosures = Enclosures(account.attachment_limit_octets if account else 15_000_000)
        self.enclosures.wanted.connect(self._attach_one)
        self.bar = MessageBar("warning")
        self._bar_row = wrap(box("v", self.bar, m=(20, 4, 20, 8)))
        self._bar_row.hide()
        self._cc_row = self._row(_("Cc"), self.cc)
        self._bcc_row = self._row(_("Cci"), self.bcc)
        self._told_glyph = Glyph("circle-help", "muted", 16)
        self._told = label("", "base", 500, "muted")
        self.send = button(_("Envoyer"), "primary", "send-horizontal", on_click=self.submit)
        self.send.setToolTip("Ctrl+Entrée")
        foot = wrap(
            box("h", None, self._told_glyph, self._told, 4, self.send, m=(12, 0, 20, 0), gap=6), "sunken"
        )
        foot.setFixedHeight(scaled(56))
        words = wrap(box("v", self.words, m=(16, 10, 16, 0)))
        column = box(
            "v",
            self._row(_("De"), self._from, None, self._state, discard),
            hline(),
            self._row(_("À"), self.to, self._more_cc, self._more_bcc),
            self._cc_row,
            self._bcc_row,
            self._bar_row,
            hline(),
            self._row(_("Objet"), self.subject),
            hline(),
            words,
            hline(),
            self.enclosures,
            hline(),
            foot,
            gap=0,
        )
        column.setStretchFactor(words, 1)
        self.setLayout(column)
        self.resize(920, 680)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self, self.submit)
        QShortcut(QKeySequence("Escape"), self, self.close)

    def _row(self, name: str, *parts: QWidget | None) -> QWidget:
        shown = label(name, "base", 400, "muted")
        shown.setFixedWidth(52)
        row = box("h", shown, *parts, m=(20, 8, 16, 8), gap=6)
        for place, part in enumerate(parts, 1):
            if isinstance(part, Recipients | QLineEdit):
                row.setStretch(place, 1)
                shown.setBuddy(part.entry if isinstance(part, Recipients) else part)
        return wrap(row)

    def _open_line(self, row: QWidget, line: Recipients) -> None:
        row.show()
        (self._more_cc if line is self.cc else self._more_bcc).hide()
        line.entry.setFocus()

    def _fill(self, draft: Draft) -> None:
        self._show_account()
        self.to.set_people(draft.to)
        self.cc.set_people(draft.cc)
        self.bcc.set_people(draft.bcc)
        self._cc_row.setVisible(bool(draft.cc))
        self._bcc_row.setVisible(bool(draft.bcc))
        self._more_cc.setVisible(not draft.cc)
        self._more_bcc.setVisible(not draft.bcc)
        self.subject.setText(shown_subject(draft.subject))
        self.words.setPlainText(draft.text)
        self.enclosures.set_files(draft.attachments)
        self._say_kept(draft.kept_utc)
        self._title()

    def _title(self) -> None:
        self.setWindowTitle(self.subject.text() or _("Nouveau message"))

    def _show_account(self) -> None:
        account = self._accounts.get(self._draft.account)
        if account is not None:
            words = _account_words(account)
            self._from.set_label(words, "building-2" if account.kind == "organisational" else "user-round")
            self._from.setAccessibleName(_("De{nb}: {who}").format(nb="\u00a0", who=words))
            self.enclosures.set_limit(account.attachment_limit_octets)

    def _choose_account(self) -> None:
        if len(self._accounts) < 2:
            return
        menu = QMenu(self)
        for account in self._accounts.values():
            words = _account_words(account)
            menu.addAction(words).triggered.connect(lambda _on=False, one=account: self._use(one))
        menu.exec(self._from.mapToGlobal(self._from.rect().bottomLeft()))

    def _use(self, account: Account) -> None:
        self._draft = msgspec.structs.replace(self._draft, account=account.id)
        self._show_account()
        self._people_changed()

    # Keeping

    def draft(self) -> Draft:
        """What is on the screen now."""
        return msgspec.structs.replace(
            self._draft,
            to=self.to.people,
            cc=self.cc.people,
            bcc=self.bcc.people,
            subject=self._whole_subject(),
            text=self.words.toPlainText(),
            attachments=tuple(self.enclosures.files),
        )

    def _whole_subject(self) -> str:
        """The entry hides the prefix of a document message; while its words stand, the prefix stays too."""
        words, given = " ".join(self.subject.text().split()), self._draft.subject
        return given if words == shown_subject(given) else words

    def _touched(self) -> None:
        self._title()
        self._clear_agreed = False
        if not self._leaving and not self._keeper.isActive():
            self._keeper.start()

    def _blank(self, draft: Draft) -> bool:
        return not (
            draft.to or draft.cc or draft.bcc or draft.subject or draft.text.strip() or draft.attachments
        )

    def keep(self) -> None:
        """Write the draft down now, when it changed."""
        self._keeper.stop()
        draft = self.draft()
        same = self._kept is not None and msgspec.structs.replace(
            self._kept, kept_utc=0
        ) == msgspec.structs.replace(draft, kept_utc=0)
        if same or (self._kept is None and self._blank(draft)):
            return
        self._kept = draft

        def written() -> None:
            self._say_kept(int(time()))

        def ended(outcome: object) -> None:
            if isinstance(outcome, Problem):
                self._kept = None
                self._warn("danger", problem_sentence(outcome))

        self._bridge.post(KeepDraft(draft=draft), ended, on_written=written, owner=self)

    def _say_kept(self, when_utc: int) -> None:
        self._state.setText(
            _("Brouillon enregistré à {time}").format(time=clock(when_utc)) if when_utc else ""
        )

    def discard(self) -> None:
        """Throw the draft away, for good; not while the message is leaving."""
        if self._posting:
            return
        self._leaving = True
        self._keeper.stop()
        draft = self.draft()
        self._bridge.post(DiscardDraft(draft=draft.id))
        self.told.emit(_("Brouillon supprimé"))
        self.close()

    def leave(self) -> None:
        """Close now, for the whole window closes: a message that was leaving may stay as a kept draft."""
        self._posting = False
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._posting:
            # This window posts the sending once the draft is kept: closed now, the message would not leave.
            event.ignore()
            return
        if not self._leaving:
            for line in self._lines:
                line.settle()
            self.keep()
            if self._kept is not None:
                self.kept.emit(self._kept)
        self._keeper.stop()
        super().closeEvent(event)

    # Recipients and their routes

    def _people_changed(self) -> None:
        self._touched()
        self._ask_routes()

    def _everyone(self) -> list[str]:
        return [p.address for line in self._lines for p in line.people]

    def _ask_routes(self) -> None:
        addresses = tuple(self._everyone())
        if not addresses:
            self._show_routes(RoutesAnswer(routes=()))
            return

        def answered(outcome: object) -> None:
            if isinstance(outcome, RoutesAnswer) and addresses == tuple(self._everyone()):
                self._show_routes(outcome)

        question = Routes(account=self._draft.account, addresses=addresses)
        self._bridge.ask(question, answered, owner=self)

    def _show_routes(self, found: RoutesAnswer) -> None:
        by_address = {route.address.lower(): route for route in found.routes}
        for line in self._lines:
            line.show_routes(by_address)
        self._level = found.level if found.routes else "unknown"
        promise = promise_of(found.routes)
        self._told_glyph.setVisible(bool(promise.glyph))
        if promise.glyph:
            self._told_glyph.set_glyph(promise.glyph, promise.role)
        set_role(self._told, promise.role)
        self._told.setText(promise.told)
        self.send.set_kind(promise.kind)
        self.send.set_label(promise.words, promise.icon)
        self._warn_clear([route.address for route in in_clear(found.routes)])

    def _warn_clear(self, addresses: list[str]) -> None:
        if not addresses:
            if self.bar.property("about") == "clear":
                self._bar_row.hide()
            return
        named = ", ".join(addresses[:3])
        fact = count("{n} destinataire non sécurisé.", "{n} destinataires non sécurisés.", len(addresses))
        sentence = _("Pour {who}, le message partirait en clair, pièces jointes comprises.").format(who=named)
        away = button(_("Retirer"), "quiet", small=True, on_click=lambda: self._remove(addresses))
        self.bar.say("warning", f"{fact} {sentence}", (away,), ic="v-clear")
        self.bar.setProperty("about", "clear")
        self._bar_row.show()

    def _remove(self, addresses: list[str]) -> None:
        gone = {address.lower() for address in addresses}
        for line in self._lines:
            kept = [person for person in line.people if person.address.lower() not in gone]
            if len(kept) != len(line.people):
                line.set_people(kept)
        self._people_changed()

    def _warn(self, kind: str, sentence: str, *actions: QWidget) -> None:
        self.bar.say(kind, sentence, actions, dismiss=not actions)
        self.bar.setProperty("about", "other")
        self.bar.show()
        self._bar_row.show()

    # Attachments

    def _attach(self, paths: list[str]) -> None:
        self.enclosures.add_paths(paths)

    def _attach_one(self, attachment: str, path: str) -> None:
        # The engine attaches to a kept draft, a blank one too.
        self._kept = self.draft()
        self._bridge.post(KeepDraft(draft=self._kept), owner=self)

        def ended(outcome: object) -> None:
            if isinstance(outcome, Problem):
                self.enclosures.refused(attachment)
                self._warn("danger", problem_sentence(outcome))
            else:
                self.enclosures.arrived(attachment)
                self._touched()

        self._bridge.post(
            AttachFile(draft=self._draft.id, attachment=attachment, path=path), ended, owner=self
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
        unfinished = [line for line in self._lines if not line.settle()]
        if unfinished:
            self._warn(
                "danger",
                _("Une adresse est incomplète\u00a0: corrigez-la avant l’envoi."),
            )
            return
        if not self._everyone():
            self._warn("danger", _("Ajoutez au moins un destinataire."))
            self.to.entry.setFocus()
            return
        if self.enclosures.too_large:
            self._warn(
                "danger", _("Les pièces jointes dépassent la limite de votre opérateur. Retirez-en une.")
            )
            return
        if self.enclosures.busy:
            self._warn(
                "info", _("Les pièces jointes sont encore en cours de copie. Réessayez dans un instant.")
            )
            return
        if not self._reminded and self._remind():
            self._reminded = True
            return
        if not self._agreed_in_clear():
            return
        self._post()

    def _remind(self) -> bool:
        """An empty subject or a forgotten file: said once, sending again goes on."""
        anyway = button(_("Envoyer quand même"), "quiet", small=True, on_click=self.submit)
        if not self.subject.text().strip():
            self._warn("warning", _("Ce message n’a pas d’objet."), anyway)
            return True
        if announces_file(self.words.toPlainText()) and not self.enclosures.files:
            self._warn("warning", _("Le texte annonce une pièce jointe, mais aucune n’est jointe."), anyway)
            return True
        return False

    def _agreed_in_clear(self) -> bool:
        if self._level in SECURED or self._clear_agreed:
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
        self.send.set_label(_("Envoi…"), "send-horizontal")
        draft = self.draft()
        self._kept = draft

        def kept(outcome: object) -> None:
            if isinstance(outcome, Problem):
                self._stay(outcome)
                return
            self._bridge.post(Submit(account=draft.account, draft=draft.id), ended, owner=self)

        def ended(outcome: object) -> None:
            if isinstance(outcome, Problem):
                self._stay(outcome)
                return
            self._posting = False
            self.told.emit(_("Envoi en cours"))
            self.sent.emit()
            self.close()

        self._bridge.post(KeepDraft(draft=draft), kept, owner=self)

    def _stay(self, problem: Problem) -> None:
        self._leaving = self._posting = False
        self.setEnabled(True)
        self._ask_routes()
        self._warn("danger", problem_sentence(problem))


def _account_words(account: Account) -> str:
    return f"{account.name} — {account.address}" if account.name else account.address


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
