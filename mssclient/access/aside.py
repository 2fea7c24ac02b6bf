"""Work that may block beyond our reach (name resolution, a proxy): done aside, and left when nobody waits.

Nothing in Python can end a name resolution or a connection attempt that is under way; the one who waits
for it can go.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

from mssclient.access.failures import connection_lost, translated
from mssclient.model.errors import MssError

__all__ = ["begun", "given_up_by_us", "unless_given_up", "waited_for"]

T = TypeVar("T")

_LOOK_S = 0.1
_LIMIT_S = 120.0


def given_up_by_us() -> MssError:
    return connection_lost("closed by us")


def begun(work: Callable[[], T]) -> "Future[T]":
    """``work`` on a thread of its own, which ends with the program at the latest."""
    future: Future[T] = Future()
    future.set_running_or_notify_cancel()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits
            future.set_exception(error)
        else:
            future.set_result(result)

    threading.Thread(target=run, name="aside", daemon=True).start()
    return future


def waited_for(
    future: "Future[T]",
    given_up: Callable[[], bool],
    *,
    refusal: Callable[[], MssError] = given_up_by_us,
    limit_s: float = _LIMIT_S,
) -> T:
    """What ``future`` holds, as soon as it does.

    Raises ``refusal()`` within a tenth of a second once ``given_up()``, WorldError timeout after
    ``limit_s``; the work then goes on alone.
    """
    end = time.monotonic() + limit_s
    while not wait((future,), _LOOK_S).done:
        if given_up():
            raise refusal()
        if time.monotonic() > end:
            raise translated(TimeoutError(), "")
    return future.result()


def unless_given_up(
    work: Callable[[], T], given_up: Callable[[], bool], refusal: Callable[[], MssError] = given_up_by_us
) -> T:
    """What ``work`` returns or raises, see :func:`waited_for`."""
    if given_up():
        raise refusal()
    return waited_for(begun(work), given_up, refusal=refusal)
