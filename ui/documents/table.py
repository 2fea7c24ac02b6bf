"""The laboratory table: one painted cell at a time, readable without colour, spoken line by line."""

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QPainter, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from mssclient.model.documents import LabLine
from mssclient.model.language import _
from ui.documents.figures import Bar, arrows, bar_of, figure, interval, level, shown, spoken
from ui.kit.paint import draw_text
from ui.theme import T, appearance, as_colour, font, give_font, scaled

__all__ = ["LineModel", "ResultTable"]

Index = QModelIndex | QPersistentModelIndex
_NONE = QModelIndex()
_LABEL, _VALUE, _INTERVAL, _PREVIOUS = range(4)
_MOST_SHOWN = 400
"""Lines shown at their full height; longer tables scroll inside themselves."""


class LineModel(QAbstractTableModel):
    """The lines of one document; a comment stands below its line as a line of its own."""

    def __init__(self, lines: tuple[LabLine, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: list[LabLine] = []
        for line in lines:
            self.lines.append(line)
            if line.comment and not line.heading:
                self.lines.append(LabLine(label=line.comment, status="comment"))

    def rowCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else 4

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return (_("Analyse"), _("Résultat"), _("Intervalle de référence"), _("Antérieur"))[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section == _PREVIOUS else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = 0) -> object:
        if not index.isValid() or index.row() >= len(self.lines):
            return None
        line = self.lines[index.row()]
        if role == Qt.ItemDataRole.AccessibleTextRole and index.column() == _LABEL:
            return spoken(line)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            value = f"{shown(line.value)} {line.unit}".strip()
            return (line.label, value, interval(line), shown(line.previous))[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return spoken(line)
        return None


class _LineDelegate(QStyledItemDelegate):
    """Paints a cell: fills and hairlines without antialiasing, so that no seam shows at 125 % or 150 %."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(10, scaled(28))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, LineModel)
        line = model.lines[index.row()]
        where: QRect = option.rect  # type: ignore[attr-defined]
        painter.save()
        if line.heading:
            painter.fillRect(where, as_colour("sunken"))
            if index.column() == _LABEL:
                wide = where.adjusted(16, 0, 240, 0)
                draw_text(painter, wide, line.label, "muted", font("small", 600))
        elif line.status == "comment":
            draw_text(
                painter, where.adjusted(28, 0, -16, 0), line.label, "muted", font("small", 400, italic=True)
            )
            painter.setPen(as_colour("border"))
            painter.drawLine(where.bottomLeft(), where.bottomRight())
        else:
            self._line(painter, where, index.column(), line)
        painter.restore()

    def _line(self, painter: QPainter, where: QRect, column: int, line: LabLine) -> None:
        out = level(line)
        bad, critical = bool(out), abs(out) == 2
        if critical:
            painter.fillRect(where, as_colour("danger_soft"))
        painter.setPen(as_colour("border"))
        painter.drawLine(where.bottomLeft(), where.bottomRight())
        if critical and column == _LABEL:
            painter.fillRect(QRect(where.x(), where.y(), 3, where.height()), as_colour("danger"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if column == _LABEL:
            draw_text(
                painter,
                where.adjusted(16, 0, -4, 0),
                line.label,
                "text",
                font("base", 600 if bad else 400),
            )
        elif column == _VALUE:
            self._value(painter, where, line, out)
        elif column == _INTERVAL:
            bar = bar_of(line)
            if bar is not None:
                track = QRectF(where.x() + 8, where.center().y() - 3, 100, 6)
                _draw_bar(painter, track, bar, out=bad)
            words = where.adjusted(120, 0, -2, 0)
            draw_text(painter, words, interval(line), "muted", font("small", tab=True))
        else:
            side = Qt.AlignmentFlag.AlignRight
            face = font("small", tab=True)
            draw_text(painter, where.adjusted(0, 0, -16, 0), shown(line.previous), "muted", face, side)

    @staticmethod
    def _value(painter: QPainter, where: QRect, line: LabLine, out: int) -> None:
        """Value right-aligned on one edge, arrows after it, the unit last. Words take the whole cell."""
        face = font("base", 600 if out else 500, tab=True)
        token = "danger" if out else "text"
        edge = scaled(58)
        if _is_words(line):
            draw_text(painter, where.adjusted(8, 0, -4, 0), line.value, token, face)
            return
        x, y, high = where.x(), where.y(), where.height()
        right = Qt.AlignmentFlag.AlignRight
        draw_text(painter, QRect(x, y, edge, high), shown(line.value), token, face, right)
        if out:
            mark = QRect(x + edge + 4, y, 26, high)
            draw_text(painter, mark, arrows(out), "danger", font("micro", 600))
        unit = QRect(x + edge + 30, y, where.width() - edge - 32, high)
        draw_text(painter, unit, line.unit, "muted", font("small"))


def _draw_bar(painter: QPainter, track: QRectF, bar: Bar, *, out: bool) -> None:
    """Track, the normal zone (thicker), the value: dot inside, diamond outside; readable without colour."""
    low, high, value = bar
    painter.setPen(as_colour("border") if T.contrast else Qt.PenStyle.NoPen)
    painter.setBrush(as_colour("press"))
    painter.drawRoundedRect(track.adjusted(0, 1.5, 0, -1.5), 1.5, 1.5)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(as_colour("success_line"))
    zone = QRectF(track.x() + track.width() * low, track.y(), track.width() * (high - low), track.height())
    painter.drawRoundedRect(zone, 3, 3)
    x, y = track.x() + track.width() * value, track.center().y()
    painter.setPen(QPen(as_colour("surface"), 1.5))
    painter.setBrush(as_colour("danger" if out else "text"))
    if out:
        corners = [QPointF(x, y - 6), QPointF(x + 6, y), QPointF(x, y + 6), QPointF(x - 6, y)]
        painter.drawPolygon(QPolygonF(corners))
    else:
        painter.drawEllipse(QPointF(x, y), 4.5, 4.5)


def _is_words(line: LabLine) -> bool:
    """A result in words (« présence de… ») takes the room of interval and previous value."""
    return figure(line.value) is None and not (line.unit or line.low or line.high or line.previous)


class ResultTable(QTableView):
    """A table as high as its lines, walked with the arrow keys; the page around it scrolls."""

    def __init__(self, lines: tuple[LabLine, ...], name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(LineModel(lines, self))
        self.setItemDelegate(_LineDelegate(self))
        self.setAccessibleName(name)
        self.setShowGrid(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        side = self.verticalHeader()
        side.hide()
        side.setMinimumSectionSize(20)
        top = self.horizontalHeader()
        give_font(top, "small", 500)
        top.setSectionsClickable(False)
        top.setHighlightSections(False)
        top.setMinimumSectionSize(40)
        top.setSectionResizeMode(_LABEL, QHeaderView.ResizeMode.Stretch)
        for column in (_VALUE, _INTERVAL, _PREVIOUS):
            top.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
        appearance().changed.connect(self._measure)
        self._measure()
        model = self.model()
        for row in range(model.rowCount()):
            status = model.lines[row].status  # type: ignore[attr-defined]
            if model.lines[row].heading or status == "comment":  # type: ignore[attr-defined]
                self.setSpan(row, 0, 1, 4)
            elif _is_words(model.lines[row]):  # type: ignore[attr-defined]
                self.setSpan(row, _VALUE, 1, 3)

    def _measure(self) -> None:
        self.verticalHeader().setDefaultSectionSize(scaled(28))
        lines = self.model().rowCount()
        shown = min(lines, _MOST_SHOWN)
        self.setFixedHeight(scaled(29) + scaled(28) * shown + 1)
        inside = lines <= _MOST_SHOWN
        policy = Qt.ScrollBarPolicy.ScrollBarAlwaysOff if inside else Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self.setVerticalScrollBarPolicy(policy)
        self._share_out()

    def resizeEvent(self, event: object) -> None:
        self._share_out()
        super().resizeEvent(event)  # type: ignore[arg-type]

    def _share_out(self) -> None:
        """Fixed columns; the previous value goes first when the pane is narrow, then the bar's words."""
        width = self.viewport().width()
        top = self.horizontalHeader()
        top.resizeSection(_VALUE, scaled(146))
        top.resizeSection(_INTERVAL, scaled(190) if width >= 520 else 118)
        top.resizeSection(_PREVIOUS, scaled(82))
        self.setColumnHidden(_PREVIOUS, width < 460)

    def wheelEvent(self, event: QWheelEvent) -> None:
        # The page scrolls, not the table, unless the table is longer than what it shows.
        if self.model().rowCount() <= _MOST_SHOWN:
            event.ignore()
            return
        super().wheelEvent(event)
