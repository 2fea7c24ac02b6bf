"""The client and the real engine process: joined, killed, restarted; wants neither lost nor doubled."""

import contextlib
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mssclient.engine import client as client_module
from mssclient.engine import drafts, wire
from mssclient.engine.client import Client, Profile, raise_running
from mssclient.engine.desk import Desk
from mssclient.engine.lock import EngineLock
from mssclient.engine.start import start_engine
from mssclient.model.errors import Problem
from mssclient.model.ids import DraftId
from mssclient.model.questions import Done, ReadSettings, Search, SearchAnswer, SettingsAnswer
from mssclient.model.secrets import Secret
from mssclient.model.wants import AttachFile, SetSetting
from mssclient.store.store import Priority
from tests.engine.ears import PASSPHRASE, Ear, client_of
from tests.engine.processes import end_engine, leave, wait_gone
from tests.light_keys import keyed

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="signals and /proc; the engine itself is portable"
)


@pytest.fixture
def folder(home: Path) -> Path:
    return home / "p"


@pytest.fixture
def clients() -> Iterator[list[Client]]:
    started: list[Client] = []
    yield started
    pids = {one.engine_pid for one in started if one.engine_pid}
    for one in started:
        one.close()
    for pid in pids:
        end_engine(pid)


def _opened(folder: Path, clients: list[Client], **options: object) -> tuple[Ear, Client]:
    ear = Ear()
    client = client_of(keyed(folder, PASSPHRASE), ear, **options)
    clients.append(client)
    ear.wait("opened")
    return ear, client


def test_opens_answers_and_goes(folder: Path, clients: list[Client]) -> None:
    ear, client = _opened(folder, clients)
    pid = client.engine_pid
    assert pid is not None
    view = client.view()
    assert view.accounts() == []
    view.close()
    assert ear.ask(Search(query="rien")) == SearchAnswer(rows=(), complete=True)
    ear.do(SetSetting(name="theme", value='"dark"'))
    assert ear.ask(ReadSettings()) == SettingsAnswer(values={"theme": '"dark"'})
    client.close()
    assert wait_gone(pid) < 5
    assert not (folder / "engine.sock").exists()


def test_no_qt_in_the_engine(folder: Path, clients: list[Client]) -> None:
    ear, client = _opened(folder, clients)
    ear.ask(Search(query="rien"))  # everything heavy is imported by now
    maps = Path(f"/proc/{client.engine_pid}/maps").read_text()
    assert "libsqlite" in maps or "apsw" in maps
    assert "PySide6" not in maps
    assert "libQt6" not in maps


def test_importing_the_engine_imports_no_qt_and_the_door_stays_light() -> None:
    program = "import sys, {module}\nprint([n for n in sys.modules if n.split('.')[0] in {names!r}])"
    heavy = (
        "PySide6",
        "shiboken6",
        "imapclient",
        "lxml",
        "cryptography",
        "keyring",
        "zstandard",
        "argon2",
        "ssl",
    )
    for module, names in (
        ("mssclient.engine.client", heavy),
        ("mssclient.engine.service", heavy),
        ("mssclient.engine.desk", ("PySide6", "shiboken6")),
    ):
        code = program.format(module=module, names=names)
        told = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
        )
        assert told.stdout.strip() == "[]", module


def test_killed_while_connected(folder: Path, clients: list[Client]) -> None:
    ear, client = _opened(folder, clients)
    ear.do(SetSetting(name="before", value="1"))
    first = client.engine_pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert ear.wait("engine_lost") is True
    during = client.post(SetSetting(name="during", value="2"))  # while there is no engine
    ear.wait("engine_back")
    ear.wait("acknowledged", lambda id: id == during)
    assert client.unacknowledged() == 0
    assert client.engine_pid != first
    assert ear.ask(ReadSettings()).values == {"before": "1", "during": "2"}
    assert ear.times("opened") == 1, "the view of the window stays as it is"
    assert ear.wait("changed", lambda changed: changed.everything)


def test_a_want_on_its_way_into_a_killed_engine_arrives_once(folder: Path, clients: list[Client]) -> None:
    ear, client = _opened(folder, clients)
    pid = client.engine_pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)  # it takes nothing any more
    ids = [client.post(SetSetting(name=f"n{number}", value=str(number))) for number in range(20)]
    assert client.unacknowledged() == 20
    os.kill(pid, signal.SIGKILL)
    for id in ids:
        ear.wait("ended", lambda pair, id=id: pair[0] == id)
    assert client.unacknowledged() == 0
    assert ear.ask(ReadSettings()).values == {f"n{number}": str(number) for number in range(20)}
    for id in ids:
        assert ear.times("ended", lambda pair, id=id: pair[0] == id) == 1


def test_questions_of_a_killed_engine_end_with_a_problem(folder: Path, clients: list[Client]) -> None:
    ear, client = _opened(folder, clients)
    pid = client.engine_pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    question = client.ask(ReadSettings())
    os.kill(pid, signal.SIGKILL)
    outcome = ear.wait("answered", lambda pair: pair[0] == question)[1]
    assert isinstance(outcome, Problem)
    assert outcome.code == "engine-lost"


def test_after_too_many_losses_it_waits_for_the_person(folder: Path, clients: list[Client]) -> None:
    ear, client = _opened(folder, clients)
    for number in range(1, 5):
        assert client.engine_pid is not None
        os.kill(client.engine_pid, signal.SIGKILL)
        assert ear.wait("engine_lost", count=number) is (number <= 3)
        if number <= 3:
            ear.wait("engine_back", count=number)
    view = client.view()  # what is shown can still be read
    assert view.accounts() == []
    view.close()
    later = client.post(SetSetting(name="later", value="true"))
    assert client.unacknowledged() == 1
    client.unlock()
    ear.wait("engine_back", count=4)
    ear.wait("acknowledged", lambda id: id == later)


def test_a_file_that_cannot_be_read_for_long_holds_nothing_up(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a network disk that is gone: other wants go on, and so does the lock."""
    gone, back = threading.Event(), threading.Event()
    runs: list[AttachFile] = []

    def attach_file(desk: Desk, want: AttachFile) -> Done:
        runs.append(want)
        gone.set()
        assert back.wait(20)
        desk.store.write(Priority.PERSON, lambda tx: None)
        return Done(text=want.attachment)

    monkeypatch.setattr(drafts, "attach_file", attach_file)
    options = {"passphrase": Secret(PASSPHRASE), "background": False}
    client = client_of(folder, ear := Ear(), in_process=True, engine_options=options)
    ear.wait("opened")
    want = AttachFile(draft=DraftId("d"), attachment="a", path="x")
    attach = client.post(want)
    assert gone.wait(20)
    ear.do(SetSetting(name="meanwhile", value="1"))
    assert client.unacknowledged() == 1, "it would be posted again after a crash"
    client.post(want, id=attach)
    ear.do(SetSetting(name="meanwhile", value="2"))
    client.lock()
    ear.wait("locked")
    back.set()
    end = ear.wait("ended", lambda pair: pair[0] == attach)[1]
    assert isinstance(end, Problem)
    assert end.code == "store-locked"
    assert len(runs) == 1, "posted twice, done once"
    client.unlock()
    ear.wait("opened", count=2)
    again = client.post(want)
    assert ear.wait("ended", lambda pair: pair[0] == again)[1] == Done(text="a")
    assert ear.times("acknowledged", lambda id: id == again) == 1
    assert client.unacknowledged() == 0
    client.close()


def test_two_clients_share_one_engine(folder: Path, clients: list[Client]) -> None:
    first_ear, first = _opened(folder, clients)
    second_ear, second = _opened(folder, clients)
    assert second.engine_pid == first.engine_pid
    assert second_ear.times("prompted") == 0
    second_ear.do(SetSetting(name="theme", value='"light"'))
    first_ear.wait("changed", lambda changed: "settings" in changed.aspects)
    first.close()
    assert second_ear.ask(ReadSettings()).values == {"theme": '"light"'}
    assert second_ear.times("engine_lost") == 0


def test_a_second_engine_refuses_and_joins_are_handed_over(folder: Path, clients: list[Client]) -> None:
    ear, _client = _opened(folder, clients)
    process, started = start_engine(Profile(folder))
    assert started.state == "taken"
    assert process.wait(30) == 0
    assert raise_running(Profile(folder), "mailto:a@b.example")
    assert ear.wait("raised") == "mailto:a@b.example"


def test_nobody_to_raise(folder: Path) -> None:
    assert not raise_running(Profile(folder), "")


def test_an_unwritable_profile_is_said(home: Path, clients: list[Client]) -> None:
    (home / "file").write_bytes(b"")
    ear = Ear()
    clients.append(client_of(home / "file" / "p", ear))
    problem = ear.wait("failed")
    assert problem.code == "profile-read-only"
    assert problem.remedy


def test_sigterm_ends_the_engine_in_order(folder: Path, clients: list[Client]) -> None:
    ear, client = _opened(folder, clients)
    pid = client.engine_pid
    assert pid is not None
    os.kill(pid, signal.SIGTERM)
    assert wait_gone(pid) < 5
    assert ear.wait("engine_lost") is True
    ear.wait("engine_back")  # the client that stayed starts another


def test_the_lock_is_one_and_goes_with_its_holder(home: Path) -> None:
    one, two = EngineLock(home / "l"), EngineLock(home / "l")
    assert one.take()
    assert not two.take()
    one.release()
    assert two.take()
    two.release()


def test_lock_and_unlock(folder: Path, clients: list[Client]) -> None:
    ear, client = _opened(folder, clients)
    kept = client.post(SetSetting(name="kept", value="1"))
    client.lock()
    ear.wait("locked")
    ear.wait("acknowledged", lambda id: id == kept)  # posted before the lock, written before it
    outcome = ear.ask(ReadSettings())
    assert isinstance(outcome, Problem)
    assert outcome.code == "store-locked"
    waiting = client.post(SetSetting(name="meanwhile", value="2"))
    second_ear = Ear()
    clients.append(client_of(folder, second_ear))
    second_ear.wait("locked")
    client.unlock()
    ear.wait("prompted", lambda prompt: prompt.kind == "passphrase")
    ear.wait("opened", count=2)
    ear.wait("acknowledged", lambda id: id == waiting)
    assert ear.ask(ReadSettings()).values == {"kept": "1", "meanwhile": "2"}


def test_a_wrong_passphrase_is_asked_again_and_can_be_declined(folder: Path, clients: list[Client]) -> None:
    _ear, client = _opened(folder, clients)
    leave(client)
    ear = Ear(passphrase=None)
    again = client_of(folder, ear)
    clients.append(again)
    ear.reply(ear.wait("prompted").id, "autre chose")
    second = ear.wait("prompted", count=2)
    assert second.problem
    ear.reply(second.id, PASSPHRASE)
    ear.wait("opened")


@pytest.mark.parametrize(
    "junk", [b"", b"\x00\x00\x00\x04abcd", b"\xff\xff\xff\xff", b"\xd3\x91" * 2048, b"\x00\x00\x10\x00x"]
)
def test_strange_peers_do_not_harm_the_engine(folder: Path, clients: list[Client], junk: bytes) -> None:
    ear, _client = _opened(folder, clients)
    rude = socket.socket(socket.AF_UNIX)
    rude.connect(str(Profile(folder).socket_path))
    hello = wire.encode(wire.Hello(role="window"))
    rude.sendall(struct.pack("!I", len(hello)) + hello + junk)
    rude.shutdown(socket.SHUT_WR)
    rude.settimeout(10)
    with rude, contextlib.suppress(ConnectionResetError):  # closed with some of it unread
        while rude.recv(65536):
            pass
    ear.do(SetSetting(name="alive", value="1"))


def test_random_frames_do_not_harm_the_engine(folder: Path, clients: list[Client]) -> None:
    import random

    ear, _client = _opened(folder, clients)
    dice = random.Random(7)
    good = [
        wire.encode(wire.Hello(role="window")),
        wire.encode(wire.Post(id="x", want=SetSetting(name="a", value="not json"))),
        wire.encode(wire.Ask(id="y", question=Search(query='"', lane="a"))),
        wire.encode(wire.Cancel(id="y")),
    ]
    for _round in range(60):
        rude = socket.socket(socket.AF_UNIX)
        rude.connect(str(Profile(folder).socket_path))
        with rude:
            for _frame in range(5):
                data = bytearray(dice.choice(good))
                for _byte in range(dice.randrange(3)):
                    data[dice.randrange(len(data))] = dice.randrange(256)
                try:
                    rude.sendall(struct.pack("!I", len(data)) + data)
                except OSError:
                    break
    ear.do(SetSetting(name="alive", value="1"))
    assert ear.times("engine_lost") == 0


def test_in_process_for_the_command_line(folder: Path) -> None:
    from mssclient.model.secrets import Secret

    before = set(threading.enumerate())  # an engine of an earlier test may still be ending
    ear = Ear()
    client = client_of(
        folder,
        ear,
        role="cli",
        in_process=True,
        engine_options={"passphrase": Secret(PASSPHRASE), "background": False},
    )
    ear.wait("opened")
    ear.do(SetSetting(name="a", value="1"))
    client.close()
    assert not (folder / "engine.sock").exists()
    lock = EngineLock(Profile(folder).lock_path)
    assert lock.take()
    lock.release()
    left = [one.name for one in set(threading.enumerate()) - before]
    assert not [name for name in left if name.startswith(("engine", "peer", "store"))]


def test_progress_lanes_and_cancel(folder: Path, clients: list[Client]) -> None:
    ear, client = _opened(folder, clients)
    ids = [client.ask(Search(query=f"mot{number}", lane="box")) for number in range(30)]
    outcomes = [ear.wait("answered", lambda pair, id=id: pair[0] == id)[1] for id in ids]
    assert isinstance(outcomes[-1], SearchAnswer), "the newest of a lane is answered"
    codes = {one.code for one in outcomes if isinstance(one, Problem)}
    assert codes <= {"cancelled"}


def test_the_restart_count_is_small() -> None:
    assert client_module._RESTARTS == 3


@pytest.mark.parametrize("damage", ["truncated", "newer", "other key"])
def test_a_store_that_cannot_be_opened_is_said_and_untouched(
    folder: Path, clients: list[Client], damage: str
) -> None:
    _ear, client = _opened(folder, clients)
    leave(client)
    store = folder / "store.db"
    if damage == "truncated":
        store.write_bytes(store.read_bytes()[:5000])
    elif damage == "newer":
        import apsw

        from mssclient.model.secrets import Secret
        from mssclient.store.connection import give_key
        from mssclient.store.key import load_key

        key = load_key(Profile(folder), ask=None, passphrase=Secret(PASSPHRASE))
        connection = apsw.Connection(str(store))
        connection.pragma("cipher", "chacha20")
        give_key(connection, key)
        connection.pragma("user_version", 9999)
        connection.close()
    else:
        (folder / "key.json").unlink()
        elsewhere = Ear()
        other = client_of(folder.with_name("q"), elsewhere)
        clients.append(other)
        elsewhere.wait("opened")
        (folder / "key.json").write_bytes((folder.with_name("q") / "key.json").read_bytes())
    before = store.read_bytes()
    ear = Ear()
    again = client_of(folder, ear)
    clients.append(again)
    problem = ear.wait("failed")
    assert (
        problem.code
        == {"truncated": "store-damaged", "newer": "store-newer", "other key": "store-wrong-key"}[damage]
    )
    assert problem.remedy
    assert store.read_bytes() == before
    question = again.ask(ReadSettings())
    outcome = ear.wait("answered", lambda pair: pair[0] == question)[1]
    assert outcome.code == problem.code
    again.unlock()
    ear.wait("failed", count=2)
