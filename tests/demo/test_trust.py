"""The demonstration's white list: it verifies as the national one does, and gives the labelled verdicts."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from mssclient.demo import DemoOperator
from mssclient.demo.corpus import build
from mssclient.demo.corpus.people import domains
from mssclient.mime.reading import read
from mssclient.model.errors import Refused
from mssclient.trust.verdict import judge
from mssclient.trust.whitelist import TrustList, verify
from tests.demo.connections import REFERENCE
from tests.reference import shared_data


def _anchors(operator: DemoOperator) -> list[bytes]:
    pem = operator.whitelist_ca_pem.encode("ascii")
    return [c.public_bytes(Encoding.DER) for c in x509.load_pem_x509_certificates(pem)]


@pytest.fixture(scope="module")
def trusted(operator: DemoOperator) -> TrustList:
    return verify(operator.whitelist.read_bytes(), _anchors(operator), datetime.now(UTC))


def test_list_is_good_now_and_holds_the_domains(trusted: TrustList) -> None:
    assert trusted.state.origin == "verified"
    assert trusted.state.domains == len(domains())
    assert trusted.lists("labo-valvert.mssante.fr")
    assert not trusted.lists("mssante-verif.example")
    assert not trusted.lists("medical74.apicrypt.org")


def test_list_is_refused_under_other_anchors_altered_or_too_late(operator: DemoOperator) -> None:
    data, now = operator.whitelist.read_bytes(), datetime.now(UTC)
    national = [shared_data("igc-sante", n).read_bytes() for n in ("ACR-EL.cer", "ACI-EL-ORG.cer")]
    with pytest.raises(Refused, match="whitelist-chain"):
        verify(data, national, now)
    altered = data.replace(b"labo-valvert.mssante.fr", b"labo-valverte.mssante.fr")
    with pytest.raises(Refused, match="whitelist-signature"):
        verify(altered, _anchors(operator), now)
    with pytest.raises(Refused):
        verify(data, _anchors(operator), now + timedelta(days=60))


def test_list_has_the_shape_of_the_national_one(operator: DemoOperator) -> None:
    ours = etree.fromstring(operator.whitelist.read_bytes())
    theirs = etree.parse(shared_data("whitelist", "listeblanchemssante-2025-02-28.xml")).getroot()

    def skeleton(root: etree._Element) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
        first = root[1][0]
        kept = [root, root[0], root[1], first, *first, *root[2].iter()]
        return [(e.tag, tuple(sorted(e.attrib.items()))) for e in kept]

    assert skeleton(ours) == skeleton(theirs)
    assert ours.nsmap == theirs.nsmap
    assert ours[2].nsmap == theirs[2].nsmap


@pytest.mark.parametrize(
    "message",
    [m for m in build(datetime.fromisoformat(REFERENCE).date()) if m.folder not in ("Envoyés", "Brouillons")],
    ids=lambda m: m.key,
)
def test_verdicts_are_those_expected(message, trusted: TrustList) -> None:
    at = int(datetime.now(UTC).timestamp())
    verdict = judge(read(message.raw), trusted, message.account.partition("@")[2], at)
    assert verdict.level == message.trust, [reason.rule for reason in verdict.reasons]
