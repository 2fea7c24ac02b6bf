"""Where the server has messages, for those who talk to it: the synchronisation and the courier."""

from collections.abc import Iterable
from typing import NamedTuple

from mssclient.model.ids import FolderId, MessageId, PlacementId
from mssclient.store.connection import Reading, all_rows

__all__ = ["Whereabouts", "held_in", "whereabouts"]


class Whereabouts(NamedTuple):
    """One placement as the server is believed to hold it, and what tells its message from another."""

    placement: PlacementId
    message: MessageId
    folder: FolderId | None
    """On the server; None = not there yet."""
    uid: int | None
    """None = not told yet, or not there."""
    rfc_message_id: str
    octets: int
    internal_date_utc: int
    has_body: bool


_SELECT = (
    "SELECT p.id, p.message, p.server_folder, p.uid, m.rfc_message_id, m.octets, p.internal_date_utc,"
    " m.has_body FROM placement p JOIN message m ON m.id = p.message "
)


def _read(rows: Iterable[tuple[object, ...]]) -> list[Whereabouts]:
    return [Whereabouts(*row[:7], bool(row[7])) for row in rows]  # type: ignore[arg-type]


def whereabouts(source: Reading, placements: Iterable[PlacementId]) -> dict[PlacementId, Whereabouts]:
    """Of these placements; those that are gone are left out."""
    found: dict[PlacementId, Whereabouts] = {}
    for placement in dict.fromkeys(placements):
        for each in _read(all_rows(source, _SELECT + "WHERE p.id = ?", (placement,))):
            found[placement] = each
    return found


def held_in(source: Reading, folder: FolderId) -> list[Whereabouts]:
    """All that the server is believed to hold in ``folder``, by UID."""
    return _read(
        all_rows(
            source, _SELECT + "WHERE p.server_folder = ? AND p.uid IS NOT NULL ORDER BY p.uid", (folder,)
        )
    )
