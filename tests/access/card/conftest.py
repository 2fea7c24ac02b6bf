"""Cards of invented people, and a card thread that ends with each test."""

from collections.abc import Callable, Iterator

import pytest

from mssclient.access.card.thread import CardThread
from mssclient.access.card.token import Token, open_tokens
from mssclient.model.cards import CardInserted
from tests.access.card.listening import PIN, Ear
from tests.servers import Authority, CardService, Identity, Reader, VirtualCard
from tests.servers.virtual_card import Kind

NUMBER = "899700000021"


@pytest.fixture
def thread() -> Iterator[CardThread]:
    thread = CardThread()
    yield thread
    thread.close()


@pytest.fixture(scope="session")
def holder(authority: Authority) -> Identity:
    """The certificate for authentication of the card's holder."""
    return authority.professional(NUMBER, "PERRIN", "Dominique")


@pytest.fixture(scope="session")
def holder_signature(authority: Authority) -> Identity:
    return authority.professional(NUMBER, "PERRIN", "Dominique", signs=True)


@pytest.fixture
def new_card(holder: Identity, holder_signature: Identity) -> Callable[..., VirtualCard]:
    """``new_card("CPS3")``: a card of the holder, whose PIN is 7391."""

    def make(kind: Kind, number: str = "2900123456") -> VirtualCard:
        return VirtualCard(kind, holder, holder_signature, pin=PIN, number=number)

    return make


@pytest.fixture
def opened(thread: CardThread) -> Iterator[Callable[..., Token]]:
    """``opened(reader=…)``: the one token, by PC/SC unless told otherwise; let go at the end."""
    tokens: list[Token] = []

    def make(*, route: str = "pcsc", reader: str = "", module: str = "") -> Token:
        found = open_tokens(thread, reader=reader, route=route, module=module)
        tokens.extend(found)
        (token,) = found
        return token

    yield make
    for token in tokens:
        token.close(reset=False)


@pytest.fixture
def ear(card_service: CardService) -> Iterator[Ear]:
    ear = Ear()
    ear.watch.start()
    yield ear
    ear.watch.stop()


@pytest.fixture
def insert(readers: tuple[Reader, ...], ear: Ear) -> Callable[[VirtualCard], VirtualCard]:
    """Puts a card into the first reader and waits until the service has told so."""

    def put(card: VirtualCard) -> VirtualCard:
        readers[0].insert(card)
        ear.until(CardInserted)
        return card

    return put
