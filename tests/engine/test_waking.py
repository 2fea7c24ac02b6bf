"""A want is carried out at once, whoever wrote it down."""

import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mssclient.engine.desk import Desk
from mssclient.mail.annotating import Annotators
from mssclient.mail.connector import Connector
from mssclient.mail.courier import Courier
from mssclient.mail.kinds.submit import record_submitted
from mssclient.mail.status import Status
from mssclient.mail.workers import CourierThread
from mssclient.model.accounts import Account
from mssclient.model.errors import WorldError
from mssclient.model.ids import FolderId
from mssclient.model.wants import Submit
from mssclient.store import journal, outbox
from mssclient.store.placements import add_incoming
from mssclient.store.profile import Profile
from mssclient.store.store import Priority, Store
from mssclient.store.transaction import Transaction
from tests.store.made import KEY, annotation, furnish, incoming

WAIT_S = 20.0
"""Far less than the 240 s after which a courier looks by itself."""


class Dozing(CourierThread):
    """A courier's real thread that says when it goes to sleep, and when it wants a connection."""

    def __init__(self, account: Account, store: Store) -> None:
        self.asleep, self.busy = threading.Event(), threading.Event()

        def refuse() -> Any:
            self.busy.set()
            raise WorldError("host-unreachable", "Le serveur ne répond pas.", "Réessayez.")

        annotators = Annotators(lambda raw: annotation(), lambda raw, octets: annotation())
        courier = Courier(account, store, annotators, Connector(account, refuse))
        super().__init__("test", courier, Status(account.id, lambda state: None), lambda: None)

    def pause(self, seconds: float) -> bool:
        self.asleep.set()
        return super().pause(seconds)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "store.db", KEY)
    yield opened
    opened.close()


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Iterator[Desk]:
    engine: Any = SimpleNamespace(profile=Profile(tmp_path), passwords={}, publish=lambda changed: None)
    made = Desk(engine, store)
    yield made
    made.close(2.0)


def test_an_answer_from_one_bal_wakes_the_courier_of_the_other(store: Store, desk: Desk) -> None:
    sender, _folders = furnish(store, "a@x.mssante.fr")
    receiver, folders = furnish(store, "b@x.mssante.fr")
    inbox: FolderId = folders["INBOX"]
    [answered] = store.write(Priority.NEWS, lambda tx: add_incoming(tx, inbox, [incoming(1)]))

    def send(tx: Transaction) -> None:
        journal.append_want(tx, "s", Submit(account=sender, raw=b"x"), sender)
        outbox.freeze(tx, "s", sender, b"x", "<s@x>", "a@x", ["b@x"], "", None)
        journal.set_phase(tx, "s", "prepared", answers=str(answered), action="reply")

    store.write(Priority.PERSON, send)
    with desk.reading() as view:
        account = view.account(receiver)
        entry, frozen = journal.want(view, "s"), outbox.frozen(view, "s")
    assert account is not None
    assert entry is not None
    assert frozen is not None
    courier = Dozing(account, store)
    courier.start()
    try:
        assert courier.asleep.wait(WAIT_S)
        assert not courier.busy.is_set()
        box: Any = SimpleNamespace(wake=courier.wake, stop=lambda timeout: None)
        desk.mailboxes[receiver] = box
        # As the courier of the sending BAL does when the operator has taken the message.
        store.write(Priority.PERSON, lambda tx: record_submitted(tx, entry, frozen, None, annotation(2)))
        assert courier.busy.wait(WAIT_S)
    finally:
        courier.stop()
        assert courier.join(WAIT_S)
