"""``pkcs11:`` URIs: examples of RFC 7512 §3, limits, and what holds for any text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mssclient.access.card.uri import Malformed, Pkcs11Uri, read_uri, write_uri
from tests.access.card.uris import SPECIMENS, examine

TEXT = st.text(st.characters(exclude_categories=("C", "Z")), max_size=40)
PLACES = ("token", "manufacturer", "serial", "model", "slot-description", "library-description")


def test_every_attribute_is_read() -> None:
    uri = read_uri(
        "  pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;manufacturer=Snake%20Oil,%20Inc.;slot-id=007;"
        "object=my-certificate;type=cert;id=%69%95%3e%5c%f4%bd%ec%91"
        "?module-path=/usr/lib/mypkcs11.so&module-name=mypkcs11&x-other=1&x-other=2\n"
    )
    assert uri == Pkcs11Uri(
        place={
            "token": "The Software PKCS#11 Softtoken",
            "manufacturer": "Snake Oil, Inc.",
            "slot-id": "7",
        },
        object="my-certificate",
        id=bytes.fromhex("69953e5cf4bdec91"),
        module_path="/usr/lib/mypkcs11.so",
        module_name="mypkcs11",
    )


def test_nothing_said_agrees_with_everything() -> None:
    assert read_uri("pkcs11:") == Pkcs11Uri()
    assert read_uri("PKCS11:?") == Pkcs11Uri()


def test_what_is_unknown_in_the_path_counts_and_in_the_query_does_not() -> None:
    assert read_uri("pkcs11:token=a;x-vendor=b").unknown
    assert read_uri("pkcs11:Token=a").unknown, "names are as they are written (§2.3)"
    assert not read_uri("pkcs11:token=a?x-vendor=b").unknown


@pytest.mark.parametrize("query", ["pin-value=7391", "pin-source=file:/etc/pin", "module-name=a&pin-value="])
def test_a_pin_has_no_place_in_it(query: str) -> None:
    with pytest.raises(Malformed) as refusal:
        read_uri(f"pkcs11:token=a?{query}")
    assert refusal.value.code == "pkcs11-uri-secret"
    assert "pin-value" in refusal.value.remedy
    assert "7391" not in refusal.value.detail


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pkcs11",
        "pkcs12:token=a",
        "pkcs11:token",
        "pkcs11:;token=a",
        "pkcs11:token=a;",
        "pkcs11:=a",
        "pkcs11:to ken=a",
        "pkcs11:token=a;token=b",
        "pkcs11:token=%",
        "pkcs11:token=%4",
        "pkcs11:token=%zz",
        "pkcs11:token=%ff",
        "pkcs11:token=%00",
        "pkcs11:token=a%0Ab",
        "pkcs11:token=\udc80",
        "pkcs11:slot-id=-1",
        "pkcs11:slot-id=²",
        f"pkcs11:slot-id={'9' * 21}",
        "pkcs11:?module-path=/a&module-path=/b",
        "pkcs11:?module-path=/a%00b",
        "pkcs11:token=" + "a" * 1025,
        "pkcs11:" + ";".join(f"x{number}=a" for number in range(33)),
        "pkcs11:token=" + "%41" * 2000,
    ],
)
def test_what_is_no_uri_is_refused_in_words(text: str) -> None:
    with pytest.raises(Malformed) as refusal:
        read_uri(text)
    assert refusal.value.code == "pkcs11-uri"
    assert refusal.value.sentence
    assert refusal.value.remedy


@given(
    st.builds(
        Pkcs11Uri,
        place=st.dictionaries(st.sampled_from(PLACES), TEXT),
        object=st.none() | TEXT,
        id=st.none() | st.binary(max_size=40),
        module_path=TEXT,
        module_name=TEXT,
    )
)
def test_what_is_written_is_read_again(uri: Pkcs11Uri) -> None:
    assert read_uri(write_uri(uri)) == uri


@given(st.text(max_size=60) | st.sampled_from(SPECIMENS).flatmap(lambda text: st.text(text, max_size=80)))
def test_any_text_is_read_or_refused(rest: str) -> None:
    examine(rest)
    examine(f"pkcs11:{rest}")


def test_the_specimens_are_read() -> None:
    for text in SPECIMENS:
        read_uri(text)
        examine(text)
