"""What a person did just before a lock or a crash is there after it, and at the operator."""

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mssclient.engine import passwords
from mssclient.engine.client import Client, Profile
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.cards import CardCertificate
from mssclient.model.errors import MssError
from mssclient.model.ids import AccountId, FolderId, PlacementId
from mssclient.model.messages import Row
from mssclient.model.questions import Done, ReadState, StateAnswer, SyncReport
from mssclient.model.wants import MarkFlags, Move, Sync
from tests.engine.ears import PASSPHRASE, Ear, client_of
from tests.engine.opening import adding, opened
from tests.engine.processes import leave
from tests.light_keys import keyed
from tests.mail.accounts import message
from tests.servers import ImapServer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills by signal")
PAUSES_S = (0.0, 0.0, 0.002, 0.01, 0.03, 0.1)
"""Between the want and the lock: still waiting, being carried out, just done."""


class Office:
    """A client with the workers of a window, and its list."""

    def __init__(self, client: Client, ear: Ear) -> None:
        self.client, self.ear = client, ear
        self.openings = 1
        ear.wait("opened")

    def lock_and_unlock(self) -> None:
        self.client.lock()
        self.ear.wait("locked", count=self.openings)
        self.client.unlock()
        self.openings += 1
        self.ear.wait("opened", count=self.openings)

    def sync(self) -> None:
        report = self.ear.do(Sync())
        assert isinstance(report, SyncReport), report
        assert not report.problems, report.problems

    def folder(self, role: str) -> FolderId:
        with contextlib.closing(self.client.view()) as view:
            account = view.accounts()[0].id
            return next(one.id for one in view.folders(account) if one.role == role)

    def rows(self, role: str = "inbox") -> list[Row]:
        with contextlib.closing(self.client.view()) as view:
            return view.rows(self.folder(role), 0, 1000)

    def row(self, placement: PlacementId) -> Row:
        with contextlib.closing(self.client.view()) as view:
            found = view.row(placement)
        assert found is not None
        return found

    def carried_out(self) -> None:
        """Wait until no want is open. A lock that came in the middle of one leaves it to be begun again."""
        while True:
            seen = self.ear.times("changed")
            with contextlib.closing(self.client.view()) as view:
                if not view.wants():
                    return
            self.ear.wait("changed", count=seen + 1)

    def end(self) -> None:
        leave(self.client)


@pytest.fixture
def demonstration(home: Path) -> Iterator[Office]:
    ear = Ear()
    ear.client = Client(Profile(home / "p", demo=True), ear, demo_small=True)
    ear.client.start()
    office = Office(ear.client, ear)
    office.sync()
    yield office
    office.end()


@pytest.fixture
def practice(home: Path, dovecot: ImapServer, new_user: tuple[str, str]) -> Iterator[Office]:
    """One BAL on Dovecot with a message for each pause."""
    address, _password = new_user
    for number in range(len(PAUSES_S)):
        dovecot.append(address, raw=message(number))
    ear = Ear()
    office = Office(client_of(keyed(home / "p", PASSPHRASE), ear), ear)
    added = ear.do(adding(dovecot, address))
    assert isinstance(added, Done), added
    office.sync()
    yield office
    office.end()


def test_a_flag_set_just_before_the_lock_is_kept_on_a_real_server(
    practice: Office, dovecot: ImapServer, new_user: tuple[str, str]
) -> None:
    rows = practice.rows()
    assert len(rows) == len(PAUSES_S)
    for row, pause_s in zip(rows, PAUSES_S, strict=True):
        practice.client.post(MarkFlags(placements=(row.id,), add=("seen", "flagged", "A_rappeler")))
        threading.Event().wait(pause_s)
        practice.lock_and_unlock()
        assert {"seen", "flagged"} <= set(practice.row(row.id).flags)
    practice.sync()
    practice.carried_out()
    for row in practice.rows():
        assert {"seen", "flagged"} <= set(row.flags)
        assert row.keywords == ("A_rappeler",)
    client = dovecot.raw_client(new_user[0])
    client.select_folder("INBOX", readonly=True)
    for told in client.fetch(client.search("ALL"), ["FLAGS"]).values():
        assert {b"\\Seen", b"\\Flagged", b"A_rappeler"} <= set(told[b"FLAGS"])


def _marked_and_moved(office: Office) -> tuple[Row, Row, int]:
    """One message read, one archived, both at the operator; and how many are in the inbox now."""
    unread = [row for row in office.rows() if "seen" not in row.flags]
    read, archived = unread[:2]
    office.client.post(MarkFlags(placements=(read.id,), add=("seen", "A_rappeler")))
    office.client.post(Move(placements=(archived.id,), folder=office.folder("archive")))
    office.sync()
    office.carried_out()
    return read, archived, len(office.rows())


def _holds(office: Office, read: Row, archived: Row, count: int) -> None:
    assert "seen" in office.row(read.id).flags
    assert office.row(read.id).keywords == ("A_rappeler",)
    assert office.row(archived.id).folder == office.folder("archive")
    assert len(office.rows()) == count


def test_the_demonstration_is_the_same_after_a_lock(demonstration: Office) -> None:
    done = _marked_and_moved(demonstration)
    demonstration.lock_and_unlock()
    demonstration.sync()
    _holds(demonstration, *done)


def test_a_lock_while_the_demonstration_still_starts(home: Path) -> None:
    """Its operator is not left behind, where it would keep the next one out."""
    ear = Ear()
    ear.client = Client(Profile(home / "p", demo=True), ear, demo_small=True)
    ear.client.start()
    office = Office(ear.client, ear)
    office.lock_and_unlock()
    office.lock_and_unlock()
    office.sync()
    assert office.rows()
    office.end()


def test_the_demonstration_is_the_same_after_its_engine_died(demonstration: Office) -> None:
    done = _marked_and_moved(demonstration)
    assert demonstration.client.engine_pid is not None
    os.kill(demonstration.client.engine_pid, signal.SIGKILL)
    demonstration.ear.wait("engine_back")
    demonstration.sync()
    _holds(demonstration, *done)


def test_what_goes_on_in_the_background_finds_the_store_closed_and_says_nothing(home: Path) -> None:
    """A lock during the start: neither logs, neither raises."""
    ear = opened(home / "p")
    assert ear.client is not None
    assert isinstance(ear.ask(ReadState()), StateAnswer)
    engine: Any = ear.client._engine
    desk = engine._gate.desk
    ear.client.lock()
    ear.wait("locked")
    nowhere = Endpoint(host="localhost", port=9)
    mine = Account(id=AccountId(1), address="x@x.example", imap=nowhere, smtp=nowhere, certificate="a" * 64)
    desk.cards._accounts = (mine,)
    with pytest.raises(MssError):
        desk.accounts()
    passwords.carry_on(desk)
    ending = int(time.time()) + 86_400
    desk.cards.seen((CardCertificate(fingerprint="a" * 64, not_after_utc=ending),))
    ear.close()
