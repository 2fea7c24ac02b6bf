"""SoftHSM2: a PKCS#11 module whose tokens are files, for the route through a module."""

import os
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from tests.servers.authority import Identity
from tests.servers.children import need_program

__all__ = ["SoftHsm", "finalize"]

_PLACES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm.so",
)


class SoftHsm:
    """A folder of tokens; ``module`` is the library, ``settings`` the file for SOFTHSM2_CONF."""

    def __init__(self, folder: Path) -> None:
        self._program = need_program("softhsm2-util", "softhsm2")
        found = next((each for each in _PLACES if Path(each).exists()), None)
        if found is None:
            pytest.skip("libsofthsm2.so is missing on this machine: apt-get install softhsm2")
        self.module = os.path.realpath(found)
        (folder / "tokens").mkdir(parents=True)
        self.settings = folder / "softhsm2.conf"
        self.settings.write_text(
            f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n"
        )
        self._folder = folder

    def add_token(self, label: str, *identities: Identity, pin: str = "7391") -> None:
        """A token with these certificates and their keys, seen once the module is loaded again."""
        self.end()
        self._run("--init-token", "--free", "--label", label, "--so-pin", "12345678", "--pin", pin)
        for index, identity in enumerate(identities):
            key = self._folder / "key.pem"
            key.write_bytes(
                identity.key.private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                )
            )
            name = f"0{index + 1}"
            self._run("--import", str(key), "--token", label, "--label", "clé", "--id", name, "--pin", pin)
            _aside(partial(self._store, label, identity, bytes.fromhex(name), pin))
        self.end()

    def _store(self, label: str, identity: Identity, name: bytes, pin: str) -> None:
        import pkcs11
        from pkcs11 import Attribute, CertificateType, ObjectClass

        token = next(iter(pkcs11.lib(self.module).get_tokens(token_label=label)))
        with token.open(rw=True, user_pin=pin) as session:
            session.create_object(
                {
                    Attribute.CLASS: ObjectClass.CERTIFICATE,
                    Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
                    Attribute.TOKEN: True,
                    Attribute.ID: name,
                    Attribute.LABEL: "Certificat",
                    Attribute.SUBJECT: identity.certificate.subject.public_bytes(),
                    Attribute.VALUE: identity.certificate_der,
                }
            )

    def _run(self, *words: str) -> None:
        env = os.environ | {"SOFTHSM2_CONF": str(self.settings)}
        done = subprocess.run([self._program, *words], env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def end(self) -> None:
        """Unload its state from this process; the next use reads the folder again."""
        finalize(self.module)


def finalize(module: str) -> None:
    """Make a module forget what it knows, in this process."""
    import pkcs11

    _aside(lambda: pkcs11.lib(os.path.realpath(module)).finalize())


def _aside(work: Callable[[], None]) -> None:
    """On a thread of its own: SoftHSM leaves errors in the queue of this process's OpenSSL.

    There is one queue for each thread, and the module ``ssl`` would take them for its own.
    """
    with ThreadPoolExecutor(1) as worker:
        worker.submit(work).result()
