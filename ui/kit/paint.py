"""Painting pieces shared by delegates and small widgets."""

from functools import lru_cache

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen

from ui.theme import T, appearance, as_colour, draw_icon, font

__all__ = ["draw_gauge", "draw_text", "pill", "pill_width", "text_width"]

LEFT = Qt.AlignmentFlag.AlignLeft
RIGHT = Qt.AlignmentFlag.AlignRight


@lru_cache(maxsize=512)
def _advance(text: str, size: str, weight: int, percent: int) -> int:
    return QFontMetrics(font(size, weight, tab=True)).horizontalAdvance(text)


def text_width(text: str, size: str = "micro", weight: int = 600) -> int:
    """Width of a short word in tabular figures, remembered."""
    return _advance(text, size, weight, appearance().text_percent)


def pill_width(text: str, pad: int = 6, weight: int = 600, *, ic: str = "", size: str = "micro") -> int:
    return text_width(text, size, weight) + 2 * pad + (15 if ic else 0)


def pill(
    painter: QPainter,
    x: float,
    cy: float,
    text: str,
    bg: str,
    fg: str,
    border: str = "",
    *,
    h: int = 18,
    pad: int = 6,
    weight: int = 600,
    ic: str = "",
    radius: float = 4,
    size: str = "micro",
) -> int:
    """Paint a small badge, left edge x, vertical centre cy; its width comes back.

    Colours are token names or « #… »; an empty ``bg`` fills nothing.
    """
    width = pill_width(text, pad, weight, ic=ic, size=size)
    h = round(h * appearance().text_percent / 100)
    where = QRectF(x, cy - h / 2, width, h)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(as_colour(bg) if bg else Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(as_colour(border), 1) if border else Qt.PenStyle.NoPen)
    painter.drawRoundedRect(where.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
    painter.setFont(font(size, weight, tab=True))
    painter.setPen(as_colour(fg))
    if ic:
        draw_icon(painter, ic, fg, x + pad - 1, cy - 6, 12)
    painter.drawText(
        where.adjusted(pad + (15 if ic else 0), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter | LEFT, text
    )
    painter.restore()
    return width


def draw_text(
    painter: QPainter,
    where: QRect,
    text: str,
    token: str,
    face: QFont,
    align: Qt.AlignmentFlag = LEFT,
    mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> None:
    """One elided line, vertically centred."""
    if where.width() <= 0:
        return
    painter.setFont(face)
    painter.setPen(as_colour(token))
    shown = QFontMetrics(face).elidedText(text, mode, where.width())
    painter.drawText(where, align | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)


def draw_gauge(painter: QPainter, where: QRectF, ratio: float, token: str = "") -> None:
    """A track that fills. Without ``token`` it is a quota: accent, warning from 80 %, danger from 95 %.

    The words stand beside it.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(as_colour("border") if T.contrast else Qt.PenStyle.NoPen)
    painter.setBrush(as_colour("press"))
    round_ = where.height() / 2
    painter.drawRoundedRect(where, round_, round_)
    token = token or ("danger" if ratio >= 0.95 else "warning" if ratio >= 0.8 else "accent")
    painter.setBrush(as_colour(token))
    painter.setPen(Qt.PenStyle.NoPen)
    if ratio > 0:
        width = max(where.height(), where.width() * min(1.0, ratio))
        painter.drawRoundedRect(QRectF(where.x(), where.y(), width, where.height()), round_, round_)
