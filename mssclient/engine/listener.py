"""What whoever holds a client is told by it."""

from typing import Protocol

from mssclient.model.changes import Changed, Opened, Progress
from mssclient.model.errors import Problem
from mssclient.model.ids import PromptId
from mssclient.model.prompts import Prompt
from mssclient.model.questions import ANY_ANSWER

__all__ = ["Listener"]


class Listener(Protocol):
    """What a client is told. Every method is called on the client's reader thread: return quickly."""

    def opened(self, opened: Opened) -> None:
        """The store can be read: ``client.view()`` works. Again after an unlock."""

    def locking(self) -> None:
        """The store is about to be locked: show nothing any more, keep what is being written, then call
        ``client.lock()``."""

    def locked(self) -> None:
        """Close every view and clear what was shown. ``client.unlock()`` asks to open again."""

    def announced(self, messages: int) -> None:
        """After ``locked``: so many messages came since; 0 says that they will be announced."""

    def failed(self, problem: Problem) -> None:
        """The store cannot be opened, or no engine can be started. ``client.unlock()`` tries again."""

    def changed(self, changed: Changed) -> None: ...

    def acknowledged(self, want_id: str) -> None:
        """The want is written down (or done, for those that are not journalled)."""

    def ended(self, want_id: str, outcome: ANY_ANSWER | Problem) -> None:
        """Of every want that is not journalled, of Submit when frozen, and of any that was refused."""

    def answered(self, question_id: str, outcome: ANY_ANSWER | Problem) -> None: ...

    def progress(self, progress: Progress) -> None: ...

    def prompted(self, prompt: Prompt) -> None:
        """Answer once, with ``client.answer``."""

    def withdrawn(self, prompt: PromptId) -> None:
        """This prompt is over: it was answered elsewhere, or what it waited for has happened."""

    def engine_lost(self, restarting: bool) -> None:
        """The engine died. Not restarting: read-only until ``client.unlock()``."""

    def engine_back(self) -> None:
        """After ``engine_lost``; reload everything."""

    def raised(self, argument: str) -> None:
        """A second start wants this window in front, with a mailto: or a file to open."""
