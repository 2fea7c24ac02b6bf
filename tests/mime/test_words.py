"""Encoded words, addresses and dates as senders write them."""

import pytest

from mssclient.mime.addresses import Address, domain_of, format_address, parse_addresses
from mssclient.mime.dates import format_date, parse_date
from mssclient.mime.headers import Header
from mssclient.mime.words import decode_words, parameters


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("=?utf-8?q?R=C3=A9sum=C3=A9?=", "Résumé"),
        ("=?UTF-8?B?UsOpc3Vtw6k=?=", "Résumé"),
        ("=?iso-8859-1*fr?q?R=E9sum=E9?=", "Résumé"),
        ("a =?utf-8?q?b?= c", "a b c"),
        ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?a?=\t=?iso-8859-1?q?=E9?= fin", "aé fin"),
        ("=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "é"),  # a letter split over two words
        ("=?utf-8?b?w6?= =?utf-8?b?k=?=", "é"),  # base64 split anywhere
        ("=?utf-8?b?w6k?=", "é"),  # no padding
        ("=?utf-8?q?a_b=20c?=", "a b c"),
        ("=?utf-8?q?a b?=", "a b"),  # a blank that should have been coded
        ("=?utf-8?q?=ZZ?=", "=ZZ"),
        ("=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        ("=?utf-8?q?abc", "=?utf-8?q?abc"),
        ("=?n-existe-pas?q?=C3=A9?=", "é"),
        ("=?utf-8?q?a=0AFrom:_x?=", "a From: x"),
        ("=?utf-8?q?a=00b?=", "ab"),
        ("=?utf-8?q?=E2=80=AEfdp?=", "fdp"),
        ("=?utf-7?q?+2AA-?=", "\ufffd"),
        ("=?us-ascii?q??=", ""),
        ("x=?utf-8?q?y?=z", "xyz"),
        ("=?utf-8?b?!!!?=", ""),
    ],
)
def test_encoded_words(written: str, read: str) -> None:
    assert decode_words(written) == read


def test_parameters_of_rfc_2231() -> None:
    assert parameters("text/plain; a=1; b=\"2;3\" ; c*=utf-8''%C3%A9") == (
        "text/plain",
        {"a": "1", "b": "2;3", "c": "é"},
        False,
    )
    assert parameters("x/y; n*0*=utf-8''a%C3; n*1*=%A9; n*3=perdu")[1] == {"n": "aé"}
    assert parameters("x/y; a=1; a=2") == ("x/y", {"a": "1"}, True)
    assert parameters("x/y;;; =3; a = 1 ;b") == ("x/y", {"a": "1"}, False)


ADDRESSES = [
    ("Jean <a@b.example>", [("Jean", "a@b.example")]),
    ("a@b.example", [("", "a@b.example")]),
    ('"Petit, Jean" <a@b>', [("Petit, Jean", "a@b")]),
    ("PETIT, Jean <a@b>, c@d", [("PETIT, Jean", "a@b"), ("", "c@d")]),
    ("undisclosed-recipients:;", []),
    ('Service: a@b, "x" <c@d>;, e@f', [("", "a@b"), ("x", "c@d"), ("", "e@f")]),
    ("<@relais,@autre:c@d>", [("", "c@d")]),
    ("a@b (Jean (dit Jeannot) Petit)", [("Jean (dit Jeannot) Petit", "a@b")]),
    ('"j d"@x.example', [("", '"j d"@x.example')]),
    ("a @ b.example", [("", "a@b.example")]),
    ("a@b;c@d", [("", "a@b"), ("", "c@d")]),
    ("Jean <a@b", [("Jean", "a@b")]),
    ("a@[192.0.2.1]", [("", "a@[192.0.2.1]")]),
    ("Jean", [("Jean", "")]),
    ("", []),
    (",,;", []),
    ("<>", []),
    ("mailto:a@b", [("", "a@b")]),
    ("( <a@b>", [("", "a@b")]),
    ('"sans fin <a@b>', [("sans fin", "a@b")]),
    ("=?utf-8?q?Zo=C3=A9?= =?utf-8?q?_M?= <a@b>", [("Zoé M", "a@b")]),
    ("=?utf-8?q?Petit,_Jean?= <a@b>", [("Petit, Jean", "a@b")]),
    ('"=?utf-8?q?Zo=C3=A9?=" <a@b>', [("Zoé", "a@b")]),
    # one address must not pass for another
    ("=?utf-8?q?=3Ca=40b=3E=2C?= <c@d>", [("<a@b>,", "c@d")]),
    ('"=?utf-8?q?a=22_=3Ce=40f=3E=2C?=" <c@d>', [('a" <e@f>,', "c@d")]),
    ('"a@b" <c@d>', [("a@b", "c@d")]),
    ("a@b <c@d>", [("a@b", "c@d")]),
    ("<a@b> <c@d>", [("", "a@b"), ("", "c@d")]),
    ("<a@b>c@d", [("", "a@b"), ("", "c@d")]),
    ("a@b c@d", [("", "a@b"), ("", "c@d")]),
]


@pytest.mark.parametrize(("written", "expected"), ADDRESSES)
def test_addresses(written: str, expected: list[tuple[str, str]]) -> None:
    found = parse_addresses(written)
    assert [(address.name, address.address) for address in found] == expected
    shown = Header("From", written.encode()).value
    assert parse_addresses(shown) == found, "the decoded header must hold the same addresses"


def test_many_recipients() -> None:
    written = ", ".join(f"Personne {n} <p{n}@x.example>" for n in range(2000))
    found = parse_addresses(written)
    assert len(found) == 2000
    assert found[-1] == Address("Personne 1999", "p1999@x.example")
    assert len(parse_addresses(written, 100)) == 100


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("a@B.Example", "b.example"),
        ("a@b.example.", "b.example"),
        ("a@hôpital.example", "xn--hpital-ixa.example"),
        ("a@HÔPITAL.example", "xn--hpital-ixa.example"),
        ("a@ｂ.example", ""),  # full width: mapped to b.example by some, trusted by nobody
        ("a@b．example", ""),
        ("a@b..example", ""),
        ("a@[192.0.2.1]", ""),
        ("a@b c", ""),
        ("a@b\n.example", ""),
        ("@b", ""),
        ("a", ""),
        ("", ""),
        ('"x@y"@b.example', "b.example"),
        ("a@" + "x" * 300, ""),
        ("a@-b.example", ""),
    ],
)
def test_domains(address: str, domain: str) -> None:
    assert domain_of(address) == domain


def test_an_address_written_reads_back() -> None:
    for name in ("Jean", "Petit, Jean", 'dit "Jo"', "a@b", "", "Zoé (labo)"):
        address = Address(name, "a@b.example")
        assert parse_addresses(format_address(address)) == [address]


@pytest.mark.parametrize(
    ("written", "date_utc"),
    [
        ("Mon, 16 Nov 2026 09:12:00 +0100", 1794816720),
        ("16 Nov 2026 09:12 +0100", 1794816720),
        ("Mon, 16 Nov 2026 08:12:00 GMT", 1794816720),
        ("Mon, 16 Nov 2026 08:12:00", 1794816720),
        ("Mon, 16 Nov 2026 09:12:00 +0100 (CET)", 1794816720),
        ("Mon, 16 Nov 2026 09:12:00 CET", 1794816720),
        ("lun., 16 Nov 2026 03:12:00 EST", 1794816720),
        ("Mon, 16-Nov-26 08:12:00 +0000", 1794816720),
        ("Mon Nov 16 08:12:00 2026", 1794816720),
        ("2026-11-16T09:12:00+01:00", 1794816720),
        ("Mon, 16 Nov 2026 05:42:00 -0230", 1794816720),
        ("Fri, 31 Feb 2026 09:12:00 +0100", 0),
        ("Mon, 16 Nov 2026 29:12:00 +0100", 0),
        ("Mon, 16 Nov 1826 09:12:00 +0100", 0),
        ("Mon, 16 Nov 2026 09:12:00 +9900", 0),
        ("hier", 0),
        ("", 0),
        ("9" * 5000, 0),
    ],
)
def test_dates(written: str, date_utc: int) -> None:
    assert parse_date(written) == date_utc


def test_a_date_written_reads_back() -> None:
    assert format_date(1794816720) == "Mon, 16 Nov 2026 08:12:00 +0000"
    for moment in (0, 1, 951782400, 1794816720, 4102444799):
        assert parse_date(format_date(moment)) == moment
