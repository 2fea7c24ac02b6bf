"""The white list of the demonstration: the schema and the signature of the national one, invented domains."""

from collections.abc import Iterable
from datetime import UTC, datetime

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType]
from signxml.algorithms import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureConstructionMethod,
    SignatureMethod,
)
from signxml.signer import XMLSigner

from mssclient.demo.authority import Issued

__all__ = ["NAMESPACE", "signed_list"]

NAMESPACE = "https://listeblanche.mssante.fr/schema"


def signed_list(domains: Iterable[tuple[str, str]], generated: datetime, signer: Issued) -> bytes:
    """The XML of a white list of (name, description), signed as ANS signs its own.

    Enveloped XML-DSig, rsa-sha256, exclusive canonicalisation, one reference to the whole document,
    the signer's certificate alone in KeyInfo.
    """
    stamp = generated.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    root = etree.Element(f"{{{NAMESPACE}}}ListeBlancheMSSante", nsmap={None: NAMESPACE})
    etree.SubElement(root, f"{{{NAMESPACE}}}DateDeGeneration").text = stamp
    entries = etree.SubElement(root, f"{{{NAMESPACE}}}ListeDomaines")
    for name, description in domains:
        entry = etree.SubElement(entries, f"{{{NAMESPACE}}}Domaine")
        for tag, text in (
            ("Nom", name),
            ("Description", description),
            ("DNCertificatOperateur", "CN=operateur.demonstration,O=DEMONSTRATION,C=FR"),
            ("ResponsableContact", "00 00 00 00 00, responsable@demonstration.example"),
            ("SupportContact", "00 00 00 00 00, support@demonstration.example"),
            ("DateMAJ", stamp),
        ):
            etree.SubElement(entry, f"{{{NAMESPACE}}}{tag}").text = text
    etree.indent(root, space="    ")
    xml_signer = XMLSigner(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=SignatureMethod.RSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    xml_signer.namespaces = {None: xml_signer.namespaces["ds"]}  # pyright: ignore
    signed = xml_signer.sign(root, key=signer.key, cert=[signer.certificate], always_add_key_value=False)
    return etree.tostring(signed, xml_declaration=True, encoding="UTF-8")
