"""The local half of each want: what a person sees before the server knows.

A placement has two states side by side: what the server is believed to hold (``server_folder``, ``uid``,
``server_flags``, ``server_keywords``) and what is seen (``folder``, ``flags``, ``keywords``). Seen is
always the server's state with the active effects of table ``want_effect`` laid over it, oldest first. So
a synchronisation writes the server's half and can't lose a want, and an undo only takes its layer away.
An effect is active until its want is done (then it is folded into the server's half) or undone.
"""

import time
from collections.abc import Iterable, Sequence

from mssclient.model.errors import Refused
from mssclient.model.ids import AccountId, FolderId, MessageId, PlacementId
from mssclient.model.language import _
from mssclient.model.messages import Annotation
from mssclient.model.wants import Append, Copy, Delete, MarkFlags, Move, Want
from mssclient.store.connection import Reading, all_rows, one_row
from mssclient.store.flags import split, unpack_flags, unpack_keywords
from mssclient.store.layers import COLUMNS, Effect, Seen, after, effects_of, effects_on
from mssclient.store.messages import home_of, insert_message
from mssclient.store.transaction import Transaction

__all__ = [
    "Effect",
    "Seen",
    "after",
    "apply_local",
    "effects_of",
    "forget_target",
    "opposite",
    "recompute",
    "settle",
    "undo_local",
]


def apply_local(tx: Transaction, want_id: str, want: Want, annotation: Annotation | None = None) -> int:
    """Show what ``want`` asks; its row must be in the journal already. Returns how many placements it found.

    ``annotation`` belongs to Append; without it the message shows when the server has it. Kinds without a
    local half do nothing. Raises Refused folder-unknown, or folder-of-another-account.
    """
    if isinstance(want, MarkFlags):
        return _mark(tx, want_id, want)
    if isinstance(want, Move):
        return _move(tx, want_id, want)
    if isinstance(want, Copy):
        return _copy(tx, want_id, want)
    if isinstance(want, Delete):
        return _delete(tx, want_id, want)
    if isinstance(want, Append):
        return _append(tx, want_id, want, annotation)
    return 0


def _seen(tx: Transaction, placement: int) -> Seen | None:
    """What is seen of it; None when it is gone, or deleted for good."""
    row = one_row(
        tx, "SELECT folder, flags, keywords FROM placement WHERE id = ? AND folder IS NOT NULL", (placement,)
    )
    return Seen(*row) if row else None


def _existing(tx: Transaction, placements: Sequence[PlacementId]) -> list[tuple[PlacementId, Seen]]:
    found: list[tuple[PlacementId, Seen]] = []
    for placement in dict.fromkeys(placements):
        seen = _seen(tx, placement)
        if seen is not None:
            found.append((placement, seen))
    return found


def _account_of(tx: Transaction, folder: int | None) -> AccountId:
    row = one_row(tx, "SELECT account FROM folder WHERE id = ?", (folder,))
    if row is None:
        raise _folder_unknown()
    return AccountId(row[0])


def _folder_unknown() -> Refused:
    return Refused("folder-unknown", _("Ce dossier n’existe plus."), _("Choisissez un autre dossier."))


def _check_account(tx: Transaction, found: list[tuple[PlacementId, Seen]], folder: FolderId) -> None:
    account = _account_of(tx, folder)
    for source in {seen.folder for _placement, seen in found}:
        if _account_of(tx, source) != account:
            raise Refused(
                "folder-of-another-account",
                _("Ce dossier appartient à une autre boîte aux lettres."),
                _("Choisissez un dossier de la même boîte aux lettres."),
            )


def _lay(tx: Transaction, want_id: str, effect: Effect) -> None:
    tx.connection.execute(
        f"INSERT INTO want_effect (want, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
        (
            want_id,
            effect.placement,
            effect.action,
            effect.target,
            effect.origin,
            effect.add_flags,
            effect.remove_flags,
            effect.add_keywords,
            effect.remove_keywords,
            *effect.before,
        ),
    )


def _mark(tx: Transaction, want_id: str, want: MarkFlags) -> int:
    add_flags, add_keywords = split(want.add)
    remove_flags, remove_keywords = split(want.remove)
    found = _existing(tx, want.placements)
    for placement, seen in found:
        effect = Effect(
            placement=placement,
            action="mark",
            add_flags=add_flags & ~remove_flags,
            remove_flags=remove_flags,
            add_keywords=add_keywords,
            remove_keywords=remove_keywords,
            before=seen,
        )
        _lay(tx, want_id, effect)
    recompute(tx, [placement for placement, _seen in found])
    return len(found)


def _move(tx: Transaction, want_id: str, want: Move) -> int:
    found = _existing(tx, want.placements)
    _check_account(tx, found, want.folder)
    moving = [(placement, seen) for placement, seen in found if seen.folder != want.folder]
    for placement, seen in moving:
        _lay(tx, want_id, Effect(placement=placement, action="move", target=want.folder, before=seen))
    recompute(tx, [placement for placement, _seen in moving])
    return len(moving)


def _delete(tx: Transaction, want_id: str, want: Delete) -> int:
    found = _existing(tx, want.placements)
    trashes: dict[int | None, FolderId | None] = {}
    for placement, seen in found:
        if seen.folder not in trashes:
            trashes[seen.folder] = _trash_for(tx, seen.folder)
        trash = trashes[seen.folder]
        action = "remove" if trash is None or trash == seen.folder else "move"
        _lay(
            tx,
            want_id,
            Effect(
                placement=placement, action=action, target=trash if action == "move" else None, before=seen
            ),
        )
    recompute(tx, [placement for placement, _seen in found])
    return len(found)


def _trash_for(tx: Transaction, folder: int | None) -> FolderId | None:
    row = one_row(
        tx,
        "SELECT id FROM folder WHERE role = 'trash'"
        " AND account = (SELECT account FROM folder WHERE id = ?) ORDER BY id",
        (folder,),
    )
    return FolderId(row[0]) if row else None


def _copy(tx: Transaction, want_id: str, want: Copy) -> int:
    found = _existing(tx, want.placements)
    _check_account(tx, found, want.folder)
    made: list[PlacementId] = []
    for placement, seen in found:
        _lay(tx, want_id, Effect(placement=placement, action="source", target=want.folder, before=seen))
        tx.connection.execute(
            "INSERT INTO placement (message, folder, internal_date_utc, flags, keywords, server_flags,"
            " server_keywords, octets, attachments, document, bio, abnormal)"
            " SELECT message, NULL, internal_date_utc, flags, keywords, flags, keywords, octets,"
            " attachments, document, bio, abnormal FROM placement WHERE id = ?",
            (placement,),
        )
        copy = PlacementId(tx.connection.last_insert_rowid())
        _lay(tx, want_id, Effect(placement=copy, action="create", target=want.folder, origin=placement))
        made.append(copy)
    recompute(tx, [placement for placement, _seen in found] + made)
    return len(found)


def _append(tx: Transaction, want_id: str, want: Append, annotation: Annotation | None) -> int:
    home = home_of(tx, want.folder)
    if home is None:
        raise _folder_unknown()
    if annotation is None:
        return 0
    now = int(time.time())
    message = insert_message(tx, home, annotation, len(want.raw), now, want.raw)
    placement = insert_placement(tx, message, now, want.flags)
    _lay(tx, want_id, Effect(placement=placement, action="create", target=want.folder))
    recompute(tx, [placement])
    return 1


def insert_placement(
    tx: Transaction, message: MessageId, internal_date_utc: int, names: Iterable[str]
) -> PlacementId:
    """A placement that is nowhere yet: an effect of action "create" must follow."""
    flags, keywords = split(names)
    tx.connection.execute(
        "INSERT INTO placement (message, internal_date_utc, flags, keywords, server_flags, server_keywords,"
        " octets, attachments, document, bio, abnormal)"
        " SELECT id, ?, ?, ?, ?, ?, octets, attachments, document, bio, abnormal FROM message WHERE id = ?",
        (internal_date_utc, flags, keywords, flags, keywords, message),
    )
    return PlacementId(tx.connection.last_insert_rowid())


def undo_local(tx: Transaction, want_id: str) -> None:
    """Take the layer of one want away; in any order, and harmless a second time."""
    _take_away(tx, "want", want_id)


def _take_away(tx: Transaction, column: str, value: object) -> set[str]:
    """Take active effects away. Returns the wants that lost theirs; also those that were left with none
    because they were on a copy that will not come to be."""
    rows = all_rows(
        tx,
        f"DELETE FROM want_effect WHERE {column} = ? AND active = 1 RETURNING want, placement, action",
        (value,),
    )
    wants = {want for want, _placement, _action in rows}
    for _want, placement, action in rows:
        if action == "create" and _is_nowhere(tx, placement):
            later = [row[0] for row in all_rows(tx, _WANTS_ON, (placement,))]
            _touch_folder_of(tx, placement)
            tx.connection.execute("DELETE FROM placement WHERE id = ?", (placement,))
            wants.update(want for want in later if not any(one.active for one in effects_of(tx, want)))
    recompute(tx, [row[1] for row in rows])
    return wants


_WANTS_ON = "SELECT DISTINCT want FROM want_effect WHERE placement = ? AND active = 1"


def _is_nowhere(tx: Transaction, placement: int) -> bool:
    return one_row(tx, "SELECT server_folder FROM placement WHERE id = ?", (placement,)) == (None,)


def settle(tx: Transaction, want_id: str, now_utc: int | None = None) -> None:
    """The server did it: fold the layer into the server's half. Harmless a second time.

    A placement moved, copied or appended whose new UID was not told (no UIDPLUS) waits to be found by the
    next synchronisation of its folder.
    """
    now = int(time.time()) if now_utc is None else now_utc
    touched: list[int] = []
    for effect in effects_of(tx, want_id):
        if not effect.active:
            continue
        touched.append(effect.placement)
        if effect.action == "mark":
            _fold_mark(tx, effect)
        elif effect.action == "remove":
            _touch_folder_of(tx, effect.placement)
            tx.connection.execute("DELETE FROM placement WHERE id = ?", (effect.placement,))
        elif effect.action in ("move", "create"):
            tx.connection.execute(
                "UPDATE placement SET server_folder = ?1, uid = NULL, modseq = 0, awaiting_utc = ?2"
                " WHERE id = ?3 AND server_folder IS NOT ?1",
                (effect.target, now, effect.placement),
            )
    tx.connection.execute("UPDATE want_effect SET active = 0 WHERE want = ?", (want_id,))
    recompute(tx, touched)


def _fold_mark(tx: Transaction, effect: Effect) -> None:
    for row in all_rows(
        tx, "SELECT server_flags, server_keywords FROM placement WHERE id = ?", (effect.placement,)
    ):
        held = after(Seen(None, *row), effect)
        tx.connection.execute(
            "UPDATE placement SET server_flags = ?, server_keywords = ? WHERE id = ?",
            (held.flags, held.keywords, effect.placement),
        )


def _touch_folder_of(tx: Transaction, placement: int) -> None:
    row = one_row(tx, "SELECT folder FROM placement WHERE id = ?", (placement,))
    tx.touch(folder=row[0] if row else None)


def forget_target(tx: Transaction, folder: FolderId) -> set[str]:
    """A folder is about to go: nothing can be moved or copied into it any more. Returns the wants that did.

    For journal.lose_target, which tells the person.
    """
    wants = _take_away(tx, "target", folder)
    # What moves on from it does not go with it (ON DELETE CASCADE).
    tx.connection.execute("UPDATE want_effect SET before_folder = NULL WHERE before_folder = ?", (folder,))
    return wants


def recompute(tx: Transaction, placements: Iterable[int]) -> None:
    """Make what is seen of these: the server's half under their active effects.

    A placement that the server does not have and no want is bringing there is removed.
    """
    for placement in dict.fromkeys(placements):
        row = one_row(
            tx,
            "SELECT folder, flags, keywords, server_folder, server_flags, server_keywords, pending"
            " FROM placement WHERE id = ?",
            (placement,),
        )
        if row is None:
            continue
        layers = effects_on(tx, placement)
        was, seen = Seen(*row[0:3]), Seen(*row[3:6])
        lives = seen.folder is not None or any(layer.action in ("move", "create") for layer in layers)
        for layer in layers:
            seen = after(seen, layer)
        if not lives:
            tx.connection.execute("DELETE FROM placement WHERE id = ?", (placement,))
        elif (seen, len(layers)) != (was, row[6]):
            tx.connection.execute(
                "UPDATE placement SET folder = ?, flags = ?, keywords = ?, pending = ? WHERE id = ?",
                (*seen, len(layers), placement),
            )
        else:
            continue
        tx.touch(folder=was.folder)
        tx.touch(folder=seen.folder if lives else None)


def opposite(source: Reading, want_id: str) -> list[Want]:
    """The wants that take back one that was carried out; empty when nothing can (deleted for good)."""
    back: dict[int, list[PlacementId]] = {}
    marks: dict[tuple[tuple[str, ...], tuple[str, ...]], list[PlacementId]] = {}
    created: list[PlacementId] = []
    for effect in effects_of(source, want_id):
        if effect.action == "move" and effect.before.folder is not None:
            back.setdefault(effect.before.folder, []).append(effect.placement)
        elif effect.action == "create":
            created.append(effect.placement)
        elif effect.action == "mark":
            before = set(effect.before.keywords.split())
            added = unpack_flags(effect.add_flags & ~effect.before.flags)
            removed = unpack_flags(effect.remove_flags & effect.before.flags)
            new = [word for word in unpack_keywords(effect.add_keywords) if word not in before]
            lost = [word for word in unpack_keywords(effect.remove_keywords) if word in before]
            if added or removed or new or lost:
                marks.setdefault(((*removed, *lost), (*added, *new)), []).append(effect.placement)
    wants: list[Want] = [
        MarkFlags(placements=tuple(group), add=add, remove=remove) for (add, remove), group in marks.items()
    ]
    wants += [Move(placements=tuple(group), folder=FolderId(folder)) for folder, group in back.items()]
    if created:
        wants.append(Delete(placements=tuple(created)))
    return wants
