"""Prompts: the engine asks, the windows are shown the question, the first answer counts."""

import threading
from collections.abc import Callable

from mssclient.engine import wire
from mssclient.engine.peers import Peer
from mssclient.model.prompts import Prompt, PromptAnswer

__all__ = ["Prompting"]


class Prompting:
    """``ask`` blocks the thread that needs the answer; the other methods return at once."""

    def __init__(self, windows: Callable[[], list[Peer]]) -> None:
        self._windows = windows
        self._guard = threading.Condition()
        self._open: dict[str, Prompt] = {}
        self._answers: dict[str, PromptAnswer] = {}
        self._given_up = False

    def ask(self, prompt: Prompt) -> PromptAnswer:
        """Wait for a window (the first one may still be starting) and for its answer.

        Not accepted when the person declines, or when the last window goes.
        """
        with self._guard:
            self._given_up = False
            self._open[prompt.id] = prompt
        for peer in self._windows():
            peer.send(wire.Prompted(prompt=prompt))
        with self._guard:
            while prompt.id not in self._answers and not self._given_up:
                self._guard.wait()
            self._open.pop(prompt.id, None)
            return self._answers.pop(prompt.id, PromptAnswer(prompt=prompt.id, accepted=False))

    def answered(self, answer: PromptAnswer) -> None:
        """An answer to a prompt that is not open any more is forgotten."""
        with self._guard:
            if answer.prompt in self._open and answer.prompt not in self._answers:
                self._answers[answer.prompt] = answer
                self._guard.notify_all()

    def arrived(self, peer: Peer) -> None:
        """A window that starts later is asked too."""
        with self._guard:
            prompts = list(self._open.values())
        for prompt in prompts:
            peer.send(wire.Prompted(prompt=prompt))

    def give_up(self) -> None:
        with self._guard:
            self._given_up = True
            self._guard.notify_all()
