"""What a piece of work on the writer thread is given: the write connection, and a place to note changes."""

from typing import NamedTuple

import apsw

from mssclient.model.changes import Changed
from mssclient.model.ids import AccountId, FolderId, MessageId
from mssclient.model.messages import Annotation

__all__ = ["Transaction", "Words"]


class Words(NamedTuple):
    """What the search index is to hold under one docid."""

    annotation: Annotation
    again: bool
    """In place of what is there."""


class Transaction:
    """The write connection for the time of one ``work``, and what it changed. Writer thread only."""

    __slots__ = (
        "_accounts",
        "_aspects",
        "_folders",
        "_messages",
        "_new_messages",
        "_wanted",
        "connection",
        "words",
    )

    def __init__(self, connection: apsw.Connection) -> None:
        self.connection = connection
        self.words: dict[int, Words] = {}
        """docid → words; Store writes them into the index before the commit, all in one ascending turn."""
        self._folders: set[int] = set()
        self._messages: set[int] = set()
        self._accounts: set[int] = set()
        self._aspects: set[str] = set()
        self._wanted: set[int] = set()
        self._new_messages = 0

    def touch(
        self,
        *,
        folder: int | None = None,
        message: int | None = None,
        account: int | None = None,
        aspect: str | None = None,
        wanted: int | None = None,
        new_messages: int = 0,
    ) -> None:
        """Note what is different now; one Changed is published after the commit.

        ``wanted``: an account that has something to carry out.
        """
        if folder is not None:
            self._folders.add(folder)
        if message is not None:
            self._messages.add(message)
        if account is not None:
            self._accounts.add(account)
        if aspect is not None:
            self._aspects.add(aspect)
        if wanted is not None:
            self._wanted.add(wanted)
        self._new_messages += new_messages

    @property
    def changed(self) -> Changed | None:
        changed = Changed(
            folders=tuple(FolderId(folder) for folder in sorted(self._folders)),
            messages=tuple(MessageId(message) for message in sorted(self._messages)),
            accounts=tuple(AccountId(account) for account in sorted(self._accounts)),
            aspects=tuple(sorted(self._aspects)),
            wanted=tuple(AccountId(account) for account in sorted(self._wanted)),
            new_messages=self._new_messages,
        )
        return changed if changed != Changed() else None
