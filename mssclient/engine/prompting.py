"""Prompts: the engine asks, the windows are shown the question, the first answer counts.

Some are only shown: the two digits of a telephone, a page opened in the browser. They end by themselves and
are then withdrawn; the person may cancel them before.
"""

import threading
from collections.abc import Callable

from mssclient.engine import wire
from mssclient.engine.peers import Peer
from mssclient.engine.tickets import Ticket
from mssclient.model.prompts import Prompt, PromptAnswer

__all__ = ["Prompting"]

OnAnswer = Callable[[PromptAnswer], None]


class Prompting:
    """``ask`` blocks the thread that needs the answer; the other methods return at once. Any thread."""

    def __init__(
        self,
        windows: Callable[[], list[Peer]] | None,
        here: Callable[[Prompt], PromptAnswer] | None = None,
        say: Callable[[Prompt], None] | None = None,
    ) -> None:
        """``here`` answers in this process instead of ``windows``; ``say`` shows what ends by itself."""
        self._windows = windows
        self._here = here
        self._say = say
        self._guard = threading.Condition()
        self._open: dict[str, Prompt] = {}
        self._answers: dict[str, PromptAnswer] = {}
        self._shown: dict[str, OnAnswer] = {}
        self._closed = False

    def ask(self, prompt: Prompt, ticket: Ticket | None = None) -> PromptAnswer:
        """Wait for a window (the first one may still be starting) and for its answer.

        Not accepted when the person declines, when the last window goes, when it is withdrawn, or when
        there is nobody to ask. Withdrawn when ``ticket`` is cancelled, which raises WorldError cancelled.
        """
        if self._here is not None:
            answer = self._here(prompt)
        elif self._put(prompt):
            answer = self._wait(prompt, ticket)
        else:
            answer = PromptAnswer(prompt=prompt.id, accepted=False)
        if ticket is not None:
            ticket.check()
        return answer

    def show(self, prompt: Prompt, answered: OnAnswer) -> bool:
        """Show it until :meth:`withdraw`. ``answered`` hears every answer, on a thread that must not wait.

        False when there is nobody to show it to.
        """
        if self._say is not None:
            self._say(prompt)
            return True
        return self._put(prompt, answered)

    def _put(self, prompt: Prompt, answered: OnAnswer | None = None) -> bool:
        with self._guard:
            if self._closed or self._windows is None:
                return False
            self._open[prompt.id] = prompt
            if answered is not None:
                self._shown[prompt.id] = answered
        self._tell(wire.Prompted(prompt=prompt))
        return True

    def _wait(self, prompt: Prompt, ticket: Ticket | None) -> PromptAnswer:
        if ticket is not None:  # only now, when there is something to withdraw
            ticket.interruptible(lambda: self.withdraw(prompt.id))
        try:
            with self._guard:
                while prompt.id not in self._answers:
                    self._guard.wait()
                self._open.pop(prompt.id, None)
                return self._answers.pop(prompt.id)
        finally:
            if ticket is not None:
                ticket.interruptible(None)

    def withdraw(self, prompt_id: str) -> None:
        """Nobody need answer it any more; whoever waits for its answer goes on as if it was declined."""
        with self._guard:
            prompt = self._open.get(prompt_id)
            if prompt is None:
                return
            if self._shown.pop(prompt_id, None) is not None:
                del self._open[prompt_id]
            else:
                self._answers.setdefault(prompt_id, PromptAnswer(prompt=prompt.id, accepted=False))
                self._guard.notify_all()
        self._tell(wire.Withdrawn(prompt=prompt.id))

    def answered(self, answer: PromptAnswer) -> None:
        """An answer to a prompt that is not open any more is forgotten."""
        with self._guard:
            if answer.prompt not in self._open:
                return
            heard = self._shown.get(answer.prompt)
            if heard is None:
                if answer.prompt in self._answers:
                    return
                self._answers[answer.prompt] = answer
                self._guard.notify_all()
        if heard is not None:
            heard(answer)
        elif self._windows is not None and len(self._windows()) > 1:
            self._tell(wire.Withdrawn(prompt=answer.prompt))

    def arrived(self, peer: Peer) -> None:
        """A window that starts later is asked too."""
        with self._guard:
            prompts = [prompt for id, prompt in self._open.items() if id not in self._answers]
        for prompt in prompts:
            peer.send(wire.Prompted(prompt=prompt))

    def give_up(self) -> None:
        """Decline all that is open now: the last window went, or the store is being locked."""
        with self._guard:
            prompts = list(self._open.values())
            shown = [(prompt.id, self._shown[prompt.id]) for prompt in prompts if prompt.id in self._shown]
        for id, heard in shown:
            heard(PromptAnswer(prompt=id, accepted=False))
        for prompt in prompts:
            self.withdraw(prompt.id)

    def close(self) -> None:
        """Decline all that is open and all that is asked later."""
        with self._guard:
            self._closed = True
        self.give_up()

    def _tell(self, frame: wire.FromEngine) -> None:
        for peer in self._windows() if self._windows is not None else ():
            peer.send(frame)
