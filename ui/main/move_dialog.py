"""« Déplacer vers… »: type a few letters, Enter moves."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from mssclient.model.accounts import Folder
from mssclient.model.ids import FolderId
from mssclient.model.language import _
from ui.kit import Dialog, SearchBox
from ui.main.folder_model import folder_icon
from ui.theme import give_font, icon, scaled
from ui.theme.words import messages

__all__ = ["MoveDialog", "fold"]


def fold(text: str) -> str:
    """Lower case without accents, for finding."""
    import unicodedata

    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


class MoveDialog(Dialog):
    """``chosen`` is the folder after :meth:`exec` was accepted."""

    def __init__(
        self, parent: QWidget | None, folders: Sequence[Folder], number: int, out: FolderId | None = None
    ) -> None:
        super().__init__(parent, _("Déplacer vers…"), messages(number), primary=_("Déplacer"), width=420)
        self.chosen: Folder | None = None
        self._folders = {folder.id: folder for folder in folders}
        self._search = SearchBox(_("Chercher un dossier"))
        self._list = QListWidget()
        self._list.setAccessibleName(_("Dossiers"))
        self._list.setMinimumHeight(scaled(260))
        self._list.setIconSize(QSize(16, 16))
        give_font(self._list)
        for folder in folders:
            if not folder.selectable or folder.id == out:
                continue
            item = QListWidgetItem(icon(folder_icon(folder), "muted"), self._path(folder))
            item.setData(Qt.ItemDataRole.UserRole, int(folder.id))
            self._list.addItem(item)
        self._search.textChanged.connect(self._narrow)
        self._search.installEventFilter(self)
        self._list.itemDoubleClicked.connect(lambda _item: self.confirm())
        self._list.currentItemChanged.connect(lambda: self._allow())
        self.content.addWidget(self._search)
        self.content.addWidget(self._list)
        self._narrow("")
        self._search.setFocus()

    def _path(self, folder: Folder) -> str:
        names, above = [folder.name], folder.parent
        while above is not None and above in self._folders and len(names) < 12:
            parent = self._folders[above]
            names.append(parent.name)
            above = parent.parent
        return " › ".join(reversed(names))

    def _narrow(self, text: str) -> None:
        wanted, first = fold(text).split(), None
        for row in range(self._list.count()):
            item = self._list.item(row)
            fits = all(word in fold(item.text()) for word in wanted)
            item.setHidden(not fits)
            if fits and first is None:
                first = item
        if first is not None:
            self._list.setCurrentItem(first)
        else:
            self._list.setCurrentRow(-1)
        self._allow()

    def _allow(self) -> None:
        item = self._list.currentItem()
        self.primary_button.setEnabled(item is not None and not item.isHidden())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Arrows move in the list while the person types.
        moves = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp)
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in moves:
            self._list.keyPressEvent(event)
            return True
        return super().eventFilter(watched, event)

    def confirm(self) -> None:
        item = self._list.currentItem()
        if item is None or item.isHidden():
            return
        self.chosen = self._folders[FolderId(item.data(Qt.ItemDataRole.UserRole))]
        self.accept()
