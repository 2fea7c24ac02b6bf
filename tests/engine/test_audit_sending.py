"""Never sent twice, never lost, never shown to others: ways by which that could have failed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mssclient.engine import outgoing
from mssclient.engine.client import Client, Profile
from mssclient.engine.wire import Acknowledged
from mssclient.mail.kinds.submit import ANSWERED, record_submitted
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.drafts import Draft
from mssclient.model.errors import MssError, WorldError
from mssclient.model.ids import AccountId, DraftId, FolderId, PlacementId, new_id
from mssclient.model.messages import Person
from mssclient.model.secrets import Secret
from mssclient.model.wants import AddAccount, ChangePassword, Submit
from mssclient.store import drafts, journal, outbox
from mssclient.store.accounts import add_account
from mssclient.store.store import Priority, Store
from tests.engine.ears import Ear
from tests.engine.store_desk import SendingDesk
from tests.mail.accounts import annotate, message

HERE = Endpoint(host="localhost", port=1)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Any]:
    store = Store.open(tmp_path / "store.db", bytes(range(32)))
    for number in (1, 2):
        account = Account(
            id=AccountId(number), address=f"bal{number}@exemple.fr", login="x", imap=HERE, smtp=HERE
        )
        store.write(Priority.PERSON, lambda tx, account=account: add_account(tx, account))
    yield SendingDesk(store)
    store.close()


def _draft() -> Draft:
    return Draft(
        id=DraftId(new_id()),
        account=AccountId(1),
        to=(Person(address="bob@exemple.fr"),),
        bcc=(Person(address="cachee@exemple.fr"),),
        subject="Essai",
        text="Texte à garder.",
    )


def _send(desk: Any, draft: Draft, want_id: str = "w") -> Submit:
    want = Submit(account=draft.account, draft=draft.id)
    desk.do(lambda tx: drafts.keep(tx, draft))
    outgoing.submit(desk, want_id, want)
    return want


@pytest.mark.parametrize("state", ["waiting", "uncertain", "done"])
def test_a_draft_kept_anew_after_its_send_does_not_leave_again(desk: Any, state: str) -> None:
    draft = _draft()
    want = _send(desk, draft)
    desk.do(lambda tx: journal.set_state(tx, "w", state))
    desk.do(lambda tx: drafts.keep(tx, draft))
    with pytest.raises(MssError):
        outgoing.submit(desk, "other", want)
    with desk.reading() as view:
        assert journal.want(view, "other") is None
        assert view.draft(draft.id) is not None


def test_a_draft_that_was_taken_back_may_leave(desk: Any) -> None:
    draft = _draft()
    want = _send(desk, draft)
    outgoing.take_back(desk, desk.entry("w"))
    outgoing.submit(desk, "other", want)
    assert desk.entry("other").state == "waiting"


@pytest.mark.parametrize("state", ["waiting", "parked"])
def test_a_send_whose_outcome_was_not_written_down_cannot_be_taken_back(desk: Any, state: str) -> None:
    _send(desk, _draft())
    desk.do(lambda tx: (journal.set_phase(tx, "w", "data_ended"), journal.set_state(tx, "w", state)))
    with pytest.raises(MssError) as told:
        outgoing.take_back(desk, desk.entry("w"))
    assert told.value.code == "send-uncertain"
    assert desk.entry("w").state == state


def test_a_draft_that_cannot_be_kept_leaves_the_send_where_it_is(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = _draft()
    _send(desk, draft)

    def full(*_arguments: object) -> None:
        raise WorldError("disk-full", "Le disque est plein.", "")

    with monkeypatch.context() as patched:
        patched.setattr(drafts, "keep", full)
        with pytest.raises(WorldError):
            outgoing.take_back(desk, desk.entry("w"))
    assert desk.entry("w").state == "waiting"
    outgoing.take_back(desk, desk.entry("w"))
    with desk.reading() as view:
        back = view.draft(draft.id)
    assert back is not None
    assert [one.address for one in back.bcc] == ["cachee@exemple.fr"]


@pytest.mark.parametrize("before", [b"X-Note: y\r", b"X-Note: y\r\r"])
def test_a_bare_cr_does_not_carry_bcc_into_the_bytes(desk: Any, before: bytes) -> None:
    raw = b"From: bal1@exemple.fr\r\nTo: bob@exemple.fr\r\n" + before + b"Bcc: cachee@exemple.fr\r\n\r\nx\r\n"
    outgoing.submit(desk, "w", Submit(account=AccountId(1), raw=raw))
    with desk.reading() as view:
        frozen = outbox.frozen(view, "w")
    assert frozen is not None
    assert b"Bcc" not in frozen.raw.partition(b"\r\n\r\n")[0]


def test_recipients_of_a_draft_are_written_as_smtp_takes_them(desk: Any) -> None:
    """A domain with an accent goes out in A-labels, once, in the envelope as in the header."""
    draft = msgspec.structs.replace(
        _draft(),
        to=(Person(name="Zoé", address="zoe@santé-été.fr"),),
        cc=(Person(address="zoe@xn--sant-t-evabb.fr"), Person(address=" bob@exemple.fr ")),
        bcc=(Person(address="cachee@hôpital.fr"),),
    )
    _send(desk, draft)
    with desk.reading() as view:
        frozen = outbox.frozen(view, "w")
    assert frozen is not None
    assert frozen.recipients == ("zoe@xn--sant-t-evabb.fr", "bob@exemple.fr", "cachee@xn--hpital-ixa.fr")
    assert b"<zoe@xn--sant-t-evabb.fr>" in frozen.raw
    assert b"cachee" not in frozen.raw
    outgoing.take_back(desk, desk.entry("w"))
    with desk.reading() as view:
        back = view.draft(draft.id)
    assert back is not None
    assert [one.address for one in back.bcc] == ["cachee@xn--hpital-ixa.fr"]


@pytest.mark.parametrize("field", ["to", "cc", "bcc"])
@pytest.mark.parametrize(
    "address", ["", "bob", "bob@", "zoé@exemple.fr", "a b@exemple.fr", "a@b.fr>, <c@d.fr"]
)
def test_a_draft_with_what_is_no_address_does_not_leave(desk: Any, field: str, address: str) -> None:
    draft = msgspec.structs.replace(_draft(), **{field: (Person(name="Bob", address=address),)})
    with pytest.raises(MssError) as told:
        _send(desk, draft)
    assert told.value.code == "bad-address"
    with desk.reading() as view:
        assert view.draft(draft.id) is not None
        assert journal.want(view, "w") is None


def test_a_file_whose_header_names_a_domain_with_an_accent_comes_back_without_a_copy(desk: Any) -> None:
    raw = "From: bal1@exemple.fr\r\nTo: zoe@santé.fr\r\nBcc: cachee@exemple.fr\r\n\r\nx\r\n".encode()
    outgoing.submit(desk, "w", Submit(account=AccountId(1), raw=raw))
    outgoing.take_back(desk, desk.entry("w"))
    with desk.reading() as view:
        (back,) = view.drafts()
    assert [one.address for one in back.to] == ["zoe@santé.fr"]
    assert [one.address for one in back.bcc] == ["cachee@exemple.fr"]


def test_a_sent_folder_that_went_meanwhile_does_not_hide_that_the_message_left(desk: Any) -> None:
    _send(desk, _draft())
    with desk.reading() as view:
        frozen = outbox.frozen(view, "w")
    assert frozen is not None
    annotation = annotate(message(1))
    desk.do(lambda tx: record_submitted(tx, desk.entry("w"), frozen, FolderId(999), annotation))
    assert desk.entry("w").state == "done"


def test_the_mark_on_what_was_answered_goes_to_the_bal_that_received_it(desk: Any) -> None:
    def receive(tx: Any) -> int:
        run = tx.connection.execute
        run("INSERT INTO folder (account, path, name) VALUES (2, 'INBOX', 'INBOX')")
        folder = tx.connection.last_insert_rowid()
        from mssclient.store.effects import insert_placement
        from mssclient.store.messages import home_of, insert_message

        home = home_of(tx, folder)
        assert home is not None
        found = insert_message(tx, home, annotate(message(1)), 10, 0, message(1))
        placement = insert_placement(tx, found, 0, ())
        run(
            "UPDATE placement SET folder = ?1, server_folder = ?1, uid = 1 WHERE id = ?2", (folder, placement)
        )
        return placement

    placement = PlacementId(desk.do(receive))
    _send(desk, msgspec.structs.replace(_draft(), answers=placement, action="reply"))
    with desk.reading() as view:
        frozen = outbox.frozen(view, "w")
    assert frozen is not None
    desk.do(lambda tx: record_submitted(tx, desk.entry("w"), frozen, None, annotate(message(2))))
    assert desk.entry("w" + ANSWERED).account == 2


def test_a_send_is_posted_again_until_its_end_was_told(tmp_path: Path) -> None:
    """The engine died between "written down" and the answer: no "engine-lost", which invites to resend."""
    ear = Ear()
    client = Client(Profile(tmp_path / "p"), ear)
    want_id = client.post(Submit(account=AccountId(1), draft=DraftId("d")))
    client._dispatch(Acknowledged(id=want_id))
    client._engine_lost()
    assert ear.times("ended") == 0
    assert want_id in client._wants


@pytest.mark.parametrize(
    "want",
    [
        AddAccount(address="a@b.example", secret=Secret("invention")),
        ChangePassword(account=AccountId(1), current=Secret("invention"), new=Secret("autre invention")),
    ],
)
def test_what_carries_a_secret_ends_with_its_engine(
    tmp_path: Path, want: AddAccount | ChangePassword
) -> None:
    """Posted again it could lock the person out, or change a password that was changed already."""
    ear = Ear()
    client = Client(Profile(tmp_path / "p"), ear)
    want_id = client.post(want)  # type: ignore[arg-type]
    client._engine_lost()
    assert ear.wait("ended", lambda pair: pair[0] == want_id)[1].code == "engine-lost"
    assert client.unacknowledged() == 0
