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
from pathlib import Path

from mssclient.model.errors import MssError, Refused, WorldError
from mssclient.model.language import _

__all__ = ["HIDDEN", "check_directory", "sweep", "write_file"]

HIDDEN = ".mssclient-depot"
"""Name of the folder of unfinished files."""

_RETRIES = 3
_MOST_NAMES = 10_000
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


def write_file(
    directory: str | Path,
    name: str,
    content: bytes,
    *,
    flag_extension: str = "",
    fixed: bool = False,
    short: bool = False,
) -> str:
    """Write one file, synced, and give the name it has there.

    ``name`` has one dot. A name that is taken by the same bytes is given back as it is (a run that died
    between writing and the ledger); by other bytes, ``-2``, ``-3``… is added, unless ``fixed``. ``short``
    replaces it by the first free ``MSS00001``. ``flag_extension`` (".OK"): an empty file beside it, last.
    Raises WorldError ``hprim-directory-missing``, ``disk-full``, ``write-failed``, ``name-taken``;
    Refused ``hprim-directory-read-only``. Blocks; a passing error of a network share is tried three times.
    """
    folder = check_directory(directory)
    for attempt in range(_RETRIES):
        try:
            return _write(folder, name, content, flag_extension, fixed, short)
        except OSError as error:
            if attempt + 1 == _RETRIES or not _passes(error):
                raise _translated(error) from error
            time.sleep(0.2 * (attempt + 1))
    raise AssertionError


def _write(folder: Path, name: str, content: bytes, flag: str, fixed: bool, short: bool) -> str:
    hidden = _hidden_folder(folder)
    unfinished = hidden / secrets.token_hex(8)
    try:
        _fill(unfinished, content)
        chosen = _appear(unfinished, folder, name, content, flag, fixed, short)
        if flag:
            _raise_flag(hidden, folder, chosen, flag)
        _sync_folder(folder)
        return chosen
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            hidden.rmdir()


def _fill(path: Path, content: bytes) -> None:
    # readable by whoever the person's umask lets read: the other program may run under another account
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _appear(
    unfinished: Path, folder: Path, name: str, content: bytes, flag: str, fixed: bool, short: bool
) -> str:
    stem, dot, extension = name.rpartition(".")
    for number in range(1, _MOST_NAMES):
        if short:
            candidate = f"MSS{number:05d}{dot}{extension}"
        else:
            candidate = name if number == 1 else f"{stem}-{number}{dot}{extension}"
        target = folder / candidate
        if flag and not fixed and target.with_suffix(flag).exists() and not target.exists():
            continue  # a flag is left of another file of that name
        try:
            _move_without_overwriting(unfinished, target)
        except FileExistsError:
            if not short and _holds(target, content):
                return candidate
            if fixed:
                break
            continue
        return candidate
    raise WorldError(
        "name-taken",
        _("Un autre fichier du même nom est déjà dans le dossier HPRIM."),
        _("Laissez votre logiciel l’importer, puis recommencez."),
    )


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


def _raise_flag(hidden: Path, folder: Path, name: str, flag: str) -> None:
    unfinished = hidden / secrets.token_hex(8)
    try:
        _fill(unfinished, b"")
        with contextlib.suppress(FileExistsError):
            _move_without_overwriting(unfinished, folder / (name.rpartition(".")[0] + flag))
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)


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

    Called before a run; one engine per profile makes sure that no other run is under way.
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
