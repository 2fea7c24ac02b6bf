"""An operating-system lock on a file, held for the life of its holder and dropped by a crash."""

import os
import sys
from pathlib import Path

from mssclient.model.errors import WorldError
from mssclient.model.language import _
from mssclient.store.profile import disk_error

__all__ = ["FileLock"]


class FileLock:
    """Taken at once or not at all: WorldError ``busy_code`` when somebody else holds it."""

    def __init__(self, path: Path, busy_code: str = "store-busy") -> None:
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
        try:
            self._descriptor = os.open(path, flags, 0o600)
        except OSError as error:
            raise disk_error(error) from error
        try:
            _take(self._descriptor)
        except OSError as error:
            os.close(self._descriptor)
            self._descriptor = -1
            raise WorldError(
                busy_code,
                _("Ce profil est déjà ouvert par un autre programme."),
                _("Revenez à la fenêtre déjà ouverte, ou fermez-la d’abord."),
            ) from error

    def release(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)  # closing drops the lock
            self._descriptor = -1


if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
