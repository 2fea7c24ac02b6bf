"""Changes: the ids of what is different now, and the progress of long work."""

from mssclient.model.accounts import AccountState
from mssclient.model.ids import AccountId, FolderId, MessageId
from mssclient.model.records import Record

__all__ = ["Changed", "Opened", "Progress", "merge_changes"]

_TOO_MANY = 5000
"""Ids in one change; past it the reader is told to reload everything."""


class Changed(Record, frozen=True, kw_only=True):
    """What is different in the store. Empty tuples mean "not this"; ``everything`` means reload."""

    folders: tuple[FolderId, ...] = ()
    """Their rows or counts changed."""
    messages: tuple[MessageId, ...] = ()
    """Body, verdict or documents of these changed."""
    accounts: tuple[AccountId, ...] = ()
    aspects: tuple[str, ...] = ()
    """"folders" (the tree), "accounts", "outbox", "wants", "drafts", "settings", "trust", "cards" (readers
    and what is in them)."""
    states: tuple[AccountState, ...] = ()
    wanted: tuple[AccountId, ...] = ()
    """These were given a want to carry out: their couriers are woken by it."""
    new_messages: int = 0
    """Arrived in an inbox, for a notification."""
    everything: bool = False


def merge_changes(older: Changed, newer: Changed) -> Changed:
    """One change that says what both say; the newer state of an account wins. Overflow means reload."""
    states = {state.account: state for state in (*older.states, *newer.states)}
    folders = tuple(dict.fromkeys((*older.folders, *newer.folders)))
    messages = tuple(dict.fromkeys((*older.messages, *newer.messages)))
    aspects = tuple(dict.fromkeys((*older.aspects, *newer.aspects)))
    everything = older.everything or newer.everything or len(messages) > _TOO_MANY
    return Changed(
        folders=() if everything else folders,
        messages=() if everything else messages,
        accounts=tuple(dict.fromkeys((*older.accounts, *newer.accounts))),
        aspects=aspects,
        states=tuple(states.values()),
        wanted=tuple(dict.fromkeys((*older.wanted, *newer.wanted))),
        new_messages=older.new_messages + newer.new_messages,
        everything=everything,
    )


class Progress(Record, frozen=True, kw_only=True):
    """Of a want or question, by its id."""

    id: str
    done: int
    total: int
    """0 while unknown."""
    sentence: str = ""


class Opened(Record, frozen=True, kw_only=True):
    """The store is open: the window may open its read-only view."""

    schema: int
    key: bytes
    """The raw 256-bit key of the store; kept in memory only."""
    path: str
    demo: bool = False

    def __repr__(self) -> str:
        return f"Opened(schema={self.schema})"
