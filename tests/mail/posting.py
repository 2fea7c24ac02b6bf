"""Wants as the engine writes them down, and waiting for what becomes of them."""

import time
from collections.abc import Callable

from mssclient.model.ids import new_id
from mssclient.model.wants import Append, Submit, Want
from mssclient.store import effects, journal, outbox
from mssclient.store.store import Priority
from mssclient.store.transaction import Transaction
from tests.mail.accounts import Desk, annotate, field

__all__ = ["post", "post_send", "state_of", "until"]


def post(desk: Desk, want: Want) -> str:
    want_id = new_id()

    def work(tx: Transaction) -> None:
        journal.append_want(tx, want_id, want, desk.account.id)
        effects.apply_local(tx, want_id, want, annotate(want.raw) if isinstance(want, Append) else None)

    desk.store.write(Priority.PERSON, work)
    return want_id


def post_send(desk: Desk, raw: bytes, recipients: list[str]) -> str:
    want_id = new_id()

    def work(tx: Transaction) -> None:
        journal.append_want(tx, want_id, Submit(account=desk.account.id), desk.account.id)
        outbox.freeze(
            tx, want_id, desk.account.id, raw, field(raw, "Message-ID"), desk.user, recipients, "essai", None
        )

    desk.store.write(Priority.PERSON, work)
    return want_id


def state_of(desk: Desk, want_id: str) -> str:
    entry = journal.want(desk.view, want_id)
    assert entry is not None
    return entry.state + (f" {entry.problem.code}" if entry.problem else "")


def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "it did not happen in time"
        time.sleep(0.01)
