"""Events between two looks, the card thread, and the holder's certificate. No card service needed."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from mssclient.access.card.certificate import describe, expiry_notice, signed_by
from mssclient.access.card.identity import CardIdentity
from mssclient.access.card.problems import pin_wrong
from mssclient.access.card.readers import differences
from mssclient.access.card.scard import ReaderStatus
from mssclient.access.card.thread import CardThread, assert_card_thread, assert_wanted
from mssclient.model.cards import CardCertificate, CardInserted, CardRemoved, ReaderAdded, ReaderRemoved
from mssclient.model.errors import BugError, WorldError
from mssclient.model.records import to_wire
from mssclient.operators.tls import operator_anchors
from tests.reference import shared_data
from tests.refusals import code_of
from tests.servers import Authority

CPS3, CPS4 = (
    bytes.fromhex(each)
    for each in ("3BAC00402A001225006480000310009000", "3B9B188001001225006480040100009044")
)


def status(name: str, atr: bytes = b"", count: int = 0) -> dict[str, ReaderStatus]:
    present = bool(atr)
    return {name: ReaderStatus(name, count << 16, atr, True, present, False, False)}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, status("a"), [ReaderAdded]),
        ({}, status("a", CPS3), [ReaderAdded, CardInserted]),
        (status("a"), status("a", CPS3, 1), [CardInserted]),
        (status("a", CPS3, 1), status("a", b"", 2), [CardRemoved]),
        (status("a", CPS3, 1), status("a", CPS3, 1), []),
        (status("a", CPS3, 1), status("a", CPS3, 3), [CardRemoved, CardInserted]),
        (status("a", CPS3, 1), status("a", CPS4, 1), [CardRemoved, CardInserted]),
        (status("a", CPS3, 1), {}, [ReaderRemoved]),
        (status("a", CPS3, 1), status("b", CPS4, 1), [ReaderRemoved, ReaderAdded, CardInserted]),
        (status("a"), status("a", b"", 2), []),
    ],
)
def test_events_between_two_looks(before, after, expected) -> None:
    assert [type(each) for each in differences(before, after)] == expected


def test_events_cross_the_process_wall() -> None:
    for event in differences({}, status("a", CPS3)):
        assert to_wire(event)


def test_work_is_done_on_one_thread_in_order(thread: CardThread) -> None:
    done: list[tuple[int, str]] = []

    def work(number: int) -> int:
        assert_card_thread()
        done.append((number, threading.current_thread().name))
        return number

    assert [thread.call(lambda n=n: work(n)) for n in range(5)] == list(range(5))
    assert done == [(n, "card") for n in range(5)]
    assert thread.call(lambda: thread.call(lambda: work(9))) == 9, "from the card thread itself too"


def test_elsewhere_it_is_a_bug() -> None:
    with pytest.raises(BugError):
        assert_card_thread()


def test_what_it_raises_is_raised_to_who_asked(thread: CardThread) -> None:
    def work() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        thread.call(work)
    assert thread.call(lambda: 1) == 1


def test_who_waits_too_long_is_told_and_its_work_given_up(thread: CardThread) -> None:
    free, after = threading.Event(), threading.Event()
    done: list[str] = []

    def stuck() -> None:
        free.wait()
        try:
            assert_wanted()
            done.append("shown")
        finally:
            after.set()

    assert code_of(lambda: thread.call(stuck, within_s=0.05)) == "card-busy"
    assert code_of(lambda: thread.call(lambda: done.append("late"), within_s=0.05)) == "card-busy"
    free.set()
    assert after.wait(30)
    thread.call(lambda: None)
    assert done == []


def test_what_must_be_done_is_done_though_nobody_waits(thread: CardThread) -> None:
    free, done = threading.Event(), threading.Event()
    assert code_of(lambda: thread.call(free.wait, within_s=0.05)) == "card-busy"
    assert code_of(lambda: thread.call(done.set, within_s=0.05, whatever=True)) == "card-busy"
    assert not done.is_set()
    free.set()
    assert done.wait(30)


def test_a_closed_thread_takes_nothing_more() -> None:
    thread = CardThread()
    assert thread.call(lambda: 1) == 1
    thread.close()
    with pytest.raises(WorldError):
        thread.call(lambda: 1)


def test_sentences_count_the_tries() -> None:
    assert "Il reste 2 essais." in pin_wrong(2).sentence
    assert "Il reste 1 essai." in pin_wrong(1).sentence
    assert "bloque la carte" in pin_wrong(1).remedy
    assert "reste" not in pin_wrong(None).sentence


def certificate_ending(authority: Authority, left: timedelta) -> CardCertificate:
    end = datetime.now(UTC) + left
    identity = authority.professional("899700000031", begin=end - timedelta(days=700), end=end)
    record = describe(identity.certificate_der, anchors=())
    assert record is not None
    return record


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=100), ""),
        (timedelta(days=61), ""),
        (timedelta(days=59, hours=1), "dans 59 jours"),
        (timedelta(days=1, hours=1), "dans 1 jour."),
        (timedelta(hours=1), "aujourd’hui"),
        (timedelta(hours=-1), ""),
    ],
)
def test_the_end_is_announced_60_days_before(authority: Authority, left: timedelta, said: str) -> None:
    notice = expiry_notice(certificate_ending(authority, left), int(time.time()))
    assert said in notice
    assert bool(said) == bool(notice)


def test_an_expired_certificate_is_not_shown(authority: Authority) -> None:
    expired = certificate_ending(authority, timedelta(hours=-1))
    early = certificate_ending(authority, timedelta(days=900))
    for record in (expired, early):
        with pytest.raises(WorldError) as caught:
            CardIdentity(None, record)  # type: ignore[arg-type]  # the card is not asked
        assert caught.value.code == "card-certificate-expired"


def test_a_certificate_never_shows_itself_in_a_log(authority: Authority) -> None:
    record = describe(authority.professional("899700000032", "PERRIN").certificate_der, anchors=())
    assert record is not None
    assert "PERRIN" not in f"{record!r} {CardInserted(card=None)!r}"  # type: ignore[arg-type]
    assert "8997" not in repr(record)


@pytest.mark.parametrize("der", [b"", b"\x30\x03\x02\x01\x01", b"\xff" * 50])
def test_what_is_no_certificate_is_left_out(der: bytes) -> None:
    assert describe(der, anchors=()) is None


def test_an_authority_is_nobodys_certificate(authority: Authority) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding

    assert describe(authority.certificate.public_bytes(Encoding.DER), anchors=()) is None


def test_igc_sante_is_known_by_signatures_only() -> None:
    from cryptography.hazmat.primitives.serialization import Encoding

    real = Authority("AC RACINE IGC-SANTE FORT")
    middle = real.subordinate("AC IGC-SANTE FORT PERSONNES")
    forged = Authority("AC RACINE IGC-SANTE FORT").subordinate("AC IGC-SANTE FORT PERSONNES")
    root, between, wrong = (each.certificate.public_bytes(Encoding.DER) for each in (real, middle, forged))
    mine = middle.professional("899700000033").certificate_der
    theirs = forged.professional("899700000034").certificate_der
    assert signed_by(mine, [root], [between])
    assert signed_by(mine, [between])
    assert not signed_by(mine, [root]), "the authority between is missing"
    assert not signed_by(theirs, [root], [between, wrong])
    assert not signed_by(theirs, [root, between])
    # A person's certificate vouches for nobody.
    assert not signed_by(theirs, [mine])
    record = describe(theirs, anchors=[root], between=[wrong])
    assert record is not None
    assert record.issuer == "AC IGC-SANTE FORT PERSONNES"
    assert not record.igc_sante


def test_the_real_authorities_chain() -> None:
    """The shipped root vouches for the real authority under it."""
    below = shared_data("igc-sante", "ACI-EL-ORG.cer").read_bytes()
    root = shared_data("igc-sante", "ACR-EL.cer").read_bytes()
    assert signed_by(below, [root])
    assert signed_by(below, operator_anchors())
