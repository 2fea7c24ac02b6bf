"""The cheap look before the scoring of HPRIM Médecin: it may pass too much, it must never stop a document."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from mssclient.medical.hprim_medecin import _DATE_LINE, _HINT, may_hold
from mssclient.medical.texts import _on_one_line

_PIECES = st.sampled_from(
    ["12/03/1961", "1 JAN 1911", "> ", "\t", " ", "\n", "\r\n", "\r", "\n\n", "RES|", "res|A", "XRES|",
     "***LAB", "**** fin", "**", "*", "|", "letter", "é", "\u0663/1/2024", "\x85", "\u2028", "\x0b"]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=24).map("".join))
@example("12/03/1961\n12/03/1962")
@example("12/03/1961\r12/03/1962")
@example("12/03/1961\n\n > 12/03/1962\r\n")
def test_nothing_is_lost_by_looking_for_single_letters_first(text: str) -> None:
    slow = _HINT.search(text) is not None or len(_DATE_LINE.findall(text)) >= 2
    assert may_hold(text) == slow


@given(st.text(alphabet=" \t\r\nab\x0b\u2028", max_size=40))
def test_line_ends_of_html_become_spaces(markup: str) -> None:
    assert _on_one_line(markup) == re.sub(r"[ \t]*\r?\n[ \t]*", " ", markup)
