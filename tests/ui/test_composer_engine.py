"""Drafts and sends that are under way while the window locks or closes, on a real engine."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from mssclient.engine.client import Profile
from mssclient.model.drafts import Draft, OutboxItem
from mssclient.model.ids import DraftId, new_id
from mssclient.model.messages import Person
from tests.engine.processes import end_engine, wait_gone
from ui.bridge import Bridge
from ui.composer.window import Composer
from ui.main.window import MainWindow

pytestmark = pytest.mark.timeout(120)
LONG_MS = 30_000


class Practice:
    """A window on the small demonstration, its engine a process of its own."""

    def __init__(self, folder: Path, qtbot: QtBot) -> None:
        self.folder, self.qtbot = folder, qtbot
        self.window = self._open()

    def _open(self) -> MainWindow:
        profile = Profile(self.folder / "p", demo=True)
        bridge = Bridge.to_engine(profile, demo_small=True)
        window = MainWindow(bridge, profile)
        window.show()
        bridge.start()
        self.qtbot.waitUntil(lambda: bridge.view is not None, timeout=LONG_MS)
        return window

    def close(self) -> None:
        """Quit."""
        assert self.window.close()
        self.window.bridge.close()
        # A window that is only closed lives on, and each change of looks would polish it again.
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def reopen(self) -> None:
        """Quit; the engine ends by itself, and another one is started."""
        pid = self.pid
        self.close()
        assert pid is not None
        wait_gone(pid)
        self.window = self._open()

    @property
    def pid(self) -> int | None:
        client: Any = self.window.bridge._client
        return client.engine_pid

    def compose(self, text: str = "Bonjour", subject: str = "Avis") -> Composer:
        view = self.window.bridge.view
        assert view is not None
        self.qtbot.waitUntil(lambda: bool(view.accounts()), timeout=LONG_MS)
        account = view.accounts()[0]
        draft = Draft(
            id=DraftId(new_id()), account=account.id, to=(Person(address=account.address),), subject=subject
        )
        self.window.running.open(draft)
        composer = self.window.running._composers[-1]
        composer.form.words.setPlainText(text)
        self.qtbot.waitUntil(lambda: composer.form.routes_known, timeout=LONG_MS)
        composer._clear_agreed = True  # the list of the demonstration is not the matter here
        return composer

    def lock_and_unlock(self) -> None:
        bridge = self.window.bridge
        self.window.lock()
        self.qtbot.waitUntil(lambda: bridge.view is None, timeout=LONG_MS)
        bridge.unlock()
        self.qtbot.waitUntil(lambda: bridge.view is not None, timeout=LONG_MS)

    def sent(self) -> list[OutboxItem]:
        view = self.window.bridge.view
        assert view is not None
        return view.outbox(all=True)

    def drafts(self) -> list[Draft]:
        view = self.window.bridge.view
        assert view is not None
        return view.drafts()


@pytest.fixture
def office(qtbot: QtBot) -> Iterator[Practice]:
    folder = Path(tempfile.mkdtemp(prefix="mss-c-"))
    made = Practice(folder, qtbot)
    yield made
    pid = made.pid
    made.close()
    end_engine(pid)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def _no_question(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is lost here, so nobody may be asked whether it may be."""

    def asked(*_words: Any, **_options: Any) -> bool:
        raise AssertionError("the person was asked")

    monkeypatch.setattr("ui.main.closing.ask_choice", asked)


@pytest.mark.parametrize("way", ["lock_and_unlock", "reopen"])
def test_a_send_goes_on_though_the_window_locks_or_closes_at_once(office: Practice, way: str) -> None:
    composer = office.compose("Mots du dernier instant")
    composer.submit()
    assert composer.posting
    getattr(office, way)()
    assert [item.subject for item in office.sent()] == ["Avis"]
    assert office.drafts() == []


@pytest.mark.parametrize("way", ["lock_and_unlock", "reopen"])
def test_a_send_that_is_refused_meanwhile_stays_a_draft_and_is_offered(office: Practice, way: str) -> None:
    composer = office.compose("Pas encore")
    composer.form.to.set_people((Person(address="pas\nune adresse"),))
    composer._post()
    getattr(office, way)()
    assert office.sent() == []
    assert [draft.text for draft in office.drafts()] == ["Pas encore"]
    said = office.window.mail.list
    office.qtbot.waitUntil(lambda: said.about == "drafts", timeout=LONG_MS)


def test_what_is_being_written_is_kept_without_a_question(office: Practice) -> None:
    office.compose("Bonjour")
    office.reopen()
    assert [draft.text for draft in office.drafts()] == ["Bonjour"]


def test_a_draft_thrown_away_comes_back_with_its_file(office: Practice, tmp_path: Path) -> None:
    file = tmp_path / "bilan.pdf"
    file.write_bytes(b"%PDF-1.4 invented")
    composer = office.compose("Avant")
    composer.form.enclosures.add_paths([str(file)])
    composer.form.words.setPlainText("Les derniers mots")
    composer.discard()
    assert not composer.isVisible()
    assert office.window.toasts.undo_last()
    assert composer.isVisible()
    office.qtbot.waitUntil(lambda: not composer.form.enclosures.busy, timeout=LONG_MS)
    composer.close()
    office.qtbot.waitUntil(lambda: not office.window.bridge.unacknowledged(), timeout=LONG_MS)
    (draft,) = office.drafts()
    assert draft.text == "Les derniers mots"
    assert [one.type for one in draft.attachments] == ["application/pdf"]


@pytest.mark.parametrize("way", ["lock_and_unlock", "reopen"])
def test_a_draft_thrown_away_is_gone_when_the_window_locks_or_closes(office: Practice, way: str) -> None:
    composer = office.compose("Rien à garder")
    composer.keep()
    office.qtbot.waitUntil(lambda: bool(office.drafts()), timeout=LONG_MS)
    composer.discard()
    assert office.drafts(), "it can still be taken back"
    getattr(office, way)()
    assert office.drafts() == []


def test_a_draft_thrown_away_is_gone_when_its_toast_ends(office: Practice) -> None:
    composer = office.compose("Rien à garder")
    composer.discard()
    office.window.toasts.say("Autre chose")
    office.qtbot.waitUntil(lambda: not office.window.bridge.unacknowledged(), timeout=LONG_MS)
    assert office.drafts() == []


def test_the_lock_shows_no_way_back_to_a_draft(office: Practice) -> None:
    composer = office.compose("Secret")
    composer.close()
    assert office.window.toasts.text
    office.window.lock()
    office.qtbot.waitUntil(lambda: office.window.locked, timeout=LONG_MS)
    assert office.window.toasts.text == ""
    office.window.bridge.unlock()
    office.qtbot.waitUntil(lambda: office.window.bridge.view is not None, timeout=LONG_MS)
