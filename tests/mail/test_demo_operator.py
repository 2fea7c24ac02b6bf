"""The demonstration operator is another server, without CONDSTORE: what works on Dovecot must work here."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mssclient.access.credential import PasswordCredential
from mssclient.demo.launch import DemoAccount, DemoOperator, launch
from mssclient.mail.annotating import Annotators
from mssclient.mail.bodies import BodyBringer
from mssclient.mail.mailbox import Mailbox
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.ids import AccountId
from mssclient.model.secrets import Secret
from mssclient.model.wants import Copy, Delete, MarkFlags, Move
from mssclient.store.accounts import add_account
from mssclient.store.folders import folder_with_role
from mssclient.store.store import Priority, Store
from tests.mail.accounts import KEY, Desk, annotate, annotate_headers, message
from tests.mail.posting import post, post_send, state_of, until


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoOperator]:
    with launch(tmp_path_factory.mktemp("operator"), small=True) as running:
        yield running


def account_of(operator: DemoOperator, known: DemoAccount, starttls: bool) -> Account:
    ready = operator.ready
    ports = (
        (ready.imap_starttls_port, ready.submission_starttls_port)
        if starttls
        else (ready.imap_port, ready.submission_port)
    )
    security = "starttls" if starttls else "tls"
    imap, smtp = (Endpoint(host="localhost", port=port, security=security) for port in ports)
    return Account(
        id=AccountId(1), address=known.address, login=known.login, imap=imap, smtp=smtp, ca_pem=ready.ca_pem
    )


@pytest.fixture(params=["tls", "starttls"])
def boxes(
    request: pytest.FixtureRequest, operator: DemoOperator, tmp_path: Path
) -> Iterator[list[tuple[Desk, Mailbox]]]:
    """The two personal BAL, each with a store of its own."""
    made: list[tuple[Desk, Mailbox]] = []
    for number, known in enumerate(each for each in operator.ready.accounts if each.kind == "personal"):
        store = Store.open(tmp_path / f"{number}.db", KEY)
        account = account_of(operator, known, request.param == "starttls")
        account = store.write(Priority.PERSON, lambda tx, account=account: add_account(tx, account))
        credential = PasswordCredential(login=known.login, secret=Secret(known.password))
        desk = Desk(None, known.address, account, store, store.view(), Annotators(annotate, annotate_headers))
        box = Mailbox(
            account,
            store,
            annotate,
            annotate_headers,
            lambda credential=credential: credential,
            lambda state: None,
        )
        made.append((desk, box))
    yield made
    for desk, _box in made:
        desk.view.close()
        desk.store.close()


def test_all_of_a_turn(boxes: list[tuple[Desk, Mailbox]]) -> None:
    desk, box = boxes[0]
    first = box.sync_now()
    inbox = folder_with_role(desk.view, desk.account.id, "inbox")
    assert inbox is not None
    rows = desk.view.rows(inbox, 0, 50)
    assert rows
    assert all(desk.view.has_body(row.message) for row in rows)
    again = box.sync_now()
    assert [(line.added, line.changed, line.vanished) for line in again.folders] == [(0, 0, 0)] * len(
        first.folders
    )
    assert desk.view.quota(desk.account.id) is not None
    assert BodyBringer(desk.account.id, desk.store, desk.view, desk.annotators).remaining() == 0
    archive = folder_with_role(desk.view, desk.account.id, "archive")
    assert archive is not None
    ids = [row.id for row in rows[:3]]
    wants = [
        post(desk, MarkFlags(placements=(ids[0],), add=("flagged", "Urgent"))),
        post(desk, Move(placements=(ids[1],), folder=archive)),
        post(desk, Copy(placements=(ids[0],), folder=archive)),
        post(desk, Delete(placements=(ids[2],))),
    ]
    box.sync_now()
    assert [state_of(desk, want) for want in wants] == ["done"] * 4
    (row,) = desk.view.rows_of([ids[0]])
    assert "Urgent" in row.keywords
    (moved,) = desk.view.rows_of([ids[1]])
    assert (moved.folder, moved.pending) == (archive, False)


def test_a_letter_from_one_to_the_other(boxes: list[tuple[Desk, Mailbox]]) -> None:
    (sender, outbox), (receiver, inbox) = boxes
    outbox.sync_now()
    inbox.sync_now()
    raw = message(4242 if sender.account.imap.security == "tls" else 4243, subject="Une lettre").replace(
        b"essai@exemple.fr", sender.account.address.encode()
    )
    want = post_send(sender, raw, [receiver.account.address])
    outbox.sync_now()
    assert state_of(sender, want) == "done"
    folder = folder_with_role(receiver.view, receiver.account.id, "inbox")
    assert folder is not None

    def arrived() -> bool:
        inbox.sync_now()
        return any(row.subject == "Une lettre" for row in receiver.view.rows(folder, 0, 5))

    until(arrived)
    sent = folder_with_role(sender.view, sender.account.id, "sent")
    assert sent is not None
    assert [row.subject for row in sender.view.rows(sent, 0, 1)] == ["Une lettre"]
