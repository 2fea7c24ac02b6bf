"""Pro Santé Connect against a real OpenID provider on the loopback."""

import base64
import contextlib
import hashlib
import json
import threading
import time
import unittest.mock
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mssclient.access import sasl
from mssclient.access.failures import connection_lost
from mssclient.access.https import Reply
from mssclient.access.psc import phone
from mssclient.access.psc import provider as provider_module
from mssclient.access.psc import session as session_module
from mssclient.access.psc.browser import log_in_by_browser
from mssclient.access.psc.phone import log_in_by_phone
from mssclient.access.psc.problems import unavailable
from mssclient.access.psc.provider import Provider, Tokens
from mssclient.access.psc.session import PscSession
from mssclient.access.psc.settings import PscSettings
from mssclient.model.errors import MssError
from mssclient.operators.tls import client_context
from tests.refusals import code_of
from tests.servers import Authority
from tests.servers.identity import CLIENT_ID, IdentityProvider

pytestmark = pytest.mark.servers


@pytest.fixture(autouse=True)
def quick_phone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone, "_PAUSE_MIN_S", 0.05)
    monkeypatch.setattr(phone, "_PAUSE_S", 0.2)


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
    assert time.monotonic() - begun < 10


def test_an_unknown_professional(provider: Provider) -> None:
    assert code_of(lambda: by_phone(provider, "800000000000")) == "psc-unknown-person"


def test_a_service_that_may_not_ask_the_phone(identity: IdentityProvider, provider: Provider) -> None:
    identity.phone = "not for this service"
    assert code_of(lambda: by_phone(provider)) == "psc-phone-unavailable"


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
        {"at_hash": "MTIzNDU2Nzg5MDEyMzQ1Ng"},
        {"at_hash": 1},
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


def test_an_identity_token_names_the_access_token_that_it_came_with(
    identity: IdentityProvider, provider: Provider
) -> None:
    """A relay that mixed up two persons' answers would else open the second one's messages to the first."""
    known = identity.token_of(identity.person)
    half = base64.urlsafe_b64encode(hashlib.sha256(known.encode()).digest()[:16]).rstrip(b"=").decode()
    identity.claims = {"at_hash": half}
    hint = by_phone_answer(provider)["id_token"]
    assert provider.tokens({"access_token": known, "id_token": hint}).access == known
    other = identity.token_of(identity.person)
    assert code_of(lambda: provider.tokens({"access_token": other, "id_token": hint})) == "psc-identity-token"


def by_phone_answer(provider: Provider) -> dict[str, object]:
    """What the token endpoint says, as it is."""
    scope = {"scope": "openid", "login_hint": "899700000001", "binding_message": "42"}
    asked = provider.post("backchannel_authentication_endpoint", scope)[1]["auth_req_id"]
    grant = "urn:openid:params:grant-type:ciba"
    return provider.post("token_endpoint", {"grant_type": grant, "auth_req_id": str(asked)})[1]


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
    assert code_of(session.token) == "psc-unavailable"
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
    assert session.identity is not None
    assert session.identity.national_id in identity.sessions
    session.end()
    assert identity.asked[-1] == "logout"
    assert session.identity is None
    assert "899700000001" not in identity.sessions
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


@pytest.fixture
def slow(identity: IdentityProvider, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """The provider does not answer until the event is set."""
    release = threading.Event()
    monkeypatch.setattr(identity, "before_answer", lambda: release.wait(20))
    yield release
    release.set()


def waiting_for_token(
    session: PscSession, given_up: threading.Event | None = None
) -> tuple[threading.Thread, list[str]]:
    codes: list[str] = []

    def wait() -> None:
        try:
            codes.append(session.token(given_up))
        except MssError as error:
            codes.append(error.code)

    thread = threading.Thread(target=wait)
    thread.start()
    return thread, codes


def asked_again(identity: IdentityProvider, endpoint: str, times: int) -> None:
    limit = time.monotonic() + 30
    while identity.asked.count(endpoint) < times:
        assert time.monotonic() < limit, "the provider was not asked"
        time.sleep(0.01)


def test_whoever_waits_for_a_refresh_can_give_up_and_the_session_goes_on(
    identity: IdentityProvider, provider: Provider, clock: Clock, slow: threading.Event
) -> None:
    slow.set()
    session = PscSession(provider, by_phone(provider))
    slow.clear()
    clock.now += identity.access_lifetime_s
    given_up = threading.Event()
    times = identity.asked.count("token")
    thread, codes = waiting_for_token(session, given_up)
    asked_again(identity, "token", times + 1)
    begun = time.monotonic()
    assert session.refused("un autre jeton")  # nothing else waits behind it
    given_up.set()
    thread.join(10)
    assert codes == ["connection-lost"]
    assert time.monotonic() - begun < 10
    slow.set()
    assert session.token()
    assert identity.asked.count("token") == times + 1  # what was under way was not lost


def test_ending_the_session_does_not_wait_for_a_refresh(
    identity: IdentityProvider, provider: Provider, clock: Clock, slow: threading.Event
) -> None:
    slow.set()
    session = PscSession(provider, by_phone(provider))
    slow.clear()
    clock.now += identity.access_lifetime_s
    times = identity.asked.count("token")
    thread, codes = waiting_for_token(session)
    asked_again(identity, "token", times + 1)
    begun = time.monotonic()
    session.forget()
    thread.join(10)
    assert codes == ["psc-session-ended"]
    assert time.monotonic() - begun < 10
    slow.set()
    # What the refresh brought is given back to the provider: nobody holds it.
    asked_again(identity, "logout", 1)
    assert not session.alive


def test_saying_farewell_does_not_wait_for_a_silent_provider(
    provider: Provider, slow: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "_FAREWELL_S", 0.3)
    slow.set()
    session = PscSession(provider, by_phone(provider))
    slow.clear()
    begun = time.monotonic()
    session.end()
    assert time.monotonic() - begun < 10
    assert not session.alive


def test_a_stranger_between_us_and_the_provider_does_not_end_the_session(
    identity: IdentityProvider, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hotel's portal shows its own certificate: that says nothing of the session."""
    settings = PscSettings(discovery=identity.discovery, client_id=CLIENT_ID)
    provider = Provider(settings, client_context(identity.ca_pem.decode()), clock)
    session = PscSession(provider, by_phone(provider))
    clock.now += identity.access_lifetime_s
    monkeypatch.setattr(provider, "_context", client_context())
    assert code_of(session.token) == "certificate-untrusted"
    assert session.alive
    monkeypatch.undo()
    assert session.token()


@pytest.mark.parametrize("status", [408, 429, 502])
def test_a_provider_that_is_busy_does_not_end_the_session(
    identity: IdentityProvider,
    provider: Provider,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
) -> None:
    session = PscSession(provider, by_phone(provider))
    clock.now += identity.access_lifetime_s
    monkeypatch.setattr(
        provider_module, "exchange", lambda *_asked, **_named: Reply(status=status, body=b'{"error": "busy"}')
    )
    assert code_of(session.token) == "psc-unavailable"
    assert session.alive


def test_a_phone_login_survives_a_lost_connection_and_an_outage(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, lost = provider.post, [connection_lost(), unavailable("HTTP 503")]

    def post(name: str, fields: Mapping[str, str], **bounds: float) -> tuple[int, dict[str, object]]:
        if name == "token_endpoint" and lost:
            raise lost.pop()
        return real(name, fields, **bounds)

    monkeypatch.setattr(provider, "post", post)
    monkeypatch.setattr(phone, "_PAUSE_S", 0.05)
    assert by_phone(provider).access


def test_a_phone_login_is_cancelled_while_the_provider_is_silent(
    provider: Provider, slow: threading.Event
) -> None:
    cancelled = threading.Event()
    threading.Timer(0.3, cancelled.set).start()
    begun = time.monotonic()
    code = code_of(lambda: log_in_by_phone(provider, "899700000001", lambda digits: None, cancelled))
    assert code == "psc-cancelled"
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("claims", [{"exp": float("nan")}, {"iat": float("nan")}], ids=["exp", "iat"])
def test_a_time_that_is_no_number_is_refused(
    identity: IdentityProvider, provider: Provider, claims: dict[str, object]
) -> None:
    identity.claims = claims
    assert code_of(lambda: by_phone(provider)) == "psc-identity-token"


@pytest.mark.parametrize("lifetime", [float("inf"), float("nan"), -5, "demain", None, 10**400])
def test_odd_lifetimes_of_tokens(identity: IdentityProvider, provider: Provider, lifetime: object) -> None:
    tokens = by_phone(provider)
    answer = {"access_token": "a", "expires_in": lifetime, "refresh_expires_in": lifetime}
    found = provider.tokens(answer, earlier=tokens)
    assert provider.clock() < found.access_until <= provider.clock() + 86_400


@pytest.mark.parametrize("issuer", ["https://", "https://localhost", "https://[", "https://autre.example/x"])
def test_an_issuer_of_another_address(
    identity: IdentityProvider, provider: Provider, monkeypatch: pytest.MonkeyPatch, issuer: str
) -> None:
    described = {**identity.described(), "issuer": issuer}
    monkeypatch.setattr(identity, "described", lambda: described)
    assert code_of(provider.described) == "psc-provider"


@pytest.mark.parametrize(
    "address", ["https://[", "https://localhost:99999/k", "https://a b/", "https://a\nb/"]
)
def test_addresses_of_the_description_that_are_none(
    identity: IdentityProvider, provider: Provider, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    described = {**identity.described(), "token_endpoint": address}
    monkeypatch.setattr(identity, "described", lambda: described)
    assert code_of(lambda: provider.post("token_endpoint", {})) in ("psc-provider", "https-only")


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=40),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["keys", "kty", "kid", "n", "e", "crv", "x", "y", "alg", "use"]),
                inner,
                max_size=6,
            )
        ),
        max_leaves=12,
    )
)
def test_keys_and_tokens_of_a_hostile_provider(found: object) -> None:
    """Whatever the JSON says: an error of ours, nothing else."""
    provider = Provider(PscSettings(client_id="x"), client_context())
    body = json.dumps(found).encode()
    with (
        unittest.mock.patch.object(provider_module, "exchange", return_value=Reply(status=200, body=body)),
        unittest.mock.patch.object(
            provider, "described", return_value={"jwks_uri": "https://x/", "issuer": "i"}
        ),
        pytest.raises(MssError),
    ):
        provider.identity(
            base64.urlsafe_b64encode(b'{"alg":"RS256"}').decode()
            + "."
            + base64.urlsafe_b64encode(body).decode().rstrip("=")
            + ".AAAA"
        )


def test_sasl_responses() -> None:
    assert sasl.xoauth2("a@b", "T") == b"user=a@b\x01auth=Bearer T\x01\x01"
    assert sasl.oauthbearer("a,=@b", "imap.b", 143, "T") == (
        b"n,a=a=2C=3D@b,\x01host=imap.b\x01port=143\x01auth=Bearer T\x01\x01"
    )
