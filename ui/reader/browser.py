"""The body of a message: text or compiled HTML, where nothing but this message's own pictures can load.

QTextBrowser by itself reads ``file:``, ``//host`` and ``qrc:`` addresses, so every resource passes through
``loadResource`` here, which knows only the pictures that came with the compiled body. It never asks its base
class, never follows a link by itself, and accepts no drop.
"""

import html
import re

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QImage,
    QImageReader,
    QKeyEvent,
    QPalette,
    QTextDocument,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QMenu, QSizePolicy, QTextBrowser, QWidget

from mssclient.model.language import _
from mssclient.model.messages import CompiledHtml, Picture
from ui.theme import T, appearance, font

__all__ = ["MailBrowser", "links_of"]

MAX_PIXELS = 16_000_000
MAX_HEIGHT = 20_000
"""Pixels; a longer body scrolls inside itself, so that the page around it stays light."""
_LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"']+[^\s<>\"'.,;:!?)\]}»]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE
)
_HREF = re.compile(r'<a\s+href="([^"]*)"[^>]*>(.*?)</a>', re.IGNORECASE | re.DOTALL)
_QUOTED = re.compile(r"^(?:> ?)+")


def links_of(body: str) -> list[tuple[str, str]]:
    """(address, words) of each link of a compiled body, in order: the keyboard's way to them."""
    found: list[tuple[str, str]] = []
    for address, words in _HREF.findall(body):
        plain = " ".join(html.unescape(re.sub(r"<[^>]+>", "", words)).replace("\u200b", "").split())
        found.append((html.unescape(address), plain))
    return found


def text_as_html(text: str) -> str:
    """Plain words as our own markup: every character escaped, quotes muted, links recognised."""
    lines: list[str] = []
    for line in text.split("\n"):
        # Non-breaking runs keep columns typed with blanks; ordinary single blanks still wrap.
        kept = _with_links(line).replace("  ", "\u00a0 ").replace("\t", "\u00a0\u00a0\u00a0 ")
        if _QUOTED.match(line):
            kept = f'<span style="color:{T.muted}">{kept}</span>'
        lines.append(kept)
    return f'<div style="line-height:140%">{"<br>".join(lines)}</div>'


def _with_links(line: str) -> str:
    pieces: list[str] = []
    last = 0
    for found in _LINK.finditer(line):
        address = found[0]
        if "@" in address and "://" not in address:
            target = f"mailto:{address}"
        else:
            target = address if "://" in address else f"http://{address}"
        pieces.append(html.escape(line[last : found.start()]))
        pieces.append(f'<a href="{html.escape(target)}">{html.escape(address)}</a>')
        last = found.end()
    pieces.append(html.escape(line[last:]))
    return "".join(pieces)


class MailBrowser(QTextBrowser):
    """As high as its words: the page around it scrolls. Links are only told, by ``link_chosen``."""

    link_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures: dict[str, Picture] = {}
        self._decoded: dict[str, QImage] = {}
        self._shown: CompiledHtml | None = None
        self._text: str | None = None
        self._links = True
        self._blank = QImage(1, 1, QImage.Format.Format_ARGB32)
        self._blank.fill(Qt.GlobalColor.transparent)
        self.setAccessibleName(_("Texte du message"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setUndoRedoEnabled(False)
        self.setSearchPaths([])
        self.setAcceptDrops(False)
        self.setTabChangesFocus(True)
        self.setWordWrapMode(QTextOption.WrapMode.WordWrap)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextBrowserInteraction | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.document().setDocumentMargin(0)
        self.document().documentLayout().documentSizeChanged.connect(lambda _size: self._fit())
        self.anchorClicked.connect(self._clicked)
        appearance().changed.connect(self._restyle)

    def show_text(self, text: str) -> None:
        """Plain words, in the size of reading."""
        self._shown, self._text = None, text
        self._pictures, self._decoded = {}, {}
        self._paper("surface", "text")
        self.document().setDocumentMargin(0)
        self.setFont(font("read"))
        self.setHtml(text_as_html(text))
        self._fit()

    def show_compiled(self, body: CompiledHtml) -> None:
        """A body compiled by the engine, on the paper it was compiled for."""
        self._shown, self._text = body, None
        self._pictures, self._decoded = dict(body.pictures), {}
        self._paper(body.background, "#000000")
        plain = QColor(body.background) == QColor(T.surface)
        self.document().setDocumentMargin(0 if plain else 12)
        self.setFont(font("read"))
        self.setHtml(body.html)
        self._fit()

    def set_links(self, on: bool) -> None:
        """Links of a doubtful message lead nowhere."""
        self._links = on

    def _paper(self, background: str, words: str) -> None:
        paper = self.palette()
        base = QColor(background if background.startswith("#") else str(getattr(T, background)))
        paper.setColor(QPalette.ColorRole.Base, base)
        paper.setColor(
            QPalette.ColorRole.Text, QColor(words if words.startswith("#") else str(getattr(T, words)))
        )
        self.setPalette(paper)
        sheet = (
            f"QTextBrowser {{ background: {base.name()}; border: 0; padding: 0; border-radius: 8px; }}"
            if background.startswith("#")
            else "QTextBrowser { background: transparent; border: 0; padding: 0; }"
        )
        self.setStyleSheet(sheet)
        self.document().setDefaultStyleSheet(f"a {{ color: {T.accent_text}; }}")

    def _restyle(self) -> None:
        if self._text is not None:
            self.show_text(self._text)

    def _fit(self) -> None:
        high = round(self.document().size().height()) + 4
        scrolls = high > MAX_HEIGHT
        policy = Qt.ScrollBarPolicy.ScrollBarAlwaysOn if scrolls else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        if self.verticalScrollBarPolicy() != policy:
            self.setVerticalScrollBarPolicy(policy)
        self.setFixedHeight(900 if scrolls else max(24, high))

    @property
    def scrolls(self) -> bool:
        """Too long for the page: it scrolls inside itself."""
        return self.verticalScrollBarPolicy() == Qt.ScrollBarPolicy.ScrollBarAlwaysOn

    def sizeHint(self) -> QSize:
        return QSize(320, self.height())

    def _clicked(self, address: QUrl) -> None:
        if self._links:
            self.link_chosen.emit(address.toString())

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """The only door. Pictures of this message by their opaque key; nothing else, whatever is asked."""
        picture = kind == QTextDocument.ResourceType.ImageResource.value
        key = name.toString() if isinstance(name, QUrl) else str(name)
        found = self._pictures.get(key) if picture else None
        if found is None:
            return self._blank if picture else QByteArray()
        if key not in self._decoded:
            self._decoded[key] = _decode(found) or self._blank
        return self._decoded[key]

    def doSetSource(self, name: QUrl, kind: QTextDocument.ResourceType) -> None:
        """``setSource`` and ``reload`` can never load anything."""

    def createMimeDataFromSelection(self) -> QMimeData:
        """Copies are plain words, without the soft breaks that we put into long ones."""
        copied = QMimeData()
        words = self.textCursor().selection().toPlainText()
        copied.setText(words.replace("\u200b", "").replace("\ufffc", ""))
        return copied

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.scrolls:
            super().wheelEvent(event)
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # The page scrolls, not the body; Tab leaves to the next control, arrows move a selection only.
        moving = (
            Qt.Key.Key_Up,
            Qt.Key.Key_Down,
            Qt.Key.Key_PageUp,
            Qt.Key.Key_PageDown,
            Qt.Key.Key_Home,
            Qt.Key.Key_End,
            Qt.Key.Key_Space,
        )
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if event.key() in moving and plain and not self.scrolls:
            event.ignore()
            return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        copy = menu.addAction(_("Copier"))
        copy.setEnabled(self.textCursor().hasSelection())
        copy.triggered.connect(self.copy)
        menu.addAction(_("Tout sélectionner")).triggered.connect(self.selectAll)
        menu.exec(event.globalPos())


def _decode(picture: Picture) -> QImage | None:
    """Our own encoding of a picture; its header is checked again before it is decoded."""
    store = QBuffer()
    store.setData(QByteArray(picture.data))
    store.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(store)
    size = reader.size()
    if bytes(reader.format().data()) not in (b"png", b"jpeg") or not size.isValid():
        return None
    if size.width() * size.height() > MAX_PIXELS:
        return None
    image = reader.read()
    return None if image.isNull() else image
