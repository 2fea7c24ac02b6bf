"""Courrier: folders, list and reader side by side, and what happens between them."""

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from mssclient.engine.client import Filter
from mssclient.model.accounts import Folder, Tag
from mssclient.model.changes import Changed
from mssclient.model.ids import FolderId, PlacementId
from mssclient.model.language import _
from mssclient.model.messages import Row
from mssclient.model.questions import SearchAnswer
from ui.bridge import Bridge
from ui.kit import Toasts, ask_choice, box, frame, problem_sentence
from ui.main.deeds import Deeds
from ui.main.folder_pane import FolderPane
from ui.main.list_pane import ListPane
from ui.main.menus import message_menu, open_tags
from ui.main.move_dialog import MoveDialog
from ui.main.remedies import remedy
from ui.reader.pane import ReaderPane
from ui.theme.words import NNBSP, count

__all__ = ["NARROW", "MailPage"]

NARROW = 1100
"""Pixels of window width below which the reader takes the place of the list."""
_MOST_MARKED = 5000


class MailPage(QWidget):
    draft_wanted = Signal(object)
    """A :class:`Row` of a drafts folder is opened."""
    folder_shown = Signal()

    def __init__(self, bridge: Bridge, actions: Mapping[str, QAction], toasts: Toasts) -> None:
        super().__init__()
        self._bridge, self._actions, self._toasts = bridge, actions, toasts
        self.folders = FolderPane(bridge, actions)
        self.list = ListPane(bridge)
        self.reader = ReaderPane(bridge, actions)
        self.reader.setMinimumWidth(460)
        self.deeds = Deeds(bridge, toasts, self.list.view.go_on_after)
        self._narrow = False
        self._reading = False
        self.inner = QSplitter(Qt.Orientation.Horizontal)
        self.inner.addWidget(self.list)
        self.inner.addWidget(self.reader)
        self.inner.setStretchFactor(0, 0)
        self.inner.setStretchFactor(1, 1)
        sheet = frame("sheet", box("v", self.inner, m=1))
        self.outer = QSplitter(Qt.Orientation.Horizontal)
        self.outer.addWidget(self.folders)
        self.outer.addWidget(sheet)
        self.outer.setStretchFactor(0, 0)
        self.outer.setStretchFactor(1, 1)
        self.outer.setProperty("line", "none")
        for splitter in (self.inner, self.outer):
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(1)
        self.setLayout(box("h", self.outer, m=(0, 0, 8, 8), gap=0))
        self._connect()

    def _connect(self) -> None:
        self.folders.chosen.connect(self._folder_chosen)
        self.folders.dropped.connect(self._dropped)
        self.folders.mark_all_read.connect(self._mark_all_read)
        view = self.list.view
        view.current_row.connect(self._row_changed)
        view.opened.connect(self._row_opened)
        view.clicked.connect(self._clicked)
        view.quick.connect(self._quick)
        view.selection_moved.connect(self._selection_moved)
        self.list.menu_wanted.connect(self._menu)
        self.reader.back.connect(self.back)
        self._allow()

    # Folders and rows

    def _folder_chosen(self, folder: Folder) -> None:
        shown = self.list.folder
        if shown is None or shown.id != folder.id or self.list.searching:
            self.reader.show_message(None)
            self._leave_reader()
            self.list.show_folder(folder)
            self.show_account_problem()
            self.folder_shown.emit()

    def show_placement(self, placement: PlacementId, folder: FolderId) -> None:
        """Go to a message, in its folder."""
        self.folders.choose(folder)
        self.list.view.choose(placement)
        self.list.focus_list()
        self.open_reader()

    def _row_changed(self, row: Row | None) -> None:
        if row is not None:
            self.folders.settle()
        if self.list.view.chosen_count() > 1:
            self._selection_moved()
            return
        if row is None:
            self.reader.show_message(None)
            self._leave_reader()
        elif not self._narrow or self._reading:
            self.reader.show_message(row.id)
        self._allow()

    def _selection_moved(self) -> None:
        """Of several messages none is shown: what is done next is done to all of them."""
        number = self.list.view.chosen_count()
        if number > 1:
            self.reader.show_several(number)
        elif self.reader.several:
            # The last one left is shown even when the cursor stands on one that was taken out.
            rows = self.list.view.chosen_rows(1) if not self._narrow else []
            self.reader.show_message(rows[0].id if rows else None)
        self._allow()

    def _clicked(self) -> None:
        """A click opens, also when the window is narrow; a click with Ctrl or Shift only selects."""
        row = self.list.view.current()
        if row is not None and self.list.view.chosen_count() == 1:
            self.reader.show_message(row.id)
            if self._narrow:
                self.open_reader()
                self.reader.focus_message()  # else the hidden list hands the keyboard to the search

    def _row_opened(self, row: Row) -> None:
        folder = self._bridge.view.folder(row.folder) if self._bridge.view is not None else None
        if folder is not None and folder.role == "drafts":
            self.draft_wanted.emit(row)
            return
        self.reader.show_message(row.id)
        self.open_reader()
        self.reader.focus_message()

    def show_search(self, query: str, answer: SearchAnswer) -> None:
        self._leave_reader()
        self.list.show_search(query, answer)

    def end_search(self) -> None:
        """Back to the folder that was shown."""
        if self.list.searching:
            self.reader.show_message(None)
            self.list.show_folder(self.list.folder)

    # Narrow windows

    def set_narrow(self, narrow: bool) -> None:
        if narrow == self._narrow:
            return
        self._narrow = narrow
        self._reading = narrow and self.reader.placement is not None and self.reader.hasFocus()
        self._place()

    def _place(self) -> None:
        self.list.setVisible(not self._narrow or not self._reading)
        self.reader.setVisible(not self._narrow or self._reading)
        self.reader.set_alone(self._narrow)

    def open_reader(self) -> None:
        if self._narrow:
            self._reading = True
            self._place()

    def _leave_reader(self) -> None:
        if self._narrow and self._reading:
            self._reading = False
            self._place()

    def back(self) -> None:
        """From the reader to the list."""
        self._leave_reader()
        self.list.focus_list()

    @property
    def reader_alone(self) -> bool:
        return self._narrow and self._reading

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.set_narrow(self.window().width() < NARROW)

    # Changes

    def load(self, folder: FolderId | None) -> None:
        """The store is open: show this folder, else the first inbox."""
        self.folders.load()
        self.folders.begin(folder)

    def changed(self, changed: Changed) -> None:
        self.folders.changed(changed)
        self.list.changed(changed)
        shown = self.list.folder
        if shown is not None and self.folders.model.folder(shown.id) is None:
            self.list.show_folder(None)
            self.folders.choose(None)
        elif shown is None and self.folders.accounts:
            self.folders.choose(None)
        if changed.states:
            self.show_account_problem()
        self._allow()

    def show_account_problem(self) -> None:
        """The trouble of the BAL that is shown, with its remedy, above the list."""
        folder = self.list.folder
        if folder is None or self.list.searching:
            return
        for account, problem in self.folders.problems():
            if account.id == folder.account:
                again = partial(self.folders.sync, account.id)
                way = remedy(self._bridge, self.window(), account, problem, again, self._toasts.say)
                self.list.say("danger", problem_sentence(problem), [way], about="account")
                return
        if self.list.about == "account":
            self.list.say("", "")

    def clear(self) -> None:
        self.reader.clear()
        self.list.clear()
        self.folders.clear()
        self.deeds.forget()

    # What can be done now

    def chosen(self) -> list[Row]:
        """Rows that an action applies to: the selection, or the message in the reader."""
        rows = self.list.chosen_rows()
        if not rows and self.reader.placement is not None and self._bridge.view is not None:
            row = self._bridge.view.row(self.reader.placement)
            rows = [row] if row is not None else []
        return rows

    def _allow(self) -> None:
        number = self.list.view.chosen_count() or (1 if self.reader.placement is not None else 0)
        for name in ("archive", "move", "tags", "flag", "read", "junk", "delete"):
            self._actions[name].setEnabled(number > 0)
        for name in ("reply", "reply-all", "forward", "print"):
            self._actions[name].setEnabled(number == 1)

    # Deeds

    def run(self, name: str) -> None:
        """An action on the chosen rows."""
        rows = self.chosen()
        if name == "archive":
            self.deeds.to_role(rows, "archive")
        elif name == "junk":
            self.deeds.to_role(rows, "junk")
        elif name == "delete":
            self.delete(rows)
        elif name == "move":
            self.move(rows)
        elif name == "flag":
            self.deeds.flag(rows)
        elif name == "read":
            self.deeds.mark_read(rows)
        elif name == "tags":
            self._tags(rows)

    def delete(self, rows: Sequence[Row]) -> None:
        if rows and self.deeds.in_trash(rows):
            title = _("Supprimer définitivement{thin}?").format(thin=NNBSP)
            words = count(
                "{n} message sera effacé de la corbeille et ne pourra pas être retrouvé.",
                "{n} messages seront effacés de la corbeille et ne pourront pas être retrouvés.",
                len(rows),
            )
            if not ask_choice(self, title, words, _("Supprimer définitivement"), kind="danger"):
                return
        self.deeds.delete(rows)

    def move(self, rows: Sequence[Row]) -> None:
        view = self._bridge.view
        if not rows or view is None:
            return
        accounts = {row.account for row in rows}
        if len(accounts) > 1:
            self._toasts.say(_("Choisissez des messages d’une seule boîte pour les déplacer."), "info")
            return
        sources = {row.folder for row in rows}
        out = next(iter(sources)) if len(sources) == 1 else None
        dialog = MoveDialog(self, view.folders(next(iter(accounts))), len(rows), out)
        if dialog.exec() == MoveDialog.DialogCode.Accepted and dialog.chosen is not None:
            self.deeds.move(rows, dialog.chosen)
        dialog.deleteLater()

    def _tags(self, rows: Sequence[Row]) -> None:
        if rows:
            view = self.list.view
            place = view.visualRect(view.currentIndex())
            at = view.viewport().mapToGlobal(place.bottomLeft() + QPoint(60, -4))
            if not view.isVisible() or not place.isValid():
                at = self.reader.mapToGlobal(QPoint(300, 44))
            at = self.reader.tags_corner() or at
            open_tags(self, rows, at, lambda tag: self._tag(rows, tag))

    def _tag(self, rows: Sequence[Row], tag: Tag) -> None:
        self.deeds.tag(rows, tag)

    def _menu(self, at: QPoint) -> None:
        rows = self.chosen()
        if rows:
            menu = message_menu(self, self._actions, rows, lambda tag: self._tag(rows, tag))
            menu.exec(at)
            menu.deleteLater()

    def _quick(self, name: str, row: Row) -> None:
        if name == "flag":
            self.deeds.flag([row])
        elif name == "archive":
            self.deeds.to_role([row], "archive")
        else:
            self.delete([row])

    def _dropped(self, placements: tuple[PlacementId, ...], folder: Folder) -> None:
        if self._bridge.view is not None:
            self.deeds.move(self._bridge.view.rows_of(placements), folder)

    def _mark_all_read(self, folder: Folder) -> None:
        view = self._bridge.view
        if view is not None:
            self.deeds.mark_read(view.rows(folder.id, 0, _MOST_MARKED, Filter(unread=True)), True)
