"""The cheap look before the scoring of HPRIM Médecin: it may pass too much, it must never stop a document."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from mssclient.medical.hprim_medecin import may_hold

_HINT = re.compile(r"\bRES\||\*{3}[ \t]*(?:LAB|FIN)", re.I)
_DATE_LINE = re.compile(
    r"^[>\t ]*(?:\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}|\d{1,2} ?[A-Za-zéû]{3,9}\.? ?\d{2,4})[ \t\d:]*\r?$", re.M
)
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
