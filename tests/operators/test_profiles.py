"""Profiles of operators: the shipped ones hold what the facts give, a wrong one is refused with its place."""

import contextlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mssclient import resources
from mssclient.model.accounts import Endpoint
from mssclient.model.errors import Refused
from mssclient.operators.profiles import profile_for, profile_named, profiles, read_profile
from tests.conftest import Noise
from tests.reference import shared_data


def test_the_platform_of_the_guide() -> None:
    made = profile_named("pays-de-la-loire")
    assert made is not None
    assert made.support.phone == "02 40 69 10 79"
    assert made.support.mail == "assistance@esante-paysdelaloire.fr"
    assert made.support.delegates == "https://inscription-mss.esante-pdl.fr/"
    assert (made.attachment_limit_octets, made.quota_octets) == (15_000_000, 200_000_000)
    assert "zimbra" in made.features
    assert made.password.change_at_first_login


def test_every_shipped_profile_is_read() -> None:
    files = {each.stem for each in resources.path("operators").glob("*.toml")}
    assert {each.id for each in profiles()} == files
    assert files == {"apicrypt", "mailiz", "medimail", "monsisra", "pays-de-la-loire"}


@pytest.mark.parametrize(
    ("domain", "operator"),
    [
        ("esantepdl.mssante.fr", "pays-de-la-loire"),
        ("medecin.mssante.fr", "mailiz"),
        ("medecin.oc.mssante.fr", "medimail"),
        ("adapei01.aura.mssante.fr", "monsisra"),
        ("mssante.apicrypt.org", "apicrypt"),
    ],
)
def test_an_address_tells_its_operator(domain: str, operator: str) -> None:
    made = profile_for(domain)
    assert made is not None
    assert made.id == operator


def test_the_domains_of_the_shipped_profiles_are_in_the_national_list() -> None:
    listed = shared_data("whitelist", "listeblanchemssante-2025-02-28.xml").read_text()
    names = {each.strip().lower() for each in re.findall("<Nom>(.*?)</Nom>", listed, re.DOTALL)}
    for made in profiles():
        for pattern in made.domains:
            assert any(made.is_for(name) for name in names), pattern
            assert pattern.startswith("*.") or pattern in names


def test_the_template_is_valid_and_complete() -> None:
    text = resources.path("operators", "modele.toml.exemple").read_text()
    made = read_profile(text.encode(), "modele")
    assert made.imap == Endpoint(host="imap.exemple.mssante.fr", port=993)
    assert made.password.rules.history == 5
    assert made.is_for("mon-domaine.mssante.fr")
    assert made.is_for("ch.ma-region.mssante.fr")
    assert not made.is_for("ma-region.mssante.fr")
    assert not made.is_for("faux-mon-domaine.mssante.fr")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("nom = 1", "nom"),
        ("", "name"),
        ("name = 3", "name"),
        ("name = 'x'\n[imap]\nhost = 'a.fr'\nport = 993\nsecurity = 'none'", "security"),
        ("name = 'x'\n[imap]\nhost = 'a.fr'\nport = 993\nsecurite = 'tls'", "securite"),
        ("name = 'x'\n[imap]\nhost = 'a b'\nport = 993", "imap.host"),
        ("name = 'x'\n[imap]\nhost = 'a.fr'\nport = 99300", "port"),
        ("name = 'x'\nauthentications = ['magie']", "authentications"),
        ("name = 'x'\nauthentications = []", "authentications"),
        ("name = 'x'\nterms = 'http://a.fr/'", "terms"),
        ("name = 'x'\ntrust = 'all'", "trust"),
        ("name = 'x'\nanchors = ['du texte']", "anchors"),
        ("name = 'x'\nconnections_max = -1", "connections_max"),
        ("name = 'x'\nquota_octets = -1", "quota_octets"),
        ("name = 'x'\n[password]\nmethod = 'telnet'", "password.method"),
        ("name = 'x'\n[password.rules]\nmin = 3", "min"),
        ("name = 'x'\n[psc]\nclient_secret = 'jamais'", "client_secret"),
        ("name = ", "x.toml"),
    ],
)
def test_a_wrong_profile_is_refused_with_its_place(text: str, where: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_profile(text.encode(), "x")
    assert refusal.value.code == "operator-profile"
    assert where in refusal.value.detail


@given(st.binary(max_size=400))
def test_any_file_is_a_profile_or_refused(data: bytes) -> None:
    with contextlib.suppress(Refused):  # anything else fails the test
        assert read_profile(data, "x").id == "x"


def test_a_practice_adds_its_own(tmp_path: Path, noise: Noise) -> None:
    noise.expect("an operator profile was left out: cassé.toml")
    (tmp_path / "local.toml").write_text("name = 'Local'\ndomains = ['*.local.mssante.fr', 'x.mssante.fr']")
    (tmp_path / "mailiz.toml").write_text("name = 'Mailiz à nous'\ndomains = ['a.local.mssante.fr']")
    (tmp_path / "cassé.toml").write_text("name = ")
    found = profiles(tmp_path)
    assert [each.id for each in found].count("mailiz") == 1
    assert found[0].name == "Local"
    exact = profile_for("a.local.mssante.fr", tmp_path)
    assert exact is not None
    assert exact.name == "Mailiz à nous"
    below = profile_for("b.local.mssante.fr", tmp_path)
    assert below is not None
    assert below.name == "Local"
    assert profile_for("ailleurs.mssante.fr", tmp_path) is None
