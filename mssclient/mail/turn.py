"""One turn over an account: the tree, then each folder that differs; quota and rights now and then."""

import threading
import time
from collections.abc import Callable, Sequence

import msgspec

from mssclient.mail.annotating import Annotators
from mssclient.mail.folders import as_selected, sync_tree
from mssclient.mail.listing import Listed, Namespaces, Status
from mssclient.mail.plan import Compare, Nothing, plan
from mssclient.mail.session import Session
from mssclient.mail.sync import FolderSynchroniser
from mssclient.model.accounts import Account
from mssclient.model.errors import MssError
from mssclient.model.ids import FolderId
from mssclient.model.language import ngettext
from mssclient.model.questions import FolderSync
from mssclient.store.accounts import set_quota
from mssclient.store.folders import FolderState, folder_states, set_folder_state
from mssclient.store.store import Priority, Store
from mssclient.store.view import View

__all__ = ["Turns", "left_out"]

_QUOTA_EVERY_S = 900.0

FolderProgress = Callable[[int, int, FolderState], None]
"""(folders done, of how many, the one under way)"""


def left_out(reports: Sequence[FolderSync]) -> str:
    """One French sentence about the folders that the server refused; "" when it refused none."""
    paths = [line.folder for line in reports if line.problem is not None]
    if not paths:
        return ""
    return ngettext(
        "Le serveur a refusé l’accès au dossier «\u00a0{folder}\u00a0».",
        "Le serveur a refusé l’accès à {count} dossiers, dont «\u00a0{folder}\u00a0».",
        len(paths),
    ).format(folder=paths[0], count=len(paths))


class Turns:
    """What the workers of one account share about its folders. The lock keeps two from writing one folder."""

    def __init__(self, account: Account, store: Store, annotators: Annotators) -> None:
        self._account = account
        self._store = store
        self._annotators = annotators
        self._lock = threading.RLock()
        self._namespaces: Namespaces | None = None
        self._seen: dict[FolderId, Status] = {}
        """STATUS at the end of the last turn: all that a server without CONDSTORE tells cheaply."""
        self._quota_at = 0.0
        self._structure = True
        """BODYSTRUCTURE is asked for."""

    def run(
        self,
        session: Session,
        view: View,
        *,
        folder: FolderId | None = None,
        thorough: bool = True,
        headers_only: bool = False,
        progress: FolderProgress | None = None,
        messages: Callable[[int], None] | None = None,
    ) -> list[FolderSync]:
        """Synchronise the tree and every folder, or one. Returns a line for each folder looked at.

        ``thorough`` compares folders of servers without CONDSTORE even when their STATUS is unchanged.
        Raises WorldError; a folder that the server refuses is passed over, its line says why.
        """
        listed = self._tree(session)
        states = [each for each in folder_states(view, self._account.id) if each.selectable]
        if folder is not None:
            states = [each for each in states if each.id == folder]
        by_path = {each.path: each for each in listed}
        reports: list[FolderSync] = []
        for number, state in enumerate(states):
            if progress:
                progress(number, len(states), state)
            now = by_path.get(state.path)
            if now is None:
                continue
            reports.append(self._folder(session, view, state, now, thorough, headers_only, messages))
        if folder is None:
            self._quota(session)
        return reports

    def inbox(self, session: Session, view: View) -> FolderSync | None:
        """Synchronise the inbox alone: something has moved in it."""
        for state in folder_states(view, self._account.id):
            if state.role == "inbox":
                return self._synchronise(session, view, state, False, None)
        return None

    def select_inbox(self, session: Session, view: View) -> bool:
        """EXAMINE the inbox, to wait for its news. False when it has none, or when it moved meanwhile."""
        state = next((each for each in folder_states(view, self._account.id) if each.role == "inbox"), None)
        if state is None:
            return False
        if session.selected == state.path:
            return True
        selected = session.select(state.path, read_only=True)
        decision = plan(state, selected, session.capabilities)
        if not isinstance(decision, Nothing | Compare):
            self._synchronise(session, view, state, False, None)
        return True

    def _tree(self, session: Session) -> list[Listed]:
        with self._lock:
            if self._namespaces is None:
                self._namespaces = session.namespaces()
            return sync_tree(session, self._store, self._account.id, self._namespaces)

    def _folder(
        self,
        session: Session,
        view: View,
        state: FolderState,
        listed: Listed,
        thorough: bool,
        headers_only: bool,
        messages: Callable[[int], None] | None,
    ) -> FolderSync:
        nothing = FolderSync(account=self._account.id, folder=state.path, messages=state.messages)
        try:
            status = self._status(session, listed)
            if status is not None and self._unchanged(session, state, status, thorough):
                return nothing
            report = self._synchronise(session, view, state, headers_only, messages)
            if not state.synced:
                self._rights(session, state)
            if status is not None:
                self._seen[state.id] = status
        except MssError as error:
            # A broken mountpoint or a folder without the right to read it must not stop the others
            # (Zimbra 8.8: SELECT of a dead share answers NO).
            if error.code not in ("server-refused", "right-missing", "folder-missing"):
                raise
            return msgspec.structs.replace(nothing, problem=error.problem)
        return report

    def _status(self, session: Session, listed: Listed) -> Status | None:
        if listed.status is not None:
            return listed.status
        # Without LIST-STATUS: one round trip for each folder; the selected one is compared by SELECT.
        return session.status(listed.path) if session.selected != listed.path else None

    def _unchanged(self, session: Session, state: FolderState, status: Status, thorough: bool) -> bool:
        if state.messages != state.known:
            return False  # a want has put something here that the server did not show yet
        selected = as_selected(status)
        if isinstance(plan(state, selected, session.capabilities), Nothing):
            return True
        if thorough or session.capabilities.condstore or not state.synced:
            return False
        return self._seen.get(state.id) == status

    def _synchronise(
        self,
        session: Session,
        view: View,
        state: FolderState,
        headers_only: bool,
        messages: Callable[[int], None] | None,
    ) -> FolderSync:
        with self._lock:
            synchroniser = FolderSynchroniser(
                self._account,
                self._store,
                view,
                self._annotators,
                headers_only=headers_only,
                structure=self._structure,
                progress=messages,
            )
            try:
                return synchroniser.run(session, state.id)
            except MssError as error:
                if error.code == "protocol-nonsense":
                    # One message whose BODYSTRUCTURE the server writes wrong would keep out all others:
                    # the next attempt does without.
                    self._structure = False
                raise

    def _rights(self, session: Session, state: FolderState) -> None:
        if session.capabilities.acl and (rights := session.rights(state.path)):
            self._store.write(Priority.NEWS, lambda tx: set_folder_state(tx, state.id, rights=rights))

    def _quota(self, session: Session) -> None:
        if time.monotonic() < self._quota_at or not session.capabilities.quota:
            return
        quota = session.quota()
        self._quota_at = time.monotonic() + _QUOTA_EVERY_S
        self._store.write(Priority.NEWS, lambda tx: set_quota(tx, self._account.id, quota))
