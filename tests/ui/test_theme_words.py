"""Dates, sizes, numbers in French typography."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.theme.words import (
    NBSP,
    NNBSP,
    count,
    date_in_list,
    date_in_reader,
    day_group,
    day_starts,
    full_date,
    messages,
    number,
    percent,
    shown_subject,
    size,
    zone,
)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone()).timestamp())


NOW = at("2026-11-24 15:00")  # a Tuesday


@pytest.mark.parametrize(
    ("when", "listed", "read"),
    [
        ("2026-11-24 14:05", "14:05", "aujourd’hui 14:05"),
        ("2026-11-24 00:00", "00:00", "aujourd’hui 00:00"),
        ("2026-11-23 18:40", "hier 18:40", "hier 18:40"),
        ("2026-11-20 09:12", f"ven. 20{NBSP}nov.", f"ven. 20{NBSP}nov. 09:12"),
        ("2026-08-01 09:12", f"sam. 1{NBSP}août", f"sam. 1{NBSP}août 09:12"),
        ("2025-11-20 09:12", "20/11/2025", "20/11/2025 09:12"),
        ("2026-11-26 09:12", "26/11/2026", "26/11/2026 09:12"),
    ],
)
def test_dates(when: str, listed: str, read: str) -> None:
    assert date_in_list(at(when), NOW) == listed
    assert date_in_reader(at(when), NOW) == read


def test_a_date_near_the_turn_of_the_year_keeps_its_weekday() -> None:
    assert date_in_list(at("2026-12-28 09:00"), at("2027-01-15 12:00")) == f"lun. 28{NBSP}déc."


def test_no_date() -> None:
    assert date_in_list(0) == "sans date"


def test_full_date_is_said_in_words() -> None:
    assert full_date(at("2026-12-01 09:05")) == "mardi 1er décembre 2026 à 09:05"


@given(st.integers(-(2**62), 2**62))
def test_no_date_can_break_the_list(utc: int) -> None:
    assert date_in_list(utc, NOW)
    assert full_date(utc)


def test_groups_of_days() -> None:
    starts = day_starts(NOW)
    headings = [starts[day_group(at(when), starts)][1] for when in (
        "2026-11-24 00:00", "2026-11-23 23:59", "2026-11-22 12:00", "2026-11-16 00:00", "2026-11-15 23:59"
    )]  # fmt: skip
    assert headings == ["Aujourd’hui", "Hier", "La semaine dernière", "La semaine dernière", "Plus tôt"]
    assert [words for _start, words in day_starts(at("2026-11-27 10:00"))] == [
        "Aujourd’hui",
        "Hier",
        "Cette semaine",
        "La semaine dernière",
        "Plus tôt",
    ]


def test_midnight_of_a_day_that_changes_its_clock() -> None:
    # On 25 October 2026 the night has 25 hours in Paris.
    starts = day_starts(at("2026-10-25 12:00"))
    assert starts[0][0] == at("2026-10-25 00:00")
    assert starts[1][0] == at("2026-10-24 00:00")


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (0, "0_octet"),
        (1, "1_octet"),
        (812, "812_octets"),
        (8_200, "8_Ko"),
        (999_400, "999_Ko"),
        (999_960, "1_Mo"),
        (1_234_567, "1,2_Mo"),
        (15_000_000, "15_Mo"),
        (1_400_000_000, "1,4_Go"),
        (2_000_000_000_000, "2_To"),
    ],
)
def test_sizes(octets: int, words: str) -> None:
    assert size(octets) == words.replace("_", NBSP)


def test_numbers_and_plurals() -> None:
    assert number(1_234_567) == f"1{NNBSP}234{NNBSP}567"
    assert percent(91.6) == f"92{NNBSP}%"
    assert messages(0) == "0 message"
    assert messages(1) == "1 message"
    assert messages(12_345) == f"12{NNBSP}345 messages"
    assert count("{n} essai restant", "{n} essais restants", 1) == "1 essai restant"


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("XDM/1.0/DDM+CR de sortie – M. TISSOT", "CR de sortie – M. TISSOT"),
        ("Re: XDM/1.0/DDM+CR de sortie", "Re: CR de sortie"),
        ("Au sujet du XDM", "Au sujet du XDM"),
        ("", ""),
    ],
)
def test_the_prefix_of_document_messages_is_not_shown(subject: str, shown: str) -> None:
    assert shown_subject(subject) == shown
