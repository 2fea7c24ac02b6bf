"""Attachments of a message: cards that open, save and can be dragged out to the desktop."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPoint, QStandardPaths, Qt, QUrl, Signal
from PySide6.QtGui import QContextMenuEvent, QDesktopServices, QDrag, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QFrame, QGridLayout, QMenu, QSizePolicy, QWidget

from mssclient.model.documents import DocumentMatch
from mssclient.model.errors import Problem
from mssclient.model.ids import PlacementId
from mssclient.model.language import _
from mssclient.model.messages import AttachmentInfo
from mssclient.model.questions import OpenAttachment, Paths, SaveAttachments
from ui.kit import Elide, Tile, box, button, label, problem_sentence, tool
from ui.theme.words import NBSP, count, size

if TYPE_CHECKING:
    from ui.bridge import Bridge

__all__ = ["AttachmentCard", "Attachments"]

_SHOWN = 3
"""Cards shown before the person asks for all."""

_DOCUMENTS = {
    "hprim-medecin": ("flask-conical", "turquoise", "HPRIM"),
    "hprim-sante": ("flask-conical", "turquoise", "HPRIM"),
    "hprim-xml": ("file-code", "gris", "HPRIM XML"),
    "cda": ("file-heart", "bleu", "Document CDA"),
    "xdm": ("file-heart", "bleu", "Document CDA"),
    "apicrypt": ("key-round", "turquoise", "Apicrypt"),
}


def _kind(info: AttachmentInfo, document: str) -> tuple[str, str, str]:
    """(icon, tile colour, word) of an attachment."""
    if document in _DOCUMENTS:
        return _DOCUMENTS[document]
    ending = Path(info.filename).suffix.lower().lstrip(".")
    if info.type == "application/pdf" or ending == "pdf":
        return "file-text", "gris", "PDF"
    if info.type.startswith("image/"):
        return "file-image", "violet", _("Image")
    if info.type == "message/rfc822":
        return "mail", "bleu", _("Message joint")
    if info.type in ("text/vcard", "text/x-vcard") or ending == "vcf":
        return "contact-round", "gris", _("Carte de visite")
    return "file-text", "gris", ending.upper() or _("Fichier")


class AttachmentCard(QFrame):
    """One file. Enter or a click opens it, the Menu key lists what else can be done."""

    opened = Signal()
    saved = Signal()
    dragged = Signal()

    def __init__(self, info: AttachmentInfo, document: str = "", *, enabled: bool = True) -> None:
        super().__init__()
        self.info = info
        self._enabled = enabled
        self._pressed: QPoint | None = None
        icon, colour, word = _kind(info, document)
        name = info.filename or _("sans nom")
        remark = f"{word} · {size(info.octets)}"
        self.setProperty("box", "card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(f"{name}, {remark}")
        self.setAccessibleDescription(_("Pièce jointe. Entrée pour ouvrir, Menu pour les autres actions."))
        self.setToolTip(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor if enabled else Qt.CursorShape.ArrowCursor)
        words = box(
            "v", Elide(name, "base", 500, middle=True), label(remark, "micro", 400, "muted", tab=True), gap=0
        )
        self.setLayout(box("h", Tile(icon, colour), words, m=(7, 6, 10, 6), gap=8))
        self.setFixedHeight(48)
        self.setMinimumWidth(150)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setEnabled(enabled)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None or not self._enabled:
            return
        moved = event.position().toPoint() - self._pressed
        if moved.manhattanLength() >= QApplication.startDragDistance():
            self._pressed = None
            self.dragged.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is not None and self._enabled and self.rect().contains(event.position().toPoint()):
            self.opened.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.opened.emit()
            return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if not self._enabled:
            return
        menu = QMenu(self)
        menu.addAction(_("Ouvrir")).triggered.connect(self.opened.emit)
        menu.addAction(_("Enregistrer sous…")).triggered.connect(self.saved.emit)
        menu.exec(event.globalPos())


class Attachments(QWidget):
    """The row of cards, « Tout enregistrer », and what they do through the engine."""

    failed = Signal(str)
    """A French sentence."""
    done = Signal(str)

    def __init__(self, bridge: "Bridge", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._placement: PlacementId | None = None
        self._cards: list[AttachmentCard] = []
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(8)
        self._all = tool("download", "", on_click=self._save_all)
        self._more = button("", "link", on_click=self._expand)
        self._expanded = False
        side = box("v", self._all)
        side.setAlignment(Qt.AlignmentFlag.AlignTop)
        row = box("h", gap=8)
        row.addLayout(self._grid, 1)
        row.addLayout(side)
        self.setLayout(box("v", row, self._more, gap=4))
        self.setAccessibleName(_("Pièces jointes"))

    def show_attachments(
        self,
        placement: PlacementId,
        listed: Sequence[AttachmentInfo],
        matches: Sequence[DocumentMatch],
        *,
        enabled: bool,
    ) -> None:
        """The listed parts of one message; ``enabled`` False greys them (a doubtful message)."""
        self._placement = placement
        kinds = {match.part: match.kind for match in matches}
        for card in self._cards:
            card.hide()
            card.deleteLater()
        self._cards = [AttachmentCard(info, kinds.get(info.path, ""), enabled=enabled) for info in listed]
        for card in self._cards:
            card.opened.connect(lambda part=card: self._open(part))
            card.saved.connect(lambda part=card: self._save(part))
            card.dragged.connect(lambda part=card: self._drag(part))
        name = count("Enregistrer la pièce jointe", "Tout enregistrer ({n} fichiers)", len(listed))
        self._all.setToolTip(name)
        self._all.setAccessibleName(name)
        self._all.setVisible(enabled)
        self._expanded = False
        self._place()
        self.setVisible(bool(self._cards))

    def _place(self) -> None:
        while self._grid.takeAt(0) is not None:
            pass
        shown = self._cards if self._expanded else self._cards[:_SHOWN]
        columns = max(1, min(3, len(shown)))
        for place, card in enumerate(shown):
            self._grid.addWidget(card, place // columns, place % columns)
        for card in self._cards:
            card.setVisible(card in shown)
        for column in range(3):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        hidden = len(self._cards) - len(shown)
        self._more.setVisible(hidden > 0)
        if hidden:
            self._more.set_label(
                count("Afficher {n} autre pièce jointe", "Afficher {n} autres pièces jointes", hidden)
            )

    def _expand(self) -> None:
        self._expanded = True
        self._place()
        self._cards[_SHOWN].setFocus(Qt.FocusReason.OtherFocusReason)

    def _open(self, card: AttachmentCard) -> None:
        if "executable" in card.info.flags:
            self.failed.emit(
                _(
                    "Ce fichier est un programme{nbsp}: il ne peut pas être ouvert depuis la messagerie."
                ).format(nbsp=NBSP)
            )
            return
        self._ask_file(card, lambda path: QDesktopServices.openUrl(QUrl.fromLocalFile(path)))

    def _drag(self, card: AttachmentCard) -> None:
        if "executable" in card.info.flags:
            return

        def start(path: str) -> None:
            # The file is written meanwhile; a person who let go does not start a drag afterwards.
            if not QApplication.mouseButtons() & Qt.MouseButton.LeftButton:
                return
            carried = QMimeData()
            carried.setUrls([QUrl.fromLocalFile(path)])
            drag = QDrag(card)
            drag.setMimeData(carried)
            drag.setPixmap(card.grab())
            drag.exec(Qt.DropAction.CopyAction)

        self._ask_file(card, start)

    def _ask_file(self, card: AttachmentCard, then: Callable[[str], object]) -> None:
        if self._placement is None:
            return

        def answered(outcome: object) -> None:
            if isinstance(outcome, Problem):
                self.failed.emit(problem_sentence(outcome))
            elif isinstance(outcome, Paths) and outcome.paths:
                then(outcome.paths[0])

        question = OpenAttachment(placement=self._placement, part=card.info.path)
        self._bridge.ask(question, answered, owner=card)

    def _save(self, card: AttachmentCard) -> None:
        start = str(Path(_downloads()) / (card.info.filename or _("pièce jointe")))
        chosen, _filter = QFileDialog.getSaveFileName(self, _("Enregistrer la pièce jointe"), start)
        if chosen:
            where = Path(chosen)
            self._ask_save((card.info.path,), str(where.parent), where.name)

    def _save_all(self) -> None:
        if len(self._cards) == 1:
            self._save(self._cards[0])
            return
        chosen = QFileDialog.getExistingDirectory(
            self, _("Enregistrer toutes les pièces jointes"), _downloads()
        )
        if chosen:
            self._ask_save((), chosen, "")

    def _ask_save(self, parts: tuple[str, ...], directory: str, filename: str) -> None:
        if self._placement is None:
            return

        def answered(outcome: object) -> None:
            if isinstance(outcome, Problem):
                self.failed.emit(problem_sentence(outcome))
            elif isinstance(outcome, Paths):
                self.done.emit(
                    count("{n} fichier enregistré", "{n} fichiers enregistrés", len(outcome.paths))
                )

        question = SaveAttachments(
            placement=self._placement, parts=parts, directory=directory, filename=filename
        )
        self._bridge.ask(question, answered, owner=self)


def _downloads() -> str:
    return QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation) or str(
        Path.home()
    )
