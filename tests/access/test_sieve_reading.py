"""Replies of a ManageSieve server (RFC 5804 §4): every form of a string, and octets that mean harm."""

import contextlib

from hypothesis import example, given
from hypothesis import strategies as st

from mssclient.access.sieve import Item, Reply, read_reply, string
from tests.access.sieve_replies import LIMIT_OCTETS, damaged, examine, literal, quoted, reading


def read(data: bytes) -> Reply:
    with contextlib.closing(reading(data)) as stream:
        return read_reply(stream, LIMIT_OCTETS)


def test_every_form_of_a_string() -> None:
    reply = read(b'{3}\r\na"b "c\\"d\\\\" {2+}\r\n\xc3\xa9\r\n"x" active\r\nok (tag {1}\r\n)) "fini"\r\n')
    assert reply.lines == ((b'a"b', b'c"d\\', "é".encode()), (b"x", "ACTIVE"))
    assert (reply.status, reply.code, reply.words) == ("OK", "TAG", "fini")
    assert "fini" not in repr(reply)


strings = st.binary(max_size=60)
items = strings | st.sampled_from(("ACTIVE", "12", "X-Y"))
written = st.sampled_from(("quoted", "literal", "waiting"))


@st.composite
def replies(draw: st.DrawFn) -> tuple[bytes, Reply]:
    """The octets of a reply, and what they say."""

    def text(data: bytes) -> bytes:
        if any(octet in data for octet in b"\0\r\n") or (how := draw(written)) == "literal":
            return literal(data)
        return quoted(data) if how == "quoted" else literal(data, waiting=False)

    lines: list[tuple[Item, ...]] = draw(st.lists(st.tuples(strings, items) | st.tuples(strings), max_size=5))
    status, code = draw(st.sampled_from(("OK", "NO", "BYE"))), draw(st.sampled_from(("", "TAG", "QUOTA/X")))
    words = draw(st.text(max_size=20))
    data = b"".join(
        b" ".join(each.encode() if isinstance(each, str) else text(each) for each in line) + b"\r\n"
        for line in lines
    )
    data += status.encode() + (f" ({code} ".encode() + text(b"(x)") + b")" if code else b"")
    data += b" " + text(words.encode()) + b"\r\n"
    return data, Reply(status=status, code=code, words=words, lines=tuple(lines))


@given(replies())
def test_what_was_written_is_read(pair: tuple[bytes, Reply]) -> None:
    assert read(pair[0]) == pair[1]


@given(strings)
@example(b"x" * 2000)
@example('é"\\'.encode())
def test_what_we_write_can_be_read(data: bytes) -> None:
    assert read(string(data) + b"\r\nOK\r\n").lines == ((data,),)


@given(st.binary(max_size=300) | st.integers(0, 10**9).map(damaged))
@example(b'"a"\r\n' * 2000)
@example(b"\r\n" * 3000)
@example(b"{3999}\r\n" * 40)
@example(b"OK (" + b"(" * 3000 + b"\r\n")
def test_damaged_replies_are_read_or_refused(data: bytes) -> None:
    examine(data)
