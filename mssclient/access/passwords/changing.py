"""One door for every way of changing a password; the operator's profile says which one it has."""

import ssl

from mssclient.access.passwords import problems
from mssclient.model.accounts import Endpoint
from mssclient.model.records import Record

__all__ = ["PasswordDoor", "change"]


class PasswordDoor(Record, frozen=True, kw_only=True):
    """Where and how an operator changes passwords."""

    method: str = "page"
    """ldap, zimbra, poppassd; "page" = only on a page of the operator, in the browser."""
    endpoint: Endpoint | None = None
    bind_name: str = ""
    """For "ldap": the DN of a login, with ``{login}`` or ``{local}``."""
    page: str = ""
    """https address of the operator's page; "" when it has none."""


def change(door: PasswordDoor, context: ssl.SSLContext, login: str, old: str, new: str) -> None:
    """Change it at the operator; nothing is kept here. Blocks up to a minute; any thread.

    Raises Refused: password-wrong, password-rules, password-reused, password-too-soon, account-locked,
    password-change-unavailable; WorldError: password-outcome-unknown when the connection was lost after
    the new one was sent (the caller finds out by logging in), else those of ``access.failures``.
    """
    if door.endpoint is None or door.method == "page":
        raise problems.change_unavailable()
    # Each way is imported for whoever has it: LDAP brings a library along.
    if door.method == "ldap":
        from mssclient.access.passwords import ldap

        ldap.change(door.endpoint, context, ldap.bind_name(door.bind_name, login), old, new)
    elif door.method == "zimbra":
        from mssclient.access.passwords import zimbra

        zimbra.change(door.endpoint.host, context, login, old, new, door.endpoint.port)
    elif door.method == "poppassd":
        from mssclient.access.passwords import poppassd

        poppassd.change(door.endpoint, context, login, old, new)
    else:
        raise problems.change_unavailable()
