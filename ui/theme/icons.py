"""Icons: Lucide and our verdict glyphs, tinted with a token read at paint time.

A ``QIcon`` made here follows a change of theme by itself: its engine asks ``T`` each time it paints.
"""

from functools import cache, lru_cache

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from mssclient import resources
from ui.theme.tokens import T

__all__ = ["as_colour", "colour", "draw_icon", "icon", "pixmap"]


def colour(token: str) -> str:
    """A token name, or a colour already (« #… », from a tag), as a colour."""
    return token if token.startswith("#") else str(getattr(T, token))


@cache
def _svg(name: str) -> str:
    return resources.path("icons", f"{name}.svg").read_text(encoding="utf-8")


@lru_cache(maxsize=1024)
def _tinted(name: str, tint: str, pixels: int, size: int) -> QPixmap:
    svg = _svg(name).replace("currentColor", tint)
    if not name.startswith("v-"):
        # The stroke stays near 1.5 px at every size.
        stroke = 1.5 * 24 / size if size >= 18 else 2.1
        svg = svg.replace('stroke-width="2"', f'stroke-width="{stroke:.2f}"')
    picture = QPixmap(pixels, pixels)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    return picture


def pixmap(name: str, token: str = "muted", size: int = 18, ratio: float = 0) -> QPixmap:
    """An icon of ``size`` logical pixels, sharp at any screen factor.

    ``token`` is read now: ask again while painting rather than keeping the picture.
    """
    ratio = ratio or QGuiApplication.instance().devicePixelRatio()  # type: ignore[union-attr]
    picture = QPixmap(_tinted(name, colour(token), max(1, round(size * ratio)), size))
    picture.setDevicePixelRatio(ratio)
    return picture


def draw_icon(painter: QPainter, name: str, token: str, x: float, y: float, size: int = 16) -> None:
    """Paint an icon with its top left corner at (x, y), for delegates."""
    ratio = painter.device().devicePixelRatio()
    painter.drawPixmap(round(x), round(y), pixmap(name, token, size, ratio))


class _TokenEngine(QIconEngine):
    def __init__(self, name: str, token: str, on: str, disabled: str) -> None:
        super().__init__()
        self._name, self._token, self._on, self._disabled = name, token, on, disabled

    def _token_of(self, mode: QIcon.Mode, state: QIcon.State) -> str:
        if mode == QIcon.Mode.Disabled:
            return self._disabled
        if mode == QIcon.Mode.Selected:
            return "sel_text"
        return self._on if state == QIcon.State.On else self._token

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        ratio = painter.device().devicePixelRatio()
        size = min(rect.width(), rect.height())
        picture = pixmap(self._name, self._token_of(mode, state), size, ratio)
        painter.drawPixmap(
            rect.x() + (rect.width() - size) // 2, rect.y() + (rect.height() - size) // 2, picture
        )

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        # ``size`` is in logical pixels since Qt 6.8.
        return pixmap(
            self._name, self._token_of(mode, state), max(1, min(size.width(), size.height())), scale or 1
        )

    def actualSize(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QSize:
        edge = min(size.width(), size.height())
        return QSize(edge, edge)

    def isNull(self) -> bool:
        return False

    def clone(self) -> QIconEngine:
        twin = _TokenEngine(self._name, self._token, self._on, self._disabled)
        _clones.append(twin)
        return twin


_clones: list[_TokenEngine] = []
_icons: dict[tuple[str, str, str, str], QIcon] = {}


def icon(name: str, token: str = "muted", *, on: str = "", disabled: str = "disabled") -> QIcon:
    """An icon that follows the theme. ``on``: its token while checked."""
    key = (name, token, on or token, disabled)
    found = _icons.get(key)
    if found is None:
        found = _icons[key] = QIcon(_TokenEngine(*key))
    return found


def as_colour(token: str) -> QColor:
    return QColor(colour(token))
