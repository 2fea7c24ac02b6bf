"""The message list: what it shows, what is chosen in it, and the mouse."""

from collections.abc import Sequence
from contextlib import nullcontext

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QDrag, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QAbstractScrollArea, QFrame, QWidget

from mssclient.model.ids import PlacementId
from mssclient.model.language import _
from mssclient.model.messages import Row
from ui.kit.paint import draw_text, text_width
from ui.main.list_memory import KeptRange, Memory
from ui.main.list_places import Index, PlacesView
from ui.main.rows import RowSource
from ui.theme import as_colour, font
from ui.theme.words import messages

__all__ = ["MessageListView"]

_MOST_RANGES = 50


class MessageListView(PlacesView):
    """Rows of a :class:`MessageModel`. Selection and scroll place survive changes, by placement id."""

    opened = Signal(object)
    """Enter or double click: a :class:`Row`."""
    current_row = Signal(object)
    """The row under the cursor changed: a :class:`Row` or None. Not emitted when a change keeps the row."""
    selection_moved = Signal()
    menu_key = Signal()
    """Shift+F10; the Menu key comes as a context menu event."""
    quick = Signal(str, object)
    """A hover action ("flag", "archive", "delete") on a :class:`Row`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._told: PlacementId | None = None
        self._quiet = False
        self._heir: PlacementId | None = None
        self._ranges: list[KeptRange] = []
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAccessibleName(_("Messages"))
        self.doubleClicked.connect(self._open)
        # By signals: PySide 6.11 loses a reference of an overridden ``currentChanged`` at each call, until
        # the method is freed under our feet.
        self.selectionModel().currentChanged.connect(self._cursor_moved)
        self.selectionModel().selectionChanged.connect(self._selection_moved)

    # Content

    def set_source(self, source: RowSource | None, select: PlacementId | None = None) -> None:
        """Show another source and put the cursor on ``select``, else nowhere."""
        self._quiet = True
        with source.steady() if source is not None else nullcontext():
            self._model.set_source(source)
            self.updateGeometries()
            self.verticalScrollBar().setValue(0)
            number = self._model.index_of(select) if select is not None else None
            if number is not None:
                self.setCurrentIndex(self._model.index(number, 0))
            self._quiet = False
            self._note_ranges()
            self._tell_current()
        self.selection_moved.emit()

    def refresh(self) -> None:
        """The store changed: read again; keep selection, cursor and scroll place by placement id."""
        source = self._model.source
        if source is None:
            return
        before = self._remember()
        with source.steady():
            if before.unchanged(self._model):
                self._model.refresh_rows()
                self._tell_current()
                self.viewport().update()
                return
            self._quiet = True
            self._model.reset_rows()
            self.updateGeometries()
            self._restore(before)
            self._quiet = False
            self._note_ranges()
            self._tell_current()
        self.selection_moved.emit()

    def go_on_after(self, rows: Sequence[Row]) -> None:
        """These rows are about to leave: when they are gone, the cursor goes to the row after them."""
        leaving = {row.id for row in rows}
        numbers = [n for row in rows if (n := self._model.index_of(row.id)) is not None]
        self._heir = None
        if not numbers:
            return
        for number in (*range(max(numbers) + 1, max(numbers) + 3), *range(min(numbers) - 1, -1, -1)):
            row = self._model.row(number)
            if row is not None and row.id not in leaving:
                self._heir = row.id
                return
            if number < min(numbers) - 20:
                return

    def _remember(self) -> Memory:
        """What is shown, by ids that were read before the change: the store is ahead of the list already."""
        top = self.indexAt(QPoint(10, 1))
        at, current_at = top.row() if top.isValid() else -1, self.currentIndex().row()
        known, head = self._model.cached(at, at), self._model.cached(0, 0)
        anchor = known[0].id if known else None
        if anchor is None:  # never painted: hold on to the cursor instead
            at, anchor = current_at, self._told
        for kept in self._ranges:
            kept.ids = [row.id for row in self._model.cached(kept.start, kept.start + kept.length - 1)]
        return Memory(
            count=self._model.rowCount(),
            head=head[0].id if head else None,
            current=self._told,
            current_at=current_at,
            top=anchor,
            top_at=at,
            offset=self.verticalOffset() - self._top(at) if at >= 0 else 0,
            at_start=self.verticalOffset() == 0,
            ranges=list(self._ranges),
        )

    def _restore(self, memory: Memory) -> None:
        model, chosen = self._model, QItemSelection()
        for kept in memory.ranges:
            for first, last in kept.places(model):
                chosen.append(QItemSelectionRange(model.index(first, 0), model.index(last, 0)))
        current = model.index_of(memory.current) if memory.current is not None else None
        if current is None and memory.current is not None and chosen.isEmpty():
            heir = model.index_of(self._heir) if self._heir is not None else None
            current = heir if heir is not None else min(memory.current_at, model.rowCount() - 1)
            if current is not None and current >= 0:
                index = model.index(current, 0)
                chosen.append(QItemSelectionRange(index, index))
        self._heir = None
        picks = self.selectionModel()
        picks.select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if current is not None and current >= 0:
            picks.setCurrentIndex(model.index(current, 0), QItemSelectionModel.SelectionFlag.NoUpdate)
        top = model.index_of(memory.top) if memory.top is not None and not memory.at_start else None
        if top is not None:
            self.verticalScrollBar().setValue(self._top(top) + memory.offset)

    # What is chosen

    def chosen_rows(self, limit: int = 100_000) -> list[Row]:
        """The selected rows, in list order."""
        found: list[Row] = []
        for chunk in sorted(self.selectionModel().selection(), key=lambda each: each.top()):
            last = min(chunk.bottom(), chunk.top() + limit - len(found) - 1)
            found += self._model.range_rows(chunk.top(), last)
        return found

    def chosen_count(self) -> int:
        return sum(chunk.height() for chunk in self.selectionModel().selection())

    def current(self) -> Row | None:
        """The row under the cursor; none while the cursor only passes by (Ctrl and arrows)."""
        index = self.currentIndex()
        if not index.isValid() or not self.selectionModel().isSelected(index):
            return None
        return self._model.row(index.row())

    def choose(self, placement: PlacementId) -> bool:
        """Put the cursor on a placement, scrolled into view. False when it is not in the list."""
        number = self._model.index_of(placement)
        if number is None:
            return False
        self.setCurrentIndex(self._model.index(number, 0))
        return True

    def step(self, by: int) -> None:
        """Move the cursor by a number of rows."""
        number = max(0, min(self._model.rowCount() - 1, self.currentIndex().row() + by))
        if self._model.rowCount():
            self.setCurrentIndex(self._model.index(number, 0))

    def _tell_current(self) -> None:
        row = self.current()
        now = row.id if row is not None else None
        if now != self._told:
            self._told = now
            self.current_row.emit(row)

    def _cursor_moved(self) -> None:
        if not self._quiet:
            self._tell_current()

    def _selection_moved(self) -> None:
        self.viewport().update()
        if not self._quiet:
            self._note_ranges()
            if self.current() is not None:  # Shift and arrows move the cursor first, then select
                self._tell_current()
            self.selection_moved.emit()

    def _note_ranges(self) -> None:
        """Write down the ids at the ends of each run while list and store agree."""
        self._ranges = []
        for chunk in list(self.selectionModel().selection())[:_MOST_RANGES]:
            first, last = self._model.row(chunk.top()), self._model.row(chunk.bottom())
            if first is not None and last is not None:
                self._ranges.append(KeptRange(first.id, last.id, chunk.height(), chunk.top()))

    def _open(self, index: Index) -> None:
        row = self._model.row(index.row())
        if row is not None:
            self.opened.emit(row)

    # Mouse

    def _hover(self, row: int) -> None:
        if row != self._hovered:
            for each in (self._hovered, row):
                if each >= 0:
                    place = self.visualRect(self._model.index(each, 0))
                    self.viewport().update(place.adjusted(0, -1, 0, 2 + self._height))
            self._hovered = row

    def _track_hover(self) -> None:
        if self.viewport().underMouse():
            self._hover(self.indexAt(self.viewport().mapFromGlobal(self.cursor().pos())).row())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if not event.buttons():
            self._hover(index.row())
            name = self._action_under(event.position().toPoint())
            shape = Qt.CursorShape.PointingHandCursor if name else Qt.CursorShape.ArrowCursor
            self.viewport().setCursor(shape)
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(-1)

    def _action_under(self, at: QPoint) -> str:
        index = self.indexAt(at)
        if not index.isValid() or index.row() != self._hovered or self.selectionModel().isSelected(index):
            return ""
        return self._delegate.action_at(self.visualRect(index), at)

    def tip_at(self, at: QPoint) -> str:
        """Words of the hover action under a point."""
        name, row = self._action_under(at), self._model.row(self.indexAt(at).row())
        return self._delegate.action_words(name, row) if name and row is not None else ""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            at = event.position().toPoint()
            name, row = self._action_under(at), self._model.row(self.indexAt(at).row())
            if name and row is not None:
                self.quick.emit(name, row)
                return
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.currentIndex().isValid():
                self._open(self.currentIndex())
            else:
                self.step(1)
            return
        if event.text() == "/":  # the window's: to the search
            event.ignore()
            return
        if key == Qt.Key.Key_F10 and event.modifiers() == Qt.KeyboardModifier.ShiftModifier:
            self.menu_key.emit()
            return
        super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Typing goes to shortcuts: Qt's search would read every row of the folder."""

    def focusInEvent(self, event: QFocusEvent) -> None:
        # QAbstractItemView would put the cursor on the first row by itself: the first arrow key does that.
        QAbstractScrollArea.focusInEvent(self, event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def startDrag(self, actions: Qt.DropAction) -> None:
        chosen = self.selectedIndexes()
        if not chosen:
            return
        drag = QDrag(self)
        drag.setMimeData(self._model.mimeData(chosen))
        drag.setPixmap(self._drag_picture(len(chosen)))
        drag.exec(Qt.DropAction.MoveAction)

    def _drag_picture(self, count: int) -> QPixmap:
        words, face = messages(count), font("small", 600)
        width = text_width(words, "small", 600) + 28
        ratio = self.devicePixelRatio()
        picture = QPixmap(QSize(width, 28) * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(as_colour("accent"))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(QRectF(0, 0, width, 28), 14, 14)
        draw_text(painter, QRect(14, 0, width - 20, 28), words, "on_accent", face)
        painter.end()
        return picture
