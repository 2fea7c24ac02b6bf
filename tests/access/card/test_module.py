"""The route through a PKCS#11 module, with SoftHSM2."""

from collections.abc import Callable
from functools import partial

import pytest

from mssclient.access.card import module, token
from mssclient.access.card.problems import PinRefused
from mssclient.access.card.thread import CardThread
from mssclient.access.card.token import Token, open_tokens
from mssclient.access.clientkey import Padding
from mssclient.model.errors import WorldError
from tests.access.card.conftest import NUMBER, PIN
from tests.access.card.listening import DIGEST_INFO, pin
from tests.refusals import code_of
from tests.servers import Identity, SoftHsm

pytestmark = pytest.mark.servers


@pytest.fixture
def card(softhsm: SoftHsm, holder: Identity, holder_signature: Identity, opened) -> Callable[[], Token]:
    """A token with the holder's two certificates."""
    softhsm.add_token("CPS d’essai", holder, holder_signature, pin=PIN)
    return partial(opened, route="module", module=softhsm.module)


def test_a_token_is_read_without_its_pin(card: Callable[[], Token]) -> None:
    token = card()
    assert (token.route, token.generation) == ("module", "")
    first, second = token.certificates()
    assert (first.usage, second.usage) == ("authentication", "signature")
    assert first.national_id == NUMBER
    assert token.tries_left() is None


@pytest.mark.parametrize("padding", list(Padding))
def test_the_right_pin_opens_the_key(card: Callable[[], Token], holder: Identity, padding: Padding) -> None:
    token = card()
    certificate = token.certificates()[0]
    block = DIGEST_INFO if padding is Padding.PKCS1 else b"\x00" + bytes(range(1, 256))
    assert code_of(lambda: token.sign(certificate, block, padding)) == "card-reset"
    secret = pin()
    token.verify(secret)
    assert secret == bytes(4)
    signature = token.sign(certificate, block, padding)
    numbers = holder.certificate.public_key().public_numbers()
    assert pow(int.from_bytes(signature, "big"), numbers.e, numbers.n).to_bytes(256, "big").endswith(block)


def test_a_wrong_pin_is_refused_also_after_a_right_one(card: Callable[[], Token]) -> None:
    token = card()
    with pytest.raises(PinRefused) as caught:
        token.verify(bytearray(b"0000"))
    assert caught.value.code == "pin-wrong"
    token.verify(pin())
    # A program that is logged in could be told that any PIN is right.
    with pytest.raises(PinRefused):
        token.verify(bytearray(b"0000"))
    certificate = token.certificates()[0]
    assert code_of(lambda: token.sign(certificate, DIGEST_INFO, Padding.PKCS1)) == "card-reset"
    assert len(token.sign(certificate, DIGEST_INFO, Padding.PKCS1, pin())) == 256


def test_a_second_look_neither_disturbs_nor_is_let_in_by_a_wrong_pin(
    card: Callable[[], Token], thread: CardThread, softhsm: SoftHsm
) -> None:
    first = card()
    first.verify(pin())
    (second,) = open_tokens(thread, route="module", module=softhsm.module)
    with pytest.raises(PinRefused):
        second.verify(bytearray(b"0000"))
    second.verify(pin())
    assert first.sign(first.certificates()[0], DIGEST_INFO, Padding.PKCS1)
    second.close(reset=True)
    assert code_of(lambda: first.sign(first.certificates()[0], DIGEST_INFO, Padding.PKCS1)) == "card-reset"


def test_the_library_takes_a_pin_that_can_be_erased(card: Callable[[], Token], monkeypatch) -> None:
    """It is never made into a text or into octets that cannot be erased."""
    seen: list[object] = []
    monkeypatch.setattr(
        module._Pin, "encode", lambda self, encoding: seen.append(self._octets) or self._octets
    )
    card().verify(pin())
    assert seen == [bytearray(4)]


@pytest.mark.parametrize("generation", ["CPS3", "CPS4"])
def test_a_cps_by_its_module_takes_four_digits_and_does_no_bare_rsa(
    softhsm: SoftHsm, holder: Identity, thread: CardThread, monkeypatch, generation: str
) -> None:
    softhsm.add_token("CPS", holder, pin=PIN)
    slots = thread.call(partial(module.slots, module.installed_module(softhsm.module)))
    reader = next(each.reader for each in slots if each.label == "CPS")
    monkeypatch.setattr(token, "generations", lambda: {reader: generation})
    (found,) = open_tokens(thread, route="module", module=softhsm.module)
    assert (found.generation, found.raw) == (generation, False)
    assert code_of(lambda: found.verify(bytearray(b"12345"))) == "pin-malformed"
    with pytest.raises(PinRefused) as caught:
        found.verify(bytearray(b"0000"))
    assert caught.value.tries_left == 2, "a low count on a CPS that is not the last try"
    found.verify(pin())
    certificate = found.certificates()[0]
    assert code_of(lambda: found.sign(certificate, bytes(256), Padding.NONE)) == "card-tls13-only"
    found.close(reset=True)


@pytest.mark.parametrize(
    ("left", "flags", "code"),
    [(0, "USER_PIN_LOCKED", "pin-blocked"), (1, "USER_PIN_FINAL_TRY", "pin-wrong")],
)
def test_flags_after_a_refusal_tell_the_tries_left(
    card: Callable[[], Token], monkeypatch, left: int, flags: str, code: str
) -> None:
    opened = card()
    monkeypatch.setattr(opened._route, "_flagged", lambda: left)
    with pytest.raises(PinRefused) as caught:
        opened.verify(bytearray(b"0000"))
    assert (caught.value.code, caught.value.tries_left) == (code, left)


def test_locked_is_not_believed_before_a_login(card: Callable[[], Token], monkeypatch) -> None:
    """The ANS's module shows it for a card whose PIN is verified."""
    opened = card()
    monkeypatch.setattr(opened._route, "_flagged", lambda: 0)
    assert opened.tries_left() is None


def test_no_module(thread: CardThread, monkeypatch, tmp_path, softhsm: SoftHsm) -> None:
    nowhere = str(tmp_path / "absent.so")
    assert code_of(lambda: open_tokens(thread, route="module", module=nowhere)) == "card-no-library"
    broken = tmp_path / "broken.so"
    broken.write_bytes(b"no library")
    assert code_of(lambda: open_tokens(thread, module=str(broken))) == "card-no-library"
    monkeypatch.setattr(module, "_PLACES", {})
    assert code_of(lambda: open_tokens(thread, route="module")) == "card-no-library"
    monkeypatch.setattr(token.scard, "available", lambda: False)
    assert code_of(lambda: open_tokens(thread)) == "card-no-library"


def test_nothing_that_speaks_to_cards(thread: CardThread, monkeypatch, softhsm: SoftHsm) -> None:
    """Neither pyscard nor python-pkcs11 is installed."""
    import sys

    monkeypatch.setitem(sys.modules, "smartcard", None)
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    assert code_of(lambda: open_tokens(thread)) == "card-no-library"
    assert code_of(lambda: open_tokens(thread, module=softhsm.module)) == "card-no-library"
    with pytest.raises(WorldError):
        thread.call(token.Context)
    monkeypatch.undo()


def test_an_empty_module_without_pcsc(thread: CardThread, monkeypatch, softhsm: SoftHsm) -> None:
    """SoftHSM always shows one token that nobody has initialised: it is none."""
    monkeypatch.setattr(token.scard, "available", lambda: False)
    assert code_of(lambda: open_tokens(thread, module=softhsm.module)) == "card-absent"
