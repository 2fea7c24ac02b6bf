"""Places of rows and headings in the message list, and their painting.

QListView lays out rows of one height only. Headings are few (five at most), so this view computes places by
arithmetic instead: ``top(row) = row × height + headings before it``. Nothing is measured per row.
Screen readers still meet a QListView.
"""

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    Qt,
)
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QRegion, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyleOptionViewItem, QWidget

from ui.kit.paint import draw_text
from ui.main.row_painting import ONE_LINE_WIDTH, RowDelegate, row_height
from ui.main.rows import MessageModel
from ui.theme import SECTION_ROW, appearance, as_colour, font, scaled

__all__ = ["Index", "PlacesView"]

Index = QModelIndex | QPersistentModelIndex
_UNPAINTED = (
    QStyle.StateFlag.State_Selected
    | QStyle.StateFlag.State_HasFocus
    | QStyle.StateFlag.State_MouseOver
    | QStyle.StateFlag.State_Active
)


class PlacesView(QListView):
    """Uniform rows of a :class:`MessageModel` with day headings between them, at any number of rows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = MessageModel(self)
        self._delegate = RowDelegate(self)
        self._height = row_height(400)
        self._hovered = -1
        self.setModel(self._model)
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(True)
        appearance().changed.connect(self._looks_changed)

    def model(self) -> MessageModel:
        return self._model

    def _track_hover(self) -> None:
        """The rows moved under the pointer."""

    def _heading_height(self) -> int:
        return scaled(SECTION_ROW)

    def _headings_before(self, row: int) -> int:
        """Headings above a row, its own included."""
        return sum(1 for first, _words in self._model.headings if first <= row)

    def _top(self, row: int) -> int:
        return row * self._height + self._headings_before(row) * self._heading_height()

    def _row_at(self, y: int) -> int:
        """The row at a height of the whole list; -1 on a heading or below the end."""
        tall = self._heading_height()
        first_above, above = 0, 0
        for place, (first, _words) in enumerate(self._model.headings):
            if y < first * self._height + place * tall:
                break
            first_above, above = first, place + 1
        inside = y - above * tall
        row = inside // self._height if inside >= 0 else -1
        if above and inside < first_above * self._height:
            return -1
        return row if 0 <= row < self._model.rowCount() else -1

    def _whole_height(self) -> int:
        return self._model.rowCount() * self._height + len(self._model.headings) * self._heading_height()

    def visualRect(self, index: Index) -> QRect:
        if not index.isValid():
            return QRect()
        y = self._top(index.row()) - self.verticalOffset()
        return QRect(0, y, self.viewport().width(), self._height)

    def indexAt(self, point: QPoint) -> QModelIndex:
        row = self._row_at(point.y() + self.verticalOffset())
        return self._model.index(row, 0) if row >= 0 else QModelIndex()

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def horizontalOffset(self) -> int:
        return 0

    def isIndexHidden(self, index: Index) -> bool:
        return False

    def doItemsLayout(self) -> None:
        # Nothing is laid out row by row; only the base class's own bookkeeping is wanted.
        self._height = row_height(self.viewport().width())
        QAbstractItemView.doItemsLayout(self)

    def updateGeometries(self) -> None:
        self._height = row_height(self.viewport().width())
        page = self.viewport().height()
        bar = self.verticalScrollBar()
        bar.setPageStep(page)
        bar.setSingleStep(max(8, self._height // 2))
        bar.setRange(0, max(0, self._whole_height() + 4 - page))

    def resizeEvent(self, event: QResizeEvent) -> None:
        anchor = self.indexAt(QPoint(10, 1))
        below = self.verticalOffset() - self._top(anchor.row()) if anchor.isValid() else 0
        before = self._height
        super().resizeEvent(event)
        self.updateGeometries()
        if before != self._height and anchor.isValid() and self.verticalOffset():
            self.verticalScrollBar().setValue(self._top(anchor.row()) + min(below, self._height))
        self.viewport().update()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().scroll(0, dy)
        self._track_hover()

    def scrollTo(
        self, index: Index, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        if not index.isValid():
            return
        top = self._top(index.row())
        # The heading of a group comes into view with its first row.
        if any(first == index.row() for first, _words in self._model.headings):
            top -= self._heading_height()
        bottom = self._top(index.row()) + self._height
        bar, page = self.verticalScrollBar(), self.viewport().height()
        if hint == QAbstractItemView.ScrollHint.PositionAtCenter:
            bar.setValue(top - (page - self._height) // 2)
        elif hint == QAbstractItemView.ScrollHint.PositionAtTop or top < bar.value():
            bar.setValue(top)
        elif hint == QAbstractItemView.ScrollHint.PositionAtBottom or bottom > bar.value() + page:
            bar.setValue(bottom - page)

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        count = self._model.rowCount()
        if not count:
            return QModelIndex()
        current = self.currentIndex()
        row = current.row() if current.isValid() else -1
        page = max(1, self.viewport().height() // self._height - 1)
        move = QAbstractItemView.CursorAction
        if action in (move.MoveUp, move.MovePrevious, move.MoveLeft):
            row = max(0, row - 1)
        elif action in (move.MoveDown, move.MoveNext, move.MoveRight):
            row = min(count - 1, row + 1)
        elif action == move.MovePageUp:
            row = max(0, row - page)
        elif action == move.MovePageDown:
            row = min(count - 1, row + page)
        elif action == move.MoveHome:
            row = 0
        elif action == move.MoveEnd:
            row = count - 1
        return self._model.index(max(0, row), 0)

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        offset, tall = self.verticalOffset(), self._heading_height()
        last_row = self._model.rowCount() - 1
        if last_row < 0:
            return
        area = rect.normalized()
        first = self._row_at(area.top() + offset)
        if first < 0:  # on a heading: the row under it
            first = self._row_at(area.top() + offset + tall)
        last = self._row_at(area.bottom() + offset)
        if last < 0:  # on a heading: the row above it; below the end: the last row
            last = self._row_at(area.bottom() + offset - tall)
            if last < 0 and area.bottom() + offset >= self._whole_height() - self._height:
                last = last_row
        if first < 0 or last < first:
            self.selectionModel().select(QItemSelection(), command)
            return
        chosen = QItemSelection(self._model.index(first, 0), self._model.index(last, 0))
        self.selectionModel().select(chosen, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        region = QRegion()
        for chunk in selection:
            top = self.visualRect(chunk.topLeft())
            bottom = self.visualRect(chunk.bottomRight())
            region += top.united(bottom).intersected(self.viewport().rect())
        return region

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        area, offset = event.rect(), self.verticalOffset()
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        plain = option.state & ~_UNPAINTED
        focused = self.hasFocus()
        current, picks = self.currentIndex().row(), self.selectionModel()
        width, selected_above = self.viewport().width(), False
        first = max(0, self._nearest(area.top() + offset))
        if first > 0:
            selected_above = picks.isSelected(self._model.index(first - 1, 0))
        heads = {row for row, _words in self._model.headings}
        for row in range(first, self._model.rowCount()):
            y = self._top(row) - offset
            if y > area.bottom():
                break
            index = self._model.index(row, 0)
            selected = picks.isSelected(index)
            option.state = plain | self._state(row, selected, focused, current)
            option.rect = QRect(0, y, width, self._height)
            quiet = selected or selected_above or self._hovered in (row, row - 1)
            if row and row not in heads and not quiet and self._height > scaled(30):
                self._hairline(painter, y, width)
            self._delegate.paint(painter, option, index)
            selected_above = selected
        self._draw_headings(painter, area, offset)

    def _state(self, row: int, selected: bool, focused: bool, current: int) -> QStyle.StateFlag:
        state = QStyle.StateFlag.State_None
        if selected:
            state |= QStyle.StateFlag.State_Selected
        if focused:
            state |= QStyle.StateFlag.State_Active
            if row == current:
                state |= QStyle.StateFlag.State_HasFocus
        if row == self._hovered:
            state |= QStyle.StateFlag.State_MouseOver
        return state

    def _nearest(self, y: int) -> int:
        row = self._row_at(y)
        while row < 0 and y > 0:
            y -= self._heading_height()
            row = self._row_at(y)
        return row

    def _hairline(self, painter: QPainter, y: int, width: int) -> None:
        painter.setPen(QPen(as_colour("border"), 1))
        left = 56 if width < ONE_LINE_WIDTH else 30
        painter.drawLine(QPointF(left, y + 0.5), QPointF(width - 16, y + 0.5))

    def _draw_headings(self, painter: QPainter, area: QRect, offset: int) -> None:
        tall = self._heading_height()
        for first, words in self._model.headings:
            y = self._top(first) - tall - offset
            if y <= area.bottom() and y + tall >= area.top():
                where = QRect(20, y + 2, self.viewport().width() - 36, tall - 2)
                draw_text(painter, where, words, "muted", font("small", 600))

    def _looks_changed(self) -> None:
        self.scheduleDelayedItemsLayout()
        self.viewport().update()
