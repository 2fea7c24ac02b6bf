"""A folder whose UIDs mean other messages than before: found again by what the messages are."""

from collections import defaultdict

from mssclient.access.failures import nonsense
from mssclient.mail.fetching import Fetched
from mssclient.mail.listing import Selected, header_value
from mssclient.mail.session import Session
from mssclient.mail.slices import Slices
from mssclient.model.ids import PlacementId
from mssclient.store.folders import FolderState
from mssclient.store.placements import reapply, rebuild
from mssclient.store.transaction import Transaction
from mssclient.store.view import View
from mssclient.store.whereabouts import Whereabouts, held_in

__all__ = ["match", "rebuild_folder"]


def rebuild_folder(
    session: Session, view: View, slices: Slices, state: FolderState, selected: Selected
) -> None:
    """Give known placements their new UIDs; those that can't be matched go. A full compare must follow.

    Raises WorldError protocol-nonsense when the server names fewer messages than the folder holds.
    """
    server = list(session.fetch_identities()) if selected.messages else []
    named = {each.uid for each in server if not selected.uidnext or each.uid < selected.uidnext}
    if len(named) < min(selected.messages, session.exists):
        raise nonsense("FETCH of fewer messages than EXISTS")  # nothing is taken away on its word
    matches = match(held_in(view, state.id), server)

    def work(tx: Transaction) -> None:
        rebuild(tx, state.id, selected.uidvalidity, matches)
        reapply(tx, state.id)

    slices.post(work)


def match(held: list[Whereabouts], server: list[Fetched]) -> dict[PlacementId, int]:
    """Placement → new UID, by Message-ID, size and INTERNALDATE together; each UID once. Pure.

    Twins (the same message twice in the folder) are paired in the order of their UIDs.
    """
    free: defaultdict[tuple[str, int, int], list[int]] = defaultdict(list)
    for each in sorted(server, key=lambda found: found.uid, reverse=True):
        message_id = header_value(each.raw or b"").decode("utf-8", "replace")
        free[message_id, each.octets, each.internal_date_utc].append(each.uid)
    matches: dict[PlacementId, int] = {}
    for each in held:
        candidates = free.get((each.rfc_message_id, each.octets, each.internal_date_utc))
        if candidates:
            matches[each.placement] = candidates.pop()
    return matches
