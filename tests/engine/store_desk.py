"""What parts of the engine need of a desk, over a real store; a test adds what else its part asks for."""

import contextlib

from mssclient.store.store import Store
from mssclient.store.view import View

__all__ = ["StoreDesk"]


class StoreDesk:
    def __init__(self, store: Store) -> None:
        self.store = store

    def reading(self) -> contextlib.closing[View]:
        return contextlib.closing(self.store.view())
