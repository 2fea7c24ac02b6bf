"""A profile: the folder in which store, key file, log and socket of one person live."""

import errno
import hashlib
import os
import stat
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from mssclient.model.errors import MssError, WorldError
from mssclient.model.language import _

__all__ = ["Profile", "disk_error"]

_SOCKET_PATH_LIMIT = 100
"""Octets. sun_path holds 108 on Linux and 104 on BSD (unix(7))."""


def disk_error(error: OSError) -> MssError:
    """The sentence for a failed write into a profile."""
    detail = errno.errorcode.get(error.errno or 0, "")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return WorldError(
            "disk-full",
            _("Le disque est plein\u00a0: rien n’a été perdu, mais plus rien ne peut être enregistré."),
            _("Libérez de la place sur le disque, puis recommencez."),
            detail,
        )
    return WorldError(
        "profile-read-only",
        _("Le dossier du profil ne peut pas être écrit."),
        _("Vérifiez les droits du dossier, ou choisissez un autre profil."),
        detail,
    )


@dataclass(frozen=True)
class Profile:
    """Paths of one profile. Nothing is touched before :meth:`prepare`."""

    folder: Path
    demo: bool = False
    """A demonstration profile keeps its key beside the store and takes no real account."""

    @staticmethod
    def default() -> "Profile":
        """The user's own profile (platformdirs)."""
        import platformdirs

        return Profile(Path(platformdirs.user_data_dir("mssclient", appauthor=False)))

    @property
    def store_path(self) -> Path:
        return self.folder / "store.db"

    @property
    def key_path(self) -> Path:
        """How the key is kept (``store.key``); the key itself only in a demonstration profile."""
        return self.folder / "key.json"

    @property
    def lock_path(self) -> Path:
        """Held locked by the running engine."""
        return self.folder / "engine.lock"

    @property
    def open_folder(self) -> Path:
        """For files that the person opens or drags out; 0700, emptied at lock, exit and start."""
        return self.folder / "open"

    @property
    def operators_folder(self) -> Path:
        """Profiles of operators that a practice adds to those of the program; need not exist."""
        return self.folder / "operators"

    @property
    def log_folder(self) -> Path:
        return self.folder / "log"

    @property
    def socket_path(self) -> Path:
        """Where the engine listens: in the profile, or under a short hashed name when that is too long.

        The short name lies in ``$XDG_RUNTIME_DIR``, or in a 0700 folder of this user in the temporary
        folder; the same profile folder always gives the same name.
        """
        path = self.folder / "engine.sock"
        if len(os.fsencode(path)) <= _SOCKET_PATH_LIMIT:
            return path
        name = hashlib.sha256(os.fsencode(self.folder.absolute())).hexdigest()[:16]
        return _runtime_folder() / f"mssclient-{name}.sock"

    def prepare(self) -> None:
        """Make the folders, for this user only. Raises WorldError profile-read-only or disk-full."""
        try:
            for folder in (self.folder, self.open_folder, self.log_folder):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                if os.name == "posix":
                    folder.chmod(0o700)
            # Of this thread alone: two clients of one process may prepare at the same time.
            probe = self.folder / f".write-{os.getpid()}-{threading.get_native_id()}"
            probe.write_bytes(b"1")
            probe.unlink()
            parent = self.socket_path.parent
            if parent != self.folder:
                parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                _check_owned(parent)
        except OSError as error:
            raise disk_error(error) from error


def _runtime_folder() -> Path:
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime and len(os.fsencode(runtime)) + 40 <= _SOCKET_PATH_LIMIT:
        return Path(runtime)
    temporary = tempfile.gettempdir()
    if len(os.fsencode(temporary)) > 50:
        temporary = "/tmp"
    owner = str(os.getuid()) if sys.platform != "win32" else "user"
    return Path(temporary) / f"mssclient-{owner}"


def _check_owned(folder: Path) -> None:
    """Refuse a folder that somebody else made: whoever owns it could take the socket's place."""
    if sys.platform == "win32":
        return
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise PermissionError(errno.EACCES, "not a private folder")
