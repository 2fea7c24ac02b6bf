"""The functional trace (référentiel MSSanté, ECO.4.1.1): who did what when, without content."""

import time
from typing import NamedTuple

from mssclient.store.connection import Reading, all_rows
from mssclient.store.transaction import Transaction

__all__ = ["TraceLine", "forget_trace", "read_trace", "trace"]


class TraceLine(NamedTuple):
    utc: int
    account: int | None
    action: str
    detail: str


def trace(tx: Transaction, account: int | None, action: str, detail: str = "") -> None:
    """Add a line: a stable English action (``login``, ``submit``, ``delete``) and a detail without subject,
    address or name."""
    tx.connection.execute(
        "INSERT INTO trace (utc, account, action, detail) VALUES (?, ?, ?, ?)",
        (int(time.time()), account, action, detail),
    )


def read_trace(source: Reading, limit: int = 1000) -> list[TraceLine]:
    """Newest first."""
    rows = all_rows(
        source, "SELECT utc, account, action, detail FROM trace ORDER BY id DESC LIMIT ?", (limit,)
    )
    return [TraceLine(*row) for row in rows]


def forget_trace(tx: Transaction, before_utc: int) -> None:
    tx.connection.execute("DELETE FROM trace WHERE utc < ?", (before_utc,))
