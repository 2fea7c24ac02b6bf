"""What carrying out a want needs: the session, the store, and where the server has the messages."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from mssclient.mail.annotating import Annotators
from mssclient.mail.problems import folder_missing, refused
from mssclient.mail.session import Session
from mssclient.model.accounts import Account
from mssclient.model.errors import WorldError
from mssclient.model.ids import FolderId, PlacementId
from mssclient.model.language import _
from mssclient.store.effects import Effect, effects_of
from mssclient.store.folders import FolderState, folder_state
from mssclient.store.journal import JournalEntry, set_phase, want
from mssclient.store.placements import adopt
from mssclient.store.store import Priority, Store
from mssclient.store.transaction import Transaction
from mssclient.store.view import View
from mssclient.store.whereabouts import Whereabouts, whereabouts

__all__ = ["Errand", "Work", "adoption", "uids_of"]

Work = Callable[[Transaction], object]


@dataclass
class Errand:
    """One want on its way. Thread: the courier's."""

    account: Account
    store: Store
    view: View
    entry: JournalEntry
    open_session: Callable[[], Session]
    """The courier's session, opened when it is first needed."""
    annotators: Annotators
    pause: Callable[[str], None]
    """Called before and after each commit; tests kill the process there."""

    @property
    def session(self) -> Session:
        return self.open_session()

    def effects(self, *actions: str) -> list[Effect]:
        """The effects of the want that are not carried out yet."""
        return [
            each for each in effects_of(self.view, self.entry.id) if each.active and each.action in actions
        ]

    def folder(self, folder: FolderId) -> FolderState:
        """Raises WorldError folder-missing."""
        state = folder_state(self.view, folder)
        if state is None:
            raise folder_missing("store")
        return state

    def places(self, placements: Iterable[PlacementId]) -> dict[FolderId, list[Whereabouts]]:
        """Server folder → what is there of these, UIDs known. What is gone is left out.

        A placement moved by a server that did not tell its new UID is looked for by its Message-ID.
        """
        found: defaultdict[FolderId, list[Whereabouts]] = defaultdict(list)
        for place in whereabouts(self.view, placements).values():
            if place.folder is None:
                continue
            known = place if place.uid is not None else self._look_for(place)
            if known is not None:
                found[place.folder].append(known)
        return dict(found)

    def _look_for(self, place: Whereabouts) -> Whereabouts | None:
        if place.folder is None or not place.rfc_message_id:
            return None
        self.select(place.folder, change=False)
        uids = self.session.find_message_id(place.rfc_message_id)
        if not uids:
            return None
        folder, uid = place.folder, uids[-1]
        self.write(adoption(place.placement, folder, uid))
        return place._replace(uid=uid)

    def select(self, folder: FolderId, *, change: bool = True) -> FolderState:
        """SELECT (or EXAMINE) unless that is done; its UIDs then mean what the store knows.

        Raises WorldError folder-renumbered (the synchronisation must come first), folder-missing;
        Refused right-missing.
        """
        state = self.folder(folder)
        session = self.session
        if session.selected != state.path or (change and session.examined):
            session.select(state.path, read_only=not change)
        # A folder that was never synchronised has no UIDs that could be mistaken.
        if state.uidvalidity not in (0, session.uidvalidity):
            raise WorldError(
                "folder-renumbered",
                _("Le serveur a renuméroté les messages de ce dossier."),
                _("L’opération reprendra après la prochaine relève."),
            )
        if change and session.read_only:
            raise refused("SELECT", "OK", "READ-ONLY")
        return state

    def place_of_next(self, path: str) -> str:
        """ "UIDVALIDITY:UIDNEXT" of a folder now: what comes later has a UID from there on."""
        if self.session.selected != path:
            status = self.session.status(path)
            return f"{status.uidvalidity}:{status.uidnext}"
        selected = self.session.select(path, read_only=True)
        return f"{selected.uidvalidity}:{selected.uidnext}"

    def write(self, *works: Work) -> None:
        """One transaction that a power cut can't take back."""

        def all_of_them(tx: Transaction) -> None:
            for work in works:
                work(tx)

        self.pause("writing")
        self.store.write(Priority.PERSON, all_of_them)
        self.pause("written")

    def note(self, name: str) -> str:
        """What was remembered under ``name``, now; "" when nothing was."""
        entry = want(self.view, self.entry.id)
        return entry.data.get(name, "") if entry else ""

    def noting(self, phase: str, **data: str) -> Work:
        """The work that remembers ``data``."""
        return lambda tx: set_phase(tx, self.entry.id, phase, **data)


def adoption(placement: PlacementId, folder: FolderId, uid: int) -> Work:
    """The work that says where the server has ``placement`` now, unless it is gone meanwhile."""

    def work(tx: Transaction) -> None:
        if whereabouts(tx, [placement]):
            adopt(tx, placement, folder, uid)

    return work


def uids_of(places: Sequence[Whereabouts]) -> list[int]:
    return [place.uid for place in places if place.uid is not None]
