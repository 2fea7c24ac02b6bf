"""Small marks: badges, tags, verdict pills, round initials, tiles, gauges."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.kit.paint import draw_gauge, pill, pill_width
from ui.theme import VERDICTS, T, appearance, as_colour, draw_icon, font
from ui.theme.words import verdict_word

__all__ = ["Avatar", "Gauge", "Pill", "Tile", "document_badge", "tag_pill", "verdict_pill"]


class Pill(QWidget):
    """A badge as a widget. Colours are token names, or ``tag:<colour>:bg`` / ``tag:<colour>:fg``."""

    def __init__(
        self,
        text: str,
        bg: str = "sunken",
        fg: str = "muted",
        border: str = "border",
        *,
        ic: str = "",
        h: int = 20,
        pad: int = 7,
        radius: float = 4,
    ) -> None:
        super().__init__()
        self._text, self._bg, self._fg, self._border = text, bg, fg, border
        self._ic, self._h, self._pad, self._radius = ic, h, pad, radius
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        appearance().changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        height = round(self._h * appearance().text_percent / 100)
        return QSize(pill_width(self._text, self._pad, ic=self._ic), height)

    minimumSizeHint = sizeHint

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        pill(
            painter,
            0,
            self.height() / 2,
            self._text,
            _resolve(self._bg),
            _resolve(self._fg),
            _resolve(self._border),
            ic=self._ic,
            h=self._h,
            pad=self._pad,
            radius=self._radius,
        )


def _resolve(name: str) -> str:
    if name.startswith("tag:"):
        _tag, colour, part = name.split(":")
        bg, fg = T.tag(colour)
        if part == "line":
            return fg if T.contrast else ""
        return bg if part == "bg" else fg
    return name


def tag_pill(colour: str, text: str) -> Pill:
    """A tag of the person, in one of the eight colours."""
    return Pill(text, f"tag:{colour}:bg", f"tag:{colour}:fg", f"tag:{colour}:line", radius=10)


def document_badge(text: str) -> Pill:
    """BIO, CDA, HPRIM…: neutral, colour is kept for verdicts and tags."""
    return Pill(text)


def verdict_pill(level: str) -> Pill:
    """Glyph, word and colour of a verdict."""
    glyph, role = VERDICTS.get(level, VERDICTS["unknown"])
    soft, line = ("sunken", "border") if role == "muted" else (f"{role}_soft", f"{role}_line")
    return Pill(verdict_word(level), soft, role, line, ic=glyph, radius=10)


class Avatar(QWidget):
    """Initials or an icon in a round; decorative: the name stands beside it."""

    def __init__(self, name: str, size: int = 36, ic: str = "", colour: str = "bleu") -> None:
        super().__init__()
        self.setFixedSize(size, size)
        self.show_person(name, ic, colour)

    def show_person(self, name: str, ic: str = "", colour: str = "bleu") -> None:
        words = [word for word in name.replace("Dr ", "").split() if word[:1].isalnum()]
        self._initials = "".join(word[0] for word in words[:2]).upper() or "?"
        self._ic, self._colour = ic, colour
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bg, fg = T.tag(self._colour)
        painter.setBrush(as_colour(bg))
        painter.setPen(as_colour(fg) if T.contrast else Qt.PenStyle.NoPen)
        painter.drawEllipse(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        if self._ic:
            size = round(self.width() * 0.5)
            draw_icon(painter, self._ic, fg, (self.width() - size) / 2, (self.height() - size) / 2, size)
        else:
            painter.setFont(font(self.width() * 0.27, 600))
            painter.setPen(as_colour(fg))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._initials)


class Tile(QWidget):
    """An icon on a rounded square: a kind of file, a BAL, the mark of the program."""

    def __init__(self, ic: str, colour: str = "gris", size: int = 32, icon_size: int = 18) -> None:
        super().__init__()
        self._ic, self._colour, self._icon_size = ic, colour, icon_size
        self.setFixedSize(size, size)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        brand = self._colour == "accent"
        bg, fg = (T.accent, T.on_accent) if brand else T.tag(self._colour)
        painter.setBrush(as_colour(bg))
        painter.setPen(as_colour(fg) if T.contrast and not brand else Qt.PenStyle.NoPen)
        radius = self.width() / 4
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        edge = (self.width() - self._icon_size) / 2
        draw_icon(painter, self._ic, fg, edge, edge, self._icon_size)


class Gauge(QWidget):
    """Quota, attachments, strength; the figures stand above it in words, which are also its name."""

    def __init__(self, name: str = "", ratio: float = 0.0) -> None:
        super().__init__()
        self._ratio = ratio
        self.token = ""
        """Its colour where full is not a fault; "" = by how full it is."""
        self.setAccessibleName(name)
        self.setFixedHeight(6)
        self.setMinimumWidth(60)

    def set_ratio(self, ratio: float, name: str = "") -> None:
        self._ratio = ratio
        if name:
            self.setAccessibleName(name)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        draw_gauge(QPainter(self), QRectF(self.rect()), self._ratio, self.token)
