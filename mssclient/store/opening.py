"""Opening the file: look first without touching anything, then create or migrate."""

import hashlib
import os
from pathlib import Path

import apsw

from mssclient.model.errors import MssError, WorldError
from mssclient.model.language import _
from mssclient.store.connection import (
    CIPHER,
    PAGE_OCTETS,
    damaged,
    give_key,
    open_connection,
    translated,
    wrong_key,
)
from mssclient.store.lock import FileLock
from mssclient.store.profile import disk_error

__all__ = ["SCHEMA", "open_store", "scripts"]

_HEADER = slice(16, 24)
_HEADER_BYTES = bytes((PAGE_OCTETS >> 8, PAGE_OCTETS & 0xFF, 2, 2, 32, 64, 32, 32))
"""Bytes 16 to 23 of the file, the only ones the cipher leaves plain: page size, WAL twice, 32 octets kept
free per page, three constants (SQLite file format §1.3). Anything else was never a store of ours."""


def scripts() -> dict[int, Path]:
    """Number → SQL file."""
    return {int(path.stem): path for path in (Path(__file__).parent / "schema").glob("[0-9]*.sql")}


SCHEMA = max(scripts())
"""The newest version, the one this program writes."""


def open_store(path: Path, key: bytes) -> tuple[apsw.Connection, FileLock]:
    """The write connection and the lock that makes it the only one. See Store.open for what is raised."""
    lock = FileLock(path.with_name(path.name + ".lock"))
    try:
        if path.exists():
            _look(path, key)
        else:
            _create(path, key)
        with translated():
            connection = open_connection(path, key, write=True)
            try:
                _bring_up(connection)
            except BaseException:
                connection.close()
                raise
    except BaseException:
        lock.release()
        raise
    return connection, lock


def _check_path(path: Path) -> Path:
    return path.with_name(path.name + ".check")


def _check_bytes(key: bytes) -> bytes:
    """Tells a wrong key from a damaged file. Of a random 256-bit key it gives nothing away."""
    return hashlib.blake2b(b"mssclient store", key=key, digest_size=16).digest()


def _look(path: Path, key: bytes) -> None:
    """Refuse what we can't open, before any connection that could write."""
    try:
        with path.open("rb") as file:
            header = file.read(24)[_HEADER]
            octets = file.seek(0, os.SEEK_END)
        check = _check_path(path).read_bytes() if _check_path(path).exists() else None
    except OSError as error:
        raise disk_error(error) from error
    if check is not None and check != _check_bytes(key):
        raise wrong_key()
    if header != _HEADER_BYTES or octets < PAGE_OCTETS:
        raise damaged("header")
    log = path.with_name(path.name + "-wal")
    logged = log.exists() and log.stat().st_size > 0
    if octets % PAGE_OCTETS and not logged:
        raise damaged("truncated")
    try:
        connection = open_connection(path, key, immutable=True)
    except apsw.NotADBError as error:
        if check is None:
            raise wrong_key() from error
        if not logged:
            raise damaged("first page") from error
        return  # the right key: a first page torn by a power cut is still whole in the log
    except apsw.Error as error:
        if not logged:
            raise damaged(type(error).__name__) from error
        return  # folding in the log was cut short (full disk, kill): the log has the rest
    try:
        _refuse_newer(connection)
        # `page_count` is what the first page says, not what the file holds
        if not logged and connection.pragma("page_count") * PAGE_OCTETS > octets:
            raise damaged("truncated")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    except apsw.Error as error:
        if not logged:
            raise damaged(type(error).__name__) from error
    finally:
        connection.close()


def _refuse_newer(connection: apsw.Connection) -> None:
    if connection.pragma("user_version") > SCHEMA:
        raise WorldError(
            "store-newer",
            _(
                "Ce profil a été ouvert par une version plus récente du programme\u202f;"
                " il n’a pas été modifié."
            ),
            _("Installez la dernière version de MSS Client."),
        )


def _create(path: Path, key: bytes) -> None:
    """Make the file under another name, complete, then give it its name: a half-made store never is one."""
    new = path.with_name(path.name + ".new")
    if path.with_name(path.name + "-wal").exists():
        raise damaged("log without file")
    try:
        for suffix in ("", "-wal", "-shm", "-journal"):
            new.with_name(new.name + suffix).unlink(missing_ok=True)
        _check_path(path).write_bytes(_check_bytes(key))
        os.close(os.open(new, os.O_CREAT | os.O_WRONLY, 0o600))
        with translated():
            connection = apsw.Connection(str(new))
            try:
                connection.pragma("page_size", PAGE_OCTETS)
                connection.pragma("cipher", CIPHER)
                give_key(connection, key)
                connection.pragma("temp_store", 2)
                connection.pragma("journal_mode", "wal")
                _migrate(connection, 0)
                connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            finally:
                connection.close()
        os.replace(new, path)
    except (OSError, MssError) as error:
        _check_path(path).unlink(missing_ok=True)
        new.unlink(missing_ok=True)
        raise disk_error(error) if isinstance(error, OSError) else error from error


def _bring_up(connection: apsw.Connection) -> None:
    _refuse_newer(connection)
    version = connection.pragma("user_version")
    if version < SCHEMA:
        _migrate(connection, version)
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    connection.pragma("wal_autocheckpoint", 2_000)
    connection.pragma("journal_size_limit", 64 * 1024 * 1024)


def _migrate(connection: apsw.Connection, version: int) -> None:
    """Each script in a transaction of its own, its number in the same."""
    for number in sorted(scripts()):
        if number <= version:
            continue
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.execute(scripts()[number].read_text(encoding="utf-8"))
            connection.pragma("user_version", number)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
