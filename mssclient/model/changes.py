"""Changes: the ids of what is different now, and the progress of long work."""

from mssclient.model.accounts import AccountState
from mssclient.model.ids import AccountId, FolderId, MessageId
from mssclient.model.records import Record

__all__ = ["Changed", "Opened", "Progress"]


class Changed(Record, frozen=True, kw_only=True):
    """What is different in the store. Empty tuples mean "not this"; ``everything`` means reload."""

    folders: tuple[FolderId, ...] = ()
    """Their rows or counts changed."""
    messages: tuple[MessageId, ...] = ()
    """Body, verdict or documents of these changed."""
    accounts: tuple[AccountId, ...] = ()
    aspects: tuple[str, ...] = ()
    """"folders" (the tree), "accounts", "outbox", "wants", "drafts", "settings", "trust"."""
    states: tuple[AccountState, ...] = ()
    new_messages: int = 0
    """Arrived in an inbox, for a notification."""
    everything: bool = False


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
