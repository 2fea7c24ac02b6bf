"""A software certificate: read from its file, shown in a handshake, and nothing of its key on disk."""

import os
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mssclient.access.credential import CertificateCredential
from mssclient.access.open import open_imap
from mssclient.access.pkcs12 import open_pkcs12, unlock
from mssclient.access.refusals import is_about_login
from mssclient.access.stream import Stream
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.ids import AccountId
from mssclient.operators.tls import new_client_context
from tests.planted import seed_secret
from tests.refusals import code_of
from tests.servers import Authority, Identity
from tests.servers.scripted import Close, ScriptedServer, Send

PASSPHRASE = seed_secret("Phrase-du-fichier-é")


def own_context(authority: Authority) -> ssl.SSLContext:
    return new_client_context(authority.ca_pem.decode())


@pytest.fixture
def identity(authority: Authority) -> Identity:
    return authority.client("essai@medecin.mssante.fr")


@pytest.fixture
def file(identity: Identity, tmp_path: Path) -> Path:
    path = tmp_path / "certificat.p12"
    path.write_bytes(identity.pkcs12(PASSPHRASE))
    return path


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_it_is_shown_in_the_handshake(
    file: Path,
    authority: Authority,
    scripted: Callable[..., ScriptedServer],
    tmp_path: Path,
    version: ssl.TLSVersion,
) -> None:
    tls = authority.server().server_context(tmp_path / "server", minimum=version)
    tls.maximum_version = version
    tls.verify_mode = ssl.CERT_REQUIRED
    tls.load_verify_locations(cadata=authority.ca_pem.decode())
    server = scripted([Send(b"bonjour\r\n"), Close()], tls=tls)
    opened = open_pkcs12(file, PASSPHRASE, unlock)
    assert opened.holder == "essai@medecin.mssante.fr"
    assert "essai" not in repr(opened)
    context = own_context(authority)
    opened.prepare(context)
    stream = Stream.connect(server.host, server.port)
    stream.start_tls(context)
    assert stream.read_line() == b"bonjour"
    stream.close()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["certificat.p12", "server"]


def test_a_wrong_passphrase(file: Path) -> None:
    assert code_of(lambda: open_pkcs12(file, "fausse", unlock)) == "pkcs12-passphrase"


def test_a_missing_file(tmp_path: Path) -> None:
    assert code_of(lambda: open_pkcs12(tmp_path / "absent.p12", PASSPHRASE, unlock)) == "pkcs12-missing"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes of Unix")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "tube.p12")
    assert code_of(lambda: open_pkcs12(tmp_path / "tube.p12", PASSPHRASE, unlock)) == "pkcs12-missing"


@pytest.mark.parametrize(("begin", "end"), [(-20, -1), (1, 20)])
def test_a_certificate_out_of_its_time(authority: Authority, tmp_path: Path, begin: int, end: int) -> None:
    now = datetime.now(UTC)
    identity = authority.professional(
        "899700000093", begin=now + timedelta(days=begin), end=now + timedelta(days=end)
    )
    path = tmp_path / "passe.p12"
    path.write_bytes(identity.pkcs12(PASSPHRASE))
    assert code_of(lambda: open_pkcs12(path, PASSPHRASE, unlock)) == "client-certificate-expired"


@given(st.binary(max_size=300))
def test_any_file_is_refused_in_words(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "x.p12"
    path.write_bytes(data)
    assert code_of(lambda: open_pkcs12(path, PASSPHRASE, unlock)) == "pkcs12-passphrase"


def test_a_torn_file(file: Path) -> None:
    whole = file.read_bytes()
    for length in range(0, len(whole), 97):
        file.write_bytes(whole[:length])
        assert code_of(lambda: open_pkcs12(file, PASSPHRASE, unlock)) == "pkcs12-passphrase"


def demanding(
    authority: Authority, trusted: Authority, folder: Path, version: ssl.TLSVersion
) -> ssl.SSLContext:
    """A server's context that wants a certificate of ``trusted``."""
    tls = authority.server().server_context(folder, minimum=version)
    tls.maximum_version = version
    tls.verify_mode = ssl.CERT_REQUIRED
    tls.load_verify_locations(cadata=trusted.ca_pem.decode())
    return tls


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_server_that_refuses_the_certificate_in_the_handshake(
    file: Path,
    authority: Authority,
    scripted: Callable[..., ScriptedServer],
    tmp_path: Path,
    version: ssl.TLSVersion,
) -> None:
    """Before any word of IMAP: it is a refusal of the login, not a fault of the line to be tried again."""
    tls = demanding(authority, Authority("Une autre racine"), tmp_path / "server", version)
    server = scripted([Send(b"* OK la\r\n"), Close()], tls=tls)
    credential = CertificateCredential("essai@medecin.mssante.fr", open_pkcs12(file, PASSPHRASE, unlock))
    endpoint = Endpoint(host="localhost", port=server.port)
    ours = Account(
        id=AccountId(1),
        address="essai@medecin.mssante.fr",
        imap=endpoint,
        smtp=endpoint,
        auth="pkcs12",
        ca_pem=authority.ca_pem.decode(),
    )
    code = code_of(lambda: open_imap(ours, credential))
    assert code == "client-certificate-refused"
    assert is_about_login(code)


def test_a_server_that_wants_a_certificate_says_so(
    authority: Authority, scripted: Callable[..., ScriptedServer], tmp_path: Path
) -> None:
    tls = demanding(authority, authority, tmp_path / "server", ssl.TLSVersion.TLSv1_3)
    server = scripted([Send(b"* OK la\r\n"), Close()], tls=tls)
    stream = Stream.connect(server.host, server.port)
    stream.start_tls(own_context(authority))
    code = code_of(stream.read_line)
    stream.close()
    assert code == "client-certificate-wanted"
    assert is_about_login(code)
