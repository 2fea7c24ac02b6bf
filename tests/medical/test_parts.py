"""Dates, charsets, intervals: the small readers on which every format stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mssclient.medical.dates import compact_date, file_date
from mssclient.medical.results import abnormality, count_lines, interval, number_of
from mssclient.medical.texts import (
    decode_text,
    expand_entities,
    is_binary,
    split_lines,
    strip_tags,
    to_charset,
)
from mssclient.model.documents import LabLine

FRENCH = "Élévation modérée à contrôler, naïf, cœur, 37 °C, « être » où ça"


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("12/03/1961", "1961-03-12"),
        ("1/3/1961", "1961-03-01"),
        ("12/03/61", "1961-03-12"),
        ("12/03/24", "2024-03-12"),
        ("12/03/25", "1925-03-12"),
        ("12-03-1961", "1961-03-12"),
        ("12.03.1961", "1961-03-12"),
        ("1961-03-12", "1961-03-12"),
        ("1961/03/12", "1961-03-12"),
        ("1 JAN 1911", "1911-01-01"),
        ("1er janvier 1911", "1911-01-01"),
        ("12 Aoû 1961", "1961-08-12"),
        ("12 déc. 1961", "1961-12-12"),
        ("12/03/1961 08:30", "1961-03-12"),
        ("31/02/1961", None),
        ("00/00/0000", None),
        ("12/13/1961", None),
        ("12 brumaire 1961", None),
        ("", None),
        ("inconnue", None),
        ("12/03/1961 environ", None),
        ("1" * 500, None),
    ],
)
def test_dates_of_files(text: str, iso: str | None) -> None:
    assert file_date(text, "2024-06-30") == iso


def test_two_digits_of_a_file_are_of_this_century_until_seventy() -> None:
    assert file_date("01/02/69") == "2069-02-01"
    assert file_date("01/02/70") == "1970-02-01"


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("19610312", "1961-03-12"),
        ("196103120830", "1961-03-12T08:30:00"),
        ("20210401171000+0100", "2021-04-01T17:10:00+01:00"),
        ("20210401171000.123-02:30", "2021-04-01T17:10:00-02:30"),
        ("202104012599", "2021-04-01"),
        ("2021", None),
        ("20211301", None),
        ("hier", None),
    ],
)
def test_compact_dates(text: str, iso: str | None) -> None:
    assert compact_date(text) == iso


@pytest.mark.parametrize(
    "codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "mac_roman", "iso8859-15"]
)
def test_charsets_are_found(codec: str) -> None:
    declared = "iso-8859-15" if codec == "iso8859-15" else None
    assert decode_text(FRENCH.encode(codec), declared).text == FRENCH


def test_cp850() -> None:
    words = "Élévation modérée à contrôler"
    assert decode_text(words.encode("cp850")).text == words


def test_a_wrong_declaration_does_not_matter() -> None:
    for declared in ("utf-8", "us-ascii", "iso-8859-1", "x-inconnu", "macintosh"):
        assert decode_text(FRENCH.encode("cp1252"), declared).text == FRENCH


def test_another_alphabet_is_taken_at_its_word() -> None:
    words = "Łódź żółć"
    assert decode_text(words.encode("iso8859-2"), "iso-8859-2").text == words


def test_torn_utf8() -> None:
    data = (FRENCH * 3).encode()[:-1] + b"\xc3"
    assert decode_text(data).text.startswith(FRENCH)
    assert decode_text(data).repaired


def test_utf8_encoded_twice() -> None:
    twice = FRENCH.replace("œ", "oe").encode().decode("cp1252", "replace").encode()
    assert "Élévation modérée" in decode_text(twice).text
    assert decode_text("déjà Ã la".encode()).text == "déjà Ã la"


@given(st.binary(max_size=300), st.sampled_from([None, "utf-8", "macintosh", "utf-16", "utf-7", "x"]))
def test_any_bytes_are_text(data: bytes, charset: str | None) -> None:
    decoded = decode_text(data, charset)
    assert isinstance(decoded.text, str)
    assert isinstance(is_binary(data), bool)


@given(st.text(max_size=80).filter(lambda text: "\x00" not in text))
def test_utf8_comes_back(text: str) -> None:
    decoded = decode_text(text.encode("utf-8", "ignore"))
    if not decoded.repaired and decoded.codec == "utf-8":
        assert decoded.text.encode("utf-8") == text.encode("utf-8", "ignore")


@given(st.text(max_size=200), st.sampled_from(["windows-1252", "iso-8859-1", "ascii", "utf-8", "mac_roman"]))
def test_any_text_can_be_written(text: str, charset: str) -> None:
    assert isinstance(to_charset(text, charset), bytes)


def test_transliteration() -> None:
    assert to_charset("≤ 5 µmol/L → 2\u202f000 Ł €", "windows-1252") == "<= 5 µmol/L -> 2\xa0000 ? €".encode(
        "cp1252"
    )
    assert to_charset("ﬁn ① ẽ", "windows-1252") == b"fin 1 e"
    with pytest.raises(LookupError):
        to_charset("x", "klingon")


def test_lines_tags_entities() -> None:
    assert split_lines("a\r\nb\rc\nd\r\r\ne") == ["a", "b", "c", "d", "e"]
    assert expand_entities("&eacute;l&#233;ment &amp; &inconnu; R&D") == "élément & &inconnu; R&D"
    html = "<head><title>x</title></head><style>p{}</style><p>un<br>deux</p><div>tro&icirc;s</div><script>f()"
    assert [line for line in strip_tags(html).split("\n") if line] == ["un", "deux", "troîs"]
    assert strip_tags("<style>" * 20_000 + "x") == ""


@pytest.mark.parametrize(
    ("code", "value", "low", "high", "expected"),
    [
        ("H", "2", "1", "3", "H"),
        ("hh", "2", "1", "3", "HH"),
        ("N", "9", "1", "3", "N"),
        ("", "9", "1", "3", "H"),
        ("", "0,5", "1", "3", "L"),
        ("", "2", "1", "3", "N"),
        ("", "3", "1", "3", "N"),
        ("", "3,01", "", "3", "H"),
        ("", "9", "1", "", "N"),
        ("", "9", "", "", ""),
        ("", "négatif", "1", "3", ""),
        ("", "<0,5", "1", "3", "L"),
        ("", "<1", "1", "3", "L"),
        ("", "<2", "1", "3", ""),
        ("", "<2", "", "3", "N"),
        ("", "<9", "", "3", ""),
        ("", ">9", "1", "3", "H"),
        ("", ">3", "1", "3", "H"),
        ("", ">2", "1", "3", ""),
        ("", ">2", "1", "", "N"),
        ("", "2", "3", "1", ""),
        ("", "1 250", "800", "1 200", "H"),
        ("?", "9", "1", "3", "H"),
        ("*", "présence", "", "", "A"),
    ],
)
def test_abnormality(code: str, value: str, low: str, high: str, expected: str) -> None:
    assert abnormality(code, value, low, high) == expected


def test_numbers_and_intervals() -> None:
    assert number_of("1e3") == ("", 1000.0)
    assert number_of("≥ 90") == (">", 90.0)
    assert number_of("12 mg") is None
    assert interval("4,0-10,0") == ("4,0", "10,0")
    assert interval("< 5") == ("", "5")
    assert interval("sup à 60") == ("60", "")
    assert interval("inférieur à 5") == ("", "5")
    assert interval("voir texte") == ("", "")


@given(st.text(max_size=60), st.text(max_size=20), st.text(max_size=20), st.text(max_size=5))
def test_results_never_raise(value: str, low: str, high: str, code: str) -> None:
    assert abnormality(code, value, low, high) in ("", "N", "L", "LL", "H", "HH", "A", "AA")
    interval(value)


def test_counting() -> None:
    lines = (
        LabLine(label="BIOCHIMIE", heading=True),
        LabLine(label="a", abnormality="HH"),
        LabLine(label="b", abnormality="L"),
        LabLine(label="c", abnormality="N"),
        LabLine(label="d"),
        LabLine(label="", comment="remarque"),
    )
    assert count_lines(lines) == (4, 2, 1)
