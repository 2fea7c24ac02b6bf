"""Rows of the message list: fetched from the view in blocks of 100, a few blocks kept.

``data()`` answers only the text for screen readers; the delegate asks ``row`` for the record.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QObject, QPersistentModelIndex, Qt

from mssclient.engine.client import Filter, View
from mssclient.model.errors import MssError
from mssclient.model.ids import FolderId, PlacementId
from mssclient.model.messages import Row
from ui.main.row_words import row_words
from ui.theme.words import day_starts

__all__ = ["BLOCK", "MIME_ROWS", "FixedRows", "FolderRows", "MessageModel", "RowSource"]

BLOCK = 100
KEPT_BLOCKS = 16
MIME_ROWS = "application/x-mss-placements"

Index = QModelIndex | QPersistentModelIndex


class RowSource(Protocol):
    """Where rows come from. Each call reads the store as it is now."""

    dated: bool
    """Sorted by date: day headings make sense."""
    newest_first: bool

    def steady(self) -> AbstractContextManager[None]:
        """Reads inside agree with each other, whatever is written meanwhile."""
        ...

    def count(self) -> int: ...
    def rows(self, offset: int, limit: int) -> Sequence[Row]: ...
    def index_of(self, placement: PlacementId) -> int | None: ...


class FolderRows:
    """One folder through a filter, newest first or oldest first."""

    dated = True

    def __init__(self, view: View, folder: FolderId, chosen: Filter, *, newest_first: bool = True) -> None:
        self._view, self.folder, self.filter = view, folder, chosen
        self.newest_first = newest_first
        self._count = 0

    def steady(self) -> AbstractContextManager[None]:
        return self._view.steady()

    def count(self) -> int:
        self._count = self._view.count(self.folder, self.filter)
        return self._count

    def rows(self, offset: int, limit: int) -> Sequence[Row]:
        if self.newest_first:
            return self._view.rows(self.folder, offset, limit, self.filter)
        # The view sorts newest first: read the mirrored range and turn it round.
        end = self._count - offset
        start = max(0, end - limit)
        return list(reversed(self._view.rows(self.folder, start, end - start, self.filter)))

    def index_of(self, placement: PlacementId) -> int | None:
        index = self._view.index_of(self.folder, placement, self.filter)
        if index is None or self.newest_first:
            return index
        return self._count - 1 - index


class FixedRows:
    """Rows at hand: the answer to a search, in its own order."""

    def __init__(self, rows: Sequence[Row], *, dated: bool = False) -> None:
        self.dated = dated
        self.newest_first = True
        self.replace(rows)

    def replace(self, rows: Sequence[Row]) -> None:
        """The same answer read again."""
        self._rows = rows
        self._places = {row.id: index for index, row in enumerate(rows)}

    def steady(self) -> AbstractContextManager[None]:
        return nullcontext()

    def count(self) -> int:
        return len(self._rows)

    def rows(self, offset: int, limit: int) -> Sequence[Row]:
        return self._rows[offset : offset + limit]

    def index_of(self, placement: PlacementId) -> int | None:
        return self._places.get(placement)


class MessageModel(QAbstractListModel):
    """The rows of one source. GUI thread only."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source: RowSource | None = None
        self._count = 0
        self._blocks: OrderedDict[int, Sequence[Row]] = OrderedDict()
        self.places: Mapping[FolderId, str] = {}
        """Names of folders said in the rows: where each result of a search lies; empty inside one folder."""
        self.headings: list[tuple[int, str]] = []
        """(first row, words) of each day group, in order; empty when not dated."""

    @property
    def source(self) -> RowSource | None:
        return self._source

    def set_source(self, source: RowSource | None) -> None:
        """Show another source; ``None`` empties the list."""
        self.beginResetModel()
        self._source = source
        self._read()
        self.endResetModel()

    def reset_rows(self) -> None:
        """Read everything again; selection is lost (the view remembers and restores it)."""
        self.beginResetModel()
        self._read()
        self.endResetModel()

    def refresh_rows(self) -> None:
        """Read the rows again in place: same rows, other flags."""
        self._blocks.clear()
        if self._source is not None and self._source.dated and self._count:
            self.headings = self._find_headings(self._source)
        if self._count:
            self.dataChanged.emit(self.index(0), self.index(self._count - 1))

    def _read(self) -> None:
        self._blocks.clear()
        self.headings = []
        self._count = 0
        if self._source is not None:
            self._count = self._source.count()
            if self._source.dated and self._count:
                self.headings = self._find_headings(self._source)

    def fresh_count(self) -> int:
        """The number of rows in the store now."""
        return self._source.count() if self._source is not None else 0

    def _find_headings(self, source: RowSource) -> list[tuple[int, str]]:
        starts = list(day_starts())
        if not source.newest_first:
            return self._find_rising(source, starts)
        found: list[tuple[int, str]] = []
        row = 0
        for start, words in starts:
            if row >= self._count:
                break
            end = (
                self._first_where(source, row, lambda date, limit=start: date < limit)
                if start
                else self._count
            )
            if end > row:
                found.append((row, words))
                row = end
        return [] if len(found) == 1 and found[0][1] == starts[-1][1] else found

    def _find_rising(self, source: RowSource, starts: list[tuple[int, str]]) -> list[tuple[int, str]]:
        found: list[tuple[int, str]] = []
        row = 0
        for position in range(len(starts) - 1, -1, -1):
            if row >= self._count:
                break
            if position:
                limit = starts[position - 1][0]
                end = self._first_where(source, row, lambda date, limit=limit: date >= limit)
            else:
                end = self._count
            if end > row:
                found.append((row, starts[position][1]))
                row = end
        return [] if len(found) == 1 and found[0][1] == starts[-1][1] else found

    def _first_where(self, source: RowSource, low: int, passed: Any) -> int:
        """First row from ``low`` on whose date passed a border: gallop, then halve. Few rows are read."""

        def beyond(row: int) -> bool:
            one = source.rows(row, 1)
            return not one or passed(one[0].date_utc)

        step, high = 1, low
        while high < self._count and not beyond(high):
            low, high = high + 1, high + step
            step *= 2
        high = min(high, self._count)
        while low < high:
            middle = (low + high) // 2
            if beyond(middle):
                high = middle
            else:
                low = middle + 1
        return low

    # What view and delegate ask

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else self._count

    def row(self, number: int) -> Row | None:
        """The record of a row; None while the store is ahead of what is shown."""
        if self._source is None or not 0 <= number < self._count:
            return None
        block, place = divmod(number, BLOCK)
        rows = self._blocks.get(block)
        if rows is None:
            try:
                rows = self._source.rows(block * BLOCK, BLOCK)
            except MssError:
                return None  # painted grey; the next painting asks again
            self._blocks[block] = rows
            while len(self._blocks) > KEPT_BLOCKS:
                self._blocks.popitem(last=False)
        else:
            self._blocks.move_to_end(block)
        return rows[place] if place < len(rows) else None

    def cached(self, first: int, last: int) -> list[Row]:
        """The rows of a range that are at hand, without reading."""
        found: list[Row] = []
        if first < 0:
            return found
        for block in range(first // BLOCK, last // BLOCK + 1):
            for place, row in enumerate(self._blocks.get(block, ())):
                if first <= block * BLOCK + place <= last:
                    found.append(row)
        return found

    def range_rows(self, first: int, last: int) -> list[Row]:
        """All rows of a range, read in blocks."""
        return [row for number in range(first, last + 1) if (row := self.row(number)) is not None]

    def index_of(self, placement: PlacementId) -> int | None:
        if self._source is None:
            return None
        number = self._source.index_of(placement)
        return number if number is not None and number < self._count else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.AccessibleTextRole:
            row = self.row(index.row())
            return row_words(row, self.places.get(row.folder, "")) if row is not None else ""
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return (
            Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemIsDragEnabled
            | Qt.ItemFlag.ItemNeverHasChildren
        )

    def mimeTypes(self) -> list[str]:
        return [MIME_ROWS]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """Ids only: what is dragged never carries mail text."""
        ids = [str(row.id) for index in indexes if (row := self.row(index.row())) is not None]
        data = QMimeData()
        data.setData(MIME_ROWS, ",".join(ids).encode())
        return data
