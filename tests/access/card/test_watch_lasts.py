"""The watch on cards outlives what nobody foresaw: without it a pulled card locks nothing."""

import queue
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from mssclient.access.card import readers, scard
from mssclient.access.card.readers import Watch
from mssclient.access.card.scard import Context, ReaderStatus
from mssclient.model.cards import (
    CardEvent,
    CardInserted,
    CardServiceBack,
    CardServiceLost,
    ReaderAdded,
    ReaderRemoved,
)
from tests.conftest import Noise
from tests.refusals import refusal_of

CARD = ReaderStatus("Lecteur", 1 << 16, bytes(2), known=True, present=True, mute=False, exclusive=False)


class Service:
    """Tells of one card, fails in a way of its own, tells of it again, then nothing more."""

    def __init__(self) -> None:
        self.waits: queue.SimpleQueue[Callable[[], list[ReaderStatus] | None]] = queue.SimpleQueue()
        for each in (self.card, self.fail, self.card):
            self.waits.put(each)

    def __call__(self) -> "Service":
        return self

    def readers(self) -> list[str]:
        return ["Lecteur"]

    def wait(self, known: dict[str, int], readers: int, timeout_ms: int) -> list[ReaderStatus] | None:
        return self.waits.get(timeout=10)()

    def cancel(self) -> None:
        self.waits.put(lambda: None)

    def release(self) -> None:
        pass

    @staticmethod
    def card() -> list[ReaderStatus]:
        return [CARD]

    @staticmethod
    def fail() -> list[ReaderStatus]:
        raise SystemError("returned a result with an exception set")


def test_after_an_unforeseen_failure_cards_count_as_gone_and_are_seen_again(
    monkeypatch: pytest.MonkeyPatch, noise: Noise
) -> None:
    noise.expect(r"readers: the card watch failed .SystemError")
    monkeypatch.setattr(readers, "Context", Service())
    monkeypatch.setattr(readers, "_SERVICE_ABSENT_S", 0.01)
    heard: queue.SimpleQueue[CardEvent] = queue.SimpleQueue()
    watch = Watch(heard.put)
    watch.start()
    try:
        kinds = [type(heard.get(timeout=10)) for _each in range(7)]
    finally:
        watch.stop()
    again = [ReaderAdded, CardInserted]
    assert kinds == [*again, ReaderRemoved, CardServiceLost, CardServiceBack, *again]


def test_a_service_that_hangs_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    heard: queue.SimpleQueue[CardEvent] = queue.SimpleQueue()

    def hang() -> list[ReaderStatus]:
        released.wait(30)
        return [CARD]

    service = Service()
    service.waits = queue.SimpleQueue()
    service.waits.put(hang)
    monkeypatch.setattr(readers, "Context", service)
    watch = Watch(heard.put)
    watch.start()
    begun = time.monotonic()
    watch.stop(within_s=0.2)
    assert time.monotonic() - begun < 5
    released.set()
    watch.stop()
    assert heard.empty()  # nothing is told to who has gone


def test_a_reader_whose_name_is_no_utf8_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """pyscard 2.3 with a real pcscd and a reader called « Lecteur® » in Latin-1 raises this."""

    class Library:
        SCARD_SCOPE_USER = SCARD_S_SUCCESS = 0

        def SCardEstablishContext(self, scope: int) -> tuple[int, int]:
            return 0, 1

        def SCardListReaders(self, context: int, groups: list[str]) -> Any:
            try:
                b"Lecteur\xae".decode()
            except UnicodeDecodeError as error:
                raise SystemError("returned a result with an exception set") from error

    monkeypatch.setattr(scard, "_library", Library)
    assert refusal_of(Context().readers).code == "card-reader-name"
