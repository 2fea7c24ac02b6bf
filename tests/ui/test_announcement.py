"""New mail behind the lock: counted on the lock page, said on the desktop in two words, chosen."""

import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import msgspec
import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QIcon
from pytestqt.qtbot import QtBot

from mssclient.model.questions import StateAnswer
from mssclient.model.wants import SetSetting
from tests.servers.secret_service import KeyringSession
from tests.ui.practice import StoreDoor
from ui.main import announcement as module
from ui.main.announcement import Announcement, tell_portal
from ui.main.window import MainWindow


class Told:
    """Stands for the desktop: what it was told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.said: list[str] = []
        monkeypatch.setattr(Announcement, "say", lambda _self: self.said.append("say"))
        monkeypatch.setattr(Announcement, "withdraw", lambda _self: self.said.append("withdraw"))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    return Told(monkeypatch)


class AnnouncingDoor(StoreDoor):
    """As an engine that hears of mail behind the lock."""

    def lock(self) -> None:
        super().lock()
        self.listener.announced(0)

    def _answer(self, question: Any) -> Any:
        answer = super()._answer(question)
        if isinstance(answer, StateAnswer):
            return msgspec.structs.replace(answer, can_announce=True)
        return answer


Practice = tuple[MainWindow, AnnouncingDoor]


@pytest.fixture
def announcing(told: Told, open_practice: Callable[..., Any]) -> Practice:
    del told
    return open_practice(kind=AnnouncingDoor)


def test_mail_behind_the_lock_is_counted_and_said(announcing: Practice, told: Told, qtbot: QtBot) -> None:
    window, door = announcing
    told.said.clear()
    news = window.lock_page._news
    window.lock()
    qtbot.waitUntil(lambda: news.isVisible())
    assert news.text() == "Les nouveaux messages seront annoncés, sans leur contenu."
    assert not told.said
    door.listener.announced(1)
    qtbot.waitUntil(lambda: news.text() == "1 nouveau message")
    door.listener.announced(3)
    qtbot.waitUntil(lambda: news.text() == "3 nouveaux messages")
    assert set(told.said) == {"say"}
    assert window.locked
    window.unlock()
    qtbot.waitUntil(lambda: not window.locked)
    assert told.said[-1] == "withdraw"
    window.lock()
    qtbot.waitUntil(lambda: news.text().startswith("Les nouveaux"))


def test_a_lock_that_hears_of_nothing_says_nothing(
    told: Told, open_practice: Callable[..., tuple[MainWindow, StoreDoor]], qtbot: QtBot
) -> None:
    window, _door = open_practice()
    window.lock()
    qtbot.waitUntil(lambda: window.lock_page.isVisible())
    assert not window.lock_page._news.isVisible()
    assert "say" not in told.said


def test_it_is_chosen_where_it_has_an_effect(announcing: Practice, qtbot: QtBot) -> None:
    window, door = announcing
    window.show_place("settings")
    choices = window.settings._security
    qtbot.waitUntil(lambda: choices.announce.isVisible())
    assert not choices.announce.isChecked()
    assert "mémoire de cet ordinateur" in choices.announce.accessibleDescription()
    choices.announce.click()
    (want,) = [each for each in door.said if isinstance(each, SetSetting)]
    assert (want.name, want.value) == ("lock.announce", "true")
    qtbot.waitUntil(lambda: choices.announce.isChecked())


def test_elsewhere_it_is_not_offered(
    open_practice: Callable[..., tuple[MainWindow, StoreDoor]], qtbot: QtBot
) -> None:
    window, _door = open_practice()
    window.show_place("settings")
    qtbot.waitUntil(lambda: bool(window.settings._trust.text()))
    assert not window.settings._security.announce.isVisible()


class Tray(QObject):
    """The platform of tests has no tray: what is handed to one is what is looked at."""

    messageClicked = Signal()
    activated = Signal(object)
    shown: ClassVar[list[tuple[str, str]]] = []

    def __init__(self, _icon: QIcon, parent: QObject) -> None:
        super().__init__(parent)
        self.visible = False

    @staticmethod
    def isSystemTrayAvailable() -> bool:
        return True

    def setToolTip(self, words: str) -> None:
        assert words == "Messagerie de santé"

    def show(self) -> None:
        self.visible = True

    def hide(self) -> None:
        self.visible = False

    def showMessage(self, title: str, words: str, _icon: QIcon) -> None:
        assert self.visible
        self.shown.append((title, words))


def test_the_tray_says_two_words(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "QSystemTrayIcon", Tray)
    owner = QObject()
    announcement = Announcement(owner)
    announcement.say()
    announcement.say()
    (tray,) = announcement.findChildren(Tray)
    assert Tray.shown == [("Nouveau message", "Messagerie de santé")] * 2
    with qtbot.waitSignal(announcement.chosen):
        tray.messageClicked.emit()
    announcement.withdraw()
    assert not tray.visible


class Portal(threading.Thread):
    """A desktop portal on a real D-Bus, which keeps what it is told."""

    def __init__(self, address: str) -> None:
        from jeepney.bus_messages import message_bus
        from jeepney.io.blocking import open_dbus_connection

        super().__init__(daemon=True)
        self._bus = open_dbus_connection(address)
        self._bus.send_and_get_reply(message_bus.RequestName("org.freedesktop.portal.Desktop"), timeout=10)
        self.calls: list[tuple[str, str, Any]] = []
        self.start()

    def run(self) -> None:
        from jeepney import HeaderFields, MessageType, new_method_return

        while True:
            try:
                message = self._bus.receive()
            except (OSError, ValueError):
                return
            if message.header.message_type is MessageType.method_call:
                fields = message.header.fields
                said = fields[HeaderFields.member], fields[HeaderFields.signature], message.body
                self.calls.append(said)
                self._bus.send(new_method_return(message))

    def end(self) -> None:
        self._bus.close()


@pytest.fixture
def portal(keyring_session: KeyringSession) -> Iterator[tuple[str, Portal]]:
    made = Portal(keyring_session.address)
    yield keyring_session.address, made
    made.end()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="D-Bus")
def test_the_portal_is_told_two_words(portal: tuple[str, Portal], qtbot: QtBot) -> None:
    from PySide6.QtDBus import QDBusConnection

    address, desktop = portal
    bus = QDBusConnection.connectToBus(address, "essai")
    assert bus.isConnected()
    tell_portal(bus, show=True)
    tell_portal(bus, show=False)
    qtbot.waitUntil(lambda: len(desktop.calls) == 2)
    (add, signature, (name, words)), removed = desktop.calls
    assert (add, signature) == ("AddNotification", "sa{sv}")
    assert {key: value for key, (_type, value) in words.items()} == {
        "title": "Nouveau message",
        "body": "Messagerie de santé",
    }
    assert removed == ("RemoveNotification", "s", (name,))
    QDBusConnection.disconnectFromBus("essai")
