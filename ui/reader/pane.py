"""The right-hand pane that shows one message."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from mssclient.model.ids import PlacementId
from mssclient.model.language import _
from ui.kit import EmptyState, box

if TYPE_CHECKING:
    from ui.bridge import Bridge

__all__ = ["ReaderPane"]


class ReaderPane(QWidget):
    """What the main window asks of a reader.

    ``actions``: the window's actions by name (``ui.main.actions``): "reply", "reply-all", "forward",
    "archive", "move", "tags", "delete", "flag", "read"…; a button of the reader triggers one of them.
    """

    back = Signal()
    """The person wants the list again (narrow window)."""

    def __init__(
        self, bridge: "Bridge", actions: Mapping[str, QAction], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.placement: PlacementId | None = None
        self._empty = EmptyState(
            "mail-open", _("Aucun message ouvert"), _("Choisissez un message dans la liste.")
        )
        self.setLayout(box("v", self._empty, m=0))

    def show_message(self, placement: PlacementId | None) -> None:
        """Show this message, or nothing. Called again with the same placement it changes nothing."""
        self.placement = placement

    def set_alone(self, alone: bool) -> None:
        """The window is narrow: the reader takes the place of the list and offers the way back."""

    def clear(self) -> None:
        """Forget all that was shown (lock)."""
        self.show_message(None)
