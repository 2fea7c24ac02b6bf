"""PKCS#12 files, hostile ones too, opened in a child that is stopped in time and holds nothing on."""

import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from asn1crypto.pkcs12 import Pfx

from mssclient.access.pkcs12 import Unlocked
from mssclient.engine import pipes
from mssclient.engine.certificates import CertificateFiles
from mssclient.engine.child import UnlockPkcs12
from mssclient.model.secrets import Secret
from mssclient.operators.tls import new_client_context
from tests.conftest import Noise
from tests.planted import seed_secret
from tests.refusals import code_of
from tests.servers import Authority, Identity

PASSPHRASE = Secret(seed_secret("phrase du fichier à ouvrir"))


@pytest.fixture(scope="module")
def identity(authority: Authority) -> Identity:
    return authority.client("essai@medecin.mssante.fr")


@pytest.fixture
def file(identity: Identity, tmp_path: Path) -> Path:
    path = tmp_path / "certificat.p12"
    path.write_bytes(identity.pkcs12(PASSPHRASE.value))
    return path


class Started(list["subprocess.Popen[bytes]"]):
    """Every child of the test."""

    def __init__(self) -> None:
        super().__init__()
        self.one = threading.Event()

    @property
    def ended(self) -> bool:
        return all(each.poll() is not None for each in self)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    every = Started()
    begin = pipes.start

    def start(hidden: str, module: str) -> "subprocess.Popen[bytes]":
        every.append(begin(hidden, module))
        every.one.set()
        return every[-1]

    monkeypatch.setattr(pipes, "start", start)
    return every


@pytest.fixture
def files() -> Iterator[CertificateFiles]:
    files = CertificateFiles()
    yield files
    files.close()


def endless(file: Path) -> None:
    """Its integrity is to be checked with 2³¹ - 1 rounds."""
    pfx = Pfx.load(file.read_bytes())
    pfx["mac_data"]["iterations"] = 2**31 - 1
    file.write_bytes(pfx.dump(force=True))


def test_what_it_holds_comes_back_and_the_child_is_gone(
    files: CertificateFiles, file: Path, started: Started, authority: Authority
) -> None:
    opened = files.open(file, PASSPHRASE)
    assert opened.holder == "essai@medecin.mssante.fr"
    opened.prepare(new_client_context(authority.ca_pem.decode()))
    assert started.ended
    assert code_of(lambda: files.open(file, Secret("fausse"))) == "pkcs12-passphrase"
    assert (len(started), started.ended) == (2, True), "each has a child of its own"


def test_endless_rounds_are_stopped(file: Path, started: Started, noise: Noise) -> None:
    noise.expect("a job UnlockPkcs12 ended with child-too-slow")
    endless(file)
    begun = time.monotonic()
    assert code_of(lambda: CertificateFiles(limit_s=1.0).open(file, PASSPHRASE)) == "pkcs12-too-slow"
    assert time.monotonic() - begun < 20
    assert started.ended


def test_the_end_does_not_wait_for_a_file(
    files: CertificateFiles, file: Path, started: Started, noise: Noise
) -> None:
    noise.expect("a job (start|UnlockPkcs12) ended with child-died")
    endless(file)
    codes: list[str] = []
    thread = threading.Thread(target=lambda: codes.append(code_of(lambda: files.open(file, PASSPHRASE))))
    thread.start()
    assert started.one.wait(10)
    files.close()
    thread.join(30)
    assert codes == ["store-locked"]
    assert started.ended
    assert code_of(lambda: files.open(file, PASSPHRASE)) == "store-locked"


def test_fifty_megabytes_are_not_read(files: CertificateFiles, file: Path, started: Started) -> None:
    with file.open("ab") as more:
        more.truncate(50_000_000)
    assert code_of(lambda: files.open(file, PASSPHRASE)) == "pkcs12-unreadable"
    assert started == []


@pytest.mark.parametrize("length", [0, 1, 300, 900])
def test_a_torn_file(files: CertificateFiles, file: Path, length: int) -> None:
    file.write_bytes(file.read_bytes()[:length])
    assert code_of(lambda: files.open(file, PASSPHRASE)) == "pkcs12-passphrase"


def test_a_child_that_dies_is_told(
    files: CertificateFiles, file: Path, monkeypatch: pytest.MonkeyPatch, noise: Noise
) -> None:
    noise.expect("a job start ended with child-died")
    monkeypatch.setattr(pipes, "command", lambda *_: ["/bin/false"])
    assert code_of(lambda: files.open(file, PASSPHRASE)) == "pkcs12-unreadable"


def test_neither_job_nor_result_shows_itself() -> None:
    job = UnlockPkcs12(data=b"", passphrase=PASSPHRASE)
    assert PASSPHRASE.value not in repr(job)
    assert "cle" not in repr(Unlocked(certificate=b"x", key=b"cle"))
