"""Revocation, with an authority of our own that publishes lists and OCSP answers on the loopback."""

import base64
import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from mssclient.operators.revocation import Revocation, RevocationAnswer, Standing, fetch
from mssclient.operators.revocation.evidence import Unusable, links_of
from mssclient.operators.revocation.fetching import Unfetched
from mssclient.operators.revocation.lists import LIST_OCTETS, read_list
from mssclient.operators.revocation.responses import make_question, read_response
from mssclient.operators.tls import operator_anchors, verified_chain
from tests.servers import Authority, Identity
from tests.servers.revocation import Publisher, Responder

DAY = timedelta(days=1)
DER = Encoding.DER


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with Publisher() as server:
        yield server


class World:
    """A root, an authority below it, a server of that one; all that they publish; and who checks."""

    def __init__(self, publisher: Publisher, folder: Path, *, lists: bool = True, ocsp: bool = True) -> None:
        self.publisher = publisher
        self.folder = folder
        self.root = Authority("AC RACINE DES ESSAIS")
        root_list = publisher.url("/racine.crl") if lists else None
        root_ocsp = publisher.url("/racine-ocsp") if ocsp else None
        self.below = self.root.subordinate("AC DES ESSAIS", crl_url=root_list, ocsp_url=root_ocsp)
        self.server = self.below.server(
            crl_url=publisher.url("/essais.crl") if lists else None,
            ocsp_url=publisher.url("/ocsp") if ocsp else None,
        )
        self.root_responder = Responder(self.root, self.below.identity)
        self.responder = Responder(self.below, self.server)
        publisher.answers["/racine.crl"] = self.root.revocation_list()
        publisher.answers["/essais.crl"] = self.below.revocation_list()
        publisher.answers["/racine-ocsp"] = self.root_responder
        publisher.answers["/ocsp"] = self.responder
        self.revocation = self.again()

    def again(self, wait_s: float = 10.0) -> Revocation:
        """After a new start of the program."""
        return Revocation(self.folder, wait_s=wait_s)

    @property
    def chain(self) -> tuple[bytes, ...]:
        return tuple(
            each.public_bytes(DER)
            for each in (self.server.certificate, self.below.certificate, self.root.certificate)
        )

    def check(self, at: float = 0.0, revocation: Revocation | None = None) -> RevocationAnswer:
        checker = revocation or self.revocation
        answer = checker.check(self.chain, at or time.time())
        assert checker.settle(20)
        return answer


@pytest.fixture
def world(publisher: Publisher, tmp_path: Path) -> World:
    return World(publisher, tmp_path / "revocation")


@pytest.fixture
def by_list(publisher: Publisher, tmp_path: Path) -> World:
    return World(publisher, tmp_path / "revocation", ocsp=False)


@pytest.fixture
def by_ocsp(publisher: Publisher, tmp_path: Path) -> World:
    return World(publisher, tmp_path / "revocation", lists=False)


def reasons(answer: RevocationAnswer) -> set[str]:
    return {reason for each in answer.standings for reason in each.reasons}


# -- the plain cases ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("ways", [(True, True), (True, False), (False, True)], ids=["both", "list", "ocsp"])
def test_a_chain_in_order_is_good(publisher: Publisher, tmp_path: Path, ways: tuple[bool, bool]) -> None:
    answer = World(publisher, tmp_path / "revocation", lists=ways[0], ocsp=ways[1]).check()
    assert answer.state == "good", answer
    assert [standing.state for standing in answer.standings] == ["good", "good"]
    assert answer.sentence


def test_a_revoked_server_by_list(by_list: World) -> None:
    by_list.publisher.answers["/essais.crl"] = by_list.below.revocation_list([by_list.server])
    answer = by_list.check()
    assert answer.state == "revoked"
    assert answer.standings[0] == Standing(state="revoked", by="list")


def test_a_revoked_server_by_response(by_ocsp: World) -> None:
    by_ocsp.responder.revoke(by_ocsp.server)
    answer = by_ocsp.check()
    assert answer.state == "revoked"
    assert answer.standings[0] == Standing(state="revoked", by="response")


def test_one_of_the_two_is_enough_to_refuse(world: World) -> None:
    world.responder.revoke(world.server)
    world.check()  # a list may have answered first; the response is remembered
    assert world.check().state == "revoked"


def test_a_revoked_authority_by_list(by_list: World) -> None:
    by_list.publisher.answers["/racine.crl"] = by_list.root.revocation_list([by_list.below.identity])
    answer = by_list.check()
    assert answer.standings[1] == Standing(state="revoked", by="list")
    assert answer.state == "revoked"


def test_a_revoked_authority_by_response(by_ocsp: World) -> None:
    by_ocsp.root_responder.revoke(by_ocsp.below.identity)
    assert by_ocsp.check().state == "revoked"


def test_a_chain_that_says_nowhere_to_ask(publisher: Publisher, tmp_path: Path) -> None:
    world = World(publisher, tmp_path, lists=False, ocsp=False)
    answer = world.check()
    assert answer.state == "unknown"
    assert reasons(answer) == {"no-place"}
    assert publisher.asked == []


def test_the_shipped_authority_tells_its_lists() -> None:
    """IGC-Santé's certificates name http and ldap; the second is not asked."""
    found = [x509.load_der_x509_certificate(each) for each in operator_anchors()]
    (root,) = [each for each in found if each.subject == each.issuer]
    (below,) = [each for each in found if each.subject != each.issuer]
    (link,) = links_of([below.public_bytes(DER), root.public_bytes(DER)])
    assert link.lists == ("http://igc-sante.esante.gouv.fr/CRL/ACR-EL.crl",)


def test_an_anchor_alone_has_nothing_to_check(world: World) -> None:
    assert world.revocation.check([world.root.certificate.public_bytes(DER)], time.time()).state == "good"


def test_a_chain_that_is_none(world: World) -> None:
    answer = world.revocation.check([b"rien", b"du tout"], time.time())
    assert (answer.state, reasons(answer)) == ("unknown", {"chain-unreadable"})


# -- lists -------------------------------------------------------------------------------------------------


def altered(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


BAD_LISTS: dict[str, tuple[Callable[[World], bytes], str]] = {
    "altered": (lambda w: altered(w.below.revocation_list()), "signature-wrong"),
    "of another key": (lambda w: Authority("AC DES ESSAIS").revocation_list(), "signature-wrong"),
    "of another authority": (lambda w: Authority("Autre").revocation_list(), "list-of-others"),
    "of the root": (lambda w: w.root.revocation_list(), "list-of-others"),
    "expired": (lambda w: w.below.revocation_list(end=datetime.now(UTC) - DAY), "list-expired"),
    "of tomorrow": (lambda w: w.below.revocation_list(begin=datetime.now(UTC) + DAY), "list-of-tomorrow"),
    "for ever": (lambda w: w.below.revocation_list(end=datetime.now(UTC) + 2000 * DAY), "list-endless"),
    "changes only": (
        lambda w: w.below.revocation_list(extensions=[x509.DeltaCRLIndicator(1)]),
        "list-partial",
    ),
    "of another part": (
        lambda w: w.below.revocation_list(extensions=[_part("http://x/2.crl")]),
        "list-of-others",
    ),
    "of authorities": (lambda w: w.below.revocation_list(extensions=[_part(ca=True)]), "list-of-others"),
    "some reasons": (
        lambda w: w.below.revocation_list(extensions=[_part(reasons=[x509.ReasonFlags.superseded])]),
        "list-partial",
    ),
    "unknown extension": (
        lambda w: w.below.revocation_list(
            extensions=[x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")]
        ),
        "list-partial",
    ),
    "a page": (lambda w: b"<html>Identifiez-vous</html>", "list-unreadable"),
    "empty": (lambda w: b"", "list-unreadable"),
    "giant": (lambda w: bytes(LIST_OCTETS + 1), "too-long"),
}


def _part(
    place: str = "", *, ca: bool = False, reasons: list[x509.ReasonFlags] | None = None
) -> x509.IssuingDistributionPoint:
    name = [x509.UniformResourceIdentifier(place)] if place else None
    return x509.IssuingDistributionPoint(
        name, None, False, ca, frozenset(reasons) if reasons else None, False, False
    )


@pytest.mark.parametrize("kind", BAD_LISTS)
def test_a_bad_list_proves_nothing(by_list: World, kind: str) -> None:
    make, reason = BAD_LISTS[kind]
    by_list.publisher.answers["/essais.crl"] = make(by_list)
    answer = by_list.check()
    assert answer.state == "unknown"
    assert answer.standings[0].reasons == (reason,)
    assert answer.standings[1].state == "good"


def test_a_list_of_our_own_part_counts(by_list: World) -> None:
    part = _part(by_list.publisher.url("/essais.crl"))
    by_list.publisher.answers["/essais.crl"] = by_list.below.revocation_list(
        [by_list.server], extensions=[part]
    )
    assert by_list.check().state == "revoked"


def test_a_list_in_pem_or_that_moved_is_taken(by_list: World) -> None:
    pem = x509.load_der_x509_crl(by_list.below.revocation_list([by_list.server])).public_bytes(Encoding.PEM)
    by_list.publisher.moved["/essais.crl"] = "/ailleurs.crl"
    by_list.publisher.answers["/ailleurs.crl"] = pem
    assert by_list.check().state == "revoked"


def test_the_last_list_is_kept_and_serves_offline(by_list: World) -> None:
    assert by_list.check().state == "good"
    kept = sorted(by_list.folder.glob("*.crl"))
    assert len(kept) == 2
    assert all(each.stat().st_mode & 0o777 == 0o600 for each in kept)
    by_list.publisher.answers.clear()
    answer = by_list.check(revocation=by_list.again())
    assert answer.state == "good"
    assert answer.standings[0].by == "list"
    later = time.time() + 31 * 86400
    assert by_list.check(later, by_list.again()).state == "unknown"


def test_a_kept_revocation_holds_offline(by_list: World) -> None:
    by_list.publisher.answers["/essais.crl"] = by_list.below.revocation_list([by_list.server])
    assert by_list.check().state == "revoked"
    by_list.publisher.answers.clear()
    assert by_list.check(revocation=by_list.again()).state == "revoked"


def test_a_kept_list_that_was_altered_is_not_used(by_list: World) -> None:
    assert by_list.check().state == "good"
    for each in by_list.folder.glob("*.crl"):
        each.write_bytes(altered(each.read_bytes()))
    by_list.publisher.answers.clear()
    assert by_list.check(revocation=by_list.again()).state == "unknown"


def test_an_older_list_does_not_replace_a_newer_one(by_list: World) -> None:
    now = datetime.now(UTC)
    revoked = by_list.below.revocation_list([by_list.server], begin=now - DAY / 2, end=now + DAY / 4)
    by_list.publisher.answers["/essais.crl"] = revoked
    assert by_list.check().state == "revoked"
    by_list.publisher.answers["/essais.crl"] = by_list.below.revocation_list()
    again = by_list.again()
    assert by_list.check(revocation=again).state == "revoked"  # and asks for a newer list meanwhile
    assert by_list.publisher.count("/essais.crl") == 2
    assert by_list.check(revocation=again).state == "revoked"


def test_a_folder_that_cannot_be_written_costs_the_copy_only(by_list: World) -> None:
    by_list.folder.parent.mkdir(exist_ok=True)
    by_list.folder.write_text("un fichier")
    assert by_list.check().state == "good"


def test_a_list_that_still_holds_is_renewed_in_the_background(by_list: World) -> None:
    assert by_list.check().state == "good"
    by_list.publisher.answers["/essais.crl"] = by_list.below.revocation_list(
        [by_list.server], begin=datetime.now(UTC)
    )
    again = by_list.again()
    assert by_list.check(revocation=again).state == "good"  # at once, from the kept one
    assert by_list.check(revocation=again).state == "revoked"


# -- responses ---------------------------------------------------------------------------------------------


def test_a_delegated_responder_counts(by_ocsp: World) -> None:
    by_ocsp.responder.signer = by_ocsp.below.responder()
    assert by_ocsp.check().state == "good"
    by_ocsp.responder.by_name = True
    by_ocsp.responder.revoke(by_ocsp.server)
    assert by_ocsp.check(revocation=by_ocsp.again()).state == "revoked"


def test_a_response_without_nonce_or_end_counts(by_ocsp: World) -> None:
    by_ocsp.responder.with_nonce = False
    by_ocsp.responder.end = None
    assert by_ocsp.check().state == "good"


def _set(**attributes: object) -> Callable[[World], None]:
    def bend(world: World) -> None:
        for name, value in attributes.items():
            setattr(world.responder, name, value(world) if callable(value) else value)

    return bend


def _alter(world: World) -> None:
    right = world.responder
    world.publisher.answers["/ocsp"] = lambda question: altered(right(question))


def _other_question(world: World) -> None:
    """The right answer to a question about another certificate of the same authority."""
    other = world.below.server()
    right = Responder(world.below, other)
    link = links_of([each.public_bytes(DER) for each in (other.certificate, world.below.certificate)])[0]
    world.publisher.answers["/ocsp"] = right(make_question(link)[0])


BAD_RESPONSES: dict[str, tuple[Callable[[World], None], str]] = {
    "altered": (_alter, "signature-wrong"),
    "expired": (_set(begin=datetime.now(UTC) - 3 * DAY, end=datetime.now(UTC) - DAY), "response-expired"),
    "old without end": (_set(begin=datetime.now(UTC) - 2 * DAY, end=None), "response-expired"),
    "of tomorrow": (
        _set(begin=datetime.now(UTC) + DAY, end=datetime.now(UTC) + 2 * DAY),
        "response-of-tomorrow",
    ),
    "says unknown": (_set(unknown=True), "response-unknown"),
    "another nonce": (_set(nonce=b"0123456789abcdef"), "nonce-wrong"),
    "not delegated": (_set(signer=lambda w: w.below.responder(signs_answers=False)), "responder-unknown"),
    "delegated by another": (
        _set(signer=lambda w: Authority("AC DES ESSAIS").responder()),
        "responder-unknown",
    ),
    "delegated by the root": (_set(signer=lambda w: w.root.responder()), "responder-unknown"),
    "the server itself": (_set(signer=lambda w: w.server), "responder-unknown"),
    "another authority": (
        _set(issuer=lambda w: Authority("AC DES ESSAIS").certificate),
        "response-of-others",
    ),
    "of another": (_other_question, "response-of-others"),
    "refused": (_set(certificates={}), "response-refused"),
    "a page": (lambda w: w.publisher.answers.update({"/ocsp": b"<html>"}), "response-unreadable"),
    "giant": (lambda w: w.publisher.answers.update({"/ocsp": bytes(1_000_000)}), "too-long"),
    "missing": (lambda w: w.publisher.answers.pop("/ocsp") and None, "status-404"),
}


@pytest.mark.parametrize("kind", BAD_RESPONSES)
def test_a_bad_response_proves_nothing(by_ocsp: World, kind: str) -> None:
    bend, reason = BAD_RESPONSES[kind]
    bend(by_ocsp)
    answer = by_ocsp.check()
    assert answer.state == "unknown"
    assert answer.standings[0].reasons == (reason,)
    assert answer.standings[1].state == "good"


def test_a_list_helps_when_the_responder_does_not(world: World) -> None:
    world.publisher.answers["/ocsp"] = b"rien"
    world.publisher.answers["/racine-ocsp"] = b"rien"
    answer = world.check()
    assert answer.state == "good"
    assert {each.by for each in answer.standings} == {"list"}


def test_an_answer_is_remembered(by_ocsp: World) -> None:
    for _number in range(3):
        assert by_ocsp.check().state == "good"
    assert by_ocsp.publisher.count("/ocsp") == 1
    by_ocsp.publisher.answers.clear()
    assert by_ocsp.check(time.time() + 13 * 3600).state == "unknown"  # it has ended


# -- time --------------------------------------------------------------------------------------------------


def test_a_responder_that_hangs_is_waited_for_once(by_ocsp: World) -> None:
    by_ocsp.publisher.hang = True
    checker = by_ocsp.again(wait_s=1.0)
    begun = time.monotonic()
    answer = checker.check(by_ocsp.chain, time.time())
    assert 0.9 < time.monotonic() - begun < 6
    assert (answer.state, reasons(answer)) == ("unknown", {"no-answer-yet"})
    took: list[float] = []
    for _number in range(3):
        begun = time.monotonic()
        assert checker.check(by_ocsp.chain, time.time()).state == "unknown"
        took.append(time.monotonic() - begun)
    assert sorted(took)[1] < 0.8, "one may be held up by a busy computer"
    assert by_ocsp.publisher.count("/ocsp") == 1
    by_ocsp.publisher.release()
    assert checker.settle(20)


def test_a_responder_that_hangs_does_not_hide_a_list(world: World) -> None:
    hung = threading.Event()
    world.publisher.answers["/ocsp"] = lambda question: bytes(hung.wait(20))
    begun = time.monotonic()
    assert world.revocation.check(world.chain, time.time()).state == "good"
    assert time.monotonic() - begun < 8
    hung.set()
    assert world.revocation.settle(20)


def test_many_threads_ask_once(by_ocsp: World) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(by_ocsp.check().state)) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert found == ["good"] * 8
    assert by_ocsp.publisher.count("/ocsp") == 1


def test_fetching_is_bounded_in_time(publisher: Publisher) -> None:
    publisher.answers["/lent"] = bytes(1000)
    publisher.trickle = True
    begun = time.monotonic()
    with pytest.raises(OSError):
        fetch(publisher.url("/lent"), None, 10_000, 0.5)
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    "url",
    [
        "https://localhost/",
        "ftp://localhost/",
        "file:///etc/passwd",
        "http://a:b@localhost/",
        "http://",
        "http:x",
    ],
)
def test_only_plain_http_is_fetched(url: str) -> None:
    with pytest.raises(Unfetched) as refusal:
        fetch(url, None, 1000, 1)
    assert str(refusal.value) == "address"


@pytest.mark.parametrize("target", ["https://localhost/x", "file:///etc/passwd", "/tourne"])
def test_a_redirect_leads_to_http_only_and_not_for_ever(publisher: Publisher, target: str) -> None:
    publisher.moved["/tourne"] = target
    with pytest.raises(Unfetched) as refusal:
        fetch(publisher.url("/tourne"), None, 1000, 5)
    assert str(refusal.value) == "moved"
    assert publisher.count("/tourne") <= 3


# -- hostile bytes -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pieces() -> tuple[Authority, Identity, bytes, bytes, bytes]:
    authority = Authority()
    server = authority.server()
    link = links_of([each.public_bytes(DER) for each in (server.certificate, authority.certificate)])[0]
    question, nonce = make_question(link)
    return (
        authority,
        server,
        authority.revocation_list([server]),
        Responder(authority, server)(question),
        nonce,
    )


@given(st.data())
def test_whatever_was_altered_proves_nothing(
    pieces: tuple[Authority, Identity, bytes, bytes, bytes], data: st.DataObject
) -> None:
    authority, server, crl, response, nonce = pieces
    link = links_of([each.public_bytes(DER) for each in (server.certificate, authority.certificate)])[0]
    for whole, read in (
        (crl, lambda bad: read_list(bad, authority.certificate)),
        (response, lambda bad: read_response(bad, link, nonce, time.time())),
    ):
        place = data.draw(st.integers(0, len(whole) - 1))
        bad = whole[:place] + bytes([whole[place] ^ data.draw(st.integers(1, 255))]) + whole[place + 1 :]
        for each in (bad, whole[:place], data.draw(st.binary(max_size=200))):
            with contextlib.suppress(Unusable):
                found = read(each)
                # Unsigned octets (an OCSP answer's outer shell) may differ without changing what is said.
                assert each != whole
                assert read is not None
                assert getattr(found, "state", "good") == "good" or each == whole


# -- a real connection -------------------------------------------------------------------------------------


def test_the_chain_of_a_connection(world: World, tmp_path: Path) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    tls = world.server.server_context(tmp_path / "tls")

    def serve() -> None:
        with contextlib.suppress(OSError), tls.wrap_socket(listener.accept()[0], server_side=True) as served:
            served.recv(1)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    context: ssl.SSLContext = world.root.client_context()
    raw = socket.create_connection(listener.getsockname())
    with context.wrap_socket(raw, server_hostname="localhost", do_handshake_on_connect=False) as connection:
        assert verified_chain(connection) == ()
        connection.do_handshake()
        assert verified_chain(connection) == world.chain
    thread.join(10)
    listener.close()


def test_a_list_is_fetched_through_a_proxy_that_wants_a_login(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.answers["http://liste.exemple.fr/liste.crl"] = b"liste"
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("http_proxy", f"http://essai:m%40t@127.0.0.1:{publisher.port}")
    assert fetch("http://liste.exemple.fr/liste.crl", None, 1000, 5) == b"liste"
    assert publisher.logins == ["Basic " + base64.b64encode(b"essai:m@t").decode()]


@pytest.mark.parametrize("address", ["socks4://127.0.0.1:1", "http://[", "http://127.0.0.1:99999"])
def test_a_proxy_of_no_use_fetches_nothing(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("http_proxy", address)
    with pytest.raises(ValueError):
        fetch("http://liste.exemple.fr/liste.crl", None, 1000, 1)
