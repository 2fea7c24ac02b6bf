"""A server that answered well yesterday and talks nonsense today: told in time, and nothing is taken away."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from mssclient.model.accounts import Account, Endpoint
from mssclient.model.messages import Row
from mssclient.model.questions import SyncReport
from tests.badinput.practice import Practice, letter
from tests.servers import FaultProxy, ImapServer

pytestmark = pytest.mark.servers

TOLD = ("protocol-nonsense", "connection-lost", "server-refused", "server-busy", "login-refused")
WITHIN_S = 30.0
"""Half of what it waits for a silent server; a busy computer takes ten seconds."""

Say = Callable[[bytes, bytes], bytes]
"""(tag, command without its tag) → what the server says; an empty answer ends the connection."""


class Rude:
    """Speaks IMAP well enough to be logged into, and answers one verb with what the test wants."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.verb = b""
        self.say: Say = lambda tag, line: tag + b" OK\r\n"
        self.asked = 0
        """How often the verb was heard."""
        self.inbox = 77
        """UIDVALIDITY of the inbox."""
        self.more = b""
        """The path of another folder, which nobody has seen yet."""
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> "Rude":
        self._begin(self._listen)
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(20)

    def _begin(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True, name="rude-server")
        self._threads.append(thread)
        thread.start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._begin(self._talk, client)

    def _talk(self, client: socket.socket) -> None:
        client.settimeout(15)
        with contextlib.suppress(OSError), self._tls.wrap_socket(client, server_side=True) as secured:
            greeting = b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] bonjour\r\n"
            secured.sendall(self.say(b"*", b"") if self.verb == b"greeting" else greeting)
            heard = b""
            while True:
                while b"\r\n" not in heard:
                    if not (more := secured.recv(65536)):
                        return
                    heard += more
                line, _, heard = heard.partition(b"\r\n")
                tag, _, command = line.partition(b" ")
                if command.startswith(self.verb) and self.verb:
                    self.asked += 1
                    answer = self.say(tag, command)
                else:
                    answer = self._well(tag, command)
                if not answer:
                    return
                secured.sendall(answer)

    def _well(self, tag: bytes, command: bytes) -> bytes:
        word = command.split(b" ")[0]
        before = b""
        if word == b"AUTHENTICATE":
            return tag + b" OK [CAPABILITY IMAP4rev1] bienvenue\r\n"
        inbox = b"INBOX" in command
        if word == b"LIST":
            before = b"".join(b'* LIST () "/" %b\r\n' % name for name in (b"INBOX", self.more) if name)
        elif word == b"STATUS":
            name, number = (b"INBOX", self.inbox) if inbox else (self.more, 5)
            before = b"* STATUS %b (MESSAGES 9 UIDNEXT 900 UIDVALIDITY %d UNSEEN 1)\r\n" % (name, number)
        elif word in (b"SELECT", b"EXAMINE"):
            number = self.inbox if inbox else 5
            before = b"* 9 EXISTS\r\n* OK [UIDVALIDITY %d] x\r\n* OK [UIDNEXT 900] x\r\n" % number
        elif command.startswith(b"UID SEARCH"):
            before = b"* SEARCH 891 892 893 894 895 896 897 898 899\r\n"
        return before + tag + b" OK fait\r\n"


class Case(NamedTuple):
    verb: bytes
    say: Say
    codes: tuple[str, ...] = TOLD
    """Empty: it may also be survived without a word."""


def always(answer: bytes) -> Say:
    return lambda tag, line: answer.replace(b"{tag}", tag)


MB = 1 << 20
CASES: dict[str, Case] = {
    "HTTP": Case(b"greeting", always(b"HTTP/1.1 400 Bad Request\r\n\r\n")),
    "SMTP": Case(b"greeting", always(b"220 smtp.exemple.fr ESMTP\r\n")),
    "binary rubbish": Case(b"greeting", always(bytes(range(256)) * 400)),
    "BYE": Case(b"greeting", always(b"* BYE [UNAVAILABLE] trop de monde\r\n")),
    "a greeting without end": Case(b"greeting", always(b"* OK " + b"a" * (8 * MB))),
    "an empty line": Case(b"greeting", always(b"\r\n")),
    "login: another tag": Case(b"AUTHENTICATE", always(b"zz OK bienvenue\r\n")),
    "login: no status": Case(b"AUTHENTICATE", always(b"{tag} PEUT-ETRE\r\n")),
    "login: asks without end": Case(b"AUTHENTICATE", always(b"+ \r\n" * 1000)),
    "login: a flood": Case(b"AUTHENTICATE", always(b"* OK encore\r\n" * 100_000)),
    "login: nothing": Case(b"AUTHENTICATE", always(b"")),
    "list: no name": Case(b"LIST", always(b'* LIST () "/"\r\n{tag} OK\r\n')),
    "list: rubbish": Case(b"LIST", always(b"* LIST ((((\r\n{tag} OK\r\n")),
    "list: unfinished quote": Case(b"LIST", always(b'* LIST () "/" "abc\r\n{tag} OK\r\n')),
    "list: odd bytes": Case(b"LIST", always(b'* LIST () "/" "\xff\xfe&&&-&AAAA"\r\n{tag} OK\r\n'), ()),
    "list: empty": Case(b"LIST", always(b"{tag} OK\r\n"), ()),
    "list: a name of 1 MB": Case(
        b"LIST", always(b'* LIST () "/" {%d}\r\n' % MB + b"n" * MB + b"\r\n{tag} OK\r\n"), ()
    ),
    "list: 1 000 folders": Case(
        b"LIST",
        always(b"".join(b'* LIST () "/" "a/%d"\r\n' % n for n in range(1000)) + b"{tag} OK\r\n"),
        (),
    ),
    "list: nested too deep": Case(b"LIST", always(b"* LIST " + b"(" * 100_000 + b"\r\n{tag} OK\r\n")),
    "list: a literal of 9 GB": Case(b"LIST", always(b'* LIST () "/" {9999999999}\r\nabc')),
    "list: refused": Case(b"LIST", always(b"{tag} NO pas maintenant\r\n")),
    "list: BAD": Case(b"LIST", always(b"{tag} BAD quoi\r\n")),
    "list: BYE": Case(b"LIST", always(b"* BYE au revoir\r\n")),
    "status: no numbers": Case(b"STATUS", always(b"* STATUS INBOX (MESSAGES beaucoup)\r\n{tag} OK\r\n")),
    "status: none": Case(b"STATUS", always(b"{tag} OK\r\n")),
    "status: beyond 32 bits": Case(
        b"STATUS",
        always(b"* STATUS INBOX (MESSAGES 99999999999 UIDNEXT 99999999999 UIDVALIDITY 77)\r\n{tag} OK\r\n"),
        (),
    ),
    "select: no UIDVALIDITY": Case(b"EXAMINE", always(b"* 9 EXISTS\r\n* OK [UIDNEXT 900] x\r\n{tag} OK\r\n")),
    "select: UIDVALIDITY 0": Case(
        b"EXAMINE", always(b"* 9 EXISTS\r\n* OK [UIDVALIDITY 0] x\r\n* OK [UIDNEXT 900] x\r\n{tag} OK\r\n")
    ),
    "select: negative": Case(b"EXAMINE", always(b"* -1 EXISTS\r\n* OK [UIDVALIDITY -7] x\r\n{tag} OK\r\n")),
    "select: a flood of flags": Case(
        b"EXAMINE", always(b"* FLAGS (" + b"\\Seen " * (4 * MB // 6) + b")\r\n{tag} OK\r\n")
    ),
    "select: nothing at all": Case(b"EXAMINE", always(b"{tag} OK\r\n")),
    "search: words": Case(b"UID SEARCH", always(b"* SEARCH un deux\r\n{tag} OK\r\n")),
    "search: huge numbers": Case(b"UID SEARCH", always(b"* SEARCH 99999999999999999999\r\n{tag} OK\r\n")),
    "search: refused": Case(b"UID SEARCH", always(b"{tag} NO\r\n"), ()),
    "fetch: nothing": Case(b"UID FETCH", always(b"{tag} OK\r\n"), ()),
    "fetch: refused": Case(b"UID FETCH", always(b"{tag} NO [SERVERBUG] x\r\n")),
    "fetch: unbalanced": Case(b"UID FETCH", always(b"* 1 FETCH (UID 891 FLAGS (\\Seen\r\n{tag} OK\r\n")),
    "fetch: half a pair": Case(b"UID FETCH", always(b"* 1 FETCH (UID)\r\n{tag} OK\r\n"), ()),
    "fetch: UID of words": Case(b"UID FETCH", always(b"* 1 FETCH (UID abc)\r\n{tag} OK\r\n")),
    "fetch: size of words": Case(
        b"UID FETCH", always(b"* 1 FETCH (UID 891 RFC822.SIZE gros)\r\n{tag} OK\r\n")
    ),
    "fetch: flags that are none": Case(
        b"UID FETCH", always(b"* 1 FETCH (UID 891 FLAGS Seen BODY[HEADER]<0> {3}\r\nA:b)\r\n{tag} OK\r\n"), ()
    ),
    "fetch: a literal that is shorter": Case(
        b"UID FETCH",
        always(b"* 1 FETCH (UID 891 BODY[HEADER]<0> {900}\r\nSubject: court)\r\n{tag} OK\r\n" + b"x" * 900),
        (*TOLD, "timeout"),
    ),
    "fetch: a literal of 9 GB": Case(b"UID FETCH", always(b"* 1 FETCH (UID 891 BODY[] {9999999999}\r\nabc")),
    "fetch: a literal of 1 GB": Case(b"UID FETCH", always(b"* 1 FETCH (UID 891 BODY[] {1073741824}\r\nabc")),
    "fetch: nobody asked": Case(
        b"UID FETCH",
        always(b"".join(b"* 1 FETCH (UID %d FLAGS ())\r\n" % n for n in range(5000, 9000)) + b"{tag} OK\r\n"),
        (),
    ),
    "fetch: dates of nowhere": Case(
        b"UID FETCH",
        always(
            b'* 1 FETCH (UID 891 FLAGS () INTERNALDATE "99-Foo-0000 99:99:99 +9999" RFC822.SIZE 10'
            b" BODY[HEADER]<0> {3}\r\nA:b)\r\n{tag} OK\r\n"
        ),
        (),
    ),
    "fetch: flags of strange letters": Case(
        b"UID FETCH",
        always(
            b"* 1 FETCH (UID 891 FLAGS (\xff\x00\\ {3}\r\nabc) RFC822.SIZE 10"
            b" BODY[HEADER]<0> {3}\r\nA:b)\r\n{tag} OK\r\n"
        ),
        (),
    ),
    "fetch: lines of rubbish": Case(b"UID FETCH", always(b"\x00\xff quoi ?\r\n{tag} OK\r\n")),
    "fetch: a wrong tag": Case(b"UID FETCH", always(b"zz99 OK\r\n")),
    "fetch: an invitation": Case(b"UID FETCH", always(b"+ continuez\r\n")),
    "fetch: a number of 1 000 digits": Case(
        b"UID FETCH", always(b"* " + b"9" * 1000 + b" EXISTS\r\n{tag} OK\r\n")
    ),
}  # fmt: skip


class Yesterday:
    """A BAL with three messages brought from a real server, whose name now leads elsewhere."""

    def __init__(self, desk: Practice, server: ImapServer, proxy: FaultProxy, rude: Rude, user: str) -> None:
        self.desk, self.server, self.proxy, self.rude, self.user = desk, server, proxy, rude, user
        server.append_all(user, "INBOX", [(letter(n), [], None) for n in range(3)])
        imap = Endpoint(host="localhost", port=proxy.port)
        self.account: Account = desk.joined(server, user, imap=imap)
        desk.synced()
        self.rows: list[Row] = []
        judge = server.raw_client(user)
        self.uidvalidity = int(judge.select_folder("INBOX", readonly=True)[b"UIDVALIDITY"])

    def meet(self, case: Case, *, renumbered: bool) -> SyncReport:
        self.desk.synced()
        self.rows = self.desk.rows()
        assert len(self.rows) == 3
        self.rude.verb, self.rude.say, self.rude.asked = case.verb, case.say, 0
        self.rude.inbox = 77 if renumbered else self.uidvalidity
        self.rude.more = b"" if renumbered else b"Neuf"
        self.proxy.lead_to(self.rude.port)
        begun = time.monotonic()
        try:
            return self.desk.sync()
        finally:
            self.proxy.lead_to(self.server.port_tls)
            assert time.monotonic() - begun < WITHIN_S
            assert self.rude.asked or case.verb == b"greeting", "the case was not played"


@pytest.fixture(scope="module")
def yesterday(desk: Practice, dovecot: ImapServer, server_tls: ssl.SSLContext) -> Iterator[Yesterday]:
    with FaultProxy(dovecot.port_tls) as proxy, Rude(server_tls) as rude:
        yield Yesterday(desk, dovecot, proxy, rude, dovecot.new_user("hier")[0])


WORDS = [(name, False) for name in CASES]
WORDS += [(name, True) for name, case in CASES.items() if case.verb in (b"EXAMINE", b"UID FETCH")]


@pytest.mark.parametrize(("name", "renumbered"), WORDS)
def test_nonsense(yesterday: Yesterday, name: str, renumbered: bool, patience: Callable[..., None]) -> None:
    """Said of a folder that is as it was and of one never seen; or of one whose UIDVALIDITY has changed."""
    patience(reply_s=1.5)
    case = CASES[name]
    desk = yesterday.desk
    report = yesterday.meet(case, renumbered=renumbered)
    if case.codes or report.problems:
        desk.problem(report, *(case.codes or TOLD))
    kept = [desk.view.raw(row.message) for row in yesterday.rows]
    assert all(kept), "what was here is gone"
    assert not desk.ear.times("ended", lambda pair: getattr(pair[1], "exit_code", 0) == 5)
    desk.synced()
    assert sorted(row.id for row in desk.rows()) == sorted(row.id for row in yesterday.rows)
    assert not [folder.path for folder in desk.view.folders() if folder.path.startswith(("a/", "Neuf"))]
