"""The help window: our own pages in Markdown, and the table of shortcuts."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QTextBrowser, QWidget

from mssclient import resources
from mssclient.model.language import _
from ui.kit import Dialog, button
from ui.theme import font

__all__ = ["HelpDialog"]


class HelpDialog(Dialog):
    """``shortcuts``: (keys, what they do), shown as a table below the pages.

    ``diagnosis_wanted`` when the person asks for the diagnosis; the dialog has closed.
    """

    diagnosis_wanted = Signal()

    def __init__(self, parent: QWidget | None, shortcuts: Sequence[tuple[str, str]] = ()) -> None:
        go = button(_("Diagnostic"), "secondary", "stethoscope", on_click=self._diagnose)
        super().__init__(parent, _("Aide"), width=720, link=go)
        self._go = go
        page = QTextBrowser()
        page.setAccessibleName(_("Aide"))
        page.setFrameShape(QFrame.Shape.NoFrame)
        page.setOpenLinks(False)
        page.setTabChangesFocus(True)
        page.document().setDefaultFont(font("read"))
        text = resources.path("help", "fr", "aide.md").read_text(encoding="utf-8")
        text = text.split("\n", 1)[1]
        if shortcuts:
            rows = "\n".join(f"| {keys} | {words} |" for keys, words in shortcuts)
            text += f"\n\n## {_('Raccourcis')}\n| {_('Touches')} | {_('Action')} |\n|---|---|\n{rows}\n"
        page.setMarkdown(text)
        page.setMinimumHeight(460)
        self.content.addWidget(page)
        self.page = page

    def offer_diagnosis(self, offered: bool) -> None:
        """Not while the window is locked."""
        self._go.setVisible(offered)

    def _diagnose(self) -> None:
        self.accept()
        self.diagnosis_wanted.emit()
