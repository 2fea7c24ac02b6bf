"""A software certificate: a PKCS#12 file with its passphrase, as an identity for TLS.

The file stays where the person has it; nothing of its key is written anywhere. The only file that reads
PKCS#12. A file says itself how long its passphrase is to be stirred, up to hours: :func:`unlock` runs where
it can be stopped, which is for the caller of :func:`open_pkcs12` to arrange.
"""

import ssl
import time
from collections.abc import Callable
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12
from cryptography.x509.oid import NameOID

from mssclient.access.card.problems import client_certificate_expired
from mssclient.access.clientkey import attach_software
from mssclient.model.errors import Refused, WorldError
from mssclient.model.language import _
from mssclient.model.records import Record

__all__ = ["SoftwareIdentity", "Unlocked", "open_pkcs12", "unlock", "unreadable"]

_FILE_OCTETS = 1 << 20
_KEY_OCTETS = 1 << 14
"""An RSA key of 16384 bits, the longest that OpenSSL verifies with, has 9 kB."""
_CHAIN = 16


class Unlocked(Record, frozen=True, kw_only=True):
    """What a file holds. Its repr shows nothing."""

    certificate: bytes = b""
    """DER, as the others."""
    key: bytes = b""
    """PKCS#8."""
    chain: tuple[bytes, ...] = ()
    refused: str = ""
    """Why there is nothing: "passphrase" (or a file that is none), "empty"."""

    def __repr__(self) -> str:
        return "Unlocked()"


Unlock = Callable[[bytes, str], Unlocked]


class SoftwareIdentity:
    """A certificate and its key in memory. Its repr shows nothing."""

    def __init__(self, unlocked: Unlocked) -> None:
        """Raises Refused client-certificate-expired."""
        self._unlocked = unlocked
        self._certificate = x509.load_der_x509_certificate(unlocked.certificate)
        begin, end = self._certificate.not_valid_before_utc, self._certificate.not_valid_after_utc
        if not begin.timestamp() <= time.time() <= end.timestamp():
            raise client_certificate_expired(int(begin.timestamp()), int(end.timestamp()))

    def __repr__(self) -> str:
        return "SoftwareIdentity()"

    @property
    def holder(self) -> str:
        """Common name of the certificate."""
        names = self._certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(names[0].value) if names else ""

    def prepare(self, context: ssl.SSLContext) -> None:
        """Let ``context``, which must be the caller's own, show this certificate. Raises WorldError."""
        attach_software(context, self._unlocked.certificate, self._unlocked.key, chain=self._unlocked.chain)


def open_pkcs12(path: Path, passphrase: str, unlock: Unlock) -> SoftwareIdentity:
    """Read a .p12 or .pfx file. ``unlock``: :func:`unlock`, run where time and memory are bounded.

    Raises WorldError pkcs12-missing; Refused: pkcs12-passphrase (wrong, or a file that is none),
    pkcs12-empty, pkcs12-unreadable, client-certificate-expired; and what ``unlock`` raises.
    """
    unlocked = unlock(_read(path), passphrase)
    if unlocked.refused == "passphrase":
        raise Refused(
            "pkcs12-passphrase",
            _("Ce mot de passe n’ouvre pas le fichier du certificat."),
            _("Saisissez le mot de passe reçu avec ce fichier, ou choisissez un autre fichier."),
        )
    if unlocked.refused:
        raise Refused(
            "pkcs12-empty",
            _("Ce fichier ne contient pas de certificat avec sa clé."),
            _("Choisissez le fichier .p12 ou .pfx remis avec votre certificat."),
        )
    return SoftwareIdentity(unlocked)


def unreadable(detail: str) -> Refused:
    return Refused(
        "pkcs12-unreadable",
        _("Ce fichier n’est pas un fichier de certificat lisible."),
        _("Choisissez le fichier .p12 ou .pfx remis avec votre certificat."),
        detail,
    )


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():  # opening a pipe would wait for its other end
            raise FileNotFoundError
        with path.open("rb") as file:
            data = file.read(_FILE_OCTETS + 1)
    except OSError as error:
        raise WorldError(
            "pkcs12-missing",
            _("Le fichier du certificat ne peut pas être lu."),
            _("Branchez le support qui le contient, ou choisissez un autre fichier."),
            type(error).__name__,
        ) from None
    if len(data) > _FILE_OCTETS:
        raise unreadable("too long")
    return data


def unlock(data: bytes, passphrase: str) -> Unlocked:
    """The certificate, its key and its chain. Hostile files may hold the processor for hours."""
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(data, passphrase.encode())
        if key is None or certificate is None:
            return Unlocked(refused="empty")
        key_der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # Wrong passphrases and broken files are the same to the library.
        return Unlocked(refused="passphrase")
    if len(key_der) > _KEY_OCTETS:
        return Unlocked(refused="empty")  # it would sign for minutes
    return Unlocked(
        certificate=certificate.public_bytes(Encoding.DER),
        key=key_der,
        chain=tuple(each.public_bytes(Encoding.DER) for each in others[:_CHAIN]),
    )
