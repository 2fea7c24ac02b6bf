"""The tree of folders: LIST into the store, with roles by SPECIAL-USE and else by name."""

from collections.abc import Sequence

from mssclient.access.failures import nonsense
from mssclient.mail.listing import Listed, Namespaces, Selected, Status
from mssclient.mail.session import Session
from mssclient.model.ids import AccountId
from mssclient.operators.roles import role_by_name, role_by_use
from mssclient.store.folders import ServerFolder, sync_folder_list
from mssclient.store.store import Priority, Store

__all__ = ["as_selected", "server_folders", "sync_tree"]


def sync_tree(
    session: Session, store: Store, account: AccountId, namespaces: Namespaces, *, status: bool = True
) -> list[Listed]:
    """LIST (with the numbers of each folder where LIST-STATUS allows), into the store. Returns the list.

    Raises WorldError protocol-nonsense for one without an inbox.
    """
    listed = session.list_folders(status=status)
    if not any(each.path == "INBOX" for each in listed):
        # Every account has one (RFC 9051 §5.1): on the word of such an answer the store would be emptied.
        raise nonsense("LIST without INBOX")
    folders = server_folders(listed, namespaces)
    store.write(Priority.NEWS, lambda tx: sync_folder_list(tx, account, folders))
    return listed


def server_folders(listed: Sequence[Listed], namespaces: Namespaces) -> list[ServerFolder]:
    """What the store keeps of a LIST. Pure. A role that the server gives beats one guessed by name."""
    roles: dict[str, str] = {}
    given: set[str] = set()
    own = [each for each in listed if not namespaces.is_shared(each.path)]
    for each in own:
        role = "inbox" if each.path == "INBOX" else role_by_use(each.attributes)
        if role and role not in given and each.selectable:
            roles[each.path] = role
            given.add(role)
    for each in sorted(own, key=_depth):
        if each.path not in roles and each.selectable and _depth(each) <= 1:
            name = each.path.rsplit(each.delimiter, 1)[-1] if each.delimiter else each.path
            role = role_by_name(name)
            if role and role not in given:
                roles[each.path] = role
                given.add(role)
    return [
        ServerFolder(
            path=each.path,
            delimiter=each.delimiter or "/",
            role=roles.get(each.path, ""),
            selectable=each.selectable,
            shared=namespaces.is_shared(each.path),
        )
        for each in listed
    ]


def _depth(each: Listed) -> int:
    """0 at the top, 1 under it or under INBOX (where Courier and Cyrus put all folders)."""
    return each.path.removeprefix("INBOX" + each.delimiter).count(each.delimiter) if each.delimiter else 0


def as_selected(status: Status) -> Selected:
    """The numbers of a STATUS in the form that ``plan`` takes."""
    return Selected(
        uidvalidity=status.uidvalidity,
        uidnext=status.uidnext,
        messages=status.messages,
        modseq=status.modseq,
    )
