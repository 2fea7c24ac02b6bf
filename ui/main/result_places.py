"""Where a search result lies, in the fewest words that tell it."""

from collections.abc import Sequence

from mssclient.engine.client import View
from mssclient.model.accounts import Folder
from mssclient.model.ids import AccountId, FolderId
from mssclient.model.language import _
from mssclient.model.messages import Row
from ui.theme.words import NBSP

__all__ = ["BAL_MARK", "result_places"]

BAL_MARK = f"{NBSP}› "
"""Between a BAL and its folder."""


def result_places(view: View, rows: Sequence[Row]) -> dict[FolderId, str]:
    """Folder → its name for these results, with its BAL when another BAL has a folder of that name."""
    found = {row.folder for row in rows}
    folders = view.folders()
    owners: dict[str, set[AccountId]] = {}
    for folder in folders:
        owners.setdefault(_short_name(folder), set()).add(folder.account)
    accounts = {account.id: account.name or account.address for account in view.accounts()}
    places: dict[FolderId, str] = {}
    for folder in folders:
        if folder.id in found:
            name = _short_name(folder)
            alone = len(owners[name]) == 1
            places[folder.id] = name if alone else f"{accounts.get(folder.account, '')}{BAL_MARK}{name}"
    return places


def _short_name(folder: Folder) -> str:
    """The inbox under a short word: the subject, and the patient in it, need the room."""
    return _("Réception") if folder.role == "inbox" else folder.name
