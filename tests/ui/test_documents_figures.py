"""Figures of a result line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mssclient.model.documents import LabLine
from ui.documents.figures import arrows, bar_of, figure, in_sentence, interval, level, spoken


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("10,8", 10.8),
        ("10.8", 10.8),
        ("<5", 5.0),
        ("> 60", 60.0),
        ("1 250", 1250.0),
        ("-2", -2.0),
        (",5", 0.5),
    ],
)
def test_numbers_are_read_as_laboratories_write_them(text: str, number: float) -> None:
    assert figure(text) == number


@pytest.mark.parametrize("text", ["", "positif", "12 à 14", "1,2,3", "++", "<", "10 %"])
def test_words_are_no_numbers(text: str) -> None:
    assert figure(text) is None


@pytest.mark.parametrize(
    ("line", "out"),
    [
        (LabLine(label="K", value="5,9", low="3,5", high="5,1", abnormality="HH"), 2),
        (LabLine(label="K", value="5,9", low="3,5", high="5,1"), 1),
        (LabLine(label="Hb", value="10,8", low="12", high="16"), -1),
        (LabLine(label="Na", value="139", low="136", high="145"), 0),
        (LabLine(label="Na", value="200", low="136", high="145", abnormality="N"), 0),
        (LabLine(label="ECBU", value="positif", abnormality="A"), 9),
        (LabLine(label="K", value="7", high="5", abnormality="AA"), 2),
        (LabLine(label="DFG", value="53", low="60"), -1),
    ],
)
def test_how_far_out(line: LabLine, out: int) -> None:
    assert level(line) == out


def test_bounds_take_the_decimals_of_the_value() -> None:
    assert interval(LabLine(label="Hb", value="10,8", low="12", high="16.0")) == "12,0 – 16,0"
    assert interval(LabLine(label="DFG", value="53", low="60")) == ">\u00a060"
    assert interval(LabLine(label="CRP", value="2", high="5")) == "<\u00a05"
    assert interval(LabLine(label="x", value="2")) == ""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Potassium", "potassium"),
        ("POTASSIUM", "potassium"),
        ("CRP", "CRP"),
        ("Hémoglobine A1c", "hémoglobine A1c"),
        ("TSH ultrasensible", "TSH ultrasensible"),
    ],
)
def test_short_names_keep_their_capitals_in_a_sentence(name: str, words: str) -> None:
    assert in_sentence(name) == words


def test_a_line_is_spoken_whole() -> None:
    line = LabLine(
        label="Potassium", value="5,9", unit="mmol/L", low="3,5", high="5,1", abnormality="HH", previous="4,8"
    )
    assert spoken(line) == (
        "Potassium\u00a0: 5,9\u00a0mmol/L\u202f; très au-dessus de l’intervalle, critique"
        "\u202f; intervalle 3,5 – 5,1\u202f; antérieur 4,8"
    )
    assert arrows(2) == "▲▲"
    assert arrows(-1) == "▼"
    assert arrows(9) == "!"


@given(
    st.text(max_size=12), st.text(max_size=12), st.text(max_size=12), st.sampled_from(["", "H", "A", "zz"])
)
def test_any_words_give_a_line(value: str, low: str, high: str, code: str) -> None:
    line = LabLine(label="x", value=value, low=low, high=high, abnormality=code)
    assert spoken(line)
    interval(line)
    bar = bar_of(line)
    assert bar is None or all(0 <= part <= 1 for part in bar)


@given(st.floats(0.1, 1000), st.floats(0.1, 1000), st.floats(0, 3000))
def test_the_marker_lies_in_the_zone_exactly_when_the_value_is_inside(a: float, b: float, v: float) -> None:
    low, high = sorted((round(a, 1), round(b, 1)))
    line = LabLine(label="x", value=f"{v:.1f}", low=f"{low:.1f}", high=f"{high:.1f}")
    bar = bar_of(line)
    assert bar is not None
    start, end, where = bar
    if low < high:
        inside = low <= round(v, 1) <= high
        assert (start - 1e-9 <= where <= end + 1e-9) == inside
