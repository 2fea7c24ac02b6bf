"""The ledger of delivered medical files: what was written where, so that nothing is delivered twice.

It outlives messages, folders and accounts. A document counts as delivered when the very bytes were; one of
the same dossier (file number at the sender, patient, date) with other bytes is a correction.
"""

import time
from typing import Any

from mssclient.model.ids import PlacementId
from mssclient.model.records import Record
from mssclient.store.connection import Reading, all_rows
from mssclient.store.correspondents import fold
from mssclient.store.transaction import Transaction

__all__ = ["Delivery", "delivered", "earlier_versions", "history", "is_correction", "record_delivery"]


class Delivery(Record, frozen=True, kw_only=True):
    """One file written into the person's directory."""

    sha256: bytes
    """Of the bytes of the document (32 octets)."""
    kind: str
    number: str = ""
    family: str = ""
    given: str = ""
    birth: str = ""
    document_date: str = ""
    sender: str = ""
    """Address."""
    placement: PlacementId = PlacementId(0)
    part: str = ""
    directory: str = ""
    file: str = ""
    correction: bool = False
    delivered_utc: int = 0


_COLUMNS = (
    "sha256, kind, number, family, given, birth, document_date, sender, placement, part, directory, file,"
    " correction, delivered_utc"
)


def _delivery(row: tuple[Any, ...]) -> Delivery:
    return Delivery(
        sha256=row[0],
        kind=row[1],
        number=row[2],
        family=row[3],
        given=row[4],
        birth=row[5],
        document_date=row[6],
        sender=row[7],
        placement=row[8],
        part=row[9],
        directory=row[10],
        file=row[11],
        correction=bool(row[12]),
        delivered_utc=row[13],
    )


def delivered(source: Reading, sha256: bytes) -> list[Delivery]:
    """Where these bytes went already, oldest first; empty = never delivered."""
    rows = all_rows(source, f"SELECT {_COLUMNS} FROM delivery WHERE sha256 = ? ORDER BY id", (sha256,))
    return [_delivery(row) for row in rows]


def _dossier(delivery: Delivery) -> tuple[str, ...]:
    traits = (delivery.kind, delivery.sender, delivery.number, delivery.family, delivery.given)
    return (*(fold(" ".join(text.split())) for text in traits), delivery.birth)


def earlier_versions(source: Reading, candidate: Delivery) -> list[Delivery]:
    """Deliveries of the same dossier with other bytes, oldest first.

    The same dossier: kind, sender, file number, patient's names and birth are the same; without a file
    number the document's date as well. Without number and date nothing can be told: empty.
    """
    if not candidate.number and not candidate.document_date:
        return []
    rows = all_rows(
        source,
        f"SELECT {_COLUMNS} FROM delivery WHERE number = ? AND kind = ? AND sha256 <> ? ORDER BY id",
        (candidate.number, candidate.kind, candidate.sha256),
    )
    found = [_delivery(row) for row in rows]
    return [
        one
        for one in found
        if _dossier(one) == _dossier(candidate)
        and (candidate.number or one.document_date == candidate.document_date)
    ]


def is_correction(source: Reading, candidate: Delivery) -> bool:
    return bool(earlier_versions(source, candidate))


def record_delivery(tx: Transaction, delivery: Delivery) -> None:
    """Write a delivery down, after its file is complete on the disk. ``delivered_utc`` 0 = now."""
    marks = ", ".join("?" * 14)
    tx.connection.execute(
        f"INSERT INTO delivery ({_COLUMNS}) VALUES ({marks})",
        (
            delivery.sha256,
            delivery.kind,
            delivery.number,
            delivery.family,
            delivery.given,
            delivery.birth,
            delivery.document_date,
            delivery.sender,
            delivery.placement,
            delivery.part,
            delivery.directory,
            delivery.file,
            int(delivery.correction),
            delivery.delivered_utc or int(time.time()),
        ),
    )


def history(source: Reading, limit: int = 1000) -> list[Delivery]:
    """Newest first."""
    rows = all_rows(source, f"SELECT {_COLUMNS} FROM delivery ORDER BY id DESC LIMIT ?", (limit,))
    return [_delivery(row) for row in rows]
