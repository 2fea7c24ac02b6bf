"""A software certificate: a PKCS#12 file with its passphrase, as an identity for TLS.

The file stays where the person has it; nothing of its key is written anywhere. The only file that reads
PKCS#12.
"""

import ssl
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12
from cryptography.x509.oid import NameOID

from mssclient.access.clientkey import attach_software
from mssclient.model.errors import Refused, WorldError
from mssclient.model.language import _

__all__ = ["SoftwareIdentity", "open_pkcs12"]

_FILE_OCTETS = 1 << 20


class SoftwareIdentity:
    """A certificate and its key in memory. Its repr shows nothing."""

    def __init__(self, certificate: x509.Certificate, key_der: bytes, chain: tuple[bytes, ...]) -> None:
        self._certificate = certificate
        self._key_der = key_der
        self._chain = chain

    def __repr__(self) -> str:
        return "SoftwareIdentity()"

    @property
    def holder(self) -> str:
        """Common name of the certificate."""
        names = self._certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(names[0].value) if names else ""

    def prepare(self, context: ssl.SSLContext) -> None:
        """Let ``context``, which must be the caller's own, show this certificate. Raises WorldError."""
        attach_software(
            context, self._certificate.public_bytes(Encoding.DER), self._key_der, chain=self._chain
        )


def open_pkcs12(path: Path, passphrase: str, at: datetime | None = None) -> SoftwareIdentity:
    """Read a .p12 or .pfx file.

    Raises WorldError pkcs12-missing; Refused: pkcs12-passphrase (wrong, or a file that is none),
    pkcs12-empty, client-certificate-expired.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_FILE_OCTETS + 1)
    except OSError as error:
        raise WorldError(
            "pkcs12-missing",
            _("Le fichier du certificat ne peut pas être lu."),
            _("Branchez le support qui le contient, ou choisissez un autre fichier."),
            type(error).__name__,
        ) from None
    try:
        if len(data) > _FILE_OCTETS:
            raise ValueError("too long")
        key, certificate, others = pkcs12.load_key_and_certificates(data, passphrase.encode())
    except (ValueError, TypeError):  # wrong passphrases and broken files are the same to the library
        raise Refused(
            "pkcs12-passphrase",
            _("Ce mot de passe n’ouvre pas le fichier du certificat."),
            _("Saisissez le mot de passe reçu avec ce fichier, ou choisissez un autre fichier."),
        ) from None
    if key is None or certificate is None:
        raise Refused(
            "pkcs12-empty",
            _("Ce fichier ne contient pas de certificat avec sa clé."),
            _("Choisissez le fichier .p12 ou .pfx remis avec votre certificat."),
        )
    if certificate.not_valid_after_utc < (at or datetime.now(UTC)):
        raise Refused(
            "client-certificate-expired",
            _("Votre certificat a expiré le {date}.").format(
                date=certificate.not_valid_after_utc.strftime("%d/%m/%Y")
            ),
            _("Demandez son renouvellement à l’organisme qui vous l’a remis."),
        )
    key_der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    chain = tuple(each.public_bytes(Encoding.DER) for each in others)
    return SoftwareIdentity(certificate, key_der, chain)
