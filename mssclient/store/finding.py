"""Running a search on one connection, newest first, as soon as enough is found."""

from typing import Any

from mssclient.model.ids import AccountId, FolderId
from mssclient.model.messages import Row
from mssclient.model.questions import SearchAnswer
from mssclient.store.connection import Reading, all_rows, one_row
from mssclient.store.correspondents import fold
from mssclient.store.listing import ROW_SQL, Filter, conditions, make_row
from mssclient.store.messages import first_hour_docid
from mssclient.store.search import Query, match_expression, parse

__all__ = ["find"]

_SPARE = 14
"""Hits of one hour come in no exact order: a few more are read and sorted."""


def find(
    source: Reading, text: str, limit: int, account: AccountId | None, folder: FolderId | None
) -> SearchAnswer:
    """See View.search."""
    query = parse(text)
    complete = one_row(source, "SELECT 1 FROM message WHERE indexed < 2 LIMIT 1") is None
    if query == Query():
        return SearchAnswer(rows=(), complete=complete)
    folders = _folders(source, query, account, folder)
    if not folders:
        return SearchAnswer(rows=(), complete=complete)
    ids = _placements(source, query, folders, limit + _SPARE)
    rows = _rows(source, ids)[:limit]
    return SearchAnswer(rows=tuple(rows), complete=complete, total=len(ids) if len(ids) <= limit else 0)


def _folders(source: Reading, query: Query, account: AccountId | None, folder: FolderId | None) -> list[int]:
    rows = all_rows(
        source,
        "SELECT id, name, path FROM folder WHERE (?1 IS NULL OR account = ?1) AND (?2 IS NULL OR id = ?2)",
        (account, folder),
    )
    return [
        id
        for id, name, path in rows
        if not query.folder or fold(name).startswith(query.folder) or fold(path) == query.folder
    ]


def _placements(source: Reading, query: Query, folders: list[int], limit: int) -> list[int]:
    where, values = conditions(
        Filter(
            unread=query.unread is True,
            flagged=query.flagged,
            abnormal=query.abnormal,
            attachments=query.attachments,
            keyword=query.keyword,
        )
    )
    if query.unread is False:
        where += " AND p.flags & 1 = 1"
    if query.after_utc is not None:
        where += " AND p.internal_date_utc >= ?"
        values.append(query.after_utc)
    if query.before_utc is not None:
        where += " AND p.internal_date_utc < ?"
        values.append(query.before_utc)
    expression = match_expression(query.terms)
    inside = ", ".join(str(folder) for folder in folders)
    if not expression:
        found: list[tuple[int, int]] = []
        for one in folders:
            found += all_rows(
                source,
                f"SELECT p.internal_date_utc, p.id FROM placement p WHERE p.folder = ?{where}"
                " ORDER BY p.internal_date_utc DESC, p.id DESC LIMIT ?",
                (one, *values, limit),
            )  # pyright: ignore[reportArgumentType]
        return [id for _date, id in sorted(found, reverse=True)[:limit]]
    low, high = _docids(query)
    rows: list[tuple[Any, ...]] = all_rows(
        source,
        "SELECT p.id FROM search s CROSS JOIN message m ON m.docid = s.rowid"
        " CROSS JOIN placement p ON p.message = m.id"
        f" WHERE s.search MATCH ? AND s.rowid >= ? AND s.rowid < ? AND p.folder IN ({inside}){where}"
        " ORDER BY s.rowid DESC LIMIT ?",
        (expression, low, high, *values, limit),
    )
    return [row[0] for row in rows]


def _docids(query: Query) -> tuple[int, int]:
    """The range of the index that the dates leave, an hour wider at each end."""
    low = first_hour_docid(query.after_utc - 3600) if query.after_utc is not None else 0
    high = first_hour_docid(query.before_utc + 7200) if query.before_utc is not None else 1 << 62
    return low, high


def _rows(source: Reading, ids: list[int]) -> list[Row]:
    inside = ", ".join(str(id) for id in ids)
    rows = all_rows(
        source, f"{ROW_SQL} WHERE p.id IN ({inside}) ORDER BY p.internal_date_utc DESC, p.id DESC"
    )
    return [make_row(row) for row in rows]
