"""Pro Santé Connect against a real OpenID provider on the loopback."""

import contextlib
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from mssclient.access import sasl
from mssclient.access.psc.browser import log_in_by_browser
from mssclient.access.psc.phone import log_in_by_phone
from mssclient.access.psc.provider import Provider, Tokens
from mssclient.access.psc.session import PscSession
from mssclient.access.psc.settings import PscSettings
from mssclient.model.errors import MssError
from mssclient.operators.tls import client_context
from tests.servers import Authority
from tests.servers.identity import CLIENT_ID, IdentityProvider

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[IdentityProvider]:
    provider = IdentityProvider(tmp_path_factory.mktemp("identity"), authority)
    provider.start()
    yield provider
    provider.stop()


@pytest.fixture
def identity(started: IdentityProvider) -> IdentityProvider:
    started.reset()
    return started


class Clock:
    def __init__(self) -> None:
        self.now = time.monotonic()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider(identity: IdentityProvider, clock: Clock) -> Provider:
    settings = PscSettings(discovery=identity.discovery, client_id=CLIENT_ID)
    return Provider(settings, client_context(identity.ca_pem.decode()), clock)


class Browser:
    """Follows the redirects as a person's browser would, on a thread of its own."""

    def __init__(self, authority: Authority, prepare: Callable[[str], str] = str) -> None:
        self._handler = urllib.request.HTTPSHandler(context=authority.client_context())
        self._prepare = prepare
        self.page = ""
        self._threads: list[threading.Thread] = []

    def open(self, url: str) -> bool:
        thread = threading.Thread(target=self._go, args=(self._prepare(url),), daemon=True)
        self._threads.append(thread)
        thread.start()
        return True

    def _go(self, url: str) -> None:
        with (
            contextlib.suppress(urllib.error.URLError),
            urllib.request.build_opener(self._handler).open(url, timeout=10) as answer,
        ):
            self.page = answer.read().decode()

    def finish(self) -> None:
        for thread in self._threads:
            thread.join(10)


@pytest.fixture
def browser(authority: Authority) -> Iterator[Browser]:
    browser = Browser(authority)
    yield browser
    browser.finish()


def by_phone(provider: Provider, national_id: str = "899700000001") -> Tokens:
    return log_in_by_phone(provider, national_id, lambda digits: None, threading.Event())


def code_of(work: Callable[[], object]) -> str:
    with pytest.raises(MssError) as refusal:
        work()
    assert refusal.value.sentence
    assert refusal.value.remedy
    return refusal.value.code


def test_by_phone_the_two_digits_are_shown_on_both_sides(
    identity: IdentityProvider, provider: Provider
) -> None:
    shown: list[str] = []
    identity.phone = "slow"
    tokens = log_in_by_phone(provider, "899700000001", shown.append, threading.Event())
    assert shown == [identity.shown]
    assert len(shown[0]) == 2
    assert tokens.identity is not None
    assert (tokens.identity.national_id, tokens.identity.family) == ("899700000001", "MARTIN")
    assert "MARTIN" not in repr(tokens) + repr(tokens.identity)


@pytest.mark.parametrize(
    ("phone", "code"), [("deny", "psc-denied"), ("expire", "psc-expired")], ids=["deny", "expire"]
)
def test_the_phone_says_no(identity: IdentityProvider, provider: Provider, phone: str, code: str) -> None:
    identity.phone = phone
    assert code_of(lambda: by_phone(provider)) == code


def test_waiting_for_the_phone_can_be_cancelled(identity: IdentityProvider, provider: Provider) -> None:
    identity.phone = "wait"
    cancelled = threading.Event()
    begun = time.monotonic()
    code = code_of(
        lambda: log_in_by_phone(provider, "899700000001", lambda digits: cancelled.set(), cancelled)
    )
    assert code == "psc-cancelled"
    assert time.monotonic() - begun < 5


def test_an_unknown_professional(provider: Provider) -> None:
    assert code_of(lambda: by_phone(provider, "800000000000")) == "psc-provider"


def test_by_browser(identity: IdentityProvider, provider: Provider, browser: Browser) -> None:
    tokens = log_in_by_browser(provider, browser.open, threading.Event())
    browser.finish()
    assert tokens.identity is not None
    assert tokens.identity.given == "Alice"
    assert "fermer cet onglet" in browser.page
    assert identity.asked[-3:] == ["authorize", "token", "keys"]


def test_another_state_is_refused_and_its_code_never_exchanged(
    identity: IdentityProvider, provider: Provider, browser: Browser
) -> None:
    identity.state = "celui-d-un-autre"
    assert code_of(lambda: log_in_by_browser(provider, browser.open, threading.Event())) == (
        "psc-state-mismatch"
    )
    assert "token" not in identity.asked


def test_the_person_declines_in_the_browser(
    identity: IdentityProvider, provider: Provider, browser: Browser
) -> None:
    identity.phone = "deny"
    assert code_of(lambda: log_in_by_browser(provider, browser.open, threading.Event())) == "psc-denied"


def test_no_browser(provider: Provider) -> None:
    assert code_of(lambda: log_in_by_browser(provider, lambda url: False, threading.Event())) == "psc-browser"


def test_a_stolen_code_is_of_no_use_without_the_verifier(
    identity: IdentityProvider, provider: Provider, authority: Authority
) -> None:
    """Another request's challenge: the provider must refuse the code (RFC 7636)."""

    def other_challenge(url: str) -> str:
        before, _, rest = url.partition("code_challenge=")
        return f"{before}code_challenge={'A' * 43}&{rest.partition('&')[2]}"

    browser = Browser(authority, other_challenge)
    assert code_of(lambda: log_in_by_browser(provider, browser.open, threading.Event())) == "psc-provider"
    browser.finish()


def test_cancelling_in_the_browser(provider: Provider) -> None:
    cancelled = threading.Event()

    def open_url(url: str) -> bool:
        cancelled.set()
        return True

    assert code_of(lambda: log_in_by_browser(provider, open_url, cancelled)) == "psc-cancelled"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://autre.example"},
        {"aud": ["un-autre-client"]},
        {"aud": [CLIENT_ID, "un-autre-client"]},
        {"azp": "un-autre-client"},
        {"exp": 1_700_000_000},
        {"exp": "demain"},
        {"iat": 4_000_000_000},
        {"sub": None},
        {"sub": ""},
    ],
    ids=lambda claims: "-".join(claims),
)
def test_an_identity_token_that_is_not_for_us_is_refused(
    identity: IdentityProvider, provider: Provider, claims: dict[str, object]
) -> None:
    identity.claims = claims
    assert code_of(lambda: by_phone(provider)) == "psc-identity-token"


def test_a_nonce_of_another_request_is_refused(
    identity: IdentityProvider, provider: Provider, browser: Browser
) -> None:
    identity.claims = {"nonce": "celui-d-un-autre"}
    assert code_of(lambda: log_in_by_browser(provider, browser.open, threading.Event())) == (
        "psc-identity-token"
    )


def test_a_signature_of_a_stranger_is_refused(identity: IdentityProvider, provider: Provider) -> None:
    identity.signed_by_stranger = True
    assert code_of(lambda: by_phone(provider)) == "psc-identity-token"


def test_a_provider_with_a_foreign_certificate(identity: IdentityProvider) -> None:
    settings = PscSettings(discovery=identity.discovery, client_id=CLIENT_ID)
    provider = Provider(settings, client_context())
    assert code_of(lambda: by_phone(provider)) == "certificate-untrusted"
    assert identity.asked == []


def test_clear_text_is_never_asked(authority: Authority) -> None:
    settings = PscSettings(discovery="http://localhost/realms/x/.well-known/y", client_id=CLIENT_ID)
    assert code_of(lambda: Provider(settings, client_context()).described()) == "https-only"


def test_an_operator_that_has_not_said_how() -> None:
    assert code_of(lambda: Provider(PscSettings(), client_context())) == "psc-not-configured"


def test_the_session_refreshes_and_reopens_by_itself(
    identity: IdentityProvider, provider: Provider, clock: Clock
) -> None:
    session = PscSession(provider, by_phone(provider))
    first = session.token()
    assert session.token() == first
    clock.now += identity.access_lifetime_s
    second = session.token()
    assert second != first
    assert session.identity is not None
    assert session.refused(second)
    assert session.token() not in (first, second)


def test_the_session_ends_when_refresh_is_refused(
    identity: IdentityProvider, provider: Provider, clock: Clock
) -> None:
    session = PscSession(provider, by_phone(provider))
    identity.session_over = True
    clock.now += identity.access_lifetime_s
    assert code_of(session.token) == "psc-session-ended"
    assert not session.alive
    assert code_of(session.token) == "psc-session-ended"


def test_an_outage_does_not_end_the_session(
    identity: IdentityProvider, provider: Provider, clock: Clock
) -> None:
    session = PscSession(provider, by_phone(provider))
    identity.unreachable = True
    clock.now += identity.access_lifetime_s
    assert code_of(session.token) == "psc-provider"
    identity.unreachable = False
    assert session.token()


def test_a_refresh_that_answers_for_somebody_else_ends_the_session(
    identity: IdentityProvider, provider: Provider, clock: Clock
) -> None:
    session = PscSession(provider, by_phone(provider))
    identity.claims = {"sub": "f:une-autre-personne"}
    clock.now += identity.access_lifetime_s
    assert code_of(session.token) == "psc-other-person"
    assert not session.alive


def test_ending_the_session_tells_the_provider(identity: IdentityProvider, provider: Provider) -> None:
    session = PscSession(provider, by_phone(provider))
    session.end()
    assert identity.asked[-1] == "logout"
    assert not session.alive


def test_many_threads_refresh_once(identity: IdentityProvider, provider: Provider, clock: Clock) -> None:
    session = PscSession(provider, by_phone(provider))
    clock.now += identity.access_lifetime_s
    before = identity.asked.count("token")
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(session.token())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(found) == 8
    assert len(set(found)) == 1
    assert identity.asked.count("token") == before + 1


def test_sasl_responses() -> None:
    assert sasl.xoauth2("a@b", "T") == b"user=a@b\x01auth=Bearer T\x01\x01"
    assert sasl.oauthbearer("a,=@b", "imap.b", 143, "T") == (
        b"n,a=a=2C=3D@b,\x01host=imap.b\x01port=143\x01auth=Bearer T\x01\x01"
    )
