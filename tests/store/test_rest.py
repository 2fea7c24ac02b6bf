"""Accounts, folders, outbox, drafts, the ledger of deliveries, settings, the trace."""

import json
import os
from typing import Any

import msgspec
import pytest

from mssclient.model.accounts import Quota
from mssclient.model.drafts import Draft, DraftAttachment, RefusedRecipient
from mssclient.model.errors import BugError, Problem, Refused, WorldError
from mssclient.model.ids import AccountId, DraftId, FolderId, MessageId, PlacementId
from mssclient.model.messages import Person, Summary
from mssclient.model.verdicts import Verdict
from mssclient.model.wants import Append, Delete, MarkFlags, Move, Submit
from mssclient.store import (
    accounts,
    bodies,
    drafts,
    effects,
    flags,
    folders,
    journal,
    ledger,
    outbox,
    settings,
)
from mssclient.store.folders import (
    ServerFolder,
    folder_state,
    folder_states,
    set_folder_state,
    sync_folder_list,
)
from mssclient.store.placements import add_incoming, missing_bodies
from mssclient.store.store import Priority, Store
from mssclient.store.trace import forget_trace, read_trace, trace
from mssclient.store.whereabouts import held_in, whereabouts
from tests.store.made import FOLDERS, account, annotation, furnish, incoming, raw
from tests.store.test_listing import check_counters

FAR = 2**40


def do(store: Store, work: Any) -> Any:
    return store.write(Priority.PERSON, work)


# Accounts


def test_accounts(store: Store) -> None:
    first = do(store, lambda tx: accounts.add_account(tx, account("a@x.fr")))
    second = do(store, lambda tx: accounts.add_account(tx, account("b@x.fr")))
    view = store.view()
    assert view.accounts() == [first, second]
    assert view.account(second.id) == second
    assert view.account(AccountId(99)) is None
    with pytest.raises(Refused, match="account-known"):
        do(store, lambda tx: accounts.add_account(tx, account("A@X.FR")))
    do(store, lambda tx: accounts.update_account(tx, msgspec.structs.replace(first, position=9, name="Zoé")))
    assert [one.address for one in view.accounts()] == ["b@x.fr", "a@x.fr"]
    assert view.accounts()[1].name == "Zoé"


def test_ids_are_never_given_twice(store: Store) -> None:
    first = do(store, lambda tx: accounts.add_account(tx, account("a@x.fr")))
    do(store, lambda tx: accounts.remove_account(tx, first.id))
    second = do(store, lambda tx: accounts.add_account(tx, account("a@x.fr")))
    assert second.id > first.id


def test_quota(store: Store) -> None:
    told: list[Any] = []
    id, _folders = furnish(store)
    store._on_change = told.append
    view = store.view()
    assert view.quota(id) is None
    for _time in range(2):
        do(store, lambda tx: accounts.set_quota(tx, id, Quota(used_octets=5, limit_octets=10)))
    assert view.quota(id) == Quota(used_octets=5, limit_octets=10)
    assert len(told) == 1
    do(store, lambda tx: accounts.set_quota(tx, id, None))
    assert view.quota(id) is None
    do(store, lambda tx: accounts.set_quota(tx, AccountId(99), None))
    assert len(told) == 2


def test_removing_an_account_takes_all_of_it_and_nothing_else(store: Store) -> None:
    id, here = furnish(store)
    _other, there = furnish(store, "autre@x.fr")
    ids = do(store, lambda tx: add_incoming(tx, here["INBOX"], [incoming(uid) for uid in (1, 2, 3)]))
    kept = do(
        store, lambda tx: add_incoming(tx, there["INBOX"], [incoming(1), incoming(2, 2, flags=("seen",))])
    )

    def wants(tx: Any) -> None:
        for name, want in (
            ("d1", Delete(placements=(ids[0],))),
            ("d2", Delete(placements=(ids[0],))),
            ("m", MarkFlags(placements=(ids[1],), add=("seen",))),
            ("s", Submit(account=id, raw=b"x")),
        ):
            journal.append_want(tx, name, want, id)
            effects.apply_local(tx, name, want)
        outbox.freeze(tx, "s", id, b"x", "<a@b>", "a@x", ["b@x"], "O", None)
        drafts.keep(tx, Draft(id=DraftId("d"), account=id))
        drafts.add_attachment(
            tx, DraftId("d"), DraftAttachment(id="f", filename="a", type="b/c", octets=1), b"x"
        )
        ledger.record_delivery(tx, ledger.Delivery(sha256=bytes(32), kind="cda"))

    do(store, wants)
    do(store, lambda tx: accounts.remove_account(tx, id))
    view = store.view()
    assert [one.address for one in view.accounts()] == ["autre@x.fr"]
    assert [row.id for row in view.search("glycémie").rows] == list(reversed(kept))
    for table in ("want", "want_effect", "outbox", "draft", "draft_attachment"):
        assert view.connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
    for table in ("message", "annotation", "body", "placement"):
        assert view.connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (2,), table
    assert len(ledger.history(view)) == 1
    assert view.connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_emptying_in_slices(store: Store) -> None:
    id, here = furnish(store)
    other, there = furnish(store, "autre@x.fr")
    ids = do(store, lambda tx: add_incoming(tx, here["INBOX"], [incoming(uid) for uid in range(1, 11)]))
    do(store, lambda tx: add_incoming(tx, there["INBOX"], [incoming(1), incoming(2)]))
    kept = do(store, lambda tx: add_incoming(tx, here["Trash"], [incoming(1, 20)]))

    def wants(tx: Any) -> None:
        for name, want in (
            ("m", Move(placements=(ids[0],), folder=here["Archives"])),
            ("d", Delete(placements=(kept[0],))),  # for good: it is in no folder any more
        ):
            journal.append_want(tx, name, want, id)
            effects.apply_local(tx, name, want)

    do(store, wants)
    left = [do(store, lambda tx: accounts.empty_account(tx, id, 4)) for _time in range(3)]
    assert left == [True, True, False]
    view = store.view()
    assert [folder.messages for folder in view.folders(id)] == [0, 0, 0, 0]
    assert [folder.messages for folder in view.folders(other)] == [2, 0, 0, 0]
    for table in ("placement", "message", "body"):
        assert view.connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (2,), table
    assert view.account(id) is not None
    check_counters(view)
    for _time in range(2):
        do(store, lambda tx: accounts.remove_account(tx, id))
    assert [one.id for one in view.accounts()] == [other]
    assert view.wants() == []
    assert not do(store, lambda tx: accounts.empty_account(tx, id, 4))
    assert view.connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_emptying_does_not_read_other_accounts(store: Store) -> None:
    """Not by the clock: the virtual machine's steps do not grow with what others have."""
    _other, there = furnish(store, "autre@x.fr")
    steps: list[int] = []

    def cost(tx: Any) -> None:
        [mine] = [one.id for one in accounts.read_accounts(tx) if one.address == "a@x.fr"]
        steps.append(0)

        def tick() -> bool:
            steps[-1] += 1
            return False

        tx.connection.set_progress_handler(tick, 1)
        accounts.empty_account(tx, mine, 4)
        tx.connection.set_progress_handler(None)

    for first in (1, 400):
        do(store, lambda tx, first=first: add_incoming(tx, there["INBOX"], [incoming(first)]))
        id, here = furnish(store, "a@x.fr")
        do(store, lambda tx, here=here: add_incoming(tx, here["INBOX"], [incoming(1), incoming(2)]))
        do(store, cost)
        do(store, lambda tx, id=id: accounts.remove_account(tx, id))
        if first == 1:
            do(store, lambda tx: add_incoming(tx, there["INBOX"], [incoming(uid) for uid in range(2, 400)]))
    assert 0 < steps[1] < steps[0] * 1.5


# Folders


def test_tree(store: Store) -> None:
    id = do(store, lambda tx: accounts.add_account(tx, account())).id
    listed = [
        ServerFolder(path="Archives/2024/Été", subscribed=False),
        ServerFolder(path="Archives", role="archive"),
        ServerFolder(path="inbox"),
        ServerFolder(path="Sent", role="sent"),
        ServerFolder(path="Sent bis", role="sent"),
        ServerFolder(path="Partagé", delimiter="", selectable=False, shared=True),
        ServerFolder(path="INBOX.Vieux", delimiter="."),
    ]
    added, removed = do(store, lambda tx: sync_folder_list(tx, id, listed))
    assert (len(added), removed) == (7, [])
    view = store.view()
    found = view.folders(id)
    assert [folder.name for folder in found[:3]] == ["Boîte de réception", "Envoyés", "Archives"]
    by_path = {folder.path: folder for folder in found}
    assert by_path["Archives/2024/Été"].parent == by_path["Archives"].id
    assert by_path["Archives/2024/Été"].name == "Été"
    assert by_path["INBOX.Vieux"].parent == by_path["INBOX"].id
    assert (by_path["Sent"].role, by_path["Sent bis"].role) == ("sent", "")
    assert (by_path["Partagé"].selectable, by_path["Partagé"].shared) == (False, True)
    assert folders.find_folder(view, id, "Inbox") == by_path["INBOX"].id
    assert folders.find_folder(view, id, "Nulle part") is None
    assert folders.folder_with_role(view, id, "sent") == by_path["Sent"].id
    assert folders.folder_with_role(view, id, "junk") is None
    assert view.folder(FolderId(999)) is None
    assert view.folders(AccountId(99)) == []
    assert len(view.folders()) == 7


def test_a_folder_keeps_its_id_while_it_is_listed(store: Store) -> None:
    told: list[Any] = []
    id, here = furnish(store)
    store._on_change = told.append
    assert do(store, lambda tx: sync_folder_list(tx, id, FOLDERS)) == ([], [])
    assert told == []
    do(store, lambda tx: add_incoming(tx, here["Archives"], [incoming(1)]))
    renamed = [ServerFolder(path="INBOX"), ServerFolder(path="Archives", role="junk")]
    _added, removed = do(store, lambda tx: sync_folder_list(tx, id, renamed))
    assert set(removed) == {here["Sent"], here["Trash"]}
    assert "folders" in told[-1].aspects
    folder = store.view().folder(here["Archives"])
    assert folder is not None
    assert (folder.role, folder.name, folder.messages) == ("junk", "Indésirables", 1)


def test_folder_states(store: Store) -> None:
    id, here = furnish(store)
    do(store, lambda tx: add_incoming(tx, here["INBOX"], [incoming(4), incoming(9)]))
    do(
        store,
        lambda tx: set_folder_state(tx, here["INBOX"], uidvalidity=7, uidnext=10, modseq=5, synced_utc=3),
    )
    state = folder_state(store.view(), here["INBOX"])
    assert state is not None
    assert (state.uidvalidity, state.uidnext, state.modseq, state.known) == (7, 10, 5, 2)
    assert (state.messages, state.synced, state.synced_utc, state.role) == (2, False, 3, "inbox")
    assert folder_state(store.view(), FolderId(99)) is None
    assert [one.path for one in folder_states(store.view(), id)] == ["INBOX", "Sent", "Archives", "Trash"]


# Placements


def test_incoming_into_a_folder_that_went(store: Store) -> None:
    assert do(store, lambda tx: add_incoming(tx, FolderId(99), [incoming(1)])) == []


def test_known_uids_get_flags_and_missing_bodies(store: Store) -> None:
    _id, here = furnish(store)
    bare = incoming(1, body=False, octets=len(raw(1)))
    [first] = do(store, lambda tx: add_incoming(tx, here["INBOX"], [bare]))
    [again] = do(store, lambda tx: add_incoming(tx, here["INBOX"], [incoming(1, flags=("seen",), modseq=7)]))
    assert again == first
    view = store.view()
    row = view.row(first)
    assert row is not None
    assert (row.flags, view.raw(row.message)) == (("seen",), raw(1))
    do(store, lambda tx: add_incoming(tx, here["INBOX"], [incoming(1, raw=b"other bytes", flags=("seen",))]))
    assert view.raw(row.message) == raw(1)


def test_the_same_bytes_are_kept_once_in_an_account(store: Store) -> None:
    _id, here = furnish(store)
    _other, there = furnish(store, "autre@x.fr")
    ids = [
        do(store, lambda tx, folder=folder, uid=uid: add_incoming(tx, folder, [incoming(uid, 1)]))[0]
        for folder, uid in (
            (here["INBOX"], 1),
            (here["Archives"], 5),
            (here["Archives"], 6),
            (there["INBOX"], 1),
        )
    ]
    view = store.view()
    messages = [view.placement(id).message for id in ids]  # type: ignore[union-attr]
    assert messages[0] == messages[1] == messages[2] != messages[3]
    forged = incoming(7, 1, raw=raw(1)[:-4] + b"MOT ")
    [id] = do(store, lambda tx: add_incoming(tx, here["INBOX"], [forged]))
    assert view.placement(id).message not in messages  # type: ignore[union-attr]
    unnamed = [incoming(uid, 3, annotation=annotation(3, rfc_message_id="")) for uid in (8, 9)]
    twins = do(store, lambda tx: add_incoming(tx, here["INBOX"], unnamed))
    assert len({view.placement(id).message for id in twins}) == 2  # type: ignore[union-attr]


def test_news_of_an_inbox_are_counted(store: Store) -> None:
    told: list[Any] = []
    _id, here = furnish(store)
    store._on_change = told.append
    do(store, lambda tx: add_incoming(tx, here["INBOX"], [incoming(1)]))
    do(store, lambda tx: set_folder_state(tx, here["INBOX"], synced=True))
    do(store, lambda tx: add_incoming(tx, here["INBOX"], [incoming(2), incoming(3, flags=("seen",))]))
    do(store, lambda tx: add_incoming(tx, here["Archives"], [incoming(4)]))
    assert [changed.new_messages for changed in told] == [0, 0, 1, 0]
    assert told[2].folders == (here["INBOX"],)


def test_missing_bodies_newest_first(store: Store) -> None:
    id, here = furnish(store)
    other, there = furnish(store, "autre@x.fr")
    bare = [incoming(uid, uid * 20, body=False) for uid in (1, 3, 2)]
    do(store, lambda tx: add_incoming(tx, here["INBOX"], [*bare, incoming(4)]))
    do(store, lambda tx: add_incoming(tx, there["INBOX"], [incoming(9, body=False)]))
    view = store.view()
    assert [one.uid for one in missing_bodies(view, id, 10)] == [3, 2, 1]
    assert [one.uid for one in missing_bodies(view, id, 2)] == [3, 2]
    [(placement, message, folder, uid, octets)] = missing_bodies(view, other, 10)
    ref = view.placement(placement)
    assert ref is not None
    assert (ref.message, ref.folder, ref.uid, ref.octets) == (message, folder, uid, octets)


def test_whereabouts(store: Store) -> None:
    _id, here = furnish(store)
    ids = do(store, lambda tx: add_incoming(tx, here["INBOX"], [incoming(5), incoming(2, body=False)]))
    view = store.view()
    assert [one.uid for one in held_in(view, here["INBOX"])] == [2, 5]
    found = whereabouts(view, [ids[0], PlacementId(999), ids[0]])
    assert list(found) == [ids[0]]
    assert (found[ids[0]].uid, found[ids[0]].has_body, found[ids[0]].rfc_message_id) == (
        5,
        True,
        "<5@hopital.mssante.fr>",
    )
    assert [ref.id for ref in view.placements_with("<5@hopital.mssante.fr>")] == [ids[0]]
    assert view.placements_with("<5@hopital.mssante.fr>", AccountId(99)) == []


def test_messages_that_are_gone(store: Store) -> None:
    view = store.view()
    gone = MessageId(99)
    assert view.summary(gone) == Summary(complete=False)
    assert view.verdict(gone) == Verdict()
    assert view.matches(gone) == ()
    assert view.raw(gone) is None
    assert not view.has_body(gone)


def test_bodies_come_back_exactly() -> None:
    for content in (b"", b"\r\n", bytes(range(256)) * 50, os.urandom(100_000), b"a" * 3_000_000):
        assert bodies.unpack(bodies.pack(content)) == content
    for broken in (b"", b"junk", bodies.pack(b"abc" * 100)[:-5]):
        with pytest.raises(WorldError, match="store-damaged"):
            bodies.unpack(broken)


def test_flags_and_keywords() -> None:
    for bits in range(32):
        assert flags.pack_flags(flags.unpack_flags(bits)) == bits
    assert flags.unpack_flags(0b100) == ("flagged",)
    assert flags.pack_flags(["recent", "seen", "Seen"]) == 1
    assert flags.split(["seen", "Urgent", "Classe", "Urgent"]) == (1, "Classe Urgent")
    assert flags.unpack_keywords("") == ()
    assert flags.pack_keywords(["b", "a c"]) == "a b c"
    assert flags.is_flag("seen")
    assert not flags.is_flag("Urgent")


# Outbox


def _frozen(store: Store, id: AccountId, name: str = "s", **more: Any) -> None:
    def work(tx: Any) -> None:
        journal.append_want(tx, name, Submit(account=id, raw=b"Bcc: secret@x\r\n\r\nx"), id, "Envoyer")
        outbox.freeze(
            tx, name, id, b"To: b@x\r\n\r\nx", f"<{name}@x>", "a@x", ["b@x", "é@x"], "Objet é", None
        )

    do(store, work)


def test_frozen_bytes_never_change(store: Store) -> None:
    id, _folders = furnish(store)
    _frozen(store, id)
    do(store, lambda tx: outbox.freeze(tx, "s", id, b"other", "<o@x>", "o@x", ["o@x"], "Autre", DraftId("d")))
    frozen = outbox.frozen(store.view(), "s")
    assert frozen is not None
    assert (frozen.raw, frozen.rfc_message_id, frozen.recipients) == (
        b"To: b@x\r\n\r\nx",
        "<s@x>",
        ("b@x", "é@x"),
    )
    assert (frozen.envelope_from, frozen.subject, frozen.draft) == ("a@x", "Objet é", None)
    assert "b@x" not in repr(frozen)
    entry = journal.want(store.view(), "s")
    assert entry is not None
    assert entry.want == Submit(account=id)  # its own copy of the bytes is dropped
    assert entry.phase == "prepared"
    assert outbox.frozen(store.view(), "none") is None


def test_what_became_of_it(store: Store) -> None:
    id, here = furnish(store)
    for name in ("s", "t", "u"):
        _frozen(store, id, name)
    no = RefusedRecipient(address="é@x", code=550, sentence="Inconnu")
    problem = Problem(code="recipient-refused", sentence="Refusé")

    def work(tx: Any) -> None:
        journal.set_phase(tx, "s", "submitted")
        outbox.set_outcome(tx, "s", queue_id="4F1")
        journal.set_state(tx, "s", "done")
        outbox.filed(tx, "s", here["Sent"])
        outbox.set_outcome(tx, "t", refused=[no])
        journal.set_state(tx, "t", "parked", problem=problem)

    do(store, work)
    view = store.view()
    assert [item.want for item in view.outbox()] == ["t", "u"]
    sent, refused, waiting = view.outbox(all=True)
    assert (sent.state, sent.phase, sent.queue_id, sent.filed, sent.sent_folder) == (
        "done",
        "submitted",
        "4F1",
        True,
        here["Sent"],
    )
    assert (refused.state, refused.refused, refused.problem) == ("parked", (no,), problem)
    assert (waiting.state, waiting.phase, waiting.filed) == ("waiting", "prepared", False)
    assert waiting.since_utc > 0
    do(store, lambda tx: outbox.filed(tx, "u", FolderId(999)))  # it went while the copy was on its way
    last = view.outbox(all=True)[-1]
    assert (last.filed, last.sent_folder) == (True, None)
    with pytest.raises(BugError, match="want-unknown"):
        do(store, lambda tx: outbox.set_outcome(tx, "zzz", queue_id="1"))


def test_freezing_a_want_without_bytes(store: Store) -> None:
    id, _folders = furnish(store)
    for name, want in (
        ("d", Submit(account=id, draft=DraftId("d"))),
        ("a", Append(account=id, folder=FolderId(1), raw=b"x")),
    ):
        do(store, lambda tx, name=name, want=want: journal.append_want(tx, name, want, id))
        do(
            store,
            lambda tx, name=name: outbox.freeze(tx, name, id, b"x", "<a>", "a", ["b"], "", DraftId("d")),
        )
        entry = journal.want(store.view(), name)
        assert entry is not None
        assert entry.want == want
    frozen = outbox.frozen(store.view(), "d")
    assert frozen is not None
    assert frozen.draft == "d"


# Drafts


def test_drafts(store: Store) -> None:
    id, _folders = furnish(store)
    view = store.view()
    draft = Draft(id=DraftId("d"), account=id, to=(Person(address="b@x"),), subject="Début", text="a")
    do(store, lambda tx: drafts.keep(tx, draft))
    do(store, lambda tx: drafts.keep(tx, msgspec.structs.replace(draft, text="ab")))
    do(store, lambda tx: drafts.keep(tx, Draft(id=DraftId("e"), account=id)))
    assert [one.id for one in view.drafts()] == ["e", "d"]
    kept = view.draft(DraftId("d"))
    assert kept is not None
    assert kept.text == "ab"
    assert kept.kept_utc > 0
    assert view.draft(DraftId("z")) is None


def test_files_of_drafts(store: Store) -> None:
    id, _folders = furnish(store)
    view = store.view()
    one = DraftAttachment(id="f1", filename="é.pdf", type="application/pdf", octets=3)
    two = DraftAttachment(id="f2", filename="b.txt", type="text/plain", octets=4)
    for each, content in ((one, b"xxx"), (two, b"yyyy"), (one, b"zzz")):
        do(
            store,
            lambda tx, each=each, content=content: drafts.add_attachment(tx, DraftId("d"), each, content),
        )
    assert {one.id for one in drafts.attachments(view, DraftId("d"))} == {"f1", "f2"}
    assert drafts.attachment(view, "f1") == b"zzz"
    with pytest.raises(Refused, match="attachment-unknown"):
        drafts.attachment(view, "f3")
    do(store, lambda tx: drafts.keep(tx, Draft(id=DraftId("d"), account=id)))
    assert do(store, lambda tx: drafts.sweep(tx, FAR)) == 0
    do(
        store,
        lambda tx: drafts.add_attachment(tx, DraftId("never"), msgspec.structs.replace(one, id="f9"), b"x"),
    )
    assert do(store, lambda tx: drafts.sweep(tx, 0)) == 0
    assert do(store, lambda tx: drafts.sweep(tx, FAR)) == 1
    do(store, lambda tx: drafts.discard(tx, DraftId("d")))
    do(store, lambda tx: drafts.discard(tx, DraftId("d")))
    assert (view.drafts(), drafts.attachments(view, DraftId("d"))) == ([], ())


# Ledger


def _result(content: int, **changes: Any) -> ledger.Delivery:
    values: dict[str, Any] = {
        "sha256": bytes([content]) * 32,
        "kind": "hprim-medecin",
        "number": "12345",
        "family": "LEFÈVRE",
        "given": "Zoé",
        "birth": "1961-03-12",
        "document_date": "2025-01-02",
        "sender": "labo@x.fr",
        "placement": PlacementId(7),
        "part": "2",
        "directory": "/d",
        "file": "a.hpr",
        "delivered_utc": 1000 + content,
    }
    return ledger.Delivery(**{**values, **changes})


def test_delivered_once(store: Store) -> None:
    view = store.view()
    first = _result(1)
    assert ledger.delivered(view, first.sha256) == []
    do(store, lambda tx: ledger.record_delivery(tx, first))
    assert ledger.delivered(view, first.sha256) == [first]
    do(store, lambda tx: ledger.record_delivery(tx, _result(2, delivered_utc=0, correction=True)))
    newest, oldest = ledger.history(view)
    assert oldest == first
    assert newest.correction
    assert newest.delivered_utc > 10**9
    assert len(ledger.history(view, limit=1)) == 1


@pytest.mark.parametrize(
    ("changes", "correction"),
    [
        ({}, True),
        ({"family": "Lefevre", "given": " ZOE "}, True),
        ({"document_date": "2025-01-09"}, True),
        ({"sha256": bytes([1]) * 32}, False),
        ({"number": "9"}, False),
        ({"family": "DUPONT"}, False),
        ({"birth": "1970-01-01"}, False),
        ({"sender": "autre@x.fr"}, False),
        ({"kind": "cda"}, False),
    ],
)
def test_corrections(store: Store, changes: dict[str, Any], correction: bool) -> None:
    do(store, lambda tx: ledger.record_delivery(tx, _result(1)))
    assert ledger.is_correction(store.view(), _result(2, **changes)) == correction


def test_corrections_without_a_number(store: Store) -> None:
    view = store.view()
    do(store, lambda tx: ledger.record_delivery(tx, _result(1, number="")))
    do(store, lambda tx: ledger.record_delivery(tx, _result(2, number="", document_date="")))
    assert ledger.is_correction(view, _result(3, number=""))
    assert not ledger.is_correction(view, _result(3, number="", document_date="2024-01-01"))
    assert not ledger.is_correction(view, _result(3, number="", document_date=""))


# Settings, trace


def test_settings(store: Store) -> None:
    view = store.view()
    assert view.setting("theme") is None
    assert view.setting("theme", "clair") == "clair"
    do(store, lambda tx: settings.set_setting(tx, "theme", '"sombre"'))
    do(store, lambda tx: settings.set_setting(tx, "largeurs", json.dumps([1, 2])))
    do(store, lambda tx: settings.set_setting(tx, "theme", "null"))
    assert view.settings() == {"largeurs": "[1, 2]", "theme": "null"}
    assert view.setting("largeurs") == [1, 2]
    with pytest.raises(Refused, match="setting-not-json"):
        do(store, lambda tx: settings.set_setting(tx, "theme", "{"))


def test_trace(store: Store) -> None:
    do(store, lambda tx: trace(tx, 1, "login"))
    do(store, lambda tx: trace(tx, None, "lock", "demandé"))
    lines = read_trace(store.view())
    assert [(line.account, line.action, line.detail) for line in lines] == [
        (None, "lock", "demandé"),
        (1, "login", ""),
    ]
    assert len(read_trace(store.view(), limit=1)) == 1
    do(store, lambda tx: forget_trace(tx, FAR))
    assert read_trace(store.view()) == []
