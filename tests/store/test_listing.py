"""The list beside a naive one, and counters beside a recount, over random histories."""

import itertools
import random
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mssclient.model.wants import Copy, Delete, MarkFlags, Move
from mssclient.store import effects, journal
from mssclient.store.folders import find_folder, set_folder_state, sync_folder_list
from mssclient.store.placements import (
    add_incoming,
    adopt,
    forget_unclaimed,
    rebuild,
    remove_uids,
    set_flags,
    uids,
)
from mssclient.store.store import Priority, Store
from mssclient.store.transaction import Transaction
from mssclient.store.view import Filter, View
from tests.store.made import DAY, FOLDERS, KEY, T0, annotation, furnish, incoming, lab
from tests.store.sample import fill

PATHS = ("INBOX", "Sent", "Archives", "Trash")
FILTERS = (
    Filter(),
    Filter(unread=True),
    Filter(flagged=True),
    Filter(abnormal=True),
    Filter(document="bio"),
    Filter(document="any"),
    Filter(document="hprim-medecin"),
    Filter(document="cda"),
    Filter(keyword="Urgent"),
    Filter(keyword="Urg"),
    Filter(attachments=True),
    Filter(unread=True, flagged=True),
    Filter(unread=True, document="bio", attachments=True, keyword="Urgent"),
)


def recount(view: View) -> dict[int, tuple[int, int, int]]:
    rows = view.connection.execute(
        "SELECT f.id, count(p.id), coalesce(sum(p.flags & 1 = 0), 0), coalesce(sum(p.octets), 0)"
        " FROM folder f LEFT JOIN placement p ON p.folder = f.id GROUP BY f.id"
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def check_counters(view: View) -> None:
    kept = {
        row[0]: row[1:]
        for row in view.connection.execute("SELECT id, messages, unread, octets FROM folder").fetchall()
    }
    assert kept == recount(view)
    days = view.connection.execute("SELECT folder, day, messages FROM day ORDER BY 1, 2").fetchall()
    again = view.connection.execute(
        "SELECT folder, internal_date_utc / 86400, count(*) FROM placement WHERE folder IS NOT NULL"
        " GROUP BY 1, 2 ORDER BY 1, 2"
    ).fetchall()
    assert days == again
    known = view.connection.execute("SELECT id, known FROM folder ORDER BY id").fetchall()
    told = view.connection.execute(
        "SELECT f.id, count(p.uid) FROM folder f LEFT JOIN placement p ON p.server_folder = f.id"
        " GROUP BY f.id ORDER BY f.id"
    ).fetchall()
    assert known == told
    pending = view.connection.execute(
        "SELECT p.id FROM placement p WHERE p.pending <>"
        " (SELECT count(*) FROM want_effect e WHERE e.placement = p.id AND e.active = 1)"
    ).fetchall()
    assert pending == []
    lost = view.connection.execute(
        "SELECT id FROM message WHERE id NOT IN (SELECT message FROM placement)"
    ).fetchall()
    assert lost == []


_numbers = itertools.count()
STEPS = (
    *("incoming", "incoming", "headers", "flags", "want", "want", "want", "end", "undo"),
    *("remove", "rebuild", "adopt", "unclaimed", "folder_gone"),
)


class History:
    """Random operations of a synchronisation and of a person, on one account."""

    def __init__(self, store: Store, chance: random.Random) -> None:
        self.store, self.chance = store, chance
        self.account, self.folders = furnish(store, f"a{next(_numbers)}@x.mssante.fr")
        self.view = store.view()
        self.next_uid = 1
        self.wants: list[str] = []

    def step(self, steps: tuple[str, ...] = STEPS) -> None:
        name = self.chance.choice(steps)
        self.store.write(Priority.NEWS, getattr(self, f"do_{name}"))

    def folder(self) -> Any:
        return self.folders[self.chance.choice(PATHS)]

    def do_incoming(self, tx: Transaction, body: bool = True) -> None:
        items = []
        for _number in range(self.chance.randrange(1, 6)):
            number = self.chance.randrange(30)  # the same content comes more than once
            changes: dict[str, object] = {"annotation": lab(number)} if number % 3 == 0 and body else {}
            items.append(
                incoming(
                    self.next_uid,
                    number,
                    body=body,
                    internal_date_utc=T0 + self.chance.randrange(-3 * DAY, 3 * DAY) // 3600 * 3600,
                    flags=tuple(
                        self.chance.sample(("seen", "flagged", "answered"), self.chance.randrange(3))
                    ),
                    keywords=tuple(
                        self.chance.sample(("Urgent", "Urgence", "Classe"), self.chance.randrange(3))
                    ),
                    **changes,
                )
            )
            self.next_uid += self.chance.choice((0, 1, 1, 1))
        add_incoming(tx, self.folder(), items)

    def do_headers(self, tx: Transaction) -> None:
        self.do_incoming(tx, body=False)

    def do_flags(self, tx: Transaction) -> None:
        folder = self.folder()
        some = [uid for uid in uids(tx, folder) if self.chance.random() < 0.5]
        set_flags(tx, folder, [(uid, self.chance.choice(((), ("seen",), ("flagged",))), ()) for uid in some])

    def do_remove(self, tx: Transaction) -> None:
        folder = self.folder()
        remove_uids(tx, folder, [uid for uid in uids(tx, folder) if self.chance.random() < 0.3])

    def placements(self, tx: Transaction) -> tuple[Any, ...]:
        ids = [
            row[0]
            for row in tx.connection.execute(
                "SELECT p.id FROM placement p JOIN folder f ON f.id = p.folder WHERE f.account = ?",
                (self.account,),
            )
        ]
        return tuple(self.chance.sample(ids, min(len(ids), self.chance.randrange(1, 5))))

    def do_want(self, tx: Transaction) -> None:
        placements = self.placements(tx)
        want = self.chance.choice(
            (
                MarkFlags(placements=placements, add=("seen", "Urgent"), remove=("flagged",)),
                MarkFlags(placements=placements, remove=("seen", "Classe")),
                Move(placements=placements, folder=self.folder()),
                Copy(placements=placements, folder=self.folder()),
                Delete(placements=placements),
            )
        )
        id = f"w{self.account}-{len(self.wants)}"
        self.wants.append(id)
        journal.append_want(tx, id, want, self.account)
        effects.apply_local(tx, id, want)

    def open_wants(self, tx: Transaction) -> list[str]:
        return [view.id for view in journal.read_wants(tx) if view.account == self.account]

    def do_end(self, tx: Transaction) -> None:
        for id in self.open_wants(tx)[:1]:
            journal.set_state(tx, id, self.chance.choice(("doing", "done", "done", "parked", "uncertain")))

    def do_undo(self, tx: Transaction) -> None:
        ids = self.open_wants(tx)
        if ids:
            journal.set_state(tx, self.chance.choice(ids), "undone")

    def do_rebuild(self, tx: Transaction) -> None:
        folder = self.folder()
        held = tx.connection.execute(
            "SELECT id FROM placement WHERE server_folder = ? AND uid IS NOT NULL", (folder,)
        ).fetchall()
        kept = {row[0]: position + 1 for position, row in enumerate(held) if self.chance.random() < 0.7}
        rebuild(tx, folder, self.chance.randrange(1, 1000), kept)
        self.next_uid = max(self.next_uid, len(held) + 1)

    def do_adopt(self, tx: Transaction) -> None:
        rows = tx.connection.execute("SELECT id, server_folder FROM placement WHERE uid IS NULL").fetchall()
        for placement, folder in rows[:2]:
            if folder is not None:
                taken = uids(tx, folder)
                uid = self.chance.choice([*taken, self.next_uid])
                self.next_uid += 1
                adopt(tx, placement, folder, uid)

    def do_folder_gone(self, tx: Transaction) -> None:
        """Deleted from another desk, and made again later."""
        gone = self.chance.choice(PATHS[1:])
        sync_folder_list(tx, self.account, [folder for folder in FOLDERS if folder.path != gone])
        sync_folder_list(tx, self.account, FOLDERS)
        for path in PATHS:
            folder = find_folder(tx, self.account, path)
            assert folder is not None
            self.folders[path] = folder

    def do_unclaimed(self, tx: Transaction) -> None:
        forget_unclaimed(tx, self.folder(), int(time.time()) + self.chance.choice((-10, 10)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), steps=st.integers(1, 60))
def test_counters_are_exact(store: Store, seed: int, steps: int) -> None:
    history = History(store, random.Random(seed))
    for _step in range(steps):
        history.step()
    check_counters(history.view)
    store.write(
        Priority.NEWS, lambda tx: [journal.set_state(tx, id, "undone") for id in history.open_wants(tx)]
    )
    check_counters(history.view)
    # Nothing is pending: what is seen is what the server holds.
    differing = history.view.connection.execute(
        "SELECT id FROM placement WHERE folder IS NOT server_folder OR flags <> server_flags"
        " OR keywords <> server_keywords OR pending <> 0"
    ).fetchall()
    assert differing == []
    history.view.close()


def naive(view: View, folder: int, filter: Filter) -> list[int]:
    rows = view.connection.execute(
        "SELECT id, flags, keywords, document, bio, abnormal, attachments FROM placement WHERE folder = ?"
        " ORDER BY internal_date_utc DESC, id DESC",
        (folder,),
    )
    return [
        id
        for id, flags, keywords, document, bio, abnormal, attachments in rows
        if (not filter.unread or not flags & 1)
        and (not filter.flagged or flags & 4)
        and (not filter.abnormal or abnormal)
        and (not filter.attachments or attachments)
        and (not filter.keyword or filter.keyword in keywords.split())
        and {"": True, "any": bool(document), "bio": bool(bio)}.get(
            filter.document, document == filter.document
        )
    ]


def test_rows_as_a_naive_list_has_them(store: Store) -> None:
    history = History(store, random.Random(11))
    for _step in range(150):
        history.step(STEPS[:9])
    view, checked = history.view, 0
    for folder in history.folders.values():
        for filter in FILTERS:
            expected = naive(view, folder, filter)
            checked += len(expected)
            assert view.count(folder, filter) == len(expected), filter
            assert [row.id for row in view.rows(folder, 0, 10_000, filter)] == expected, filter
            for offset in range(0, len(expected) + 2, 3):
                found = [row.id for row in view.rows(folder, offset, 7, filter)]
                assert found == expected[offset : offset + 7], (filter, offset)
            for position, placement in enumerate(expected):
                assert view.index_of(folder, placement, filter) == position
    assert checked > 300
    assert view.index_of(history.folders["INBOX"], 10**9) is None
    assert view.rows(history.folders["INBOX"], -5, 2) == view.rows(history.folders["INBOX"], 0, 2)


def test_a_row_says_all_that_is_painted(store: Store) -> None:
    account, folders = furnish(store)
    one = lab(7, abnormal=3)
    item = incoming(4, 7, annotation=one, flags=("flagged",), keywords=("Urgent",))
    [id] = store.write(Priority.NEWS, lambda tx: add_incoming(tx, folders["INBOX"], [item]))
    row = store.view().row(id)
    assert row is not None
    assert (row.account, row.folder, row.date_utc) == (account, folders["INBOX"], T0 + 7 * 600)
    assert (row.sender, row.address) == ("Dr Hélène Dubois", "h.dubois@hopital.mssante.fr")
    assert (row.subject, row.snippet) == (one.summary.subject, "Madame, voici")
    assert (row.flags, row.keywords, row.level) == (("flagged",), ("Urgent",), "mssante")
    assert (row.document, row.abnormal, row.attachments, row.critical) == ("hprim-medecin", 3, 1, False)
    assert (row.octets, row.provisional, row.pending) == (item.octets, False, False)


def test_sent_shows_recipients(store: Store) -> None:
    _account, folders = furnish(store)
    [id] = store.write(Priority.NEWS, lambda tx: add_incoming(tx, folders["Sent"], [incoming(1)]))
    row = store.view().row(id)
    assert row is not None
    assert row.sender == "Dr Paul Martin"


def test_rows_of_keeps_the_order_asked(store: Store) -> None:
    _account, folders = furnish(store)
    items = [incoming(uid) for uid in range(1, 1201)]
    ids = store.write(Priority.NEWS, lambda tx: add_incoming(tx, folders["INBOX"], items))
    asked = [ids[5], 10**9, ids[900], ids[0], *reversed(ids[600:800])]
    view = store.view()
    assert [row.id for row in view.rows_of(asked)] == [id for id in asked if id in set(ids)]
    assert [ref.id for ref in view.placements_of(asked)] == [id for id in asked if id in set(ids)]


def test_one_arrival_date_for_everything(store: Store) -> None:
    """An import that gives 70 000 messages the same INTERNALDATE: more than one hour of the index holds."""
    _account, folders = furnish(store)
    plain = annotation(1, text="mot")

    def work(tx: Transaction) -> None:
        for start in range(0, 400, 50):
            add_incoming(
                tx,
                folders["INBOX"],
                [
                    incoming(uid, internal_date_utc=T0, annotation=plain, raw=None)
                    for uid in range(start + 1, start + 51)
                ],
            )
        tx.connection.execute(
            "UPDATE message SET docid = docid + 65136 WHERE docid = (SELECT max(docid) FROM message)"
        )
        add_incoming(
            tx, folders["INBOX"], [incoming(1000, internal_date_utc=T0), incoming(1001, internal_date_utc=T0)]
        )

    store.write(Priority.NEWS, work)
    view = store.view()
    assert view.count(folders["INBOX"]) == 402
    assert len(view.rows(folders["INBOX"], 350, 100)) == 52
    assert len(view.search("numéro1001").rows) == 1


def test_the_list_follows_the_writer(store: Store) -> None:
    _account, folders = furnish(store)
    view = store.view()
    assert view.rows(folders["INBOX"], 0, 10) == []
    for uid in range(1, 30):
        store.write(Priority.NEWS, lambda tx, uid=uid: add_incoming(tx, folders["INBOX"], [incoming(uid)]))
        assert len(view.rows(folders["INBOX"], 0, 100)) == uid
        assert view.index_of(folders["INBOX"], view.rows(folders["INBOX"], uid - 1, 1)[0].id) == uid - 1


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> View:
    path: Path = tmp_path_factory.mktemp("big") / "store.db"
    store = Store.open(path, KEY)
    fill(store, 30_000, seed=3)
    view = store.view()
    store.close()
    return view


def test_sample_is_exact(big: View) -> None:
    check_counters(big)
    inbox = big.folders()[0]
    assert (inbox.role, inbox.synced) == ("inbox", True)
    assert 26_500 < inbox.messages < 27_500
    assert big.summary(big.rows(inbox.id, 100, 1)[0].message).subject


def test_any_offset_reads_few_pages(big: View) -> None:
    """Not by the clock: the virtual machine's steps are counted, and they do not grow with the offset."""
    inbox = big.folders()[0]
    steps: list[int] = []

    def cost(offset: int) -> int:
        count = 0

        def tick() -> bool:
            nonlocal count
            count += 1
            return False

        big.connection.set_progress_handler(tick, 100)
        rows = big.rows(inbox.id, offset, 100)
        big.connection.set_progress_handler(None)
        assert len(rows) == 100
        return count

    cost(0)
    steps = [cost(offset) for offset in (0, 5_000, 15_000, 26_000)]
    assert max(steps) < 2 * min(steps), steps


def test_set_folder_state(store: Store) -> None:
    _account, folders = furnish(store)
    inbox = folders["INBOX"]
    store.write(Priority.NEWS, lambda tx: set_folder_state(tx, inbox))
    store.write(Priority.NEWS, lambda tx: set_folder_state(tx, inbox, octets=500, rights="lrs"))
    folder = store.view().folder(inbox)
    assert folder is not None
    assert (folder.octets, folder.rights, folder.synced) == (500, "lrs", False)
    store.write(Priority.NEWS, lambda tx: set_folder_state(tx, inbox, synced=True))
    folder = store.view().folder(inbox)
    assert folder is not None
    assert (folder.octets, folder.synced) == (0, True)


def test_steady_reads_see_one_commit(store: Store) -> None:
    _account, folders = furnish(store)
    inbox = folders["INBOX"]
    store.write(Priority.NEWS, lambda tx: add_incoming(tx, inbox, [incoming(1)]))
    view = store.view()
    with view.steady():
        assert view.count(inbox) == 1
        [new] = store.write(Priority.NEWS, lambda tx: add_incoming(tx, inbox, [incoming(2)]))
        assert view.count(inbox) == 1
        assert len(view.rows(inbox, 0, 10)) == 1
        assert view.index_of(inbox, new) is None
    assert view.index_of(inbox, new) == 0
    view.close()
