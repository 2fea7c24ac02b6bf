"""The route through a real PKCS#11 module to a card: OpenSC drives the virtual CPS3 through pcscd."""

from collections.abc import Callable

import pytest

from mssclient.access.card.problems import PinRefused
from mssclient.access.card.thread import CardThread
from mssclient.access.card.token import Token, open_tokens
from mssclient.access.clientkey import Padding
from mssclient.model.cards import CardInserted, CardRemoved
from tests.access.card.conftest import NUMBER
from tests.access.card.listening import (
    DIGEST_INFO,
    Ear,
    pin,
    reset_by_another_program,
)
from tests.refusals import code_of
from tests.servers import Identity, Reader, VirtualCard

pytestmark = pytest.mark.servers


@pytest.fixture
def card(insert, new_card) -> VirtualCard:
    return insert(new_card("CPS3"))


@pytest.fixture
def token(card: VirtualCard, opensc: str, opened: Callable[..., Token]) -> Token:
    return opened(route="module", module=opensc)


def test_the_module_names_the_reader_and_the_card(token: Token, card: VirtualCard) -> None:
    assert (token.route, token.reader, token.generation) == ("module", "Lecteur 00 00", "CPS3")
    assert token.serial == card.number
    first, second = token.certificates()
    assert (first.usage, second.usage, first.national_id) == ("authentication", "signature", NUMBER)
    assert not token.raw
    assert card.counts["verify"] == 0


def test_the_right_pin_opens_the_key(token: Token, card: VirtualCard, holder: Identity) -> None:
    token.verify(pin())
    signature = token.sign(token.certificates()[0], DIGEST_INFO, Padding.PKCS1)
    numbers = holder.certificate.public_key().public_numbers()
    opened = pow(int.from_bytes(signature, "big"), numbers.e, numbers.n).to_bytes(256, "big")
    assert opened.endswith(b"\xff\x00" + DIGEST_INFO)
    assert card.counts["verify"] == 1


def test_wrong_pins_until_the_card_is_blocked(token: Token, card: VirtualCard) -> None:
    for left in (2, 1):
        with pytest.raises(PinRefused) as caught:
            token.verify(bytearray(b"0000"))
        assert (caught.value.code, caught.value.tries_left) == ("pin-wrong", left)
        assert card.counts["verify"] == 3 - left, "never tried again by ourselves"
    with pytest.raises(PinRefused) as caught:
        token.verify(bytearray(b"0000"))
    assert (caught.value.code, caught.value.tries_left) == ("pin-blocked", 0)
    assert code_of(lambda: token.verify(pin())) == "pin-blocked"
    assert card.counts["verify"] == 3


def test_a_pulled_card(token: Token, readers: tuple[Reader, ...], ear: Ear) -> None:
    token.verify(pin())
    readers[0].remove()
    ear.until(CardRemoved)
    assert code_of(lambda: token.sign(token.certificates()[0], DIGEST_INFO, Padding.PKCS1)) == "card-removed"


def test_a_card_pulled_and_put_back_wants_its_pin_again(
    token: Token, card: VirtualCard, readers: tuple[Reader, ...], ear: Ear, opensc: str, thread: CardThread
) -> None:
    token.verify(pin())
    readers[0].remove()
    ear.until(CardRemoved)
    readers[0].insert(card)
    ear.until(CardInserted)
    (again,) = open_tokens(thread, route="module", module=opensc)
    certificate = again.certificates()[0]
    assert code_of(lambda: again.sign(certificate, DIGEST_INFO, Padding.PKCS1)) in (
        "card-reset",
        "card-removed",
    )
    assert card.counts["sign"] == 0
    again.verify(pin())
    assert again.sign(certificate, DIGEST_INFO, Padding.PKCS1)
    again.close(reset=True)


def test_a_card_pulled_while_it_signs(token: Token, card: VirtualCard, readers: tuple[Reader, ...]) -> None:
    token.verify(pin())
    certificate = token.certificates()[0]
    card.before[0x88] = readers[0].remove
    assert code_of(lambda: token.sign(certificate, DIGEST_INFO, Padding.PKCS1)) == "card-removed"


def test_another_program_resets_the_card(token: Token, card: VirtualCard) -> None:
    token.verify(pin())
    certificate = token.certificates()[0]
    reset_by_another_program()
    assert not card.verified.is_set()
    # OpenSC keeps the PIN and shows it again by itself; another module may say "not logged in".
    assert token.sign(certificate, DIGEST_INFO, Padding.PKCS1)
    assert card.counts["verify"] == 2


def test_a_module_that_does_not_know_the_card_gives_way(
    insert, new_card, opensc: str, thread: CardThread
) -> None:
    """OpenSC 0.23 knows no CPS4."""
    insert(new_card("CPS4"))
    (token,) = open_tokens(thread, module=opensc)
    assert (token.route, token.generation) == ("pcsc", "CPS4")
    token.close(reset=False)


def test_a_pin_is_not_shown_to_a_card_that_took_the_place_of_another(
    token: Token, readers: tuple[Reader, ...], ear: Ear, insert, new_card
) -> None:
    readers[0].remove()
    ear.until(CardRemoved)
    other = insert(new_card("CPS3", number="2900999999"))
    assert code_of(lambda: token.verify(pin())) == "card-removed"
    assert other.counts["verify"] == 0
