"""The journal: every want that changes mail, written down before it is carried out.

``waiting → doing → done | undone | parked | uncertain``. The order of the journal is the order of wanting;
a want waits for every earlier one that is not over and touches the same placement.
"""

import json
import time
from collections.abc import Sequence
from typing import Any

import msgspec

from mssclient.model.errors import BugError, Problem, WorldError
from mssclient.model.ids import AccountId, FolderId
from mssclient.model.language import _
from mssclient.model.records import Record, from_wire, to_wire
from mssclient.model.wants import ANY_WANT, STATES, WITH_SECRET, Want, WantView
from mssclient.store import effects
from mssclient.store.connection import Reading, all_rows, one_row
from mssclient.store.layers import IS_OPEN
from mssclient.store.transaction import Transaction

__all__ = [
    "OPEN_STATES",
    "JournalEntry",
    "append_want",
    "hurry",
    "interrupted",
    "lose_target",
    "next_due_utc",
    "next_want",
    "prune",
    "read_wants",
    "set_phase",
    "set_state",
    "want",
]

OPEN_STATES = ("waiting", "doing", "parked", "uncertain")
"""Not over: their effects are shown and hold back later wants on the same placement."""

_TARGET, _GONE = "target", "gone"
"""In what is remembered of a want: its target folder went."""

_decode: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(ANY_WANT)


class JournalEntry(Record, frozen=True, kw_only=True):
    """One want with where it stands."""

    id: str
    want: ANY_WANT
    kind: str
    state: str
    account: AccountId | None = None
    phase: str = ""
    attempts: int = 0
    not_before_utc: int = 0
    problem: Problem | None = None
    data: dict[str, str] = {}
    """What carrying out needs to remember, written by set_phase."""
    describe: str = ""
    created_utc: int = 0


_COLUMNS = (
    "id, record, kind, state, account, phase, attempts, not_before_utc, problem, data, describe, created_utc"
)


def _entry(row: tuple[Any, ...]) -> JournalEntry:
    return JournalEntry(
        id=row[0],
        want=_decode.decode(row[1]),
        kind=row[2],
        state=row[3],
        account=row[4],
        phase=row[5],
        attempts=row[6],
        not_before_utc=row[7],
        problem=from_wire(row[8], Problem) if row[8] else None,
        data=json.loads(row[9]),
        describe=row[10],
        created_utc=row[11],
    )


def append_want(tx: Transaction, id: str, want: Want, account: AccountId | None, describe: str = "") -> bool:
    """Write a want down. False: this id is known, it was posted again and nothing is to be done.

    The caller applies its local effect in the same transaction. The change published says which account got
    something to carry out: its courier need not be the one at work. A want that carries a secret is refused.
    """
    if isinstance(want, WITH_SECRET):
        raise BugError(
            "secret-in-journal", _("Erreur interne\u00a0: un secret n’est jamais inscrit au journal.")
        )
    now = int(time.time())
    tx.connection.execute(
        "INSERT INTO want (id, kind, account, describe, record, created_utc, changed_utc)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        (id, kind_of(want), account, describe, to_wire(want), now, now),
    )
    if tx.connection.changes() == 0:
        return False
    tx.touch(aspect="wants", wanted=account)
    return True


def kind_of(want: Want) -> str:
    """Its name in the journal and in ``--json``: mark, move, copy…"""
    return str(want.__struct_config__.tag)


def want(source: Reading, id: str) -> JournalEntry | None:
    row = one_row(source, f"SELECT {_COLUMNS} FROM want WHERE id = ?", (id,))
    return _entry(row) if row else None


def next_want(source: Reading, account: AccountId, now_utc: int) -> JournalEntry | None:
    """The oldest waiting want of ``account`` that is due and is held back by no earlier one."""
    row = one_row(
        source,
        f"SELECT {_COLUMNS} FROM want w"
        f" WHERE {IS_OPEN} AND account = ? AND state = 'waiting' AND not_before_utc <= ?"
        " AND NOT EXISTS (SELECT 1 FROM want_effect AS mine"
        "   JOIN want_effect AS other ON other.placement = mine.placement AND other.active = 1"
        "   JOIN want AS earlier ON earlier.id = other.want"
        "   WHERE mine.want = w.id AND mine.active = 1 AND earlier.seq < w.seq"
        "   AND earlier.state NOT IN ('done', 'undone'))"
        " ORDER BY seq LIMIT 1",
        (account, now_utc),
    )
    return _entry(row) if row else None


def next_due_utc(source: Reading, account: AccountId) -> int | None:
    """When the courier has to look again at the latest; None when no want of ``account`` is waiting."""
    row = one_row(
        source,
        f"SELECT min(not_before_utc) FROM want w WHERE {IS_OPEN} AND account = ? AND state = 'waiting'",
        (account,),
    )
    return row[0] if row else None


def hurry(tx: Transaction, account: AccountId) -> None:
    """What waits for a later attempt may be tried now: the person asks, or the network is back."""
    tx.connection.execute(
        f"UPDATE want AS w SET not_before_utc = 0 WHERE {IS_OPEN} AND account = ? AND state = 'waiting'"
        " AND not_before_utc > 0",
        (account,),
    )


def set_state(
    tx: Transaction,
    id: str,
    state: str,
    *,
    problem: Problem | None = None,
    not_before_utc: int | None = None,
    count_attempt: bool = False,
) -> None:
    """Move a want on. ``done`` folds its effect into what the server holds, ``undone`` takes it away.

    ``problem`` replaces the former one, also by None. A want whose target folder went can't wait: it is
    parked instead. Raises BugError want-unknown, want-state (not one of STATES, or a want that is over would
    come back).
    """
    row = one_row(tx, "SELECT state, data ->> ?, account FROM want WHERE id = ?", (_TARGET, id))
    if row is None:
        raise BugError("want-unknown", _("Erreur interne\u00a0: opération inconnue."))
    if state not in STATES or (row[0] in ("done", "undone") and state != row[0]):
        raise BugError("want-state", _("Erreur interne\u00a0: état d’opération impossible."))
    if state == "waiting" and row[1] == _GONE:
        state, problem, not_before_utc = "parked", _target_gone(), None
    tx.connection.execute(
        "UPDATE want SET state = ?, problem = ?, not_before_utc = coalesce(?, 0),"
        " attempts = attempts + ?, changed_utc = ? WHERE id = ?",
        (
            state,
            to_wire(problem) if problem else None,
            not_before_utc,
            int(count_attempt),
            int(time.time()),
            id,
        ),
    )
    if state == "done":
        effects.settle(tx, id)
        _slim(tx, id)
    elif state == "undone":
        effects.undo_local(tx, id)
    tx.touch(aspect="wants")
    if one_row(tx, "SELECT 1 FROM outbox WHERE want = ?", (id,)):
        tx.touch(aspect="outbox")


def _slim(tx: Transaction, id: str) -> None:
    """What was appended is on the server and in ``body``: the journal keeps no third copy for its 90 days."""
    row = one_row(tx, "SELECT record FROM want WHERE id = ? AND kind = 'append'", (id,))
    if row is None:
        return
    appended = _decode.decode(row[0])
    if appended.raw:
        slim = to_wire(msgspec.structs.replace(appended, raw=b""))
        tx.connection.execute("UPDATE want SET record = ? WHERE id = ?", (slim, id))


def lose_target(tx: Transaction, folder: FolderId) -> None:
    """``folder`` is about to go: what was to be put into it stays where it is, and the person is told.

    A want that is being carried out at this moment is left to its courier: the server may have done it.
    """
    for id in effects.forget_target(tx, folder):
        tx.connection.execute(
            "UPDATE want SET data = json_set(data, ?, ?) WHERE id = ?", (f"$.{_TARGET}", _GONE, id)
        )
        entry = want(tx, id)
        if entry is not None and entry.state in ("waiting", "parked"):
            set_state(tx, id, "parked", problem=_target_gone())


def _target_gone() -> Problem:
    return WorldError(
        "folder-missing",
        _("Le dossier de destination n’existe plus sur le serveur\u00a0: rien n’a été déplacé ni copié."),
        _("Annulez cette action, puis refaites-la vers un autre dossier."),
    ).problem


def set_phase(tx: Transaction, id: str, phase: str, **data: str) -> None:
    """How far carrying out went, before the next step; ``data`` is merged into what is remembered."""
    row = one_row(tx, "SELECT data FROM want WHERE id = ?", (id,))
    if row is None:
        raise BugError("want-unknown", _("Erreur interne\u00a0: opération inconnue."))
    tx.connection.execute(
        "UPDATE want SET phase = ?, data = ?, changed_utc = ? WHERE id = ?",
        (phase, json.dumps({**json.loads(row[0]), **data}, ensure_ascii=False), int(time.time()), id),
    )
    if one_row(tx, "SELECT 1 FROM outbox WHERE want = ?", (id,)):
        tx.touch(aspect="outbox")


def interrupted(source: Reading) -> list[JournalEntry]:
    """Wants found in "doing" when the engine starts: it stopped in the middle of them. Oldest first."""
    return [
        _entry(row)
        for row in all_rows(
            source,
            f"SELECT {_COLUMNS} FROM want w INDEXED BY want_open WHERE {IS_OPEN} AND state = 'doing'"
            " ORDER BY seq",
        )
    ]


def read_wants(source: Reading, states: Sequence[str] = OPEN_STATES) -> list[WantView]:
    """As views show them, oldest first."""
    marks = ", ".join("?" * len(states))
    # The planner would rather walk over all of them in the order of `seq`.
    open_only = set(states) <= set(OPEN_STATES)
    among = f"want w INDEXED BY want_open WHERE {IS_OPEN} AND" if open_only else "want WHERE"
    rows = all_rows(
        source,
        "SELECT id, kind, state, account, describe, problem, created_utc, attempts"
        f" FROM {among} state IN ({marks}) ORDER BY seq",
        tuple(states),
    )
    views: list[WantView] = []
    for id, kind, state, account, describe, packed, created_utc, attempts in rows:
        problem = from_wire(packed, Problem) if packed else None
        views.append(
            WantView(
                id=id,
                kind=kind,
                state=state,
                account=account,
                describe=describe,
                problem_code=problem.code if problem else "",
                sentence=problem.sentence if problem else "",
                remedy=problem.remedy if problem else "",
                created_utc=created_utc,
                attempts=attempts,
            )
        )
    return views


def prune(tx: Transaction, before_utc: int) -> int:
    """Forget wants that were over before ``before_utc``, with their frozen bytes. Returns how many."""
    tx.connection.execute(
        "DELETE FROM want WHERE state IN ('done', 'undone') AND changed_utc < ?", (before_utc,)
    )
    count = tx.connection.changes()
    if count:
        tx.touch(aspect="wants")
        tx.touch(aspect="outbox")
    return count
