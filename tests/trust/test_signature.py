"""What may be around the white list: signatures of another layout, other signers, other chains."""

import base64
import re
from datetime import timedelta
from typing import Any

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod

from mssclient.trust.whitelist import verify
from tests.trust.made import NAMESPACE, NOW, anchors, authority, certify, code, good, sign, tree

# -- layouts -----------------------------------------------------------------------------------------


def test_no_signature() -> None:
    assert code(etree.tostring(tree())) == "whitelist-signature"


def test_wrong_root() -> None:
    assert code(sign(tree(root_tag="ListeGrise"))) == "whitelist-malformed"
    other = good().replace(NAMESPACE.encode(), b"https://listeblanche.example/schema")
    assert code(other) == "whitelist-malformed"


def test_two_signatures() -> None:
    root = etree.fromstring(good())
    root.append(etree.fromstring(etree.tostring(root[-1])))
    assert code(etree.tostring(root)) == "whitelist-malformed"


def test_wrapping_the_true_list_in_another() -> None:
    """The signed element survives somewhere inside, the false one is what a careless reader reads."""
    true = etree.fromstring(good())
    signature = true[-1]
    false = tree(["evil.example"])
    false.append(true)
    assert code(etree.tostring(false)) == "whitelist-malformed"
    false = tree(["evil.example"])
    true.remove(signature)
    signature.append(etree.fromstring(etree.tostring(true)))
    false.append(signature)
    assert code(etree.tostring(false)) == "whitelist-malformed"


def test_a_reference_by_identifier_is_refused() -> None:
    root = tree()
    root.set("Id", "tout")
    assert code(sign(root, reference="#tout")) == "whitelist-malformed"


def test_two_references() -> None:
    data = good()
    found = re.search(rb"<(\w+:)?Reference.*?</(\w+:)?Reference>", data, re.S)
    assert found is not None
    assert code(data.replace(found[0], found[0] * 2)) == "whitelist-malformed"


@pytest.mark.parametrize(
    "prologue",
    [
        b'<!DOCTYPE a [<!ENTITY x "evil.example">]>',
        b"<!DOCTYPE a SYSTEM 'http://127.0.0.1:1/x.dtd'>",
        b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
    ],
)
def test_document_types_are_refused(prologue: bytes) -> None:
    data = good()
    at = data.index(b"?>") + 2
    assert code(data[:at] + prologue + data[at:]) == "whitelist-malformed"


def test_other_encodings_are_refused() -> None:
    root = etree.fromstring(good())
    for encoding in ("utf-16", "utf-32", "iso-8859-1"):
        assert code(etree.tostring(root, encoding=encoding, xml_declaration=True)) == "whitelist-malformed"


def test_a_comment_does_not_split_a_name() -> None:
    """Canonicalisation drops comments: the name is read from what was signed, whole."""
    data = good().replace(b"cabinet.mssante.fr", b"cabinet.mssante.fr<!-- -->.evil.example")
    assert code(data) == "whitelist-signature"
    data = good().replace(b"cabinet.mssante.fr", b"cabinet<!-- -->.mssante.fr")
    assert verify(data, anchors(), NOW).lists("cabinet.mssante.fr")
    root = tree(["cabinet"])
    root.find(f".//{{{NAMESPACE}}}Nom").append(etree.ProcessingInstruction("x", "y"))
    assert code(sign(root)) == "whitelist-malformed"


@pytest.mark.parametrize(
    "options",
    [
        {"canonical": CanonicalizationMethod.CANONICAL_XML_1_0},
        {"canonical": CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0_WITH_COMMENTS},
        {"key_value": True},
    ],
)
def test_other_configurations_are_refused(options: dict[str, Any]) -> None:
    assert code(sign(tree(), **options)) == "whitelist-malformed"


DS = "{http://www.w3.org/2000/09/xmldsig#}"


def _reshape(how: str) -> bytes:
    """The good list with its signature's skeleton bent; the words of the list untouched."""
    root = etree.fromstring(good())
    signature = root[-1]
    info, key_info = signature[0], signature[2]
    reference = info.find(DS + "Reference")
    transforms = reference[0]
    data = key_info[0]
    if how == "no-key-info":
        signature.remove(key_info)
    elif how == "object":
        etree.SubElement(signature, DS + "Object").text = "x"
    elif how == "parameters-of-method":
        etree.SubElement(info[1], DS + "HMACOutputLength").text = "0"
    elif how == "parameters-of-canonicalisation":
        etree.SubElement(info[0], "{http://www.w3.org/2001/10/xml-exc-c14n#}InclusiveNamespaces")
    elif how == "another-type-of-reference":
        reference.set("Type", "x")
    elif how == "no-transforms":
        reference.remove(transforms)
    elif how == "transforms-swapped":
        transforms.append(transforms[0])
    elif how == "parameters-of-transform":
        etree.SubElement(transforms[1], DS + "XPath").text = "self::text()"
    elif how == "foreign-child":
        etree.SubElement(info, "{urn:x}y")
    elif how == "key-name":
        etree.SubElement(key_info, DS + "KeyName").text = "x"
    elif how == "no-certificate":
        data.remove(data[0])
    elif how == "two-signers":
        data.append(etree.fromstring(etree.tostring(data[0])))
    elif how == "many-certificates":
        for _count in range(6):
            data.append(etree.fromstring(etree.tostring(data[0])))
    elif how == "no-algorithm":
        del info[1].attrib["Algorithm"]
    elif how == "signature-below":
        root[1].append(signature)
    return etree.tostring(root)


@pytest.mark.parametrize(
    "how",
    [
        "no-key-info",
        "object",
        "parameters-of-method",
        "parameters-of-canonicalisation",
        "another-type-of-reference",
        "no-transforms",
        "transforms-swapped",
        "parameters-of-transform",
        "foreign-child",
        "key-name",
        "no-certificate",
        "two-signers",
        "many-certificates",
        "signature-below",
    ],
)
def test_unexpected_layouts_are_refused(how: str) -> None:
    assert code(_reshape(how)) == "whitelist-malformed"


def test_a_method_without_a_name() -> None:
    assert code(_reshape("no-algorithm")) in ("whitelist-malformed", "whitelist-signature")


def test_other_words_about_the_signer_are_ignored() -> None:
    """The subject beside the certificate says nothing that the certificate does not."""
    root = etree.fromstring(good())
    data = root[-1][2][0]
    etree.SubElement(data, DS + "X509SubjectName").text = "CN=x"
    assert code(etree.tostring(root)) == ""


@pytest.mark.parametrize("size", ["384", "512"])
def test_stronger_digests_are_accepted(size: str) -> None:
    data = sign(tree(), method=SignatureMethod[f"RSA_SHA{size}"], digest=DigestAlgorithm[f"SHA{size}"])
    assert code(data) == ""


def test_weaker_digests_are_refused() -> None:
    for old, new in (
        (b"2001/04/xmldsig-more#rsa-sha256", b"2000/09/xmldsig#rsa-sha1"),
        (b"2001/04/xmlenc#sha256", b"2000/09/xmldsig#sha1"),
        (b"2001/04/xmldsig-more#rsa-sha256", b"2001/04/xmldsig-more#hmac-sha256"),
    ):
        assert old in good()
        assert code(good().replace(old, new)) in ("whitelist-malformed", "whitelist-signature")


def test_broken_certificates() -> None:
    for text in (b"", b"AAAA", b"not base64!", base64.b64encode(b"0" * 50)):
        data = re.sub(
            rb"(<(?:\w+:)?X509Certificate>).*?(</)",
            lambda found, text=text: found[1] + text + found[2],
            good(),
            flags=re.S,
        )
        assert code(data) == "whitelist-malformed"


def test_a_certificate_with_a_name_that_cannot_be_read() -> None:
    """Its fields are parsed only when asked for: found by the campaign of ``tests/fuzz``."""
    bad = authority()[2].der.replace(b"alb.mssante.fr", b"alb\xff\xfessante.fr")
    text = base64.b64encode(bad)
    data = re.sub(
        rb"(<(?:\w+:)?X509Certificate>).*?(</)", lambda found: found[1] + text + found[2], good(), flags=re.S
    )
    assert code(data) == "whitelist-malformed"


def test_certificates_sent_along_build_no_chain() -> None:
    _root, middle, signer = authority()
    assert code(sign(tree(), certificates=[signer.certificate, middle.certificate])) == ""
    assert (
        code(sign(tree(), certificates=[signer.certificate, middle.certificate]), anchors()[:1])
        == "whitelist-chain"
    )


# -- signers and chains ------------------------------------------------------------------------------


def test_another_signer_of_the_same_authority() -> None:
    _root, middle, _signer = authority()
    assert code(sign(tree(), certify("smtp.operateur.fr", 3, middle))) == "whitelist-signer"
    assert code(sign(tree(), certify("alb.mssante.fr.evil", 3, middle))) == "whitelist-signer"


def test_a_signer_for_another_purpose() -> None:
    _root, middle, _signer = authority()
    server = certify("alb.mssante.fr", 3, middle, purpose=ExtendedKeyUsageOID.SERVER_AUTH)
    assert code(sign(tree(), server)) == "whitelist-signer"
    assert code(sign(tree(), certify("alb.mssante.fr", 3, middle, purpose=None))) == "whitelist-signer"
    assert code(sign(tree(), certify("alb.mssante.fr", 3, middle, signs=False))) == "whitelist-signer"


def test_a_signer_that_signed_itself() -> None:
    alone = certify("alb.mssante.fr", 3)
    assert code(sign(tree(), alone)) == "whitelist-chain"


def test_a_false_authority_of_the_same_name() -> None:
    root = certify("AC RACINE", 3, ca=True)
    middle = certify("AC ORGANISATIONS", 4, root, ca=True, path_length=0)
    signer = certify("alb.mssante.fr", 5, middle)
    data = sign(tree(), signer)
    assert code(data) == "whitelist-chain"
    assert (
        code(sign(tree(), signer, certificates=[signer.certificate, middle.certificate])) == "whitelist-chain"
    )
    assert code(data, [root.der, middle.der]) == ""


def test_a_middle_that_is_no_authority() -> None:
    root, _middle, _signer = authority()
    ordinary = certify("AC ORGANISATIONS", 3, root)
    signer = certify("alb.mssante.fr", 4, ordinary)
    assert code(sign(tree(), signer), [root.der, ordinary.der]) == "whitelist-chain"
    powerless = certify("AC ORGANISATIONS", 3, root, ca=True, certifies=False)
    signer = certify("alb.mssante.fr", 4, powerless)
    assert code(sign(tree(), signer), [root.der, powerless.der]) == "whitelist-chain"


def test_a_signer_that_says_nothing_of_itself() -> None:
    _root, middle, _signer = authority()
    bare = certify("alb.mssante.fr", 3, middle, bare=True)
    assert code(sign(tree(), bare)) == "whitelist-signer"


def test_a_chain_that_turns_in_a_circle() -> None:
    first = certify("AC A", 3, ca=True)
    second = certify("AC B", 4, first, ca=True)
    turned = certify("AC A", 3, second, ca=True)
    signer = certify("alb.mssante.fr", 5, second)
    assert code(sign(tree(), signer), [turned.der, second.der]) == "whitelist-chain"
    root, middle, _signer = authority()
    assert code(sign(tree(), signer), [turned.der, second.der, root.der, middle.der]) == "whitelist-chain"


def test_a_middle_below_a_limited_one() -> None:
    root, middle, _signer = authority()
    lower = certify("AC BASSE", 3, middle, ca=True)
    signer = certify("alb.mssante.fr", 4, lower)
    assert code(sign(tree(), signer), [root.der, middle.der, lower.der]) == "whitelist-chain"


def test_an_unknown_critical_extension() -> None:
    _root, middle, _signer = authority()
    odd = certify("alb.mssante.fr", 3, middle, unknown_critical=True)
    assert code(sign(tree(), odd)) == "whitelist-chain"


def test_expired_certificates() -> None:
    root, middle, _signer = authority()
    early = NOW - timedelta(days=1)
    assert code(sign(tree(), certify("alb.mssante.fr", 3, middle, end=early))) == "whitelist-expired"
    assert (
        code(sign(tree(), certify("alb.mssante.fr", 3, middle, start=NOW + timedelta(days=1))))
        == "whitelist-expired"
    )
    old = certify("AC ORGANISATIONS", 1, root, ca=True, path_length=0, end=early)
    assert code(good(), [root.der, old.der]) == "whitelist-expired"


def test_the_list_holds_as_long_as_the_shortest_certificate() -> None:
    root, _middle, signer = authority()
    soon = NOW + timedelta(days=3)
    middle = certify("AC ORGANISATIONS", 1, root, ca=True, path_length=0, end=soon)
    found = verify(sign(tree(), signer), [root.der, middle.der], NOW)
    assert found.valid_until_utc == int(soon.timestamp())
    assert found.state_at(int(soon.timestamp()) + 1).expired
    assert not found.state_at(int(NOW.timestamp())).expired
