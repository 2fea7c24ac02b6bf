"""Every mailbox that can be opened: accounts, and what others share with them (RFC 2342, RFC 4314)."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from mssclient.mail.session import Session, open_session
from mssclient.model.accounts import Account, Folder
from mssclient.model.errors import WorldError
from mssclient.model.ids import AccountId, FolderId
from mssclient.model.operators import Bal
from mssclient.model.questions import BalsAnswer, ReadBals
from mssclient.store.settings import read_setting, set_setting
from mssclient.store.transaction import Transaction

if TYPE_CHECKING:
    from mssclient.engine.desk import Desk
    from mssclient.engine.tickets import Ticket

__all__ = ["DEFAULT", "forget", "read"]

DEFAULT = "bal.default"
"""Setting: which one is opened first, as ``[account, root]`` of its :class:`Bal`."""
_ROOTS_MAX = 200


def forget(tx: Transaction, account: AccountId) -> None:
    """The account goes: what it shared may be named after somebody."""
    kept = read_setting(tx, DEFAULT)
    if isinstance(kept, list) and kept[:1] == [account]:
        set_setting(tx, DEFAULT, json.dumps(None))


def read(desk: "Desk", question: ReadBals, ticket: "Ticket") -> BalsAnswer:
    """From the store; with ``fresh`` also from servers, as far as they answer. Raises account-unknown."""
    accounts = [desk.account(question.account)] if question.account is not None else desk.accounts()
    found: list[Bal] = []
    for number, account in enumerate(accounts):
        ticket.progress(number, len(accounts))
        with desk.reading() as view:
            folders = view.folders(account.id)
        state = desk.states.get(account.id)
        asked = question.fresh and (state is None or state.state != "refused")
        found += (_fresh(desk, account, folders, ticket) if asked else None) or _known(account, folders)
    return BalsAnswer(bals=tuple(found))


def _known(account: Account, folders: Sequence[Folder]) -> list[Bal]:
    by_path = {each.path: each for each in folders}
    inbox = next((each for each in folders if each.role == "inbox"), None)
    shared = {each.path: each.delimiter for each in folders if each.shared and each.selectable}
    found = [_bal(account, "", "", inbox.id if inbox else None)]
    found += [_bal(account, path, shared[path], by_path[path].id) for path in _roots(shared)]
    counted = [inbox, *(by_path[each.root] for each in found[1:])]
    return [
        each if folder is None else replace(each, rights=folder.rights, unread=folder.unread)
        for each, folder in zip(found, counted, strict=True)
    ]


def _fresh(desk: "Desk", account: Account, folders: Sequence[Folder], ticket: "Ticket") -> list[Bal] | None:
    """None when the server does not answer: what is known here then stands."""
    ids = {each.path: each.id for each in folders}
    try:
        session = open_session(account, desk.credential(account)())
    except WorldError:
        return None
    try:
        return _asked(session, account, ids, ticket)
    except WorldError:
        ticket.check()
        return None
    finally:
        session.log_out()


def _asked(session: Session, account: Account, ids: dict[str, FolderId], ticket: "Ticket") -> list[Bal]:
    namespaces = session.namespaces()
    listed = session.list_folders(status=True)
    by_path = {each.path: each for each in listed}
    shared = {
        each.path: each.delimiter for each in listed if each.selectable and namespaces.is_shared(each.path)
    }
    found: list[Bal] = []
    for root in ("", *_roots(shared)):
        ticket.check()
        path = root or "INBOX"
        status = by_path[path].status if path in by_path else None
        numbers = status or session.status(path)
        found.append(
            replace(
                _bal(account, root, shared.get(root, ""), ids.get(path)),
                rights=session.rights(path),
                unread=numbers.unseen,
            )
        )
    return found


def _bal(account: Account, root: str, delimiter: str, folder: FolderId | None) -> Bal:
    if not root:
        return Bal(
            account=account.id,
            address=account.address,
            name=account.name,
            kind=account.kind,
            folder=folder,
        )
    parts = root.split(delimiter) if delimiter else [root]
    address = next((part for part in reversed(parts) if "@" in part), parts[-1])
    return Bal(account=account.id, address=address, kind="shared", root=root, folder=folder)


def _roots(shared: dict[str, str]) -> list[str]:
    """The topmost of these folders (path → delimiter): each is the inbox of what somebody shares."""
    found: list[str] = []
    for path in sorted(shared):
        if not any(path.startswith(root + (shared[root] or "/")) for root in found):
            found.append(path)
    return found[:_ROOTS_MAX]
