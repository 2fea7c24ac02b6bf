"""Two windows, a second engine, the command line beside a window: one writer, all served, nothing twice."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mssclient.engine import client
from mssclient.engine.client import Client, Profile, raise_running
from mssclient.engine.lock import EngineLock
from mssclient.engine.service import Engine
from mssclient.model.errors import MssError
from mssclient.model.questions import SyncReport
from mssclient.model.secrets import Secret
from mssclient.model.wants import Delete, MarkFlags, Sync
from mssclient.store.key import load_key
from mssclient.store.store import Store
from tests.badinput.practice import PASSPHRASE, Listening, Practice, clear, command_line, letter, practice
from tests.servers import ImapServer

pytestmark = pytest.mark.servers


class Window:
    """A client in the role of a window, which starts or joins an engine process."""

    def __init__(self, place: Path) -> None:
        self.ear = Listening(passphrase=PASSPHRASE)
        self.client = Client(Profile(place), self.ear)
        self.ear.client = self.client

    def close(self) -> None:
        self.client.close(timeout=8)


@pytest.fixture
def filled(profile_folder: Path, dovecot: ImapServer, new_user: tuple[str, str]) -> Path:
    """A profile with a BAL of six messages, closed."""
    dovecot.append_all(new_user[0], "INBOX", [(letter(n), [], None) for n in range(6)])
    with practice(profile_folder) as desk:
        desk.joined(dovecot, new_user[0])
        desk.synced()
    return profile_folder


def test_two_windows_started_at_once(filled: Path, dovecot: ImapServer, new_user: tuple[str, str]) -> None:
    """Both open, on one engine; what one does the other is told, and each want is done once."""
    windows = [Window(filled), Window(filled)]
    try:
        for window in windows:
            window.client.start()
        for window in windows:
            window.ear.wait("opened")
        first, second = windows
        assert first.client.engine_pid == second.client.engine_pid
        view = first.client.view()
        inbox = next(folder.id for folder in view.folders() if folder.role == "inbox")
        rows = view.rows(inbox, 0, 10)
        seen = second.ear.times("changed")
        first.client.post(MarkFlags(placements=(rows[0].id,), add=("flagged",)))
        second.client.post(MarkFlags(placements=(rows[0].id,), add=("Urgent",)))
        both = Delete(placements=(rows[5].id,))
        first.client.post(both)
        second.client.post(both)  # the second finds it gone, or in the trash already
        for window in windows:
            window.ear.wait("acknowledged")
        second.ear.wait("changed", count=seen + 1)
        for window in windows:
            report = window.ear.do(Sync())
            assert isinstance(report, SyncReport)
            assert not report.problems
        assert not [problem for _, problem in ended(windows) if problem.exit_code == 5]
        assert len(dovecot.uids(new_user[0])) == 5
        judge = dovecot.raw_client(new_user[0])
        judge.select_folder("INBOX", readonly=True)
        assert len(judge.search(["FLAGGED", "KEYWORD", "Urgent"])) == 1
        view.close()
        # One closes, the other goes on.
        first.close()
        assert isinstance(second.ear.do(Sync()), SyncReport)
    finally:
        for window in windows:
            window.close()


def ended(windows: list[Window]) -> list[tuple[str, object]]:
    """Every want that ended with a problem."""
    found = []
    for window in windows:
        found += [
            (name, value[1])
            for name, value in list(window.ear.heard)
            if name == "ended" and hasattr(value[1], "exit_code")
        ]
    return found


def test_a_second_engine_gives_way(filled: Path) -> None:
    with practice(filled) as desk:
        before = desk.rows()
        other = Engine(Profile(filled), passphrase=Secret(PASSPHRASE), background=False)
        assert other.start() is False
        other.stop(1)
        started = subprocess.run(
            [sys.executable, "-m", "mssclient.engine", "--profile", filled],
            capture_output=True,
            timeout=30,
            check=False,
        )
        assert b'"taken"' in started.stdout
        assert not started.stderr
        assert desk.rows() == before
        desk.synced()


def test_a_second_writer_is_refused(filled: Path) -> None:
    """Whoever opens the store past the engine's lock: the store has one of its own."""
    with practice(filled) as desk:
        key = load_key(Profile(filled), ask=None, passphrase=Secret(PASSPHRASE))
        with pytest.raises(MssError) as told:
            Store.open(Profile(filled).store_path, key)
        clear(told.value.problem, "store-busy")
        desk.synced()


def test_the_command_line_beside_a_window(filled: Path, new_user: tuple[str, str]) -> None:
    """Verbs are carried out by the engine that runs, also several at once."""
    with practice(filled, background=True) as desk:
        results: list[object] = []

        def run(*words: str) -> None:
            results.append(command_line(*words, profile=filled))

        verbs = [("list", "INBOX"), ("sync",), ("search", "message"), ("doctor",)]
        threads = [threading.Thread(target=run, args=verb) for verb in verbs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert [each.code for each in results if each.code > 1] == []  # type: ignore[attr-defined]
        assert len(results) == len(verbs)
        told = command_line("mark", str(desk.rows()[0].id), "--add", "flagged", "--wait", profile=filled)
        assert told.code == 0, told.out
        desk.until(lambda: "flagged" in desk.rows()[0].flags)


def test_a_locked_window_is_told_to_the_command_line(filled: Path) -> None:
    with practice(filled) as desk:
        desk.client.lock()
        desk.ear.wait("locked")
        told = command_line("folders", profile=filled)
        assert told.problem("store-locked").exit_code == 3


def test_a_second_start_raises_the_first_window(filled: Path) -> None:
    with practice(filled) as desk:
        assert raise_running(Profile(filled), "mailto:alice@exemple.fr")
        assert desk.ear.wait("raised") == "mailto:alice@exemple.fr"


def test_no_engine_answers(profile_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody holds the lock and does not listen: said after a while, never waited for without end."""
    monkeypatch.setattr(client, "_JOIN_LIMIT_S", 1.0)
    profile_folder.mkdir(mode=0o700)
    lock = EngineLock(Profile(profile_folder).lock_path)
    assert lock.take()
    try:
        desk = Practice(profile_folder)
        desk.start()
        clear(desk.ear.wait("failed"), "profile-in-use")
        desk.close()
    finally:
        lock.release()
