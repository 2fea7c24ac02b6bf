"""The delegate of the message list: paints a whole row from one record.

Two-line row:   ● [padlock] sender ……………… clip flag  date
                            [HPRIM] subject ……… tag  ▲ n
One line (list ≥ 640 px wide): the same in fixed columns, so that the eye runs down an edge.
Only sender and subject are ever elided.
"""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from mssclient.model.language import _
from mssclient.model.messages import Row
from ui.kit.paint import RIGHT, draw_text, pill, pill_width, text_width
from ui.main.result_places import BAL_MARK
from ui.main.row_words import tags_of
from ui.main.rows import MessageModel
from ui.theme import ROW, VERDICTS, T, appearance, as_colour, draw_icon, font, scaled
from ui.theme.words import DOCUMENT_BADGES, NNBSP, date_in_list, shown_subject, verdict_word

__all__ = ["HOVER_ACTIONS", "ONE_LINE_WIDTH", "RowDelegate", "row_height"]

ONE_LINE_WIDTH = 640
HOVER_ACTIONS = ("flag", "archive", "delete")
_HOVER_ICONS = {"flag": "flag", "archive": "archive", "delete": "trash-2"}
_ONE_LINE = {"aeree": 44, "confortable": 36, "compacte": 30}

Index = QModelIndex | QPersistentModelIndex


def row_height(width: int) -> int:
    """Height of every row of a list of this width, at the density and text size of the moment."""
    density = appearance().density
    return scaled(_ONE_LINE[density] if width >= ONE_LINE_WIDTH else ROW[density])


class _Look:
    """Colours of one row in its state."""

    def __init__(self, selected: bool, focused: bool, hover: bool, row: Row) -> None:
        self.selected = selected
        self.loud = selected and focused
        self.hover = hover
        self.fg = "sel_text" if self.loud else "text"
        self.muted = "sel_muted" if self.loud else "muted"
        self.inverse = self.loud and T.contrast
        self.unread = "seen" not in row.flags
        glyph, role = VERDICTS.get(row.level, VERDICTS["unknown"])
        self.glyph, self.role = glyph, role
        self.verdict = "sel_text" if self.inverse else role
        self.date = self.fg if selected or not self.unread else "accent_text"
        if not self.unread:
            self.date = self.muted
        self.dot = "sel_text" if self.inverse else "accent_text"
        self.place = ""

    def card(self) -> str:
        if self.selected:
            return "sel" if self.loud else "sel_idle"
        return "hover" if self.hover else ""


class RowDelegate(QStyledItemDelegate):
    """Paints rows of a :class:`MessageModel`."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.hairlines = True

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, row_height(option.rect.width()))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, MessageModel)
        row = model.row(index.row())
        where: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if row is None:
            self._skeleton(painter, where)
        else:
            state = option.state
            selected = bool(state & QStyle.StateFlag.State_Selected)
            focused = bool(state & QStyle.StateFlag.State_Active)
            hover = bool(state & QStyle.StateFlag.State_MouseOver)
            look = _Look(selected, focused, hover, row)
            look.place = model.places.get(row.folder, "")
            self._card(painter, where, look, current=bool(state & QStyle.StateFlag.State_HasFocus))
            if where.width() >= ONE_LINE_WIDTH:
                self._one_line(painter, where, row, look)
            elif appearance().density == "compacte":
                self._narrow_line(painter, where, row, look)
            else:
                self._two_lines(painter, where, row, look)
        painter.restore()

    def _card(self, painter: QPainter, where: QRect, look: _Look, *, current: bool) -> None:
        card = QRectF(where).adjusted(8, 1, -8, -1)
        fill = look.card()
        if fill:
            painter.setBrush(as_colour(fill))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawRoundedRect(card, 8, 8)
        if current and not look.selected:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(as_colour("focus"), 2))
            painter.drawRoundedRect(card.adjusted(1, 1, -1, -1), 8, 8)

    # Two lines

    def _two_lines(self, painter: QPainter, where: QRect, row: Row, look: _Look) -> None:
        half = scaled(21)
        line1 = where.y() + round(where.height() / 2 - half / 2 - 1)
        line2 = line1 + scaled(22)
        left = where.x() + 30
        tall = scaled(20)
        if look.unread:
            self._dot(painter, where.x() + 19, line1, look)
        draw_icon(painter, look.glyph, look.verdict, left, line1 - 8, 16)
        if "answered" in row.flags:
            draw_icon(painter, "reply", look.muted, left + 1, line2 - 7, 14)
        text, right = left + 26, where.right() - 18
        end = self._line1_end(painter, row, look, right, line1, tall)
        name, weight = row.sender or row.address, 600 if look.unread else 500
        if look.place:
            # Beside the sender: the subject, and the patient in it, keep their line.
            most = max(scaled(130), end - text - text_width(name, "base", weight) - 16)
            end = self._place(painter, look, end - 4, line1, most)
        sender = QRect(text, line1 - tall // 2, end - text - 6, tall)
        draw_text(painter, sender, name, look.fg, font("base", weight))
        end = self._marks(painter, row, look, right, line2)
        text += self._badge(painter, row, look, text, line2)
        subject = QRect(text, line2 - tall // 2, end - text - 2, tall)
        token = look.fg if look.unread else look.muted
        draw_text(
            painter,
            subject,
            shown_subject(row.subject) or _("(sans objet)"),
            token,
            font("base", 500 if look.unread else 400),
        )

    def _line1_end(self, painter: QPainter, row: Row, look: _Look, right: int, centre: int, tall: int) -> int:
        """Date, flag and clip, or the hover actions in the place of the date. Gives where they begin."""
        if look.hover and not look.selected:
            # The icons take the room of the date and more: nothing else moves.
            for where, name in self._action_places(right, centre):
                draw_icon(painter, _HOVER_ICONS[name], "text", where.x() + 5, centre - 8, 16)
            return right - 3 * 26 - 2
        weight = 600 if look.unread else 400
        date = date_in_list(row.date_utc)
        width = text_width(date, "small", weight)
        box = QRect(right - width - 2, centre - tall // 2, width + 2, tall)
        draw_text(painter, box, date, look.date, font("small", weight, tab=True), RIGHT)
        end = right - width - 8
        for shown, name, token in self._small_marks(row, look):
            if shown:
                end -= 16
                draw_icon(painter, name, token, end, centre - 7, 14)
                end -= 2
        return end

    def _small_marks(self, row: Row, look: _Look) -> tuple[tuple[bool, str, str], ...]:
        danger = "sel_text" if look.inverse else "danger"
        return (
            (row.pending, "clock", look.muted),
            ("flagged" in row.flags, "flag", danger),
            (row.attachments > 0, "paperclip", look.muted),
        )

    # One line, wide

    def _one_line(self, painter: QPainter, where: QRect, row: Row, look: _Look) -> None:
        y, height, centre = where.y(), where.height(), where.center().y() + 1
        left = where.x()
        if look.unread:
            self._dot(painter, left + 19, centre, look)
        draw_icon(painter, look.glyph, look.verdict, left + 30, centre - 8, 16)
        if "answered" in row.flags:
            draw_icon(painter, "reply", look.muted, left + 52, centre - 7, 14)
        sender_width = max(scaled(140), min(scaled(210), int(where.width() * 0.2)))
        badge_x = left + 72 + sender_width + 12
        face = font("base", 600 if look.unread else 400)
        draw_text(
            painter, QRect(left + 72, y, sender_width, height), row.sender or row.address, look.fg, face
        )
        self._badge(painter, row, look, badge_x, centre)
        right = where.right() - 18
        end = self._wide_end(painter, row, look, QRect(left, y, right - left, height), centre)
        end = self._place(painter, look, end - 8, centre, scaled(190)) if look.place else end - 8
        end = self._marks(painter, row, look, end, centre)
        subject_x = badge_x + scaled(54)
        subject = QRect(subject_x, y, end - subject_x - 6, height)
        draw_text(painter, subject, shown_subject(row.subject) or _("(sans objet)"), look.fg, face)

    def _wide_end(self, painter: QPainter, row: Row, look: _Look, line: QRect, centre: int) -> int:
        right = line.right() + 1
        date_width = scaled(90)
        if look.hover and not look.selected:
            for where, name in self._action_places(right, centre):
                draw_icon(painter, _HOVER_ICONS[name], "text", where.x() + 5, centre - 8, 16)
        else:
            weight = 600 if look.unread else 400
            box = QRect(right - date_width, line.y(), date_width, line.height())
            face = font("small", weight, tab=True)
            token = look.fg if look.unread else look.muted
            draw_text(painter, box, date_in_list(row.date_utc), token, face, RIGHT)
        end = right - date_width - 10
        for shown, name, token in reversed(self._small_marks(row, look)):
            end -= 16
            if shown:
                draw_icon(painter, name, token, end, centre - 7, 14)
            end -= 4
        return end

    def _narrow_line(self, painter: QPainter, where: QRect, row: Row, look: _Look) -> None:
        """Compact in a narrow list: the least that tells who, what, when, and the exception."""
        centre, tall = where.center().y() + 1, where.height()
        left, right = where.x() + 30, where.right() - 18
        if look.unread:
            self._dot(painter, where.x() + 19, centre, look)
        draw_icon(painter, look.glyph, look.verdict, left, centre - 8, 16)
        text = left + 24
        end = self._line1_end(painter, row, look, right, centre, tall)
        if row.abnormal:
            end = self._abnormal(painter, row, look, end, centre)
        sender_width = min(scaled(112), where.width() // 3)
        face = font("base", 600 if look.unread else 400)
        draw_text(
            painter,
            QRect(text, where.y(), sender_width, tall),
            row.sender or row.address,
            look.fg,
            face,
        )
        subject = QRect(text + sender_width + 10, where.y(), end - text - sender_width - 14, tall)
        token = look.fg if look.unread else look.muted
        draw_text(painter, subject, shown_subject(row.subject) or _("(sans objet)"), token, face)

    # Pieces

    def _dot(self, painter: QPainter, x: int, y: int, look: _Look) -> None:
        painter.setBrush(as_colour(look.dot))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawEllipse(QPointF(x, y), 4, 4)

    def _badge(self, painter: QPainter, row: Row, look: _Look, x: int, centre: int) -> int:
        """The outlined type of document; the width it took with its gap."""
        word = DOCUMENT_BADGES.get(row.document, row.document[:6].upper())
        if not word:
            return 0
        edge = look.muted if look.selected else "outline"
        return pill(painter, x, centre, word, "", look.muted, edge, h=17, pad=5) + 7

    def _abnormal(self, painter: QPainter, row: Row, look: _Look, right: int, centre: int) -> int:
        word = f"▲{NNBSP}{row.abnormal}"
        x = right - pill_width(word, 6)
        if look.inverse:
            pill(painter, x, centre, word, "sel_text", "sel")
        elif row.critical:
            pill(painter, x, centre, word, "danger_fill", "on_accent")
        else:
            pill(painter, x, centre, word, "danger_soft", "danger", "danger_line")
        return x - 6

    def _place(self, painter: QPainter, look: _Look, right: int, centre: int, most: int) -> int:
        """Where a search result lies, in at most so many pixels; where the words begin."""
        bal, mark, folder = look.place.rpartition(BAL_MARK)
        bal = bal.removeprefix("Dr ")  # the name tells two doctors apart
        tall = scaled(20)
        width = min(text_width(mark + folder, "small", 400) + 2, most)
        where = QRect(right - width, centre - tall // 2, width, tall)
        draw_text(painter, where, mark + folder, look.muted, font("small"), RIGHT)
        if bal:  # what is too long is cut in the name of the BAL, not in the folder's
            room = min(text_width(bal, "small", 400) + 2, most - width)
            where = QRect(where.left() - room, where.top(), room, tall)
            draw_text(painter, where, bal, look.muted, font("small"), RIGHT)
            width += max(0, room)
        return right - width - 8

    def _marks(self, painter: QPainter, row: Row, look: _Look, right: int, centre: int) -> int:
        """Abnormal results, then the first tag, then the word of an exception; where they begin."""
        end = right
        if row.abnormal:
            end = self._abnormal(painter, row, look, end, centre)
        tags = tags_of(row)
        if tags:
            more = f" +{len(tags) - 1}" if len(tags) > 1 else ""
            word = tags[0].label[:24] + more
            bg, fg = T.tag(tags[0].colour)
            end -= pill_width(word, 7)
            pill(painter, end, centre, word, bg, fg, fg if T.contrast else "", pad=7, radius=9)
            end -= 6
        if row.level in ("ordinary", "doubtful") and (row.level == "doubtful" or not tags):
            # Normal is quiet, only the exception speaks.
            word = verdict_word(row.level)
            end -= pill_width(word, 7)
            fill = "" if look.inverse else f"{look.role}_soft"
            edge = "" if look.selected else f"{look.role}_line"
            pill(painter, end, centre, word, fill, look.verdict, edge, pad=7, radius=9)
            end -= 6
        return end

    def _skeleton(self, painter: QPainter, where: QRect) -> None:
        """A grey row while the store is read."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(as_colour("press"))
        left, centre = where.x() + 56, where.center().y()
        width = where.width() - 56 - 24
        if where.height() < scaled(46):
            painter.drawRoundedRect(QRectF(left, centre - 5, width * 0.7, 10), 5, 5)
            return
        painter.drawRoundedRect(QRectF(left, centre - 16, width * 0.4, 10), 5, 5)
        painter.drawRoundedRect(QRectF(left, centre + 6, width * 0.75, 10), 5, 5)

    # Hover actions

    def _action_places(self, right: int, centre: int) -> list[tuple[QRect, str]]:
        places: list[tuple[QRect, str]] = []
        x = right - 3 * 26 + 5
        for name in HOVER_ACTIONS:
            places.append((QRect(x, centre - 13, 26, 26), name))
            x += 26
        return places

    def action_at(self, where: QRect, at: QPoint) -> str:
        """The hover action under a point of a row: "flag", "archive", "delete" or ""."""
        two_lines = where.width() < ONE_LINE_WIDTH and appearance().density != "compacte"
        centre = where.center().y() + 1
        if two_lines:
            centre = where.y() + round(where.height() / 2 - scaled(21) / 2 - 1)
        for place, name in self._action_places(where.right() - 18, centre):
            if place.contains(at):
                return name
        return ""

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        """The tooltip of the hover action under the pointer."""
        tip_at = getattr(view, "tip_at", None)
        QToolTip.showText(event.globalPos(), tip_at(event.pos()) if tip_at else "", view)
        return True

    @staticmethod
    def action_words(name: str, row: Row) -> str:
        if name == "flag":
            return _("Retirer le drapeau") if "flagged" in row.flags else _("Marquer d’un drapeau")
        return {"archive": _("Archiver"), "delete": _("Supprimer")}.get(name, "")
