"""The lines about readers and cards, with a virtual card behind a real card service. No PIN is ever shown."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from mssclient.access.card import scard
from mssclient.access.card.problems import no_library, no_service
from mssclient.access.card.readers import Watch
from mssclient.engine.diagnosis import card
from mssclient.engine.diagnosis.world import World
from mssclient.model.cards import CardEvent, CardInserted, CardState
from mssclient.model.diagnosis import Check
from tests.badinput.practice import faults_of
from tests.planted import assert_no_secret, seed_secret
from tests.servers import Authority, CardService, Identity, Reader, VirtualCard

NOW = datetime.now(UTC)
NUMBER = seed_secret("899700004321")
SURNAME = seed_secret("DELACARTE")


def told(authority: Authority | None = None, *, needed: bool = True, module: str = "") -> dict[str, Check]:
    """The lines by check; each in French, none of them naming the holder."""
    anchors = (authority.identity.certificate_der,) if authority is not None else None
    checks = list(card.check(World(card_anchors=anchors), needed=needed, module=module))
    for each in checks:
        assert not faults_of(each.sentence), (each.sentence, faults_of(each.sentence))
        if each.state in ("warn", "fail"):
            assert not faults_of(each.remedy), (each.remedy, faults_of(each.remedy))
            assert each.code
        assert_no_secret(str(each), "a line about a card")
    return {each.check: each for each in checks}


@pytest.fixture
def insert(
    card_service: CardService, readers: tuple[Reader, ...]
) -> Iterator[Callable[[VirtualCard], VirtualCard]]:
    here = threading.Event()

    def heard(event: CardEvent) -> None:
        if isinstance(event, CardInserted):
            here.set()

    watch = Watch(heard)
    watch.start()

    def put(one: VirtualCard) -> VirtualCard:
        readers[0].insert(one)
        assert here.wait(15), "the card was not noticed"
        return one

    yield put
    watch.stop()


def holder(authority: Authority, days: int = 400) -> Identity:
    """Its certificate ends in so many days; an authority is believed about what it signed in its own time."""
    begin = NOW - timedelta(days=1000) if days < 0 else None
    return authority.professional(NUMBER, SURNAME, begin=begin, end=NOW + timedelta(days=days, hours=1))


@pytest.mark.servers
@pytest.mark.parametrize("kind", ["CPS3", "CPS4"])
def test_a_card_in_order(kind: str, insert, authority: Authority) -> None:
    one = insert(VirtualCard(kind, holder(authority)))  # type: ignore[arg-type]
    lines = told(authority)
    assert {name: each.state for name, each in lines.items()} == {
        "middleware": "ok",
        "service": "ok",
        "reader": "ok",
        "card": "ok",
        "pin": "ok",
        "certificate": "ok",
    }
    assert kind in lines["card"].sentence
    assert "3 essais" in lines["pin"].sentence
    assert "400 jours" in lines["certificate"].sentence
    assert one.counts["verify"] == 0
    assert one.tries == 3


@pytest.mark.servers
def test_tries_and_dates_are_told(insert, authority: Authority) -> None:
    one = insert(VirtualCard("CPS3", holder(authority, 12)))
    lines = told(authority)
    assert (lines["certificate"].state, lines["certificate"].code) == ("warn", "card-ends-soon")
    one.tries = 1
    assert (told(authority)["pin"].state, told(authority)["pin"].code) == ("warn", "pin-last-try")
    one.tries = 0
    assert (told(authority)["pin"].state, told(authority)["pin"].code) == ("fail", "pin-blocked")
    assert told(authority, needed=False)["pin"].state == "warn", "no BAL needs it"
    assert one.counts["verify"] == 0


@pytest.mark.servers
def test_an_expired_card_and_a_foreign_one(insert, authority: Authority) -> None:
    insert(VirtualCard("CPS3", holder(authority, -2)))
    line = told(authority)["certificate"]
    assert (line.state, line.code) == ("fail", "card-certificate-expired")


@pytest.mark.servers
def test_a_card_of_no_known_authority(insert, authority: Authority) -> None:
    insert(VirtualCard("CPS3", holder(authority)))
    line = told()["certificate"]
    assert (line.state, line.code) == ("warn", "card-not-igc-sante")


@pytest.mark.servers
def test_no_card_in_the_reader(readers: tuple[Reader, ...]) -> None:
    assert told()["card"].code == "card-absent"
    assert told(needed=False)["card"].state == "skip"


# -- where there is nothing: what the system would say is given ---------------------------------------------


def nothing_there(monkeypatch: pytest.MonkeyPatch, look: Callable[[], list[CardState]]) -> None:
    monkeypatch.setattr(card, "_look", look)


def raises(error: Exception) -> Callable[[], list[CardState]]:
    def look() -> list[CardState]:
        raise error

    return look


def test_no_service_is_named_when_a_bal_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing_there(monkeypatch, raises(no_service()))
    assert told()["service"].code == "card-no-service"
    (only,) = told(needed=False).values()
    assert only.state == "skip"


def test_no_library_is_named_when_a_bal_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing_there(monkeypatch, raises(no_library()))
    monkeypatch.setattr(scard, "available", lambda: False)
    lines = told()
    assert lines["library"].code == lines["middleware"].code == "card-no-library"
    assert [each.state for each in told(needed=False).values()] == ["skip"]


def test_no_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing_there(monkeypatch, list)
    assert told()["reader"].code == "card-no-reader"
    assert [each.state for each in told(needed=False).values()] == ["skip"]


def test_a_mute_card(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing_there(monkeypatch, lambda: [CardState(reader="r", present=True, mute=True)])
    assert told()["card"].code == "card-mute"


def test_a_module_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing_there(monkeypatch, lambda: [CardState(reader="r")])
    assert told(module="/nulle/part/libcps.so")["middleware"].code == "card-no-library"
