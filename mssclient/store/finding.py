"""Running a search on one connection, newest first, as soon as enough is found."""

from typing import Any

from mssclient.model.ids import AccountId, FolderId
from mssclient.model.messages import Row
from mssclient.model.questions import SearchAnswer
from mssclient.store.connection import Reading, all_rows, one_row
from mssclient.store.correspondents import fold
from mssclient.store.index import DOCIDS_PER_TABLE, first_hour_docid, tables
from mssclient.store.listing import ROW_SQL, Filter, conditions, make_row
from mssclient.store.search import Query, match_expression, parse

__all__ = ["find"]

_SPARE = 14
"""Hits of one hour come in no exact order: a few more are read and sorted."""
_FEW = 2_000


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
    if not expression:
        return _newest(source, folders, where, values, limit)
    few = _few(source, folders, where, values)
    if few is None:
        inside = ", ".join(str(folder) for folder in folders)
        join = (
            " CROSS JOIN message m ON m.docid = s.rowid CROSS JOIN placement p ON p.message = m.id"
            f" AND p.folder IN ({inside}){where}"
        )
        return _hits(source, query, expression, "p.id", join, values, limit)
    if not few:
        return []
    found: list[int] = []
    for docid in _hits(source, query, expression, "s.rowid", "", [], 1 << 62, set(few)):
        found += few[docid]
        if len(found) >= limit:
            break
    return found


def _newest(source: Reading, folders: list[int], where: str, values: list[Any], limit: int) -> list[int]:
    """Without words: the lists of the folders, one after the other, by their indexes."""
    found: list[tuple[Any, ...]] = []
    for folder in folders:
        found += all_rows(
            source,
            f"SELECT p.internal_date_utc, p.id FROM placement p WHERE p.folder = ?{where}"
            " ORDER BY p.internal_date_utc DESC, p.id DESC LIMIT ?",
            (folder, *values, limit),
        )
    return [id for _date, id in sorted(found, reverse=True)[:limit]]


def _few(source: Reading, folders: list[int], where: str, values: list[Any]) -> dict[int, list[int]] | None:
    """docid → placements of all that the other conditions leave; None when that is more than a few.

    A frequent word in a small folder would make us look up every hit of the whole store otherwise.
    """
    inside = ", ".join(str(folder) for folder in folders)
    (total,) = one_row(source, f"SELECT sum(messages) FROM folder WHERE id IN ({inside})") or (0,)
    if not where and (total or 0) > _FEW:
        return None
    rows = all_rows(
        source,
        f"SELECT p.id, p.message FROM placement p WHERE p.folder IN ({inside}){where} LIMIT ?",
        (*values, _FEW + 1),
    )
    if len(rows) > _FEW:
        return None
    few: dict[int, list[int]] = {}
    for placement, message in rows:
        docid = one_row(source, "SELECT docid FROM message WHERE id = ?", (message,))
        few.setdefault(docid[0] if docid else -1, []).append(placement)
    return few


def _hits(
    source: Reading,
    query: Query,
    expression: str,
    wanted: str,
    join: str,
    values: list[Any],
    limit: int,
    among: set[int] | None = None,
) -> list[int]:
    """Column ``wanted`` of the newest hits: half-year after half-year until there are enough."""
    low, high = _docids(query)
    found: list[int] = []
    for first, table in tables(source):
        if first >= high or first + DOCIDS_PER_TABLE <= low:
            continue
        if among is not None and not any(first <= docid < first + DOCIDS_PER_TABLE for docid in among):
            continue
        cursor = source.connection.execute(
            f"SELECT {wanted} FROM {table} s{join} WHERE s.{table} MATCH ? AND s.rowid >= ? AND s.rowid < ?"
            " ORDER BY s.rowid DESC LIMIT ?",
            (*values, expression, low, high, limit - len(found)),
        )
        if among is None:
            found += [row[0] for row in cursor]
        else:
            found += [row[0] for row in cursor if row[0] in among]
        if len(found) >= limit:
            break
    return found


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
