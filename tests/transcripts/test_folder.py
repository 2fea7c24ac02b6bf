"""A folder synchronised with servers that no real one behaves like."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from mssclient.access.open import Patience
from mssclient.access.stream import Stream
from mssclient.mail.annotating import Annotators
from mssclient.mail.session import Session
from mssclient.mail.sync import FolderSynchroniser
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.errors import WorldError
from mssclient.model.ids import AccountId, FolderId
from mssclient.model.questions import FolderSync
from mssclient.operators.capabilities import from_tokens
from mssclient.store.accounts import add_account
from mssclient.store.folders import ServerFolder, folder_state, set_folder_state, sync_folder_list
from mssclient.store.placements import Incoming, add_incoming, flags_of, uids
from mssclient.store.store import Priority, Store
from mssclient.store.transaction import Transaction
from mssclient.store.view import View
from tests.mail.accounts import KEY, annotate, annotate_headers
from tests.servers.scripted import Expect, Script, Send, Stall, scripted_pair

CONDSTORE = "IMAP4rev1 CONDSTORE"


class Shelf:
    """A store with one empty inbox, and a server that plays a script."""

    def __init__(self, folder: Path) -> None:
        self.store = Store.open(folder / "store.db", KEY)
        endpoint = Endpoint(host="localhost", port=1)
        account = Account(id=AccountId(0), address="a@b", imap=endpoint, smtp=endpoint)
        self.account = self.store.write(Priority.PERSON, lambda tx: add_account(tx, account))
        added, _removed = self.store.write(
            Priority.NEWS, lambda tx: sync_folder_list(tx, self.account.id, [ServerFolder(path="INBOX")])
        )
        self.inbox: FolderId = added[0]
        self.view: View = self.store.view()

    def sync(
        self, script: Script, capabilities: str = CONDSTORE, folder: FolderId | None = None
    ) -> FolderSync:
        annotators = Annotators(annotate, annotate_headers)
        with scripted_pair([*script, Stall()]) as sock:
            stream = Stream(sock, "localhost", Patience(reply_s=2))
            session = Session(stream, from_tokens(capabilities.split()))
            synchroniser = FolderSynchroniser(self.account, self.store, self.view, annotators)
            with contextlib.closing(session):
                return synchroniser.run(session, folder or self.inbox)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path)
    yield made
    made.view.close()
    made.store.close()


def select(exists: int, uidnext: int, modseq: int = 5, uidvalidity: int = 7) -> Script:
    answer = (
        f"* {exists} EXISTS\r\n* OK [UIDVALIDITY {uidvalidity}] x\r\n* OK [UIDNEXT {uidnext}] x\r\n"
        f"* OK [HIGHESTMODSEQ {modseq}] x\r\n{{tag}} OK [READ-ONLY] fait\r\n"
    )
    return [Expect(rb'(?P<tag>\S+) EXAMINE "INBOX".*'), Send(answer.encode())]


def answered(command: bytes, *lines: bytes) -> Script:
    return [
        Expect(rb"(?P<tag>\S+) " + command),
        Send(b"".join(line + b"\r\n" for line in lines) + b"{tag} OK fait\r\n"),
    ]


def header(uid: int, seq: int = 1, flags: bytes = b"") -> bytes:
    text = b"Subject: s%d\r\nMessage-ID: <m%d@x>\r\n\r\n" % (uid, uid)
    return (
        b'* %d FETCH (UID %d FLAGS (%s) INTERNALDATE " 1-Jul-2024 10:00:00 +0000" RFC822.SIZE %d MODSEQ (5)'
        b" BODY[] {%d}\r\n%s)" % (seq, uid, flags, len(text), len(text), text)
    )


def size(uid: int) -> bytes:
    return b"* 1 FETCH (UID %d RFC822.SIZE 40)" % uid


def known(shelf: Shelf, *uids_known: int) -> None:
    """The inbox was synchronised with these UIDs in it."""
    items = [
        Incoming(uid=uid, internal_date_utc=uid, octets=40, annotation=annotate_headers(b"", 40))
        for uid in uids_known
    ]

    def work(tx: Transaction) -> None:
        add_incoming(tx, shelf.inbox, items)
        set_folder_state(tx, shelf.inbox, uidvalidity=7, uidnext=10, modseq=5, synced=True)

    shelf.store.write(Priority.NEWS, work)


def test_a_new_message_without_a_new_modseq(shelf: Shelf) -> None:
    known(shelf)
    report = shelf.sync(
        [
            *select(1, 11),
            *answered(rb"UID FETCH 10 \(UID RFC822\.SIZE\)", size(10)),
            *answered(rb"UID FETCH 10 .*BODY\.PEEK\[\].*", header(10)),
        ]
    )
    assert (report.added, report.messages) == (1, 1)
    state = folder_state(shelf.view, shelf.inbox)
    assert state is not None
    assert (state.uidnext, state.modseq) == (11, 5)


def test_a_message_nobody_asked_for_or_sent_twice_counts_once(shelf: Shelf) -> None:
    known(shelf)
    shelf.sync(
        [
            *select(1, 11),
            *answered(rb"UID FETCH 10 \(UID RFC822\.SIZE\)", size(10)),
            *answered(
                rb"UID FETCH 10 .*",
                header(77),
                header(10),
                header(10, flags=b"\\Seen"),
                b"* 1 FETCH (FLAGS ())",
            ),
        ]
    )
    assert uids(shelf.view, shelf.inbox) == [10]
    assert flags_of(shelf.view, shelf.inbox)[10] == ((), ())


def test_a_count_that_does_not_hold_is_looked_into(shelf: Shelf) -> None:
    known(shelf)
    shelf.sync(
        [
            *select(2, 12),
            *answered(rb"UID SEARCH UID 10:11", b"* SEARCH 11"),
            *answered(rb"UID FETCH 11 \(UID RFC822\.SIZE\)", size(11)),
            *answered(rb"UID FETCH 11 .*", header(11)),
            *answered(rb"UID SEARCH ALL", b"* SEARCH 10 11"),
            *answered(rb"UID FETCH 10 \(UID RFC822\.SIZE\)", size(10)),
            *answered(rb"UID FETCH 10 .*", header(10)),
        ]
    )
    assert uids(shelf.view, shelf.inbox) == [10, 11]


def test_an_answer_that_names_too_few_takes_nothing_away(shelf: Shelf) -> None:
    known(shelf, 9)
    shelf.sync([*select(1, 10, modseq=4), *answered(rb"UID FETCH 1:\* \(UID FLAGS\)")])
    assert uids(shelf.view, shelf.inbox) == [9]


def test_a_folder_that_is_not_here_is_missing(shelf: Shelf) -> None:
    with pytest.raises(WorldError) as caught:
        shelf.sync([], folder=FolderId(999))
    assert caught.value.code == "folder-missing"
