"""Synchronising folders: ask what differs (``plan``), bring it, and never lose what a person wants.

One transaction holds the last rows and the new UIDNEXT and MODSEQ, so that a cut at any octet leaves a
store from which the next turn converges.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from mssclient.mail import rebuilding
from mssclient.mail.annotating import Annotators
from mssclient.mail.bringing import bring
from mssclient.mail.listing import Flagged, Selected
from mssclient.mail.plan import Additions, Changes, Compare, Nothing, Plan, Rebuild, plan
from mssclient.mail.problems import folder_missing
from mssclient.mail.session import Session
from mssclient.mail.slices import FLAGS_SLICE, Slices
from mssclient.model.accounts import Account
from mssclient.model.ids import FolderId
from mssclient.model.questions import FolderSync
from mssclient.store.folders import FolderState, folder_state, set_folder_state
from mssclient.store.placements import flags_of, forget_unclaimed, reapply, remove_uids, set_flags, uids
from mssclient.store.store import Priority, Store
from mssclient.store.transaction import Transaction
from mssclient.store.view import View

__all__ = ["FolderSynchroniser"]

T = TypeVar("T")


class FolderSynchroniser:
    """One folder at a time, on the session and with the view of the calling thread."""

    def __init__(
        self,
        account: Account,
        store: Store,
        view: View,
        annotators: Annotators,
        *,
        headers_only: bool = False,
        structure: bool = True,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self._account = account
        self._view = view
        self._annotators = annotators
        self._headers_only = headers_only
        self._structure = structure
        self._progress = progress
        self._slices = Slices(store, Priority.NEWS)
        self._counts = {"added": 0, "changed": 0, "vanished": 0}

    def run(self, session: Session, folder: FolderId) -> FolderSync:
        """Make the store's copy of ``folder`` what the server has.

        Raises WorldError; what was written until then is consistent, and the next run goes on from there.
        """
        begun, clock = int(time.time()), time.monotonic()
        self._counts = {"added": 0, "changed": 0, "vanished": 0}
        state = self._state(folder)
        known = (state.uidvalidity, state.modseq) if state.uidnext else None
        selected = session.select(state.path, known=known, read_only=True)
        decision = plan(state, selected, session.capabilities)
        try:
            self._carry_out(session, state, selected, decision)
            self._verify(session, folder, selected, decision)
        finally:
            self._slices.finish()
        after = self._state(folder)
        if after.messages != after.known:
            # What a want has put here and the server does not show: somebody was quicker than we.
            self._slices.post(lambda tx: forget_unclaimed(tx, folder, begun))
            self._slices.finish()
            after = self._state(folder)
        return FolderSync(
            account=self._account.id,
            folder=after.path,
            messages=after.messages,
            added=self._counts["added"],
            changed=self._counts["changed"],
            vanished=self._counts["vanished"],
            seconds=round(time.monotonic() - clock, 3),
        )

    def _state(self, folder: FolderId) -> FolderState:
        state = folder_state(self._view, folder)
        if state is None:
            raise folder_missing("store")
        return state

    def _carry_out(self, session: Session, state: FolderState, selected: Selected, decision: Plan) -> None:
        if isinstance(decision, Nothing):
            return
        if isinstance(decision, Additions):
            if decision.first == 1:
                self._first(session, state, selected)
            else:
                self._bring(session, state, selected, self._new(session, state, selected, decision.first))
        elif isinstance(decision, Changes):
            self._changes(session, state, selected, decision)
        elif isinstance(decision, Compare):
            self._compare(session, state, selected, flags=decision.flags)
        else:
            self._rebuild(session, state, selected, decision)

    def _first(self, session: Session, state: FolderState, selected: Selected) -> None:
        # UIDVALIDITY at once and UIDNEXT at the end: what is here of an interrupted first time is used.
        self._slices.post(
            lambda tx: set_folder_state(tx, state.id, uidvalidity=selected.uidvalidity, uidnext=0, modseq=0)
        )
        wanted = session.search_uids() if selected.messages else []
        self._bring(session, state, selected, _below(wanted, selected.uidnext), first_time=True)

    def _new(self, session: Session, state: FolderState, selected: Selected, first: int) -> list[int]:
        """New UIDs from ``first`` up to the UIDNEXT of the SELECT: later ones are the next turn's."""
        last = selected.uidnext - 1
        if last == first:
            found = [first]
        else:
            found = session.search_uids(b"UID %d:%d" % (first, last))
        known = set(uids(self._view, state.id))
        return [uid for uid in found if first <= uid <= last and uid not in known]

    def _bring(
        self,
        session: Session,
        state: FolderState,
        selected: Selected,
        wanted: Sequence[int],
        *,
        first_time: bool = False,
    ) -> None:
        count = bring(
            session,
            state.id,
            wanted,
            self._annotators,
            self._slices,
            lambda tx: self._close(tx, state.id, selected),
            first_time=first_time,
            headers_only=self._headers_only,
            structure=self._structure,
            progress=self._progress,
        )
        self._counts["added"] += count

    def _close(self, tx: Transaction, folder: FolderId, selected: Selected) -> None:
        set_folder_state(
            tx,
            folder,
            uidvalidity=selected.uidvalidity,
            uidnext=selected.uidnext,
            modseq=selected.modseq,
            synced=True,
            synced_utc=int(time.time()),
        )

    def _changes(self, session: Session, state: FolderState, selected: Selected, todo: Changes) -> None:
        if todo.told:
            self._vanish(state.id, _within(uids(self._view, state.id), selected.vanished))
            self._flags(state.id, selected.changed)
        else:
            self._flags(state.id, session.fetch_flags(changed_since=todo.since))
        new = self._new(session, state, selected, todo.first) if todo.first else []
        self._bring(session, state, selected, new)

    def _compare(self, session: Session, state: FolderState, selected: Selected, *, flags: bool) -> None:
        server: dict[int, Flagged | None] = {}
        if selected.messages or session.exists:
            if flags:
                server = {each.uid: each for each in session.fetch_flags()}
            else:
                server = dict.fromkeys(session.search_uids())
        known = flags_of(self._view, state.id)
        named = len(_below(server, selected.uidnext))  # UIDs from UIDNEXT on came after the SELECT
        if named >= min(selected.messages, session.exists):
            self._vanish(state.id, [uid for uid in known if uid not in server])
        # else: the answer names fewer messages than the folder holds; nothing is taken away on its word.
        changed = [
            each
            for uid, each in server.items()
            if each is not None and uid in known and known[uid] != (each.flags, each.keywords)
        ]
        self._flags(state.id, changed)
        missing = _below((uid for uid in server if uid not in known), selected.uidnext)
        first_time = state.uidnext == 0 and not state.synced
        self._bring(session, state, selected, missing, first_time=first_time)

    def _rebuild(self, session: Session, state: FolderState, selected: Selected, decision: Rebuild) -> None:
        del decision
        rebuilding.rebuild_folder(session, self._view, self._slices, state, selected)
        self._slices.finish()
        self._compare(session, self._state(state.id), selected, flags=True)

    def _verify(self, session: Session, folder: FolderId, selected: Selected, decision: Plan) -> None:
        """The count is the proof: a server that kept something back is compared in full, UIDs first."""
        if isinstance(decision, Nothing | Compare | Rebuild):
            return
        self._slices.finish()
        state = self._state(folder)
        if state.known != selected.messages:
            self._compare(session, state, selected, flags=False)

    def _vanish(self, folder: FolderId, gone: Sequence[int]) -> None:
        for part in _parts(gone, FLAGS_SLICE):
            self._slices.post(lambda tx, part=part: _remove(tx, folder, part))
        self._counts["vanished"] += len(gone)

    def _flags(self, folder: FolderId, changed: Sequence[Flagged]) -> None:
        for part in _parts(changed, FLAGS_SLICE):
            items = [(each.uid, each.flags, each.keywords) for each in part]
            self._slices.post(lambda tx, items=items: _set(tx, folder, items))
        self._counts["changed"] += len(changed)


def _remove(tx: Transaction, folder: FolderId, gone: Sequence[int]) -> None:
    remove_uids(tx, folder, gone)
    reapply(tx, folder)


def _set(
    tx: Transaction, folder: FolderId, items: Sequence[tuple[int, Sequence[str], Sequence[str]]]
) -> None:
    set_flags(tx, folder, items)
    reapply(tx, folder)


def _parts(items: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _below(found: Iterable[int], uidnext: int) -> list[int]:
    """UIDs that the counters written at the end will cover; all of them when UIDNEXT was not told."""
    return [uid for uid in found if not uidnext or uid < uidnext]


def _within(known: Iterable[int], ranges: Sequence[tuple[int, int]]) -> list[int]:
    """Those of ``known`` that the ranges name. A range may span four billion: it is never written out."""
    ordered = sorted(ranges)
    found: list[int] = []
    place = 0
    for uid in sorted(known):
        while place < len(ordered) and ordered[place][1] < uid:
            place += 1
        if place == len(ordered):
            break
        if ordered[place][0] <= uid:
            found.append(uid)
    return found
