"""Running a search on one connection, newest first, as soon as enough is found."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from mssclient.model.ids import AccountId, FolderId
from mssclient.model.messages import Row
from mssclient.model.questions import SearchAnswer
from mssclient.store.connection import Reading, all_rows, one_row
from mssclient.store.correspondents import fold
from mssclient.store.index import DOCIDS_PER_TABLE, first_hour_docid, tables
from mssclient.store.listing import ROW_SQL, Filter, conditions, make_row
from mssclient.store.search import Query, any_expression, match_expression, parse

__all__ = ["find"]

_SPARE = 14
"""Hits of one hour come in no exact order: a few more are read and sorted."""
_FEW = 2_000
_LOOKED_AT = 1_000
"""Of the newest, when only words that must not be there are given."""


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
        if not query.folder or f" {query.folder}" in f" {fold(name)}" or fold(path) == query.folder
    ]


def _placements(source: Reading, query: Query, folders: list[int], limit: int) -> list[int]:
    index, where, values = conditions(
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
    low, high = _docids(query)
    if not expression:
        unwanted = any_expression(query.terms)
        newest = _newest(source, folders, index, where, values, _LOOKED_AT if unwanted else limit)
        if unwanted and newest:
            newest = _without(source, newest, unwanted)
        return newest[:limit]
    few = _few(source, folders, index, where, values)
    if few is None:
        inside = ", ".join(str(folder) for folder in folders)
        join = (
            " CROSS JOIN message m ON m.docid = s.rowid"
            " CROSS JOIN placement p INDEXED BY placement_message ON p.message = m.id"
            f" AND p.folder IN ({inside}){where}"
        )
        hits = _hits(source, expression, "p.id", join, values, limit, low, high)
        return list(islice(hits, limit))
    found: list[int] = []
    if few:
        low, high = max(low, min(few)), min(high, max(few) + 1)
        for docid in _hits(source, expression, "s.rowid", "", [], -1, low, high):
            found += few.get(docid, ())
            if len(found) >= limit:
                break
    return found


def _newest(
    source: Reading, folders: list[int], index: str, where: str, values: list[Any], limit: int
) -> list[int]:
    """Without words: the lists of the folders, one after the other, by their indexes."""
    found: list[tuple[Any, ...]] = []
    for folder in folders:
        found += all_rows(
            source,
            f"SELECT p.internal_date_utc, p.id FROM placement p INDEXED BY {index} WHERE p.folder = ?{where}"
            " ORDER BY p.internal_date_utc DESC, p.id DESC LIMIT ?",
            (folder, *values, limit),
        )
    return [id for _date, id in sorted(found, reverse=True)[:limit]]


def _without(source: Reading, placements: list[int], unwanted: str) -> list[int]:
    """Those without the words of ``unwanted``, in the same order."""
    inside = ", ".join(str(placement) for placement in placements)
    docids = dict(
        all_rows(
            source,
            "SELECT p.id, m.docid FROM placement p JOIN message m ON m.id = p.message"
            f" WHERE p.id IN ({inside})",
        )
    )
    low, high = min(docids.values()), max(docids.values()) + 1
    hits = set(_hits(source, unwanted, "s.rowid", "", [], -1, low, high))
    return [placement for placement in placements if docids[placement] not in hits]


def _few(
    source: Reading, folders: list[int], index: str, where: str, values: list[Any]
) -> dict[int, list[int]] | None:
    """docid → placements of all that the other conditions leave; None when that is more than a few.

    A frequent word in a small folder would make us look up every hit of the whole store otherwise.
    """
    inside = ", ".join(str(folder) for folder in folders)
    (total,) = one_row(source, f"SELECT sum(messages) FROM folder WHERE id IN ({inside})") or (0,)
    if not where and (total or 0) > _FEW:
        return None
    rows = all_rows(
        source,
        f"SELECT p.id, m.docid FROM placement p INDEXED BY {index} CROSS JOIN message m ON m.id = p.message"
        f" WHERE p.folder IN ({inside}){where} LIMIT ?",
        (*values, _FEW + 1),
    )
    if len(rows) > _FEW:
        return None
    few: dict[int, list[int]] = {}
    for placement, docid in rows:
        few.setdefault(docid, []).append(placement)
    return few


def _hits(
    source: Reading,
    expression: str,
    column: str,
    join: str,
    values: list[Any],
    limit: int,
    low: int,
    high: int,
) -> Iterator[int]:
    """``column`` of the newest hits between two docids, half-year after half-year, while more are wanted."""
    for first, table in tables(source):
        if first >= high or first + DOCIDS_PER_TABLE <= low:
            continue
        cursor = source.connection.execute(
            f"SELECT {column} FROM {table} s{join} WHERE s.{table} MATCH ? AND s.rowid >= ? AND s.rowid < ?"
            " ORDER BY s.rowid DESC LIMIT ?",
            (*values, expression, low, high, limit),
        )
        for row in cursor:
            yield row[0]


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
