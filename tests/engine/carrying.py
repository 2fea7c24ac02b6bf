"""A person with a card: what the tests of cards and locks share."""

import time
from pathlib import Path

from mssclient.engine.client import Client, Profile
from mssclient.model.accounts import Account
from mssclient.model.prompts import Prompt, PromptAnswer
from mssclient.model.questions import Done
from mssclient.model.secrets import Secret
from tests.engine.ears import PASSPHRASE, Ear
from tests.engine.opening import adding
from tests.engine.processes import leave
from tests.servers import ImapServer

__all__ = ["PIN", "CardEar", "Person"]

PIN = "7391"


class CardEar(Ear):
    """Answers as a window would: a PIN when it is asked for one, and a lock that is announced."""

    def __init__(self) -> None:
        super().__init__()
        self.pins: list[str | None] = []
        """What is typed next, the PIN when empty; None: nothing, the prompt stays open."""
        self.silent = False
        """It does not answer that the store is about to be locked."""
        self.at: dict[str, float] = {}
        """When each kind of thing was last heard, in seconds of ``perf_counter``."""

    def prompted(self, prompt: Prompt) -> None:
        self._note("prompted", prompt)
        assert self.client is not None
        secret: str | None = PASSPHRASE
        if prompt.kind == "pin":
            secret = self.pins.pop(0) if self.pins else PIN
        if secret is not None:
            accepted = bool(secret)
            self.client.answer(PromptAnswer(prompt=prompt.id, accepted=accepted, secret=Secret(secret)))

    def withdrawn(self, prompt: str) -> None:
        self._note("withdrawn", prompt)

    def locking(self) -> None:
        self.at["locking"] = time.perf_counter()
        self._note("locking")
        if not self.silent and self.client is not None:
            self.client.lock()

    def locked(self) -> None:
        self.at["locked"] = time.perf_counter()
        super().locked()


class Person:
    """Somebody's profile and the client that shows it."""

    def __init__(self, folder: Path) -> None:
        self.profile = Profile(folder)
        self.ear = CardEar()
        self.client = self.ear.client = Client(self.profile, self.ear)
        self.client.start()

    def opened(self, count: int = 1) -> None:
        self.ear.wait("opened", count=count)

    def add_card_account(self, operator: ImapServer, address: str) -> Account:
        answer = self.ear.do(adding(operator, address, name="Dr Dominique Perrin", auth="cps"))
        assert isinstance(answer, Done), answer
        assert answer.account is not None
        return answer.account

    def pins_asked(self) -> int:
        return self.ear.times("prompted", lambda prompt: prompt.kind == "pin")

    def stop(self) -> None:
        leave(self.client)


def online(person: Person) -> None:
    """Wait until an account is there and connected."""
    person.ear.wait("changed", lambda changed: any(one.state == "online" for one in changed.states))
