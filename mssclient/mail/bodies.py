"""Bodies of messages whose headers are here: newest first as upkeep, or the one somebody opened."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from mssclient.mail.annotating import Annotators
from mssclient.mail.problems import message_gone
from mssclient.mail.session import Session
from mssclient.mail.slices import MESSAGES_SLICE, Slices, Work
from mssclient.model.ids import AccountId, FolderId, MessageId, PlacementId
from mssclient.model.messages import Annotation
from mssclient.store.bodies import pack
from mssclient.store.folders import folder_state
from mssclient.store.placements import MissingBody, add_bodies, missing_bodies
from mssclient.store.store import Priority, Store
from mssclient.store.view import View
from mssclient.store.whereabouts import whereabouts

__all__ = ["BodyBringer"]

BACKGROUND_OCTETS_MAX = 150 << 20
"""Bigger messages are fetched when somebody opens them, not before."""
_SLICE_OCTETS = 4 << 20
_BATCH_OCTETS = 8 << 20
_BATCH_MESSAGES = 250
_LOOK_AHEAD = 20_000


class BodyBringer:
    """Fetches bodies on the session and with the view of the calling thread."""

    def __init__(self, account: AccountId, store: Store, view: View, annotators: Annotators) -> None:
        self._account = account
        self._store = store
        self._view = view
        self._annotators = annotators
        self._given_up: set[MessageId] = set()
        """The server did not give these; not asked again by this bringer."""
        self._slices = Slices(store, Priority.UPKEEP)
        self._stale = False
        self._ahead: list[MissingBody] = []

    def one(self, session: Session, placement: PlacementId) -> bytes:
        """The whole message of ``placement``, kept in the store too. Raises WorldError message-gone."""
        place = whereabouts(self._view, [placement]).get(placement)
        if place is None:
            raise message_gone()
        if place.has_body and (raw := self._view.raw(place.message)) is not None:
            return raw
        if place.folder is None or place.uid is None or not self._select(session, place.folder):
            raise message_gone()
        answers = list(session.fetch_bodies([place.uid]))
        raw = next((each.raw for each in answers if each.uid == place.uid and each.raw is not None), None)
        if raw is None:
            raise message_gone()
        item = (place.message, pack(raw), self._annotators.whole(raw))
        self._store.write(Priority.PERSON, lambda tx: add_bodies(tx, [item]))
        return raw

    def remaining(self) -> int:
        """How many bodies are missing, as far as this looks ahead."""
        if self._stale:
            self._stale = False
            self._slices.finish()
            self._given_up.clear()
            self._ahead = []
        if not self._ahead:
            self._slices.finish()  # or what is being written would look missing
            self._ahead = self._missing(_LOOK_AHEAD)
        return len(self._ahead)

    def some(self, session: Session) -> int:
        """One batch of the newest missing bodies, a second's worth; 0 when none is left."""
        if not self.remaining():
            return 0
        folder = self._ahead[0].folder
        batch: list[MissingBody] = []
        octets = 0
        while self._ahead and len(batch) < _BATCH_MESSAGES and self._ahead[0].folder == folder:
            octets += self._ahead[0].octets
            if batch and octets > _BATCH_OCTETS:
                break
            batch.append(self._ahead.pop(0))
        return self._bring(session, folder, batch)

    def forget_plans(self) -> None:
        """After another synchronisation: other messages may be missing now. Any thread."""
        self._stale = True

    def _missing(self, limit: int) -> list[MissingBody]:
        found = missing_bodies(self._view, self._account, limit + len(self._given_up))
        wanted = [
            each
            for each in found
            if each.message not in self._given_up and each.octets <= BACKGROUND_OCTETS_MAX
        ]
        by_folder: defaultdict[FolderId, list[MissingBody]] = defaultdict(list)
        for start in range(0, len(wanted), _BATCH_MESSAGES):
            # Newest first, but folder by folder within a few hundred: SELECT is not free.
            for each in wanted[start : start + _BATCH_MESSAGES]:
                by_folder[each.folder].append(each)
        return [each for group in by_folder.values() for each in group]

    def _bring(self, session: Session, folder: FolderId, batch: Sequence[MissingBody]) -> int:
        by_uid = {each.uid: each for each in batch}
        if not self._select(session, folder):
            self._give_up(by_uid.values())
            return len(batch)
        items: list[tuple[MessageId, bytes]] = []
        octets = 0
        try:
            for each in session.fetch_bodies(by_uid):
                missing = by_uid.pop(each.uid, None)
                if missing is None or each.raw is None:
                    continue
                items.append((missing.message, each.raw))
                octets += len(each.raw)
                if len(items) == MESSAGES_SLICE or octets > _SLICE_OCTETS:
                    self._post(items)
                    items, octets = [], 0
        except BaseException:
            self._post(items)
            self._slices.hand_over()  # what came before the cut is kept
            raise
        self._post(items)
        self._give_up(by_uid.values())
        return len(batch)

    def _post(self, items: Sequence[tuple[MessageId, bytes]]) -> None:
        """Goes on over batches: the next one is read while this one is annotated and written."""
        if not items:
            return

        def prepare(annotations: list[Annotation]) -> Work:
            whole = [
                (message, pack(raw), said) for (message, raw), said in zip(items, annotations, strict=True)
            ]
            return lambda tx: add_bodies(tx, whole)

        self._slices.post_annotated(self._annotators.begin([(raw, None) for _, raw in items]), prepare)

    def _give_up(self, missing: Iterable[MissingBody]) -> None:
        self._given_up.update(each.message for each in missing)

    def _select(self, session: Session, folder: FolderId) -> bool:
        """EXAMINE the folder; False when its UIDs no longer mean what we know."""
        state = folder_state(self._view, folder)
        if state is None:
            return False
        if session.selected == state.path and session.uidvalidity == state.uidvalidity:
            return True
        return session.select(state.path, read_only=True).uidvalidity == state.uidvalidity
