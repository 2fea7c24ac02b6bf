"""Frames: both directions survive, nonsense is refused and nothing else."""

import contextlib
import typing

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mssclient.engine import wire
from mssclient.model.changes import Changed
from mssclient.model.errors import Problem
from mssclient.model.ids import AccountId, FolderId, MessageId, PlacementId
from mssclient.model.questions import ANY_ANSWER, ANY_QUESTION, Done, Search
from mssclient.model.records import to_wire
from mssclient.model.secrets import Secret
from mssclient.model.wants import ANY_WANT, AddAccount, MarkFlags, Submit


def test_a_want_comes_back_as_it_was() -> None:
    want = MarkFlags(placements=(PlacementId(3), PlacementId(9)), add=("seen",))
    frame = wire.decode_from_client(wire.encode(wire.Post(id="w", want=want)))
    assert frame == wire.Post(id="w", want=want)


def test_a_big_message_fits() -> None:
    want = Submit(account=AccountId(1), raw=bytes(60_000_000))
    data = wire.encode(wire.Post(id="w", want=want))
    assert len(data) < wire.FRAME_LIMIT_OCTETS
    assert wire.decode_from_client(data) == wire.Post(id="w", want=want)


def test_the_end_of_a_want_carries_an_answer_or_a_problem() -> None:
    for end in (
        wire.Ended(id="w", answer=Done(text="x")),
        wire.Ended(id="w", problem=Problem(code="message-gone", sentence="Parti.")),
    ):
        assert wire.decode_from_engine(wire.encode(end)) == end


def test_a_secret_never_shows() -> None:
    want = AddAccount(address="a@b.example", secret=Secret("tres secret"))
    assert "tres secret" not in repr(wire.Post(id="w", want=want))


@pytest.mark.parametrize("union", [ANY_WANT, ANY_QUESTION, ANY_ANSWER, wire.FromClient, wire.FromEngine])
def test_tags_of_a_union_are_its_own(union: typing.Any) -> None:
    kinds = typing.get_args(union)
    tags = [kind.__struct_config__.tag for kind in kinds]
    assert len(set(tags)) == len(kinds) > 1


def test_an_unknown_field_of_a_newer_client_is_ignored() -> None:
    data = msgspec.msgpack.encode({"frame": "cancel", "id": "q", "later": 1})
    assert wire.decode_from_client(data) == wire.Cancel(id="q")


def test_an_engine_frame_is_no_client_frame() -> None:
    with pytest.raises(wire.NotAFrame):
        wire.decode_from_client(wire.encode(wire.News(changed=Changed(folders=(FolderId(1),)))))


@given(st.binary(max_size=400))
def test_any_bytes_are_a_frame_or_refused(data: bytes) -> None:
    for decode in (wire.decode_from_client, wire.decode_from_engine):
        try:
            frame = decode(data)
        except wire.NotAFrame:
            continue
        assert wire.encode(frame)


@given(st.binary(min_size=1, max_size=4), st.integers(0, 200))
def test_a_damaged_frame_never_gives_another_error(damage: bytes, at: int) -> None:
    data = bytearray(wire.encode(wire.Ask(id="q", question=Search(query="glycémie", lane="box"))))
    data[at % len(data) : at % len(data) + len(damage)] = damage
    with contextlib.suppress(wire.NotAFrame):
        wire.decode_from_client(bytes(data))


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(wire.NotAFrame):
        wire.decode_from_client(b"\x91" * 1_000_000)


def test_changes_merge_and_overflow_means_reload() -> None:
    from mssclient.model.changes import merge_changes

    one = Changed(folders=(FolderId(1),), messages=(MessageId(1),), new_messages=2)
    two = Changed(folders=(FolderId(1), FolderId(2)), aspects=("wants",), new_messages=1)
    both = merge_changes(one, two)
    assert (both.folders, both.messages, both.aspects, both.new_messages) == ((1, 2), (1,), ("wants",), 3)
    many = Changed(messages=tuple(MessageId(n) for n in range(9000)))
    assert merge_changes(one, many).everything
    assert to_wire(merge_changes(one, many))
