"""Verdicts of messages that are here already, made again when another white list comes into use."""

from mssclient.model.ids import AccountId, MessageId
from mssclient.model.records import to_wire
from mssclient.model.verdicts import Verdict
from mssclient.store.connection import Reading, all_rows
from mssclient.store.transaction import Transaction

__all__ = ["replace_verdict", "whole_messages"]

_ABOVE_ALL = 1 << 62


def whole_messages(source: Reading, below: MessageId | None, limit: int) -> list[tuple[MessageId, AccountId]]:
    """The newest messages whose bytes are here; ``below``: those that came before this one."""
    rows = all_rows(
        source,
        "SELECT id, account FROM message WHERE has_body = 1 AND id < ? ORDER BY id DESC LIMIT ?",
        (_ABOVE_ALL if below is None else below, limit),
    )
    return [(MessageId(id), AccountId(account)) for id, account in rows]


def replace_verdict(tx: Transaction, message: MessageId, verdict: Verdict) -> None:
    """Harmless for a message that is gone."""
    tx.connection.execute("UPDATE annotation SET verdict = ? WHERE message = ?", (to_wire(verdict), message))
    if not tx.connection.changes():
        return
    tx.connection.execute("UPDATE message SET level = ? WHERE id = ?", (verdict.level, message))
    tx.touch(message=message)
    for (folder,) in all_rows(
        tx, "SELECT DISTINCT folder FROM placement WHERE message = ? AND folder IS NOT NULL", (message,)
    ):
        tx.touch(folder=folder)
