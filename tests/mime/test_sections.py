"""A real IMAP server finds the same bytes under the same section numbers."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from mssclient.mime.compose import Letter, compose
from mssclient.mime.reading import read
from tests.mime import strategies
from tests.mime.messages import MIXED, crlf
from tests.servers import ImapServer

pytestmark = pytest.mark.servers

MESSAGES = {
    "mixed with a message": MIXED,
    "single": b"Subject: x\r\n\r\nbody\r\n",
    "message at the root": crlf("Content-Type: message/rfc822\n\nSubject: x\n\ntexte\n"),
    "message in a message": crlf(
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n"
        "Content-Type: message/rfc822\n\nSubject: fond\n\ntexte\n--b\n\nfin\n--b--\n"
    ),
    "digest": crlf("Content-Type: multipart/digest; boundary=x\n\n--x\n\nSubject: a\n\ntexte\n--x--\n"),
    "unclosed": crlf("Content-Type: multipart/mixed; boundary=x\n\n--x\n\na\n--x\n\nb\n"),
    "nested lookalikes": crlf(
        "Content-Type: multipart/mixed; boundary=abc\n\n"
        "--abc\nContent-Type: multipart/alternative; boundary=abcd\n\n"
        "--abcd\n\na\n--abcd\n\nb\n--abcd--\n--abc\n\nc\n--abc--\n"
    ),
}


def compare(server: ImapServer, address: str, raw: bytes) -> None:
    reading = read(raw)
    uid = server.append(address, "INBOX", raw)
    client = server.raw_client(address)
    client.select_folder("INBOX", readonly=True)
    # without an empty line the server has all in the header, we show what is no field as the text
    shown = {defect.where for defect in reading.defects if defect.code == "no-empty-line"}
    paths = [part.path for part in reading.walk() if part.path and part.path not in shown]
    fetched = client.fetch([uid], [f"BODY.PEEK[{path}]" for path in paths])[uid]
    for path in paths:
        part = reading.part(path)
        assert part is not None
        theirs, ours = fetched[f"BODY[{path}]".encode()], raw[part.start : part.end]
        if part.children:
            # Dovecot 2.3 (2026-11) leaves the line end of the delimiter to a container that it closes,
            # against RFC 2046 §5.1.1; it does not for leaves
            theirs, ours = theirs.removesuffix(b"\r\n"), ours.removesuffix(b"\r\n")
        assert theirs == ours, path


@pytest.mark.parametrize("name", MESSAGES)
def test_sections_are_those_of_the_server(dovecot: ImapServer, new_user: tuple[str, str], name: str) -> None:
    compare(dovecot, new_user[0], MESSAGES[name])


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.generate],
)
@given(letter=strategies.letters)
def test_sections_of_our_own_letters(dovecot: ImapServer, new_user: tuple[str, str], letter: Letter) -> None:
    compare(dovecot, new_user[0], compose(letter))
