"""The tree of the folder pane and its painting."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QMouseEvent,
    QPainter,
    QPen,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
)

from mssclient.model.accounts import Account, Folder, Quota
from mssclient.model.ids import FolderId
from mssclient.model.language import _
from ui.kit.paint import RIGHT, draw_gauge, draw_text
from ui.main.folder_model import (
    DEPTH,
    KIND,
    PROBLEM,
    RECORD,
    FolderModel,
    dragged,
    folder_icon,
    quota_words,
    read_only,
)
from ui.theme import FOLDER_ROW, T, as_colour, draw_icon, font, scaled
from ui.theme.words import number

__all__ = ["FolderTree"]

Index = QModelIndex | QPersistentModelIndex
_HEIGHTS = {"account": 50, "folder": FOLDER_ROW, "quota": 42}


class _FolderDelegate(QStyledItemDelegate):
    def __init__(self, tree: "FolderTree") -> None:
        super().__init__(tree)
        self._tree = tree

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        kind = str(index.data(KIND))
        gap = 6 if kind == "account" and index.row() else 0
        return QSize(100, scaled(_HEIGHTS.get(kind, FOLDER_ROW)) + gap)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        where: QRect = option.rect
        where.setLeft(0)
        record = index.data(RECORD)
        if isinstance(record, Account):
            self._account(painter, where, record, index)
        elif isinstance(record, Quota):
            self._quota(painter, where, record)
        elif isinstance(record, Folder):
            self._folder(painter, where, record, option, index)
        painter.restore()

    def _account(self, painter: QPainter, where: QRect, account: Account, index: Index) -> None:
        tall = scaled(50)
        where = where.adjusted(0, where.height() - tall, 0, 0)
        if self._tree.hasFocus() and self._tree.currentIndex() == index:
            painter.setPen(QPen(as_colour("focus"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(where).adjusted(3, 3, -5, -3), 8, 8)
        shared = account.kind == "organisational"
        bg, fg = T.tag("turquoise" if shared else "bleu")
        painter.setBrush(as_colour(bg))
        painter.setPen(as_colour(fg) if T.contrast else Qt.PenStyle.NoPen)
        top = where.y() + (tall - 30) // 2 - 1
        painter.drawRoundedRect(QRectF(where.x() + 6, top, 30, 30), 8, 8)
        draw_icon(painter, "building-2" if shared else "user-round", fg, where.x() + 13, top + 7, 16)
        half = tall // 2
        name = QRect(where.x() + 45, where.y() + half - scaled(19), where.width() - 74, scaled(20))
        draw_text(painter, name, account.name or account.address, "text", font("base", 600))
        below = QRect(where.x() + 45, where.y() + half - 1, where.width() - 51, scaled(17))
        problem = str(index.data(PROBLEM) or "")
        if problem:
            draw_icon(painter, "triangle-alert", "danger", where.right() - 42, name.y() + 3, 14)
        middle = Qt.TextElideMode.ElideMiddle
        if account.name:
            draw_text(painter, below, account.address, "muted", font("micro"), mode=middle)
        turned = "chevron-down" if self._tree.isExpanded(QModelIndex(index)) else "chevron-right"
        draw_icon(painter, turned, "muted", where.right() - 24, name.y() + 3, 14)

    def _quota(self, painter: QPainter, where: QRect, quota: Quota) -> None:
        ratio = quota.used_octets / quota.limit_octets
        high = ratio >= 0.8
        line = QRect(where.x() + 14, where.y() + 6, where.width() - 28, scaled(16))
        token = ("danger" if ratio >= 0.95 else "warning") if high else "muted"
        draw_text(painter, line, quota_words(quota), token, font("micro", 600 if high else 400, tab=True))
        if high:
            words = _("pleine") if ratio >= 0.995 else _("presque pleine")
            draw_text(painter, line, words, token, font("micro", 500), RIGHT)
        draw_gauge(painter, QRectF(line.x(), line.bottom() + 5, line.width(), 5), ratio)

    def _folder(
        self, painter: QPainter, where: QRect, folder: Folder, option: QStyleOptionViewItem, index: Index
    ) -> None:
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        focused = chosen and self._tree.hasFocus()
        card = QRectF(where.x() + 4, where.y() + 1, where.width() - 8, where.height() - 2)
        loud = chosen and (focused or not T.contrast)
        fg = "sel_text" if loud else "text"
        fill = ""
        if chosen:
            fill = "sel" if loud else "sel_idle"
        elif self._tree.drop_row == index:
            fill = "accent_soft"
        elif option.state & QStyle.StateFlag.State_MouseOver:
            fill = "press"
        if fill:
            painter.setBrush(as_colour(fill))
            over = self._tree.drop_row == index
            painter.setPen(QPen(as_colour("accent"), 1) if over else Qt.PenStyle.NoPen)
            painter.drawRoundedRect(card, 6, 6)
        if self._tree.hasFocus() and self._tree.currentIndex() == index:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(as_colour("focus"), 2))
            painter.drawRoundedRect(card.adjusted(1, 1, -1, -1), 6, 6)
        depth = int(index.data(DEPTH) or 0)
        # The first step says « inside »; deeper ones stay small, names are worth more than the staircase.
        x = where.x() + 17 + min(depth, 1) * 20 + max(0, min(depth, 5) - 1) * 12
        centre = where.center().y() + 1
        draw_icon(painter, folder_icon(folder), fg if chosen else "muted", x, centre - 8, 16)
        self._figures(painter, where, folder, fg, chosen, x)

    def _figures(
        self, painter: QPainter, where: QRect, folder: Folder, fg: str, chosen: bool, x: int
    ) -> None:
        right = where.right() - 14
        shown = folder.unread or (folder.messages if folder.role == "drafts" else 0)
        weight = 600 if folder.unread else 400
        centre = where.center().y() + 1
        if shown:
            token = (fg if chosen else "accent_text") if folder.unread else "muted"
            line = QRect(right - 60, where.y(), 60, where.height())
            face = font("small", weight, tab=True)
            draw_text(painter, line, number(shown), token, face, RIGHT)
            right -= painter.fontMetrics().horizontalAdvance(number(shown)) + 8
        for on, ic in ((folder.shared, "users-round"), (read_only(folder), "eye")):
            if on:
                right -= 14
                draw_icon(painter, ic, "muted", right, centre - 7, 14)
                right -= 6
        name = QRect(x + 24, where.y(), right - x - 26, where.height())
        token = fg if folder.selectable else "muted"
        draw_text(painter, name, folder.name, token, font("base", weight))


class FolderTree(QTreeView):
    """Folders can be chosen, opened and closed by keyboard; rows of the list are dropped on them."""

    chosen = Signal(object)
    """The :class:`Folder` under the cursor."""
    dropped = Signal(tuple, object)
    """Placements, and the :class:`Folder` they are dropped on."""

    def __init__(self, model: FolderModel) -> None:
        super().__init__()
        self.drop_row = QPersistentModelIndex()
        self.folders = model
        self.setModel(model)
        self.setItemDelegate(_FolderDelegate(self))
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setExpandsOnDoubleClick(False)
        self.setAnimated(False)
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DropOnly)
        self.setDropIndicatorShown(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName(_("Boîtes et dossiers"))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.clicked.connect(self._clicked)
        self.selectionModel().currentChanged.connect(self._moved)

    def _clicked(self, index: QModelIndex) -> None:
        if index.data(KIND) == "account":
            self.setExpanded(index, not self.isExpanded(index))

    def _moved(self, current: QModelIndex) -> None:
        record = current.data(RECORD)
        if isinstance(record, Folder) and record.selectable:
            self.chosen.emit(record)

    def choose(self, folder: FolderId) -> bool:
        """Put the cursor on a folder. False when it is not there."""
        index = self.folders.index_of(folder)
        if not index.isValid():
            return False
        self.setCurrentIndex(index)
        return True

    def folder_at(self, point: QPoint) -> Folder | None:
        record = self.indexAt(point).data(RECORD)
        return record if isinstance(record, Folder) else None

    # The branches are painted by the delegate.

    def drawBranches(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """Nothing: no lines, no triangles."""

    def drawRow(self, painter: QPainter, options: QStyleOptionViewItem, index: Index) -> None:
        # The style would fill the whole row when selected.
        option = QStyleOptionViewItem(options)
        option.rect = self.visualRect(index)
        if self.selectionModel().isSelected(QModelIndex(index)):
            option.state |= QStyle.StateFlag.State_Selected
        pointer = self.viewport().mapFromGlobal(self.cursor().pos())
        if self.viewport().underMouse() and self.indexAt(pointer) == index:
            option.state |= QStyle.StateFlag.State_MouseOver
        else:
            option.state &= ~QStyle.StateFlag.State_MouseOver
        self.itemDelegate().paint(painter, option, index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    # Dropping

    def _target(self, event: QDropEvent) -> Folder | None:
        folder = self.folder_at(event.position().toPoint())
        if folder is None or not folder.selectable or read_only(folder) or not dragged(event.mimeData()):
            return None
        return folder

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dragged(event.mimeData()):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if self._target(event) is not None:
            self.drop_row = QPersistentModelIndex(index)
            event.acceptProposedAction()
        else:
            self.drop_row = QPersistentModelIndex()
            event.ignore()
        self.viewport().update()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.drop_row = QPersistentModelIndex()
        self.viewport().update()

    def dropEvent(self, event: QDropEvent) -> None:
        folder = self._target(event)
        self.drop_row = QPersistentModelIndex()
        self.viewport().update()
        if folder is not None:
            event.acceptProposedAction()
            self.dropped.emit(dragged(event.mimeData()), folder)
