"""Several questions side by side, with one end in time for all of them."""

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import TypeVar

from mssclient.model.errors import WorldError
from mssclient.model.language import _

__all__ = ["ask_all"]

A = TypeVar("A")
B = TypeVar("B")
_TICK_S = 0.1


def ask_all(
    first: Mapping[str, Callable[[], A]],
    second: Mapping[str, Callable[[], B]],
    limit_s: float,
    asked: Callable[[int, int], None],
) -> tuple[dict[str, Future[A]], dict[str, Future[B]]]:
    """Run all jobs at once, each in a thread; the futures are done, with WorldError("timeout") for the late.

    ``asked(done, total)`` is called ten times a second; when it raises, this ends at once. Late threads are
    left behind: daemons, which hold up neither the answer nor the end of the program.
    """
    arrived: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
    one = {key: _start(job, arrived) for key, job in first.items()}
    two = {key: _start(job, arrived) for key, job in second.items()}
    total = len(one) + len(two)
    done, deadline = 0, time.monotonic() + limit_s
    asked(done, total)
    while done < total and (left := deadline - time.monotonic()) > 0:
        with contextlib.suppress(queue.Empty):
            arrived.get(timeout=min(left, _TICK_S))()
            done += 1
        asked(done, total)
    for future in (*one.values(), *two.values()):
        if not future.done():
            future.set_exception(
                WorldError("timeout", _("Pas de réponse à temps."), _("Réessayez dans quelques minutes."))
            )
    return one, two


def _start(job: Callable[[], A], arrived: "queue.SimpleQueue[Callable[[], None]]") -> Future[A]:
    """The future is filled by whoever takes its filling from ``arrived``: a late answer changes nothing."""
    future: Future[A] = Future()

    def run() -> None:
        try:
            result = job()
        except BaseException as error:  # noqa: BLE001 - it is raised again where the future is read
            failure = error
            arrived.put(lambda: future.set_exception(failure))
        else:
            arrived.put(lambda: future.set_result(result))

    threading.Thread(target=run, name="discovery", daemon=True).start()
    return future
