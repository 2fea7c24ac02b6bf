"""The signature of the white list and the chain of its signer: the only file that calls signxml and x509.

The layout is fixed (``whitelist``); anything else is refused before any cryptography: what is not
expected cannot be exploited. Order: layout, signature, signer, chain, so that an altered list is said
to be altered even when its signer has expired too.
"""

import base64
import binascii
import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature as BadSignature
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import InvalidInput, SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from mssclient.model.errors import Refused
from mssclient.model.language import _

__all__ = ["NAMESPACE", "SIGNER", "Signed", "read_signed"]

NAMESPACE = "https://listeblanche.mssante.fr/schema"
SIGNER = "alb.mssante.fr"
"""Common name of the only signer (ANS changes its key and certificate, not its name)."""

_DS = "{http://www.w3.org/2000/09/xmldsig#}"
_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
_CONFIGURATION = SignatureConfiguration(
    location="./",
    expect_references=1,
    signature_methods=frozenset(
        (SignatureMethod.RSA_SHA256, SignatureMethod.RSA_SHA384, SignatureMethod.RSA_SHA512)
    ),
    digest_algorithms=frozenset((DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512)),
)
_LAZY = (ValueError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension)
_MOST_CERTIFICATES = 5
_MOST_NAMES = 200_000

# signxml writes what it canonicalises to its logger: three megabytes nobody wants
logging.getLogger("signxml").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Signed:
    """What the signed element says, and who signed it."""

    generated: datetime
    names: tuple[str, ...]
    signer: str
    valid_until_utc: int


def read_signed(data: bytes, anchors: Sequence[bytes], at: datetime) -> Signed:
    """Verify, then read. ``at`` has an offset. Raises Refused with the codes of ``whitelist.verify``."""
    try:
        with warnings.catch_warnings():  # cryptography warns of odd serial numbers, and cites the certificate
            warnings.simplefilter("ignore")
            return _read_signed(data, anchors, at)
    except _LAZY as error:  # certificates are parsed field by field, when asked
        raise _malformed("certificate-field") from error


def _read_signed(data: bytes, anchors: Sequence[bytes], at: datetime) -> Signed:
    signer = _signer_of(_layout(data))
    signed = _verified_element(data, signer)
    _check_signer(signer)
    chain = _chain(signer, anchors, at)
    generated, names = _content(signed)
    until = min(certificate.not_valid_after_utc for certificate in chain)
    return Signed(generated, names, SIGNER, int(until.timestamp()))


# -- layout ------------------------------------------------------------------------------------------


def _layout(data: bytes) -> Any:
    """The one Signature element of a document that looks exactly as the list must."""
    # UTF-16 and the like would hide a DTD from this search; the list is UTF-8
    if b"\x00" in data or b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise _malformed("doctype")
    try:
        root = etree.fromstring(data, _parser())
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise _malformed("xml") from error
    document = root.getroottree().docinfo
    if document.doctype or (document.encoding or "UTF-8").upper() not in ("UTF-8", "US-ASCII", "ASCII"):
        raise _malformed("encoding")
    if root.tag != f"{{{NAMESPACE}}}ListeBlancheMSSante":
        raise _malformed("root")
    signatures = list(root.iter(_DS + "Signature"))
    if not signatures:
        raise Refused("whitelist-signature", _("La liste blanche n’est pas signée."), _fetch_again())
    if len(signatures) != 1 or signatures[0].getparent() is not root:
        raise _malformed("signatures")
    signature = signatures[0]
    if _tags(signature) != ["SignedInfo", "SignatureValue", "KeyInfo"]:
        raise _malformed("signature-children")
    info = signature[0]
    if _tags(info) != ["CanonicalizationMethod", "SignatureMethod", "Reference"]:
        raise _malformed("references")
    canonical, method, reference = info
    if canonical.get("Algorithm") != _EXCLUSIVE or len(canonical) or len(method):
        raise _malformed("canonicalisation")
    if dict(reference.attrib) != {"URI": ""}:
        raise _malformed("reference-uri")
    if _tags(reference) != ["Transforms", "DigestMethod", "DigestValue"]:
        raise _malformed("reference-children")
    transforms = reference[0]
    if [transform.get("Algorithm") for transform in transforms] != [_ENVELOPED, _EXCLUSIVE]:
        raise _malformed("transforms")
    if any(len(transform) for transform in transforms):
        raise _malformed("transform-parameters")
    return signature


def _tags(element: Any) -> list[str]:
    """Local names of the children, all of which must be elements of XML-DSig."""
    tags: list[str] = []
    for child in element:
        if not isinstance(child.tag, str) or not child.tag.startswith(_DS):
            raise _malformed("foreign-child")
        tags.append(child.tag.removeprefix(_DS))
    return tags


def _signer_of(signature: Any) -> x509.Certificate:
    """The end certificate in KeyInfo; authorities sent along are ignored, only anchors build a chain."""
    key_info = signature[2]
    if _tags(key_info) != ["X509Data"]:
        raise _malformed("key-info")
    found: list[x509.Certificate] = []
    for child in key_info[0]:
        if child.tag != _DS + "X509Certificate":
            continue
        if len(found) == _MOST_CERTIFICATES:
            raise _malformed("certificates")
        try:
            der = base64.b64decode("".join((child.text or "").split()), validate=True)
            found.append(x509.load_der_x509_certificate(der))
        except (binascii.Error, *_LAZY) as error:
            raise _malformed("certificate") from error
    ends = [certificate for certificate in found if not _is_authority(certificate)]
    if len(ends) != 1:
        raise _malformed("signers")
    return ends[0]


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


# -- signature ---------------------------------------------------------------------------------------


def _verified_element(data: bytes, signer: x509.Certificate) -> Any:
    """The element that the signature covers, parsed again from the canonical bytes that were hashed."""
    # the validity of the signer is judged by _chain at the time asked for; here it must not be in the way
    configuration = SignatureConfiguration(
        location=_CONFIGURATION.location,
        expect_references=_CONFIGURATION.expect_references,
        signature_methods=_CONFIGURATION.signature_methods,
        digest_algorithms=_CONFIGURATION.digest_algorithms,
        verification_time=signer.not_valid_before_utc,
    )
    try:
        result = XMLVerifier().verify(data, x509_cert=signer, parser=_parser(), expect_config=configuration)
    except InvalidInput as error:
        raise _malformed("signature") from error
    except (SignXMLException, BadSignature, UnsupportedAlgorithm) as error:
        raise _altered() from error
    except (etree.LxmlError, ValueError, TypeError, AttributeError, AssertionError, KeyError) as error:
        raise _altered() from error
    if isinstance(result, list) or result.signed_xml is None:
        raise _altered()  # pragma: no cover - one reference was asked for
    return result.signed_xml


def _parser() -> Any:
    """A parser that resolves nothing, loads nothing and keeps libxml2's limits."""
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )


# -- signer and chain --------------------------------------------------------------------------------


def _check_signer(signer: x509.Certificate) -> None:
    names = signer.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if [name.value for name in names] != [SIGNER]:
        raise _wrong_signer("common-name")
    try:
        uses = signer.extensions.get_extension_for_class(x509.KeyUsage).value
        purposes = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound as error:
        raise _wrong_signer("usage-missing") from error
    if not (uses.digital_signature or uses.content_commitment) or uses.key_cert_sign:
        raise _wrong_signer("key-usage")
    if ExtendedKeyUsageOID.EMAIL_PROTECTION not in purposes:
        raise _wrong_signer("extended-key-usage")


def _chain(signer: x509.Certificate, anchors: Sequence[bytes], at: datetime) -> list[x509.Certificate]:
    """Signer to pinned root, all valid at that time, built from the anchors alone."""
    try:
        pinned = [x509.load_der_x509_certificate(anchor) for anchor in anchors]
        roots = [certificate for certificate in pinned if certificate.issuer == certificate.subject]
        if not roots:
            raise _no_chain("no-root")
        between = [certificate for certificate in pinned if certificate not in roots]
        for certificate in (signer, *pinned):
            if _is_relevant(certificate, signer, pinned):
                _check_validity(certificate, at)
        verifier = (
            verification.PolicyBuilder()
            .store(verification.Store(roots))
            .time(at.astimezone(UTC).replace(tzinfo=None))
            .max_chain_depth(3)
            .extension_policies(ca_policy=_authority_policy(), ee_policy=_end_policy())
            .build_client_verifier()
        )
        return verifier.verify(signer, between).chain
    except (verification.VerificationError, TypeError, *_LAZY) as error:
        raise _no_chain(type(error).__name__) from error


def _is_relevant(
    certificate: x509.Certificate, signer: x509.Certificate, pinned: list[x509.Certificate]
) -> bool:
    """Whether it would stand in the chain by its names: its dates are then worth a sentence of their own."""
    name = signer.issuer
    for _depth in range(4):
        if certificate == signer or certificate.subject == name:
            return True
        above = next((one for one in pinned if one.subject == name), None)
        if above is None or above.issuer == name:
            return False
        name = above.issuer
    return False


def _check_validity(certificate: x509.Certificate, at: datetime) -> None:
    if at > certificate.not_valid_after_utc:
        raise Refused(
            "whitelist-expired",
            _("Le certificat du signataire de la liste blanche a expiré le {date}.").format(
                date=certificate.not_valid_after_utc.strftime("%d/%m/%Y")
            ),
            _("Téléchargez la liste en vigueur publiée par l’ANS."),
        )
    if at < certificate.not_valid_before_utc:
        raise Refused(
            "whitelist-expired",
            _("Le certificat du signataire de la liste blanche n’est valable qu’à partir du {date}.").format(
                date=certificate.not_valid_before_utc.strftime("%d/%m/%Y")
            ),
            _("Vérifiez la date et l’heure de l’ordinateur."),
        )


def _authority_policy() -> verification.ExtensionPolicy:
    def must_be_authority(
        policy: verification.Policy, certificate: x509.Certificate, constraints: x509.BasicConstraints
    ) -> None:
        if not constraints.ca:
            raise ValueError("not an authority")  # pragma: no cover - cryptography looks first

    def must_sign_certificates(
        policy: verification.Policy, certificate: x509.Certificate, uses: x509.KeyUsage
    ) -> None:
        if not uses.key_cert_sign:
            raise ValueError("may not sign certificates")

    return (
        verification.ExtensionPolicy.permit_all()
        .require_present(x509.BasicConstraints, verification.Criticality.CRITICAL, must_be_authority)
        .require_present(x509.KeyUsage, verification.Criticality.AGNOSTIC, must_sign_certificates)
    )


def _end_policy() -> verification.ExtensionPolicy:
    # key usage and purpose were checked by _check_signer, which can say what is wrong
    return verification.ExtensionPolicy.permit_all().require_present(
        x509.KeyUsage, verification.Criticality.AGNOSTIC, None
    )


# -- content -----------------------------------------------------------------------------------------


def _content(root: Any) -> tuple[datetime, tuple[str, ...]]:
    """Date and names, from the signed element only."""
    prefix = f"{{{NAMESPACE}}}"
    if root.tag != prefix + "ListeBlancheMSSante":
        raise _malformed("signed-root")  # pragma: no cover - the layout was checked
    dates = root.findall(prefix + "DateDeGeneration")
    if len(dates) != 1:
        raise _malformed("generation")
    try:
        generated = datetime.fromisoformat(_text(dates[0]))
    except ValueError as error:
        raise _malformed("generation") from error
    names: list[str] = []
    for domains in root.findall(prefix + "ListeDomaines"):
        for domain in domains.findall(prefix + "Domaine"):
            names.extend(_text(name) for name in domain.findall(prefix + "Nom"))
    if len(names) > _MOST_NAMES:
        raise _malformed("too-many-names")
    return generated if generated.tzinfo else generated.replace(tzinfo=UTC), tuple(names)


def _text(element: Any) -> str:
    if len(element):  # a comment or an element inside would split the text
        raise _malformed("mixed-content")
    return (element.text or "").strip()


# -- what is said ------------------------------------------------------------------------------------


def _fetch_again() -> str:
    return _("Téléchargez à nouveau la liste publiée par l’ANS.")


def _malformed(detail: str) -> Refused:
    return Refused(
        "whitelist-malformed",
        _("Ce fichier n’a pas la forme de la liste blanche MSSanté."),
        _fetch_again(),
        detail,
    )


def _altered() -> Refused:
    return Refused(
        "whitelist-signature",
        _("La signature de la liste blanche n’est pas valable\u00a0: le fichier a été modifié."),
        _fetch_again(),
    )


def _wrong_signer(detail: str) -> Refused:
    return Refused(
        "whitelist-signer",
        _("La liste blanche n’est pas signée par le signataire attendu ({signer}).").format(signer=SIGNER),
        _fetch_again(),
        detail,
    )


def _no_chain(detail: str) -> Refused:
    return Refused(
        "whitelist-chain",
        _("Le signataire de la liste blanche ne dépend pas de l’autorité de confiance attendue."),
        _fetch_again(),
        detail,
    )
