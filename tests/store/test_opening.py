"""Opening what is not a store of ours, or can't be written: said clearly, and no byte is changed."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from mssclient.model.errors import MssError, Refused, WorldError
from mssclient.store import opening
from mssclient.store.connection import open_connection, translated
from mssclient.store.placements import add_incoming
from mssclient.store.settings import set_setting
from mssclient.store.store import Priority, Store
from mssclient.store.view import View
from tests.store.made import KEY, annotation, furnish, incoming

OTHER_KEY = bytes(reversed(KEY))
PLAIN = ("Zébulon", "SECRETSUBJECT", "secrettext", "secretraw", "secret.person@", "secretsetting")


def _fill(store: Store) -> None:
    _account, folders = furnish(store, "secret.person@cabinet.mssante.fr")
    secret = annotation(1, subject="SECRETSUBJECT Zébulon", text="secrettext " * 50)
    item = incoming(1, annotation=secret, raw=b"Subject: x\r\n\r\nsecretraw", octets=23)
    store.write(Priority.NEWS, lambda tx: add_incoming(tx, folders["INBOX"], [item]))
    store.write(Priority.PERSON, lambda tx: set_setting(tx, "a", '"secretsetting"'))


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """A store with content, closed."""
    store = Store.open(tmp_path / "store.db", KEY)
    _fill(store)
    store.close()
    return store.path


@pytest.fixture
def with_log(tmp_path: Path) -> Path:
    """A store as a kill leaves it: part of it is only in the log."""
    first = tmp_path / "first"
    first.mkdir()
    store = Store.open(first / "store.db", KEY)
    _fill(store)
    for name in ("store.db", "store.db-wal", "store.db.check"):
        shutil.copy(first / name, tmp_path / name)
    store.close()
    assert (tmp_path / "store.db-wal").stat().st_size > 0
    return tmp_path / "store.db"


def _hashes(path: Path) -> dict[str, str]:
    """Of the file and its log; the lock and the shared-memory index hold nothing."""
    files = [path, path.with_name("store.db-wal"), path.with_name("store.db.check")]
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.exists()}


def _refused(path: Path, key: bytes = KEY) -> MssError:
    before = _hashes(path)
    with pytest.raises(MssError) as caught:
        Store.open(path, key)
    assert _hashes(path) == before
    assert caught.value.sentence
    assert caught.value.remedy
    # And nothing holds it afterwards: the right key, if there is one, still opens it.
    return caught.value


def test_nothing_readable_at_rest(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store.db", KEY)
    _fill(store)
    names = {path.name for path in tmp_path.iterdir()}
    assert {"store.db", "store.db-wal", "store.db-shm"} <= names
    needles = [form for word in PLAIN for form in (word.encode(), word.encode("utf-16-le"))]
    needles += [b"SQLite format 3", b"CREATE TABLE"]

    def look() -> None:
        for path in tmp_path.iterdir():
            content = path.read_bytes()
            assert [needle for needle in needles if needle in content] == [], path.name

    look()
    assert store.view().search("secrettext").rows  # it was really there
    store.close()
    look()


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_files_are_the_users_own(closed: Path) -> None:
    assert closed.stat().st_mode & 0o077 == 0


def test_wrong_key(closed: Path) -> None:
    error = _refused(closed, OTHER_KEY)
    assert isinstance(error, Refused)
    assert error.code == "store-wrong-key"
    Store.open(closed, KEY).close()


def test_wrong_key_beside_a_log(with_log: Path) -> None:
    assert _refused(with_log, OTHER_KEY).code == "store-wrong-key"
    store = Store.open(with_log, KEY)
    assert store.view().search("secrettext").rows
    store.close()


def test_wrong_key_without_check_file(with_log: Path) -> None:
    with_log.with_name("store.db.check").unlink()
    assert _refused(with_log, OTHER_KEY).code == "store-wrong-key"
    Store.open(with_log, KEY).close()


@pytest.mark.parametrize("key", [b"", b"short", KEY + b"x"])
def test_a_key_of_another_length(closed: Path, key: bytes) -> None:
    assert _refused(closed, key).code == "store-wrong-key"


def test_view_with_a_wrong_key(closed: Path) -> None:
    before = _hashes(closed)
    with pytest.raises(Refused) as caught:
        View(closed, OTHER_KEY)
    assert caught.value.code == "store-wrong-key"
    assert _hashes(closed) == before


def test_view_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(WorldError) as caught:
        View(tmp_path / "none.db", KEY)
    assert caught.value.code == "store-missing"
    assert list(tmp_path.iterdir()) == []


def _cut(octets: Callable[[int], int]) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with path.open("r+b") as file:
            file.truncate(octets(path.stat().st_size))

    return change


def _write(content: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(content) and None


def _spoil(start: int, end: int) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[start:end] = os.urandom(end - start)
        path.write_bytes(content)

    return change


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(_cut(lambda size: 0), id="empty"),
        pytest.param(_cut(lambda size: 20), id="20 octets"),
        pytest.param(_cut(lambda size: 1000), id="part of a page"),
        pytest.param(_cut(lambda size: 4096), id="one page"),
        pytest.param(_cut(lambda size: size // 2 // 4096 * 4096), id="half, at a page"),
        pytest.param(_cut(lambda size: size // 2 // 4096 * 4096 + 7), id="half, inside a page"),
        pytest.param(_cut(lambda size: size - 4096), id="last page"),
        pytest.param(_cut(lambda size: size - 1), id="last octet"),
        pytest.param(_write(b"\x5a" * 40_960), id="constant"),
        pytest.param(_write(os.urandom(81_920)), id="random"),
        pytest.param(_write(b"SQLite format 3\0" + bytes(8_176)), id="plain SQLite"),
        pytest.param(_write(b"<html>bonjour</html>" * 500), id="some other file"),
        pytest.param(_spoil(100, 4096), id="first page"),
        pytest.param(_spoil(0, 16), id="salt"),
        pytest.param(_spoil(16, 24), id="plain header"),
    ],
)
def test_damaged_files(closed: Path, change: Callable[[Path], None]) -> None:
    change(closed)
    assert _refused(closed).code == "store-damaged"


def test_damage_found_later_is_said(closed: Path) -> None:
    """A page in the middle: the cipher's tag does not match, and the reader is told, not given rubbish."""
    size = closed.stat().st_size // 4096
    with closed.open("r+b") as file:
        for page in range(3, size):
            file.seek(page * 4096 + 200)
            file.write(os.urandom(64))

    def read() -> None:
        with translated():
            connection = open_connection(closed, KEY)
            try:
                connection.execute("SELECT sum(length(record)) FROM account").fetchall()
            finally:
                connection.close()

    with pytest.raises(WorldError) as caught:
        read()
    assert caught.value.code == "store-damaged"


def test_a_first_page_torn_by_a_power_cut_is_in_the_log(with_log: Path) -> None:
    _spoil(100, 4096)(with_log)
    store = Store.open(with_log, KEY)
    assert store.view().search("secrettext").rows
    store.close()


def test_lost_file_with_its_log_left(with_log: Path) -> None:
    with_log.unlink()
    assert _refused(with_log).code == "store-damaged"


@pytest.mark.parametrize("logged", [False, True])
def test_newer_version(tmp_path: Path, logged: bool) -> None:
    path = tmp_path / "store.db"
    Store.open(path, KEY).close()
    connection = open_connection(path, KEY, write=True)
    connection.pragma("user_version", opening.SCHEMA + 1)
    if not logged:
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    connection.close()
    assert (path.with_name("store.db-wal").stat().st_size > 0) == logged
    assert _refused(path).code == "store-newer"


def test_second_opener(closed: Path) -> None:
    first = Store.open(closed, KEY)
    with pytest.raises(WorldError) as caught:
        Store.open(closed, KEY)
    assert caught.value.code == "store-busy"
    first.write(Priority.PERSON, lambda tx: set_setting(tx, "still", "1"))
    first.close()
    second = Store.open(closed, KEY)
    assert second.view().setting("still") == 1
    second.close()


def test_second_opener_in_another_process(closed: Path) -> None:
    first = Store.open(closed, KEY)
    code = (
        "import sys; from pathlib import Path; from mssclient.store.store import Store\n"
        "from mssclient.model.errors import MssError\n"
        "try: Store.open(Path(sys.argv[1]), bytes.fromhex(sys.argv[2]))\n"
        "except MssError as error: print(error.code)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, str(closed), KEY.hex()], capture_output=True, text=True, timeout=60
    )
    assert said.stdout == "store-busy\n", said.stderr
    first.close()


def test_views_beside_the_writer(closed: Path) -> None:
    store = Store.open(closed, KEY)
    views = [View(closed, KEY) for _number in range(4)]
    store.write(Priority.PERSON, lambda tx: set_setting(tx, "n", "5"))
    assert [view.setting("n") for view in views] == [5] * 4
    for view in views:
        with pytest.raises(apsw.ReadOnlyError):
            view.connection.execute("DELETE FROM setting")
        view.close()
    store.close()


def test_interrupted_creation_starts_again(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    (tmp_path / "store.db.new").write_bytes(b"half of it")
    (tmp_path / "store.db.check").write_bytes(b"of another key..")
    Store.open(path, KEY).close()
    Store.open(path, KEY).close()
    assert not (tmp_path / "store.db.new").exists()


def test_failing_migration_changes_nothing(
    closed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = tmp_path / "0002.sql"
    bad.write_text("CREATE TABLE extra (a INTEGER) STRICT; INSERT INTO nowhere VALUES (1);", encoding="utf-8")
    known = opening.scripts()
    monkeypatch.setattr(opening, "scripts", lambda: {**known, 2: bad})
    monkeypatch.setattr(opening, "SCHEMA", 2)
    with pytest.raises(apsw.SQLError):
        Store.open(closed, KEY)
    monkeypatch.undo()
    store = Store.open(closed, KEY)
    assert store.schema == 1
    assert store.view().search("secrettext").rows
    store.close()


def test_migration_keeps_what_was_there(
    closed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "0002.sql"
    script.write_text("ALTER TABLE setting ADD COLUMN note TEXT NOT NULL DEFAULT 'new';", encoding="utf-8")
    known = opening.scripts()
    monkeypatch.setattr(opening, "scripts", lambda: {**known, 2: script})
    monkeypatch.setattr(opening, "SCHEMA", 2)
    store = Store.open(closed, KEY)
    assert store.schema == 2
    found = store.view().connection.execute("SELECT value, note FROM setting").fetchall()
    assert found == [('"secretsetting"', "new")]
    store.close()
    monkeypatch.undo()
    assert _refused(closed).code == "store-newer"


_AS_NOBODY = (
    "import sys, os; from pathlib import Path\n"
    "from mssclient.store.store import Store; from mssclient.store.profile import Profile\n"
    "from mssclient.model.errors import MssError\n"
    "if os.getuid() == 0: os.setgid(65534); os.setuid(65534)\n"
    "for work in (lambda: Store.open(Path(sys.argv[1]) / 'store.db', bytes.fromhex(sys.argv[2])),\n"
    "             lambda: Store.open(Path(sys.argv[1]) / 'new.db', bytes.fromhex(sys.argv[2])),\n"
    "             lambda: Profile(Path(sys.argv[1])).prepare(),\n"
    "             lambda: Profile(Path(sys.argv[1]) / 'below').prepare()):\n"
    "    try: work(); print('opened')\n"
    "    except MssError as error: print(error.code)"
)


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_read_only_profile(tmp_path_factory: pytest.TempPathFactory) -> None:
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="mss-ro-"))  # below /tmp, where another user may look
    try:
        store = Store.open(folder / "store.db", KEY)
        _fill(store)
        store.close()
        for path in folder.iterdir():
            path.chmod(0o444)
        folder.chmod(0o555)
        before = _hashes(folder / "store.db")
        said = subprocess.run(
            [sys.executable, "-c", _AS_NOBODY, str(folder), KEY.hex()],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert said.stdout.split() == ["profile-read-only"] * 4, said.stderr
        assert _hashes(folder / "store.db") == before
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_full_disk_loses_nothing(closed: Path) -> None:
    store = Store.open(closed, KEY)
    store.write(Priority.PERSON, lambda tx: set_setting(tx, "before", "1"))
    pages = store.view().connection.pragma("page_count")
    store.write(Priority.UPKEEP, lambda tx: tx.connection.pragma("max_page_count", pages + 2))
    with pytest.raises(WorldError) as caught:
        store.write(Priority.PERSON, lambda tx: set_setting(tx, "big", '"' + "x" * 1_000_000 + '"'))
    assert caught.value.code == "disk-full"
    view = store.view()
    assert (view.setting("before"), view.setting("big")) == (1, None)
    store.write(Priority.UPKEEP, lambda tx: tx.connection.pragma("max_page_count", 1 << 30))
    store.write(Priority.PERSON, lambda tx: set_setting(tx, "big", '"' + "x" * 1_000_000 + '"'))
    assert len(view.setting("big")) == 1_000_000
    view.close()
    store.close()


@pytest.fixture
def small_disk(tmp_path: Path):
    """A file system of 2 MB of its own."""
    folder = tmp_path / "small"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(folder)], capture_output=True, text=True
    )
    if made.returncode:
        pytest.skip(f"mounting a small tmpfs needs root: {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a tmpfs")
def test_really_full_disk(small_disk: Path) -> None:
    store = Store.open(small_disk / "store.db", KEY)
    _account, folders = furnish(store)
    kept, code = 0, ""
    while kept < 1000 and not code:
        item = incoming(kept + 1, raw=os.urandom(20_000))
        try:
            store.write(Priority.PERSON, lambda tx, item=item: add_incoming(tx, folders["INBOX"], [item]))
            kept += 1
        except WorldError as error:
            code = error.code
    assert code == "disk-full"
    assert kept > 10
    view = store.view()
    assert view.folder(folders["INBOX"]).messages == kept
    view.close()
    store.close()
    # Room is made: everything that was committed is there, and it goes on.
    subprocess.run(["mount", "-o", "remount,size=20m", str(small_disk)], check=True)
    again = Store.open(small_disk / "store.db", KEY)
    assert again.view().folder(folders["INBOX"]).messages == kept
    again.write(Priority.NEWS, lambda tx: add_incoming(tx, folders["INBOX"], [incoming(5_000)]))
    again.close()


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a tmpfs")
def test_no_room_to_create(small_disk: Path) -> None:
    filler = small_disk / "filler"
    with pytest.raises(OSError, match="No space"):
        filler.write_bytes(bytes(4_000_000))
    with pytest.raises(WorldError) as caught:
        Store.open(small_disk / "store.db", KEY)
    assert caught.value.code == "disk-full"
    filler.unlink()
    Store.open(small_disk / "store.db", KEY).close()
