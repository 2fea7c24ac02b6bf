"""Throw-away certificate authorities of one demonstration: for its TLS, and for its white list.

Keys live in memory and die with the process; a client trusts them in the demonstration profile only.
"""

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

__all__ = ["Authority", "Issued", "list_signer", "tls_context"]

LIFETIME = timedelta(days=30)
ORGANISATION = "DEMONSTRATION"


@dataclass(frozen=True)
class Issued:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )


@dataclass(frozen=True)
class Authority(Issued):
    """A certificate authority; valid from an hour ago for :data:`LIFETIME`."""

    @classmethod
    def found(cls, name: str, above: "Authority | None" = None) -> "Authority":
        """A root, or an intermediate under ``above``."""
        key = rsa.generate_private_key(65537, 2048)
        depth = None if above is None else 0
        certificate = _build(name, key.public_key(), above, key).add_extension(
            x509.BasicConstraints(ca=True, path_length=depth), critical=True
        )
        certificate = certificate.add_extension(_key_usage(authority=True), critical=True)
        return cls(certificate.sign(above.key if above else key, hashes.SHA256()), key)

    def issue(
        self, name: str, purpose: ObjectIdentifier, alternative_names: list[x509.GeneralName]
    ) -> Issued:
        """A certificate of one purpose under this authority."""
        key = rsa.generate_private_key(65537, 2048)
        certificate = (
            _build(name, key.public_key(), self, key)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=False)
            .add_extension(_key_usage(authority=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
            .add_extension(x509.SubjectAlternativeName(alternative_names), critical=False)
        )
        return Issued(certificate.sign(self.key, hashes.SHA256()), key)


def _build(
    name: str, public: rsa.RSAPublicKey, above: Authority | None, own: rsa.RSAPrivateKey
) -> x509.CertificateBuilder:
    subject = _distinguished(name)
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    issuer_key = above.key if above else own
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above.certificate.subject if above else subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
    )


def _distinguished(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=not authority,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def tls_context(authority: Authority, folder: Path) -> ssl.SSLContext:
    """A server context for localhost, TLS 1.2 or newer.

    OpenSSL reads a key from a file only: it lies in ``folder`` (0600) for that moment.
    """
    leaf = authority.issue(
        "localhost",
        ExtendedKeyUsageOID.SERVER_AUTH,
        [
            x509.DNSName("localhost"),
            x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
            x509.IPAddress(ipaddress.ip_address("::1")),
        ],
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    file = folder / "tls.pem"
    file.touch(mode=0o600)
    try:
        file.write_bytes(leaf.key_pem + leaf.pem.encode("ascii"))
        context.load_cert_chain(file)
    finally:
        file.unlink()
    return context


def list_signer() -> tuple[Authority, Authority, Issued]:
    """Root, intermediate and signer of the demonstration's white list, shaped as those of IGC-Santé."""
    root = Authority.found("AC RACINE DEMONSTRATION ELEMENTAIRE")
    intermediate = Authority.found("AC DEMONSTRATION ELEMENTAIRE ORGANISATIONS", root)
    signer = intermediate.issue(
        "alb.mssante.fr", ExtendedKeyUsageOID.EMAIL_PROTECTION, [x509.RFC822Name("alb@mssante.fr")]
    )
    return root, intermediate, signer
