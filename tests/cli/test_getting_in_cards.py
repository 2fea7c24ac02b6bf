"""With an address and a card, from a shell: virtual cards behind a real pcscd."""

import sys

import pytest

from tests.cli.cabinet import Desk, refusal, works
from tests.servers import Authority, CardService, Identity, ImapServer, Reader, VirtualCard
from tests.servers.outside import Outside
from tests.servers.virtual_card import Kind

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(sys.platform == "win32", reason="pcscd and its virtual reader are for Linux"),
]

NUMBER, OTHER = "899700000061", "899700000062"
PIN, WRONG = "7391", "1937"
CARD = ("--auth", "cps")


@pytest.fixture(scope="module")
def holder(authority: Authority) -> Identity:
    return authority.professional(NUMBER, "PERRIN", "Dominique")


@pytest.fixture(scope="module")
def other(authority: Authority) -> Identity:
    return authority.professional(OTHER, "MOREAU", "Claude")


@pytest.fixture
def cabinet(desk: Desk, outside: Outside, by_certificate: ImapServer) -> Desk:
    """Its BAL is opened by the holder's card."""
    outside.serve(by_certificate)
    by_certificate.let_in(NUMBER, desk.address)
    desk.say_secrets(pin=PIN)
    return desk


@pytest.mark.parametrize("kind", ["CPS3", "CPS4"])
def test_an_address_and_a_card_are_enough(
    cabinet: Desk, readers: tuple[Reader, ...], holder: Identity, kind: Kind
) -> None:
    card = readers[0].insert(VirtualCard(kind, holder, pin=PIN))
    added = cabinet.add(*CARD)
    assert added.code == 0, added.out
    assert added.json["auth"] == "cps"
    assert card.counts["verify"] == 1, "one PIN for both servers"
    works(cabinet)
    assert not card.verified.is_set(), "the card has forgotten its PIN"


def test_a_wrong_pin_is_shown_to_the_card_once(
    cabinet: Desk, readers: tuple[Reader, ...], holder: Identity
) -> None:
    card = readers[0].insert(VirtualCard("CPS4", holder, pin=PIN))
    cabinet.say_secrets(pin=WRONG)
    assert refusal(cabinet.add(*CARD)) == (4, "pin-wrong")
    assert (card.tries, card.counts["verify"]) == (2, 1)
    assert cabinet.verb("account", "list").json["accounts"] == []


def test_without_a_pin_none_is_guessed(cabinet: Desk, readers: tuple[Reader, ...], holder: Identity) -> None:
    card = readers[0].insert(VirtualCard("CPS4", holder, pin=PIN))
    cabinet.say_secrets()
    assert refusal(cabinet.add(*CARD)) == (4, "pin-cancelled")
    assert card.counts["verify"] == 0


def test_a_blocked_card_is_told(cabinet: Desk, readers: tuple[Reader, ...], holder: Identity) -> None:
    card = readers[0].insert(VirtualCard("CPS3", holder, pin=PIN))
    card.tries = 0
    assert refusal(cabinet.add(*CARD)) == (4, "pin-blocked")
    assert card.counts["verify"] == 0


def test_no_card_is_told(cabinet: Desk, readers: tuple[Reader, ...]) -> None:
    assert refusal(cabinet.add(*CARD)) == (3, "card-absent")


def test_the_card_of_another_person_opens_nothing(
    cabinet: Desk,
    card_service: CardService,
    readers: tuple[Reader, ...],
    holder: Identity,
    other: Identity,
) -> None:
    readers[0].insert(VirtualCard("CPS4", holder, pin=PIN))
    assert cabinet.add(*CARD).code == 0
    card_service.empty()
    stranger = readers[0].insert(VirtualCard("CPS4", other, pin=PIN))
    assert refusal(cabinet.verb("sync")) == (4, "card-other-person")
    assert stranger.counts["verify"] == 0, "its PIN was not even asked for"


def test_a_renewed_card_of_the_same_person_opens_it(
    cabinet: Desk,
    card_service: CardService,
    readers: tuple[Reader, ...],
    holder: Identity,
    authority: Authority,
) -> None:
    readers[0].insert(VirtualCard("CPS3", holder, pin=PIN))
    assert cabinet.add(*CARD).code == 0
    card_service.empty()
    readers[0].insert(VirtualCard("CPS4", authority.professional(NUMBER, "PERRIN", "Dominique"), pin=PIN))
    works(cabinet)


def test_a_number_that_nobody_vouches_for_is_nobodys(
    cabinet: Desk, card_service: CardService, readers: tuple[Reader, ...], holder: Identity
) -> None:
    readers[0].insert(VirtualCard("CPS4", holder, pin=PIN))
    assert cabinet.add(*CARD).code == 0
    card_service.empty()
    forged = Authority("AC faussaire").professional(NUMBER, "PERRIN", "Dominique")
    card = readers[0].insert(VirtualCard("CPS4", forged, pin=PIN))
    assert refusal(cabinet.verb("sync")) == (4, "card-other-person")
    assert card.counts["verify"] == 0


def test_among_two_cards_one_is_chosen(
    cabinet: Desk, readers: tuple[Reader, ...], holder: Identity, other: Identity
) -> None:
    from cryptography.hazmat.primitives import hashes

    readers[0].insert(VirtualCard("CPS4", other, pin=PIN))
    readers[1].insert(VirtualCard("CPS3", holder, pin=PIN))
    undecided = cabinet.add(*CARD)
    assert refusal(undecided) == (4, "card-choice")
    assert "--certificate" in undecided.json["error"]["remedy"]
    fingerprint = holder.certificate.fingerprint(hashes.SHA256()).hex()
    assert fingerprint in undecided.json["error"]["detail"].split()
    assert cabinet.add(*CARD, "--certificate", fingerprint).code == 0
    works(cabinet)
