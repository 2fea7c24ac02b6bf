"""One layer over what the server holds: the pure part of effects."""

from typing import Any, NamedTuple

from mssclient.model.ids import FolderId, PlacementId
from mssclient.model.records import Record
from mssclient.store.connection import Reading, all_rows
from mssclient.store.flags import pack_keywords

__all__ = ["COLUMNS", "IS_OPEN", "Effect", "Seen", "after", "effects_of", "effects_on"]


class Seen(NamedTuple):
    """One of the two states of a placement."""

    folder: int | None
    flags: int
    keywords: str


class Effect(Record, frozen=True, kw_only=True):
    """One layer: what a want does to one placement."""

    placement: PlacementId
    action: str
    """"mark", "move", "remove" (for good), "create" (a copy or an append), "source" (of a copy)."""
    target: FolderId | None = None
    origin: PlacementId | None = None
    """Of a "create" by Copy: the placement copied."""
    add_flags: int = 0
    remove_flags: int = 0
    add_keywords: str = ""
    remove_keywords: str = ""
    before: Seen = Seen(None, 0, "")
    active: bool = True


IS_OPEN = "w.state NOT IN ('done', 'undone')"
"""Of ``want w``. Said wherever only open ones can match, in the very words of the index want_open: the past
months are not read then."""

COLUMNS = (
    "placement, action, target, origin, add_flags, remove_flags, add_keywords, remove_keywords,"
    " before_folder, before_flags, before_keywords, active"
)


def _effect(row: tuple[Any, ...]) -> Effect:
    return Effect(
        placement=row[0],
        action=row[1],
        target=row[2],
        origin=row[3],
        add_flags=row[4],
        remove_flags=row[5],
        add_keywords=row[6],
        remove_keywords=row[7],
        before=Seen(row[8], row[9], row[10]),
        active=bool(row[11]),
    )


def after(seen: Seen, effect: Effect) -> Seen:
    """What is seen once ``effect`` is laid over ``seen``. Pure."""
    if effect.action == "mark":
        flags = (seen.flags | effect.add_flags) & ~effect.remove_flags
        kept = set(seen.keywords.split()) | set(effect.add_keywords.split())
        return Seen(seen.folder, flags, pack_keywords(kept - set(effect.remove_keywords.split())))
    if effect.action in ("move", "create"):
        return Seen(effect.target, seen.flags, seen.keywords)
    if effect.action == "remove":
        return Seen(None, seen.flags, seen.keywords)
    return seen


def effects_of(source: Reading, want_id: str) -> list[Effect]:
    """The effects of one want, in order; the courier reads here what is to be carried out."""
    return [
        _effect(row)
        for row in all_rows(
            source, f"SELECT {COLUMNS} FROM want_effect WHERE want = ? ORDER BY id", (want_id,)
        )
    ]


def effects_on(source: Reading, placement: int) -> list[Effect]:
    """The active effects on one placement, oldest first."""
    sql = f"SELECT {COLUMNS} FROM want_effect WHERE placement = ? AND active = 1 ORDER BY id"
    return [_effect(row) for row in all_rows(source, sql, (placement,))]
