"""The white list: the real one at its date, and nothing that was touched."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree

from mssclient.demo.authority import list_signer
from mssclient.demo.whitelist import signed_list
from mssclient.model.errors import BugError, Refused
from mssclient.model.verdicts import TrustListState
from mssclient.trust import signature, whitelist
from mssclient.trust.whitelist import MAX_OCTETS, NO_LIST, TrustList, newer, shipped, verify
from tests.reference import shared_data
from tests.trust.made import DOMAINS, GENERATED, NAMESPACE, NOW, anchors, code, good, sign, tree

AT = datetime(2025, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def real() -> bytes:
    return shared_data("whitelist", "listeblanchemssante-2025-02-28.xml").read_bytes()


# -- the real list -----------------------------------------------------------------------------------


def test_the_real_list_is_accepted_at_its_date(real: bytes) -> None:
    found = verify(real, whitelist.anchors(), AT)
    assert found.state == TrustListState(origin="verified", generated_utc=1_740_757_327, domains=4944)
    assert found.signer == "alb.mssante.fr"
    assert found.lists("esantepdl.mssante.fr")
    assert found.lists("mssante.apicrypt.org")
    assert not found.lists("mssante.fr")
    assert not found.lists("sous.esantepdl.mssante.fr")
    assert found.proves(int(AT.timestamp()))
    assert not found.proves(int(datetime(2026, 8, 24, tzinfo=UTC).timestamp()))


def test_the_real_list_is_refused_after_its_signer_expired(real: bytes) -> None:
    with pytest.raises(Refused) as refusal:
        verify(real, whitelist.anchors(), datetime(2026, 11, 24, tzinfo=UTC))
    assert refusal.value.code == "whitelist-expired"
    assert "23/08/2026" in refusal.value.sentence


def test_the_real_list_is_refused_before_it_was_made(real: bytes) -> None:
    assert code(real, whitelist.anchors(), datetime(2025, 2, 28, 12, tzinfo=UTC)) == "whitelist-future"
    assert code(real, whitelist.anchors(), datetime(2023, 1, 1, tzinfo=UTC)) == "whitelist-expired"


def test_the_real_list_needs_the_real_anchors(real: bytes) -> None:
    assert code(real, anchors(), AT) == "whitelist-chain"
    assert code(real, whitelist.anchors()[:1], AT) == "whitelist-chain"
    assert code(real, whitelist.anchors()[1:], AT) == "whitelist-chain"
    assert code(real, [], AT) == "whitelist-chain"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"15-20.mssante.fr", b"15-21.mssante.fr"),
        (b"2025-02-28T15:42:07Z", b"2025-02-28T15:42:08Z"),
        (b"CN=medimail-asip.mipih.fr", b"CN=medimail-asip.mipih.fx"),
        (
            b"<Nom>123toulouseservices.mssante.fr</Nom>",
            b"<Nom>123toulouseservices.mssante.fr</Nom><Nom>x.fr</Nom>",
        ),
        (b"</ListeDomaines>", b"<Domaine><Nom>evil.example</Nom></Domaine></ListeDomaines>"),
        (b"</ListeDomaines>", b"</ListeDomaines><ListeDomaines/>"),
        (b"xISEEeJj", b"xISEEeJk"),
        (b"MIIIXTCC", b"MIIIXTCD"),
        (b"    <DateDeGeneration>", b"   <DateDeGeneration>"),
    ],
)
def test_altered_copies_of_the_real_list(real: bytes, old: bytes, new: bytes) -> None:
    assert old in real
    assert code(real.replace(old, new, 1), whitelist.anchors(), AT).startswith("whitelist-")


def test_a_torn_real_list(real: bytes) -> None:
    for stop in (0, 1, 60, 4096, len(real) // 2, len(real) - 1):
        assert code(real[:stop], whitelist.anchors(), AT) == "whitelist-malformed"


# -- our own lists -----------------------------------------------------------------------------------


def test_a_good_list() -> None:
    found = verify(good(), anchors(), NOW)
    assert found.domains == frozenset(DOMAINS)
    assert found.state.generated_utc == int(GENERATED.timestamp())


def test_time_without_offset_is_utc() -> None:
    assert verify(good(), anchors(), NOW.replace(tzinfo=None)).domains


def test_the_list_of_the_demonstration() -> None:
    root, middle, signer = list_signer()
    data = signed_list([("cabinet.mssante.fr", "Cabinet")], datetime.now(UTC), signer)
    from cryptography.hazmat.primitives.serialization import Encoding

    trusted = [one.certificate.public_bytes(Encoding.DER) for one in (root, middle)]
    assert verify(data, trusted, datetime.now(UTC)).lists("cabinet.mssante.fr")
    assert code(data, whitelist.anchors(), datetime.now(UTC)) == "whitelist-chain"


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 1_000_000), bit=st.integers(0, 7))
def test_any_flipped_bit_is_refused_or_changes_nothing(at: int, bit: int) -> None:
    data = bytearray(good())
    at %= len(data)
    data[at] ^= 1 << bit
    try:
        found = verify(bytes(data), anchors(), NOW)
    except Refused:
        return
    # only what the signature does not cover (blanks of its own encoding, the prologue) may change
    assert found.domains == frozenset(DOMAINS)
    assert _canonical(bytes(data)) == _canonical(good())


def _canonical(data: bytes) -> bytes:
    """What is signed: everything but the signature."""
    root = etree.fromstring(data)
    for one in root.findall("{http://www.w3.org/2000/09/xmldsig#}Signature"):
        root.remove(one)
    return etree.tostring(root, method="c14n", exclusive=True)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_any_change_of_the_content_is_refused(data: st.DataObject) -> None:
    root = etree.fromstring(good())
    content = [one for one in root.iter() if not str(one.tag).startswith("{http://www.w3.org")]
    element: Any = data.draw(st.sampled_from(content))
    change = data.draw(st.sampled_from(["text", "tail", "attribute", "child", "remove", "copy", "rename"]))
    words = data.draw(st.text("abcxyz. \n", min_size=1, max_size=8))
    if change == "text":
        element.text = (element.text or "") + words
    elif change == "tail" and element is not root:
        element.tail = (element.tail or "") + words
    elif change == "attribute":
        element.set("x", words)
    elif change == "remove" and element is not root:
        element.getparent().remove(element)
    elif change == "copy" and element is not root:
        element.addnext(etree.fromstring(etree.tostring(element)))
    elif change == "rename":
        element.tag = element.tag + "x"
    else:
        etree.SubElement(element, f"{{{NAMESPACE}}}Nom").text = "evil.example"
    assert code(etree.tostring(root)) in ("whitelist-signature", "whitelist-malformed")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
@example(b"")
@example(b"<")
@example(b"<a/>")
@example(b"\xff\xfe<\x00a\x00/\x00>\x00")
def test_anything_at_all_is_refused(data: bytes) -> None:
    assert code(data) == "whitelist-malformed"


def test_too_big() -> None:
    assert code(b" " * (MAX_OCTETS + 1)) == "whitelist-malformed"


# -- content -----------------------------------------------------------------------------------------


def test_names_are_made_comparable() -> None:
    data = sign(
        tree([" Cabinet.MSSante.FR\n", "santé-ouest.example", "santé-ouest.example", "", "pas un domaine"])
    )
    assert verify(data, anchors(), NOW).domains == {"cabinet.mssante.fr", "xn--sant-ouest-e7a.example"}


def test_an_empty_list() -> None:
    assert code(sign(tree([]))) == "whitelist-malformed"


def test_dates() -> None:
    assert code(sign(tree(generated=NOW + timedelta(hours=1)))) == "whitelist-future"
    assert code(sign(tree(generated=NOW + timedelta(minutes=2)))) == ""
    root = tree()
    root.find(f"{{{NAMESPACE}}}DateDeGeneration").text = "hier"
    assert code(sign(root)) == "whitelist-malformed"
    root = tree()
    etree.SubElement(root, f"{{{NAMESPACE}}}DateDeGeneration").text = "2027-01-01T00:00:00Z"
    assert code(sign(root)) == "whitelist-malformed"


def test_only_a_list_that_is_not_older_replaces_one() -> None:
    first = verify(good(), anchors(), NOW)
    later = verify(sign(tree(generated=GENERATED + timedelta(hours=1))), anchors(), NOW)
    assert newer(later, first)
    assert not newer(first, later)
    assert newer(first, first)
    assert newer(first, NO_LIST)
    assert newer(first, shipped())
    assert not newer(shipped(), NO_LIST)


# -- what is shipped ---------------------------------------------------------------------------------


def test_too_many_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signature, "_MOST_NAMES", 3)
    assert code(good()) == "whitelist-malformed"


def test_a_damaged_shipped_list(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "domains.txt").write_text("a.mssante.fr\n", "ascii")
    monkeypatch.setattr(whitelist, "path", lambda *parts: tmp_path / parts[-1])
    shipped.cache_clear()
    with pytest.raises(BugError):
        shipped()
    shipped.cache_clear()


def test_the_shipped_names(real: bytes) -> None:
    names = shipped()
    assert names.state.origin == "shipped"
    assert not names.proves(int(AT.timestamp()))
    assert names.domains == verify(real, whitelist.anchors(), AT).domains
    assert names.state.domains == 4944


def test_an_altered_anchor_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(whitelist.ANCHORS, "ACR-EL.cer", "0" * 64)
    with pytest.raises(BugError):
        whitelist.anchors()


def test_nothing_is_proved_by_an_unsigned_list() -> None:
    unsigned = TrustList(TrustListState(origin="shipped"), frozenset(DOMAINS), valid_until_utc=2**40)
    assert not unsigned.proves(0)
