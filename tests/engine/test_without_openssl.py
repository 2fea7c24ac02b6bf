"""Where the interpreter's OpenSSL is out of reach no card gets in: said before anybody types a PIN."""

import ssl
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from mssclient.access import clientkey
from mssclient.engine.cardlogin import enter_card
from mssclient.engine.diagnosis import card
from mssclient.engine.diagnosis.world import World
from mssclient.engine.tickets import Ticket
from mssclient.engine.tokenlogin import enter_token
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.cards import CardState
from mssclient.model.ids import AccountId
from tests.refusals import code_of

HERE = Endpoint(host="localhost", port=993)
ACCOUNT = Account(id=AccountId(1), address="alice@exemple.fr", imap=HERE, smtp=HERE)


@pytest.fixture(autouse=True)
def out_of_reach(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(ssl, "OPENSSL_VERSION", "OpenSSL 9.9.9")
    clientkey._openssl.cache_clear()
    yield
    clientkey._openssl.cache_clear()


@pytest.mark.parametrize("enter", [enter_card, enter_token])
def test_nobody_is_asked_for_a_pin(enter: Callable[[Any, Account, Ticket], Account]) -> None:
    nobody: Any = SimpleNamespace()
    ticket = Ticket("", lambda _progress: None)
    assert code_of(lambda: enter(nobody, ACCOUNT, ticket)) == "openssl-static"


def test_the_diagnosis_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "_look", lambda: [CardState(reader="Lecteur")])
    (line,) = [each for each in card.check(World(), needed=True) if each.check == "openssl"]
    assert (line.state, line.code) == ("fail", "openssl-static")
