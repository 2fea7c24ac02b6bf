"""What servers say of folders: LIST, STATUS, SELECT, rights, quota. Pure: responses in, records out."""

import re
from collections.abc import Callable, Iterable, Sequence

from mssclient.access.failures import nonsense
from mssclient.mail.wire import Atom, Literal, Response, parse, status_code
from mssclient.model.accounts import Quota
from mssclient.model.records import Record
from mssclient.store.flags import FLAGS

__all__ = [
    "Flagged",
    "Listed",
    "Namespaces",
    "Selected",
    "Status",
    "flags_and_keywords",
    "ranges",
    "read_list",
    "read_quota",
    "read_select",
    "read_status",
    "uid_set",
]

UID_MAX = (1 << 32) - 1
MODSEQ_MAX = (1 << 63) - 1


class Status(Record, frozen=True, kw_only=True):
    """Answer of STATUS, or of LIST RETURN (STATUS …). 0 = not said."""

    messages: int = 0
    uidnext: int = 0
    uidvalidity: int = 0
    unseen: int = 0
    modseq: int = 0
    octets: int = 0


class Listed(Record, frozen=True, kw_only=True):
    """One folder of a LIST."""

    path: str
    """Decoded full name."""
    wire_name: bytes
    """As the server wrote it: what goes back to it."""
    delimiter: str
    attributes: tuple[str, ...] = ()
    """Lower case."""
    status: Status | None = None

    @property
    def selectable(self) -> bool:
        return not {"\\noselect", "\\nonexistent"} & set(self.attributes)


class Namespaces(Record, frozen=True, kw_only=True):
    """Prefixes by kind (RFC 2342), decoded."""

    personal: tuple[str, ...] = ("",)
    others: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()

    def is_shared(self, path: str) -> bool:
        """Whether this folder belongs to somebody else or to all."""
        return any(prefix and path.startswith(prefix) for prefix in (*self.others, *self.shared))


class Flagged(Record, frozen=True, kw_only=True):
    """A message's flags as the server says them now."""

    uid: int
    flags: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    modseq: int = 0


class Selected(Record, frozen=True, kw_only=True):
    """A folder at the moment of its SELECT (or of a STATUS). 0 = not said."""

    uidvalidity: int = 0
    uidnext: int = 0
    messages: int = 0
    modseq: int = 0
    """HIGHESTMODSEQ; 0 also for NOMODSEQ."""
    read_only: bool = False
    permanent: tuple[str, ...] | None = None
    """PERMANENTFLAGS as given, or None when not said (all flags are then taken to be)."""
    resynced: bool = False
    """QRESYNC was asked for and understood: ``changed`` and ``vanished`` are all that differs."""
    changed: tuple[Flagged, ...] = ()
    vanished: tuple[tuple[int, int], ...] = ()
    """Ranges of UIDs, ends included."""

    @property
    def takes_keywords(self) -> bool:
        return self.permanent is None or "\\*" in self.permanent


def number(value: Atom, limit: int = UID_MAX) -> int:
    """A number within bounds. Raises WorldError("protocol-nonsense")."""
    if isinstance(value, bytes) and value.isdigit() and len(value) < 20 and (found := int(value)) <= limit:
        return found
    raise nonsense("number")


def read_list(response: Response, decode: Callable[[bytes], str]) -> Listed:
    """``* LIST (attributes) delimiter name [extended]``. ``decode`` undoes modified UTF-7."""
    items = parse(response.pieces)
    if len(items) < 3 or not isinstance(items[0], list) or not isinstance(items[2], bytes):
        raise nonsense("LIST")
    attributes, delimiter, name = items[0], items[1], items[2]
    if isinstance(delimiter, list) or (delimiter is not None and len(delimiter) != 1):
        raise nonsense("LIST delimiter")
    return Listed(
        path=decode(name),
        wire_name=bytes(name),
        delimiter=delimiter.decode("ascii", "replace") if delimiter else "",
        attributes=tuple(_text(each).lower() for each in attributes if isinstance(each, bytes)),
    )


def read_status(response: Response) -> tuple[bytes, Status]:
    """``* STATUS name (ITEM number …)``: the name as written, and the numbers."""
    items = parse(response.pieces)
    if len(items) < 2 or not isinstance(items[0], bytes) or not isinstance(items[1], list):
        raise nonsense("STATUS")
    pairs = items[1]
    values: dict[bytes, int] = {}
    for key, value in zip(pairs[::2], pairs[1::2], strict=False):
        if isinstance(key, bytes):
            values[key.upper()] = number(value, MODSEQ_MAX)
    return bytes(items[0]), Status(
        messages=values.get(b"MESSAGES", 0),
        uidnext=values.get(b"UIDNEXT", 0),
        uidvalidity=values.get(b"UIDVALIDITY", 0),
        unseen=values.get(b"UNSEEN", 0),
        modseq=values.get(b"HIGHESTMODSEQ", 0),
        octets=values.get(b"SIZE", 0),
    )


def read_select(responses: Iterable[Response], final_code: str, asked_resync: bool) -> Selected:
    """All untagged responses to SELECT or EXAMINE, in order, and the code of its OK.

    Raises WorldError protocol-nonsense without EXISTS, which is always due (RFC 9051 §6.3.2): read as an
    empty folder it would empty ours.
    """
    values = {"UIDVALIDITY": 0, "UIDNEXT": 0, "HIGHESTMODSEQ": 0}
    messages = -1
    permanent: tuple[str, ...] | None = None
    changed: list[Flagged] = []
    vanished: list[tuple[int, int]] = []
    for response in responses:
        if response.kind == b"EXISTS":
            messages = response.number
        elif response.kind == b"OK":
            code, argument = status_code(response.pieces[0])
            if code in values:
                values[code] = number(argument.encode(), MODSEQ_MAX)
            elif code == "PERMANENTFLAGS":
                permanent = tuple(argument.strip("() ").split())
            elif code == "CLOSED":
                # QRESYNC (RFC 7162 §3.2.11): what came before belongs to the folder selected before.
                changed.clear()
                vanished.clear()
                messages = -1
        elif response.kind == b"FETCH":
            if found := read_flags(parse(response.pieces)):
                changed.append(found)
        elif response.kind == b"VANISHED":
            vanished += ranges(_words(response)[-1])
    if messages < 0:
        raise nonsense("SELECT without EXISTS")
    return Selected(
        uidvalidity=values["UIDVALIDITY"],
        uidnext=values["UIDNEXT"],
        messages=messages,
        modseq=values["HIGHESTMODSEQ"],
        read_only=final_code == "READ-ONLY",
        permanent=permanent,
        resynced=asked_resync and values["HIGHESTMODSEQ"] > 0,
        changed=tuple(changed),
        vanished=tuple(vanished),
    )


def read_flags(items: list[Atom]) -> Flagged | None:
    """UID, FLAGS and MODSEQ of a FETCH; None when it does not say both UID and FLAGS."""
    if not items or not isinstance(items[0], list):
        raise nonsense("FETCH")
    pairs = items[0]
    uid, modseq, words = 0, 0, None
    for key, value in zip(pairs[::2], pairs[1::2], strict=False):
        if key == b"UID":
            uid = number(value)
        elif key == b"FLAGS" and isinstance(value, list):
            words = value
        elif key == b"MODSEQ" and isinstance(value, list) and value:
            modseq = number(value[0], MODSEQ_MAX)
    if not uid or words is None:
        return None
    flags, keywords = flags_and_keywords(words)
    return Flagged(uid=uid, flags=flags, keywords=keywords, modseq=modseq)


_known: dict[tuple[bytes, ...], tuple[tuple[str, ...], tuple[str, ...]]] = {}


def flags_and_keywords(words: Sequence[Atom]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """System flags in lower case without backslash, and keywords as written; sorted, no \\Recent."""
    key = tuple(word for word in words if isinstance(word, bytes))
    if (known := _known.get(key)) is not None:
        return known
    lowered = {word.lower() for word in key}
    flags = tuple(name for name in FLAGS if b"\\" + name.encode() in lowered)
    result = flags, tuple(sorted({_text(word) for word in key if not word.startswith(b"\\")}))
    if len(_known) < 4096:  # the same few combinations come back a hundred thousand times
        _known[key] = result
    return result


def ranges(text: bytes) -> list[tuple[int, int]]:
    """A UID set (RFC 3501 sequence-set without ``*``) as ranges, ends included."""
    found: list[tuple[int, int]] = []
    for part in text.split(b",") if text else ():
        first, colon, last = part.partition(b":")
        low = number(first)
        high = number(last) if colon else low
        found.append((min(low, high), max(low, high)))
    return found


def uid_set(uids: Iterable[int]) -> bytes:
    """The shortest sequence-set for these UIDs."""
    parts: list[bytes] = []
    first = last = 0
    for uid in sorted(set(uids)):
        if last and uid == last + 1:
            last = uid
            continue
        if last:
            parts.append(b"%d" % first if first == last else b"%d:%d" % (first, last))
        first = last = uid
    if last:
        parts.append(b"%d" % first if first == last else b"%d:%d" % (first, last))
    return b",".join(parts)


def expanded(found: Iterable[tuple[int, int]], limit: int = 2_000_000) -> list[int]:
    """Every UID of these ranges, in their order. Raises WorldError("protocol-nonsense") past ``limit``."""
    uids: list[int] = []
    for first, last in found:
        if last - first >= limit - len(uids):
            raise nonsense("too many UIDs")
        uids.extend(range(first, last + 1))
    return uids


_PART_OCTETS = 7000


def parts(uids: bytes) -> list[bytes]:
    """A long sequence-set cut at commas: lines that servers take (RFC 7162 §4)."""
    cut: list[bytes] = []
    while len(uids) > _PART_OCTETS:
        comma = uids.rfind(b",", 0, _PART_OCTETS)
        cut.append(uids[:comma])
        uids = uids[comma + 1 :]
    return [*cut, uids] if uids else cut


def header_value(field: bytes) -> bytes:
    """The unfolded value of the first field of a header block."""
    _name, _colon, value = field.replace(b"\r\n", b"\n").partition(b":")
    end = re.search(rb"\n(?![ \t])", value)
    return b" ".join((value[: end.start()] if end else value).split())


def read_quota(responses: Iterable[Response]) -> Quota | None:
    """The STORAGE resource of the first quota root that has one (RFC 9208; units of 1024 octets)."""
    for response in responses:
        if response.kind != b"QUOTA":
            continue
        items = parse(response.pieces)
        triplets = items[-1] if items and isinstance(items[-1], list) else []
        for name, used, limit in zip(triplets[::3], triplets[1::3], triplets[2::3], strict=False):
            if isinstance(name, bytes) and name.upper() == b"STORAGE":
                return Quota(
                    used_octets=number(used, MODSEQ_MAX) * 1024, limit_octets=number(limit, MODSEQ_MAX) * 1024
                )
    return None


_RIGHTS = re.compile(r"[a-z0-9]*$")


def read_rights(response: Response) -> str:
    """``* MYRIGHTS name rights`` (RFC 4314)."""
    words = parse(response.pieces)
    rights = _text(words[-1]) if words and isinstance(words[-1], bytes) else ""
    if len(words) < 2 or not _RIGHTS.match(rights):
        raise nonsense("MYRIGHTS")
    return rights


def read_namespaces(response: Response, decode: Callable[[bytes], str]) -> Namespaces:
    """``* NAMESPACE personal others shared`` (RFC 2342)."""
    items = parse(response.pieces)
    if len(items) < 3:
        raise nonsense("NAMESPACE")
    prefixes = [
        tuple(
            decode(each[0])
            for each in (group if isinstance(group, list) else [])
            if isinstance(each, list) and each and isinstance(each[0], bytes)
        )
        for group in items[:3]
    ]
    return Namespaces(personal=prefixes[0] or ("",), others=prefixes[1], shared=prefixes[2])


def _words(response: Response) -> list[bytes]:
    if isinstance(response.pieces[-1], Literal) or not (words := response.pieces[0].split()):
        raise nonsense(response.kind.decode("ascii", "replace"))
    return words


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
