"""From a TCP connection to an authenticated ManageSieve stream (RFC 5804)."""

import base64
import contextlib
import re

from mssclient.access.credential import Credential, PasswordCredential, TokenCredential
from mssclient.access.failures import (
    login_impossible,
    login_refused,
    nonsense,
    server_busy,
    server_moved,
    starttls_missing,
)
from mssclient.access.refusals import from_sieve
from mssclient.access.stream import Stream
from mssclient.model.accounts import Endpoint
from mssclient.model.errors import MssError
from mssclient.model.records import Record

__all__ = ["Item", "ManageSieve", "Reply", "SieveCapabilities", "read_reply", "string"]

Item = str | bytes
"""Of a line: a word in upper case or a parenthesis is str, a string bytes."""

_TOKEN = re.compile(
    rb' *(?:"(?P<quoted>(?:[^"\\\0\r]|\\[^\0\r])*)"'
    rb'|(?P<word>[()]|[^\x00-\x20"(){}\\\x7f-\xff]+)'
    rb"|\{(?P<literal>\d{1,19})\+?\}$)"
)
_ESCAPED = re.compile(rb"\\(.)")
_STATUSES = ("OK", "NO", "BYE")
_REPLY_OCTETS = 1 << 16
_REPLY_S = 120.0
"""For a whole reply, however slowly its octets come."""
_CHALLENGES_MAX = 4
_QUOTED_OCTETS = 1024
"""RFC 5804 §4: what is longer goes as a literal."""
_MECHANISMS = frozenset(("PLAIN", "EXTERNAL", "XOAUTH2", "OAUTHBEARER"))


class SieveCapabilities(Record, frozen=True, kw_only=True):
    """What a server of filters can do (RFC 5804 §1.7)."""

    implementation: str = ""
    auth: tuple[str, ...] = ()
    """SASL mechanisms, upper case."""
    extensions: tuple[str, ...] = ()
    """Of the Sieve language, lower case."""
    starttls: bool = False


class Reply(Record, frozen=True, kw_only=True):
    """One reply: what was asked for, then whether it was done (RFC 5804 §1.2, §1.3)."""

    status: str
    """ "OK", "NO" or "BYE"."""
    code: str = ""
    """The response code, upper case: "TRYLATER", "QUOTA/MAXSIZE"."""
    words: str = ""
    """For people; they may hold an address: never logged."""
    lines: tuple[tuple[Item, ...], ...] = ()
    """What came before; the first item of each is a string."""

    def __repr__(self) -> str:
        return f"Reply(status={self.status!r})"

    @property
    def good(self) -> bool:
        return self.status == "OK"


class ManageSieve:
    """A ManageSieve dialogue. Thread: the one that opened it."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.capabilities = SieveCapabilities()

    # -- getting in ------------------------------------------------------------------------------

    def greet(self) -> None:
        """Read what the server says first, and says again by itself after the handshake (§2.2).

        Raises WorldError: server-busy, protocol-nonsense; Refused("server-moved").
        """
        self._learn(self.read_reply())

    def upgrade(self) -> None:
        """Ask for STARTTLS; the caller then does the handshake and calls :meth:`greet` once more.

        Raises Refused("starttls-missing"): nothing was sent in clear.
        """
        if not self.capabilities.starttls or not self.command(b"STARTTLS").good:
            self.close()
            raise starttls_missing()

    def log_in(self, credential: Credential, endpoint: Endpoint) -> None:
        """AUTHENTICATE by the first mechanism that both sides know. Raises as ``imap.log_in``, and
        Refused("server-moved")."""
        if not self.stream.secured:
            raise starttls_missing()
        if isinstance(credential, PasswordCredential) and "\0" in credential.login + credential.secret.value:
            raise login_refused("NUL")
        common = _MECHANISMS.intersection(self.capabilities.auth)
        mechanism = next((each for each in credential.mechanisms if each in common), "")
        if not mechanism:
            raise login_impossible(" ".join(self.capabilities.auth)[:100])
        reply = self._authenticate(credential, mechanism, endpoint)
        if not reply.good:
            self.close()
            raise from_sieve(reply.status, reply.code, reply.words, credential)
        # What OK may add for SASL is looked at by none of these mechanisms.
        self._learn(self.command(b"CAPABILITY"))

    def _authenticate(self, credential: Credential, mechanism: str, endpoint: Endpoint) -> Reply:
        response = base64.b64encode(credential.response(mechanism, endpoint))
        answers, last = [string(response)], string(credential.last_word(mechanism))
        command = b"AUTHENTICATE " + string(mechanism.encode())
        token = isinstance(credential, TokenCredential)
        # A token goes without an initial response: what MSSanté operators were seen to take.
        if not token:
            command += b" " + answers[0]
            if response:  # an empty one is no response at all to some servers, which then ask for it
                answers.clear()
        with self.stream.within(_REPLY_S):
            return self._dance([command, *answers, last], challenge_is_no=token)

    def _dance(self, queue: list[bytes], *, challenge_is_no: bool) -> Reply:
        """The command, then one answer for each challenge.

        ``challenge_is_no``: one after the first answer says why the server refuses; servers were seen to
        drop the connection behind it, which is a NO then.
        """
        for challenges in range(_CHALLENGES_MAX + 1):
            try:
                # Nothing more to say: "*" cancels the exchange (§2.1).
                self.stream.write((queue.pop(0) if queue else b'"*"') + b"\r\n")
                line = _Reading(self.stream, _REPLY_OCTETS).line()
            except MssError as error:
                if challenge_is_no and challenges > 1 and error.code == "connection-lost":
                    return Reply(status="NO")
                raise
            if line[0] in _STATUSES:
                return _ended(line, [])
            if len(line) != 1 or isinstance(line[0], str):
                raise nonsense("SASL challenge")
        raise nonsense("challenges without end")

    def _learn(self, reply: Reply) -> None:
        if not reply.good:
            self.close()
            raise server_moved() if reply.code == "REFERRAL" else server_busy(reply.status)
        self.capabilities = _capabilities(reply)

    # -- the dialogue ----------------------------------------------------------------------------

    def command(self, word: bytes, *arguments: bytes, limit_octets: int = _REPLY_OCTETS) -> Reply:
        """Send one command with its arguments, each any octets as a string, and wait for its reply.

        Raises WorldError: connection-lost, timeout, protocol-nonsense (also for a reply with more than
        ``limit_octets``).
        """
        self.stream.write(b" ".join((word, *map(string, arguments))) + b"\r\n")
        return self.read_reply(limit_octets)

    def read_reply(self, limit_octets: int = _REPLY_OCTETS) -> Reply:
        """The next reply. Raises as :meth:`command`."""
        with self.stream.within(_REPLY_S):
            return read_reply(self.stream, limit_octets)

    def log_out(self) -> None:
        """Say goodbye and close. Raises nothing."""
        with contextlib.suppress(MssError):
            self.command(b"LOGOUT")
        self.close()

    def close(self) -> None:
        self.stream.close()


def string(data: bytes) -> bytes:
    """As it is sent: quoted when it is short and ASCII, else a literal that waits for nobody (§1.6)."""
    if len(data) <= _QUOTED_OCTETS and all(0x20 <= octet < 0x7F for octet in data):
        return b'"' + data.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    return b"{%d+}\r\n" % len(data) + data


def read_reply(stream: Stream, limit_octets: int) -> Reply:
    """One reply. Raises as :meth:`ManageSieve.command`."""
    reading = _Reading(stream, limit_octets)
    lines: list[tuple[Item, ...]] = []
    while True:
        line = reading.line()
        if line[0] in _STATUSES:
            return _ended(line, lines)
        if isinstance(line[0], str):
            raise nonsense("ManageSieve reply")
        lines.append(line)


class _Reading:
    """Lines of one reply, and what it may still hold."""

    def __init__(self, stream: Stream, octets: int) -> None:
        self._stream = stream
        self._left = octets

    def line(self) -> tuple[Item, ...]:
        """The items of the next line, with its literals; one at least."""
        items: list[Item] = []
        while True:
            line = self._stream.read_line(self._left)
            self._spend(len(line) + 2)
            size = _split(line, items)
            if size is None:
                break
            self._spend(size)
            items.append(self._stream.read_exactly(size))
        if not items:
            raise nonsense("empty line")
        return tuple(items)

    def _spend(self, octets: int) -> None:
        self._left -= octets
        if self._left < 0:
            raise nonsense("ManageSieve reply too long")


def _split(line: bytes, items: list[Item]) -> int | None:
    """Add what is in ``line``; the size of the literal that follows it, or None."""
    at, end = 0, len(line.rstrip(b" "))
    while at < end:
        token = _TOKEN.match(line, at, end)
        if token is None:
            raise nonsense("ManageSieve line")
        if (literal := token["literal"]) is not None:
            return int(literal)
        if (word := token["word"]) is not None:
            items.append(word.decode("ascii").upper())
        else:
            items.append(_ESCAPED.sub(rb"\1", token["quoted"]))
        at = token.end()
    return None


def _ended(line: tuple[Item, ...], lines: list[tuple[Item, ...]]) -> Reply:
    """The reply that this line ends: a status, perhaps a code in parentheses, perhaps words."""
    code, rest = _code(line[1:])
    if len(rest) > 1 or any(isinstance(each, str) for each in rest):
        raise nonsense("ManageSieve reply")
    words = b"".join(each for each in rest if isinstance(each, bytes)).decode("utf-8", "replace")
    return Reply(status=str(line[0]), code=code, words=words, lines=tuple(lines))


def _code(items: tuple[Item, ...]) -> tuple[str, tuple[Item, ...]]:
    """The response code, "" without one, and what follows it."""
    if items[:1] != ("(",):
        return "", items
    depth = 0
    for place, item in enumerate(items):
        depth += (item == "(") - (item == ")")
        if not depth:
            code = items[1]
            if not isinstance(code, str) or code in ("(", ")"):
                break
            return code, items[place + 1 :]
    raise nonsense("response code")


def _capabilities(reply: Reply) -> SieveCapabilities:
    """Names in any case, each with one value or none (§1.7). Raises WorldError("protocol-nonsense")."""
    found: dict[str, str] = {}
    for line in reply.lines:
        strings = [each.decode("utf-8", "replace") for each in line if isinstance(each, bytes)]
        if len(strings) != len(line) or len(line) > 2:
            raise nonsense("ManageSieve capability")
        found[strings[0].upper()] = "".join(strings[1:])
    return SieveCapabilities(
        implementation=found.get("IMPLEMENTATION", ""),
        auth=tuple(found.get("SASL", "").upper().split()),
        extensions=tuple(found.get("SIEVE", "").lower().split()),
        starttls="STARTTLS" in found,
    )
