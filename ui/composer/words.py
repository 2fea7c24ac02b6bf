"""The text being written: where files may be dropped, and what it promises."""

import re

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtWidgets import QFrame, QPlainTextEdit

from mssclient.model.language import _
from ui.composer.enclosures import files_of
from ui.theme import give_font

__all__ = ["Words", "announces_file"]

_ENCLOSED = re.compile(r"\b(ci-joint|ci-jointe|ci-joints|pièce jointe|pièces jointes|en pj)\b", re.IGNORECASE)


def announces_file(text: str) -> bool:
    """The person's own lines, not the quoted ones, speak of an enclosed file."""
    own = "\n".join(line for line in text.split("\n") if not line.startswith(">"))
    return _ENCLOSED.search(own) is not None


class Words(QPlainTextEdit):
    """The text; files dropped or pasted on it are attached."""

    files_given = Signal(list)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("bare", "true")
        self.setAccessibleName(_("Texte du message"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        give_font(self, "read")

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return bool(files_of(source)) or source.hasText()

    def insertFromMimeData(self, source: QMimeData) -> None:
        files = files_of(source)
        if files:
            self.files_given.emit(files)
        elif source.hasText():
            self.insertPlainText(source.text())
