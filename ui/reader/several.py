"""What stands in the reader while several messages are selected: how many, and what can be done with all."""

from collections.abc import Callable

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget

from mssclient.model.language import _
from ui.kit import Glyph, box, button, label
from ui.theme.words import count

__all__ = ["Several"]


class Several(QWidget):
    """``trigger`` runs an action of the window by its name."""

    def __init__(self, trigger: Callable[[str], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = label("", "h3", 600, wrap=True)
        rows = (
            (
                ("archive", _("Archiver"), "archive"),
                ("move", _("Déplacer vers…"), "folder-input"),
                ("tags", _("Étiquettes…"), "tag"),
            ),
            (
                ("read", _("Marquer lu ou non lu"), "mail-open"),
                ("flag", _("Drapeau"), "flag"),
                ("delete", _("Supprimer"), "trash-2"),
            ),
        )
        self.buttons = {
            name: button(words, "secondary", ic, on_click=lambda _on=False, name=name: trigger(name))
            for row in rows
            for name, words, ic in row
        }
        lines = [
            box("h", None, *(self.buttons[name] for name, _words, _ic in row), None, gap=8) for row in rows
        ]
        title = box("h", None, self._words, None)
        self.setLayout(
            box(
                "v",
                None,
                box("h", None, Glyph("mail", "muted", 36), None),
                6,
                title,
                10,
                *lines,
                None,
                None,
                m=(16, 16, 16, 16),
                gap=8,
            )
        )

    def say(self, number: int) -> None:
        words = count("{n} message sélectionné", "{n} messages sélectionnés", number)
        self._words.setText(words)
        self.setAccessibleName(words)

    def tags_corner(self) -> QPoint | None:
        """Under « Étiquettes… », on the screen, when it was used."""
        tags = self.buttons["tags"]
        if tags.isVisible() and (tags.underMouse() or tags.hasFocus()):
            return tags.mapToGlobal(tags.rect().bottomLeft())
        return None
