"""What each action of the window does. Actions on messages go on to the mail page."""

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget

from mssclient.model.drafts import Draft
from mssclient.model.errors import Problem
from mssclient.model.ids import AccountId, FolderId, PlacementId
from mssclient.model.language import _
from mssclient.model.messages import Person, Row
from mssclient.model.questions import DeliveryReport, DraftAnswer, NewDraft, ReadDraft
from ui.accounts.assistant import AccountAssistant, unfinished
from ui.composer.window import Composer, open_composer, reopen_drafts
from ui.help import HelpDialog
from ui.hprim import DeliveryDialog, summary_words
from ui.kit import ask_choice, button, problem_sentence
from ui.main.actions import shortcut_table
from ui.theme import appearance
from ui.theme.words import NBSP, count

if TYPE_CHECKING:
    from ui.main.window import MainWindow

__all__ = ["Running", "read_mailto"]

_MAIL = ("archive", "junk", "delete", "move", "flag", "read", "tags")
_DRAFTS = ("new", "reply", "reply-all", "forward")


def read_mailto(link: str) -> tuple[tuple[Person, ...], str, str]:
    """People, subject and text of a mailto: link (RFC 6068); other fields are ignored, lengths bounded."""
    parts = urlsplit(link[:20_000])
    fields = parse_qs(parts.query, max_num_fields=50) if parts.query else {}
    names = [*unquote(parts.path).split(","), *",".join(fields.get("to", [])).split(",")]
    people = tuple(Person(address=name.strip()) for name in names[:200] if "@" in name)
    subject = " ".join(" ".join(fields.get("subject", [])).split())[:500]
    return people, subject, "\n".join(fields.get("body", []))[:10_000]


class Running(QObject):
    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._bridge = window.bridge
        self._composers: list[Composer] = []
        self._assistant: AccountAssistant | None = None
        self._put_off = False
        """The person left the first set-up for later: it is not offered again at each unlocking."""

    def run(self, name: str) -> None:
        """Carry out an action by its name in ``ui.main.actions``."""
        window = self._window
        if name in _MAIL:
            window.mail.run(name)
        elif name in _DRAFTS:
            self._write(name)
        elif name.startswith("page-"):
            window.show_place(name.removeprefix("page-"))
        elif name in ("next", "previous"):
            window.mail.list.view.step(1 if name == "next" else -1)
        elif name in ("next-pane", "previous-pane"):
            self._next_pane(1 if name == "next-pane" else -1)
        elif name in ("larger", "smaller", "normal-size"):
            self._text_size(name)
        else:
            done = {
                "undo": self._undo,
                "search": self._search,
                "sync": window.mail.folders.sync,
                "hprim": self.deliver,
                "lock": window.lock,
                "help": self._help,
                "print": window.mail.reader.print_message_shown,
            }
            done[name]()

    # Window

    def _undo(self) -> None:
        if not self._window.toasts.undo_last():
            self._window.mail.deeds.undo()

    def _search(self) -> None:
        self._window.top.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._window.top.search.selectAll()

    def _help(self) -> None:
        dialog = HelpDialog(self._window, shortcut_table())
        dialog.diagnosis_wanted.connect(self._diagnose)
        dialog.offer_diagnosis(not self._window.locked)
        dialog.exec()
        dialog.deleteLater()

    def _diagnose(self) -> None:
        self._window.show_place("settings")
        self._window.settings.show_diagnosis()

    def _text_size(self, name: str) -> None:
        step = {"larger": 10, "smaller": -10}.get(name)
        percent = 100 if step is None else appearance().text_percent + step
        appearance().choose(text_percent=percent)
        self._window.state.keep_looks()

    def _next_pane(self, step: int) -> None:
        window = self._window
        panes: list[QWidget] = [window.top.search, window.rail]
        if window.place == "mail":
            mail = window.mail
            panes += [each for each in (mail.folders.tree, mail.list.view, mail.reader) if each.isVisible()]
        else:
            panes.append(window.pages.currentWidget())
        focus = QApplication.focusWidget()
        at = next((n for n, pane in enumerate(panes) if focus is pane or pane.isAncestorOf(focus)), -1)
        for number in range(1, len(panes) + 1):
            pane = panes[(at + step * number) % len(panes)]
            self._focus_pane(pane)
            now = QApplication.focusWidget()
            if now is not None and (now is pane or pane.isAncestorOf(now)):
                return

    def _focus_pane(self, pane: QWidget) -> None:
        window = self._window
        if pane is window.mail.reader:
            window.mail.reader.focus_message()
        elif pane is window.rail:
            window.rail.focus_place()
        elif pane.focusPolicy() & Qt.FocusPolicy.TabFocus:
            pane.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            first = _first_in(pane)
            if first is not None:
                first.setFocus(Qt.FocusReason.TabFocusReason)

    def add_account(self) -> None:
        self._assist(AccountAssistant(self._bridge, self._window))

    def offer_activation(self) -> None:
        """A first set-up that was interrupted goes on: after a lock too, but put off until the next start."""
        if self._put_off or self._assistant is not None:
            return
        view = self._bridge.view
        found = unfinished(view.accounts(), view.setting) if view is not None else None
        if found is not None:
            self._assist(AccountAssistant(self._bridge, self._window, *found))

    def _assist(self, dialog: AccountAssistant) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.finished.connect(lambda result: self._assisted(dialog, result))
        self._assistant = dialog
        dialog.open()

    def _assisted(self, dialog: AccountAssistant, result: int) -> None:
        self._assistant = None
        left = result == AccountAssistant.DialogCode.Rejected and dialog.draft.account is not None
        self._put_off |= left and not self._window.locked

    def deliver(self, account: AccountId | None = None, folder: FolderId | None = None) -> None:
        """« Télécharger les résultats HPRIM »; without an account, of the BAL that is shown."""
        shown = self._window.mail.list.folder
        if account is None and shown is not None and len(self._window.mail.folders.accounts) < 2:
            account = shown.account
        view = self._bridge.view
        of = view.folder(folder) if view is not None and folder is not None else None
        dialog = DeliveryDialog(self._bridge, self._window, account, of)
        dialog.show_message.connect(self._show_placement)
        dialog.finished_delivery.connect(lambda outcome: self._delivered(dialog, outcome))
        dialog.finished.connect(lambda _code: None if dialog.working else dialog.deleteLater())
        dialog.open()

    def _delivered(self, dialog: DeliveryDialog, outcome: object) -> None:
        """What went on behind a closed dialog is told here."""
        if dialog.isVisible():
            return
        if isinstance(outcome, DeliveryReport):
            words = _("Résultats HPRIM{nb}: {summary}").format(nb=NBSP, summary=summary_words(outcome))
            self._window.toasts.say(words, "octagon-alert" if outcome.failed else "folder-down")
        elif isinstance(outcome, Problem) and self._bridge.view is not None:
            self._window.toasts.say(problem_sentence(outcome), "octagon-alert")
        dialog.deleteLater()

    def _show_placement(self, placement: PlacementId) -> None:
        row = self._bridge.view.row(placement) if self._bridge.view is not None else None
        if row is not None:
            self._window.show_row(row)

    # Writing

    def _account(self) -> AccountId | None:
        folder = self._window.mail.list.folder
        if folder is not None:
            return folder.account
        accounts = self._window.mail.folders.accounts
        return accounts[0].id if accounts else None

    def _write(self, action: str) -> None:
        rows = self._window.mail.chosen() if action != "new" else []
        if action != "new" and len(rows) != 1:
            return
        account = rows[0].account if rows else self._account()
        if account is None:
            self._window.toasts.say(_("Ajoutez d’abord une boîte."), "info")
            return
        placement = rows[0].id if rows else None
        self._ask_draft(NewDraft(account=account, action=action, placement=placement))

    def write_to(self, address: str, name: str = "") -> None:
        account = self._account()
        if account is not None:
            self._ask_draft(NewDraft(account=account, to=(Person(name=name, address=address),)))

    def open_draft(self, row: Row) -> None:
        self._ask_draft(ReadDraft(placement=row.id))

    def _ask_draft(self, question: NewDraft | ReadDraft) -> None:
        def answered(outcome: object) -> None:
            if isinstance(outcome, DraftAnswer) and outcome.drafts:
                self.open(outcome.drafts[0])
            elif isinstance(outcome, Problem):
                self._window.toasts.say(problem_sentence(outcome), "triangle-alert")

        self._bridge.ask(question, answered, owner=self)

    def open(self, draft: Draft) -> None:
        """Open a composer, or bring forward the one with this draft; what it says becomes a toast here."""
        for composer in self._composers:
            if composer.form.draft().id == draft.id:
                if composer.discarded:
                    composer.take_back()
                    return
                composer.raise_()
                composer.activateWindow()
                return
        composer = open_composer(self._bridge, self._window, draft)
        composer.told.connect(self._window.toasts.say)
        composer.kept.connect(self._kept)
        composer.discarding.connect(lambda: self._discarding(composer))
        self._composers.append(composer)
        composer.destroyed.connect(lambda: self._gone(composer))

    def _kept(self, draft: Draft) -> None:
        """A composer was closed with something in it: the toast takes the person back to it."""
        self._window.toasts.say(
            _("Brouillon conservé"), "file-pen", undo=lambda: self.open(draft), verb=_("Reprendre")
        )

    def _discarding(self, composer: Composer) -> None:
        """The draft waits, hidden, for the end of the toast that offers it back."""

        def ended() -> None:
            if composer in self._composers:
                composer.forget()

        self._window.toasts.say(
            _("Brouillon supprimé"), "trash-2", undo=lambda: self._take_back(composer), ended=ended
        )

    def _take_back(self, composer: Composer) -> None:
        if composer in self._composers:
            composer.take_back()

    def _gone(self, composer: Composer) -> None:
        if composer in self._composers:
            self._composers.remove(composer)

    def close_composers(self) -> int:
        """Each keeps what is written as a draft. Returns how many were sending."""
        sending = sum(composer.posting for composer in self._composers)
        for composer in list(self._composers):
            composer.leave()
        return sending

    def offer_drafts(self) -> None:
        """What was being written when the program ended is one click away."""
        reopen_drafts(self._bridge, self._offer)

    def _offer(self, drafts: tuple[Draft, ...]) -> None:
        open_now = {composer.form.draft().id for composer in self._composers}
        kept = [draft for draft in drafts if draft.kept_utc and draft.id not in open_now]
        if not kept:
            if self._window.mail.list.about == "drafts":
                self._window.mail.list.say("", "")
            return
        words = count("{n} brouillon n’est pas parti.", "{n} brouillons ne sont pas partis.", len(kept))
        again = button(_("Reprendre"), "secondary", small=True, on_click=lambda: self._take_up(kept))
        self._window.mail.list.say("info", words, [again], dismiss=True, about="drafts")

    def _take_up(self, drafts: list[Draft]) -> None:
        self._window.mail.list.say("", "")
        for draft in drafts[:5]:
            self.open(draft)

    def open_argument(self, argument: str) -> None:
        """A mailto: link handed over by a second start."""
        account = self._account()
        if argument.lower().startswith("mailto:") and account is not None:
            to, subject, text = read_mailto(argument)
            self._ask_draft(NewDraft(account=account, to=to, subject=subject, text=text))
        elif argument:
            self._window.toasts.say(_("Ce fichier ne peut pas encore être ouvert ici."), "info")

    def report(self, placement: PlacementId) -> None:
        """A doubtful message: out of the way, and who should hear of it."""
        view = self._bridge.view
        row = view.row(placement) if view is not None else None
        if row is None:
            return
        words = _(
            "Le message sera déplacé vers Indésirables. Prévenez aussi l’assistance de votre opérateur"
            " MSSanté, sans rien ouvrir de ce qu’il contient."
        )
        if ask_choice(self._window, _("Signaler ce message"), words, _("Déplacer vers Indésirables")):
            self._window.mail.deeds.to_role([row], "junk")


def _first_in(pane: QWidget) -> QWidget | None:
    widget = pane.nextInFocusChain()
    for _step in range(400):
        if widget is None or widget is pane:
            return None
        takes = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        if pane.isAncestorOf(widget) and widget.isVisible() and widget.isEnabled() and takes:
            return widget
        widget = widget.nextInFocusChain()
    return None
