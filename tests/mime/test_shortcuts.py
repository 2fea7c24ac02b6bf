"""What is done quickly for the usual input gives the same as the slow way, for any input."""

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from mssclient.mime import summary, words
from mssclient.mime.dates import parse_date
from mssclient.mime.html.plain import _BLANKS, UNSHOWN, _plain_blanks
from mssclient.mime.summary import snippet_of

_SEEN = st.sampled_from(
    [" ", "  ", "\n", "\t", "\r", "\f", "\xa0", "\u200b", "\u200c", "\u034f", "\xad", "\ufffc", "\u202e",
     "\x00", "\x1c", "\x85", "\u2028", "\u3000", "a", "é", "👍", "> ", "----", "<https://x.example/y>",
     "[image: z]"]
)  # fmt: skip
TEXTS = st.lists(_SEEN | st.characters(), max_size=40).map("".join)


@settings(max_examples=500)
@given(TEXTS)
@example("a\u034fb")
@example("a\ufffcb")
@example("a  \n  b")
def test_blanks(text: str) -> None:
    assert _plain_blanks(text) == _BLANKS.sub(" ", UNSHOWN.sub("", text))


@settings(max_examples=500)
@given(st.lists(TEXTS, max_size=12).map("\n".join))
@example("é" * 200)
@example(" \x1c " * 100)
def test_snippets(text: str) -> None:
    """Letter by letter, and each run of blanks by an expression."""
    kept: list[str] = []
    length = 0
    for line in text[:4000].split("\n"):
        line = line.strip()
        if line and not summary._NOISE.match(line) and length <= summary.MAX_SNIPPET:
            kept.append(line)
            length += len(line) + 1
    shown = "".join(letter if letter.isprintable() else " " for letter in " ".join(kept))
    assert snippet_of(text) == re.sub(r"\s+", " ", shown).strip()[: summary.MAX_SNIPPET]


_FEW = st.sampled_from([0, 1, 2, 9, 12, 23, 24, 25, 28, 29, 30, 31, 32, 59, 60, 61, 62, 99])
_MONTHS = st.sampled_from(
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Mai", "Xyz"]
)
_YEARS = st.sampled_from([0, 1969, 1970, 1971, 1999, 2000, 2023, 2024, 2100, 2199, 2200, 2201, 9999])


@settings(max_examples=500)
@given(
    st.sampled_from(["Mon, ", "Xxx, ", ""]), _FEW, _MONTHS, _YEARS, _FEW, _FEW, _FEW,
    st.sampled_from(["+0000", "-0000", "+0200", "-0330", "+2400", "-2401", "+9999", "-0099"]),
    st.sampled_from(["", " (CEST)", " (x)"]),
)  # fmt: skip
def test_dates(
    name: str, day: int, month: str, year: int, hour: int, minute: int, second: int, zone: str, comment: str
) -> None:
    """A second blank keeps a date from being read as a usual one."""
    usual = f"{name}{day} {month} {year:04d} {hour:02d}:{minute:02d}:{second:02d} {zone}{comment}"
    slow = usual.replace(f"{day} {month}", f"{day}  {month}", 1)
    assert parse_date(usual) == parse_date(slow)


@given(
    st.lists(
        st.sampled_from(
            ["text/plain", ";", " charset=", "utf-8", '"', "boundary=", "a b", "\\", "(x)", "*0*=", "=?x?="]
        ),
        max_size=12,
    ).map("".join)
)
def test_parameters_that_are_kept(value: str) -> None:
    assert words.parameters(value) == words.parameters(value) == words._parameters(value)
