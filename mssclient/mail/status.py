"""How an account is doing, told to the engine; little more often than a person can read."""

import threading
import time
from collections.abc import Callable

import msgspec

from mssclient.model.accounts import AccountState
from mssclient.model.errors import Problem
from mssclient.model.ids import AccountId

__all__ = ["Status"]

_PROGRESS_EVERY_S = 0.25


class Status:
    """Any thread. ``on_state`` is called on the thread that reports; it must not wait."""

    def __init__(self, account: AccountId, on_state: Callable[[AccountState], None]) -> None:
        self._on_state = on_state
        self._guard = threading.Lock()
        self._state = AccountState(account=account)
        self._told_at = 0.0

    @property
    def now(self) -> AccountState:
        with self._guard:
            return self._state

    def say(
        self, state: str, problem: Problem | None = None, *, synced: bool = False, notice: str | None = None
    ) -> None:
        """ "offline", "connecting", "syncing", "online" or "refused". ``notice`` None: as it was."""
        with self._guard:
            new = msgspec.structs.replace(self._state, state=state, problem=problem)
            if synced:
                new = msgspec.structs.replace(new, last_sync_utc=int(time.time()))
            if notice is not None:
                new = msgspec.structs.replace(new, notice=notice)
            if new == self._state:
                return
            self._state = new
            self._told_at = time.monotonic()
        self._on_state(new)

    def progress(self, done: int, todo: int) -> None:
        """Bodies fetched since the beginning of this stretch, and still to fetch."""
        with self._guard:
            new = msgspec.structs.replace(self._state, done_messages=done, todo_messages=todo)
            # The last one is always told: nothing must look unfinished for ever.
            early = todo and time.monotonic() - self._told_at < _PROGRESS_EVERY_S
            if new == self._state or early:
                return
            self._state = new
            self._told_at = time.monotonic()
        self._on_state(new)
