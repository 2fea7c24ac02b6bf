"""Killed in the middle of writing: whatever was said to be committed is there, and nothing is in halves."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from mssclient.store.index import tables
from mssclient.store.store import Store
from tests.reference import REPOSITORY
from tests.store.made import KEY, incoming

WRITER = Path(__file__).with_name("writer_to_kill.py")


def _kill_once(path: Path, start: int, octets: int) -> int:
    """Let the writer print about so many octets, then SIGKILL. The last number it printed whole."""
    child = subprocess.Popen(
        [sys.executable, str(WRITER), str(path), str(start)],
        stdout=subprocess.PIPE,
        cwd=REPOSITORY,
        env={"PYTHONPATH": str(REPOSITORY), "PATH": ""},
        bufsize=0,
    )
    assert child.stdout is not None
    printed = b""
    try:
        while len(printed) < octets:
            piece = child.stdout.read(64)
            assert piece, "the writer ended by itself"
            printed += piece
    finally:
        child.kill()
    printed += child.stdout.read()
    child.stdout.close()
    child.wait()
    return int(printed[: printed.rindex(b"\n")].split()[-1])


def _check(path: Path, last: int) -> int:
    store = Store.open(path, KEY)
    view = store.view()
    inbox = view.folders()[0]
    kept = view.setting("last")
    assert last <= kept <= last + 1  # one may have been committed and not be printed yet
    assert inbox.messages == kept
    assert inbox.unread == 0
    rows = view.rows(inbox.id, 0, kept + 10)
    assert len(rows) == kept
    assert len(view.wants()) == kept - kept // 3
    for row in rows[:20]:
        assert view.raw(row.message) is not None
    found = view.search(f"numéro{kept}")
    assert [row.id for row in found.rows] == [rows[0].id]
    assert rows[0].subject == incoming(kept).annotation.summary.subject
    connection = view.connection
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    for _first, table in tables(view):
        store.write(
            1,
            lambda tx, table=table: tx.connection.execute(
                f"INSERT INTO {table} ({table}) VALUES ('integrity-check')"
            ),
        )
    view.close()
    store.close()
    return kept


def test_kill_while_writing(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    chance = random.Random(7)
    last = 0
    for _round in range(12):
        printed = _kill_once(path, last + 1, chance.randrange(3, 150))
        last = _check(path, printed)
    assert last > 60


@pytest.mark.slow
def test_kill_many_times(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    chance = random.Random(8)
    last = 0
    for _round in range(200):
        last = _check(path, _kill_once(path, last + 1, chance.randrange(3, 200)))


def test_kill_while_creating(tmp_path: Path) -> None:
    chance = random.Random(9)
    code = (
        "import sys; from pathlib import Path\nfrom mssclient.store.store import Store\n"
        "print('go', flush=True)\nStore.open(Path(sys.argv[1]), bytes.fromhex(sys.argv[2]))\n"
        "print('made', flush=True)"
    )
    cut = 0
    for number in range(12):
        path = tmp_path / f"{number}.db"
        child = subprocess.Popen(
            [sys.executable, "-c", code, str(path), KEY.hex()], stdout=subprocess.PIPE, cwd=REPOSITORY
        )
        assert child.stdout is not None
        child.stdout.readline()
        try:
            child.wait(timeout=chance.random() * 0.06)
        except subprocess.TimeoutExpired:
            child.kill()
        cut += child.stdout.read() == b""
        child.stdout.close()
        child.wait()
        store = Store.open(path, KEY)
        assert store.view().folders() == []
        store.close()
    assert cut, "never killed in time: the test looked at nothing"
