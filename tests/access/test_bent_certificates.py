"""Certificates that OpenSSL takes and cryptography's reader does not: hostile input like any other."""

import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from mssclient.access.card.certificate import describe
from mssclient.access.stream import Patience, Stream
from mssclient.operators import station
from mssclient.operators.revocation import Revocation
from tests.refusals import code_of
from tests.servers import Authority, Identity
from tests.servers.scripted import ScriptedServer, Stall

IMPATIENT = Patience(connect_s=3, reply_s=3)
Scripted = Callable[..., ScriptedServer]
VERSION_3, VERSION_4 = b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x03"
KEY_NAME, AUTHORITY_NAME = b"\x06\x03\x55\x1d\x0e", b"\x06\x03\x55\x1d\x23"
"""Replacing one by the other makes an extension that is there twice: OpenSSL shows no such certificate."""
BENDS = pytest.mark.parametrize(
    ("old", "new"), [(VERSION_3, VERSION_4), (KEY_NAME, AUTHORITY_NAME)], ids=["version", "twice"]
)


def der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body)
    length = bytes((size,)) if size < 0x80 else b"\x82" + size.to_bytes(2, "big")
    return bytes((tag,)) + length + body


def bent(identity: Identity, signer: Identity, old: bytes, new: bytes) -> bytes:
    """The certificate (DER) with some of its octets replaced, signed again by ``signer``."""
    certificate = identity.certificate
    assert len(old) == len(new)
    assert certificate.tbs_certificate_bytes.count(old) == 1
    body = certificate.tbs_certificate_bytes.replace(old, new)
    key = signer.key
    if isinstance(key, rsa.RSAPrivateKey):
        signature = key.sign(body, padding.PKCS1v15(), hashes.SHA256())
    else:
        signature = key.sign(body, ec.ECDSA(hashes.SHA256()))
    whole = certificate.public_bytes(Encoding.DER)
    algorithm = whole[4 + len(body) :]
    algorithm = algorithm[: 2 + algorithm[1]]
    return der(0x30, body, algorithm, der(0x03, b"\0", signature))


@pytest.fixture
def station_asks(tmp_path: Path) -> Iterator[Revocation]:
    """Handshakes ask about revocation, as in a profile; nothing can be fetched."""

    def fetch(url: str, question: bytes | None, limit_octets: int, wait_s: float) -> bytes:
        raise OSError

    asked = Revocation(None, fetch, wait_s=1)
    station.settle(tmp_path, asked)
    yield asked
    station.settle(None)


def serve(scripted: Scripted, identity: Identity, certificate: bytes, folder: Path) -> ScriptedServer:
    shown, key = folder / "bent.pem", folder / "bent.key"
    shown.write_text(ssl.DER_cert_to_PEM_cert(certificate))
    key.write_bytes(identity.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown, key)
    return scripted([Stall()], tls=context)


def handshake(port: int, authority: Authority) -> None:
    stream = Stream.connect("localhost", port, IMPATIENT)
    try:
        stream.start_tls(authority.client_context())
    finally:
        stream.close()


def test_a_strangers_bent_certificate_is_one_without_authority(
    scripted: Scripted, authority: Authority, tmp_path: Path
) -> None:
    stranger = Authority("AC d'un inconnu")
    identity = stranger.server()
    server = serve(scripted, identity, bent(identity, stranger.identity, VERSION_3, VERSION_4), tmp_path)
    assert code_of(lambda: handshake(server.port, authority)) == "certificate-untrusted"


@pytest.mark.usefixtures("station_asks")
def test_what_cannot_be_read_is_not_known_to_be_revoked(
    scripted: Scripted, authority: Authority, tmp_path: Path
) -> None:
    identity = authority.server(crl_url="http://127.0.0.1:1/liste.crl")
    shown = bent(identity, authority.identity, VERSION_3, VERSION_4)
    server = serve(scripted, identity, shown, tmp_path)
    handshake(server.port, authority)


@BENDS
def test_revocation_says_why_it_knows_nothing(authority: Authority, old: bytes, new: bytes) -> None:
    identity = authority.server()
    chain = (bent(identity, authority.identity, old, new), authority.identity.certificate_der)
    answer = Revocation(None).check(chain, time.time())
    assert (answer.state, answer.standings[0].reasons) == ("unknown", ("chain-unreadable",))


@BENDS
def test_a_card_with_a_bent_certificate_shows_the_others(
    authority: Authority, old: bytes, new: bytes
) -> None:
    identity = authority.professional("899700000001")
    anchor = authority.identity.certificate_der
    right = describe(identity.certificate_der, anchors=[anchor])
    assert right is not None
    assert right.igc_sante
    spoiled = bent(identity, authority.identity, old, new)
    assert describe(spoiled, anchors=[anchor]) is None
    again = describe(identity.certificate_der, anchors=[spoiled, anchor], between=[spoiled])
    assert again == right
