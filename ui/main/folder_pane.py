"""The folder pane: new message, the tree, long work under way, HPRIM."""

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from mssclient.model.accounts import Account, AccountState, Folder
from mssclient.model.changes import Changed, Progress
from mssclient.model.errors import Problem
from mssclient.model.ids import AccountId, FolderId
from mssclient.model.language import _
from mssclient.model.wants import Sync
from ui.bridge import Bridge
from ui.kit import ProgressLine, box, button
from ui.main.folder_model import KIND, RECORD, FolderModel
from ui.main.folder_tree import FolderTree
from ui.theme import appearance, give_font

__all__ = ["FolderPane"]


class FolderPane(QWidget):
    """Emits the chosen folder; asks the view again when told of changes."""

    chosen = Signal(object)
    """A :class:`Folder`."""
    dropped = Signal(tuple, object)
    hprim_wanted = Signal(object, object)
    """Account or None, folder or None."""
    mark_all_read = Signal(object)
    """A :class:`Folder`."""

    def __init__(self, bridge: Bridge, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self._bridge = bridge
        self.setProperty("bg", "chrome")
        self.closed: set[str] = set()
        """Accounts and folders that the person closed, by "a<id>" and "f<id>"."""
        self._accounts: dict[AccountId, Account] = {}
        self._wanted: FolderId | None = None
        self._by_itself = False
        """The folder shown is the first inbox because nobody chose one yet."""
        self._begun = False
        self._default_shown: object = None
        """The setting of the default BAL that was last acted on."""
        self._syncs: set[str] = set()
        self.model = FolderModel()
        self.model.setParent(self)
        self.tree = FolderTree(self.model)
        self.tree.chosen.connect(self._tree_chosen)
        self.tree.dropped.connect(self.dropped)
        self.tree.expanded.connect(lambda index: self._turned(index, False))
        self.tree.collapsed.connect(lambda index: self._turned(index, True))
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.customContextMenuRequested.connect(self._menu)
        new = button(_("Nouveau message"), "primary", "pen-line", on_click=actions["new"].trigger)
        new.setToolTip(actions["new"].toolTip())
        hprim = button(
            _("Télécharger les résultats HPRIM"),
            "plain",
            "folder-down",
            small=True,
            on_click=actions["hprim"].trigger,
        )
        give_font(hprim, "small", 500)
        hprim.setToolTip(actions["hprim"].toolTip())
        self._progress = ProgressLine()
        self._progress.hide()
        self._progress.cancelled.connect(self._cancel)
        self._work: str = ""
        self.setLayout(
            box(
                "v",
                box("v", new, m=(12, 4, 12, 10)),
                self.tree,
                self._progress,
                box("h", hprim, None, m=(4, 4, 8, 8)),
                gap=0,
            )
        )
        self.setMinimumWidth(232)
        appearance().changed.connect(self._looks_changed)

    # Content

    def load(self) -> None:
        """Read accounts, folders, quotas from the view; keep the cursor and what is open."""
        view = self._bridge.view
        if view is None:
            return
        accounts, folders = view.accounts(), view.folders()
        self._accounts = {account.id: account for account in accounts}
        if not self.model.same_tree(accounts, folders):
            current = self.current()
            undecided = self._by_itself
            keep = current.id if current is not None and not undecided else self._wanted
            self.tree.blockSignals(True)
            self.model.build(accounts, folders)
            self._open_kept()
            self.tree.blockSignals(False)
            found = keep is not None and self.tree.choose(keep)
            if undecided and not found:
                self._choose_first()
        else:
            self.model.update_counts(folders)
        for account in accounts:
            self.model.set_account(account, self._bridge.states.get(account.id))
            self.model.set_quota(account.id, view.quota(account.id))

    def changed(self, changed: Changed) -> None:
        """Read again what this change touches; a BAL that was just chosen to open first opens."""
        if "settings" in changed.aspects and self._default_setting() not in (None, self._default_shown):
            self._wanted = None
            self._choose_first()
        tree = {"folders", "accounts"} & set(changed.aspects)
        if changed.everything or tree or changed.folders or changed.accounts:
            self.load()
        for state in changed.states:
            account = self._accounts.get(state.account)
            if account is not None:
                self.model.set_account(account, state)
        if changed.states:
            self._show_first_sync()

    def clear(self) -> None:
        self.model.build((), ())
        self._accounts = {}
        self._progress.hide()

    def current(self) -> Folder | None:
        record = self.tree.currentIndex().data(RECORD)
        return record if isinstance(record, Folder) else None

    def begin(self, folder: FolderId | None) -> None:
        """The store is open: show ``folder``, where the person left off; at the start, the default BAL where
        one was chosen."""
        by_default = not self._begun and self._default_setting() is not None
        self._begun = True
        self.choose(None if by_default else folder)

    def choose(self, folder: FolderId | None) -> None:
        """Put the cursor on a folder, else on the first inbox."""
        self._wanted = folder
        if folder is not None and self.tree.choose(folder):
            return
        self._choose_first()

    def _choose_first(self) -> None:
        """Until somebody chooses, the inbox of the default BAL is shown, else the first, also when its BAL
        comes in after another's."""
        folders = self.model.folders()
        self._default_shown = self._default_setting()
        first = self._default(folders) or next((each for each in folders if each.role == "inbox"), None)
        if first is not None:
            self.tree.choose(first.id)
            self._by_itself = True

    def _default(self, folders: Sequence[Folder]) -> Folder | None:
        """An account's inbox, or the first folder of what is shared with it."""
        kept = self._default_setting()
        if not isinstance(kept, list) or len(kept) != 2:
            return None
        account, root = kept
        own = [each for each in folders if each.account == account]
        if not root:
            return next((each for each in own if each.role == "inbox"), None)
        return next((each for each in own if each.path == root and each.selectable), None)

    def _default_setting(self) -> object:
        """``bal.default``: ``[account, root]``."""
        view = self._bridge.view
        return view.setting("bal.default") if view is not None else None

    def settle(self) -> None:
        """Somebody uses the folder shown: it stays."""
        self._by_itself = False

    def _tree_chosen(self, folder: Folder) -> None:
        self._by_itself = False
        self.chosen.emit(folder)

    def account_of(self, folder: Folder) -> Account | None:
        return self._accounts.get(folder.account)

    @property
    def accounts(self) -> list[Account]:
        return list(self._accounts.values())

    # What is open

    def _key(self, index: QModelIndex) -> str:
        record = index.data(RECORD)
        return f"{'a' if index.data(KIND) == 'account' else 'f'}{record.id}" if record is not None else ""

    def _turned(self, index: QModelIndex, closed: bool) -> None:
        key = self._key(index)
        if closed:
            self.closed.add(key)
        else:
            self.closed.discard(key)

    def _open_kept(self) -> None:
        def walk(parent: QModelIndex) -> None:
            for row in range(self.model.rowCount(parent)):
                index = self.model.index(row, 0, parent)
                self.tree.setExpanded(index, self._key(index) not in self.closed)
                walk(index)

        walk(QModelIndex())

    def _looks_changed(self) -> None:
        self.tree.doItemsLayout()

    # Menu

    def _menu(self, at: QPoint) -> None:
        index = self.tree.indexAt(at)
        record = index.data(RECORD)
        menu = QMenu(self)

        def add(words: str, then: Callable[[], object]) -> None:
            menu.addAction(words).triggered.connect(lambda _on=False: then())

        if isinstance(record, Folder):
            folder = record
            add(_("Relever ce dossier"), lambda: self.sync(folder.account, folder.id))
            if folder.unread:
                add(_("Tout marquer comme lu"), lambda: self.mark_all_read.emit(folder))
            add(
                _("Télécharger les résultats HPRIM de ce dossier…"),
                lambda: self.hprim_wanted.emit(folder.account, folder.id),
            )
        elif isinstance(record, Account):
            account = record
            add(_("Relever cette boîte"), lambda: self.sync(account.id))
            add(
                _("Télécharger les résultats HPRIM de cette boîte…"),
                lambda: self.hprim_wanted.emit(account.id, None),
            )
        if not menu.isEmpty():
            menu.exec(self.tree.viewport().mapToGlobal(at))
        menu.deleteLater()

    # Long work

    def sync(self, account: AccountId | None = None, folder: FolderId | None = None) -> None:
        """Fetch now; its progress is shown below the tree."""

        def end(outcome: object) -> None:
            self._syncs.discard(want)
            if self._work == want:
                self._work = ""
                self._progress.hide()

        want = str(self._bridge.post(Sync(account=account, folder=folder), end, owner=self))
        self._syncs.add(want)

    def progress(self, progress: Progress) -> None:
        """Progress of a sync that this pane began; others have their own place."""
        if progress.id in self._syncs:
            self._work = progress.id
            self._progress.show_progress(progress.sentence or _("Relève"), progress.done, progress.total)
            self._progress.set_cancellable(True)
            self._progress.show()

    def _cancel(self) -> None:
        if self._work:
            self._bridge.cancel(self._work)

    def _show_first_sync(self) -> None:
        """Bodies that are still to come, when there are many: a first sync."""
        if self._work:
            return
        states: list[AccountState] = list(self._bridge.states.values())
        todo = sum(state.todo_messages for state in states)
        done = sum(state.done_messages for state in states)
        self._progress.setVisible(todo > 20)
        if todo > 20:
            self._progress.show_progress(_("Messages reçus"), done, done + todo)
        self._progress.set_cancellable(bool(self._work))

    def problems(self) -> list[tuple[Account, Problem]]:
        """What is wrong with accounts now."""
        found: list[tuple[Account, Problem]] = []
        for account in self._accounts.values():
            state = self._bridge.states.get(account.id)
            if state is not None and state.problem is not None:
                found.append((account, state.problem))
        return found
