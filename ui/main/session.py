"""When the window is locked, what opens it again, and who may come after: inactivity, cards, people."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from mssclient.engine.client import Profile, profile_of_card
from mssclient.model.accounts import Account
from mssclient.model.cards import CardCertificate
from mssclient.model.changes import Changed
from mssclient.model.errors import Problem
from mssclient.model.language import _
from mssclient.model.questions import CardsAnswer, ReadCards
from mssclient.model.wants import LogOut
from ui.kit import ask_choice, problem_sentence
from ui.main.announcement import Announcement
from ui.main.idle import Idle, minutes_of
from ui.main.people import People
from ui.theme import icon
from ui.theme.words import NNBSP

if TYPE_CHECKING:
    from ui.main.window import MainWindow

__all__ = ["AFTER_MINUTES", "Session"]

AFTER_MINUTES = "lock.after_minutes"


class Session(QObject):
    """Of one window. It decides nothing about keys: it says when to lock, and what the person sees of it."""

    def __init__(self, window: "MainWindow", profile: Profile) -> None:
        super().__init__(window)
        self._window = window
        self._bridge = window.bridge
        self._profile = profile
        self.idle = Idle(self)
        self.idle.passed.connect(window.lock)
        self.people = People(window, profile)
        self.people.leaving.connect(window.lock)
        self.people.failed.connect(self._failed)
        window.lock_page.people_wanted.connect(self.people.open_menu)
        self._mine_there: bool | None = None
        """The card of this profile was in a reader when last looked; None: not looked since the lock."""
        self._acted_on: frozenset[str] = frozenset()
        """Fingerprints of another person's card whose window was opened."""
        self._reminded: dict[int, str] = {}
        self._announcement = Announcement(self)
        self._announcement.chosen.connect(window.come_forward)
        self._show_person()
        self._bridge.opened.connect(lambda _opened: self._opened())
        self._bridge.locking.connect(window.lock)
        self._bridge.locked.connect(self.locked)
        self._bridge.announced.connect(self._announced)
        self._bridge.failed.connect(lambda _problem: self.locked())
        self._bridge.changed.connect(self._changed)

    def _show_person(self) -> None:
        """On the lock page, and in the title that the task bar shows."""
        name, product = self.people.name(), _("Messagerie de santé")
        self._window.lock_page.show_person(name)
        self._window.setWindowTitle(f"{product} — {name}" if name else product)

    # Open

    def _opened(self) -> None:
        self._announcement.withdraw()
        view = self._bridge.view
        if view is None:
            return
        kinds = {account.auth for account in view.accounts()}
        page = self._window.lock_page
        page.how = "card" if "cps" in kinds else "psc" if kinds == {"psc"} else ""
        self._acted_on = frozenset()
        self.idle.begin(minutes_of(view.setting(AFTER_MINUTES)))

    def _changed(self, changed: Changed) -> None:
        if "cards" in changed.aspects and self._window.locked:
            self._look_at_cards()
        view = self._bridge.view
        if view is None:
            return
        if changed.everything or {"settings", "accounts"} & set(changed.aspects):
            self._opened()
        for state in changed.states:
            if state.reminder and self._reminded.get(state.account) != state.reminder:
                self._reminded[state.account] = state.reminder
                self._window.toasts.say(state.reminder, "credit-card")

    # Locked

    def locked(self) -> None:
        """The window shows the lock page: nothing is counted any more, cards are looked at if they open."""
        self.idle.end()
        self._mine_there = None
        self._show_person()
        page = self._window.lock_page
        if self.people.card_opens_this:
            page.how = "card"
        if self.people.card_opens_one:
            self._look_at_cards()

    def _announced(self, messages: int) -> None:
        if not self._window.locked or self._window.opening:
            return
        self._window.lock_page.show_news(messages)
        if messages:
            self._announcement.say()
            QApplication.alert(self._window)

    def _look_at_cards(self) -> None:
        self._bridge.ask(ReadCards(), self._cards_read, owner=self)

    def _cards_read(self, outcome: object) -> None:
        if not isinstance(outcome, CardsAnswer) or not self._window.locked:
            return
        page = self._window.lock_page
        shown: tuple[str, CardCertificate] | None = None
        mine = False
        for reader, certificates in outcome.certificates.items():
            if not certificates:
                continue
            known = profile_of_card(self._profile, certificates)
            if known is not None and known.current:
                shown, mine = (reader, certificates[0]), True
                break
            shown = shown or (reader, certificates[0])
            if known is not None:
                self._open_other(Path(known.folder), certificates)
        if shown is None:
            page.show_card("", "", "")
            self._acted_on = frozenset()
        else:
            page.show_card(_holder(shown[1]), shown[0], "mine" if mine else "other")
        come, self._mine_there = mine and self._mine_there is False, mine
        if come and not self._window.opening:
            self._window.unlock()

    def _open_other(self, folder: Path, certificates: tuple[CardCertificate, ...]) -> None:
        """Another person's card opens their own window, once for each time it is put in."""
        fingerprints = frozenset(each.fingerprint for each in certificates)
        if fingerprints != self._acted_on:
            self._acted_on = fingerprints
            self.people.switch(folder)

    # The menu

    def open_menu(self, below: QWidget) -> None:
        menu = self.make_menu()
        menu.exec(below.mapToGlobal(QPoint(0, below.height() + 4)))
        menu.deleteLater()

    def make_menu(self) -> QMenu:
        """« Session »: lock, change person, sign out."""
        menu = QMenu(_("Session"), self._window)
        menu.addAction(self._window.actions_by_name["lock"])
        others = menu.addMenu(icon("users-round", "muted"), _("Changer de personne"))
        self.people.fill(others)
        menu.addSeparator()
        for account in self._with_passwords():
            words = _("Changer le mot de passe de {name}…").format(name=account.name or account.address)
            change = menu.addAction(icon("key-round", "muted"), words)
            change.triggered.connect(lambda _on=False, of=account: self._window.settings.change_password(of))
        out = menu.addAction(icon("log-out", "muted"), _("Fermer la session…"))
        out.triggered.connect(lambda _on=False: self.log_out())
        return menu

    def _with_passwords(self) -> list[Account]:
        """Those whose password is the person's own; the demonstration's are not."""
        view = self._bridge.view
        if view is None or self._window.locked or self._bridge.demo:
            return []
        return [account for account in view.accounts() if account.auth == "password"]

    def log_out(self) -> None:
        """« Fermer la session »: asked once; drafts are kept first."""
        agreed = ask_choice(
            self._window,
            _("Fermer la session{thin}?").format(thin=NNBSP),
            _(
                "Pro Santé Connect en est averti, la carte oublie son code et la messagerie est verrouillée."
                " Ce que vous écrivez est conservé en brouillon."
            ),
            _("Fermer la session"),
        )
        if agreed and not self._window.locked:
            self._window.running.close_composers()
            self._bridge.post(LogOut())
            self._window.lock()

    def _failed(self, problem: Problem) -> None:
        if self._window.locked:
            self._window.lock_page.show_problem(problem)
        else:
            self._window.toasts.say(problem_sentence(problem), "triangle-alert")


def _holder(certificate: CardCertificate) -> str:
    name = " ".join(filter(None, (certificate.surname, certificate.given_name)))
    return " · ".join(filter(None, (name or certificate.common_name, certificate.profession)))
