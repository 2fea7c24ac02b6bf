"""What holds for any bytes, and for any letter that we write."""

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mssclient.mime.addresses import Address, domain_of, format_address, parse_addresses
from mssclient.mime.compose import Letter, canonical_lines, compose, envelope, remove_bcc
from mssclient.mime.dates import format_date, parse_date
from mssclient.mime.defects import known_defects
from mssclient.mime.envelope import summarise_headers
from mssclient.mime.filenames import sanitise_filename
from mssclient.mime.headers import Header
from mssclient.mime.html import plain_words
from mssclient.mime.reading import Limits, Reading, read
from mssclient.mime.replies import forward_subject, quote_reply, reply_subject
from mssclient.mime.summary import body_html, body_text, html_source, summarise
from mssclient.mime.words import decode_words, parameters
from mssclient.model.records import to_wire
from tests.mime import strategies

EVERYTHING = settings(max_examples=400, deadline=None)


def check(reading: Reading) -> None:
    """What any reading must satisfy."""
    paths: set[str] = set()
    for part in reading.walk():
        assert 0 <= part.head <= part.start <= part.end <= len(reading.raw)
        assert part.path not in paths, "a path names one part"
        paths.add(part.path)
        assert reading.part(part.path) is part
        at = part.start
        for child in part.children:
            assert at <= child.head <= child.end <= part.end, "children lie inside their parent, in order"
            at = child.end
        reading.content(part)
        for text in (reading.text(part), part.type, part.filename or "", *(h.value for h in part.headers)):
            text.encode("utf-8")
        for header in part.headers:
            assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in header.value)
    to_wire(summarise(reading))
    body_text(reading)
    body_html(reading)
    html_source(reading)
    assert {defect.code for defect in reading.defects} <= known_defects()


@EVERYTHING
@given(strategies.hostile)
@example(b"")
@example(b"--")
@example(b"\r")
@example(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n--b--")
def test_any_bytes_are_read(raw: bytes) -> None:
    check(read(raw))
    to_wire(summarise_headers(raw, len(raw), None))
    left, _ = remove_bcc(raw)
    assert len(left) <= len(raw)
    envelope(raw)
    canonical_lines(raw)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=2000))
def test_noise_is_read(raw: bytes) -> None:
    check(read(raw))


@settings(max_examples=150, deadline=None)
@given(strategies.letters, st.data())
def test_a_damaged_letter_is_read(letter: Letter, data: st.DataObject) -> None:
    raw = bytearray(compose(letter))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        match data.draw(st.integers(0, 2)):
            case 0:
                raw[at] = data.draw(st.integers(0, 255))
            case 1:
                del raw[at : at + data.draw(st.integers(1, 40))]
            case _:
                raw[at:at] = raw[at : at + data.draw(st.integers(1, 60))]
        if not raw:
            break
    check(read(bytes(raw)))


@settings(max_examples=250, deadline=None)
@given(strategies.letters)
def test_a_letter_reads_back(letter: Letter) -> None:
    raw = compose(letter)
    reading = read(raw)
    summary = summarise(reading)
    inside = {f"{n}." for n in range(2, 9)} if letter.attachments else set()
    assert [d for d in reading.defects if d.where[:2] not in inside] == []
    assert summary.subject == letter.subject
    assert (summary.sender.name, summary.sender.address) == (letter.sender.name, letter.sender.address)
    for people, written in ((summary.to, letter.to), (summary.cc, letter.cc)):
        assert [(p.name, p.address) for p in people] == [(a.name, a.address) for a in written]
    assert summary.date_utc == letter.date_utc
    leaves = [part for part in reading.walk() if not part.is_multipart]
    if not letter.attachments:
        assert reading.text(leaves[0]).removesuffix("\n") == letter.text.removesuffix("\n")
    else:
        assert reading.text(leaves[0]) == letter.text
    outer = reading.root.children[1:] if letter.attachments else ()
    assert [reading.content(part) for part in outer] == [file.content for file in letter.attachments]
    assert [part.filename for part in outer] == [sanitise_filename(file.name) for file in letter.attachments]
    assert set(envelope(raw).recipients) == {a.address for a in (*letter.to, *letter.cc)}
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")


_ADDRESS_TEXT = st.lists(
    st.sampled_from(
        [
            *'<>@,;:()"\\ .[]',
            "a",
            "b@c",
            "=?utf-8?q?=3Cx=40y=3E?=",
            "=?utf-8?q?=22,?=",
            "=?",
            "?=",
            "é",
            "mailto:",
        ]
    ),
    max_size=20,
).map("".join)


@EVERYTHING
@given(_ADDRESS_TEXT)
def test_decoding_never_changes_who_is_named(text: str) -> None:
    """The header shown and the header parsed name the same addresses (names apart: spacing may differ)."""
    before = [address.address for address in parse_addresses(text)]
    shown = Header("From", text.encode()).value
    assert [address.address for address in parse_addresses(shown)] == before


@settings(max_examples=200, deadline=None)
@given(strategies.addresses)
def test_a_formatted_address_reads_back(address: Address) -> None:
    assert parse_addresses(format_address(address)) == [address]


@EVERYTHING
@given(st.text(max_size=200))
def test_small_functions_take_any_text(text: str) -> None:
    name = sanitise_filename(text)
    assert 0 < len(name) <= 120
    assert sanitise_filename(name) == name
    assert not set(name) & set('<>:"/\\|?*\x00\n')
    assert name[-1] not in " ."
    domain_of(text)
    parse_date(text)
    decode_words(text)
    parameters(text)
    plain_words(text)
    parse_addresses(text)
    quote_reply(text)
    assert reply_subject(reply_subject(text)) == reply_subject(text)
    assert forward_subject(forward_subject(text)) == forward_subject(text)


@given(st.integers(0, 7_000_000_000))
def test_dates_read_back(moment: int) -> None:
    assert parse_date(format_date(moment)) == moment


@settings(max_examples=100, deadline=None)
@given(strategies.hostile, st.integers(0, 5), st.integers(1, 6), st.integers(0, 5), st.integers(0, 50))
def test_any_limits(raw: bytes, depth: int, parts: int, headers: int, octets: int) -> None:
    limits = Limits(depth=depth, parts=parts, headers=headers, header_octets=octets, delimiters=3)
    reading = read(raw, limits)
    found = list(reading.walk())
    assert len(found) <= parts
    assert all(len(part.headers) <= headers for part in found)
    check(reading)


def test_a_summary_fits_the_wire() -> None:
    summary = summarise(read(b"Subject: =?utf-7?q?+2AA-?=\r\n\r\n+2AA-"))
    assert msgspec.msgpack.decode(to_wire(summary))["subject"] == "\ufffd"
