"""What cards say, taken apart: tags, directories, commands, answers to reset. No card service needed."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mssclient.access.card.apdu import Command, exchange, exchange_chained
from mssclient.access.card.atr import recognise
from mssclient.access.card.pkcs15 import read_objects
from mssclient.access.card.tlv import Nonsense, find, read_items
from mssclient.model.errors import WorldError
from tests.access.card.damage import FILES, damage, examine
from tests.servers.virtual_card import tlv

SUITE_ROUNDS = 300


def test_a_directory_is_understood() -> None:
    objects = read_objects(FILES["directory"], lambda path: FILES[path.hex()])
    assert [(each.identifier, each.reference, each.guard) for each in objects.keys] == [
        (b"\x02", 0x82, b"\x01"),
        (b"\x03", 0x20, b"\x01"),
    ]
    first, second = objects.certificates
    assert first.path == bytes.fromhex("3F000001A001")
    assert second.value[:4] == bytes.fromhex("30820133")
    (pin,) = objects.pins
    assert (pin.reference, pin.shortest, pin.longest, pin.stored, pin.filler) == (1, 4, 8, 8, 0xFF)
    assert pin.identifier == b"\x01"


@pytest.mark.parametrize("name", list(FILES))
def test_a_directory_cut_anywhere_breaks_no_promise(name: str) -> None:
    for end in range(len(FILES[name])):
        examine(FILES | {name: FILES[name][:end]})


def test_a_damaged_directory_breaks_no_promise() -> None:
    for seed in range(SUITE_ROUNDS):
        examine(damage(FILES, random.Random(seed)))


@given(st.binary(max_size=300))
def test_any_octets_are_items_or_nonsense(data: bytes) -> None:
    examine({"directory": data})


@given(
    st.recursive(
        st.tuples(st.sampled_from([0x02, 0x04, 0x80]), st.binary(max_size=200)),
        lambda inner: st.tuples(st.sampled_from([0x30, 0x7F41, 0xBF8101]), st.lists(inner, max_size=4)),
        max_leaves=12,
    )
)
def test_what_is_written_is_read(tree) -> None:
    def write(node) -> bytes:
        tag, value = node
        return tlv(tag, value if isinstance(value, bytes) else b"".join(map(write, value)))

    def read(item) -> tuple:
        return (item.tag, [read(each) for each in item.items()] if item.constructed else item.value)

    (item,) = read_items(write(tree))
    assert read(item) == (tree[0], tree[1] if isinstance(tree[1], bytes) else [*map(_plain, tree[1])])


def _plain(node) -> tuple:
    return (node[0], node[1] if isinstance(node[1], bytes) else [*map(_plain, node[1])])


@pytest.mark.parametrize(
    "data",
    [
        b"\x30",
        b"\x30\x80\x00\x00",
        b"\x30\x02\x00",
        b"\x1f\xff\xff\xff\x01\x00",
        b"\x30\x84\x00\x00\x00\x01x",
    ],
)
def test_nonsense_is_said(data: bytes) -> None:
    with pytest.raises(Nonsense):
        read_items(data)


def test_depth_and_number_are_bounded() -> None:
    deep = b""
    for _ in range(60):
        deep = tlv(0x30, deep)
    assert find(deep, 0x9B) is None
    with pytest.raises(Nonsense):
        read_items(b"\x05\x00" * 300)


class Talk:
    """A card that answers from a list."""

    def __init__(self, *answers: str) -> None:
        self.heard: list[str] = []
        self._answers = [bytes.fromhex(each) for each in answers]

    def __call__(self, command: bytearray) -> bytes:
        self.heard.append(command.hex())
        return self._answers.pop(0)


@pytest.mark.parametrize(
    ("command", "t0", "encoded"),
    [
        (Command(0, 0x20, 0, 1), False, "00200001"),
        (Command(0, 0x20, 0, 1), True, "0020000100"),
        (Command(0, 0xB0, 0, 0, expects=256), True, "00b0000000"),
        (Command(0, 0xB0, 0, 0, expects=16), False, "00b0000010"),
        (Command(0, 0xA4, 8, 4, b"\x01\x02", 256), False, "00a4080402010200"),
        (Command(0, 0xA4, 8, 4, b"\x01\x02", 256), True, "00a40804020102"),
    ],
)
def test_commands_are_written_for_their_protocol(command: Command, t0: bool, encoded: str) -> None:
    assert command.encode(t0).hex() == encoded


def test_an_answer_in_pieces_is_fetched() -> None:
    talk = Talk("6102", "aabb6101", "cc9000")
    answer = exchange(talk, Command(1, 0x88, 0, 0, b"\x01", 256), t0=True)
    assert (answer.data, answer.status) == (b"\xaa\xbb\xcc", 0x9000)
    assert talk.heard == ["018800000101", "01c0000002", "01c0000001"]


def test_a_wrong_length_is_corrected() -> None:
    talk = Talk("6c03", "aabbcc9000")
    answer = exchange(talk, Command(0, 0xB0, 0, 0, expects=256), t0=True)
    assert answer.data == b"\xaa\xbb\xcc"
    assert talk.heard == ["00b0000000", "00b0000003"]
    talk = Talk("6103", "6c01", "aa9000")
    assert exchange(talk, Command(0, 0x88, 0, 0, b"\x01", 256), t0=True).data == b"\xaa"


@pytest.mark.parametrize("answers", [("",), ("90",), ("6101", "")])
def test_less_than_a_status_is_nonsense(answers: tuple[str, ...]) -> None:
    with pytest.raises(WorldError) as caught:
        exchange(Talk(*answers), Command(0, 0x88, 0, 0, b"\x01", 256), t0=True)
    assert caught.value.code == "card-failed"


@pytest.mark.parametrize("answer", ["6100", "00" * 254 + "61ff", "6c01"])
def test_an_answer_without_end_is_ended(answer: str) -> None:
    """300 rounds or 64 KiB; 6Cxx is obeyed once and then believed."""

    def talk(command: bytearray) -> bytes:
        return bytes.fromhex(answer)

    command = Command(0, 0xB0, 0, 0, expects=256)
    if answer == "6c01":
        assert exchange(talk, command, t0=True).status == 0x6C01
    else:
        with pytest.raises(WorldError):
            exchange(talk, command, t0=True)


def test_long_data_is_chained_and_stops_at_a_refusal() -> None:
    talk = Talk("9000", "9000", "9000")
    exchange_chained(talk, Command(1, 0x2A, 0x80, 0x86, bytes(600), 256), t0=False)
    assert [each[:10] for each in talk.heard] == ["112a8086ff", "112a8086ff", "012a80865a"]
    talk = Talk("6982")
    assert exchange_chained(talk, Command(1, 0x2A, 0x80, 0x86, bytes(600), 256), t0=False).status == 0x6982
    assert len(talk.heard) == 1


def test_a_command_is_erased_after_use_and_never_shown() -> None:
    sent: list[bytearray] = []

    def talk(command: bytearray) -> bytes:
        sent.append(command)
        return b"\x90\x00"

    command = Command(0, 0x20, 0, 1, bytearray(b"7391"))
    exchange(talk, command, t0=False)
    assert sent == [bytearray(9)]
    assert "7391" not in repr(command)
    assert "37333931" not in repr(command)


@pytest.mark.parametrize(
    ("atr", "generation"),
    [
        ("3BAC00402A001225006480000310009000", "CPS3"),
        ("3BAC00FF2A001225006480000320009000", "CPS3"),
        ("3B8F80010031B86404B0ECC1739401808290000E", "CPS3"),
        ("3B9B188001001225006480040100009044", "CPS4"),
        ("3B9B188001001225006480000401009044", "CPS4"),
        ("3BDC18FF00001225006480000401009000", "CPS4"),
        ("3B6500002063CB6600", ""),
        ("", ""),
    ],
)
def test_cards_are_known_by_their_answer_to_reset(atr: str, generation: str) -> None:
    kind = recognise(bytes.fromhex(atr))
    assert (kind.generation if kind else "") == generation
