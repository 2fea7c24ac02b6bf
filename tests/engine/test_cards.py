"""A profile that a card opens: a real pcscd, a virtual card, Dovecot with client certificates, an engine of
its own. Pulled, put back, another's card, another person's profile."""

import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mssclient.engine import service
from mssclient.engine.cardaccounts import CardAccounts
from mssclient.engine.client import Client
from mssclient.engine.people import profile_of_card
from mssclient.model.changes import Changed
from mssclient.model.drafts import Draft
from mssclient.model.errors import Problem
from mssclient.model.questions import CardsAnswer, NewDraft, ReadCards, ReadState
from mssclient.model.secrets import Secret
from mssclient.model.wants import KeepDraft, SetSetting
from mssclient.store.persons import read_person
from tests.conftest import Noise
from tests.engine.carrying import PIN, CardEar, Person, online
from tests.engine.ears import PASSPHRASE
from tests.light_keys import keyed
from tests.servers import Authority, CardService, Identity, ImapServer, Reader, VirtualCard
from tests.servers.virtual_card import Kind

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(sys.platform == "win32", reason="pcscd and its virtual reader are for Linux"),
]

NUMBER = "899700000036"
OTHER = "899700000044"


@pytest.fixture(scope="module")
def operator(dovecot: ImapServer) -> ImapServer:
    return dovecot.with_certificates()


@pytest.fixture(scope="module")
def holder(authority: Authority) -> Identity:
    return authority.professional(NUMBER, "PERRIN", "Dominique")


@pytest.fixture
def card(holder: Identity) -> VirtualCard:
    return VirtualCard("CPS3", holder, pin=PIN)


@pytest.fixture
def address(operator: ImapServer, new_user: tuple[str, str]) -> str:
    """The BAL that the holder's card opens."""
    user = next(name for name, known in operator.users.items() if known[0] == new_user[0])
    operator.let_in(NUMBER, user)
    return new_user[0]


@pytest.fixture
def person(home: Path) -> Iterator[Person]:
    made = Person(keyed(home / "p", PASSPHRASE))
    yield made
    made.stop()


@pytest.fixture
def owner(
    person: Person, operator: ImapServer, address: str, readers: tuple[Reader, ...], card: VirtualCard
) -> Person:
    """Their card is in the reader, their BAL is open."""
    readers[0].insert(card)
    person.add_card_account(operator, address)
    online(person)
    person.ear.wait("changed", lambda changed: "cards" in changed.aspects)
    return person


def cards_of(person: Person, fits: Callable[[CardsAnswer], bool]) -> CardsAnswer:
    """Ask after each event until the answer is as wanted."""
    limit = time.monotonic() + 15
    while time.monotonic() < limit:
        heard = person.ear.times("changed", lambda changed: "cards" in changed.aspects)
        answer = person.ear.ask(ReadCards())
        assert isinstance(answer, CardsAnswer), answer
        if fits(answer):
            return answer
        person.ear.wait("changed", lambda changed: "cards" in changed.aspects, count=heard + 1)
    raise AssertionError("never so")


def test_readers_and_certificates_are_told_without_a_pin(
    person: Person, readers: tuple[Reader, ...], card: VirtualCard
) -> None:
    person.opened()
    empty = person.ear.ask(ReadCards())
    assert isinstance(empty, CardsAnswer)
    assert [each.present for each in empty.cards] == [False, False]
    readers[0].insert(card)
    seen = cards_of(person, lambda answer: bool(answer.certificates))
    state = next(each for each in seen.cards if each.present)
    assert (state.generation, state.serial) == ("CPS3", card.number)
    (certificate,) = seen.certificates[state.reader]
    assert (certificate.surname, certificate.national_id) == ("PERRIN", NUMBER)
    readers[0].remove()
    cards_of(person, lambda answer: not any(each.present for each in answer.cards))
    assert card.counts["verify"] == 0
    assert person.pins_asked() == 0


def test_without_a_card_account_the_card_service_is_not_spoken_to(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mssclient.access.card import scard
    from mssclient.engine.client import Client, Profile
    from tests.engine.ears import PASSPHRASE, Ear

    def called(*_: object) -> None:
        raise AssertionError("PC/SC was called")

    monkeypatch.setattr(scard.Context, "__init__", called)
    ear = Ear()
    options: dict[str, object] = {"passphrase": Secret(PASSPHRASE)}
    ear.client = Client(Profile(home / "p"), ear, in_process=True, engine_options=options)
    ear.client.start()
    ear.wait("opened")
    ear.ask(ReadState())
    engine = ear.client._engine
    assert engine is not None
    assert not engine.cards.begun  # type: ignore[attr-defined]
    ear.client.close()


def test_a_pulled_card_locks_within_a_second(
    owner: Person,
    operator: ImapServer,
    readers: tuple[Reader, ...],
    card: VirtualCard,
    record_property: Callable[[str, object], None],
) -> None:
    assert owner.pins_asked() == 1
    locked_ms = [pull(owner, readers[0])]
    assert isinstance(owner.ear.ask(ReadState()), Problem)

    owner.client.unlock()
    failed = owner.ear.wait("failed")
    assert failed.code == "card-absent"
    readers[0].insert(card)
    cards_of(owner, lambda answer: bool(answer.certificates))
    begun = time.perf_counter()
    owner.client.unlock()
    owner.opened(2)
    print(f"card + PIN -> open {(time.perf_counter() - begun) * 1000:.0f} ms")
    assert owner.pins_asked() == 2
    heard = len(owner.ear.heard)
    owner.ear.wait(
        "changed",
        lambda changed: any(one.state == "online" for one in changed.states),
        count=_online_before(owner, heard) + 1,
    )
    assert owner.pins_asked() == 2  # the unlocked card serves the connections too
    locked_ms.append(pull(owner, readers[0], 2))
    record_property("locked_ms", [round(each) for each in locked_ms])
    # Of two: a computer that does ten other things may hold one of them up.
    assert min(locked_ms) < 1000


def pull(person: Person, reader: Reader, count: int = 1) -> float:
    """Milliseconds from the hand that pulls the card to the closed store."""
    pulled = time.perf_counter()
    reader.remove()
    person.ear.wait("locked", count=count)
    told_ms, locked_ms = ((person.ear.at[each] - pulled) * 1000 for each in ("locking", "locked"))
    print(f"\ncard pulled -> windows told {told_ms:.0f} ms, store closed {locked_ms:.0f} ms")
    return locked_ms


def _online_before(person: Person, heard: int) -> int:
    opened = max(n for n, (name, _value) in enumerate(person.ear.heard[:heard]) if name == "opened")
    return sum(
        name == "changed" and any(one.state == "online" for one in value.states)
        for name, value in person.ear.heard[:opened]
    )


def test_a_window_that_does_not_answer_does_not_keep_it_open(
    owner: Person, readers: tuple[Reader, ...]
) -> None:
    owner.ear.silent = True
    pull(owner, readers[0])
    assert owner.ear.at["locked"] - owner.ear.at["locking"] < 1.5, "half a second is given to windows"


def test_the_setting_keeps_it_open_without_connections(owner: Person, readers: tuple[Reader, ...]) -> None:
    owner.ear.do(SetSetting(name="lock.card_removed", value="false"))
    readers[0].remove()
    owner.ear.wait(
        "changed",
        lambda changed: any(
            one.problem is not None and one.problem.code == "card-locked" for one in changed.states
        ),
    )
    assert owner.ear.times("locked") == 0


def test_a_service_that_stops_takes_the_card_away(owner: Person, card_service: CardService) -> None:
    """Nothing could tell any more that the card is pulled."""
    card_service.stop()
    owner.ear.wait("locked")
    answer = owner.ear.ask(ReadCards())
    assert isinstance(answer, CardsAnswer)
    assert answer.problem is not None
    assert answer.problem.code == "card-no-service"
    card_service.start()


def test_another_persons_card_opens_nothing(
    owner: Person, readers: tuple[Reader, ...], authority: Authority, home: Path
) -> None:
    stranger = VirtualCard("CPS4", authority.professional(OTHER, "MARTIN", "Lou"), pin="2580")
    account = owner.ear.ask(NewDraft(account=_account(owner))).drafts[0]
    text = "Brouillon qui reste chiffré"
    owner.ear.do(KeepDraft(draft=_with_text(account, text)))
    readers[0].remove()
    owner.ear.wait("locked")
    readers[0].insert(stranger)
    seen = cards_of(owner, lambda answer: bool(answer.certificates))
    owner.client.unlock()
    assert owner.ear.wait("failed").code == "card-other-person"
    assert stranger.counts["verify"] == 0
    certificates = [each for found in seen.certificates.values() for each in found]
    assert profile_of_card(owner.profile, certificates) is None
    for path in owner.profile.folder.rglob("*"):
        if path.is_file():
            assert text.encode() not in path.read_bytes(), path


@pytest.mark.parametrize("kind", ["CPS3", "CPS4"])
def test_a_copy_of_the_certificate_opens_nothing_without_its_key(
    owner: Person, readers: tuple[Reader, ...], holder: Identity, authority: Authority, kind: Kind
) -> None:
    """Certificates are public: a card that anybody has programmed shows one, and takes any PIN."""
    copy = VirtualCard(kind, holder._replace(key=authority.professional(OTHER).key), pin="0000")
    readers[0].remove()
    owner.ear.wait("locked")
    readers[0].insert(copy)
    cards_of(owner, lambda answer: bool(answer.certificates))
    owner.ear.pins = ["0000"]
    owner.client.unlock()
    assert owner.ear.wait("failed").code == "card-forged"
    assert owner.ear.times("opened") == 1


def _account(person: Person):
    return person.ear.ask(ReadState()).accounts[0].id


def _with_text(draft: Draft, text: str) -> Draft:
    import msgspec

    return msgspec.structs.replace(draft, text=text)


def test_pulled_while_the_pin_is_asked(owner: Person, readers: tuple[Reader, ...], card: VirtualCard) -> None:
    owner.client.lock()
    owner.ear.wait("locked")
    assert not card.verified.is_set()  # locking made it forget its PIN
    owner.ear.pins = [None]
    owner.client.unlock()
    owner.ear.wait("prompted", lambda prompt: prompt.kind == "pin", count=2)
    readers[0].remove()
    owner.ear.wait("withdrawn")
    owner.ear.wait("failed")


@pytest.mark.parametrize("moment", ["load_key", "_refresh"])
def test_pulled_after_the_pin_while_the_store_opens(
    owner: Person,
    readers: tuple[Reader, ...],
    monkeypatch: pytest.MonkeyPatch,
    noise: Noise,
    moment: str,
) -> None:
    """Between the PIN and the watch over the accounts: the mail is not left open without its card."""
    owner.stop()
    ear = CardEar()
    noise.expect("the store was not opened: card-removed", must=moment == "load_key")
    place: Any = service if moment == "load_key" else CardAccounts
    genuine = getattr(place, moment)

    def pulled_first(*arguments: Any, **options: Any) -> Any:
        readers[0].remove()
        engine: Any = ear.client._engine  # type: ignore[union-attr]
        ear.wait("changed", lambda _changed: engine.cards.was_pulled(readers[0].name))
        return genuine(*arguments, **options)

    monkeypatch.setattr(place, moment, pulled_first)
    options: dict[str, object] = {"ask_windows": True}
    ear.client = Client(owner.profile, ear, in_process=True, engine_options=options)
    ear.client.start()
    try:
        if moment == "load_key":
            assert ear.wait("failed").code == "card-removed"
            assert not ear.times("opened")
        else:
            ear.wait("locked")
    finally:
        ear.client.close()


def test_a_wrong_pin_is_asked_again_and_a_refusal_leaves_it_locked(owner: Person, card: VirtualCard) -> None:
    owner.client.lock()
    owner.ear.wait("locked")
    owner.ear.pins = ["0000", ""]
    owner.client.unlock()
    assert owner.ear.wait("failed").code == "pin-wrong"
    asked = [value for name, value in owner.ear.heard if name == "prompted" and value.kind == "pin"]
    assert [prompt.tries_left for prompt in asked[-2:]] == [3, 2]
    assert asked[-1].problem
    assert asked[-1].holder == "PERRIN Dominique · Médecin"
    owner.client.unlock()
    owner.opened(2)
    assert card.tries == 3


def test_a_profile_is_bound_and_a_later_start_asks_for_the_card(
    owner: Person, home: Path, readers: tuple[Reader, ...]
) -> None:
    bound = read_person(owner.profile)
    assert bound.name == "Dr Dominique Perrin"
    assert len(bound.cards) == 1
    assert NUMBER not in (owner.profile.folder / "person.json").read_text()
    owner.stop()
    again = Person(home / "p")
    again.opened()
    assert again.pins_asked() == 1
    again.stop()


def test_the_end_of_a_certificate_is_said_once_a_day(
    person: Person,
    operator: ImapServer,
    new_user: tuple[str, str],
    readers: tuple[Reader, ...],
    authority: Authority,
    home: Path,
) -> None:
    number = "899700000051"
    user = next(name for name, known in operator.users.items() if known[0] == new_user[0])
    operator.let_in(number, user)
    now = datetime.now(UTC)
    ending = authority.professional(
        number, "PERRIN", "Dominique", begin=now - timedelta(days=900), end=now + timedelta(days=20, hours=1)
    )
    readers[0].insert(VirtualCard("CPS3", ending, pin=PIN))
    person.add_card_account(operator, new_user[0])

    def reminded(changed: Changed) -> bool:
        return any("20 jours" in state.reminder for state in changed.states)

    person.ear.wait("changed", reminded)
    person.stop()
    again = Person(home / "p")
    again.opened()
    online(again)
    cards_of(again, lambda answer: bool(answer.certificates))
    assert again.ear.times("changed", reminded) == 0
    again.stop()
