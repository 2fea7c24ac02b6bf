"""The message list: counts, rows at any offset, the place of a row.

Order: INTERNALDATE newest first, then id. Without a filter the table ``day`` says how many rows come
before each day, so a row at offset 400 000 costs what row 0 does. With a filter the partial index of
that filter is walked.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Generator
from contextlib import contextmanager
from itertools import accumulate
from typing import Any

import apsw

from mssclient.model.ids import FolderId, PlacementId
from mssclient.model.messages import Row
from mssclient.model.records import Record
from mssclient.store.flags import unpack_flags, unpack_keywords

__all__ = ["ROW_SQL", "Filter", "Listing", "conditions", "make_row"]


class Filter(Record, frozen=True, kw_only=True):
    """What of a folder is listed; everything by default, several conditions must all hold."""

    unread: bool = False
    flagged: bool = False
    abnormal: bool = False
    """Holds a document with results out of range."""
    document: str = ""
    """"bio" = results of a laboratory; "any"; or a kind of model.documents.KINDS."""
    keyword: str = ""
    attachments: bool = False


_ALL = Filter()
_UNREAD = Filter(unread=True)
_DAY = 86_400
_END_OF_TIME = 1 << 60

ROW_SQL = (
    "SELECT p.id, p.message, p.folder, f.account, p.internal_date_utc,"
    " CASE WHEN f.role IN ('sent', 'drafts') AND m.recipients <> '' THEN m.recipients ELSE m.sender END,"
    " m.address, m.subject, p.flags, p.keywords, m.level, m.provisional, p.document, p.abnormal,"
    " m.critical, p.attachments, p.octets, m.snippet, p.pending"
    " FROM placement p CROSS JOIN message m ON m.id = p.message CROSS JOIN folder f ON f.id = p.folder "
)


def make_row(row: tuple[Any, ...]) -> Row:
    return Row(
        id=row[0],
        message=row[1],
        folder=row[2],
        account=row[3],
        date_utc=row[4],
        sender=row[5],
        address=row[6],
        subject=row[7],
        flags=unpack_flags(row[8]),
        keywords=unpack_keywords(row[9]),
        level=row[10],
        provisional=bool(row[11]),
        document=row[12],
        abnormal=row[13],
        critical=bool(row[14]),
        attachments=row[15],
        octets=row[16],
        snippet=row[17],
        pending=bool(row[18]),
    )


def conditions(filter: Filter) -> tuple[str, str, list[Any]]:
    """For a query on ``placement p``: the index to walk, SQL that follows a WHERE, and its values.

    The conditions are worded as the partial indexes are. The index is named, the rarest thing first: without
    statistics the planner takes the one of the whole folder.
    """
    index = "placement_order"
    parts: list[str] = []
    values: list[Any] = []
    if filter.unread:
        parts.append("p.flags & 1 = 0")  # the other indexes hold the flags too
        index = "placement_unread"
    if filter.attachments:
        parts.append("p.attachments > 0")
        index = "placement_attached"
    if filter.document == "bio":
        parts.append("p.bio = 1")
        index = "placement_bio"
    elif filter.document:
        parts.append("p.document <> ''")
        index = "placement_document"
        if filter.document != "any":
            parts.append("p.document = ?")
            values.append(filter.document)
    if filter.abnormal:
        parts.append("p.abnormal > 0")
        index = "placement_abnormal"
    if filter.flagged:
        parts.append("p.flags & 4 = 4")
        index = "placement_flagged"
    if filter.keyword:
        parts.append("p.keywords <> '' AND instr(' ' || p.keywords || ' ', ?) > 0")
        values.append(f" {filter.keyword} ")
        index = "placement_keyword"
    return index, "".join(f" AND {part}" for part in parts), values


class _Days:
    """How many rows come before each day, newest first, for one version of one folder."""

    def __init__(self, version: int, days: list[tuple[int, int]]) -> None:
        self.version = version
        self.negated = [-day for day, _messages in days]  # ascending, for bisect
        self.before = [0, *accumulate(messages for _day, messages in days)]


class Listing:
    """The list half of a view; one connection, one thread."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._days: dict[int, _Days] = {}

    def count(self, folder: FolderId, filter: Filter) -> int:
        if filter in (_ALL, _UNREAD):
            row = self._one("SELECT messages, unread FROM folder WHERE id = ?", (folder,))
            return 0 if row is None else row[1] if filter.unread else row[0]
        index, where, values = conditions(filter)
        row = self._one(
            f"SELECT count(*) FROM placement p INDEXED BY {index} WHERE p.folder = ?{where}",
            (folder, *values),
        )
        return row[0] if row else 0

    def rows(self, folder: FolderId, offset: int, limit: int, filter: Filter) -> list[Row]:
        offset = max(offset, 0)
        if filter != _ALL:
            index, where, values = conditions(filter)
            return self._rows_in(
                f"SELECT p.id FROM placement p INDEXED BY {index} WHERE p.folder = ?{where}"
                " ORDER BY p.internal_date_utc DESC, p.id DESC LIMIT ? OFFSET ?",
                (folder, *values, limit, offset),
            )
        with _snapshot(self._connection):
            days = self._days_of(folder)
            place = bisect_right(days.before, offset) - 1
            if place >= len(days.negated):
                return []
            return self._rows_in(
                "SELECT p.id FROM placement p WHERE p.folder = ? AND p.internal_date_utc < ?"
                " ORDER BY p.internal_date_utc DESC, p.id DESC LIMIT ? OFFSET ?",
                (folder, (1 - days.negated[place]) * _DAY, limit, offset - days.before[place]),
            )

    def index_of(self, folder: FolderId, placement: PlacementId, filter: Filter) -> int | None:
        index, where, values = conditions(filter)
        with _snapshot(self._connection):
            found = self._one(
                f"SELECT p.internal_date_utc FROM placement p WHERE p.id = ? AND p.folder = ?{where}",
                (placement, folder, *values),
            )
            if found is None:
                return None
            date, before, limit = found[0], 0, _END_OF_TIME
            if filter == _ALL:
                days = self._days_of(folder)
                day = date // _DAY
                before = days.before[bisect_left(days.negated, -day)]
                limit = (day + 1) * _DAY
            newer = self._one(
                f"SELECT count(*) FROM placement p INDEXED BY {index} WHERE p.folder = ?{where}"
                " AND p.internal_date_utc < ? AND (p.internal_date_utc, p.id) > (?, ?)",
                (folder, *values, limit, date, placement),
            )
            return before + (newer[0] if newer else 0)

    def _one(self, sql: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        return self._connection.execute(sql, values).fetchone()

    def _rows_in(self, ids: str, values: tuple[Any, ...]) -> list[Row]:
        rows = self._connection.execute(
            f"{ROW_SQL} WHERE p.id IN ({ids}) ORDER BY p.internal_date_utc DESC, p.id DESC", values
        )
        return [make_row(row) for row in rows]

    def _days_of(self, folder: FolderId) -> _Days:
        row = self._one("SELECT version FROM folder WHERE id = ?", (folder,))
        version = row[0] if row else -1
        known = self._days.get(folder)
        if known is None or known.version != version:
            days: Any = self._connection.execute(
                "SELECT day, messages FROM day WHERE folder = ? ORDER BY day DESC", (folder,)
            ).fetchall()
            known = _Days(version, days)
            self._days[folder] = known
        return known


@contextmanager
def _snapshot(connection: apsw.Connection) -> Generator[None]:
    """Several statements on one state of the store; inside ``View.steady`` that state is chosen already."""
    if connection.in_transaction:
        yield
        return
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("COMMIT")
