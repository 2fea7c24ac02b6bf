"""Connections to the encrypted file: cipher, pragmas, and the errors of apsw said in our words.

Cipher: SQLite3 Multiple Ciphers' chacha20 (ChaCha20-Poly1305 on every page, so a changed page is
noticed), the library's default, as quick without AES instructions as with them. The key is given raw:
no derivation is run and an opening costs 0.2 ms instead of 100.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import apsw

from mssclient.model.errors import MssError, Refused, WorldError
from mssclient.model.language import _

__all__ = [
    "KEY_OCTETS",
    "Reading",
    "all_rows",
    "damaged",
    "one_row",
    "open_connection",
    "translated",
    "wrong_key",
]

KEY_OCTETS = 32
CIPHER = "chacha20"
PAGE_OCTETS = 4096


class Reading(Protocol):
    """What read functions need: a View or a Transaction."""

    @property
    def connection(self) -> apsw.Connection: ...


def all_rows(source: Reading, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> list[tuple[Any, ...]]:
    return source.connection.execute(sql, values).fetchall()


def one_row(source: Reading, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> tuple[Any, ...] | None:
    return source.connection.execute(sql, values).fetchone()


def wrong_key() -> MssError:
    return Refused(
        "store-wrong-key",
        _("La clé ne correspond pas à la base de messages de ce profil\u202f; la base n’a pas été modifiée."),
        _("Vérifiez que le profil et son trousseau viennent du même poste, ou restaurez le fichier de clé."),
    )


def damaged(detail: str = "") -> MssError:
    return WorldError(
        "store-damaged",
        _("La base de messages de ce profil est abîmée\u202f; elle n’a pas été modifiée."),
        _(
            "Restaurez une sauvegarde du profil, ou créez un nouveau profil\u00a0:"
            " les messages de l’opérateur y reviendront."
        ),
        detail,
    )


_WRITE_FAILED = frozenset((apsw.SQLITE_IOERR_WRITE, apsw.SQLITE_IOERR_FSYNC, apsw.SQLITE_IOERR_TRUNCATE))
"""Among others EDQUOT and EFBIG: SQLite calls a disk full for ENOSPC alone."""


def _translate(error: apsw.Error) -> MssError | None:
    # The index of the log has no error of its own for a full disk.
    shm_full = getattr(error, "extendedresult", 0) == apsw.SQLITE_IOERR_SHMSIZE
    if isinstance(error, apsw.FullError) or shm_full:
        return WorldError(
            "disk-full",
            _("Le disque est plein\u00a0: rien n’a été perdu, mais plus rien ne peut être enregistré."),
            _("Libérez de la place sur le disque, puis recommencez."),
        )
    if isinstance(error, (apsw.ReadOnlyError, apsw.CantOpenError, apsw.PermissionsError)):
        return WorldError(
            "profile-read-only",
            _("Le dossier du profil ne peut pas être écrit."),
            _("Vérifiez les droits du dossier, ou choisissez un autre profil."),
            type(error).__name__,
        )
    if isinstance(error, apsw.NotADBError):
        return wrong_key()
    if isinstance(error, apsw.CorruptError):
        return damaged("corrupt")
    if isinstance(error, (apsw.BusyError, apsw.LockedError)):
        return WorldError(
            "store-busy",
            _("Un autre programme utilise la base de messages de ce profil."),
            _("Fermez l’autre fenêtre, ou attendez un instant."),
        )
    if getattr(error, "extendedresult", 0) in _WRITE_FAILED:
        return WorldError(
            "disk-write-failed",
            _(
                "Le disque a refusé l’écriture\u00a0:"
                " rien n’a été perdu, mais plus rien ne peut être enregistré."
            ),
            _("Vérifiez la place libre, votre quota et l’état du disque, puis recommencez."),
            str(getattr(error, "extendedresult", "")),
        )
    if isinstance(error, apsw.IOError):
        return WorldError(
            "store-unreadable",
            _("Le disque ne répond pas comme il faut."),
            _("Vérifiez le disque ou le réseau sur lequel se trouve le profil, puis recommencez."),
            str(getattr(error, "extendedresult", "")),
        )
    return None


@contextmanager
def translated() -> Generator[None]:
    """Errors of the file and the disk as MssError; our own mistakes in SQL stay what they are."""
    try:
        yield
    except apsw.Error as error:
        known = _translate(error)
        if known is None:
            raise
        raise known from error


def open_connection(
    path: Path, key: bytes, *, write: bool = False, immutable: bool = False
) -> apsw.Connection:
    """A connection with its key and pragmas; nothing is read yet but the first page.

    ``immutable`` reads the main file alone and creates or changes nothing. Raises apsw errors: call it
    inside :func:`translated`.
    """
    flags = apsw.SQLITE_OPEN_READWRITE if write else apsw.SQLITE_OPEN_READONLY
    name = path.absolute().as_uri() + ("?immutable=1" if immutable else "")
    connection = apsw.Connection(name, flags=flags | apsw.SQLITE_OPEN_URI)
    try:
        connection.set_busy_timeout(10_000 if write else 3_000)
        connection.pragma("cipher", CIPHER)
        give_key(connection, key)
        connection.pragma("temp_store", 2)  # memory: no plain text in temporary files
        # What is deleted is overwritten, for whoever has the key later. The default of our SQLite, said
        # because it is relied on; it costs half of the time of removing 20 000 messages.
        connection.pragma("secure_delete", 1)
        connection.pragma("cache_size", -16_384 if write else -2_048)
        connection.pragma("trusted_schema", 0)
        connection.pragma("foreign_keys", 1)
        # Closing must never write: a file that turns out to be newer or damaged stays as it is.
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        connection.pragma("user_version")
        if not write:
            connection.pragma("query_only", 1)
    except BaseException:
        connection.close()
        raise
    return connection


def give_key(connection: apsw.Connection, key: bytes) -> None:
    """Raw, so that no derivation runs: the text ``raw:`` and 64 hexadecimal digits, itself in hexadecimal."""
    if len(key) != KEY_OCTETS:
        raise wrong_key()
    connection.pragma("hexkey", (b"raw:" + key.hex().encode()).hex())
