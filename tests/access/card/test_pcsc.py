"""The direct route, through a real pcscd, to virtual cards."""

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable

import pytest

from mssclient.access.card import scard
from mssclient.access.card.problems import PinRefused
from mssclient.access.card.readers import Watch
from mssclient.access.card.thread import CardThread
from mssclient.access.card.token import Token, open_tokens
from mssclient.access.clientkey import Padding
from mssclient.model.cards import (
    CardEvent,
    CardInserted,
    CardRemoved,
    CardServiceBack,
    CardServiceLost,
    ReaderAdded,
    ReaderRemoved,
)
from mssclient.model.errors import WorldError
from tests.access.card.conftest import NUMBER, PIN
from tests.access.card.listening import DIGEST_INFO, Ear, pin, reset_by_another_program
from tests.refusals import code_of
from tests.servers import CardService, Reader, VirtualCard

pytestmark = pytest.mark.servers

KINDS = ["CPS3", "CPS4", "CPS4 T=0"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_is_read_without_its_pin(kind: str, insert, new_card, opened) -> None:
    card = insert(new_card(kind))
    token: Token = opened()
    assert (token.generation, token.serial, token.route) == (kind[:4], "2900123456", "pcsc")
    first, second = token.certificates()
    assert (first.usage, second.usage) == ("authentication", "signature")
    assert (first.national_id, first.surname, first.given_name) == (NUMBER, "PERRIN", "Dominique")
    assert first.profession == "Médecin"
    assert not first.igc_sante
    assert token.tries_left() == 3
    assert card.counts["verify"] == 0
    assert card.tries == 3


@pytest.mark.parametrize("kind", KINDS)
def test_the_right_pin_opens_the_key(kind: str, insert, new_card, opened, holder) -> None:
    card = insert(new_card(kind))
    token: Token = opened()
    certificate = token.certificates()[0]
    assert code_of(lambda: token.sign(certificate, DIGEST_INFO, Padding.PKCS1)) == "card-reset"
    secret = pin()
    token.verify(secret)
    assert secret == bytes(4)
    signature = token.sign(certificate, DIGEST_INFO, Padding.PKCS1)
    numbers = holder.certificate.public_key().public_numbers()
    opened_block = pow(int.from_bytes(signature, "big"), numbers.e, numbers.n).to_bytes(256, "big")
    assert opened_block == b"\x00\x01" + b"\xff" * (253 - len(DIGEST_INFO)) + b"\x00" + DIGEST_INFO
    assert (card.counts["verify"], card.counts["sign"]) == (1, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_bare_rsa_is_for_the_cps4(kind: str, insert, new_card, opened, holder) -> None:
    insert(new_card(kind))
    token: Token = opened()
    certificate = token.certificates()[0]
    token.verify(pin())
    block = b"\x00" + bytes(range(1, 256))
    if kind == "CPS3":
        assert code_of(lambda: token.sign(certificate, block, Padding.NONE)) == "card-tls13-only"
        return
    signature = token.sign(certificate, block, Padding.NONE)
    numbers = holder.certificate.public_key().public_numbers()
    assert pow(int.from_bytes(signature, "big"), numbers.e, numbers.n).to_bytes(256, "big") == block


def test_pin_and_signature_in_one_transaction(insert, new_card, opened) -> None:
    card = insert(new_card("CPS3"))
    token: Token = opened()
    secret = pin()
    assert len(token.sign(token.certificates()[0], DIGEST_INFO, Padding.PKCS1, secret)) == 256
    assert secret == bytes(4)
    assert card.counts["verify"] == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_pin_is_shown_once_and_counted(kind: str, insert, new_card, opened) -> None:
    card = insert(new_card(kind))
    token: Token = opened()
    for left in (2, 1):
        secret = bytearray(b"0000")
        with pytest.raises(PinRefused) as caught:
            token.verify(secret)
        assert caught.value.code == "pin-wrong"
        assert caught.value.tries_left == left
        assert f"{left} essai" in caught.value.sentence
        assert token.tries_left() == left
        assert card.counts["verify"] == 3 - left, "never tried again by ourselves"
    with pytest.raises(PinRefused) as caught:
        token.verify(bytearray(b"0000"))
    assert (caught.value.code, caught.value.tries_left) == ("pin-blocked", 0)
    assert token.tries_left() == 0
    assert code_of(lambda: token.verify(pin())) == "pin-blocked"
    assert code_of(lambda: token.sign(token.certificates()[0], DIGEST_INFO, Padding.PKCS1)) == "card-reset"


@pytest.mark.parametrize("wrong", [b"", b"123", b"12345", b"12a4", b"12\xc3\xa94"])
def test_a_pin_of_a_wrong_form_never_reaches_the_card(wrong: bytes, insert, new_card, opened) -> None:
    card = insert(new_card("CPS3"))
    token: Token = opened()
    assert code_of(lambda: token.verify(bytearray(wrong))) == "pin-malformed"
    assert card.counts["verify"] == 0


def test_no_pin_in_any_log(insert, new_card, opened, caplog: pytest.LogCaptureFixture) -> None:
    insert(new_card("CPS4"))
    with caplog.at_level(logging.DEBUG):
        token: Token = opened()
        token.verify(pin())
        token.sign(token.certificates()[0], DIGEST_INFO, Padding.PKCS1)
        with contextlib.suppress(WorldError):
            token.verify(bytearray(b"7392"))
    assert PIN not in caplog.text
    assert "7392" not in caplog.text
    assert "PERRIN" not in caplog.text


def test_another_program_resets_the_card(insert, new_card, opened) -> None:
    card = insert(new_card("CPS4"))
    token: Token = opened()
    certificate = token.certificates()[0]
    token.verify(pin())
    reset_by_another_program()
    assert not card.verified.is_set()
    assert code_of(lambda: token.sign(certificate, DIGEST_INFO, Padding.PKCS1)) == "card-reset"
    token.verify(pin())
    assert token.sign(certificate, DIGEST_INFO, Padding.PKCS1)


def test_locking_resets_and_leaving_does_not(insert, new_card, thread: CardThread) -> None:
    card = insert(new_card("CPS3"))
    (token,) = open_tokens(thread, route="pcsc")
    token.verify(pin())
    token.close(reset=False)
    assert card.verified.is_set()
    (token,) = open_tokens(thread, route="pcsc")
    before = card.counts["reset"]
    token.close(reset=True)
    assert card.counts["reset"] > before
    assert not card.verified.is_set()


def test_two_programs_at_once(insert, new_card, thread: CardThread) -> None:
    """Two clients sign in turn, again and again: no transaction of one disturbs the other's."""
    card = insert(new_card("CPS4"))
    other = CardThread("other")
    (mine,), (theirs,) = open_tokens(thread, route="pcsc"), open_tokens(other, route="pcsc")
    mine.verify(pin())
    errors: list[BaseException] = []

    def work(token: Token) -> None:
        try:
            for _ in range(10):
                token.sign(token.certificates()[0], DIGEST_INFO, Padding.PKCS1)
        except BaseException as error:
            errors.append(error)

    workers = [threading.Thread(target=work, args=(each,)) for each in (mine, theirs)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert errors == []
    assert card.counts["sign"] == 20
    mine.close(reset=False)
    theirs.close(reset=False)
    other.close()


def test_a_card_that_another_program_holds_is_busy(insert, new_card, thread: CardThread) -> None:
    card = insert(new_card("CPS3"))
    (token,) = open_tokens(thread, route="pcsc")
    context = scard.Context()
    connection = context.connect("Lecteur 00 00")
    connection.begin()
    secret = pin()
    route = token._route
    assert code_of(lambda: thread.call(lambda: route.verify(secret), within_s=0.3)) == "card-busy"
    begun = time.perf_counter()
    token.close(reset=True)
    assert time.perf_counter() - begun < 2, "locking waits for no other program"
    connection.end()
    connection.disconnect(reset=False)
    context.release()
    (token,) = open_tokens(thread, route="pcsc")
    # What was given up is not done afterwards: no PIN reached the card.
    assert token.tries_left() == 3
    assert card.counts["verify"] == 0
    token.verify(secret)
    token.close(reset=False)


def test_a_card_that_another_program_keeps_for_itself_is_busy(insert, new_card, thread: CardThread) -> None:
    from smartcard import scard as raw

    insert(new_card("CPS3"))
    _status, context = raw.SCardEstablishContext(raw.SCARD_SCOPE_USER)
    protocols = raw.SCARD_PROTOCOL_T0 | raw.SCARD_PROTOCOL_T1
    status, handle, _protocol = raw.SCardConnect(
        context, "Lecteur 00 00", raw.SCARD_SHARE_EXCLUSIVE, protocols
    )
    assert status == raw.SCARD_S_SUCCESS
    assert code_of(lambda: open_tokens(thread, route="pcsc")) == "card-busy"
    raw.SCardDisconnect(handle, raw.SCARD_LEAVE_CARD)
    raw.SCardReleaseContext(context)


def test_removal_is_told_within_a_second(insert, new_card, readers, ear: Ear) -> None:
    card = new_card("CPS3")
    measured: list[float] = []
    for _ in range(4):
        insert(card)
        pulled = time.perf_counter()
        readers[0].remove()
        measured.append(ear.until(CardRemoved) - pulled)
    print("removal to event:", ", ".join(f"{each * 1000:.0f} ms" for each in measured))
    assert sorted(measured)[-2] < 1, "one may be held up by a busy computer"


def test_removal_is_told_while_the_card_thread_waits(insert, new_card, readers, ear: Ear, thread) -> None:
    insert(new_card("CPS3"))
    (token,) = open_tokens(thread, route="pcsc")
    context = scard.Context()
    connection = context.connect("Lecteur 00 00")
    connection.begin()
    stuck = threading.Thread(target=_ignore(token.tries_left))
    stuck.start()
    pulled = time.perf_counter()
    readers[0].remove()
    assert ear.until(CardRemoved) - pulled < 1
    connection.end()
    connection.disconnect(reset=False)
    context.release()
    stuck.join()


def _ignore(work: Callable[[], object]) -> Callable[[], None]:
    def quietly() -> None:
        with contextlib.suppress(WorldError):
            work()

    return quietly


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_pulled_while_it_signs(kind: str, insert, new_card, readers, opened) -> None:
    card: VirtualCard = insert(new_card(kind))
    token: Token = opened()
    certificate = token.certificates()[0]
    token.verify(pin())
    card.before[0x88 if kind == "CPS3" else 0x2A] = readers[0].remove
    assert code_of(lambda: token.sign(certificate, DIGEST_INFO, Padding.PKCS1)) == "card-removed"
    assert code_of(lambda: token.sign(certificate, DIGEST_INFO, Padding.PKCS1)) == "card-removed"
    assert code_of(token.tries_left) == "card-removed"


def test_a_card_pulled_and_put_back_is_opened_again(insert, new_card, readers, ear, thread) -> None:
    card = insert(new_card("CPS3"))
    (token,) = open_tokens(thread, route="pcsc")
    token.verify(pin())
    readers[0].remove()
    ear.until(CardRemoved)
    insert(card)
    assert code_of(lambda: token.sign(token.certificates()[0], DIGEST_INFO, Padding.PKCS1)) == "card-removed"
    token.close(reset=False)
    (again,) = open_tokens(thread, route="pcsc")
    assert again.serial == "2900123456"
    assert code_of(lambda: again.sign(again.certificates()[0], DIGEST_INFO, Padding.PKCS1)) == "card-reset"
    again.close(reset=False)


def test_no_card_a_wrong_card_and_two_cards(readers, ear: Ear, new_card, thread: CardThread) -> None:
    def opening() -> object:
        return open_tokens(thread, route="pcsc")

    assert code_of(opening) == "card-absent"
    readers[0].insert(new_card("other"))
    ear.until(CardInserted)
    assert code_of(opening) == "card-not-cps"
    readers[0].remove()
    ear.until(CardRemoved)
    readers[0].insert(new_card("CPS3"))
    readers[1].insert(new_card("CPS4", "2900654321"))
    ear.until(CardInserted)
    ear.until(CardInserted)
    both = open_tokens(thread, route="pcsc")
    assert [(each.reader, each.generation, each.serial) for each in both] == [
        ("Lecteur 00 00", "CPS3", "2900123456"),
        ("Lecteur 00 01", "CPS4", "2900654321"),
    ]
    (one,) = open_tokens(thread, route="pcsc", reader="Lecteur 00 01")
    assert one.serial == "2900654321"
    for each in (*both, one):
        each.close(reset=False)


def test_a_watch_tells_what_is_there_then_what_happens(readers, new_card) -> None:
    ear = Ear()
    readers[1].insert(new_card("CPS4"))
    ear.watch.start()
    heard = [ear.next(), ear.next()]
    assert heard[:2] == [ReaderAdded(reader="Lecteur 00 00"), ReaderAdded(reader="Lecteur 00 01")]
    inserted = ear.next()
    assert isinstance(inserted, CardInserted)
    assert (inserted.card.reader, inserted.card.generation) == ("Lecteur 00 01", "CPS4")
    assert [each.present for each in ear.watch.states()] == [False, True]
    readers[1].remove()
    assert ear.next() == CardRemoved(reader="Lecteur 00 01")
    ear.watch.stop()


def test_the_service_goes_and_comes(card_service: CardService, ear: Ear, new_card, thread) -> None:
    assert isinstance(ear.next(), ReaderAdded)
    assert isinstance(ear.next(), ReaderAdded)
    card_service.stop()
    assert {type(ear.next()), type(ear.next())} == {ReaderRemoved}
    assert isinstance(ear.next(), CardServiceLost)
    assert ear.watch.states() == ()
    assert code_of(lambda: open_tokens(thread, route="pcsc")) == "card-no-service"
    card_service.start()
    assert isinstance(ear.next(), CardServiceBack)
    assert isinstance(ear.next(), ReaderAdded)
    card_service.readers[0].insert(new_card("CPS3"))
    ear.until(CardInserted)
    card_service.empty()


def test_the_service_ends_under_an_open_card(card_service, insert, new_card, thread) -> None:
    insert(new_card("CPS3"))
    (token,) = open_tokens(thread, route="pcsc")
    card_service.stop()
    assert code_of(token.tries_left) in ("card-no-service", "card-removed")
    token.close(reset=True)


def test_a_listener_that_fails_does_not_end_the_watch(readers, new_card, noise) -> None:
    noise.expect("a listener to the card watch failed")
    heard: queue.SimpleQueue[CardEvent] = queue.SimpleQueue()

    def listen(event: CardEvent) -> None:
        heard.put(event)
        raise RuntimeError

    watch = Watch(listen)
    watch.start()
    assert isinstance(heard.get(timeout=10), ReaderAdded)
    readers[0].insert(new_card("CPS3"))
    while not isinstance(heard.get(timeout=10), CardInserted):
        pass
    watch.stop()


@pytest.mark.parametrize(
    "mangle",
    [
        lambda answer: b"\x90",
        lambda answer: b"\x61\x00",
        lambda answer: b"\x30\x84\xff\xff\xff\xff\x90\x00",
        lambda answer: b"\xff" * 200 + b"\x90\x00",
        lambda answer: answer[:-2] + b"\x6f\x00",
    ],
)
def test_a_card_that_talks_nonsense(mangle, insert, new_card, thread: CardThread) -> None:
    card = new_card("CPS4")
    card.mangle = mangle
    insert(card)
    assert code_of(lambda: open_tokens(thread, route="pcsc")) in (
        "card-failed",
        "card-not-cps",
        "card-removed",
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_pin_is_not_shown_to_a_card_that_took_the_place_of_another(
    kind: str, insert, new_card, opened, readers: tuple[Reader, ...]
) -> None:
    """A reset by another program hides from who has the reader open that the card itself was exchanged."""
    insert(new_card(kind))
    token: Token = opened()
    readers[0].remove()
    other = insert(new_card(kind, number="2900999999"))
    reset_by_another_program()
    assert code_of(lambda: token.verify(pin())) == "card-removed"
    assert other.counts["verify"] == 0
