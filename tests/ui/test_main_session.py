"""When the window is locked and what it then shows: inactivity, a pulled card, cards put in, other people."""

from pathlib import Path
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from mssclient.engine.client import Profile, known_profiles, new_profile
from mssclient.model.accounts import AccountState
from mssclient.model.cards import CardCertificate, CardState
from mssclient.model.changes import Changed, Opened
from mssclient.model.errors import Problem
from mssclient.model.questions import CardsAnswer, NewDraft, ReadCards
from mssclient.model.wants import KeepDraft, LogOut, SetSetting
from mssclient.store.persons import Person, bound_card, keep_person, people_folder, read_person
from tests.ui.practice import StoreDoor
from ui.accounts.assistant import AccountAssistant
from ui.main import session as session_module
from ui.main.idle import minutes_of
from ui.main.people import NameDialog
from ui.main.window import MainWindow

Practice = tuple[MainWindow, StoreDoor]
CARDS = Changed(aspects=("cards",))
MINE = CardCertificate(
    fingerprint="a" * 64, surname="AUBRY", given_name="Camille", profession="Médecin", usage="authentication"
)
OTHER = CardCertificate(fingerprint="b" * 64, surname="MARTIN", given_name="Lou", usage="authentication")


class Clock:
    def __init__(self) -> None:
        self.minutes = 0.0

    def __call__(self) -> tuple[float, float]:
        return self.minutes * 60, self.minutes * 60


class CardDoor(StoreDoor):
    """Readers hold what ``holding`` says."""

    holding: tuple[CardCertificate, ...] = ()
    locks = 0
    unlocks = 0

    def ask(self, question: Any) -> Any:
        if not isinstance(question, ReadCards):
            return super().ask(question)
        self.said.append(question)
        self._cards_asked = getattr(self, "_cards_asked", 0) + 1
        id = f"cards-{self._cards_asked}"
        states = (CardState(reader="Bureau 1", present=bool(self.holding)),)
        self.listener.answered(id, CardsAnswer(cards=states, certificates={"Bureau 1": self.holding}))
        return id

    def lock(self) -> None:
        self.locks += 1
        super().lock()

    def unlock(self) -> None:
        self.unlocks += 1
        super().unlock()

    def put(self, *certificates: CardCertificate) -> None:
        self.holding = certificates
        self.listener.changed(CARDS)


def text_of(window: MainWindow) -> str:
    page = window.lock_page
    parts = [page._title, page._words, page._waiting, page._card, page._reader]
    return " ".join(part.text() for part in parts if not part.isHidden())


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Folders whose windows were opened."""
    return []


@pytest.fixture
def bound(open_practice: Any, tmp_path: Path, started: list[Path]) -> tuple[MainWindow, CardDoor]:
    """A window whose profile opens with a card."""
    keep_person(Profile(tmp_path), Person(name="Dr Aubry", cards=(bound_card(MINE.fingerprint),)))
    window, door = open_practice(kind=CardDoor)
    window.session.people.start = lambda folder: started.append(folder) or True
    return window, door


# Inactivity


@pytest.mark.parametrize(
    ("setting", "minutes"),
    [(None, 15), (1, 1), (45, 45), (500, 120), (0, 15), (-3, 15), ("x", 15), (True, 15), (12.9, 12)],
)
def test_minutes_make_sense(setting: object, minutes: int) -> None:
    assert minutes_of(setting) == minutes


def test_nobody_there_locks(practice: Practice, qtbot: QtBot) -> None:
    window, _door = practice
    idle, clock = window.session.idle, Clock()
    idle._now = clock
    idle._last = clock()
    clock.minutes = 14.9
    idle.look()
    assert not window.locked
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Shift)
    clock.minutes = 29.8
    idle.look()
    assert not window.locked
    QTest.mouseMove(window.windowHandle(), window.rect().center())
    clock.minutes = 45
    idle.look()
    qtbot.waitUntil(lambda: window.locked)
    qtbot.waitUntil(lambda: not idle._timer.isActive())


def test_the_minutes_of_the_setting_hold_at_once(practice: Practice, qtbot: QtBot) -> None:
    window, door = practice
    window.show_place("settings")
    choices = window.settings._security
    choices.minutes.setValue(3)
    QTest.keyClick(choices.minutes, Qt.Key.Key_Return)
    (want,) = [each for each in door.said if isinstance(each, SetSetting)]
    assert (want.name, want.value) == ("lock.after_minutes", "3")
    assert choices.on_removal.isHidden()  # nobody has a card here


# A pulled card


def test_a_pulled_card_blanks_keeps_and_locks(bound: tuple[MainWindow, CardDoor], qtbot: QtBot) -> None:
    window, door = bound
    window.running._ask_draft(NewDraft(account=window.mail.folders.accounts[0].id))
    qtbot.waitUntil(lambda: bool(window.running._composers))
    composer = window.running._composers[0]
    composer.form.words.setPlainText("Cher confrère")
    door.listener.locking()
    qtbot.waitUntil(lambda: window.locked)
    qtbot.waitUntil(lambda: not shiboken6.isValid(composer))
    assert window.bridge.view is None
    kept = [number for number, each in enumerate(door.said) if isinstance(each, KeepDraft)]
    assert kept
    assert door.said[kept[-1]].draft.text.startswith("Cher confrère")
    assert door.locks == 1
    assert "insérez votre carte CPS" in text_of(window)


def test_the_same_card_put_back_asks_to_unlock_once(bound: tuple[MainWindow, CardDoor], qtbot: QtBot) -> None:
    window, door = bound
    door.listener.locking()
    qtbot.waitUntil(lambda: window.session._mine_there is False)
    door.put(MINE)
    qtbot.waitUntil(lambda: door.unlocks == 1)
    qtbot.waitUntil(lambda: not window.locked)


def test_a_lock_with_the_card_in_place_waits_for_the_person(
    bound: tuple[MainWindow, CardDoor], qtbot: QtBot
) -> None:
    window, door = bound
    door.holding = (MINE,)
    window.lock()
    qtbot.waitUntil(lambda: window.session._mine_there is True)
    assert "Carte CPS lue\u00a0: AUBRY Camille · Médecin" in text_of(window)
    door.listener.changed(CARDS)
    qtbot.waitUntil(lambda: sum(isinstance(each, ReadCards) for each in door.said) > 1)
    assert door.unlocks == 0


def test_anothers_card_opens_their_own_window(
    bound: tuple[MainWindow, CardDoor], started: list[Path], qtbot: QtBot
) -> None:
    window, door = bound
    other = new_profile("Lou Martin")
    keep_person(other, Person(name="Lou Martin", chosen=True, cards=(bound_card(OTHER.fingerprint),)))
    door.listener.locking()
    qtbot.waitUntil(lambda: window.session._mine_there is False)
    door.put(OTHER)
    qtbot.waitUntil(lambda: started == [other.folder])
    door.put(OTHER)
    qtbot.waitUntil(lambda: "Carte d’une autre personne\u00a0: MARTIN Lou" in text_of(window))
    assert started == [other.folder]
    assert door.unlocks == 0
    assert window.locked


def test_a_problem_of_the_card_stays_a_locked_page(bound: tuple[MainWindow, CardDoor], qtbot: QtBot) -> None:
    window, door = bound
    door.listener.failed(Problem(code="card-absent", sentence="Aucune carte.", remedy="Insérez la carte."))
    qtbot.waitUntil(lambda: window.locked)
    assert "Messagerie verrouillée" in text_of(window)


def test_without_cards_on_this_computer_nobody_asks_for_readers(practice: Practice, qtbot: QtBot) -> None:
    window, door = practice
    window.lock()
    qtbot.waitUntil(lambda: window.bridge.view is None)
    assert not [each for each in door.said if isinstance(each, ReadCards)]


def test_the_end_of_a_certificate_is_said_in_a_toast(practice: Practice, qtbot: QtBot) -> None:
    window, door = practice
    account = window.mail.folders.accounts[0].id
    told: list[str] = []
    window.toasts.say = lambda words, *_a, **_k: told.append(words)  # type: ignore[method-assign]
    for state in ("syncing", "online"):
        door.listener.changed(
            Changed(states=(AccountState(account=account, state=state, reminder="Expire dans 20 jours."),))
        )
        qtbot.waitUntil(lambda state=state: window.bridge.states[account].state == state)
    assert told == ["Expire dans 20 jours."]


# People


def test_another_person_gets_a_profile_and_a_window(
    practice: Practice, qtbot: QtBot, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, _door = practice
    opened: list[Path] = []
    window.session.people.start = lambda folder: opened.append(folder) or True

    def type_name(dialog: NameDialog) -> int:
        assert not dialog.primary_button.isEnabled()
        dialog._entry.setText("  Infirmière  Dupont ")
        assert dialog.primary_button.isEnabled()
        return int(NameDialog.DialogCode.Accepted)

    monkeypatch.setattr(NameDialog, "exec", type_name)
    window.session.people.add()
    (folder,) = opened
    assert folder.parent == people_folder()
    assert folder.is_relative_to(home)
    assert read_person(Profile(folder)).name == "Infirmière Dupont"
    assert window.locked
    menu = QMenu()
    window.session.people.fill(menu)
    assert [action.text() for action in menu.actions() if action.text()][:1] == ["Infirmière Dupont"]
    assert [known.name for known in known_profiles(Profile(folder)) if known.current] == ["Infirmière Dupont"]


def test_a_window_that_does_not_start_is_said(practice: Practice, qtbot: QtBot) -> None:
    window, _door = practice
    window.session.people.start = lambda _folder: False
    window.session.people.switch(Path("ailleurs"))
    assert "ne s’est pas ouverte" in window.lock_page._bar.accessibleName()


@pytest.mark.parametrize("agreed", [True, False])
def test_signing_out_is_asked_once(practice: Practice, monkeypatch: pytest.MonkeyPatch, agreed: bool) -> None:
    window, door = practice
    monkeypatch.setattr(session_module, "ask_choice", lambda *_a, **_k: agreed)
    window.session.log_out()
    assert sum(isinstance(each, LogOut) for each in door.said) == agreed
    assert window.locked == agreed


def test_the_menu_of_the_session(practice: Practice) -> None:
    window, _door = practice
    menu = window.session.make_menu()
    shown = [action.text() for action in menu.actions() if action.text()]
    assert shown == ["Verrouiller la session", "Changer de personne", "Fermer la session…"]
    menu.actions()[0].trigger()
    assert window.locked


# The first set-up of a BAL


def unfinished(window: MainWindow, door: StoreDoor) -> None:
    account = window.mail.folders.accounts[0].id
    window.bridge.post(SetSetting(name=f"activation.{account}", value='{"done": [], "all": ["identity"]}'))


def test_an_interrupted_set_up_goes_on_after_a_lock_until_it_is_put_off(
    practice: Practice, qtbot: QtBot
) -> None:
    window, door = practice
    unfinished(window, door)

    def unlocked_again() -> bool:
        window.lock()
        assert window.running._assistant is None
        window.unlock()
        qtbot.waitUntil(lambda: not window.locked)
        return window.running._assistant is not None

    assert unlocked_again()
    window._opened(Opened(schema=1, key=b"", path=""))  # an engine that started anew says so again
    assert sum(isinstance(each, AccountAssistant) for each in window.children()) == 1
    assert unlocked_again()
    assistant = window.running._assistant
    assert assistant is not None
    assistant.cancel_button.click()
    assert not unlocked_again()


# Bridge


def test_an_unlock_before_the_lock_was_done(practice: Practice, qtbot: QtBot) -> None:
    """The lock is done all the same, then it opens."""
    window, door = practice
    held = door.lock
    door.lock = lambda: None  # type: ignore[method-assign]
    window.lock()
    assert window.bridge.view is None
    window.unlock()
    held()
    qtbot.waitUntil(lambda: not window.locked)
    assert window.bridge.view is not None


def test_an_engine_that_starts_anew_meanwhile_is_told_again(
    bound: tuple[MainWindow, CardDoor], qtbot: QtBot
) -> None:
    window, door = bound
    said: list[int] = []
    door.lock = lambda: said.append(1)  # type: ignore[method-assign]
    window.lock()
    door.listener.engine_lost(True)
    door.listener.engine_back()
    qtbot.waitUntil(lambda: len(said) == 2)
    assert window.locked
    assert window.bridge.view is None
