"""The window in which a message is written."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QWidget

from mssclient.model.drafts import Draft

if TYPE_CHECKING:
    from ui.bridge import Bridge

__all__ = ["open_composer"]


def open_composer(bridge: "Bridge", parent: QWidget | None, draft: Draft) -> QWidget:
    """Open a window for this draft and give it back; it lives until closed."""
    window = QDialog(parent)
    window.show()
    return window
