"""A small authority and white lists signed with it, right or wrong in every way that a test asks for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from lxml import etree
from signxml.algorithms import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureConstructionMethod,
    SignatureMethod,
)
from signxml.signer import XMLSigner

from mssclient.model.errors import Refused
from mssclient.trust.whitelist import verify

NAMESPACE = "https://listeblanche.mssante.fr/schema"
START = datetime(2024, 1, 1, tzinfo=UTC)
END = datetime(2030, 1, 1, tzinfo=UTC)
GENERATED = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOW = datetime(2026, 3, 2, tzinfo=UTC)
DOMAINS = ("cabinet.mssante.fr", "hopital.mssante.fr", "patient.mssante.fr", "mssante.apicrypt.org")


@dataclass(frozen=True)
class Holder:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)


@lru_cache(8)
def key(number: int) -> rsa.RSAPrivateKey:
    """Keys are dear: tests share them by number."""
    return rsa.generate_private_key(65537, 2048)


def certify(
    name: str,
    number: int,
    above: Holder | None = None,
    *,
    ca: bool = False,
    path_length: int | None = None,
    start: datetime = START,
    end: datetime = END,
    purpose: x509.ObjectIdentifier | None = ExtendedKeyUsageOID.EMAIL_PROTECTION,
    signs: bool = True,
    unknown_critical: bool = False,
    certifies: bool = True,
    bare: bool = False,
) -> Holder:
    own = key(number)
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "ESSAI"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    issuer = above or None
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
    )
    if not bare:
        constraints = x509.BasicConstraints(ca=ca, path_length=path_length)
        builder = builder.add_extension(constraints, critical=True)
        builder = builder.add_extension(_usage(ca and certifies, signs), critical=True)
    if not ca and not bare:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.RFC822Name("alb@mssante.fr")]), critical=False
        )
        if purpose is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    if unknown_critical:
        extension = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")
        builder = builder.add_extension(extension, critical=True)
    return Holder(builder.sign((issuer.key if issuer else own), hashes.SHA256()), own)


def _usage(ca: bool, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs and not ca,
        content_commitment=False,
        key_encipherment=not signs,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


@lru_cache(1)
def authority() -> tuple[Holder, Holder, Holder]:
    """Root, intermediate and signer as those of IGC-Santé."""
    root = certify("AC RACINE", 0, ca=True)
    middle = certify("AC ORGANISATIONS", 1, root, ca=True, path_length=0)
    return root, middle, certify("alb.mssante.fr", 2, middle)


def anchors() -> list[bytes]:
    root, middle, _signer = authority()
    return [root.der, middle.der]


def tree(
    domains: Iterable[str] = DOMAINS, generated: datetime = GENERATED, root_tag: str = "ListeBlancheMSSante"
) -> Any:
    root = etree.Element(f"{{{NAMESPACE}}}{root_tag}", nsmap={None: NAMESPACE})
    etree.SubElement(root, f"{{{NAMESPACE}}}DateDeGeneration").text = generated.strftime("%Y-%m-%dT%H:%M:%SZ")
    entries = etree.SubElement(root, f"{{{NAMESPACE}}}ListeDomaines")
    for name in domains:
        entry = etree.SubElement(entries, f"{{{NAMESPACE}}}Domaine")
        etree.SubElement(entry, f"{{{NAMESPACE}}}Nom").text = name
        etree.SubElement(entry, f"{{{NAMESPACE}}}Description").text = "Domaine d’essai"
    etree.indent(root, space="  ")
    return root


def sign(
    root: Any,
    signer: Holder | None = None,
    *,
    method: SignatureMethod = SignatureMethod.RSA_SHA256,
    digest: DigestAlgorithm = DigestAlgorithm.SHA256,
    canonical: CanonicalizationMethod = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    reference: str | None = None,
    certificates: list[x509.Certificate] | None = None,
    key_value: bool = False,
) -> bytes:
    holder = signer or authority()[2]
    xml_signer = XMLSigner(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=method,
        digest_algorithm=digest,
        c14n_algorithm=canonical,
    )
    signed = xml_signer.sign(
        root,
        key=holder.key,
        cert=certificates or [holder.certificate],
        reference_uri=reference,
        always_add_key_value=key_value,
    )
    return etree.tostring(signed, xml_declaration=True, encoding="UTF-8")


@lru_cache(1)
def good() -> bytes:
    return sign(tree())


def code(data: bytes, trusted: list[bytes] | None = None, at: datetime = NOW) -> str:
    """The code of the refusal; "" when the list is accepted."""
    refusal: Refused | None = None
    try:
        verify(data, anchors() if trusted is None else trusted, at)
    except Refused as caught:
        refusal = caught
    if refusal is None:
        return ""
    assert refusal.sentence
    assert refusal.exit_code == 4
    return refusal.code
