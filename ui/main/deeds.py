"""What the person does with messages: each deed posts one want, says it in a toast, and can be taken back."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal

from mssclient.model.accounts import Folder, Tag
from mssclient.model.errors import Problem
from mssclient.model.ids import AccountId, FolderId, PlacementId
from mssclient.model.language import _
from mssclient.model.messages import Row
from mssclient.model.wants import ANY_WANT, Delete, MarkFlags, Move, Undo
from ui.bridge import Bridge
from ui.kit import Toasts, problem_sentence
from ui.main.row_words import tags_of
from ui.theme.words import count, quoted

__all__ = ["Deeds"]

_KEPT_UNDOS = 30


class Deeds(QObject):
    """Posts wants for rows.

    ``leaving(rows)`` is called before rows leave the list, so that the cursor goes on.
    """

    failed = Signal(object)
    """A :class:`Problem` of a want that was refused."""

    def __init__(self, bridge: Bridge, toasts: Toasts, leaving: Callable[[Sequence[Row]], None]) -> None:
        super().__init__(toasts)
        self._bridge, self._toasts, self._leaving = bridge, toasts, leaving
        self._undos: list[tuple[str, str]] = []

    # Flags and tags

    def mark_read(self, rows: Sequence[Row], read: bool | None = None) -> None:
        """Read or unread; by default the opposite of what most of them are."""
        if not rows:
            return
        seen = read if read is not None else any("seen" not in row.flags for row in rows)
        flag = ("seen",)
        want = MarkFlags(placements=_ids(rows), add=flag if seen else (), remove=() if seen else flag)
        words = (
            count("{n} message marqué comme lu", "{n} messages marqués comme lus", len(rows))
            if seen
            else count("{n} message marqué comme non lu", "{n} messages marqués comme non lus", len(rows))
        )
        self._do(want, words, "mail-open" if seen else "mail", toast=len(rows) > 1)

    def flag(self, rows: Sequence[Row]) -> None:
        """Put the flag on, or take it off when all have it."""
        if not rows:
            return
        on = any("flagged" not in row.flags for row in rows)
        flag = ("flagged",)
        want = MarkFlags(placements=_ids(rows), add=flag if on else (), remove=() if on else flag)
        words = _("Drapeau mis") if on else _("Drapeau retiré")
        self._do(want, words, "flag", toast=len(rows) > 1)

    def tag(self, rows: Sequence[Row], tag: Tag) -> None:
        """Put a tag on, or take it off when all have it."""
        if not rows:
            return
        has = [any(each.keyword == tag.keyword for each in tags_of(row)) for row in rows]
        keyword = (tag.keyword,)
        on = not all(has)
        want = MarkFlags(placements=_ids(rows), add=keyword if on else (), remove=() if on else keyword)
        words = _("Étiquette {label} mise") if on else _("Étiquette {label} retirée")
        self._do(want, words.format(label=quoted(tag.label)), "tag", toast=len(rows) > 1)

    # Moving

    def move(self, rows: Sequence[Row], folder: Folder) -> None:
        """Move to a folder; rows of another account stay and that is said."""
        fitting = [row for row in rows if row.account == folder.account and row.folder != folder.id]
        if not fitting:
            if rows:
                self._toasts.say(_("Un message ne peut changer que de dossier, pas de boîte."), "info")
            return
        words = _moved(len(fitting), folder.name)
        self._leave(fitting)
        self._do(Move(placements=_ids(fitting), folder=folder.id), words, "folder-input")

    def to_role(self, rows: Sequence[Row], role: str) -> None:
        """Move to the archive or junk folder of each account."""
        for account in dict.fromkeys(row.account for row in rows):
            mine = [row for row in rows if row.account == account]
            folder = self.folder_with(account, role)
            if folder is None:
                self._toasts.say(_missing(role), "triangle-alert")
                continue
            mine = [row for row in mine if row.folder != folder.id]
            if not mine:
                continue
            self._leave(mine)
            if role == "archive":
                words = count("{n} message archivé", "{n} messages archivés", len(mine))
                words = words if len(mine) > 1 else _("Message archivé")
            else:
                words = _moved(len(mine), folder.name)
            ic = "archive" if role == "archive" else "shield-alert"
            self._do(Move(placements=_ids(mine), folder=folder.id), words, ic)

    def delete(self, rows: Sequence[Row]) -> None:
        """To the trash; in the trash, for good (the caller asked)."""
        if not rows:
            return
        self._leave(rows)
        words = count("{n} message supprimé", "{n} messages supprimés", len(rows))
        self._do(Delete(placements=_ids(rows)), words if len(rows) > 1 else _("Message supprimé"), "trash-2")

    def folder_with(self, account: AccountId, role: str) -> Folder | None:
        """The folder of a role in an account."""
        view = self._bridge.view
        folders = view.folders(account) if view is not None else []
        return next((folder for folder in folders if folder.role == role), None)

    def in_trash(self, rows: Sequence[Row]) -> bool:
        """Deleting these would remove them for good."""
        view = self._bridge.view
        if view is None:
            return False
        folders = {row.folder for row in rows}
        found: dict[FolderId, Folder] = {folder.id: folder for folder in view.folders()}
        return any(found[each].role == "trash" for each in folders if each in found)

    # Doing and taking back

    def _leave(self, rows: Sequence[Row]) -> None:
        self._leaving(rows)

    def _do(self, want: ANY_WANT, words: str, ic: str, *, toast: bool = True) -> None:
        ended: list[bool] = []

        def written() -> None:
            if toast and not ended:
                self._toasts.say(words, ic, undo=self.undo)

        def end(outcome: object) -> None:
            # Mail wants end here only when the engine refused them.
            if isinstance(outcome, Problem):
                ended.append(True)
                self._undos = [each for each in self._undos if each[0] != want_id]
                self._toasts.say(problem_sentence(outcome), "octagon-alert")
                self.failed.emit(outcome)

        want_id = self._bridge.post(want, end, on_written=written, owner=self)
        self._undos.append((want_id, words))
        del self._undos[:-_KEPT_UNDOS]

    def can_undo(self) -> bool:
        return bool(self._undos)

    def undo(self) -> None:
        """Take the last deed back."""
        if not self._undos:
            self._toasts.say(_("Rien à annuler"), "info")
            return
        want_id, _words = self._undos.pop()

        def end(outcome: object) -> None:
            if isinstance(outcome, Problem):
                self._toasts.say(problem_sentence(outcome), "octagon-alert")

        self._bridge.post(
            Undo(target=want_id),
            end,
            on_written=lambda: self._toasts.say(_("Action annulée"), "undo-2"),
            owner=self,
        )

    def forget(self) -> None:
        """Lock: nothing of what was shown is kept."""
        self._undos.clear()


def _ids(rows: Sequence[Row]) -> tuple[PlacementId, ...]:
    return tuple(row.id for row in rows)


def _moved(number: int, folder: str) -> str:
    words = count("{n} message déplacé vers", "{n} messages déplacés vers", number)
    if number == 1:
        words = _("Message déplacé vers")
    return f"{words} {quoted(folder)}"


def _missing(role: str) -> str:
    if role == "archive":
        return _("Cette boîte n’a pas de dossier d’archives.")
    return _("Cette boîte n’a pas de dossier d’indésirables.")
