"""A throw-away authority: right, expired, misnamed and self-signed certificates, and clients' ones."""

import ipaddress
import ssl
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

__all__ = ["Authority", "Identity"]

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
DAY = timedelta(days=1)


class Identity(NamedTuple):
    """A certificate with its private key."""

    certificate: x509.Certificate
    key: PrivateKey
    chain: tuple[x509.Certificate, ...] = ()
    """What a server sends after its own certificate (intermediate authorities, not the root)."""

    @property
    def certificate_pem(self) -> bytes:
        """The certificate, followed by its chain."""
        pem = serialization.Encoding.PEM
        return b"".join(each.public_bytes(pem) for each in (self.certificate, *self.chain))

    @property
    def certificate_der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def pkcs12(self, passphrase: str, name: str = "essai") -> bytes:
        """The certificate and its key as a protected PKCS#12 file."""
        lock = serialization.BestAvailableEncryption(passphrase.encode())
        return pkcs12.serialize_key_and_certificates(
            name.encode(), self.key, self.certificate, self.chain, lock
        )

    def write(self, folder: Path, name: str) -> tuple[Path, Path]:
        """Write ``name.pem`` and ``name.key`` (readable by all: these keys protect nothing)."""
        folder.mkdir(parents=True, exist_ok=True)
        certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
        certificate.write_bytes(self.certificate_pem)
        key.write_bytes(self.key_pem)
        return certificate, key

    def server_context(
        self, folder: Path, *, minimum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2
    ) -> ssl.SSLContext:
        """A context for a server that shows this certificate; OpenSSL wants files, written to ``folder``."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = minimum
        certificate, key = self.write(folder, f"s{self.certificate.serial_number:x}")
        context.load_cert_chain(certificate, key)
        return context


class Authority:
    """A root, or an intermediate made by :meth:`subordinate`, that signs what a test asks for."""

    def __init__(
        self,
        name: str = "AC racine des essais",
        *,
        above: Self | None = None,
        extensions: Sequence[x509.ExtensionType] = (),
        subject: x509.Name | None = None,
    ) -> None:
        self._above = above
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._subject = subject or _subject(name)
        issuer, signer = (self._subject, self._key) if above is None else (above._subject, above._key)
        builder = (
            _builder(self._subject, issuer, self._key, *_validity(None, None))
            .add_extension(x509.BasicConstraints(True, None), True)
            .add_extension(_CA_USAGE, True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False)
        )
        for extension in extensions:
            builder = builder.add_extension(extension, False)
        self.certificate = builder.sign(signer, hashes.SHA256())

    @property
    def ca_pem(self) -> bytes:
        """The root's certificate: what a client must trust."""
        if self._above is not None:
            return self._above.ca_pem
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def identity(self) -> Identity:
        """Its own certificate and key, to sign what a test bends."""
        return Identity(self.certificate, self._key, self._chain())

    def subordinate(
        self, name: str = "AC fille des essais", *, crl_url: str | None = None, ocsp_url: str | None = None
    ) -> "Authority":
        """An intermediate authority under this one; servers send its certificate along."""
        return Authority(name, above=self, extensions=_places(crl_url, ocsp_url))

    def _chain(self) -> tuple[x509.Certificate, ...]:
        return () if self._above is None else (self.certificate, *self._above._chain())

    def server(
        self,
        names: Sequence[str] = ("localhost",),
        addresses: Sequence[str] = ("127.0.0.1", "::1"),
        *,
        begin: datetime | None = None,
        end: datetime | None = None,
        crl_url: str | None = None,
        ocsp_url: str | None = None,
    ) -> Identity:
        """A server's certificate, right for ``localhost`` and the loopback unless told otherwise."""
        extensions: list[x509.ExtensionType] = [x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])]
        extensions += _places(crl_url, ocsp_url)
        alternative = [x509.DNSName(n) for n in names] + [
            x509.IPAddress(ipaddress.ip_address(a)) for a in addresses
        ]
        return self._issue((names or addresses)[0], alternative, extensions, begin, end)

    def expired_server(self) -> Identity:
        """Right in all but its date: it ended yesterday."""
        now = datetime.now(UTC)
        return self.server(begin=now - 90 * DAY, end=now - DAY)

    def future_server(self) -> Identity:
        """Right in all but its date: it begins tomorrow."""
        now = datetime.now(UTC)
        return self.server(begin=now + DAY, end=now + 90 * DAY)

    def wrong_name_server(self) -> Identity:
        """Right in all but its name."""
        return self.server(("autre.operateur.example",), ())

    def responder(self, *, signs_answers: bool = True) -> Identity:
        """Whom the authority lets sign OCSP answers for it."""
        usage = ExtendedKeyUsageOID.OCSP_SIGNING if signs_answers else ExtendedKeyUsageOID.SERVER_AUTH
        return self._issue(
            "Répondeur", [x509.DNSName("localhost")], [x509.ExtendedKeyUsage([usage])], None, None
        )

    def client(self, address: str, common_name: str | None = None) -> Identity:
        """A person's certificate, its common name being the address unless told otherwise."""
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
        return self._issue(common_name or address, [x509.RFC822Name(address)], [usage], None, None)

    def signer(self, common_name: str, organisation: str = "ESSAIS") -> Identity:
        """A certificate for signing documents, with an RSA key (XML signatures are made with these)."""
        key = rsa.generate_private_key(65537, 2048)
        subject = _subject(common_name, organisation)
        usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
        return self._sign(subject, key, [(usage, True)], None, None)

    def professional(
        self,
        number: str,
        surname: str = "ESSAI",
        given_name: str = "Camille",
        profession: str = "Médecin",
        *,
        signs: bool = False,
        begin: datetime | None = None,
        end: datetime | None = None,
    ) -> Identity:
        """A certificate such as a CPS holds, with an RSA key; with ``signs`` the one for signatures.

        Its common name is the person's national number.
        """
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "ESSAIS"),
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, profession),
                x509.NameAttribute(NameOID.COMMON_NAME, number),
                x509.NameAttribute(NameOID.SURNAME, surname),
                x509.NameAttribute(NameOID.GIVEN_NAME, given_name),
            ]
        )
        usage = x509.KeyUsage(not signs, signs, False, False, False, False, False, False, False)
        extensions: list[tuple[x509.ExtensionType, bool]] = [(usage, True)]
        if not signs:
            extensions.append((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False))
        return self._sign(subject, rsa.generate_private_key(65537, 2048), extensions, begin, end)

    def revocation_list(
        self,
        revoked: Iterable[Identity] = (),
        *,
        begin: datetime | None = None,
        end: datetime | None = None,
        extensions: Sequence[x509.ExtensionType] = (),
    ) -> bytes:
        """A DER revocation list of this authority naming these certificates."""
        now = datetime.now(UTC)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._subject)
            .last_update(begin or now - 2 * DAY)
            .next_update(end or now + 30 * DAY)
            .add_extension(x509.CRLNumber(1), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), False)
        )
        for extension in extensions:
            builder = builder.add_extension(extension, True)
        for identity in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(identity.certificate.serial_number)
            builder = builder.add_revoked_certificate(entry.revocation_date(now - DAY).build())
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def client_context(self, identity: Identity | None = None, folder: Path | None = None) -> ssl.SSLContext:
        """A client's context that trusts this authority only; with an identity it shows that certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_verify_locations(cadata=self.ca_pem.decode())
        if identity is not None:
            assert folder is not None, "OpenSSL reads a client's key from a file"
            context.load_cert_chain(*identity.write(folder, f"c{identity.certificate.serial_number:x}"))
        return context

    def _issue(
        self,
        common_name: str,
        alternative: Sequence[x509.GeneralName],
        extensions: Sequence[x509.ExtensionType],
        begin: datetime | None,
        end: datetime | None,
    ) -> Identity:
        named = [(x509.SubjectAlternativeName(alternative), False), *((each, False) for each in extensions)]
        return self._sign(_subject(common_name), ec.generate_private_key(ec.SECP256R1()), named, begin, end)

    def _sign(
        self,
        subject: x509.Name,
        key: PrivateKey,
        extensions: Sequence[tuple[x509.ExtensionType, bool]],
        begin: datetime | None,
        end: datetime | None,
    ) -> Identity:
        builder = (
            _builder(subject, self._subject, key, *_validity(begin, end))
            .add_extension(x509.BasicConstraints(False, None), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), False)
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return Identity(builder.sign(self._key, hashes.SHA256()), key, self._chain())

    @staticmethod
    def self_signed(
        names: Sequence[str] = ("localhost",), addresses: Sequence[str] = ("127.0.0.1",)
    ) -> Identity:
        """A server's certificate that no authority vouches for."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _subject(names[0])
        alternative = [x509.DNSName(n) for n in names] + [
            x509.IPAddress(ipaddress.ip_address(a)) for a in addresses
        ]
        builder = _builder(subject, subject, key, *_validity(None, None)).add_extension(
            x509.SubjectAlternativeName(alternative), False
        )
        return Identity(builder.sign(key, hashes.SHA256()), key)


def _places(crl_url: str | None, ocsp_url: str | None) -> list[x509.ExtensionType]:
    """Where an authority publishes what it revoked."""
    found: list[x509.ExtensionType] = []
    if crl_url is not None:
        place = x509.DistributionPoint([x509.UniformResourceIdentifier(crl_url)], None, None, None)
        found.append(x509.CRLDistributionPoints([place]))
    if ocsp_url is not None:
        where = x509.UniformResourceIdentifier(ocsp_url)
        access = x509.AccessDescription(x509.AuthorityInformationAccessOID.OCSP, where)
        found.append(x509.AuthorityInformationAccess([access]))
    return found


_CA_USAGE = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def _subject(common_name: str, organisation: str = "ESSAIS") -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _validity(begin: datetime | None, end: datetime | None) -> tuple[datetime, datetime]:
    now = datetime.now(UTC)
    return begin or now - 2 * DAY, end or now + 365 * DAY


def _builder(
    subject: x509.Name, issuer: x509.Name, key: PrivateKey, begin: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )
