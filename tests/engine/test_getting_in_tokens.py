"""A certificate behind a PKCS#11 module where a window is asked: SoftHSM2, and OpenSC on a virtual card."""

import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from mssclient.access.card import software
from mssclient.model.accounts import Endpoint
from mssclient.model.prompts import TOKEN_PIN_LENGTHS
from mssclient.model.questions import CertificatesAnswer, Done, ReadCertificates
from mssclient.model.secrets import Secret
from mssclient.model.wants import AddAccount, LogIn, RemoveAccount
from tests.engine.ears import Ear
from tests.engine.test_getting_in import answer, begin, code, end_of, opened
from tests.planted import seed_secret
from tests.servers import Authority, Identity, ImapServer, Reader, SoftHsm, VirtualCard

pytestmark = pytest.mark.servers

NUMBER, OTHER = "899700000081", "899700000082"
PIN = seed_secret("Phrase du jeton brun")
WRONG = seed_secret("Pas cette phrase brune")


@pytest.fixture(scope="module")
def holder(authority: Authority) -> Identity:
    return authority.professional(NUMBER, "PERRIN", "Dominique")


@pytest.fixture(scope="module")
def other(authority: Authority) -> Identity:
    return authority.professional(OTHER, "MOREAU", "Claude")


@pytest.fixture
def token(softhsm: SoftHsm, holder: Identity, other: Identity) -> SoftHsm:
    softhsm.add_token("Jeton brun", other, holder, pin=PIN)
    return softhsm


@pytest.fixture
def wanted(token: SoftHsm, dovecot: ImapServer, new_user: tuple[str, str]) -> AddAccount:
    operator = dovecot.with_certificates()
    operator.let_in(NUMBER, new_user[0])
    return AddAccount(
        address=new_user[0],
        imap=Endpoint(host=operator.host, port=operator.port_tls),
        smtp=Endpoint(host=operator.host, port=operator.submission_tls),
        ca_pem=operator.ca_pem.decode(),
        auth="pkcs11",
        pkcs11=f"pkcs11:token=Jeton%20brun;id=%02?module-path={token.module}",
    )


@pytest.fixture
def ear(home: Path, token: SoftHsm) -> Iterator[Ear]:
    ear = opened(home / "p")
    yield ear
    assert ear.client is not None
    ear.client.close()


def test_the_pin_is_asked_until_it_is_right(ear: Ear, wanted: AddAccount) -> None:
    want = begin(ear, wanted)
    prompt = ear.pin_asked()
    assert prompt.length == TOKEN_PIN_LENGTHS
    assert "PERRIN Dominique" in prompt.holder
    assert "CPS" not in prompt.sentence
    answer(ear, prompt, secret=Secret(WRONG))
    again = ear.pin_asked(2)
    assert again.problem
    assert "carte" not in again.problem
    answer(ear, again, secret=Secret(PIN))
    done = end_of(ear, want)
    assert isinstance(done, Done)
    assert done.account is not None
    assert (done.account.pkcs11, len(done.account.certificate)) == (wanted.pkcs11, 64)
    ear.wait("changed", lambda changed: any(state.state == "online" for state in changed.states))


def test_after_a_start_it_is_asked_for_again(ear: Ear, wanted: AddAccount, home: Path) -> None:
    want = begin(ear, wanted)
    answer(ear, ear.pin_asked(), secret=Secret(PIN))
    account = end_of(ear, want).account
    assert ear.client is not None
    ear.client.close()
    again = opened(home / "p")
    try:
        told = again.wait(
            "changed", lambda changed: any(state.problem is not None for state in changed.states)
        )
        assert told.states[0].problem.code == "card-locked"
        assert "certificat" in told.states[0].problem.sentence
        want = begin(again, LogIn(account=account.id))
        answer(again, again.pin_asked(), secret=Secret(PIN))
        assert isinstance(end_of(again, want), Done)
        again.wait("changed", lambda changed: any(state.state == "online" for state in changed.states))
    finally:
        assert again.client is not None
        again.client.close()


def test_among_several_the_person_chooses(ear: Ear, wanted: AddAccount, token: SoftHsm) -> None:
    want = begin(
        ear, msgspec.structs.replace(wanted, pkcs11=f"pkcs11:token=Jeton%20brun?module-path={token.module}")
    )
    prompt = ear.wait("prompted", lambda prompt: prompt.kind == "certificate")
    (mine,) = [number for number, words in enumerate(prompt.choices) if "PERRIN" in words]
    answer(ear, prompt, choice=mine)
    answer(ear, ear.pin_asked(), secret=Secret(PIN))
    assert isinstance(end_of(ear, want), Done)


def test_who_gives_up_loses_nothing_and_keeps_nothing(ear: Ear, wanted: AddAccount) -> None:
    want = begin(ear, wanted)
    answer(ear, ear.pin_asked(), accepted=False)
    assert code(end_of(ear, want)) == "pin-cancelled"


def test_what_a_computer_holds_is_listed(ear: Ear, token: SoftHsm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(software, "_INSTALLED", {sys.platform: (token.module,)})
    listed = ear.ask(ReadCertificates())
    assert isinstance(listed, CertificatesAnswer)
    assert {(each.token, each.certificate.surname) for each in listed.certificates} == {
        ("Jeton brun", "PERRIN"),
        ("Jeton brun", "MOREAU"),
    }
    mine = next(each for each in listed.certificates if each.certificate.surname == "PERRIN")
    named = ear.ask(ReadCertificates(uri=mine.uri))
    assert isinstance(named, CertificatesAnswer)
    assert [each.uri for each in named.certificates] == [mine.uri]
    nothing = ear.ask(ReadCertificates(uri="pkcs11:token=Absent"))
    assert isinstance(nothing, CertificatesAnswer)
    assert nothing.problem is not None
    assert nothing.problem.code == "pkcs11-no-token"
    assert PIN not in repr(listed)


def test_a_removed_account_lets_its_token_go(ear: Ear, wanted: AddAccount) -> None:
    want = begin(ear, wanted)
    answer(ear, ear.pin_asked(), secret=Secret(PIN))
    account = end_of(ear, want).account
    assert isinstance(ear.do(RemoveAccount(account=account.id)), Done)
    again = begin(ear, wanted)
    answer(ear, ear.pin_asked(2), secret=Secret(WRONG))
    answer(ear, ear.pin_asked(3), accepted=False)
    assert code(end_of(ear, again)) == "pin-wrong"


@pytest.mark.skipif(sys.platform == "win32", reason="pcscd and its virtual reader are for Linux")
def test_what_is_pulled_locks_as_a_card_does(
    opensc: str, ear: Ear, readers: tuple[Reader, ...], holder: Identity, wanted: AddAccount
) -> None:
    """A card that a module of somebody else reads: its PIN keeps the rules of a CPS.

    The module comes first, so that it ends after the engine that uses it.
    """
    readers[0].insert(VirtualCard("CPS3", holder, pin="7391"))
    want = begin(ear, msgspec.structs.replace(wanted, pkcs11=f"pkcs11:?module-path={opensc}"))
    prompt = ear.pin_asked()
    assert (prompt.length, prompt.tries_left) == ((4, 4), None)
    answer(ear, prompt, secret=Secret("7391"))
    assert isinstance(end_of(ear, want), Done)
    readers[0].remove()
    ear.wait("locked")
