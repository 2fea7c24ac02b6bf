"""What a message is made of: every header, and the raw source."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QHeaderView, QPlainTextEdit, QTableWidget, QTableWidgetItem, QWidget

from mssclient.model.language import _
from ui.kit import Dialog, button
from ui.theme import font, give_font

__all__ = ["HeadersDialog", "SourceDialog"]

_SOURCE_SHOWN = 2_000_000
"""Characters of source shown; a longer one is cut, and says so."""


class HeadersDialog(Dialog):
    """Every header in order, as decoded; several of one name are all there."""

    def __init__(self, parent: QWidget, headers: Sequence[tuple[str, str]]) -> None:
        super().__init__(parent, _("En-têtes du message"), width=740)
        table = QTableWidget(len(headers), 2)
        table.setAccessibleName(_("En-têtes du message"))
        table.setHorizontalHeaderLabels([_("Nom"), _("Valeur")])
        table.verticalHeader().hide()
        table.setShowGrid(False)
        table.setWordWrap(True)
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        give_font(table, "small")
        for row, (name, value) in enumerate(headers):
            table.setItem(row, 0, QTableWidgetItem(name))
            cell = QTableWidgetItem(value[:2000])
            cell.setTextAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            table.setItem(row, 1, cell)
        table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        table.setMinimumHeight(380)
        self.content.addWidget(table)
        words = "\n".join(f"{name}: {value}" for name, value in headers)
        copy = button(
            _("Copier"), "quiet", "copy", on_click=lambda: QGuiApplication.clipboard().setText(words)
        )
        self.content.addWidget(copy, 0, Qt.AlignmentFlag.AlignLeft)


class SourceDialog(Dialog):
    """The bytes as they came, read as Latin-1 so that none is lost."""

    def __init__(self, parent: QWidget, raw: bytes) -> None:
        cut = len(raw) > _SOURCE_SHOWN
        sentence = _("Seul le début de ce long message est montré.") if cut else ""
        super().__init__(parent, _("Source du message"), sentence, width=740)
        view = QPlainTextEdit()
        view.setReadOnly(True)
        view.setAccessibleName(_("Source du message"))
        view.setTabChangesFocus(True)
        face = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        face.setPointSizeF(font("small").pointSizeF())
        view.setFont(face)
        view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        view.setPlainText(raw[:_SOURCE_SHOWN].decode("latin-1").replace("\r\n", "\n"))
        view.setMinimumHeight(420)
        self.content.addWidget(view)
