"""The main window: what stands where, and who is told what."""

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QStackedLayout, QStackedWidget, QWidget

from mssclient.engine.client import Profile
from mssclient.model.changes import Changed, Opened, Progress
from mssclient.model.errors import Problem
from mssclient.model.ids import FolderId
from mssclient.model.language import _
from mssclient.model.messages import Row
from mssclient.model.questions import ReadState, SearchAnswer, StateAnswer
from ui.bridge import Bridge
from ui.kit import FocusRing, MessageBar, Pill, Toasts, box, button, problem_sentence, wrap
from ui.kit.focus import turn_to
from ui.main.actions import entries, lend_letters, make_actions
from ui.main.closing import may_close
from ui.main.lock_page import LockPage
from ui.main.mail_page import NARROW, MailPage
from ui.main.pages import ContactsPage, DocumentsPage, sheet
from ui.main.prompting import Prompts
from ui.main.rail import PLACES, Rail
from ui.main.running import Running
from ui.main.searching import Searching
from ui.main.session import Session
from ui.main.state import WindowState
from ui.main.top_bar import TopBar, status_tip, status_words
from ui.outbox import OutboxPage
from ui.settings import SettingsPage
from ui.theme.words import count

__all__ = ["MainWindow"]

_LOST_AFTER_MS = 700
"""A restart that is over sooner is not worth a word."""


class MainWindow(QWidget):
    """One per profile. ``raised`` of the bridge brings it forward."""

    def __init__(self, bridge: Bridge, profile: Profile) -> None:
        super().__init__()
        self.bridge = bridge
        self.state = WindowState(profile.folder)
        self.state.restore_looks()
        self.setWindowTitle(_("Messagerie de santé"))
        self.setProperty("bg", "chrome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.toasts = Toasts(self)
        self.actions_by_name = make_actions(self, self._run)
        self._build()
        self.running = Running(self)
        self.session = Session(self, profile)
        self._ring = FocusRing(self)
        self._lost_timer = QTimer(self)
        self._lost_timer.setSingleShot(True)
        self._lost_timer.setInterval(_LOST_AFTER_MS)
        self._lost_timer.timeout.connect(self._say_lost)
        self._listen()
        self._restore()

    # Building

    def _build(self) -> None:
        self.top = TopBar(self.actions_by_name)
        self.rail = Rail()
        self.mail = MailPage(self.bridge, self.actions_by_name, self.toasts)
        self.contacts = ContactsPage(self.bridge)
        self.documents = DocumentsPage(self.bridge)
        self.outbox = OutboxPage(self.bridge)
        self.settings = SettingsPage(self.bridge)
        self.pages = QStackedWidget()
        pages: tuple[QWidget, ...] = (self.contacts, self.documents, self.outbox, self.settings)
        self.pages.addWidget(self.mail)
        for page in pages:
            self.pages.addWidget(sheet(page))
        self.bar = MessageBar()
        self.bar.hide()
        room = wrap(box("v", self.bar, m=(84, 0, 8, 8)))
        room.hide()
        self._bar_room = room
        self._demo = Pill(_("Démonstration"), "info_soft", "info", "info_line")
        self._demo.hide()
        layout = self.top.layout()
        assert layout is not None
        layout.insertWidget(2, self._demo)  # type: ignore[attr-defined]
        shell = wrap(box("v", self.top, room, box("h", self.rail, self.pages, gap=0), gap=0), "chrome")
        self.lock_page = LockPage()
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.addWidget(shell)
        self._stack.addWidget(self.lock_page)
        self.searching = Searching(self.bridge, self)
        lend_letters(self.actions_by_name, self.mail.list.view, self.mail.reader)
        self._argument = ""
        self._waiting = 0
        self.opening = True
        """The engine opens the store, or asks what it needs for it."""
        self._closing = False

    def _listen(self) -> None:
        bridge = self.bridge
        bridge.opened.connect(self._opened)
        bridge.locked.connect(self._locked)
        bridge.failed.connect(self._failed)
        bridge.changed.connect(self._changed)
        bridge.progress.connect(self._progress)
        self._prompts = Prompts(self, bridge)
        bridge.engine_lost.connect(self._engine_lost)
        bridge.engine_back.connect(self._engine_back)
        bridge.raised.connect(self._raised)
        self.lock_page.unlock_wanted.connect(self.unlock)
        self.top.session.clicked.connect(lambda: self.session.open_menu(self.top.session))
        self.rail.chosen.connect(self.show_place)
        self.top.search.textChanged.connect(self.searching.type_)
        self.top.search.returnPressed.connect(self._search_entered)
        self.top.search.down_pressed.connect(self._search_entered)
        self.searching.found.connect(self._found)
        self.searching.failed.connect(lambda problem: self.toasts.say(problem_sentence(problem), "search"))
        self.searching.stopped.connect(self.mail.end_search)
        self.mail.list.search_closed.connect(self.clear_search)
        self.mail.list.choice_changed.connect(self._keep_choices)
        self.mail.folder_shown.connect(self._folder_shown)
        self.mail.folders.hprim_wanted.connect(self.running.deliver)
        self.mail.draft_wanted.connect(self.running.open_draft)
        self.mail.reader.said.connect(self.toasts.say)
        self.mail.reader.write_to.connect(self.running.write_to)
        self.mail.reader.report_wanted.connect(self.running.report)
        self.contacts.write_to.connect(lambda person: self.running.write_to(person.address, person.name))
        self.documents.open_row.connect(self.show_row)
        self.documents.hprim_wanted.connect(self.running.deliver)
        self.outbox.counted.connect(self._count_outbox)
        self.outbox.said.connect(self.toasts.say)
        self.outbox.draft_back.connect(self._draft_back)
        self.settings.said.connect(self.toasts.say)
        self.settings.account_wanted.connect(self.running.add_account)
        self.settings.looks_changed.connect(self.state.keep_looks)

    def _restore(self) -> None:
        self.state.restore_geometry(self)
        self.state.restore_sizes("panes", self.mail.outer, [236, 1046])
        self.state.restore_sizes("list", self.mail.inner, [396, 650])
        self.mail.folders.closed = self.state.words("closed")
        self.mail.list.newest_first = not self.state.flag("oldest_first")
        self._stack.setCurrentWidget(self.lock_page)
        # Smaller than what the panes ask for side by side: below, the reader takes the place of the list. A
        # screen of 1366 × 768 at 150 % has room for 440 below its title and task bars.
        self.setMinimumSize(680, 440)

    # Places

    def show_place(self, place: str) -> None:
        """ "mail", "contacts", "documents", "outbox" or "settings"."""
        self.rail.show_place(place)
        page = self.pages.widget(PLACES.index(place))
        turn_to(self.pages, page, self.mail.list.view if page is self.mail else None)
        if place == "contacts":
            self.contacts.reload()
        elif place == "documents":
            self.documents.reload()
        elif place == "settings":
            self.settings.reload()
        if place != "mail" and self.searching.query:
            self.clear_search()

    @property
    def place(self) -> str:
        return PLACES[self.pages.currentIndex()]

    def show_row(self, row: Row) -> None:
        """Show a message in the mail page."""
        self.show_place("mail")
        self.mail.show_placement(row.id, row.folder)

    @property
    def locked(self) -> bool:
        return self._stack.currentWidget() is self.lock_page

    def _run(self, name: str) -> None:
        if not self.locked or name in ("help", "larger", "smaller", "normal-size"):
            self.running.run(name)

    # Search

    def _found(self, query: str, answer: SearchAnswer) -> None:
        if self.place != "mail":
            self.show_place("mail")
        self.mail.show_search(query, answer)

    def _search_entered(self) -> None:
        self.searching.now()
        if self.mail.list.searching:
            self.mail.list.focus_list()
            if not self.mail.list.view.currentIndex().isValid():
                self.mail.list.view.step(1)

    def clear_search(self) -> None:
        self.top.search.clear()
        self.mail.list.focus_list()

    # The store opens, changes, is locked

    def _opened(self, opened: Opened) -> None:
        self.opening = False
        self._demo.setVisible(opened.demo)
        self._stack.setCurrentIndex(0)
        self._say_bar("", "")
        self.mail.load(self._kept_folder())
        if self.place == "documents":
            self.documents.reload()
        self.bridge.ask(ReadState(), self._state_read, owner=self)
        self._show_status()
        self.mail.list.focus_list()
        self._note_first_account()
        self.running.offer_drafts()
        self.running.offer_activation()
        if self._argument:
            argument, self._argument = self._argument, ""
            self.running.open_argument(argument)

    def _kept_folder(self) -> FolderId | None:
        kept = self.state.number("folder", 0)
        return FolderId(kept) if kept else None

    def _state_read(self, answer: object) -> None:
        if isinstance(answer, StateAnswer):
            for state in answer.states:
                self.bridge.states.setdefault(state.account, state)
            self.mail.folders.load()
            self.mail.show_account_problem()
            self._show_status()

    def _note_first_account(self) -> None:
        """A profile without a BAL begins with adding one."""
        if not self.mail.folders.accounts:
            add = button(_("Ajouter une boîte"), "primary", "plus", on_click=self.running.add_account)
            self.mail.list.say_nothing_yet(add)
            add.setFocus(Qt.FocusReason.OtherFocusReason)

    def _changed(self, changed: Changed) -> None:
        if self.bridge.view is None:
            return
        self.mail.changed(changed)
        self.documents.changed(changed)
        if changed.states or changed.accounts or changed.everything or "accounts" in changed.aspects:
            self._show_status()
        if changed.new_messages:
            words = count("{n} nouveau message", "{n} nouveaux messages", changed.new_messages)
            self.toasts.say(words, "mail", gently=True)
            QApplication.alert(self)

    def _show_status(self) -> None:
        accounts = self.mail.folders.accounts
        found = status_words(self.bridge.states, lost=self.bridge.lost, accounts=len(accounts))
        self.top.show_status(*found, status_tip(accounts, self.bridge.states))

    def _progress(self, progress: Progress) -> None:
        self.mail.folders.progress(progress)

    def lock(self) -> None:
        """Composers keep what is written, nothing is shown any more, then the engine closes the store."""
        if self.locked:
            return
        self._waiting = self.running.close_composers()
        self._waiting += len(self.bridge.view.outbox()) if self.bridge.view is not None else 0
        self._blank()
        self.bridge.lock()

    def open_at_start(self, argument: str) -> None:
        """A mailto: link or a file given on the command line: opened when the store is."""
        self._argument = argument

    def _locked(self) -> None:
        self.opening = False
        self._blank()

    def _blank(self) -> None:
        """The lock page at once, then everything that was shown is forgotten."""
        self.running.close_composers()
        self.lock_page.show_locked(self._waiting)
        self._stack.setCurrentWidget(self.lock_page)
        self.lock_page.repaint()
        for dialog in QApplication.topLevelWidgets():
            if dialog is not self and dialog.isWindow() and dialog.isVisible():
                dialog.close()
                dialog.hide()  # one that works goes on, unseen
        self.toasts.clear()  # « Reprendre » would show a draft over the lock
        self.searching.clear()
        self.top.search.clear()
        self.mail.clear()
        self.contacts.clear()
        self.documents.clear()
        self.outbox.clear()
        self.settings.clear()
        self.top.show_status("", "muted", "")

    def unlock(self) -> None:
        self.opening = True
        self.lock_page.show_starting()
        self.bridge.unlock()

    def _failed(self, problem: Problem) -> None:
        self.opening = False
        self.lock_page.show_problem(problem)
        self._stack.setCurrentWidget(self.lock_page)

    # The engine is lost and comes back

    def _engine_lost(self, restarting: bool) -> None:
        if restarting:
            self._lost_timer.start()
        else:
            self._lost_timer.stop()
            again = button(_("Relancer"), "secondary", small=True, on_click=self.bridge.unlock)
            words = _("Le moteur de la messagerie s’arrête sans cesse. Vous pouvez lire, rien ne part.")
            self._say_bar("danger", words, again)
        self._show_status()

    def _say_lost(self) -> None:
        words = _(
            "Le moteur de la messagerie redémarre. Vous pouvez continuer à lire\u202f; rien n’est perdu."
        )
        self._say_bar("warning", words)

    def _engine_back(self) -> None:
        self._lost_timer.stop()
        self._say_bar("", "")
        self._show_status()

    def _say_bar(self, kind: str, words: str, *actions: QWidget) -> None:
        self._bar_room.setVisible(bool(words))
        self.bar.setVisible(bool(words))
        if words:
            self.bar.say(kind, words, actions)

    def come_forward(self) -> None:
        if self.isMinimized():
            self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def _raised(self, argument: str) -> None:
        self.come_forward()
        if argument:
            self.running.open_argument(argument)

    def _count_outbox(self, number: int) -> None:
        words = count("{n} action à regarder", "{n} actions à regarder", number)
        self.rail.set_badge("outbox", number, words)

    def _draft_back(self) -> None:
        """A message did not leave: the list of mail offers it, whatever folder it shows."""
        self.toasts.say(_("Remis en brouillon"), "file-pen")
        self.running.offer_drafts()

    # Remembering

    def _folder_shown(self) -> None:
        folder = self.mail.list.folder
        if folder is not None:
            self.state.keep(folder=int(folder.id))
            if folder.role == "drafts":
                # What is kept on this computer only is not among the server's drafts.
                self.running.offer_drafts()

    def _keep_choices(self) -> None:
        self.state.keep(oldest_first=not self.mail.list.newest_first)
        self.state.keep_looks()

    def _keep_all(self) -> None:
        self.state.keep_geometry(self)
        self.state.keep_sizes("panes", self.mail.outer)
        self.state.keep_sizes("list", self.mail.inner)
        self.state.keep(closed=self.mail.folders.closed)
        self.state.keep_looks()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and not self.locked:
            if self.mail.reader_alone or self.mail.reader.isAncestorOf(self.focusWidget()):
                self.mail.back()
                return
            if self.searching.query:
                self.clear_search()
                return
        typed = [each.name for each in entries() if each.typed and each.typed == event.text()]
        if typed:
            self._run(typed[0])
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.mail.set_narrow(self.width() < NARROW)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange:
            self.mail.list.view.viewport().update()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._closing:
            event.ignore()
            return
        self.running.close_composers()
        self._closing = True
        agreed = may_close(self, self.bridge)
        self._closing = False
        if not agreed:
            event.ignore()
            return
        self._keep_all()
        self.searching.clear()
        super().closeEvent(event)
