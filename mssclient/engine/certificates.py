"""PKCS#12 files opened where they can do no harm: each in a child of its own, which then ends.

A file may be hostile, or want its passphrase stirred for hours; and what has held a key shall not read
strangers' letters afterwards.
"""

import threading
from pathlib import Path

from mssclient.access.pkcs12 import SoftwareIdentity, Unlocked, open_pkcs12, unreadable
from mssclient.engine.child import Child, ChildFailed, UnlockPkcs12
from mssclient.engine.tickets import locked
from mssclient.model.errors import Refused
from mssclient.model.language import _
from mssclient.model.secrets import Secret

__all__ = ["CertificateFiles"]

UNLOCK_LIMIT_S = 10.0
"""Ten million rounds on a slow computer; files of Windows and OpenSSL have some thousands."""


class CertificateFiles:
    """Any thread."""

    def __init__(self, limit_s: float = UNLOCK_LIMIT_S) -> None:
        self._limit_s = limit_s
        self._guard = threading.Lock()
        self._children: set[Child] = set()
        self._closed = False

    def open(self, path: Path, passphrase: Secret) -> SoftwareIdentity:
        """Blocks 10 seconds at most, and until a process has started. The passphrase goes over its pipe.

        Raises as :func:`open_pkcs12`; Refused pkcs12-too-slow, pkcs12-unreadable; WorldError store-locked.
        """
        return open_pkcs12(path, passphrase.value, self._unlock)

    def close(self) -> None:
        """Whatever is being opened ends, and nothing more is."""
        with self._guard:
            self._closed = True
            children = tuple(self._children)
        for child in children:
            child.close()

    def _unlock(self, data: bytes, passphrase: str) -> Unlocked:
        child = Child()
        with self._guard:
            if self._closed:
                raise locked()
            self._children.add(child)
        try:
            job = UnlockPkcs12(data=data, passphrase=Secret(passphrase))
            return child.run(job, Unlocked, self._limit_s)
        except ChildFailed as error:
            if self._closed:
                raise locked() from None
            raise (_too_slow() if error.code == "child-too-slow" else unreadable(error.code)) from None
        finally:
            with self._guard:
                self._children.discard(child)
            child.close()


def _too_slow() -> Refused:
    return Refused(
        "pkcs12-too-slow",
        _("L’ouverture du fichier de certificat a duré trop longtemps\u00a0: elle a été arrêtée."),
        _("Réessayez\u202f; si cela dure, demandez un autre fichier à l’organisme qui vous l’a remis."),
    )
