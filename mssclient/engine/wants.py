"""Wants as they arrive: written down, done at once, or begun. On the engine's one thread of wants.

Those that change mail go to the journal with their local effect in one transaction; the courier of the
BAL carries them out. A want over messages of several BAL becomes one entry per BAL: the first has the id
of the want, the others ``id.1``, ``id.2``…
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from mssclient.engine import (
    delivery,
    drafts,
    entering,
    gettingin,
    leaving,
    notifying,
    outgoing,
    passwords,
    settings,
    syncing,
)
from mssclient.engine.describing import describe
from mssclient.engine.tickets import Ticket
from mssclient.model.errors import MssError, Refused
from mssclient.model.ids import AccountId, PlacementId
from mssclient.model.language import _
from mssclient.model.questions import ANY_ANSWER, Done
from mssclient.model.wants import (
    ANY_WANT,
    AddAccount,
    Append,
    AttachFile,
    AttachPart,
    ChangePassword,
    Copy,
    Delete,
    DeliverHprim,
    DiscardDraft,
    KeepDraft,
    LogIn,
    LogOut,
    MarkFlags,
    Move,
    RemoveAccount,
    Retry,
    SetNotification,
    SetSetting,
    Settle,
    Submit,
    Sync,
    Undo,
)
from mssclient.store import effects, journal
from mssclient.store.journal import JournalEntry
from mssclient.store.store import Priority
from mssclient.store.transaction import Transaction

if TYPE_CHECKING:
    from mssclient.engine.desk import Desk

__all__ = ["Later", "related", "take"]

_OnPlacements: TypeAlias = MarkFlags | Move | Copy | Delete


class Later:
    """A want that takes its time: acknowledged now, carried out by the crew, then ended.

    ``durable``: acknowledged only when it is done, so that it is posted again after a crash; doing it twice
    does nothing more.
    """

    def __init__(self, work: Callable[[Ticket], ANY_ANSWER], *, durable: bool = False) -> None:
        self._work = work
        self.durable = durable

    def __call__(self, ticket: Ticket) -> ANY_ANSWER:
        return self._work(ticket)


def take(desk: "Desk", want_id: str, want: ANY_WANT) -> ANY_ANSWER | Later | None:
    """None: in the journal and followed there. Returns after the commit. Raises MssError when refused."""
    match want:
        case MarkFlags() | Move() | Copy() | Delete():
            return _write_down(desk, want_id, want)
        case Append():
            return _append(desk, want_id, want)
        case Submit():
            return outgoing.submit(desk, want_id, want)
        case Undo():
            return _undo(desk, want_id, want)
        case Retry():
            return _retry(desk, want)
        case Settle():
            return outgoing.settle(desk, want)
        case KeepDraft():
            return drafts.keep(desk, want)
        case DiscardDraft():
            return drafts.discard(desk, want)
        case AttachFile():
            # A file on a network disk that is gone must not keep every other want waiting, nor the lock.
            return Later(lambda _ticket: drafts.attach_file(desk, want), durable=True)
        case AttachPart():
            return Later(lambda ticket: drafts.attach_part(desk, want, ticket))
        case AddAccount():
            return Later(lambda ticket: gettingin.bal.add(desk, want, ticket))
        case LogIn():
            return Later(lambda ticket: entering.log_in(desk, want, ticket))
        case LogOut():
            farewell = entering.log_out(desk)
            return Later(lambda _ticket: farewell())
        case ChangePassword():
            return Later(lambda ticket: passwords.change_password(desk, want, ticket))
        case RemoveAccount():
            account = leaving.begin(desk, want)
            return Done() if account is None else Later(lambda _ticket: leaving.finish(desk, account))
        case SetNotification():
            return Later(lambda _ticket: notifying.change(desk, want))
        case SetSetting():
            return settings.keep(desk, want)
        case Sync():
            return Later(lambda ticket: syncing.sync(desk, want, ticket))
        case DeliverHprim():
            return Later(lambda ticket: delivery.deliver(desk, want, ticket))


def _nothing_to_do() -> MssError:
    return Refused(
        "message-gone",
        _("Ces messages ne sont plus là\u00a0: ils ont été déplacés ou supprimés."),
        _("Actualisez la liste."),
    )


def _write_down(desk: "Desk", want_id: str, want: _OnPlacements) -> None:
    with desk.reading() as view:
        if journal.want(view, want_id) is not None:
            return
        groups = _by_account(desk, want.placements)
        described = describe(want, view)
    if not groups:
        raise _nothing_to_do()

    def work(tx: Transaction) -> None:
        found = 0
        for number, (account, placements) in enumerate(groups.items()):
            one = msgspec.structs.replace(want, placements=placements)
            one_id = want_id if number == 0 else f"{want_id}.{number}"
            if journal.append_want(tx, one_id, one, account, described):
                found += effects.apply_local(tx, one_id, one)
        if not found:
            raise _nothing_to_do()

    desk.store.write(Priority.PERSON, work)
    for account in groups:
        desk.wake(account)


def _by_account(desk: "Desk", placements: Sequence[PlacementId]) -> dict[AccountId, tuple[PlacementId, ...]]:
    groups: dict[AccountId, list[PlacementId]] = {}
    with desk.reading() as view:
        for row in view.rows_of(placements):
            groups.setdefault(row.account, []).append(row.id)
    return {account: tuple(found) for account, found in groups.items()}


def _append(desk: "Desk", want_id: str, want: Append) -> None:
    annotation = desk.annotator(desk.account(want.account)).whole(want.raw)
    with desk.reading() as view:
        described = describe(want, view)

    def work(tx: Transaction) -> None:
        if journal.append_want(tx, want_id, want, want.account, described):
            effects.apply_local(tx, want_id, want, annotation)

    desk.store.write(Priority.PERSON, work)
    desk.wake(want.account)


def unknown_want() -> MssError:
    return Refused("want-unknown", _("Cette action n’est plus dans le journal."), _("Actualisez la liste."))


def related(desk: "Desk", target: str) -> list[JournalEntry]:
    """The entries of one want, one per BAL. Raises Refused want-unknown."""
    found: list[JournalEntry] = []
    with desk.reading() as view:
        entry = journal.want(view, target)
        while entry is not None:
            found.append(entry)
            entry = journal.want(view, f"{target}.{len(found)}")
    if not found:
        raise unknown_want()
    return found


def _undo(desk: "Desk", want_id: str, want: Undo) -> Done:
    """Take back what waits; what was carried out (or is just being) is followed by its opposite."""
    entries = related(desk, want.target)
    if isinstance(entries[0].want, Submit):
        return outgoing.take_back(desk, entries[0])
    described = _("Annuler\u00a0: {what}").format(what=entries[0].describe)
    accounts: set[AccountId] = set()

    def work(tx: Transaction) -> None:
        for number, entry in enumerate(entries):
            now = journal.want(tx, entry.id)
            if now is None or now.state == "undone":
                continue
            if now.state in ("waiting", "parked"):
                journal.set_state(tx, entry.id, "undone")
                continue
            # The journal holds a later want on the same messages back until the earlier one is over.
            opposite = effects.opposite(tx, entry.id)
            if not opposite:
                raise Refused(
                    "undo-impossible",
                    _("Cette action ne peut plus être annulée."),
                    _("Faites l’action contraire sur ces messages."),
                )
            for part, back in enumerate(opposite):
                back_id = f"{want_id}.{number}.{part}"
                if journal.append_want(tx, back_id, back, entry.account, described):
                    effects.apply_local(tx, back_id, back)
            if entry.account is not None:
                accounts.add(entry.account)

    desk.store.write(Priority.PERSON, work)
    for account in accounts:
        desk.wake(account)
    return Done()


def _retry(desk: "Desk", want: Retry) -> Done:
    entries = related(desk, want.target)

    def work(tx: Transaction) -> None:
        for entry in entries:
            now = journal.want(tx, entry.id)
            if now is not None and now.state in ("parked", "waiting"):
                journal.set_state(tx, entry.id, "waiting", not_before_utc=0)

    desk.store.write(Priority.PERSON, work)
    for entry in entries:
        if entry.account is not None:
            desk.wake(entry.account)
    return Done()
