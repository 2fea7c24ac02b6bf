"""The list pane: title, counts, filters, order, density, the list, and what stands there when it is empty."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QActionGroup, QContextMenuEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QMenu, QStackedLayout, QWidget

from mssclient.engine.client import Filter
from mssclient.model.accounts import Folder
from mssclient.model.changes import Changed
from mssclient.model.errors import MssError
from mssclient.model.ids import PlacementId
from mssclient.model.language import _
from mssclient.model.messages import Row
from mssclient.model.questions import SearchAnswer
from ui.bridge import Bridge
from ui.kit import Chip, Elide, EmptyState, MessageBar, Strip, box, button, hline, label, tool, turn_to, wrap
from ui.main.list_view import MessageListView
from ui.main.result_places import result_places
from ui.main.row_painting import ONE_LINE_WIDTH
from ui.main.row_words import known_tags
from ui.main.rows import FixedRows, FolderRows
from ui.theme import TOOLBAR, appearance
from ui.theme.words import count, messages, number

__all__ = ["ListPane"]

_FILTERS: dict[str, Filter] = {
    "all": Filter(),
    "unread": Filter(unread=True),
    "abnormal": Filter(abnormal=True),
    "bio": Filter(document="bio"),
}
_MORE: dict[str, Filter] = {"flagged": Filter(flagged=True), "attachments": Filter(attachments=True)}


class ListPane(QWidget):
    """Shows a folder through a filter, or the answer to a search."""

    menu_wanted = Signal(QPoint)
    """Menu of the chosen rows, at a point of the screen."""
    search_closed = Signal()
    choice_changed = Signal()
    """Order, density: to be remembered."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._folder: Folder | None = None
        self._filter = "all"
        self._query = ""
        self.newest_first = True
        self.view = MessageListView()
        self.view.menu_key.connect(self._menu_by_key)
        self._title = label("", "h2", 600)
        self.about = ""
        self._counts = Elide("", "small", 400, "muted", tab=True)
        self._counts.setContentsMargins(4, 4, 0, 0)
        self._chips = {
            "all": Chip(_("Tous")),
            "unread": Chip(_("Non lus")),
            "abnormal": Chip(_("Anormaux")),
            "bio": Chip(_("Biologie")),
        }
        for name, chip in self._chips.items():
            chip.clicked.connect(lambda _on=False, which=name: self.choose_filter(which))
        self._chips["all"].setChecked(True)
        self._more = tool("list-filter", _("Autres filtres"), checkable=True, on_click=self._open_filters)
        self._sort = tool("arrow-down-wide-narrow", _("Trier"), on_click=self._open_order)
        self._density = tool("rows-3", _("Densité d’affichage"), on_click=self._open_density)
        self._head = box("h", self._title, self._counts, self._sort, self._density, m=(20, 0, 10, 0), gap=6)
        head = Strip(self._head, TOOLBAR)
        self._chip_row = box("h", m=(18, 0, 10, 8), gap=6)
        self._chip_line = wrap(self._chip_row)
        self._wide: bool | None = None
        self.bar = MessageBar()
        self.bar.hide()
        bar = wrap(box("v", self.bar, m=(12, 0, 12, 8)))
        bar.hide()
        self._bar_room = bar
        self._empty = EmptyState()
        self._empty.setProperty("ownring", True)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.view)
        self._stack.addWidget(self._empty)
        column = box("v", head, self._chip_line, bar, hline(), self._stack, gap=0, m=(0, 0, 0, 1))
        self.setLayout(column)
        self.setMinimumWidth(320)
        self._recount = QTimer(self)
        self._recount.setSingleShot(True)
        self._recount.setInterval(80)
        self._recount.timeout.connect(self._show_counts)
        self._place_chips(False)

    # What is shown

    @property
    def folder(self) -> Folder | None:
        return self._folder

    @property
    def searching(self) -> bool:
        return bool(self._query)

    def show_folder(self, folder: Folder | None, select: PlacementId | None = None) -> None:
        """Show a folder; the filter goes back to « Tous » when it is another one."""
        if folder is not None and self._folder is not None and folder.id != self._folder.id:
            self._set_filter("all")
        self._folder, self._query = folder, ""
        if self.about != "drafts":
            self.say("", "")
        self.view.model().places = {}
        if folder is None or self._bridge.view is None:
            self.view.set_source(None)
        else:
            chosen = self._chosen_filter()
            rows = FolderRows(self._bridge.view, folder.id, chosen, newest_first=self.newest_first)
            self.view.set_source(rows, select)
        self._chip_line.setVisible(not self._wide)
        for part in (*self._chips.values(), self._more, self._sort):
            part.setVisible(True)
        self._show_counts()
        self._spare_chips()

    def show_search(self, query: str, answer: SearchAnswer) -> None:
        """The rows found; says when some words are not indexed yet."""
        again = self._query == query
        keep = self.view.current() if again else None
        self._query = query
        dates = [row.date_utc for row in answer.rows]
        view = self._bridge.view
        self.view.model().places = result_places(view, answer.rows) if view is not None else {}
        dated = dates == sorted(dates, reverse=True)
        self.view.set_source(FixedRows(answer.rows, dated=dated), keep.id if keep is not None else None)
        self._title.setText(_("Résultats"))
        total = max(answer.total, len(answer.rows))
        more = total > len(answer.rows)
        words = count("{n} message trouvé", "{n} messages trouvés", total)
        self._counts.setText(
            _("{shown} premiers sur {total}").format(shown=number(len(answer.rows)), total=number(total))
            if more
            else words
        )
        for part in (*self._chips.values(), self._more, self._sort):
            part.setVisible(False)
        self._chip_line.hide()
        if answer.complete:
            self.say("", "")
        else:
            self.say(
                "info",
                _("Certains messages ne sont pas encore téléchargés\u00a0: leur texte n’est pas fouillé."),
            )
        if answer.rows:
            turn_to(self._stack, self.view)
        else:
            close = button(_("Effacer la recherche"), "quiet", on_click=self.search_closed.emit)
            self._empty.say(
                "search", _("Aucun message trouvé"), _("Essayez moins de mots, ou un autre nom."), close
            )
            turn_to(self._stack, self._empty)

    def changed(self, changed: Changed) -> None:
        """Read again when the folder shown is touched."""
        folder = self._folder
        if self._query:
            self._refresh_found(changed)
            return
        if folder is None or self._bridge.view is None:
            return
        if changed.everything or folder.id in changed.folders or changed.messages:
            self._folder = self._bridge.view.folder(folder.id) or folder
            self._guarded(self.view.refresh)
            self._recount.start()

    def _refresh_found(self, changed: Changed) -> None:
        """Search results keep their order; flags and words are read again, gone ones go."""
        source = self.view.model().source
        view = self._bridge.view
        if isinstance(source, FixedRows) and view is not None and (changed.folders or changed.everything):
            rows = view.rows_of([row.id for row in source.rows(0, source.count())])
            source.replace(rows)
            self.view.refresh()

    def _guarded(self, work: Callable[[], object]) -> None:
        try:
            work()
        except MssError as error:
            self.say("danger", error.sentence)

    def clear(self) -> None:
        """Lock: forget everything."""
        self._folder, self._query = None, ""
        self.view.set_source(None)
        self._title.setText("")
        self._counts.setText("")
        self.say("", "")

    def say(
        self,
        kind: str,
        text: str,
        actions: Sequence[QWidget] = (),
        *,
        dismiss: bool = False,
        about: str = "",
    ) -> None:
        """One message bar above the list; "" takes it away. ``about`` tells later what it was about."""
        self.about = about if text else ""
        self._bar_room.setVisible(bool(text))
        self.bar.setVisible(bool(text))
        if text:
            self.bar.say(kind, text, actions, dismiss=dismiss)

    # Counts and emptiness

    def _show_counts(self) -> None:
        folder, view = self._folder, self._bridge.view
        if folder is None or view is None or self._query:
            return
        self._title.setText(folder.name)
        total = view.count(folder.id)
        if folder.unread:
            words = _("{unread} sur {total}").format(
                unread=count("{n} non lu", "{n} non lus", folder.unread), total=number(total)
            )
        else:
            words = messages(total)
        self._counts.setText(words)
        self._chips["unread"].set_count(folder.unread or None)
        self._chips["abnormal"].set_count(view.count(folder.id, _FILTERS["abnormal"]) or None)
        self._spare_chips()
        if self.view.model().rowCount():
            turn_to(self._stack, self.view)
        else:
            self._say_empty(folder, total)
            turn_to(self._stack, self._empty)

    def say_nothing_yet(self, action: QWidget) -> None:
        """A profile without a BAL: the list's place says how to begin."""
        self._title.setText(_("Bienvenue"))
        self._counts.setText("")
        self._empty.say(
            "mail-plus",
            _("Aucune boîte pour l’instant"),
            _("Ajoutez votre boîte MSSanté\u00a0: son adresse et son mot de passe suffisent souvent."),
            action,
        )
        turn_to(self._stack, self._empty)

    def _say_empty(self, folder: Folder, total: int) -> None:
        if self._filter != "all" and total:
            facts = {
                "unread": _("Aucun message non lu"),
                "abnormal": _("Aucun résultat anormal"),
                "bio": _("Aucun résultat de biologie"),
            }
            fact = facts.get(self._filter, _("Aucun message pour ce filtre"))
            action = button(_("Voir tous les messages"), "quiet", on_click=lambda: self.choose_filter("all"))
            self._empty.say("mail-open", fact, "", action)
        elif not folder.synced and not total:
            state = self._bridge.states.get(folder.account)
            if state is not None and state.state in ("offline", "refused"):
                self._empty.say(
                    "globe", _("Dossier pas encore reçu"), _("Il arrivera à la prochaine relève.")
                )
            else:
                self._empty.say(
                    "refresh-cw", _("Réception du dossier…"), _("Les messages vont apparaître ici.")
                )
        else:
            self._empty.say("inbox", _("Dossier vide"), "")

    # Filters, order, density

    def _chosen_filter(self) -> Filter:
        if self._filter.startswith("tag:"):
            return Filter(keyword=self._filter.removeprefix("tag:"))
        return {**_FILTERS, **_MORE}.get(self._filter, Filter())

    def _set_filter(self, name: str) -> None:
        self._filter = name
        for each, chip in self._chips.items():
            chip.setChecked(each == name)
        self._more.setChecked(name not in self._chips)

    def choose_filter(self, name: str) -> None:
        """ "all", "unread", "abnormal", "bio", "flagged", "attachments" or "tag:<keyword>"."""
        self._set_filter(name)
        current = self.view.current()
        self.show_folder(self._folder, current.id if current is not None else None)

    def _exclusive(self, choices: Sequence[tuple[str, str]], on: str, then: Callable[[str], object]) -> QMenu:
        menu = QMenu(self)
        group = QActionGroup(menu)
        for value, words in choices:
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(value == on)
            group.addAction(action)
            action.triggered.connect(lambda _on=False, which=value: then(which))
        return menu

    def _drop(self, menu: QMenu, under: QWidget) -> None:
        menu.exec(under.mapToGlobal(under.rect().bottomLeft()))
        menu.deleteLater()

    def _open_filters(self) -> None:
        choices = [("flagged", _("Avec un drapeau")), ("attachments", _("Avec une pièce jointe"))]
        if self._chips["bio"].isHidden():
            choices.insert(0, ("bio", _("Biologie")))
        choices += [(f"tag:{tag.keyword}", tag.label) for tag in known_tags()]
        menu = self._exclusive(choices, self._filter, self.choose_filter)
        if self._filter not in self._chips:
            menu.addSeparator()
            menu.addAction(_("Enlever le filtre")).triggered.connect(lambda: self.choose_filter("all"))
        self._drop(menu, self._more)
        self._more.setChecked(self._filter not in self._chips)

    def _open_order(self) -> None:
        choices = [("new", _("Les plus récents d’abord")), ("old", _("Les plus anciens d’abord"))]
        self._drop(self._exclusive(choices, "new" if self.newest_first else "old", self._order), self._sort)

    def _order(self, which: str) -> None:
        self.newest_first = which == "new"
        self.choose_filter(self._filter)
        self.choice_changed.emit()

    def _open_density(self) -> None:
        choices = [("aeree", _("Aérée")), ("confortable", _("Confortable")), ("compacte", _("Compacte"))]
        self._drop(self._exclusive(choices, appearance().density, self._choose_density), self._density)

    def _choose_density(self, which: str) -> None:
        appearance().choose(density=which)
        self.choice_changed.emit()

    def _place_chips(self, wide: bool) -> None:
        """In the head when there is room, else on a line of their own."""
        if wide == self._wide:
            return
        self._wide = wide
        row: QBoxLayout = self._head if wide else self._chip_row
        for part in (*self._chips.values(), self._more):
            for layout in (self._head, self._chip_row):
                layout.removeWidget(part)
        while self._chip_row.count():
            self._chip_row.takeAt(0)
        at = 2 if wide else 0
        for offset, chip in enumerate(self._chips.values()):
            row.insertWidget(at + offset, chip)
        if not wide:
            row.addStretch(1)
            row.addWidget(self._more)
        else:
            row.insertWidget(self._head.indexOf(self._sort) + 1, self._more)
        self._chip_line.setVisible(not wide and not self._query)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_chips(self.width() >= ONE_LINE_WIDTH + 120)
        self._spare_chips()

    def _spare_chips(self) -> None:
        """In a narrow list the last filter moves into the menu of the others, rather than being cut."""
        room = self.width() >= sum(chip.sizeHint().width() + 6 for chip in self._chips.values()) + 66
        self._chips["bio"].setVisible(room and not self._query)

    def _menu_by_key(self) -> None:
        if self.view.currentIndex().isValid():
            place = self.view.visualRect(self.view.currentIndex())
            self.menu_wanted.emit(self.view.viewport().mapToGlobal(place.bottomLeft() + QPoint(60, -8)))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self._menu_by_key()
        else:
            inside = self.view.viewport().mapFromGlobal(event.globalPos())
            if self.view.isVisible() and self.view.indexAt(inside).isValid():
                self.menu_wanted.emit(event.globalPos())

    def focus_list(self) -> None:
        """Keyboard goes to the rows, or to what stands there while there are none; nothing is opened."""
        page = self._stack.currentWidget()
        if page is not None:
            page.setFocus(Qt.FocusReason.OtherFocusReason)

    def chosen_rows(self) -> list[Row]:
        return self.view.chosen_rows()
