"""Responses from octets: bounded, and never another exception than ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mssclient.mail.fetching import internal_date, read_fetched
from mssclient.mail.listing import (
    expanded,
    header_value,
    parts,
    ranges,
    read_list,
    read_namespaces,
    read_quota,
    read_rights,
    read_select,
    read_status,
    uid_set,
)
from mssclient.mail.session import decode_name
from mssclient.mail.wire import Literal, Response, parse, status_code
from mssclient.model.errors import WorldError


def test_all_shapes_of_values() -> None:
    pieces = [
        b"(FLAGS (\\Seen $F) UID 3 BODY[HEADER.FIELDS (A B)] {4}",
        Literal(b'"(]x'),
        b' X "a\\"b" NIL "NIL")',
    ]
    assert parse(pieces) == [
        [
            b"FLAGS",
            [b"\\Seen", b"$F"],
            b"UID",
            b"3",
            b"BODY[HEADER.FIELDS (A B)]",
            b'"(]x',
            b"X",
            b'a"b',
            None,
            b"NIL",
        ]
    ]


@pytest.mark.parametrize("text", [b"(", b")", b'"', b"(()", b'(a "b)', b"(" * 9000 + b")" * 9000])
def test_unbalanced_is_nonsense(text: bytes) -> None:
    with pytest.raises(WorldError) as caught:
        parse([text])
    assert caught.value.code == "protocol-nonsense"


response_bytes = st.one_of(
    st.binary(max_size=60),
    st.lists(
        st.sampled_from(
            [
                b"\\Seen",
                b"(",
                b")",
                b'"',
                b" ",
                b"UID",
                b"FLAGS",
                b"1",
                b"99999999999999999999",
                b"NIL",
                b"BODY[]",
                b"MODSEQ",
                b"/",
                b"INBOX",
                b"STORAGE",
                b"-",
                b":",
                b",",
                b"[",
                b"]",
                b"{3}",
                b"RFC822.SIZE",
            ]
        ),
        max_size=25,
    ).map(b"".join),
)


@given(response_bytes, st.booleans())
def test_hostile_responses_give_a_value_or_our_error(text: bytes, literal: bool) -> None:
    codes: set[str] = set()
    pieces: list[bytes] = [text, Literal(text), b")"] if literal else [text]
    for kind in (b"FETCH", b"LIST", b"STATUS", b"OK", b"VANISHED", b"EXISTS", b"QUOTA"):
        response = Response(kind, 1, pieces)
        for reader in (
            read_fetched,
            read_status,
            read_rights,
            lambda each: read_list(each, decode_name),
            lambda each: read_namespaces(each, decode_name),
            lambda each: read_quota([each]),
            lambda each: read_select([each], "", True),
        ):
            try:
                reader(response)
            except WorldError as error:
                codes.add(error.code)
    assert codes <= {"protocol-nonsense"}
    status_code(text)
    decode_name(text)
    header_value(text)
    internal_date(text)


@given(st.lists(st.integers(1, 5000), max_size=300))
def test_a_set_of_uids_says_them_all_and_nothing_more(uids: list[int]) -> None:
    text = uid_set(uids)
    assert expanded(ranges(text)) == sorted(set(uids))
    assert b",".join(parts(text)) == text


def test_a_long_set_is_cut_where_it_may_be() -> None:
    text = uid_set(range(1, 20_001, 2))
    cut = parts(text)
    assert len(cut) > 1
    assert all(len(each) <= 7000 for each in cut)
    together = [uid for each in cut for uid in expanded(ranges(each))]
    assert together == list(range(1, 20_001, 2))


@pytest.mark.parametrize("text", [b"x", b"1:", b"4294967296", b"-1", b"1:99999999999", b","])
def test_sets_that_are_none(text: bytes) -> None:
    with pytest.raises(WorldError):
        ranges(text)


def test_four_billion_vanished_uids_are_not_written_out() -> None:
    with pytest.raises(WorldError):
        expanded(ranges(b"1:4294967295"))
    vanished = Response(b"VANISHED", -1, [b"(EARLIER) 1:4294967295"])
    empty = Response(b"EXISTS", 0, [b""])
    assert read_select([empty, vanished], "", True).vanished == ((1, 4294967295),)


@pytest.mark.parametrize(
    ("text", "stamp"),
    [
        (b" 1-Jul-2024 10:00:00 +0200", 1719820800),
        (b"01-Jan-1970 00:00:00 +0000", 0),
        (b"31-Dec-1969 23:00:00 +0000", 0),
        (b"99-Foo-2024 10:00:00 +0200", 0),
        (b"31-Feb-2024 10:00:00 +0000", 1709373600 - 4 * 3600 + 4 * 3600),
        (b"", 0),
    ],
)
def test_internal_dates(text: bytes, stamp: int) -> None:
    assert internal_date(text) == stamp


def test_what_came_before_closed_belongs_to_another_folder() -> None:
    selected = read_select(
        [
            Response(b"VANISHED", -1, [b"3"]),
            Response(b"FETCH", 1, [b"(UID 9 FLAGS ())"]),
            Response(b"OK", -1, [b"[CLOSED] avant"]),
            Response(b"EXISTS", 4, [b""]),
            Response(b"OK", -1, [b"[UIDVALIDITY 5] oui"]),
            Response(b"FETCH", 2, [b"(UID 7 FLAGS (\\Seen $A) MODSEQ (12))"]),
        ],
        "READ-ONLY",
        True,
    )
    assert (selected.vanished, selected.messages, selected.uidvalidity, selected.read_only) == (
        (),
        4,
        5,
        True,
    )
    assert [(each.uid, each.flags, each.keywords) for each in selected.changed] == [(7, ("seen",), ("$A",))]
