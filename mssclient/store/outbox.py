"""Messages on their way out: the frozen bytes, and what became of them (« Suivi des envois »).

State and phase are those of the Submit want in the journal.
"""

import json
import time
from collections.abc import Sequence

import msgspec

from mssclient.model.drafts import OutboxItem, RefusedRecipient
from mssclient.model.errors import BugError, Problem
from mssclient.model.ids import AccountId, DraftId, FolderId
from mssclient.model.language import _
from mssclient.model.records import Record, from_wire, to_wire
from mssclient.model.wants import ANY_WANT, Submit
from mssclient.store.bodies import pack, unpack
from mssclient.store.connection import Reading, all_rows, one_row
from mssclient.store.layers import IS_OPEN
from mssclient.store.transaction import Transaction

__all__ = ["Frozen", "filed", "freeze", "frozen", "read_outbox", "set_outcome", "state_of_draft"]


class Frozen(Record, frozen=True, kw_only=True):
    """A message whose bytes never change any more."""

    want: str
    account: AccountId
    raw: bytes
    rfc_message_id: str
    envelope_from: str
    recipients: tuple[str, ...]
    subject: str = ""
    draft: DraftId | None = None
    queue_id: str = ""
    filed: bool = False

    def __repr__(self) -> str:
        return f"Frozen(want={self.want!r})"


def freeze(
    tx: Transaction,
    want_id: str,
    account: AccountId,
    raw: bytes,
    rfc_message_id: str,
    envelope_from: str,
    recipients: Sequence[str],
    subject: str,
    draft: DraftId | None,
) -> None:
    """Keep the bytes that will go out. A second freeze of one want changes nothing: they may be out already.

    The want's own copy of raw bytes is dropped, so that nothing is kept twice.
    """
    tx.connection.execute(
        "INSERT INTO outbox (want, account, rfc_message_id, subject, envelope_from, recipients, octets,"
        " content, draft, since_utc) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (want) DO NOTHING",
        (
            want_id,
            account,
            rfc_message_id,
            subject,
            envelope_from,
            json.dumps(list(recipients), ensure_ascii=False),
            len(raw),
            pack(raw),
            draft or "",
            int(time.time()),
        ),
    )
    row = one_row(tx, "SELECT record FROM want WHERE id = ?", (want_id,))
    if row is not None:
        want = msgspec.msgpack.decode(row[0], type=ANY_WANT)
        if isinstance(want, Submit) and want.raw:
            slim = to_wire(msgspec.structs.replace(want, raw=b""))
            tx.connection.execute("UPDATE want SET record = ? WHERE id = ?", (slim, want_id))
    tx.connection.execute("UPDATE want SET phase = 'prepared' WHERE id = ? AND phase = ''", (want_id,))
    tx.touch(aspect="outbox")


def frozen(source: Reading, want_id: str) -> Frozen | None:
    row = one_row(
        source,
        "SELECT want, account, content, rfc_message_id, envelope_from, recipients, subject, draft, queue_id,"
        " filed FROM outbox WHERE want = ?",
        (want_id,),
    )
    if row is None:
        return None
    return Frozen(
        want=row[0],
        account=row[1],
        raw=unpack(row[2]),
        rfc_message_id=row[3],
        envelope_from=row[4],
        recipients=tuple(json.loads(row[5])),
        subject=row[6],
        draft=DraftId(row[7]) if row[7] else None,
        queue_id=row[8],
        filed=bool(row[9]),
    )


def state_of_draft(source: Reading, draft: DraftId) -> str:
    """The state of the Submit that has frozen ``draft`` and was not taken back; "" when there is none."""
    row = one_row(
        source,
        "SELECT w.state FROM outbox o JOIN want w ON w.id = o.want WHERE o.draft = ? AND w.state <> 'undone'",
        (draft,),
    )
    return row[0] if row else ""


def set_outcome(
    tx: Transaction,
    want_id: str,
    *,
    queue_id: str | None = None,
    refused: Sequence[RefusedRecipient] | None = None,
) -> None:
    """What the server answered; None = leave as it is. The state is journal.set_state's."""
    if one_row(tx, "SELECT 1 FROM outbox WHERE want = ?", (want_id,)) is None:
        raise BugError("want-unknown", _("Erreur interne\u00a0: envoi inconnu."))
    if queue_id is not None:
        tx.connection.execute("UPDATE outbox SET queue_id = ? WHERE want = ?", (queue_id, want_id))
    if refused is not None:
        tx.connection.execute(
            "UPDATE outbox SET refused = ? WHERE want = ?", (to_wire(tuple(refused)), want_id)
        )
    tx.touch(aspect="outbox")


def filed(tx: Transaction, want_id: str, folder: FolderId | None) -> None:
    """A copy of the message ``want_id`` submitted is in ``folder`` (Sent), which may have gone meanwhile."""
    tx.connection.execute(
        "UPDATE outbox SET filed = 1, sent_folder = (SELECT id FROM folder WHERE id = ?) WHERE want = ?",
        (folder, want_id),
    )
    tx.touch(aspect="outbox")


def read_outbox(source: Reading, all: bool = False) -> list[OutboxItem]:
    """What has not left or is not settled, oldest first; ``all``: also what is over."""
    among = "outbox o JOIN want w ON w.id = o.want"
    if not all:
        among = f"want w INDEXED BY want_open CROSS JOIN outbox o ON o.want = w.id WHERE {IS_OPEN}"
    rows = all_rows(
        source,
        "SELECT o.want, o.account, o.rfc_message_id, o.subject, o.recipients, w.state, w.phase, o.since_utc,"
        " o.queue_id, o.filed, o.sent_folder, o.refused, w.problem"
        f" FROM {among} ORDER BY w.seq",
    )
    return [
        OutboxItem(
            want=row[0],
            account=row[1],
            rfc_message_id=row[2],
            subject=row[3],
            recipients=tuple(json.loads(row[4])),
            state=row[5],
            phase=row[6] or "prepared",
            since_utc=row[7],
            queue_id=row[8],
            filed=bool(row[9]),
            sent_folder=row[10],
            refused=msgspec.msgpack.decode(row[11], type=tuple[RefusedRecipient, ...]) if row[11] else (),
            problem=from_wire(row[12], Problem) if row[12] else None,
        )
        for row in rows
    ]
