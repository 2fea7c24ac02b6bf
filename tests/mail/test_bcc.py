"""Who was to stay hidden stays hidden, however a file spells it: judged by what arrives on DATA."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mssclient.access.open import Patience
from mssclient.access.smtp import Submission
from mssclient.access.stream import Stream
from mssclient.engine import outgoing
from mssclient.mail.submission import Submitted, submit
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.errors import Refused
from mssclient.model.ids import AccountId, new_id
from mssclient.model.wants import Submit
from mssclient.store import outbox
from mssclient.store.accounts import add_account
from mssclient.store.store import Priority, Store
from tests.engine.store_desk import SendingDesk

HERE = Endpoint(host="localhost", port=1)
HIDDEN = "cachee@exemple.fr"


class Peer(threading.Thread):
    """A server that takes everything, and keeps the commands and the content as they came."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(daemon=True)
        self._sock = sock
        self.commands: list[bytes] = []
        self.content = b""

    def run(self) -> None:
        with self._sock, self._sock.makefile("rwb") as line:
            while command := line.readline():
                self.commands.append(command)
                line.write(b"354 oui\r\n" if command == b"DATA\r\n" else b"250 oui\r\n")
                line.flush()
                if command == b"DATA\r\n":
                    while (part := line.readline()) != b".\r\n":
                        self.content += part
                    line.write(b"250 oui\r\n")
                    line.flush()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder: Path = tmp_path_factory.mktemp("bcc")
    store = Store.open(folder / "store.db", bytes(range(32)))
    account = Account(id=AccountId(1), address="bal1@exemple.fr", login="x", imap=HERE, smtp=HERE)
    store.write(Priority.PERSON, lambda tx: add_account(tx, account))
    yield SendingDesk(store)
    store.close()


def sent(desk: Any, raw: bytes) -> Peer:
    """The file on its way: frozen as the command line's ``send`` does it, then said to a server.

    Raises Refused when it does not leave."""
    want = new_id()
    outgoing.submit(desk, want, Submit(account=AccountId(1), raw=raw))
    with desk.reading() as view:
        frozen = outbox.frozen(view, want)
    assert frozen is not None
    ours, theirs = socket.socketpair()
    peer = Peer(theirs)
    peer.start()
    session = Submission(Stream(ours, "localhost", Patience(connect_s=3, reply_s=3)))
    try:
        assert submit(frozen, session, lambda phase: None) == Submitted()
    finally:
        session.close()
        peer.join(30)
    return peer


NOISE = ("\ufeff", "\0", "\u200b", "\u00ad", "\u00a0", "\x0b", "\x0c", "\x7f", " ", "\t", "\r\n ", "\r\n\t")
AT_START = tuple(each for each in NOISE if not each.startswith("\r"))  # that would end the header


@st.composite
def spellings(draw: st.DrawFn) -> str:
    """« Bcc », and what may stand in it and around it without a person seeing it."""
    name = draw(st.sampled_from(("Bcc", "bcc", "BCC", "bCc")))
    before = draw(st.sampled_from(("", *AT_START)))
    # Indented and folded as well, it is the rest of the field before it, to every reader.
    noise = st.sampled_from(("", *(AT_START if before in (" ", "\t") else NOISE)))
    return before + "".join(letter + draw(noise) for letter in name)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    fields = ["From: bal1@exemple.fr", "To: bob@exemple.fr", "Subject: essai"]
    fields += draw(
        st.lists(st.sampled_from(("quelle ligne", "X-Note: a\rb", "X-Suite: a\r\n b")), max_size=2)
    )
    gap = st.sampled_from(("", " ", "\r\n ", "\r\n\t\r\n "))
    for _each in range(draw(st.integers(1, 3))):
        field = f"{draw(spellings())}:{draw(gap)}{HIDDEN}"
        # A line of white space, or a lone CR, must not take it out of sight.
        field = draw(st.sampled_from(("", "", " \r\n", "\t\r\n", "X-Avant: y\r", "X-Avant: y\r\r"))) + field
        fields.insert(draw(st.integers(1, len(fields))), field)
    head = draw(st.sampled_from(("", "", "\ufeff", "From bal1 Mon Jul  1 10:00:00 2024\r\n")))
    text = head + "\r\n".join(fields) + "\r\n\r\nBonjour.\r\n"
    return text.replace("\r\n", draw(st.sampled_from(("\r\n", "\n", "\r\r\n")))).encode()


@settings(max_examples=200, deadline=None)
@given(files())
def test_whoever_is_hidden_gets_the_message_and_is_named_to_nobody(desk: Any, raw: bytes) -> None:
    peer = sent(desk, raw)
    assert HIDDEN.encode() not in peer.content
    assert b"RCPT TO:<cachee@exemple.fr>\r\n" in peer.commands
    assert b"RCPT TO:<bob@exemple.fr>\r\n" in peer.commands
    assert b"bob@exemple.fr" in peer.content


def test_a_forgotten_colon_hides_too(desk: Any) -> None:
    peer = sent(desk, b"From: bal1@exemple.fr\r\nTo: bob@exemple.fr\r\nBcc cachee@exemple.fr\r\n\r\nx\r\n")
    assert HIDDEN.encode() not in peer.content
    assert b"RCPT TO:<cachee@exemple.fr>\r\n" in peer.commands


@pytest.mark.parametrize("value", ["cachee", "cachee@"])
def test_a_hidden_recipient_that_is_no_address_is_not_left_out_in_silence(desk: Any, value: str) -> None:
    raw = f"From: bal1@exemple.fr\r\nTo: bob@exemple.fr\r\n\ufeffBcc: {value}\r\n\r\nx\r\n".encode()
    with pytest.raises(Refused) as caught:
        sent(desk, raw)
    assert caught.value.code == "bad-address"


def test_a_file_that_begins_with_an_empty_line_does_not_leave(desk: Any) -> None:
    """Its header would be text to everybody, with all that it names."""
    with pytest.raises(Refused) as caught:
        sent(desk, b"\r\nFrom: bal1@exemple.fr\r\nTo: bob@exemple.fr\r\nBcc: cachee@exemple.fr\r\n\r\nx\r\n")
    assert caught.value.code == "no-recipient"


def test_what_only_looks_like_it_stays(desk: Any) -> None:
    kept = b"X-Bcc: un\r\nSubject: Bcc: deux\r\nBccx: trois\r\n"
    peer = sent(desk, b"From: bal1@exemple.fr\r\nTo: bob@exemple.fr\r\n" + kept + b"\r\nBcc: quatre\r\n")
    assert kept in peer.content
    assert b"\r\n\r\nBcc: quatre\r\n" in peer.content
