"""The reading half of a session: what is on the server. On our own wire only, no imapclient."""

import contextlib
import itertools
import re
from collections.abc import Callable, Iterable, Iterator

from mssclient.access.failures import nonsense
from mssclient.access.stream import Stream
from mssclient.mail import listing
from mssclient.mail.fetching import BODY_LIMITS, HEADER_LIMITS, Fetched, fetch
from mssclient.mail.listing import Flagged, Listed, Namespaces, Selected, Status, expanded, uid_set
from mssclient.mail.problems import refused
from mssclient.mail.wire import Limits, Literal, Outcome, Response, Wire
from mssclient.model.accounts import Quota
from mssclient.model.errors import Refused, WorldError
from mssclient.operators.capabilities import Capabilities

__all__ = ["SMALL", "Reader", "quoted"]

HEADER_OCTETS = 2 << 20
"""Of a header block that is asked for while the body is not here; one that is longer is read with it."""
SMALL = Limits(line_octets=1 << 20, literal_octets=1 << 16, response_octets=1 << 21, total_octets=1 << 24)
"""For answers that hold no mail."""


def quoted(text: bytes) -> bytes:
    """A quoted string (RFC 9051 §4.3). ``text`` holds no CR, LF or NUL."""
    return b'"' + text.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


_UNSAYABLE = re.compile(rb"[\r\n\0]")
"""What no quoted string can hold: sent back, the rest of such a name would be a command of its own."""


class Reader:
    """Verbs that look at one mailbox. Every failure is a WorldError (or Refused); after connection-lost,
    timeout or protocol-nonsense the session is over. One thread."""

    def __init__(
        self,
        stream: Stream,
        capabilities: Capabilities,
        decode: Callable[[bytes], str],
        encode: Callable[[str], bytes],
    ) -> None:
        """``decode`` and ``encode`` do modified UTF-7."""
        self.stream = stream
        self.capabilities = capabilities
        self.wire = Wire(stream, capabilities)
        self.selected = ""
        """Path of the selected folder, "" for none."""
        self.uidvalidity = 0
        """Of the selected folder."""
        self.uidnext = 0
        """Of the selected folder when it was selected."""
        self.examined = False
        """The folder was selected by EXAMINE: nothing can be changed in it."""
        self.read_only = False
        """The server allows no change (READ-ONLY), or EXAMINE was asked for."""
        self.exists = 0
        """Messages in the selected folder, as far as the server told."""
        self.permanent: tuple[str, ...] | None = None
        """PERMANENTFLAGS of the selected folder; None = not said, all are kept."""
        self.qresync = False
        """QRESYNC was switched on."""
        self._decode = decode
        self._encode = encode
        self._names: dict[str, bytes] = {}

    # -- folders -----------------------------------------------------------------------------------

    def namespaces(self) -> Namespaces:
        """As the server tells; all is the person's own when it refuses to."""
        if self.capabilities.namespace:
            with contextlib.suppress(Refused):
                for response in self.ask("NAMESPACE", b"NAMESPACE"):
                    if response.kind == b"NAMESPACE":
                        return listing.read_namespaces(response, self._decode)
        return Namespaces()

    def list_folders(self, *, status: bool = False) -> list[Listed]:
        """Every folder; with ``status`` (and LIST-STATUS) also its numbers in the same round trip."""
        caps = self.capabilities
        options: list[bytes] = [b"SPECIAL-USE"] if caps.special_use else []
        if status and caps.list_status:
            options.append(b"STATUS (" + self._status_items() + b")")
        command = b'LIST "" "*"'
        if caps.list_extended and options:
            command += b" RETURN (" + b" ".join(options) + b")"
        found: dict[bytes, Listed] = {}
        numbers: dict[bytes, Status] = {}
        for response in self.ask("LIST", command, limits=Limits()):
            if response.kind == b"LIST":
                each = listing.read_list(response, self._decode)
                if not _UNSAYABLE.search(each.wire_name):
                    found.setdefault(each.wire_name, each)
            elif response.kind == b"STATUS":
                name, each_status = listing.read_status(response)
                numbers[name] = each_status
        folders: list[Listed] = []
        for name, each in found.items():
            folder = Listed(
                path="INBOX" if name.upper() == b"INBOX" else each.path,
                wire_name=name,
                delimiter=each.delimiter,
                attributes=each.attributes,
                status=numbers.get(name),
            )
            self._names[folder.path] = name
            folders.append(folder)
        return folders

    def _status_items(self) -> bytes:
        items = b"MESSAGES UIDNEXT UIDVALIDITY UNSEEN"
        return items + b" HIGHESTMODSEQ" if self.capabilities.condstore else items

    def status(self, path: str) -> Status:
        """STATUS of one folder; not of the selected one (RFC 9051 §6.3.11)."""
        for response in self.ask("STATUS", b"STATUS %b (%b)" % (self.quoted(path), self._status_items())):
            if response.kind == b"STATUS":
                return listing.read_status(response)[1]
        raise nonsense("STATUS without numbers")

    def rights(self, path: str) -> str:
        """MYRIGHTS; "" when the server has no ACL or will not say."""
        if self.capabilities.acl:
            with contextlib.suppress(WorldError):
                for response in self.ask("MYRIGHTS", b"MYRIGHTS " + self.quoted(path)):
                    if response.kind == b"MYRIGHTS":
                        return listing.read_rights(response)
        return ""

    def quota(self, path: str = "INBOX") -> Quota | None:
        """The storage quota that counts for this folder, None when there is none or it will not say."""
        if not self.capabilities.quota:
            return None
        try:
            responses = self.ask("GETQUOTAROOT", b"GETQUOTAROOT " + self.quoted(path))
        except Refused:
            return None
        try:
            return listing.read_quota(responses)
        except WorldError:
            return None  # numbers that are none: nothing else of the dialogue is in doubt

    def select(self, path: str, *, known: tuple[int, int] | None = None, read_only: bool = False) -> Selected:
        """SELECT; ``known`` = (UIDVALIDITY, MODSEQ) makes it a QRESYNC where that is on."""
        resync = bool(known and known[0] and known[1] and self.qresync)
        command = (b"EXAMINE " if read_only else b"SELECT ") + self.quoted(path)
        if resync and known:
            command += b" (QRESYNC (%d %d))" % known
        elif self.capabilities.condstore and not self.qresync:
            command += b" (CONDSTORE)"
        responses: list[Response] = []
        code = ""
        self.selected = ""
        for answer in self.wire.run(command):
            if isinstance(answer, Outcome):
                if answer.status != b"OK":
                    raise refused("SELECT", answer.status.decode(), answer.code)
                code = answer.code
            else:
                responses.append(answer)
        found = listing.read_select(responses, code, resync)
        self.selected, self.exists, self.read_only = path, found.messages, found.read_only
        self.uidvalidity, self.uidnext, self.examined = found.uidvalidity, found.uidnext, read_only
        self.permanent = found.permanent
        return found

    # -- messages ----------------------------------------------------------------------------------

    def fetch_headers(self, uids: Iterable[int], *, structure: bool = False) -> Iterator[Fetched]:
        """Flags, date, size and header of these messages, in the server's order."""
        items = b"(" + self._facts() + (b" BODYSTRUCTURE" if structure else b"")
        yield from self._fetch(
            uid_set(uids), items + b" BODY.PEEK[HEADER]<0.%d>)" % HEADER_OCTETS, HEADER_LIMITS
        )

    def fetch_whole(self, uids: Iterable[int]) -> Iterator[Fetched]:
        """Flags, date, size and all octets of these messages."""
        yield from self._fetch(uid_set(uids), b"(" + self._facts() + b" BODY.PEEK[])", BODY_LIMITS)

    def _facts(self) -> bytes:
        items = b"UID FLAGS INTERNALDATE RFC822.SIZE"
        return items + b" MODSEQ" if self.capabilities.condstore else items

    def fetch_bodies(self, uids: Iterable[int]) -> Iterator[Fetched]:
        """All octets of these messages."""
        yield from self._fetch(uid_set(uids), b"(UID BODY.PEEK[])", BODY_LIMITS)

    def fetch_flags(self, uids: bytes = b"1:*", *, changed_since: int = 0) -> list[Flagged]:
        """Flags of a UID set; with ``changed_since`` only of what changed after that MODSEQ (CONDSTORE)."""
        items = b"(UID FLAGS)"
        if changed_since:
            items += b" (CHANGEDSINCE %d)" % changed_since
        return [
            Flagged(uid=each.uid, flags=each.flags, keywords=each.keywords, modseq=each.modseq)
            for each in self._fetch(uids, items, HEADER_LIMITS)
            if each.flags is not None
        ]

    def fetch_sizes(self, uids: bytes) -> Iterator[Fetched]:
        """RFC822.SIZE of a UID set."""
        yield from self._fetch(uids, b"(UID RFC822.SIZE)", HEADER_LIMITS)

    def fetch_identities(self, uids: bytes = b"1:*") -> Iterator[Fetched]:
        """Size, date and Message-ID field (in ``raw``): what tells one message from another."""
        items = b"(UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])"
        yield from self._fetch(uids, items, HEADER_LIMITS)

    def _fetch(self, uids: bytes, items: bytes, limits: Limits) -> Iterator[Fetched]:
        for part in listing.parts(uids):
            for answer in fetch(self.wire, part, items, limits):
                if isinstance(answer, Fetched):
                    yield answer
                elif isinstance(answer, Outcome):
                    if answer.status != b"OK":
                        raise refused("FETCH", answer.status.decode(), answer.code)
                else:
                    self.note(answer)

    def search_uids(self, criteria: bytes = b"ALL", *more: bytes) -> list[int]:
        """UID SEARCH, sorted. ``more`` continues the criteria; a Literal among it is sent as one."""
        found: list[int] = []
        returning = b"RETURN (ALL) " if self.capabilities.esearch else b""
        for response in self.ask("SEARCH", b"UID SEARCH " + returning + criteria, *more, limits=Limits()):
            if response.kind == b"SEARCH":
                words = response.pieces[0].partition(b"(")[0].split()
                found += [listing.number(word) for word in words]
            elif response.kind == b"ESEARCH":
                for key, value in itertools.pairwise(response.pieces[0].split()):
                    if key.upper() == b"ALL":
                        found += expanded(listing.ranges(value))
        return sorted(set(found))

    def find_message_id(self, rfc_message_id: str) -> list[int]:
        """UIDs in the selected folder whose Message-ID is exactly this one (angle brackets included)."""
        wanted = rfc_message_id.encode("utf-8", "replace")
        if not wanted or any(octet in wanted for octet in b"\r\n\0"):
            return []
        argument = quoted(wanted) if wanted.isascii() else Literal(wanted)
        candidates = self.search_uids(b"HEADER MESSAGE-ID ", argument)
        if not candidates:
            return []
        # SEARCH HEADER looks for a substring (RFC 9051 §6.4.4): the exact one is asked for.
        return [
            each.uid
            for each in self.fetch_identities(uid_set(candidates[-100:]))
            if each.raw is not None and listing.header_value(each.raw) == wanted
        ]

    # -- inside ------------------------------------------------------------------------------------

    def quoted(self, path: str) -> bytes:
        """The folder's name as the server wrote it, or would."""
        return quoted(self.wire_name(path))

    def wire_name(self, path: str) -> bytes:
        return self._names.get(path) or self._encode(path)

    def note(self, response: Response) -> None:
        """Keep count of the selected folder."""
        if response.kind == b"EXISTS":
            self.exists = response.number
        elif response.kind == b"EXPUNGE":
            self.exists = max(0, self.exists - 1)
        elif response.kind == b"VANISHED":
            words = response.pieces[0].split()
            if words and words[0].upper() != b"(EARLIER)":
                gone = sum(last - first + 1 for first, last in listing.ranges(words[-1]))
                self.exists = max(0, self.exists - gone)

    def ask(self, name: str, command: bytes, *more: bytes, limits: Limits = SMALL) -> list[Response]:
        """All untagged responses to a command. Raises the error for NO and BAD."""
        responses: list[Response] = []
        for answer in self.wire.run(command, *more, limits=limits):
            if isinstance(answer, Outcome):
                if answer.status != b"OK":
                    raise refused(name, answer.status.decode(), answer.code)
            else:
                self.note(answer)
                responses.append(answer)
        return responses
