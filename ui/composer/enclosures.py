"""Files of a message being written: cards, drop and paste, and the gauge of the operator's limit."""

from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, QUrl, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QGridLayout, QScrollArea, QWidget

from mssclient.model.drafts import DraftAttachment
from mssclient.model.ids import new_id
from mssclient.model.language import _
from ui.kit import Elide, Gauge, Tile, box, button, frame, label, set_role, tool, wrap
from ui.theme import appearance, scaled
from ui.theme.words import size

__all__ = ["Enclosures", "files_of"]

_CARD = (190, 48)
_GAP = 8
_SCROLLBAR = 14
_SIDE = 170
_LOW = 640
"""In a window lower than this the words need the room."""


def files_of(data: QMimeData) -> list[str]:
    """The local files of a drop or paste."""
    return [
        url.toLocalFile()
        for url in data.urls()
        if QUrl.isLocalFile(url) and Path(url.toLocalFile()).is_file()
    ]


class Enclosures(QWidget):
    """``wanted(id, path)``: the engine should copy this file in; ``removed(id)``."""

    wanted = Signal(str, str)
    removed = Signal()

    def __init__(self, limit_octets: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._limit = limit_octets
        self.files: list[DraftAttachment] = []
        self._waiting: dict[str, tuple[str, int]] = {}
        self._cards: list[QWidget] = []
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(_GAP)
        inside = QWidget()
        inside.setLayout(self._grid)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setAccessibleName(_("Pièces jointes"))
        self._area.setWidget(inside)
        self._said = label("", "small", 500, "muted", tab=True)
        self._gauge = Gauge(_("Taille des pièces jointes"))
        self._attach = button(_("Joindre"), "plain", "paperclip", on_click=self.choose)
        self._said.setWordWrap(True)
        side = wrap(box("v", None, self._said, self._gauge, None, gap=5))
        side.setFixedWidth(_SIDE)
        self._side = side
        row = box("h", self._area, self._attach, None, side, m=(20, 8, 20, 8), gap=_GAP)
        row.setStretchFactor(self._area, 100)
        self.setLayout(row)
        appearance().changed.connect(self._show)
        self._show()

    @property
    def octets(self) -> int:
        return sum(file.octets for file in self.files) + sum(octets for _n, octets in self._waiting.values())

    @property
    def busy(self) -> bool:
        """Files are still being copied in."""
        return bool(self._waiting)

    @property
    def too_large(self) -> bool:
        return self.octets > self._limit

    def set_limit(self, limit_octets: int) -> None:
        self._limit = limit_octets
        self._show()

    def choose(self) -> None:
        paths, _filter = QFileDialog.getOpenFileNames(self, _("Joindre des fichiers"))
        self.add_paths(paths)

    def add_paths(self, paths: list[str]) -> None:
        for path in paths:
            try:
                octets = Path(path).stat().st_size
            except OSError:
                octets = 0
            attachment = new_id()
            self._waiting[attachment] = (Path(path).name, octets)
            self.wanted.emit(attachment, path)
        self._show()

    def arrived(self, attachment: str, file_type: str = "application/octet-stream") -> None:
        """The engine has copied it in."""
        name, octets = self._waiting.pop(attachment, ("", 0))
        if name:
            self.files.append(DraftAttachment(id=attachment, filename=name, type=file_type, octets=octets))
        self._show()

    def expect(self, attachment: str, name: str, octets: int) -> None:
        """A part of another message is on its way in."""
        self._waiting[attachment] = (name, octets)
        self._show()

    def refused(self, attachment: str) -> None:
        self._waiting.pop(attachment, None)
        self._show()

    def set_files(self, files: tuple[DraftAttachment, ...]) -> None:
        self.files = list(files)
        self._show()

    def _drop(self, attachment: str) -> None:
        self.files = [file for file in self.files if file.id != attachment]
        self._attach.setFocus(Qt.FocusReason.OtherFocusReason)  # its button is gone
        self._show()
        self.removed.emit()

    def _show(self) -> None:
        for gone in self._cards:
            gone.hide()
            gone.deleteLater()
        self._cards = [self._card(file.id, file.filename, size(file.octets)) for file in self.files]
        self._cards += [
            self._card(attachment, name, _("copie en cours…"), waiting=True)
            for attachment, (name, _octets) in self._waiting.items()
        ]
        limit = size(self._limit)
        words = _("{used} sur {limit}").format(used=size(self.octets), limit=limit)
        if self.too_large:
            words += _(" — trop\u00a0lourd")
        self._said.setText(words)
        set_role(self._said, "danger" if self.too_large else "muted")
        self._gauge.set_ratio(self.octets / self._limit if self._limit else 0.0, words)
        self._side.setVisible(bool(self.files or self._waiting))
        self._place()

    def _place(self) -> None:
        """As many cards a line as there is room for; what is more scrolls."""
        self._area.setVisible(bool(self._cards))
        if not self._cards:
            return
        wide, high = scaled(_CARD[0]) + _GAP, scaled(_CARD[1]) + _GAP
        room = self.width() - 40 - _SIDE - self._attach.sizeHint().width() - 2 * _GAP - _SCROLLBAR
        columns = max(1, min(len(self._cards), (room + _GAP) // wide))
        lines = -(-len(self._cards) // columns)
        for number, card in enumerate(self._cards):
            self._grid.addWidget(card, number // columns, number % columns, Qt.AlignmentFlag.AlignLeft)
        most = 1 if self.window().height() < _LOW else 2
        scrolls = lines > most
        # Not fixed: the window could not be made narrower again.
        self._area.setMinimumWidth(wide - _GAP + (_SCROLLBAR if scrolls else 0))
        self._area.setMaximumWidth(columns * wide - _GAP + (_SCROLLBAR if scrolls else 0))
        self._area.setFixedHeight(min(lines, most) * high - _GAP)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _card(self, attachment: str, name: str, remark: str, *, waiting: bool = False) -> QWidget:
        words = box(
            "v", Elide(name, "base", 500, middle=True), label(remark, "micro", 400, "muted", tab=True), gap=0
        )
        row = box("h", Tile("file-text"), words, m=(7, 6, 4, 6), gap=8)
        if not waiting:
            away = tool("x", _("Retirer {name}").format(name=name), size=14, small=True)
            away.clicked.connect(lambda: self._drop(attachment))
            row.addWidget(away)
        card = frame("card", row)
        card.setFixedSize(scaled(_CARD[0]), scaled(_CARD[1]))
        card.setAccessibleName(f"{name}, {remark}")
        return card
