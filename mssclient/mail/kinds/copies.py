"""COPY exactly once: it can't be said twice, so what it brought is looked for after an interruption."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from mssclient.mail.errand import Errand, Work, uids_of
from mssclient.mail.listing import header_value
from mssclient.model.errors import MssError
from mssclient.model.ids import FolderId, PlacementId
from mssclient.store.whereabouts import Whereabouts

__all__ = ["copy_once", "with_folder"]

T = TypeVar("T")


def copy_once(
    errand: Errand,
    source: FolderId,
    target: FolderId,
    places: Sequence[Whereabouts],
    then: Callable[[Mapping[PlacementId, int]], Sequence[Work]],
) -> None:
    """COPY ``places`` from ``source`` to ``target``, once whatever happens in between.

    ``then`` turns "placement → UID in the target" (as far as it is known) into what is written in the
    transaction that says that the copy is done.
    """
    key = f"copy.{source}.{target}"
    note = errand.note(key)
    if note == "done":
        return
    target_path = errand.folder(target).path
    found: dict[PlacementId, int] = {}
    if note:
        found = _arrived(errand, source, target, places, note)
    else:
        errand.write(errand.noting("copying", **{key: errand.place_of_next(target_path)}))
    remaining = [place for place in places if place.placement not in found]
    if remaining:
        errand.select(source, change=False)
        told = with_folder(errand, target_path, lambda: errand.session.copy(uids_of(remaining), target_path))
        found |= {place.placement: told[place.uid] for place in remaining if place.uid in told}
    errand.write(*then(found), errand.noting("copied", **{key: "done"}))


def _arrived(
    errand: Errand, source: FolderId, target: FolderId, places: Sequence[Whereabouts], note: str
) -> dict[PlacementId, int]:
    """What an interrupted COPY brought: messages past the former UIDNEXT that are the same in all."""
    uidvalidity, _colon, uidnext = note.partition(":")
    errand.select(target, change=False)
    if str(errand.session.uidvalidity) != uidvalidity or not errand.session.exists:
        return {}
    arrived: defaultdict[tuple[bytes, int, int], list[int]] = defaultdict(list)
    for each in errand.session.fetch_identities(uidnext.encode() + b":*"):
        if each.uid >= int(uidnext):  # "n:*" always names the last message (RFC 9051 §9)
            arrived[header_value(each.raw or b""), each.octets, each.internal_date_utc].append(each.uid)
    if not arrived:
        return {}
    errand.select(source, change=False)
    by_uid = {place.uid: place.placement for place in places}
    uids = b",".join(b"%d" % uid for uid in uids_of(places))
    found: dict[PlacementId, int] = {}
    for each in errand.session.fetch_identities(uids):
        twins = arrived.get((header_value(each.raw or b""), each.octets, each.internal_date_utc))
        if twins and each.uid in by_uid:
            found[by_uid[each.uid]] = twins.pop(0)
    return found


def with_folder(errand: Errand, path: str, command: Callable[[], T]) -> T:
    """Run a command that needs the folder ``path``; make the folder when the server asks for that."""
    try:
        return command()
    except MssError as error:
        if error.code == "folder-missing" and "TRYCREATE" in error.detail:
            errand.session.create(path)
        elif error.code == "messages-changed":
            # Dovecot 2.3 refuses all when one of the messages has just gone: NOOP lets it tell which.
            errand.session.noop()
        else:
            raise
        return command()
