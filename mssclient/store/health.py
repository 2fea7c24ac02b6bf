"""Whether the file of the store is sound, looked at for a bounded time."""

import time

import apsw

from mssclient.store.connection import Reading

__all__ = ["quick_check"]

_STEPS = 20_000


def quick_check(source: Reading, limit_s: float) -> bool | None:
    """True when sound, False when damaged, None when ``limit_s`` was too short and nothing was found by then.

    SQLite's quick_check: every page is read and, here, authenticated by the cipher; indexes are not compared.
    Blocks the connection of ``source`` only.
    """
    end = time.monotonic() + limit_s
    connection = source.connection
    connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
    try:
        found = connection.execute("PRAGMA quick_check(1)").fetchall()
    except apsw.InterruptError:
        return None
    except (apsw.CorruptError, apsw.NotADBError, apsw.IOError):
        return False
    finally:
        connection.set_progress_handler(None)
    return found == [("ok",)]
