"""The TLS policy towards operators, and what a person is told when a server does not keep it."""

import contextlib
import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from mssclient.access.stream import Patience, Stream
from mssclient.model.errors import MssError, Refused
from mssclient.operators.tls import client_context, new_client_context, operator_anchors, verified_chain
from tests.servers import Authority, Identity


def test_the_policy_is_strict_whatever_the_anchors(authority: Authority) -> None:
    for context in (client_context(), client_context(authority.ca_pem.decode()), client_context(system=True)):
        assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname


def test_only_forward_secret_authenticated_suites() -> None:
    names = [suite["name"] for suite in client_context().get_ciphers()]
    assert names
    for name in names:
        assert name.startswith(("TLS_", "ECDHE-", "DHE-")), name
        assert "GCM" in name or "CHACHA20" in name or "CCM" in name, name
        assert "DSS" not in name, "keys for DSA are obsolete (FIPS 186-5)"


def test_an_anchor_that_is_none_is_refused() -> None:
    for text in ("du texte", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        with pytest.raises(Refused) as refusal:
            client_context(text)
        assert refusal.value.code == "certificate-anchor"


def test_the_shipped_anchors_are_certificates() -> None:
    context = client_context()
    assert len(context.get_ca_certs()) == len(operator_anchors())


# -- against real handshakes -------------------------------------------------------------------------------

Serve = Callable[[ssl.SSLContext], int]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a server that does one handshake, says "ok" and waits for the end; gives its port."""
    with contextlib.ExitStack() as stack:

        def start(context: ssl.SSLContext) -> int:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

            def answer() -> None:
                with contextlib.suppress(OSError):
                    raw, _from = listener.accept()
                    with context.wrap_socket(raw, server_side=True) as served:
                        served.sendall(b"ok\r\n")
                        served.recv(1)

            thread = threading.Thread(target=answer, daemon=True)
            thread.start()
            stack.callback(thread.join, 10)
            return listener.getsockname()[1]

        yield start


def secured(port: int, context: ssl.SSLContext) -> tuple[str, tuple[bytes, ...]]:
    """The version and the verified chain of a connection that succeeds."""
    stream = Stream.connect("localhost", port, Patience(connect_s=10, reply_s=10))
    try:
        stream.start_tls(context)
        assert stream.read_line() == b"ok"
        return stream.tls_version, stream.peer_chain
    finally:
        stream.close()


def refused(port: int, context: ssl.SSLContext) -> MssError:
    with pytest.raises(MssError) as refusal:
        secured(port, context)
    assert "localhost" in refusal.value.sentence
    assert refusal.value.remedy
    return refusal.value


def ours(authority: Authority) -> ssl.SSLContext:
    return new_client_context(authority.ca_pem.decode())


def test_what_is_in_order_is_taken(authority: Authority, serve: Serve, tmp_path: Path) -> None:
    identity = authority.subordinate().server()
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = identity.server_context(tmp_path)
        context.minimum_version = context.maximum_version = version
        name, chain = secured(serve(context), ours(authority))
        assert name.replace(".", "_") == version.name
        assert chain[0] == identity.certificate_der
        # The anchor is given besides: a chain may end at it or at the authority below.
        assert [x509.load_der_x509_certificate(each) for each in chain[:2]] == [
            identity.certificate,
            *identity.chain,
        ]


IMPOSTORS = (
    "AC IGC-SANTE ELEMENTAIRE ORGANISATIONS",
    "Autorité IGC Santé de confiance",
    "igc_sante",
)


@pytest.mark.parametrize("system", [False, True])
@pytest.mark.parametrize("name", IMPOSTORS)
def test_an_authority_that_merely_bears_the_name(
    serve: Serve, tmp_path: Path, name: str, system: bool
) -> None:
    """Also one whose names are to the letter those of the anchors that we ship."""
    impostor = Authority("AC RACINE IGC-SANTE ELEMENTAIRE").subordinate(name).server()
    for identity in (impostor, Identity(impostor.certificate, impostor.key)):
        error = refused(serve(identity.server_context(tmp_path)), client_context(system=system))
        assert error.code == "certificate-impostor"
        assert "IGC-Santé" in error.sentence


def test_the_very_names_of_the_shipped_anchors(serve: Serve, tmp_path: Path) -> None:
    roots = [x509.load_der_x509_certificate(each) for each in operator_anchors()]
    for root in roots:
        double = Authority("x", subject=root.subject)
        error = refused(serve(double.server().server_context(tmp_path)), client_context())
        assert error.code in ("certificate-impostor", "certificate-untrusted"), root.subject
        assert double.certificate.subject == root.subject


BAD: dict[str, tuple[Callable[[Authority], Identity], str, str]] = {
    "another authority": (lambda a: Authority("Autre").server(), "certificate-untrusted", "reconnue"),
    "self-signed": (lambda a: Authority.self_signed(), "certificate-untrusted", "lui-même"),
    "expired": (lambda a: a.expired_server(), "certificate-expired", "a expiré"),
    "not yet valid": (lambda a: a.future_server(), "certificate-expired", "pas encore"),
    "another name": (lambda a: a.wrong_name_server(), "certificate-name", "n’est pas celui"),
    "of a person": (lambda a: a.client("a@exemple.fr"), "certificate-untrusted", ""),
}


@pytest.mark.parametrize("kind", BAD)
def test_each_bad_certificate_has_its_sentence(
    authority: Authority, serve: Serve, tmp_path: Path, kind: str
) -> None:
    make, code, words = BAD[kind]
    error = refused(serve(make(authority).server_context(tmp_path)), ours(authority))
    assert error.code == code
    assert words in error.sentence


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_older_versions_are_refused(
    authority: Authority, serve: Serve, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    context = authority.server().server_context(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = version
    error = refused(serve(context), ours(authority))
    assert error.code == "tls-too-old"
    assert "trop ancien" in error.sentence


@pytest.mark.parametrize("suites", ["AES128-SHA:AES256-SHA", "ECDHE-ECDSA-AES128-SHA", "AES128-GCM-SHA256"])
def test_other_suites_are_refused(authority: Authority, serve: Serve, tmp_path: Path, suites: str) -> None:
    """CBC, SHA-1, key exchange without forward secrecy: ECO.1.1.3."""
    context = authority.server().server_context(tmp_path)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(f"{suites}:@SECLEVEL=0")
    error = refused(serve(context), ours(authority))
    assert error.code == "tls-too-weak"


def test_the_system_store_is_for_those_who_ask(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = Authority("AC publique")
    store = tmp_path / "store.pem"
    store.write_bytes(public.ca_pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(store))
    context = public.server().server_context(tmp_path)
    assert secured(serve(context), new_client_context(system=True))[1]
    assert refused(serve(context), new_client_context()).code == "certificate-untrusted"


def test_a_private_authority_is_for_its_account_only(serve: Serve, tmp_path: Path) -> None:
    private, other = Authority("AC du cabinet"), Authority("AC d’ailleurs")
    context = private.server().server_context(tmp_path)
    assert secured(serve(context), ours(private))[1][-1] == private.certificate.public_bytes(Encoding.DER)
    for stranger in (ours(other), client_context(), client_context(system=True)):
        assert refused(serve(context), stranger).code == "certificate-untrusted"


def test_no_chain_without_a_handshake() -> None:
    one, two = socket.socketpair()
    with (
        two,
        client_context().wrap_socket(
            one, server_hostname="localhost", do_handshake_on_connect=False
        ) as waiting,
    ):
        assert verified_chain(waiting) == ()
