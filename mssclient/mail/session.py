"""A logged-in IMAP session: the only file that knows imapclient.

imapclient is a dialogue layer for plain commands. It reads and writes through our stream (bounded,
interruptible); its debug level, which sends mail text to a logger and makes it five times slower, is
off; IDLE, FETCH, SELECT, LIST, APPEND and all that names a folder are ours. One instance = one thread.
"""

import contextlib
import imaplib
import logging
import re
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from imapclient import IMAPClient
from imapclient.imap_utf7 import decode as decode_utf7
from imapclient.imap_utf7 import encode as encode_utf7

from mssclient.access.credential import Credential
from mssclient.access.failures import nonsense
from mssclient.access.open import Opened, Patience, open_imap
from mssclient.access.stream import Stream
from mssclient.mail import listing
from mssclient.mail.idling import idle
from mssclient.mail.problems import refused
from mssclient.mail.reading import SMALL, Reader
from mssclient.mail.wire import Limits, Literal, Outcome, Response, status_code
from mssclient.model.accounts import Account
from mssclient.model.errors import MssError
from mssclient.operators.capabilities import Capabilities

__all__ = ["Session", "open_session"]

logging.getLogger("imapclient").setLevel(logging.CRITICAL + 1)

_UIDS_MAX = 500
"""UIDs in one changing command: keeps lines under the 8000 octets that servers take (RFC 7162 §4)."""


def open_session(
    account: Account,
    credential: Credential,
    patience: Patience | None = None,
    opened: Opened | None = None,
) -> "Session":
    """Connect, log in, ENABLE what is offered. Raises as :func:`mssclient.access.open.open_imap`."""
    found = open_imap(account, credential, patience, opened)
    try:
        session = Session(found.stream, found.capabilities)
        session.begin()
    except BaseException:
        found.stream.close()
        raise
    return session


class _Line(imaplib.IMAP4):
    """imaplib on our stream. Greeting and login are over: it is told PREAUTH, once, by us."""

    def __init__(self, stream: Stream, capabilities: Capabilities) -> None:
        self._stream = stream
        self._tokens = capabilities.tokens
        self._greeting = [b"* PREAUTH\r\n"]
        super().__init__()

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:
        self.host = host
        self.port = port

    def _get_capabilities(self) -> None:
        self.capabilities = (*self._tokens, "IMAP4REV1")  # also for a server that says IMAP4rev2 only

    def read(self, size: int) -> bytes:
        if size > SMALL.literal_octets:
            self._stream.close()
            raise nonsense("literal too big")
        return self._stream.read_exactly(size)

    def readline(self) -> bytes:
        if self._greeting:
            return self._greeting.pop()
        line = self._stream.read_line(SMALL.line_octets)
        # RFC 9051 wants words after the status; imaplib takes a line without them for nonsense.
        return line + (b" \r\n" if line.endswith((b" OK", b" NO", b" BAD")) else b"\r\n")

    def send(self, data: Any) -> None:
        self._stream.write(data)

    def shutdown(self) -> None:
        self._stream.close()

    def socket(self) -> Any:
        return None


class _Client(IMAPClient):
    def __init__(self, stream: Stream, capabilities: Capabilities) -> None:
        self.line = _Line(stream, capabilities)
        super().__init__(stream.host, port=0, ssl=False)
        self.line.debug = 0
        self._cached_capabilities = tuple(token.encode() for token in capabilities.tokens)

    def _create_IMAP4(self) -> Any:
        return self.line

    def _set_read_timeout(self) -> None:
        """The stream has its own patience."""


def decode_name(wire_name: bytes) -> str:
    """A folder's name for people; one that can't be decoded is shown as it is."""
    try:
        return decode_utf7(wire_name) if wire_name.isascii() else wire_name.decode()
    except (UnicodeError, ValueError, IndexError):
        return wire_name.decode("ascii", "replace")


class Session(Reader):
    """A :class:`Reader` that can change things, wait and end."""

    def __init__(self, stream: Stream, capabilities: Capabilities) -> None:
        super().__init__(stream, capabilities, decode_name, encode_utf7)
        self._client: Any = _Client(stream, capabilities)

    # -- beginning and end -------------------------------------------------------------------------

    def begin(self) -> None:
        """ENABLE QRESYNC where offered (RFC 7162 §3.2.3)."""
        if self.capabilities.qresync:
            enabled = self._plain("ENABLE", lambda: self._client.enable("QRESYNC"))
            self.qresync = any(each.upper() == b"QRESYNC" for each in enabled)

    def close(self) -> None:
        """End at once, without a word. Any thread."""
        self.stream.close()

    def log_out(self) -> None:
        """Say LOGOUT and leave; never raises."""
        with contextlib.suppress(Exception):
            self.stream.write(b"z LOGOUT\r\n")
        self.stream.close()

    # -- changing ----------------------------------------------------------------------------------

    def create(self, path: str) -> None:
        """CREATE; one that exists already is well."""
        try:
            self.ask("CREATE", b"CREATE " + self.quoted(path))
        except MssError as error:
            if "ALREADYEXISTS" not in error.detail:
                raise

    def store_flags(self, uids: Sequence[int], add: Sequence[str] = (), remove: Sequence[str] = ()) -> None:
        """±FLAGS.SILENT. Names as the server writes them (``\\Seen``, ``Urgent``)."""
        client: Any = self._client
        for some in _slices(uids):
            if add:
                self._plain("STORE", lambda some=some: client.add_flags(some, list(add), silent=True))
            if remove:
                self._plain("STORE", lambda some=some: client.remove_flags(some, list(remove), silent=True))

    def copy(self, uids: Sequence[int], path: str) -> dict[int, int]:
        """UID COPY; old UID → new UID as far as the server tells (UIDPLUS)."""
        return self._carry(b"COPY", uids, path)

    def move(self, uids: Sequence[int], path: str) -> dict[int, int]:
        """UID MOVE (RFC 6851), which the server must offer; answers as :meth:`copy`."""
        return self._carry(b"MOVE", uids, path)

    def _carry(self, verb: bytes, uids: Sequence[int], path: str) -> dict[int, int]:
        found: dict[int, int] = {}
        for some in _slices(uids):
            command = b"UID %b %b %b" % (verb, listing.uid_set(some), self.quoted(path))
            told = ""
            for answer in self.wire.run(command, limits=SMALL):
                if isinstance(answer, Outcome):
                    if answer.status != b"OK":
                        raise refused(verb.decode(), answer.status.decode(), answer.code)
                    told = answer.argument if answer.code == "COPYUID" else told
                    continue
                self.note(answer)
                code, argument = status_code(answer.pieces[0]) if answer.kind == b"OK" else ("", "")
                told = argument if code == "COPYUID" else told  # before the OK of MOVE (RFC 6851 §4.3)
            found |= _copyuid(told)
        return found

    def expunge(self, uids: Sequence[int]) -> None:
        """UID EXPUNGE of these alone (UIDPLUS), which the server must offer."""
        for some in _slices(uids):
            self._plain("EXPUNGE", lambda some=some: self._client.uid_expunge(some))

    def expunge_all(self) -> None:
        """EXPUNGE: all that is \\Deleted goes. Only after a look that nobody else's deletions are there."""
        self.ask("EXPUNGE", b"EXPUNGE", limits=Limits())

    def append(self, path: str, raw: bytes, flags: Sequence[str] = ()) -> int:
        """APPEND these octets unchanged (imaplib rewrites line ends). The new UID, 0 when not told."""
        words = " ".join(flags).encode("ascii")
        command = b"APPEND " + self.quoted(path) + (b" (" + words + b") " if words else b" ")
        uid = 0
        # A hundred kilobytes a second at least.
        for answer in self.wire.run(command, Literal(raw), extra_seconds=len(raw) / 100_000):
            if isinstance(answer, Response):
                self.note(answer)
            elif answer.status != b"OK":
                raise refused("APPEND", answer.status.decode(), answer.code)
            else:
                uid = _append_uid(answer)
        return uid

    # -- waiting -----------------------------------------------------------------------------------

    def noop(self) -> None:
        """Give the server a chance to tell what is new."""
        self._plain("NOOP", self._client.noop)

    def idle(self, seconds: float, wake: socket.socket | None = None) -> list[Response] | None:
        """See :func:`mssclient.mail.idling.idle`."""
        news = idle(self.wire, seconds, wake)
        for each in news or ():
            self.note(each)
        return news

    # -- inside ------------------------------------------------------------------------------------

    def _plain(self, name: str, call: Callable[[], Any]) -> Any:
        """A command of imapclient: its exceptions become ours, what it collected is noted and forgotten."""
        line = self._client.line
        line.untagged_responses = {}
        # Our SELECT is unknown to imaplib, which would refuse to send UID commands.
        line.state = "SELECTED" if self.selected else "AUTH"
        self.stream.deadline = time.monotonic() + SMALL.seconds
        try:
            return call()
        except imaplib.IMAP4.abort:
            self.stream.close()
            raise nonsense(name) from None
        except imaplib.IMAP4.error as error:
            # "copy failed: [TRYCREATE] …": the text may hold a folder's name, only the code is kept.
            found = re.search(r"\[([A-Z-]+)[\] ]", str(error))
            code = found.group(1) if found else ""
            raise refused(name, "NO", code) from None
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, AssertionError):
            self.stream.close()
            raise nonsense(name) from None
        finally:
            self.stream.deadline = 0.0
            self._collect(line.untagged_responses)

    def _collect(self, untagged: dict[str, list[Any]]) -> None:
        for kind, values in untagged.items():
            for value in values:
                data = value if isinstance(value, bytes) else b""
                if kind == "EXISTS":
                    self.exists = int(data) if data.isdigit() and len(data) < 11 else self.exists
                elif kind in ("EXPUNGE", "VANISHED"):
                    self.note(Response(kind.encode(), -1, (data,)))


def _copyuid(argument: str) -> dict[int, int]:
    """Old UID → new UID; {} when the server does not tell, or tells what makes no pairs."""
    words = argument.encode().split()
    if len(words) != 3:
        return {}
    try:
        old, new = (listing.expanded(listing.ranges(each), _UIDS_MAX) for each in words[1:])
    except MssError:
        return {}  # it was carried out all the same: the next synchronisation finds them
    return dict(zip(old, new, strict=True)) if len(old) == len(new) else {}


def _append_uid(outcome: Outcome) -> int:
    words = outcome.argument.encode().split()
    if outcome.code != "APPENDUID" or len(words) != 2:
        return 0
    try:
        return listing.number(words[1])
    except MssError:
        return 0


def _slices(uids: Sequence[int]) -> Iterator[list[int]]:
    ordered = sorted(set(uids))
    for start in range(0, len(ordered), _UIDS_MAX):
        yield ordered[start : start + _UIDS_MAX]
