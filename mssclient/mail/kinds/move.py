"""Moving and deleting: UID MOVE where offered, else COPY once, \\Deleted, UID EXPUNGE of these alone."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from mssclient.mail.errand import Errand, Work, adoption, uids_of
from mssclient.mail.kinds.copies import copy_once, with_folder
from mssclient.mail.listing import expanded, ranges, uid_set
from mssclient.model.ids import FolderId, PlacementId
from mssclient.store.journal import want
from mssclient.store.whereabouts import Whereabouts

__all__ = ["carry_out"]


def carry_out(errand: Errand) -> None:
    """Move to where the effects say (the trash, for a deletion); remove for good what has no target."""
    _finish_deletions(errand)
    targets: defaultdict[FolderId, list[PlacementId]] = defaultdict(list)
    for effect in errand.effects("move"):
        if effect.target is not None:
            targets[effect.target].append(effect.placement)
    for target, placements in targets.items():
        for source, places in errand.places(placements).items():
            if source == target:
                continue  # carried out before an interruption
            if errand.session.capabilities.move:
                _move(errand, source, target, places)
            else:
                _copy_and_delete(errand, source, target, places)
    removed = [effect.placement for effect in errand.effects("remove")]
    for source, places in errand.places(removed).items():
        errand.select(source)
        delete(errand, uids_of(places))


def _move(errand: Errand, source: FolderId, target: FolderId, places: Sequence[Whereabouts]) -> None:
    # A MOVE repeated after an interruption names UIDs that are gone, which servers pass over; the new
    # UIDs are then found by the next synchronisation of the target.
    path = errand.folder(target).path
    errand.select(source)
    told = with_folder(errand, path, lambda: errand.session.move(uids_of(places), path))
    if told:
        errand.write(*_adoptions(target, places, told))


def _adoptions(target: FolderId, places: Sequence[Whereabouts], told: Mapping[int, int]) -> list[Work]:
    works: list[Work] = []
    for place in places:
        if place.uid is not None and (uid := told.get(place.uid)):
            works.append(adoption(place.placement, target, uid))
    return works


def _copy_and_delete(
    errand: Errand, source: FolderId, target: FolderId, places: Sequence[Whereabouts]
) -> None:
    uidvalidity = errand.select(source).uidvalidity
    left = f"{uidvalidity}:{uid_set(uids_of(places)).decode()}"

    def then(found: Mapping[PlacementId, int]) -> list[Work]:
        # From here on the store knows them in the target: what is left to do in the source is noted.
        works: list[Work] = [adoption(placement, target, uid) for placement, uid in found.items()]
        return [errand.noting("copied", **{f"delete.{source}.{target}": left}), *works]

    copy_once(errand, source, target, places, then)
    _finish_deletions(errand)


def _finish_deletions(errand: Errand) -> None:
    """Take away from their source what was copied to its target, also after an interruption."""
    for name in _notes(errand):
        note = errand.note(name)
        uidvalidity, _colon, uids = note.partition(":")
        if not uids:
            continue
        source = FolderId(int(name.split(".")[1]))
        errand.select(source)
        if str(errand.session.uidvalidity) == uidvalidity:
            delete(errand, expanded(ranges(uids.encode())))
        errand.write(errand.noting("deleted", **{name: "done"}))


def _notes(errand: Errand) -> list[str]:
    entry = want(errand.view, errand.entry.id)
    return [name for name in entry.data if name.startswith("delete.")] if entry else []


def delete(errand: Errand, uids: Sequence[int]) -> None:
    """Remove these from the selected folder, and nothing that somebody else has marked."""
    session = errand.session
    if not uids:
        return
    session.store_flags(uids, add=["\\Deleted"])
    if session.capabilities.uidplus:
        session.expunge(uids)
        return
    # Without UIDPLUS there is only EXPUNGE, which takes all: said when nobody else's deletions are there.
    if set(session.search_uids(b"DELETED")) <= set(uids):
        session.expunge_all()
