"""Contacts and Documents, as far as they go: the people one writes to, the results received."""

from typing import Any

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QBoxLayout, QListWidget, QListWidgetItem, QWidget

from mssclient.engine.client import Filter, View
from mssclient.model.accounts import Folder
from mssclient.model.changes import Changed
from mssclient.model.ids import AccountId
from mssclient.model.language import _
from mssclient.model.messages import Person
from ui.bridge import Bridge
from ui.kit import EmptyState, SearchBox, Strip, box, button, combo, frame, hline, label, wrap
from ui.main.list_view import MessageListView
from ui.main.move_dialog import fold
from ui.main.rows import FolderRows
from ui.theme import TOOLBAR, give_font, icon
from ui.theme.words import count

__all__ = ["ContactsPage", "DocumentsPage", "sheet"]

_MOST_PEOPLE = 300


def sheet(content: QWidget) -> QWidget:
    """The rounded surface that a page lies on."""
    return wrap(box("h", frame("sheet", box("v", content, m=1)), m=(0, 0, 8, 8)))


class ContactsPage(QWidget):
    """People already written to or heard from."""

    write_to = Signal(object)
    """A :class:`Person`."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._people: list[Person] = []
        self.search = SearchBox(_("Rechercher un contact"))
        self.search.setMaximumWidth(420)
        self.search.textChanged.connect(lambda: self.reload())
        self._counts = label("", "small", 400, "muted", tab=True)
        self._list = QListWidget()
        self._list.setAccessibleName(_("Contacts"))
        self._list.setSpacing(2)
        self._list.setIconSize(QSize(16, 16))
        give_font(self._list)
        self._list.itemActivated.connect(self._write)
        self._empty = EmptyState("contact-round", _("Aucun contact"), "")
        self._go = button(
            _("Écrire"), "secondary", "pen-line", on_click=lambda: self._write(self._list.currentItem())
        )
        self._list.currentRowChanged.connect(lambda row: self._go.setEnabled(row >= 0))
        self._go.setEnabled(False)
        head = Strip(
            box("h", label(_("Contacts"), "h2", 600), self._counts, None, self._go, m=(20, 0, 12, 0)), TOOLBAR
        )
        self.setLayout(
            box(
                "v",
                head,
                self._search_row(),
                hline(),
                box("v", self._list, m=(12, 8, 12, 8)),
                self._empty,
                gap=0,
            )
        )

    def _search_row(self) -> QBoxLayout:
        row = box("h", self.search, None, m=(18, 0, 18, 10))
        row.setStretch(0, 4)
        row.setStretch(1, 1)
        return row

    def reload(self) -> None:
        view = self._bridge.view
        self._people = []
        if view is not None:
            words = self.search.text().strip()
            self._people = view.correspondents(words, _MOST_PEOPLE) if words else _everybody(view)
        self._list.clear()
        for person in self._people:
            words = f"{person.name}  ·  {person.address}" if person.name else person.address
            self._list.addItem(QListWidgetItem(icon("user-round", "muted"), words))
        words = count("{n} correspondant", "{n} correspondants", len(self._people))
        self._counts.setText(words if self._people else "")
        self._list.setVisible(bool(self._people))
        self._empty.setVisible(not self._people)
        if self.search.text():
            self._empty.say("search", _("Aucun contact de ce nom"))
        else:
            self._empty.say(
                "contact-round",
                _("Aucun contact pour l’instant"),
                _("Les personnes qui vous écrivent apparaissent ici."),
            )

    def clear(self) -> None:
        self._people = []
        self._list.clear()
        self.search.clear()

    def _write(self, item: Any) -> None:
        row = self._list.row(item) if item is not None else -1
        if 0 <= row < len(self._people):
            self.write_to.emit(self._people[row])


def _everybody(view: View) -> list[Person]:
    """All known people by name: the view finds by the start of a word, so every start is asked for."""
    found: dict[str, Person] = {}
    for start in "abcdefghijklmnopqrstuvwxyz0123456789":
        for person in view.correspondents(start, _MOST_PEOPLE):
            found.setdefault(person.address, person)
    return sorted(found.values(), key=lambda person: fold(person.name or person.address))[:_MOST_PEOPLE]


class DocumentsPage(QWidget):
    """Results of laboratories received in the inboxes, BAL by BAL."""

    open_row = Signal(object)
    """A row to be shown in the mail page."""
    hprim_wanted = Signal(object, object)

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._inboxes: list[Folder] = []
        self._which = combo(_("Boîte"))
        self._which.setMinimumWidth(300)
        self._which.activated.connect(lambda _index: self._show())
        self._counts = label("", "small", 400, "muted", tab=True)
        self.view = MessageListView()
        self.view.setAccessibleName(_("Résultats reçus"))
        self.view.opened.connect(self.open_row)
        self._empty = EmptyState(
            "flask-conical", _("Aucun résultat"), _("Les résultats de biologie reçus apparaissent ici.")
        )
        save = button(
            _("Télécharger les résultats HPRIM"), "secondary", "folder-down", on_click=self._deliver
        )
        head = Strip(
            box(
                "h", label(_("Documents"), "h2", 600), self._counts, None, self._which, save, m=(20, 0, 12, 0)
            ),
            TOOLBAR + 4,
        )
        self.setLayout(box("v", head, hline(), self.view, self._empty, gap=0))

    def reload(self) -> None:
        view = self._bridge.view
        if view is None:
            return
        accounts = {account.id: account for account in view.accounts()}
        kept = self._which.currentIndex()
        self._inboxes = [folder for folder in view.folders() if folder.role == "inbox"]
        self._which.clear()
        for folder in self._inboxes:
            account = accounts.get(folder.account)
            self._which.addItem((account.name or account.address) if account is not None else folder.name)
        self._which.setCurrentIndex(max(0, min(kept, len(self._inboxes) - 1)))
        self._which.setVisible(len(self._inboxes) > 1)
        self._show()

    def _folder(self) -> Folder | None:
        index = self._which.currentIndex()
        return self._inboxes[index] if 0 <= index < len(self._inboxes) else None

    def _show(self) -> None:
        folder, view = self._folder(), self._bridge.view
        if folder is None or view is None:
            self.view.set_source(None)
        else:
            self.view.set_source(FolderRows(view, folder.id, Filter(document="bio")))
        self._tell()

    def _tell(self) -> None:
        number = self.view.model().rowCount()
        self._counts.setText(count("{n} résultat reçu", "{n} résultats reçus", number))
        self.view.setVisible(bool(number))
        self._empty.setVisible(not number)

    def changed(self, changed: Changed) -> None:
        """Nothing is read while hidden: showing the page reads it anew."""
        if not self.isVisible():
            return
        folder = self._folder()
        if changed.everything or {"accounts", "folders"} & set(changed.aspects):
            self.reload()
        elif folder is not None and folder.id in changed.folders:
            self.view.refresh()
            self._tell()

    def clear(self) -> None:
        self._inboxes = []
        self._which.clear()
        self.view.set_source(None)

    def _deliver(self) -> None:
        folder = self._folder()
        account: AccountId | None = folder.account if folder is not None else None
        self.hprim_wanted.emit(account, None)
