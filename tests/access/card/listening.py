"""What the tests of cards share: an ear for the watch, a PIN, a rude second program."""

import queue
import time

from mssclient.access.card import scard
from mssclient.access.card.readers import Watch
from mssclient.model.cards import CardEvent

PIN = "7391"
DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420") + bytes(range(32))


def pin() -> bytearray:
    return bytearray(PIN.encode())


class Ear:
    """Hears a watch; waits for what a test wants to hear."""

    def __init__(self) -> None:
        self._events: queue.SimpleQueue[tuple[float, CardEvent]] = queue.SimpleQueue()
        self.watch = Watch(lambda event: self._events.put((time.perf_counter(), event)))

    def next(self, within_s: float = 30) -> CardEvent:
        return self._events.get(timeout=within_s)[1]

    def until(self, kind: type[CardEvent], within_s: float = 30) -> float:
        """When the next event of this kind was told, in seconds of ``perf_counter``."""
        while True:
            at, event = self._events.get(timeout=within_s)
            if isinstance(event, kind):
                return at


def reset_by_another_program() -> None:
    """A second client of the service connects, and lets the card go with a reset."""
    context = scard.Context()
    connection = context.connect("Lecteur 00 00")
    connection.disconnect(reset=True)
    context.release()
