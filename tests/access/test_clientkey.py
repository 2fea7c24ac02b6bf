"""The key that is a function, in real handshakes: right, refusing, crooked, shared, and gone."""

import gc
import socket
import ssl
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from mssclient.access import clientkey
from mssclient.access.clientkey import Padding, attach
from mssclient.model.errors import WorldError
from tests.servers import Authority, Identity
from tests.servers.software_key import SoftwareKey


class TlsServer:
    """Answers each connection with the common name of its client's certificate."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.failures: list[str] = []
        self._context = context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                raw, _address = self._socket.accept()
            except OSError:
                return
            raw.settimeout(20)
            try:
                with self._context.wrap_socket(raw, server_side=True) as secured:
                    shown: Any = secured.getpeercert() or {}
                    name = dict(pair for each in shown["subject"] for pair in each)["commonName"]
                    secured.sendall(name.encode())
            except OSError as error:
                self.failures.append(type(error).__name__)
            finally:
                raw.close()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


def server_context(authority: Authority, folder: Path, version: ssl.TLSVersion) -> ssl.SSLContext:
    context = authority.server().server_context(folder, minimum=version)
    context.maximum_version = version
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=authority.ca_pem.decode())
    return context


@pytest.fixture(params=["TLSv1_2", "TLSv1_3"])
def server(request: pytest.FixtureRequest, authority: Authority, tmp_path: Path) -> Iterator[TlsServer]:
    """A server that speaks one version only and wants a client's certificate."""
    server = TlsServer(server_context(authority, tmp_path, ssl.TLSVersion[request.param]))
    yield server
    server.close()


@pytest.fixture
def server12(authority: Authority, tmp_path: Path) -> Iterator[TlsServer]:
    server = TlsServer(server_context(authority, tmp_path, ssl.TLSVersion.TLSv1_2))
    yield server
    server.close()


@pytest.fixture(scope="module")
def person(authority: Authority) -> Identity:
    return authority.professional("899700000011")


def connect(context: ssl.SSLContext, port: int) -> tuple[str, str]:
    """(the name that the server saw, the version)."""
    with (
        socket.create_connection(("127.0.0.1", port), 20) as raw,
        context.wrap_socket(raw, server_hostname="localhost") as secured,
    ):
        return secured.recv(100).decode(), secured.version() or ""


def test_the_person_is_recognised(server: TlsServer, authority: Authority, person: Identity) -> None:
    key = SoftwareKey(person.key)
    context = authority.client_context()
    attached = attach(context, person.certificate_der, key.sign, pss=True)
    name, version = connect(context, server.port)
    assert name == "899700000011"
    assert (attached.signatures, attached.error) == (1, None)
    # OpenSSL asks for PSS in TLS 1.2 too when it may.
    assert key.asked == [Padding.NONE], version


def test_without_pss_only_old_signatures_are_asked_for(
    server12: TlsServer, authority: Authority, person: Identity
) -> None:
    key = SoftwareKey(person.key)
    context = authority.client_context()
    attach(context, person.certificate_der, key.sign, pss=False)
    assert connect(context, server12.port) == ("899700000011", "TLSv1.2")
    assert key.asked == [Padding.PKCS1]


def test_without_pss_a_server_of_today_only_is_out_of_reach(
    authority: Authority, person: Identity, tmp_path: Path
) -> None:
    server = TlsServer(server_context(authority, tmp_path, ssl.TLSVersion.TLSv1_3))
    try:
        context = authority.client_context()
        attach(context, person.certificate_der, SoftwareKey(person.key).sign, pss=False)
        with pytest.raises(ssl.SSLError) as caught:
            connect(context, server.port)
        assert "PROTOCOL_VERSION" in caught.value.reason
    finally:
        server.close()


def test_the_authorities_between_are_sent_along(tmp_path: Path) -> None:
    root = Authority("AC racine de la chaîne")
    middle = root.subordinate("AC fille de la chaîne")
    person = middle.professional("899700000012")
    server = TlsServer(server_context(root, tmp_path, ssl.TLSVersion.TLSv1_2))
    try:
        for chain, recognised in (((), False), ([person.chain[0]], True)):
            context = root.client_context()
            sent = [each.public_bytes(Encoding.DER) for each in chain]
            attach(context, person.certificate_der, SoftwareKey(person.key).sign, pss=False, chain=sent)
            if recognised:
                assert connect(context, server.port)[0] == "899700000012"
            else:
                with pytest.raises(ssl.SSLError):
                    connect(context, server.port)
    finally:
        server.close()


class Torn(Exception):
    pass


def refuses(block: bytes, padding: Padding) -> bytes:
    raise Torn


def interrupts(block: bytes, padding: Padding) -> bytes:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("sign", "expected"),
    [
        (refuses, Torn),
        (interrupts, KeyboardInterrupt),
        (lambda block, padding: b"", ValueError),
        (lambda block, padding: bytes(255), ValueError),
        (lambda block, padding: bytes(1 << 20), ValueError),
        (lambda block, padding: None, TypeError),
    ],
)
def test_what_goes_wrong_in_the_signer_is_handed_over(
    server: TlsServer, authority: Authority, person: Identity, sign: Any, expected: type[BaseException]
) -> None:
    context = authority.client_context()
    key = attach(context, person.certificate_der, sign, pss=True)
    with pytest.raises(ssl.SSLError):
        connect(context, server.port)
    assert isinstance(key.error, expected)
    assert isinstance(key.take_error(), expected)
    assert key.take_error() is None
    assert key.signatures == 0


def test_a_wrong_signature_convinces_nobody(
    server12: TlsServer, authority: Authority, person: Identity
) -> None:
    context = authority.client_context()
    key = attach(context, person.certificate_der, lambda block, padding: bytes(256), pss=False)
    with pytest.raises(ssl.SSLError):
        connect(context, server12.port)
    assert key.error is None


def test_errors_belong_to_the_thread_of_the_handshake(
    server12: TlsServer, authority: Authority, person: Identity
) -> None:
    context = authority.client_context()
    key = attach(context, person.certificate_der, refuses, pss=False)
    seen: list[BaseException | None] = []

    def fail() -> None:
        with pytest.raises(ssl.SSLError):
            connect(context, server12.port)
        seen.append(key.take_error())

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert isinstance(seen[0], Torn)
    assert key.error is None


def test_many_contexts_and_threads_each_with_its_person(server: TlsServer, authority: Authority) -> None:
    people = [authority.professional(f"8997000001{i:02d}") for i in range(3)]
    names: dict[str, list[str]] = {}

    def work(person: Identity, expected: str) -> None:
        context = authority.client_context()
        attach(context, person.certificate_der, SoftwareKey(person.key).sign, pss=True)
        names[expected] = [connect(context, server.port)[0] for _ in range(5)]

    threads = [
        threading.Thread(target=work, args=(person, f"8997000001{i:02d}")) for i, person in enumerate(people)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert names == {name: [name] * 5 for name in names}
    assert len(names) == 3


def test_nothing_is_kept_once_the_context_is_gone(
    server12: TlsServer, authority: Authority, person: Identity
) -> None:
    gc.collect()
    before = len(clientkey._keys)
    context = authority.client_context()
    key = weakref.ref(attach(context, person.certificate_der, SoftwareKey(person.key).sign, pss=False))
    raw = socket.create_connection(("127.0.0.1", server12.port), 20)
    secured = context.wrap_socket(raw, server_hostname="localhost", do_handshake_on_connect=False)
    del context
    gc.collect()
    assert key() is not None, "the connection holds its context, and that the key"
    secured.do_handshake()
    assert secured.recv(100) == b"899700000011"
    secured.close()
    del secured
    gc.collect()
    assert key() is None
    assert len(clientkey._keys) == before


def test_contexts_come_and_go_by_the_hundred(authority: Authority, person: Identity) -> None:
    gc.collect()
    before = len(clientkey._keys)
    sign = SoftwareKey(person.key).sign
    for _ in range(300):
        context = authority.client_context()
        attach(context, person.certificate_der, sign, pss=True)
        attach(context, person.certificate_der, sign, pss=True)  # again on the same
    del context
    gc.collect()
    assert len(clientkey._keys) == before


@pytest.mark.parametrize("der", [b"", b"\x30\x03\x02\x01\x01", b"\xff" * 100, bytes(1 << 17)])
def test_what_is_no_certificate_is_refused(authority: Authority, der: bytes) -> None:
    with pytest.raises(WorldError) as caught:
        attach(authority.client_context(), der, refuses, pss=True)
    assert caught.value.code == "client-certificate-unusable"


def test_a_key_that_is_not_rsa_is_refused_and_leaves_the_context_sound(
    authority: Authority, person: Identity, server12: TlsServer
) -> None:
    context = authority.client_context()
    with pytest.raises(WorldError) as caught:
        attach(context, authority.client("ec@exemple.fr").certificate_der, refuses, pss=True)
    assert caught.value.code == "client-certificate-unusable"
    attach(context, person.certificate_der, SoftwareKey(person.key).sign, pss=True)
    assert connect(context, server12.port)[0] == "899700000011"


@pytest.mark.parametrize("how", ["hidden", "other"])
def test_an_openssl_out_of_reach_is_said(
    monkeypatch: pytest.MonkeyPatch, authority: Authority, person: Identity, how: str
) -> None:
    clientkey._openssl.cache_clear()
    if how == "hidden":
        monkeypatch.delattr("_ssl.__file__")
    else:
        monkeypatch.setattr(ssl, "OPENSSL_VERSION", "OpenSSL 9.9.9")
    try:
        with pytest.raises(WorldError) as caught:
            attach(authority.client_context(), person.certificate_der, refuses, pss=True)
        assert caught.value.code == "openssl-static"
        with pytest.raises(WorldError):
            clientkey.check_openssl()
    finally:
        clientkey._openssl.cache_clear()


def test_here_openssl_is_in_reach() -> None:
    clientkey.check_openssl()


def test_a_layout_that_is_not_the_known_one_is_refused(
    monkeypatch: pytest.MonkeyPatch, authority: Authority, person: Identity
) -> None:
    monkeypatch.setattr(clientkey._openssl(), "verify_mode", lambda address: 0)
    with pytest.raises(WorldError) as caught:
        attach(authority.client_context(), person.certificate_der, refuses, pss=True)
    assert caught.value.code == "openssl-static"
