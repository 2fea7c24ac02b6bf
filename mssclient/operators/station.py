"""What this computer adds to what is known of operators: own profiles, and what was learnt of revocation.

Set once, when a person's profile is opened. Until then (verbs without a profile, tests) there are the shipped
profiles only, and no authority is asked about certificates.
"""

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from mssclient.operators.profiles import OperatorProfile, profile_named

if TYPE_CHECKING:
    from mssclient.operators.revocation import Revocation

__all__ = ["profile_of", "revocation", "settle"]


class _Station:
    """Its fields change together, under the lock."""

    def __init__(self) -> None:
        self.guard = threading.Lock()
        self.folder: Path | None = None
        self.revocation: Revocation | None = None


_here = _Station()


def settle(folder: Path | None, revocation: "Revocation | None" = None) -> None:
    """Take a person's profile as the place of ``operators`` and ``revocation``; None: as before any was set.

    ``revocation`` replaces the one that would be made at the first handshake. Any thread.
    """
    with _here.guard:
        _here.folder, _here.revocation = folder, revocation


def revocation() -> "Revocation | None":
    """Whom to ask about a server's certificate. Any thread."""
    with _here.guard:
        if _here.revocation is None and _here.folder is not None:
            from mssclient.operators.revocation import Revocation  # heavy: not while the store is opened

            _here.revocation = Revocation(_here.folder / "revocation")
        return _here.revocation


def profile_of(operator: str) -> OperatorProfile | None:
    """The profile of this id, the practice's own first; None for "" and unknown ones. Any thread."""
    if not operator:
        return None
    folder = _here.folder
    return profile_named(operator, folder / "operators" if folder is not None else None)
