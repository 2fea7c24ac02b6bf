"""What parts of the engine need of a desk, over a real store; a test adds what else its part asks for."""

import contextlib
from typing import Any

from mssclient.model.accounts import Account
from mssclient.model.ids import AccountId
from mssclient.store import journal
from mssclient.store.store import Priority, Store
from mssclient.store.view import View

__all__ = ["SendingDesk", "StoreDesk"]


class StoreDesk:
    def __init__(self, store: Store) -> None:
        self.store = store

    def reading(self) -> contextlib.closing[View]:
        return contextlib.closing(self.store.view())


class SendingDesk(StoreDesk):
    def account(self, account: AccountId) -> Account:
        with self.reading() as view:
            return next(one for one in view.accounts() if one.id == account)

    def wake(self, account: AccountId) -> None:
        pass

    def entry(self, want_id: str) -> journal.JournalEntry:
        with self.reading() as view:
            found = journal.want(view, want_id)
        assert found is not None
        return found

    def do(self, work: Any) -> Any:
        return self.store.write(Priority.PERSON, work)
