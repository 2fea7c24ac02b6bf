"""A locked store that goes on hearing of new mail: a setting, off unless the person wants it.

The lock then leaves the store open and its key in the engine's memory; the watchers alone go on, and clients
are told how many messages came, nothing else. What they ask and post waits or is refused as behind any lock.
Where more than the session of this computer opens the mail (a card, Pro Santé Connect, a file of a
certificate, a passphrase) the setting has no effect: a lock closes the store.
"""

from typing import TYPE_CHECKING

from mssclient.store.key import key_kind
from mssclient.store.settings import read_setting

if TYPE_CHECKING:
    from mssclient.engine.desk import Desk

__all__ = ["ANNOUNCE", "announces", "can_announce"]

ANNOUNCE = "lock.announce"
"""Setting: true = new mail is announced, without its content, while the store is locked."""


def can_announce(desk: "Desk") -> bool:
    """Every BAL logs in by a password that the system's keyring keeps. Raises MssError of the key file."""
    accounts = desk.accounts()
    return (
        bool(accounts)
        and all(account.auth == "password" for account in accounts)
        and key_kind(desk.profile) == "keyring"
    )


def announces(desk: "Desk") -> bool:
    """Asked at the moment of a lock. A store that is still being prepared is closed."""
    with desk.reading() as view:
        chosen = read_setting(view, ANNOUNCE, False) is True
    return chosen and desk.engine.background and desk.is_ready and can_announce(desk)
