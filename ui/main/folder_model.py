"""The tree of BAL and folders as items: an account, its folders as they nest, its quota."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QMimeData, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel

from mssclient.model.accounts import Account, AccountState, Folder, Quota
from mssclient.model.ids import AccountId, FolderId, PlacementId
from mssclient.model.language import _
from ui.main.rows import MIME_ROWS
from ui.theme.words import count, percent, size

__all__ = ["KIND", "RECORD", "FolderModel", "dragged", "folder_icon", "folder_words", "quota_words"]

Index = QModelIndex | QPersistentModelIndex
KIND = int(Qt.ItemDataRole.UserRole)
""""account", "folder" or "quota"."""
RECORD = KIND + 1
"""The :class:`Account`, :class:`Folder` or :class:`Quota`."""
DEPTH = KIND + 2
PROBLEM = KIND + 3
"""French words of what is wrong with an account, or ""."""

_ROLE_ICONS = {
    "inbox": "inbox",
    "drafts": "file-pen",
    "sent": "send",
    "archive": "archive",
    "junk": "shield-alert",
    "trash": "trash-2",
    "all": "mail",
}
_NAME_ICONS = (
    ("bio", "flask-conical"),
    ("compte", "file-heart"),
    ("rendez", "calendar"),
    ("archive", "archive"),
    ("brouillon", "file-pen"),
    ("corbeille", "trash-2"),
    ("envoy", "send"),
    ("indésirable", "shield-alert"),
    ("inbox", "inbox"),
)
"""For folders without a role, in shared BAL above all."""


def folder_icon(folder: Folder) -> str:
    if folder.role in _ROLE_ICONS:
        return _ROLE_ICONS[folder.role]
    name = folder.name.lower()
    return next((ic for start, ic in _NAME_ICONS if name.startswith(start)), "folder")


def folder_words(folder: Folder) -> str:
    """A folder for screen readers."""
    parts = [folder.name]
    if folder.unread:
        parts.append(count("{n} non lu", "{n} non lus", folder.unread))
    elif folder.role == "drafts" and folder.messages:
        parts.append(count("{n} brouillon", "{n} brouillons", folder.messages))
    if folder.shared:
        parts.append(_("partagé"))
    if read_only(folder):
        parts.append(_("lecture seule"))
    return ", ".join(parts)


def read_only(folder: Folder) -> bool:
    return bool(folder.rights) and "i" not in folder.rights and "t" not in folder.rights


def quota_words(quota: Quota) -> str:
    """« 1,4 Go sur 2 Go »."""
    return _("{used} sur {limit}").format(used=size(quota.used_octets), limit=size(quota.limit_octets))


def dragged(data: QMimeData) -> tuple[PlacementId, ...]:
    """The placements that are dragged from the list."""
    raw = bytes(data.data(MIME_ROWS).data()).decode("ascii", "ignore")
    return tuple(PlacementId(int(each)) for each in raw.split(",") if each.isdigit())


class FolderModel(QStandardItemModel):
    """Built anew when the tree changes, told in place when only counts do."""

    def __init__(self) -> None:
        super().__init__()
        self._folders: dict[FolderId, QStandardItem] = {}
        self._accounts: dict[AccountId, QStandardItem] = {}
        self._quotas: dict[AccountId, QStandardItem] = {}

    def build(self, accounts: Sequence[Account], folders: Sequence[Folder]) -> None:
        self.clear()
        self._folders.clear()
        self._accounts.clear()
        self._quotas.clear()
        for account in accounts:
            head = self._item("account", account, 0)
            self._accounts[account.id] = head
            self.appendRow(head)
            mine = [folder for folder in folders if folder.account == account.id]
            self._add_folders(head, mine, None, 0)
            self.set_account(account, None)

    def _add_folders(
        self, under: QStandardItem, folders: Sequence[Folder], parent: FolderId | None, depth: int
    ) -> None:
        known = {folder.id for folder in folders}
        for folder in folders:
            above = folder.parent if folder.parent in known else None
            if above != parent or folder.id == parent or folder.id in self._folders:
                continue
            item = self._item("folder", folder, depth)
            self._folders[folder.id] = item
            under.appendRow(item)
            self._tell(item, folder)
            self._add_folders(item, folders, folder.id, depth + 1)

    def _item(self, kind: str, record: object, depth: int) -> QStandardItem:
        item = QStandardItem()
        item.setEditable(False)
        item.setData(kind, KIND)
        item.setData(record, RECORD)
        item.setData(depth, DEPTH)
        return item

    def _tell(self, item: QStandardItem, folder: Folder) -> None:
        item.setData(folder, RECORD)
        item.setData(folder_words(folder), Qt.ItemDataRole.AccessibleTextRole)
        item.setToolTip(folder.path if folder.parent is not None else "")
        # Typing a letter in the tree jumps to a folder of that name.
        item.setText(folder.name)
        usable = Qt.ItemFlag.ItemIsEnabled
        if folder.selectable:
            usable |= Qt.ItemFlag.ItemIsSelectable
            if not read_only(folder):
                usable |= Qt.ItemFlag.ItemIsDropEnabled
        item.setFlags(usable)

    def same_tree(self, accounts: Iterable[Account], folders: Sequence[Folder]) -> bool:
        """Only counts differ from what is shown."""
        if [account.id for account in accounts] != list(self._accounts):
            return False
        shown = {key: item.data(RECORD) for key, item in self._folders.items()}
        if set(shown) != {folder.id for folder in folders}:
            return False
        return all(
            (old := shown[folder.id]).name == folder.name
            and old.parent == folder.parent
            and old.role == folder.role
            for folder in folders
        )

    def update_counts(self, folders: Sequence[Folder]) -> None:
        for folder in folders:
            item = self._folders.get(folder.id)
            if item is not None and item.data(RECORD) != folder:
                self._tell(item, folder)

    def set_account(self, account: Account, state: AccountState | None) -> None:
        item = self._accounts.get(account.id)
        if item is None:
            return
        problem = state.problem.sentence if state is not None and state.problem is not None else ""
        kind = _("organisation") if account.kind == "organisational" else _("personnelle")
        words = ", ".join(part for part in (account.name, account.address, kind, problem) if part)
        if item.data(Qt.ItemDataRole.AccessibleTextRole) == words:
            return
        item.setData(account, RECORD)
        item.setData(problem, PROBLEM)
        item.setText(account.name or account.address)
        item.setData(words, Qt.ItemDataRole.AccessibleTextRole)
        item.setToolTip("\n".join(part for part in (account.address, problem) if part))
        item.setFlags(Qt.ItemFlag.ItemIsEnabled)

    def set_quota(self, account: AccountId, quota: Quota | None) -> None:
        head, item = self._accounts.get(account), self._quotas.get(account)
        if head is None:
            return
        if quota is None or not quota.limit_octets:
            if item is not None:
                head.removeRow(item.row())
                del self._quotas[account]
            return
        if item is None:
            item = self._item("quota", quota, 0)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self._quotas[account] = item
            head.appendRow(item)
        ratio = percent(100 * quota.used_octets / quota.limit_octets)
        item.setData(quota, RECORD)
        words = _("Espace utilisé\u00a0: {words}, {ratio}").format(words=quota_words(quota), ratio=ratio)
        item.setData(words, Qt.ItemDataRole.AccessibleTextRole)
        item.setToolTip(words)

    def index_of(self, folder: FolderId) -> QModelIndex:
        item = self._folders.get(folder)
        return self.indexFromItem(item) if item is not None else QModelIndex()

    def index_of_account(self, account: AccountId) -> QModelIndex:
        item = self._accounts.get(account)
        return self.indexFromItem(item) if item is not None else QModelIndex()

    def folder(self, folder: FolderId) -> Folder | None:
        item = self._folders.get(folder)
        return item.data(RECORD) if item is not None else None

    def folders(self) -> list[Folder]:
        return [item.data(RECORD) for item in self._folders.values()]

    # Rows of the list are dropped here; only ids are carried.

    def mimeTypes(self) -> list[str]:
        return [MIME_ROWS]

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction
