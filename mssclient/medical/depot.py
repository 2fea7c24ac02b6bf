"""Writing into the watched directory: a file is there whole or not at all, and nothing there is touched.

Another program takes, moves or deletes what appears, some take whatever they see: so a file is written
and synced in a hidden folder BESIDE the directory, on the same volume, and appears by one atomic step that
fails rather than overwrite. Where nothing may be created beside it, the hidden folder is inside.
"""

import contextlib
import errno
import os
import secrets
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from mssclient.model.errors import MssError, Refused, WorldError
from mssclient.model.language import _

__all__ = ["HIDDEN", "Depot", "check_directory", "sweep"]

HIDDEN = ".mssclient-depot"
"""Name of the folder of unfinished files."""

_RETRIES = 3
_MOST_NAMES = 9_999
_PASSING = frozenset(
    (errno.EAGAIN, errno.EBUSY, errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EINTR, errno.ENETRESET)
)
_PASSING_WINDOWS = frozenset((32, 33, 53, 54, 59, 64, 121))  # sharing and network errors
_NO_LINKS = frozenset(
    (errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EINVAL)
)


def check_directory(directory: str | Path) -> Path:
    """The directory, when files may be created in it.

    Raises WorldError ``hprim-directory-missing``, Refused ``hprim-directory-read-only``.
    """
    folder = Path(directory)
    try:
        exists = folder.is_dir()
    except OSError as error:
        raise _translated(error) from error
    if not exists:
        raise WorldError(
            "hprim-directory-missing",
            _("Le dossier choisi pour les fichiers HPRIM n’existe pas."),
            _("Choisissez le dossier que surveille votre logiciel, ou reconnectez le disque réseau."),
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _read_only()
    return folder


class Depot:
    """One run of writing into a watched directory. One thread; a context manager.

    Entering removes what a killed run left in the hidden folder; leaving makes sure of what was written and
    removes the folder. ``write`` makes sure of the bytes of a file before it appears; that the directory
    names it is made sure of by ``sync``, once for several files: only then may a ledger count on them.
    """

    def __init__(self, directory: str | Path) -> None:
        """Raises as :func:`check_directory`."""
        self._folder = check_directory(directory)
        self._hidden: Path | None = None
        self._synced = True
        self._counter = 0
        self._counted: dict[int, list[Path]] | None = None
        """The short names that are there, by size: made when the first one is asked for."""

    def __enter__(self) -> Self:
        sweep(self._folder)
        return self

    def __exit__(self, *_error: object) -> None:
        self.sync()
        if self._hidden is not None:
            with contextlib.suppress(OSError):
                self._hidden.rmdir()

    def write(
        self, name: str, content: bytes, *, flag_extension: str = "", fixed: bool = False, short: bool = False
    ) -> str:
        """Write one file and give the name it has in the directory.

        ``name`` has one dot. A name that is taken by the same bytes is given back as it is (a run that died
        between writing and the ledger); by other bytes, ``-2``, ``-3``… is added, unless ``fixed``. ``short``
        replaces it by the next free ``MSS00001``. ``flag_extension`` (".OK"): an empty file beside it, last.
        Raises WorldError ``hprim-directory-missing``, ``disk-full``, ``write-failed``, ``name-taken``;
        Refused ``hprim-directory-read-only``. Blocks; a passing error of a share is tried three times.
        """
        for attempt in range(_RETRIES):
            try:
                return self._write(_Wish(name, content, flag_extension, fixed, short))
            except OSError as error:
                if attempt + 1 == _RETRIES or not _passes(error):
                    raise _translated(error) from error
                time.sleep(0.2 * (attempt + 1))
        raise AssertionError

    def sync(self) -> None:
        """What was written is in the directory, whatever happens to the computer. Never raises."""
        if not self._synced:
            _sync_folder(self._folder)
            self._synced = True

    def _write(self, wish: "_Wish") -> str:
        unfinished = self._unfinished(wish.content)
        try:
            try:
                chosen = self._appear(unfinished, wish)
            except FileNotFoundError:
                if unfinished.exists() or not self._folder.is_dir():
                    raise
                # another computer that delivers into the same share has swept: nothing of ours appeared
                unfinished = self._unfinished(wish.content)
                chosen = self._appear(unfinished, wish)
            self._synced = False
            if wish.flag:
                self._raise_flag(chosen, wish.flag)
            return chosen
        finally:
            _remove(unfinished)

    def _appear(self, unfinished: Path, wish: "_Wish") -> str:
        """The name under which the finished file appeared, or already was there."""
        if wish.short and (there := self._same_of_short_name(wish.content)) is not None:
            return there.name
        for name in self._names(wish):
            target = self._folder / name
            if (
                wish.flag
                and not wish.fixed
                and target.with_suffix(wish.flag).exists()
                and not target.exists()
            ):
                continue  # a flag is left of another file of that name
            try:
                _move_without_overwriting(unfinished, target)
            except FileExistsError:
                if not wish.short and _holds(target, wish.content):
                    return name
                continue
            if self._counted is not None and wish.short:
                self._counted.setdefault(len(wish.content), []).append(target)
            return name
        raise WorldError(
            "name-taken",
            _("Un autre fichier du même nom est déjà dans le dossier HPRIM."),
            _("Laissez votre logiciel l’importer, puis recommencez."),
        )

    def _names(self, wish: "_Wish") -> Iterator[str]:
        stem, dot, extension = wish.name.rpartition(".")
        if wish.short:
            for _count in range(_MOST_NAMES):
                self._counter = self._counter % _MOST_NAMES + 1
                yield f"MSS{self._counter:05d}{dot}{extension}"
            return
        yield wish.name
        if not wish.fixed:
            yield from (f"{stem}-{number}{dot}{extension}" for number in range(2, _MOST_NAMES))

    def _same_of_short_name(self, content: bytes) -> Path | None:
        """A file with these bytes under another number: a run that died before the ledger."""
        if self._counted is None:
            self._counted = {}
            for path in self._folder.glob("MSS[0-9][0-9][0-9][0-9][0-9].*"):
                with contextlib.suppress(OSError):
                    self._counted.setdefault(path.stat().st_size, []).append(path)
        return next((path for path in self._counted.get(len(content), ()) if _holds(path, content)), None)

    def _raise_flag(self, name: str, flag: str) -> None:
        unfinished = self._unfinished(b"")
        try:
            with contextlib.suppress(FileExistsError):
                _move_without_overwriting(unfinished, self._folder / (name.rpartition(".")[0] + flag))
        finally:
            _remove(unfinished)

    def _unfinished(self, content: bytes) -> Path:
        """A new file in the hidden folder, synced; the folder is made again when somebody removed it."""
        name = secrets.token_hex(8)
        if self._hidden is not None:
            with contextlib.suppress(FileNotFoundError):
                return _filled(self._hidden / name, content)
        self._hidden = _hidden_folder(self._folder)
        return _filled(self._hidden / name, content)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What :meth:`Depot.write` was asked for."""

    name: str
    content: bytes
    flag: str
    fixed: bool
    short: bool


def _filled(path: Path, content: bytes) -> Path:
    """The new file, whole and synced; nothing stays of one that could not be."""
    # readable by whoever the person's umask lets read: the other program may run under another account
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        _remove(path)
        raise
    return path


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def _move_without_overwriting(source: Path, target: Path) -> None:
    """One atomic step that raises FileExistsError when the target is there."""
    if sys.platform == "win32":
        source.rename(target)  # MoveFile never replaces
        return
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # FAT and some shares know no second name. The look and the step are two here, but names carry a
        # digest of the content: whoever slips in between wrote the same file
        if target.exists():
            raise FileExistsError(errno.EEXIST, "exists") from None
        source.rename(target)
    else:
        source.unlink()


def _holds(target: Path, content: bytes) -> bool:
    try:
        return target.stat().st_size == len(content) and target.read_bytes() == content
    except OSError:
        return False


def _hidden_places(folder: Path) -> list[Path]:
    """Beside the directory when that is the same volume, else inside it."""
    places = [folder / HIDDEN]
    beside = folder.resolve().parent
    with contextlib.suppress(OSError):
        if beside.stat().st_dev == folder.stat().st_dev and beside != folder.resolve():
            places.insert(0, beside / HIDDEN)
    return places


def _hidden_folder(folder: Path) -> Path:
    places = _hidden_places(folder)
    for count, place in enumerate(places):
        try:
            place.mkdir(mode=0o700, exist_ok=True)
        except OSError:
            if count + 1 == len(places):
                raise
        else:
            if os.access(place, os.W_OK | os.X_OK) and not place.is_symlink():
                return place
    raise PermissionError(errno.EACCES, "no place for unfinished files")


def sweep(directory: str | Path) -> int:
    """Remove the unfinished files that a killed run left (they hold health data); how many there were.

    Called before a run; one engine per profile makes sure that no other run of this computer's is under
    way, and a run survives the sweeping of another computer on the same share.
    """
    removed = 0
    folder = Path(directory)
    for place in _hidden_places(folder) if folder.is_dir() else ():
        with contextlib.suppress(OSError):
            if place.is_symlink():
                continue
            for left in list(place.iterdir()):
                left.unlink()
                removed += 1
            place.rmdir()
    return removed


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):  # some network file systems cannot
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _passes(error: OSError) -> bool:
    return error.errno in _PASSING or getattr(error, "winerror", None) in _PASSING_WINDOWS


def _read_only() -> Refused:
    return Refused(
        "hprim-directory-read-only",
        _("Le dossier des fichiers HPRIM est en lecture seule."),
        _("Demandez le droit d’y écrire, ou choisissez un autre dossier."),
    )


def _translated(error: OSError) -> MssError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT) or getattr(error, "winerror", None) == 112:
        return WorldError(
            "disk-full",
            _("Le disque du dossier HPRIM est plein."),
            _("Libérez de la place, puis recommencez\u00a0: rien n’est perdu."),
        )
    if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
        return _read_only()
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENODEV, errno.ENXIO):
        return WorldError(
            "hprim-directory-missing",
            _("Le dossier choisi pour les fichiers HPRIM n’est plus là."),
            _("Reconnectez le disque ou choisissez un autre dossier."),
        )
    return WorldError(
        "write-failed",
        _("Un fichier HPRIM n’a pas pu être écrit."),
        _("Recommencez\u00a0: ce qui est déjà déposé ne le sera pas deux fois."),
        os.strerror(error.errno) if error.errno else type(error).__name__,
    )
