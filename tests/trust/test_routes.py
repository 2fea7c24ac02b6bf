"""Routes of recipients: the colour of a chip and of the Send button."""

import pytest

from mssclient.trust.routes import route, worst
from mssclient.trust.whitelist import NO_LIST, TrustList
from tests.trust.test_verdict import INS, NOW, UNSIGNED, VERIFIED

TABLE = [
    ("dr@hopital.mssante.fr", "mssante"),
    ("DR@Hopital.MSSANTE.fr", "mssante"),
    (f"{INS}@patient.mssante.fr", "patient"),
    ("dupont@patient.mssante.fr", "doubtful"),
    ("imagerie@mssante.apicrypt.org", "apicrypt"),
    ("paul@medical74.apicrypt.org", "ordinary"),
    ("ami@example.org", "ordinary"),
    ("dr@inconnu.mssante.fr", "ordinary"),
    ("dr@mssante.fr.evil.example", "doubtful"),
    ("dr@rnssante.fr", "doubtful"),
    ("", "unknown"),
    ("dupont", "unknown"),
    ("a@b", "unknown"),
    ("a@b@hopital.mssante.fr", "unknown"),
    ("a b@hopital.mssante.fr", "unknown"),
    ("a@hopital.mssante.fr, x@evil.example", "unknown"),
    ("a@hop\u200bital.mssante.fr", "unknown"),
    ("<a@hopital.mssante.fr>", "unknown"),
]


@pytest.mark.parametrize(("address", "level"), TABLE)
def test_levels(address: str, level: str) -> None:
    found = route(address, VERIFIED, NOW)
    assert (found.address, found.level) == (address, level)
    assert found.sentence
    assert found.verified
    assert route(address, UNSIGNED).level == level


@pytest.mark.parametrize(("trust", "at"), [(UNSIGNED, NOW), (VERIFIED, NOW + 90_000), (VERIFIED, None)])
def test_nothing_is_green_by_a_list_that_proves_nothing(trust: TrustList, at: int | None) -> None:
    """Nobody signed it, or its signature has expired (that of ``VERIFIED`` has, today)."""
    assert not route("dr@hopital.mssante.fr", trust, at).verified
    assert not route("imagerie@mssante.apicrypt.org", trust, at).verified
    assert route("ami@example.org", trust, at).verified


def test_without_any_list() -> None:
    assert route("dr@hopital.mssante.fr", NO_LIST).level == "ordinary"


def test_worst() -> None:
    def of(*addresses: str) -> tuple[str, str]:
        return worst([route(address, VERIFIED) for address in addresses])

    assert of() == ("unknown", "")
    assert of("a@labo.mssante.fr")[0] == "mssante"
    assert of("a@labo.mssante.fr", f"{INS}@patient.mssante.fr")[0] == "patient"
    assert of("a@labo.mssante.fr", "i@mssante.apicrypt.org")[0] == "apicrypt"
    assert of("a@labo.mssante.fr", "x@example.org")[0] == "ordinary"
    assert "2 destinataires" in of("y@example.org", "x@example.org")[1]
    assert of("x@example.org", "x@mssante-fr.example")[0] == "doubtful"
    assert of("x@mssante-fr.example", "x")[0] == "unknown"
