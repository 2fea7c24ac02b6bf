"""A card where a window is asked for its PIN: virtual cards behind a real pcscd."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mssclient.model.accounts import Endpoint
from mssclient.model.questions import Done
from mssclient.model.secrets import Secret
from mssclient.model.wants import AddAccount, LogIn
from tests.access.card.listening import reset_by_another_program
from tests.engine.ears import Ear
from tests.engine.test_getting_in import answer, begin, code, end_of, opened
from tests.servers import Authority, Identity, ImapServer, Reader, VirtualCard

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(sys.platform == "win32", reason="pcscd and its virtual reader are for Linux"),
]

NUMBER = "899700000071"
PIN, WRONG = "7391", "1937"


@pytest.fixture(scope="module")
def holder(authority: Authority) -> Identity:
    return authority.professional(NUMBER, "PERRIN", "Dominique")


@pytest.fixture(scope="module")
def operator(dovecot: ImapServer) -> ImapServer:
    return dovecot.with_certificates()


@pytest.fixture
def wanted(operator: ImapServer, new_user: tuple[str, str]) -> AddAccount:
    operator.let_in(NUMBER, new_user[0])
    return AddAccount(
        address=new_user[0],
        imap=Endpoint(host=operator.host, port=operator.port_tls),
        smtp=Endpoint(host=operator.host, port=operator.submission_tls),
        ca_pem=operator.ca_pem.decode(),
        auth="cps",
    )


@pytest.fixture
def ear(home: Path) -> Iterator[Ear]:
    ear = opened(home / "p")
    yield ear
    assert ear.client is not None
    ear.client.close()


def test_the_pin_is_asked_for_until_it_is_right(
    ear: Ear, readers: tuple[Reader, ...], holder: Identity, wanted: AddAccount
) -> None:
    card = readers[0].insert(VirtualCard("CPS4", holder, pin=PIN))
    want = begin(ear, wanted)
    first = ear.pin_asked()
    assert (first.holder, first.tries_left, first.problem) == ("PERRIN Dominique · Médecin", 3, "")
    answer(ear, first, secret=Secret(WRONG))
    second = ear.pin_asked(2)
    assert second.tries_left == 2
    assert "2" in second.problem
    answer(ear, second, secret=Secret(PIN))
    end = end_of(ear, want)
    assert isinstance(end, Done), end
    assert end.account is not None
    assert end.account.national_id == NUMBER
    assert card.counts["verify"] == 2
    ear.wait("changed", lambda changed: any(state.state == "online" for state in changed.states))


def test_who_gives_up_after_a_wrong_pin_is_told_what_was_lost(
    ear: Ear, readers: tuple[Reader, ...], holder: Identity, wanted: AddAccount
) -> None:
    readers[0].insert(VirtualCard("CPS4", holder, pin=PIN))
    want = begin(ear, wanted)
    answer(ear, ear.pin_asked(), secret=Secret(WRONG))
    answer(ear, ear.pin_asked(2), accepted=False)
    assert code(end_of(ear, want)) == "pin-wrong"


def test_a_cancelled_want_shows_no_pin(
    ear: Ear, readers: tuple[Reader, ...], holder: Identity, wanted: AddAccount
) -> None:
    card = readers[0].insert(VirtualCard("CPS4", holder, pin=PIN))
    want = begin(ear, wanted)
    prompt = ear.pin_asked()
    assert ear.client is not None
    ear.client.cancel(want)
    assert code(end_of(ear, want)) == "cancelled"
    assert ear.wait("withdrawn") == prompt.id
    assert card.counts["verify"] == 0


def test_a_card_pulled_while_its_pin_is_asked_for(
    ear: Ear, readers: tuple[Reader, ...], holder: Identity, wanted: AddAccount
) -> None:
    readers[0].insert(VirtualCard("CPS4", holder, pin=PIN))
    want = begin(ear, wanted)
    prompt = ear.pin_asked()
    readers[0].remove()
    assert ear.wait("withdrawn") == prompt.id
    assert code(end_of(ear, want)) == "card-removed"


def test_among_two_cards_the_person_chooses(
    ear: Ear, readers: tuple[Reader, ...], holder: Identity, authority: Authority, wanted: AddAccount
) -> None:
    readers[0].insert(
        VirtualCard("CPS4", authority.professional("899700000072", "MOREAU", "Claude"), pin=PIN)
    )
    readers[1].insert(VirtualCard("CPS3", holder, pin=PIN))
    want = begin(ear, wanted)
    prompt = ear.wait("prompted", lambda prompt: prompt.kind == "certificate")
    mine = next(number for number, words in enumerate(prompt.choices) if "PERRIN" in words)
    assert len(prompt.choices) == 2
    answer(ear, prompt, choice=mine)
    answer(ear, ear.pin_asked(), secret=Secret(PIN))
    assert isinstance(end_of(ear, want), Done)


def test_a_card_that_another_program_reset_wants_its_pin_again(
    ear: Ear, readers: tuple[Reader, ...], holder: Identity, wanted: AddAccount
) -> None:
    card = readers[0].insert(VirtualCard("CPS4", holder, pin=PIN))
    want = begin(ear, wanted)
    answer(ear, ear.pin_asked(), secret=Secret(PIN))
    end = end_of(ear, want)
    assert isinstance(end, Done)
    assert end.account is not None
    reset_by_another_program()
    assert not card.verified.is_set()
    again = begin(ear, LogIn(account=end.account.id))
    answer(ear, ear.pin_asked(2), secret=Secret(PIN))
    assert isinstance(end_of(ear, again), Done)
    assert card.verified.is_set()
