"""Torn and rude IMAP servers, word for word: each answer also cut at every octet."""

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from mssclient.access.open import Patience
from mssclient.access.stream import Stream
from mssclient.mail.idling import wake_pair
from mssclient.mail.session import Session
from mssclient.mail.wire import Limits
from mssclient.model.errors import MssError, WorldError
from mssclient.operators.capabilities import from_tokens
from tests.servers.scripted import Close, Expect, Script, Send, Stall, every_cut, in_pieces, scripted_pair

FULL = "IMAP4rev1 ENABLE IDLE CONDSTORE QRESYNC MOVE UIDPLUS ESEARCH LIST-EXTENDED LIST-STATUS SPECIAL-USE LITERAL+ QUOTA ACL NAMESPACE"  # noqa: E501
BARE = "IMAP4rev1"


QUICK = Limits(seconds=0.5)


def session_on(sock: socket.socket, capabilities: str = FULL, *, reply_s: float = 1.0) -> Session:
    session = Session(Stream(sock, "localhost", Patience(reply_s=reply_s)), from_tokens(capabilities.split()))
    session.selected = "INBOX"
    return session


def said(command: bytes, *answers: bytes) -> Script:
    return [Expect(rb"(?P<tag>\S+) " + command), *(Send(each) for each in answers)]


LIST = said(
    rb'LIST "" "\*" RETURN \(SPECIAL-USE STATUS \(MESSAGES UIDNEXT UIDVALIDITY UNSEEN HIGHESTMODSEQ\)\)',
    b'* LIST (\\HasNoChildren) "/" INBOX\r\n* STATUS INBOX (MESSAGES 3 UIDNEXT 9 UIDVALIDITY 7 UNSEEN 1 '
    b'HIGHESTMODSEQ 12)\r\n* LIST (\\Sent) "/" {10}\r\nEnvoy&AOk-\r\n'
    b'* LIST (\\Noselect) "/" "a\\"b"\r\n{tag} OK\r\n',
)
SELECT = said(
    rb'EXAMINE "INBOX" \(CONDSTORE\)',
    b"* FLAGS (\\Seen)\r\n* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 9] x\r\n"
    b"* OK [HIGHESTMODSEQ 12] x\r\n{tag} OK [READ-ONLY] fait\r\n",
)
FETCH = said(
    rb"UID FETCH 5:6 \(UID BODY\.PEEK\[\]\)",
    b"* 1 FETCH (UID 5 BODY[] {11}\r\nA: b\r\n\r\nx)y)\r\n"
    b'* 2 FETCH (BODY[] "court" UID 6)\r\n{tag} OK fait\r\n',
)


def fetch(session: Session) -> list[tuple[int, bytes | None]]:
    return [(each.uid, each.raw) for each in session.fetch_bodies([5, 6])]


def begin(session: Session) -> None:
    session.selected = ""
    session.begin()


DIALOGUES: dict[str, tuple[Script, Callable[[Session], Any]]] = {
    "list": (LIST, lambda session: [each.path for each in session.list_folders(status=True)]),
    "select": (SELECT, lambda session: session.select("INBOX", read_only=True).messages),
    "fetch": (FETCH, fetch),
    "move": (
        said(
            rb'UID MOVE 5:6 "Archives"',
            b"* OK [COPYUID 7 5:6 20:21] x\r\n* VANISHED 5:6\r\n{tag} OK fait\r\n",
        ),
        lambda session: session.move([5, 6], "Archives"),
    ),
    "copy": (
        said(rb'UID COPY 5:6 "Archives"', b"{tag} OK [COPYUID 7 5:6 20:21] fait\r\n"),
        lambda session: session.copy([5, 6], "Archives"),
    ),
    "store": (
        said(rb"UID STORE 5 \+FLAGS\.SILENT \(\\Seen\)", b"* 1 FETCH (FLAGS (\\Seen))\r\n{tag} OK fait\r\n"),
        lambda session: session.store_flags([5], add=["\\Seen"]),
    ),
    "append": (
        [
            *said(rb'APPEND "INBOX" \(\\Seen\) \{2\+\}'),
            Expect(b"ab"),
            Send(b"* 4 EXISTS\r\n{tag} OK [APPENDUID 7 30] x\r\n"),
        ],
        lambda session: session.append("INBOX", b"ab", ["\\Seen"]),
    ),
    "search": (
        said(rb"UID SEARCH RETURN \(ALL\) ALL", b'* ESEARCH (TAG "x") UID ALL 1:3,8\r\n{tag} OK fait\r\n'),
        lambda session: session.search_uids(),
    ),
    "idle": (
        [
            *said(
                rb"IDLE",
                b"+ j'attends\r\n",
                b"* OK Still here\r\n",
                b"* 91 FETCH (FLAGS (\\Dele",
                b"ted))\r\n",
            ),
            Expect(rb"DONE"),
            Send(b"* 92 EXISTS\r\n{tag} OK fini\r\n"),
        ],
        lambda session: [each.kind for each in session.idle(5) or ()],
    ),
    "quota": (
        said(
            rb'GETQUOTAROOT "INBOX"', b'* QUOTAROOT INBOX ""\r\n* QUOTA "" (STORAGE 10 512)\r\n{tag} OK\r\n'
        ),
        lambda session: session.quota(),
    ),
    "rights": (
        said(rb'MYRIGHTS "INBOX"', b"* MYRIGHTS INBOX lrswi\r\n{tag} OK\r\n"),
        lambda session: session.rights("INBOX"),
    ),
    "enable": (said(rb"ENABLE QRESYNC", b"* ENABLED QRESYNC\r\n{tag} OK\r\n"), begin),
}

EXPECTED: dict[str, Any] = {
    "list": ["INBOX", "Envoyé", 'a"b'],
    "select": 3,
    "fetch": [(5, b"A: b\r\n\r\nx)y"[:11]), (6, b"court")],
    "move": {5: 20, 6: 21},
    "copy": {5: 20, 6: 21},
    "store": None,
    "append": 30,
    "search": [1, 2, 3, 8],
    "idle": [b"FETCH", b"EXISTS"],
    "rights": "lrswi",
    "enable": None,
}


def play(name: str, script: Script) -> Any:
    with scripted_pair([*script, Stall()]) as sock:
        return DIALOGUES[name][1](session_on(sock))


@pytest.mark.parametrize("name", DIALOGUES)
def test_the_dialogue_as_it_should_be_and_octet_by_octet(name: str) -> None:
    for script in (DIALOGUES[name][0], in_pieces(DIALOGUES[name][0])):
        result = play(name, script)
        if name in EXPECTED:
            assert result == EXPECTED[name]


@pytest.mark.parametrize("name", DIALOGUES)
def test_every_answer_cut_at_every_octet(name: str) -> None:
    for where, script in every_cut(DIALOGUES[name][0]):
        begun = time.monotonic()
        with scripted_pair(script) as sock:
            session = session_on(sock)
            if name == "rights":  # a right that can't be read is an unknown one
                assert session.rights("INBOX") == "", where
            else:
                with pytest.raises(WorldError) as caught:
                    DIALOGUES[name][1](session)
                assert caught.value.code == "connection-lost", where
        assert time.monotonic() - begun < 3, where


NONSENSE = [
    b"\0\0\0\0\r\n",
    b"zz9 OK ce n'est pas votre commande\r\n",
    b"* \r\n",
    b"* 99999999999999999999 EXISTS\r\n",
    b"* 1 FETCH (UID 5 BODY[] {99999999999}\r\n",
    b"* 1 FETCH (UID 5 BODY[] {4000000000}\r\n",
    b"* 1 FETCH ((((((UID\r\n",
    b"* 1 FETCH (UID five)\r\n",
    b"* LIST\r\n",
    b"* LIST (\\Sent) / \r\n",
    b"* STATUS INBOX (MESSAGES many)\r\n",
    b"* ESEARCH UID ALL 1:9999999\r\n",
    b'* QUOTA "" (STORAGE much more)\r\n',
    b"* BYE fini\r\n",
    b"{tag} PEUT-ETRE\r\n",
    b"{tag} NO [ALERT] non\r\n",
    b"{tag} BAD quoi\r\n",
    b"+ quoi\r\n",
    b"\xc3\xa9\xff\r\n",
]


@pytest.mark.parametrize("answer", NONSENSE)
@pytest.mark.parametrize("name", DIALOGUES)
def test_nonsense_ends_in_our_error_and_in_time(name: str, answer: bytes) -> None:
    script = [DIALOGUES[name][0][0], Send(answer)]
    with scripted_pair([*script, Close()]) as sock:
        session = session_on(sock)
        outcome: MssError | None = None
        try:
            DIALOGUES[name][1](session)
        except MssError as error:
            outcome = error
    assert outcome is None or (outcome.sentence and outcome.remedy)


def test_an_answer_without_end_is_given_up() -> None:
    theirs, ours = socket.socketpair()

    def flood() -> None:
        try:
            while True:
                theirs.sendall(b"* LIST () NIL x\r\n" * 1000)
        except OSError:
            pass

    thread = threading.Thread(target=flood, daemon=True)
    thread.start()
    session = session_on(ours, BARE)
    with pytest.raises(WorldError) as caught:
        session.quota() or session.ask("LIST", b"LIST")
    assert caught.value.code == "protocol-nonsense"
    theirs.close()
    thread.join(30)


def test_octets_that_trickle_do_not_hold_us_for_ever() -> None:
    with scripted_pair([Expect(rb"(?P<tag>\S+) .*"), Send(b"* OK " + b"a" * 4000, 1), Stall()]) as sock:
        session = session_on(sock, reply_s=5)
        begun = time.monotonic()
        with pytest.raises(WorldError) as caught:
            session.ask("NOOP", b"NOOP", limits=QUICK)
        assert caught.value.code == "timeout"
        assert time.monotonic() - begun < 3


def test_expunge_and_news_during_a_fetch_are_counted() -> None:
    script = [
        *SELECT,
        *said(
            rb"UID FETCH 5:6 .*",
            b"* 2 EXPUNGE\r\n* 1 FETCH (UID 5 BODY[] {1}\r\nx)\r\n* 1 FETCH (FLAGS ())\r\n* 7 EXISTS\r\n"
            b"* VANISHED 5:6\r\n{tag} OK fait\r\n",
        ),
    ]
    with scripted_pair([*script, Stall()]) as sock:
        session = session_on(sock)
        session.select("INBOX", read_only=True)
        assert fetch(session) == [(5, b"x")]
        assert session.exists == 5


def test_idle_ends_when_woken_and_when_refused() -> None:
    hear, call = wake_pair()
    script = [*said(rb"IDLE", b"+ oui\r\n"), Expect(rb"DONE"), Send(b"{tag} OK\r\n"),
              *said(rb"IDLE", b"{tag} BAD non\r\n"), Stall()]  # fmt: skip
    with scripted_pair(script) as sock:
        session = session_on(sock)
        threading.Timer(0.1, lambda: call.send(b"!")).start()
        assert session.idle(20, hear) == []
        assert session.idle(20) is None
    hear.close()
    call.close()


def test_a_session_can_be_ended_from_another_thread() -> None:
    with scripted_pair([Expect(rb".* NOOP"), Stall()]) as sock:
        session = session_on(sock, reply_s=30)
        threading.Timer(0.1, session.stream.abort).start()
        begun = time.monotonic()
        with pytest.raises(WorldError):
            session.noop()
        assert time.monotonic() - begun < 5


def test_names_go_back_as_they_were_written() -> None:
    odd = b'* LIST () "/" "Envoy\xc3\xa9s"\r\n* LIST () "/" "&ABCD"\r\n'
    odd += b'* LIST () "/" Sant&AOk-&-Travail\r\n{tag} OK\r\n'
    script = [
        *said(rb'LIST "" "\*"', odd),
        *said(rb'EXAMINE "Envoy\xc3\xa9s"', b"* 0 EXISTS\r\n{tag} OK\r\n"),
        *said(rb'EXAMINE "Sant&AOk-&-Travail"', b"* 0 EXISTS\r\n{tag} OK\r\n"),
        *said(rb'EXAMINE "Tout &- rien"', b"* 0 EXISTS\r\n{tag} OK\r\n"),
    ]
    with scripted_pair([*script, Stall()]) as sock:
        session = session_on(sock, BARE)
        paths = [each.path for each in session.list_folders()]
        assert paths[0] == "Envoyés"
        assert paths[2] == "Santé&Travail"
        for path in (paths[0], paths[2], "Tout & rien"):
            session.select(path, read_only=True)


def test_a_password_or_mail_is_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    for name in DIALOGUES:
        play(name, DIALOGUES[name][0])
    assert not [record for record in caplog.records if record.name.startswith("imapclient")]


def test_an_error_of_the_server_keeps_its_code_and_not_its_words() -> None:
    answer = b"{tag} NO [OVERQUOTA] la boite de Mme Durand est pleine\r\n"
    script = [*said(rb'UID COPY 5 "x"', answer), *said(rb'APPEND "x" \{1\+\}'), Expect(b"y"), Send(answer)]
    with scripted_pair([*script, Stall()]) as sock:
        session = session_on(sock)
        for work in (lambda: session.copy([5], "x"), lambda: session.append("x", b"y")):
            with pytest.raises(WorldError) as caught:
                work()
            assert caught.value.code == "quota-exceeded"
            assert "Durand" not in caught.value.detail + caught.value.sentence + str(caught.value)


def test_a_refusal_does_not_end_the_session() -> None:
    script = [
        *said(rb'EXAMINE "a" .*', b"{tag} NO [NONEXISTENT] non\r\n"),
        *said(rb'STATUS "b" .*', b"{tag} NO non\r\n"),
        *said(rb'UID COPY 5 "c"', b"{tag} NO [TRYCREATE] non\r\n"),
        *said(rb"UID FETCH 5 .*", b"{tag} NO non\r\n"),
        *SELECT,
    ]
    with scripted_pair([*script, Stall()]) as sock:
        session = session_on(sock)
        for work, code in (
            (lambda: session.select("a", read_only=True), "folder-missing"),
            (lambda: session.status("b"), "server-refused"),
            (lambda: session.copy([5], "c"), "folder-missing"),
            (lambda: list(session.fetch_bodies([5])), "server-refused"),
        ):
            session.selected = "INBOX"
            with pytest.raises(WorldError) as caught:
                work()
            assert caught.value.code == code
        assert session.select("INBOX", read_only=True).messages == 3
