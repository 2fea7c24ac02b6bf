"""A session with servers that answer oddly: what was done stays done, and nothing can slip into a command."""

import contextlib
import socket
from collections.abc import Iterator

import pytest

from mssclient.access.stream import Patience, Stream
from mssclient.mail import wire
from mssclient.mail.kinds.mark import wire_names
from mssclient.mail.problems import account_wide, is_permanent
from mssclient.mail.session import Session
from mssclient.mail.wire import Limits
from mssclient.model.errors import MssError, WorldError
from mssclient.operators.capabilities import from_tokens
from tests.refusals import code_of
from tests.servers.scripted import Expect, ScriptedServer, Send, Step, scripted_pair

CAPABILITIES = from_tokens(["IMAP4rev1", "MOVE", "UIDPLUS", "NAMESPACE", "QUOTA"])
DONE = Send(b"{tag} OK fait\r\n")


@contextlib.contextmanager
def session(*script: Step) -> Iterator[Session]:
    with scripted_pair([*script]) as sock:
        yield Session(Stream(sock, "localhost", Patience(connect_s=3, reply_s=3)), CAPABILITIES)


def test_folders_whose_names_the_server_writes_in_utf_8() -> None:
    listed = Send('* LIST () "/" "Arrivés"\r\n'.encode())
    name = '"Arrivés"'.encode()
    with session(
        Expect(rb"(?P<tag>\S+) LIST .*"), listed, DONE,
        Expect(rb"(?P<tag>\S+) UID COPY 1:2 " + name), Send(b"{tag} OK [COPYUID 9 1:2 11:12] fait\r\n"),
        Expect(rb"(?P<tag>\S+) UID MOVE 3 " + name),
        Send(b"* OK [COPYUID 9 3 13] la\r\n* 1 EXPUNGE\r\n{tag} OK fait\r\n"),
        Expect(rb"(?P<tag>\S+) CREATE " + name), Send(b"{tag} NO [ALREADYEXISTS] deja\r\n"),
    ) as ours:  # fmt: skip
        assert [each.path for each in ours.list_folders()] == ["Arrivés"]
        assert ours.copy([2, 1], "Arrivés") == {1: 11, 2: 12}
        assert ours.move([3], "Arrivés") == {3: 13}
        ours.create("Arrivés")


def test_a_folder_whose_name_would_be_a_command_is_not_seen() -> None:
    evil = b'* LIST () "/" {20}\r\nx"\r\nz DELETE INBOX\r\n\r\n'
    with session(Expect(rb"(?P<tag>\S+) LIST .*"), Send(b'* LIST () "/" INBOX\r\n' + evil), DONE) as ours:
        assert [each.path for each in ours.list_folders()] == ["INBOX"]


@pytest.mark.parametrize(
    "told",
    [b"9 1 1:4000000000", b"9 1:2 5", b"9 a b", b"9", b"9 1 " + b"9" * 5000, b"9 1 " + "²".encode()],
    ids=["huge", "unequal", "letters", "short", "long", "digits"],
)
def test_a_copy_whose_uids_are_told_oddly_is_done(told: bytes) -> None:
    with session(
        Expect(rb"(?P<tag>\S+) UID COPY 1 .*"), Send(b"{tag} OK [COPYUID " + told + b"] fait\r\n"),
        Expect(rb"(?P<tag>\S+) NOOP"), DONE,
    ) as ours:  # fmt: skip
        assert ours.copy([1], "Autre") == {}
        ours.noop()


@pytest.mark.parametrize("told", [b"9 " + b"9" * 5000, b"9 " + "²".encode(), b"9 x", b"9", b"9 5"])
def test_an_append_whose_uid_is_told_oddly_is_done(told: bytes) -> None:
    with session(
        Expect(rb"(?P<tag>\S+) APPEND .*\{1\}"), Send(b"+ va\r\n"), Expect(rb"x"),
        Send(b"{tag} OK [APPENDUID " + told + b"] fait\r\n"),
    ) as ours:  # fmt: skip
        assert ours.append("Autre", b"x") == (5 if told == b"9 5" else 0)


@pytest.mark.parametrize(
    "answer",
    [
        b"{tag} NO pas de quota ici\r\n",
        b'* QUOTA "" (STORAGE -1 x)\r\n{tag} OK fait\r\n',
        b"* QUOTA\r\n{tag} OK fait\r\n",
    ],
    ids=["refused", "no numbers", "empty"],
)
def test_a_quota_that_is_none_keeps_nobody_offline(answer: bytes) -> None:
    with session(
        Expect(rb"(?P<tag>\S+) GETQUOTAROOT .*"), Send(answer), Expect(rb"(?P<tag>\S+) NOOP"), DONE
    ) as ours:
        assert ours.quota() is None
        ours.noop()


def test_a_server_that_refuses_to_tell_its_namespaces() -> None:
    with session(Expect(rb"(?P<tag>\S+) NAMESPACE"), Send(b"{tag} NO non\r\n")) as ours:
        assert ours.namespaces().personal == ("",)


@pytest.mark.parametrize("keyword", ["a)\r\nz DELETE INBOX", "a)b", 'a"b', "a{3}", "été", "a]b", "a*"])
def test_a_tag_that_is_no_atom_is_refused_for_good(keyword: str) -> None:
    with pytest.raises(MssError) as refusal:
        wire_names(0, keyword)
    assert refusal.value.code == "keyword-refused"
    assert is_permanent(refusal.value, 1)


def test_tags_that_are_atoms() -> None:
    assert wire_names(1, "$Forwarded Urgent-1") == ["\\Seen", "$Forwarded", "Urgent-1"]


@pytest.mark.parametrize(
    ("code", "wide"),
    [
        ("proxy-unreachable", True),
        ("proxy-refused", True),
        ("psc-provider", True),
        ("certificate-name", True),
        ("connection-lost", True),
        ("keyword-refused", False),
        ("quota-exceeded", False),
    ],
)
def test_what_keeps_out_the_whole_account(code: str, wide: bool) -> None:
    """A token that can't be refreshed because of the proxy is not the fault of what was wanted."""
    assert account_wide(WorldError(code, "x")) == wide


class Flood(ScriptedServer):
    """Says the same for ever, as fast as it is read."""

    def __init__(self, first: bytes, for_ever: bytes) -> None:
        super().__init__([])
        self._first, self._for_ever = first, for_ever * 2000

    def _listen(self) -> None:
        with contextlib.suppress(OSError), self._listener.accept()[0] as sock:
            sock.recv(1000)
            sock.sendall(self._first)
            while True:
                sock.sendall(self._for_ever)


@pytest.mark.parametrize("first", [b"", b"+ va\r\n"], ids=["before", "during"])
def test_an_idle_that_is_talked_over_for_ever(first: bytes) -> None:
    with Flood(first, b"* OK toujours la\r\n") as server:
        sock = socket.create_connection(("127.0.0.1", server.port))
        ours = Session(Stream(sock, "localhost", Patience(connect_s=3, reply_s=30)), CAPABILITIES)
        assert code_of(lambda: ours.idle(30)) == "protocol-nonsense"


def test_a_literal_whose_go_ahead_is_talked_over_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    with Flood(b"", b"* OK toujours la\r\n") as server:
        sock = socket.create_connection(("127.0.0.1", server.port))
        ours = Session(Stream(sock, "localhost", Patience(connect_s=3, reply_s=30)), CAPABILITIES)
        monkeypatch.setattr(wire, "Limits", lambda: Limits(total_octets=1 << 22))
        assert code_of(lambda: ours.append("INBOX", b"x")) == "protocol-nonsense"
