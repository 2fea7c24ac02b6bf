"""kill -9 at any moment: what was acknowledged is there, what was not arrives, nothing twice (R1)."""

import os
import random
import signal
import sys
import threading
from pathlib import Path

import pytest

from mssclient.engine.client import Profile, View
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.drafts import Draft
from mssclient.model.ids import AccountId, DraftId, PlacementId, new_id
from mssclient.model.messages import Annotation, Person, Summary
from mssclient.model.secrets import Secret
from mssclient.model.verdicts import Verdict
from mssclient.model.wants import ANY_WANT, AttachFile, KeepDraft, MarkFlags, Move, Undo
from mssclient.store.accounts import add_account
from mssclient.store.folders import ServerFolder, sync_folder_list
from mssclient.store.key import load_key
from mssclient.store.placements import Incoming, add_incoming
from mssclient.store.store import Priority, Store
from mssclient.store.transaction import Transaction
from tests.engine.ears import PASSPHRASE, Ear, client_of
from tests.engine.processes import leave

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills by signal")
MESSAGES = 60
KILLS = 10


def stored(folder: Path) -> None:
    """A profile with one BAL whose server is never there, and mail in it."""
    profile = Profile(folder)
    key = load_key(profile, ask=None, passphrase=Secret(PASSPHRASE))
    store = Store.open(profile.store_path, key)
    nowhere = Endpoint(host="127.0.0.1", port=1)

    def fill(tx: Transaction) -> None:
        account = add_account(tx, Account(id=AccountId(0), address="a@b.example", imap=nowhere, smtp=nowhere))
        folders, _removed = sync_folder_list(
            tx, account.id, [ServerFolder(path="INBOX"), ServerFolder(path="Archives", role="archive")]
        )
        add_incoming(tx, folders[0], [_message(number) for number in range(1, MESSAGES + 1)])

    store.write(Priority.PERSON, fill)
    store.close()


def _message(number: int) -> Incoming:
    raw = f"Message-ID: <{number}@b.example>\r\nSubject: s{number}\r\n\r\nx\r\n".encode()
    summary = Summary(
        subject=f"s{number}", sender=Person(address="x@b.example"), rfc_message_id=f"<{number}@b.example>"
    )
    return Incoming(
        uid=number,
        internal_date_utc=1_790_000_000 + number,
        octets=len(raw),
        flags=(),
        keywords=(),
        annotation=Annotation(summary=summary, verdict=Verdict()),
        raw=raw,
    )


def _ids(view: View) -> list[PlacementId]:
    inbox = next(one for one in view.folders() if one.role == "inbox")
    return [row.id for row in view.rows(inbox.id, 0, 1000)]


def test_kills_over_a_mixed_workload(home: Path) -> None:
    folder = home / "p"
    stored(folder)
    ear = Ear()
    client = client_of(folder, ear)
    ear.wait("opened")
    view = client.view()
    ids = _ids(view)
    archive = next(one for one in view.folders() if one.role == "archive").id
    account = view.accounts()[0].id
    view.close()
    dice = random.Random(11)
    client._losses = _Forgetful()  # type: ignore[assignment]
    stop = threading.Event()
    kills = 0

    def kill() -> None:
        """Each engine lives until somewhere in its imports, or in the middle of its work."""
        nonlocal kills
        while kills < KILLS:
            if stop.wait(dice.uniform(0.1, 1.1)):
                return
            assert client.engine_pid is not None
            os.kill(client.engine_pid, signal.SIGKILL)
            kills += 1
            ear.wait("engine_back", count=kills)

    killer = threading.Thread(target=kill)
    killer.start()
    posted: dict[str, ANY_WANT] = {}
    others: list[str] = []
    draft = Draft(id=DraftId(new_id()), account=account, text="")
    (home / "f.txt").write_bytes(b"invented")
    try:
        for number, placement in enumerate(ids):
            mark = MarkFlags(placements=(placement,), add=("flagged", "Classe"))
            posted[client.post(mark)] = mark
            if number % 3 == 0:
                move = Move(placements=(placement,), folder=archive)
                moved = client.post(move)
                posted[moved] = move
                if number % 6 == 0:
                    others.append(client.post(Undo(target=moved)))
            words = Draft(id=draft.id, account=account, text=f"mot {number}")
            others.append(client.post(KeepDraft(draft=words)))
            stop.wait(0.2)
        attach = client.post(AttachFile(draft=draft.id, attachment="file", path=str(home / "f.txt")))
        for want_id in (*posted, attach):
            ear.wait("acknowledged", lambda id, want_id=want_id: id == want_id)
        for want_id in others:
            ear.wait("acknowledged", lambda id, want_id=want_id: id == want_id)
    finally:
        stop.set()
        killer.join()
    assert client.unacknowledged() == 0
    assert kills >= 3
    view = client.view()
    rows = view.rows_of(ids)
    assert len(rows) == MESSAGES
    assert all("flagged" in row.flags and row.keywords == ("Classe",) for row in rows)
    moved_rows = {row.id for row in rows if row.folder == archive}
    assert moved_rows == {id for number, id in enumerate(ids) if number % 3 == 0 and number % 6 != 0}
    entries = [one.id for one in view.wants(("waiting", "doing", "parked", "uncertain", "done", "undone"))]
    assert len(entries) == len(set(entries))
    assert set(posted) <= set(entries)
    (kept,) = view.drafts()
    assert kept.text == f"mot {MESSAGES - 1}"
    assert view.connection.execute("SELECT count(*) FROM draft_attachment").fetchall() == [(1,)]
    assert view.connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    view.close()
    leave(client)


class _Forgetful(list[float]):
    """Losses are not counted: the test kills more often than a person would bear."""

    def append(self, moment: float, /) -> None:
        del moment

    def popleft(self) -> None: ...
