"""A listener that remembers what the client was told, to wait for it."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mssclient.engine.client import Client, Listener
from mssclient.model.changes import Changed, Opened, Progress
from mssclient.model.errors import Problem
from mssclient.model.ids import PromptId
from mssclient.model.prompts import Prompt, PromptAnswer
from mssclient.model.questions import ANY_ANSWER, ANY_QUESTION
from mssclient.model.secrets import Secret
from mssclient.model.wants import ANY_WANT

__all__ = ["PASSPHRASE", "Ear", "client_of"]

PASSPHRASE = "phrase inventee pour les tests"
LIMIT_S = 60.0


class Ear(Listener):
    """``heard`` is a list of (name, value); ``wait`` blocks until something was heard."""

    def __init__(self, passphrase: str | None = PASSPHRASE) -> None:
        self.heard: list[tuple[str, Any]] = []
        self.client: Client | None = None
        self._passphrase = passphrase
        self._changed = threading.Condition()

    def _note(self, name: str, value: Any = None) -> None:
        with self._changed:
            self.heard.append((name, value))
            self._changed.notify_all()

    def opened(self, opened: Opened) -> None:
        self._note("opened", opened)

    def locked(self) -> None:
        self._note("locked")

    def announced(self, messages: int) -> None:
        self._note("announced", messages)

    def failed(self, problem: Problem) -> None:
        self._note("failed", problem)

    def changed(self, changed: Changed) -> None:
        self._note("changed", changed)

    def acknowledged(self, want_id: str) -> None:
        self._note("acknowledged", want_id)

    def ended(self, want_id: str, outcome: ANY_ANSWER | Problem) -> None:
        self._note("ended", (want_id, outcome))

    def answered(self, question_id: str, outcome: ANY_ANSWER | Problem) -> None:
        self._note("answered", (question_id, outcome))

    def progress(self, progress: Progress) -> None:
        self._note("progress", progress)

    def prompted(self, prompt: Prompt) -> None:
        self._note("prompted", prompt)
        if self._passphrase is not None and self.client is not None:
            self.reply(prompt.id, self._passphrase)

    def withdrawn(self, prompt: PromptId) -> None:
        self._note("withdrawn", prompt)

    def reply(self, prompt: PromptId, passphrase: str) -> None:
        assert self.client is not None
        self.client.answer(PromptAnswer(prompt=prompt, secret=Secret(passphrase)))

    def engine_lost(self, restarting: bool) -> None:
        self._note("engine_lost", restarting)

    def engine_back(self) -> None:
        self._note("engine_back")

    def raised(self, argument: str) -> None:
        self._note("raised", argument)

    def wait(self, name: str, fits: Callable[[Any], bool] = lambda value: True, count: int = 1) -> Any:
        """The value of the ``count``-th thing heard of that name that fits."""
        limit = time.monotonic() + LIMIT_S
        with self._changed:
            while True:
                found = [value for heard, value in self.heard if heard == name and fits(value)]
                if len(found) >= count:
                    return found[count - 1]
                left = limit - time.monotonic()
                if left <= 0:
                    told = [(one, v.code if isinstance(v, Problem) else "") for one, v in self.heard]
                    raise AssertionError(f"never heard {name}; heard {told}")
                self._changed.wait(left)

    def pin_asked(self, count: int = 1) -> Prompt:
        """The ``count``-th prompt for a PIN."""
        return self.wait("prompted", lambda prompt: prompt.kind == "pin", count)

    def times(self, name: str, fits: Callable[[Any], bool] = lambda value: True) -> int:
        with self._changed:
            return sum(heard == name and fits(value) for heard, value in self.heard)

    def ask(self, question: ANY_QUESTION) -> Any:
        assert self.client is not None
        id = self.client.ask(question)
        return self.wait("answered", lambda pair: pair[0] == id)[1]

    def close(self) -> None:
        """Close the client; an engine in this process ends with it."""
        assert self.client is not None
        self.client.close()

    def do(self, want: ANY_WANT) -> Any:
        """Post and wait for the end."""
        assert self.client is not None
        id = self.client.post(want)
        return self.wait("ended", lambda pair: pair[0] == id)[1]


def client_of(folder: Path, ear: Ear, **options: Any) -> Client:
    """A started client of an ordinary profile (passphrase: there is no keyring here)."""
    from mssclient.engine.client import Profile

    ear.client = Client(Profile(folder), ear, **options)
    ear.client.start()
    return ear.client
