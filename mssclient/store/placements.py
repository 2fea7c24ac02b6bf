"""Placements: messages in folders, as the synchronisation brings them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from mssclient.model.ids import AccountId, FolderId, MessageId, PlacementId
from mssclient.model.messages import Annotation
from mssclient.model.records import Record
from mssclient.store import effects
from mssclient.store.bodies import Packed, pack
from mssclient.store.connection import Reading, all_rows, one_row
from mssclient.store.flags import pack_flags, pack_keywords, unpack_flags, unpack_keywords
from mssclient.store.layers import IS_OPEN
from mssclient.store.messages import Home, arrival, complete_message, home_of, insert_message
from mssclient.store.transaction import Transaction

__all__ = [
    "Incoming",
    "MissingBody",
    "add_bodies",
    "add_incoming",
    "adopt",
    "flags_of",
    "forget_unclaimed",
    "missing_bodies",
    "reapply",
    "rebuild",
    "remove_uids",
    "set_flags",
    "uids",
]


class Incoming(Record, frozen=True, kw_only=True):
    """One message of a folder as the server has it."""

    uid: int
    internal_date_utc: int
    octets: int
    """RFC822.SIZE."""
    flags: tuple[str, ...] = ()
    """Lower case without backslash."""
    keywords: tuple[str, ...] = ()
    modseq: int = 0
    annotation: Annotation
    raw: bytes | None = None
    """None = only its headers are here."""


class MissingBody(NamedTuple):
    """Where to fetch a body from."""

    placement: PlacementId
    message: MessageId
    folder: FolderId
    uid: int
    octets: int


def add_incoming(tx: Transaction, folder: FolderId, items: Sequence[Incoming]) -> list[PlacementId]:
    """Put what the server has into ``folder``; at most 50 at a time. Returns their ids, in order.

    A known UID only gets its flags, and its body when it had none. A placement of ours that waits for its
    UID (moved, copied or appended by a want) is recognised by Message-ID and size and keeps its id.
    """
    home = home_of(tx, folder)
    if home is None or not items:
        return []  # the folder was removed meanwhile, or all is said
    claims = _claims(tx, folder)
    known = _known(tx, folder, items)
    placements: list[PlacementId] = []
    arrived = 0
    for item in items:
        place = known.get(item.uid) or (_claim(tx, folder, item, claims) if claims else None)
        if place is None:
            place = _insert(tx, folder, home, item)
            arrived += "seen" not in item.flags
        else:
            _set_server_flags(tx, place.placement, item.flags, item.keywords, item.modseq)
            if item.raw is not None and not place.has_body:
                complete_message(tx, place.message, item.annotation, pack(item.raw))
        known[item.uid] = place
        placements.append(place.placement)
    tx.touch(folder=folder, new_messages=arrived if home.role == "inbox" and home.announced else 0)
    return placements


class _Place(NamedTuple):
    placement: PlacementId
    message: MessageId
    has_body: bool


def _known(tx: Transaction, folder: FolderId, items: Sequence[Incoming]) -> dict[int, _Place]:
    """UID → what is here of it."""
    rows = all_rows(
        tx,
        "SELECT p.uid, p.id, p.message, m.has_body FROM placement p JOIN message m ON m.id = p.message"
        f" WHERE p.server_folder = ? AND p.uid IN ({', '.join('?' * len(items))})",
        (folder, *(item.uid for item in items)),
    )
    return {uid: _Place(placement, message, bool(has_body)) for uid, placement, message, has_body in rows}


def _insert(tx: Transaction, folder: FolderId, home: Home, item: Incoming) -> _Place:
    message = insert_message(tx, home, item.annotation, item.octets, item.internal_date_utc, item.raw)
    flags, keywords = pack_flags(item.flags), pack_keywords(item.keywords)
    tx.connection.execute(
        "INSERT INTO placement (message, folder, internal_date_utc, flags, keywords, server_folder, uid,"
        " server_flags, server_keywords, modseq, octets, attachments, document, bio, abnormal)"
        " SELECT id, ?1, ?2, ?3, ?4, ?1, ?5, ?3, ?4, ?6, ?7, attachments, document, bio, abnormal"
        " FROM message WHERE id = ?8",
        (
            folder,
            arrival(item.internal_date_utc),
            flags,
            keywords,
            item.uid,
            item.modseq,
            item.octets,
            message,
        ),
    )
    return _Place(PlacementId(tx.connection.last_insert_rowid()), message, item.raw is not None)


_Claims: TypeAlias = dict[tuple[str, int], list[_Place]]


def _claims(tx: Transaction, folder: FolderId) -> _Claims:
    """(Message-ID, size) → placements of ours that the server may show in ``folder`` any moment.

    Those whose want is done and whose UID was not told; and those that a want interrupted or left
    uncertain may have brought there. One that the server still has elsewhere is not among them.
    """
    rows = all_rows(
        tx,
        "SELECT p.id, p.message, m.has_body, m.rfc_message_id, m.octets FROM placement p"
        " JOIN message m ON m.id = p.message WHERE p.uid IS NULL AND p.server_folder = ?1"
        " UNION SELECT p.id, p.message, m.has_body, m.rfc_message_id, m.octets FROM want w"
        " CROSS JOIN want_effect e ON e.want = w.id JOIN placement p ON p.id = e.placement"
        f" JOIN message m ON m.id = p.message WHERE {IS_OPEN} AND e.target = ?1 AND e.active = 1"
        " AND e.action IN ('move', 'create') AND w.state IN ('doing', 'uncertain')"
        " AND p.server_folder IS NULL ORDER BY 1",
        (folder,),
    )
    claims: _Claims = {}
    for placement, message, has_body, rfc_message_id, octets in rows:
        place = _Place(placement, message, bool(has_body))
        claims.setdefault((rfc_message_id, octets), []).append(place)
    return claims


def _claim(tx: Transaction, folder: FolderId, item: Incoming, claims: _Claims) -> _Place | None:
    found = claims.get((item.annotation.summary.rfc_message_id, item.octets))
    if not found:
        return None
    claim = found.pop(0)
    tx.connection.execute(
        "UPDATE placement SET server_folder = ?, uid = ?, awaiting_utc = 0, internal_date_utc = ?"
        " WHERE id = ?",
        (folder, item.uid, arrival(item.internal_date_utc), claim.placement),
    )
    return claim


def adopt(tx: Transaction, placement: PlacementId, folder: FolderId, uid: int) -> None:
    """The server has this placement at (folder, uid) now: from COPYUID, APPENDUID, or found by looking.

    When a synchronisation brought the same message in as a placement of its own meanwhile, the two become
    one under the id ``placement``, with the flags and the wants of both. Nothing is done when the folder
    went meanwhile.
    """
    if home_of(tx, folder) is None:
        return
    twin = one_row(
        tx,
        "SELECT id, server_flags, server_keywords, modseq, folder FROM placement"
        " WHERE server_folder = ? AND uid = ? AND id <> ?",
        (folder, uid, placement),
    )
    if twin is not None:
        tx.connection.execute(
            "UPDATE want_effect SET placement = ? WHERE placement = ?", (placement, twin[0])
        )
        tx.connection.execute("DELETE FROM placement WHERE id = ?", (twin[0],))
        tx.touch(folder=twin[4])
        tx.connection.execute(
            "UPDATE placement SET server_flags = ?, server_keywords = ?, modseq = ? WHERE id = ?",
            (*twin[1:4], placement),
        )
    tx.connection.execute(
        "UPDATE placement SET server_folder = ?, uid = ?, awaiting_utc = 0 WHERE id = ?",
        (folder, uid, placement),
    )
    effects.recompute(tx, [placement])


def add_bodies(tx: Transaction, items: Sequence[tuple[MessageId, Packed, Annotation]]) -> None:
    """Bytes and annotation of messages whose headers were here; ids stay.

    Those that are gone, or whose bytes came otherwise meanwhile, are skipped. The bytes come packed
    (``bodies.pack``): compressing them would hold the writer for a quarter of the time of this.
    """
    done = [
        message
        for message, content, annotation in items
        if complete_message(tx, message, annotation, content)
    ]
    if done:
        inside = ", ".join("?" * len(done))
        for (folder,) in all_rows(
            tx, f"SELECT DISTINCT folder FROM placement WHERE message IN ({inside})", done
        ):
            tx.touch(folder=folder)


def _set_server_flags(
    tx: Transaction, placement: PlacementId, flags: Iterable[str], keywords: Iterable[str], modseq: int
) -> bool:
    """Write the server's half; what is seen follows, under the wants that are not over."""
    held = (pack_flags(flags), pack_keywords(keywords))
    row = one_row(
        tx,
        "SELECT server_flags, server_keywords, pending, flags, keywords FROM placement WHERE id = ?",
        (placement,),
    )
    if row is None or (row[:2] == held and (row[2] or row[3:] == held)):
        return False
    if row[2]:
        tx.connection.execute(
            "UPDATE placement SET server_flags = ?, server_keywords = ?, modseq = max(modseq, ?)"
            " WHERE id = ?",
            (*held, modseq, placement),
        )
        effects.recompute(tx, [placement])
    else:
        tx.connection.execute(
            "UPDATE placement SET server_flags = ?1, server_keywords = ?2, flags = ?1, keywords = ?2,"
            " modseq = max(modseq, ?3) WHERE id = ?4",
            (*held, modseq, placement),
        )
    return True


def set_flags(
    tx: Transaction, folder: FolderId, items: Sequence[tuple[int, Sequence[str], Sequence[str]]]
) -> int:
    """(uid, flags, keywords) as the server has them now. Unknown UIDs are skipped.

    Returns how many changed.
    """
    changed = 0
    for uid, flags, keywords in items:
        row = one_row(tx, "SELECT id FROM placement WHERE server_folder = ? AND uid = ?", (folder, uid))
        if row is not None:
            changed += _set_server_flags(tx, row[0], flags, keywords, 0)
    if changed:
        tx.touch(folder=folder)
    return changed


def remove_uids(tx: Transaction, folder: FolderId, uids: Iterable[int]) -> int:
    """These are no longer in ``folder`` on the server. Returns how many were known.

    One that a want is moving elsewhere is kept, without a place on the server: it may be there already.
    """
    count = 0
    for uid in uids:
        row = one_row(
            tx, "SELECT id, folder, pending FROM placement WHERE server_folder = ? AND uid = ?", (folder, uid)
        )
        if row is None:
            continue
        count += 1
        tx.touch(folder=row[1])
        if row[2]:
            _lose_place(tx, row[0])
        else:
            tx.connection.execute("DELETE FROM placement WHERE id = ?", (row[0],))
    if count:
        tx.touch(folder=folder)
    return count


def _lose_place(tx: Transaction, placement: int) -> None:
    tx.connection.execute(
        "UPDATE placement SET server_folder = NULL, uid = NULL, modseq = 0 WHERE id = ?", (placement,)
    )
    effects.recompute(tx, [placement])


def forget_unclaimed(tx: Transaction, folder: FolderId, before_utc: int) -> int:
    """Drop placements that should have shown up in ``folder`` and did not: somebody was quicker than we.

    Call it at the end of a complete synchronisation of the folder, with the time at which that began.
    """
    rows = all_rows(
        tx,
        "SELECT id FROM placement WHERE server_folder = ? AND uid IS NULL AND awaiting_utc < ?",
        (folder, before_utc),
    )
    for (placement,) in rows:
        _lose_place(tx, placement)
    return len(rows)


def rebuild(tx: Transaction, folder: FolderId, uidvalidity: int, matches: Mapping[PlacementId, int]) -> None:
    """The server gave ``folder`` another UIDVALIDITY: matched placements get their new UID and keep their id,
    the others go. Counters of the synchronisation start again."""
    held = [
        row[0]
        for row in all_rows(
            tx, "SELECT id FROM placement WHERE server_folder = ? AND uid IS NOT NULL", (folder,)
        )
    ]
    tx.connection.execute("UPDATE placement SET uid = NULL, modseq = 0 WHERE server_folder = ?", (folder,))
    for placement in held:
        uid = matches.get(PlacementId(placement))
        if uid is None:
            _lose_place(tx, placement)
        else:
            tx.connection.execute("UPDATE placement SET uid = ? WHERE id = ?", (uid, placement))
    tx.connection.execute(
        "UPDATE folder SET uidvalidity = ?, uidnext = 0, modseq = 0, synced = 0 WHERE id = ?",
        (uidvalidity, folder),
    )
    tx.touch(folder=folder)


def reapply(tx: Transaction, folder: FolderId) -> None:
    """Lay the effects of open wants over what the server said, for all placements of ``folder``.

    The functions above do it for what they write; calling this at the end of a synchronisation changes
    nothing then.
    """
    rows = all_rows(
        tx,
        "SELECT DISTINCT e.placement FROM want w CROSS JOIN want_effect e ON e.want = w.id AND e.active = 1"
        f" JOIN placement p ON p.id = e.placement WHERE {IS_OPEN}"
        " AND (p.folder = ?1 OR p.server_folder = ?1 OR e.target = ?1)",
        (folder,),
    )
    effects.recompute(tx, [row[0] for row in rows])


def uids(source: Reading, folder: FolderId) -> list[int]:
    """The UIDs known to be in ``folder`` on the server, ascending; those moved away locally included."""
    rows = all_rows(
        source,
        "SELECT uid FROM placement WHERE server_folder = ? AND uid IS NOT NULL ORDER BY uid",
        (folder,),
    )
    return [row[0] for row in rows]


def flags_of(source: Reading, folder: FolderId) -> dict[int, tuple[tuple[str, ...], tuple[str, ...]]]:
    """UID → flags and keywords that the server is believed to hold."""
    rows = all_rows(
        source,
        "SELECT uid, server_flags, server_keywords FROM placement"
        " WHERE server_folder = ? AND uid IS NOT NULL",
        (folder,),
    )
    return {uid: (unpack_flags(flags), unpack_keywords(keywords)) for uid, flags, keywords in rows}


def missing_bodies(source: Reading, account: AccountId, limit: int) -> list[MissingBody]:
    """Messages of which only headers are here, newest first, each once.

    At most ``limit``; fewer does not mean that there are no more, none does.
    """
    rows = all_rows(
        source,
        "SELECT p.id, m.id, p.server_folder, p.uid, m.octets FROM message m INDEXED BY message_missing"
        " CROSS JOIN placement p INDEXED BY placement_message ON p.message = m.id AND p.uid IS NOT NULL"
        " WHERE m.account = ? AND m.has_body = 0 ORDER BY m.docid DESC LIMIT ?",
        (account, limit),
    )
    each_once = {row[1]: MissingBody(*row) for row in reversed(rows)}
    return list(reversed(each_once.values()))
