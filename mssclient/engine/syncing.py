"""« Relever »: one full turn of one BAL or of all, asked for and waited for."""

from typing import TYPE_CHECKING

from mssclient.model.errors import MssError, Problem
from mssclient.model.language import _
from mssclient.model.questions import FolderSync, SyncReport
from mssclient.model.wants import Sync
from mssclient.store import journal

if TYPE_CHECKING:
    from mssclient.engine.desk import Desk
    from mssclient.engine.tickets import Ticket

__all__ = ["sync"]


def sync(desk: "Desk", want: Sync, ticket: "Ticket") -> SyncReport:
    """One full turn of one BAL or of all; what fails for one does not keep the others."""
    desk.ready()
    accounts = [one for one in desk.accounts() if want.account in (None, one.id)]
    if want.account is not None and not accounts:
        desk.account(want.account)
    before = _open_wants(desk)
    folders: list[FolderSync] = []
    problems: dict[int, Problem] = {}
    for number, account in enumerate(accounts):
        ticket.progress(number, len(accounts), _("Relève des boîtes aux lettres"))
        try:
            report = desk.mailbox(account.id).sync_now(
                folder=want.folder, headers_only=want.headers_only, progress=ticket.progress
            )
        except MssError as error:
            if error.code == "cancelled":
                raise
            problems[account.id] = error.problem
        else:
            folders.extend(report.folders)
            problems.update(report.problems)
    return SyncReport(folders=tuple(folders), wants=_counts(desk, before), problems=problems)


def _open_wants(desk: "Desk") -> set[str]:
    with desk.reading() as view:
        return {found.id for found in view.wants()}


def _counts(desk: "Desk", before: set[str]) -> dict[str, int]:
    """What became of wants: carried out during this turn, and what is still open."""
    counts = {"done": 0, "waiting": 0, "parked": 0, "uncertain": 0}
    with desk.reading() as view:
        for found in view.wants():
            counts["waiting" if found.state == "doing" else found.state] += 1
        for want_id in before:
            entry = journal.want(view, want_id)
            counts["done"] += entry is not None and entry.state == "done"
    return counts
