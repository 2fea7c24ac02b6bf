"""``python -m mssclient.engine --profile DIR [--demo]``: the engine as a process. Started by the client."""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path
from typing import NoReturn

from mssclient.engine.logs import catch_everything
from mssclient.engine.service import Engine
from mssclient.engine.start import Started, report
from mssclient.model.errors import MssError
from mssclient.store.profile import Profile

__all__ = ["end", "main"]

_STOP_LIMIT_S = 4.0


def main(arguments: list[str] | None = None) -> int:
    """Runs until the last client is gone. Exit status: 0, or 3 when it could not start."""
    parser = argparse.ArgumentParser(prog="mssclient.engine")
    parser.add_argument("--profile", type=Path, required=True)
    parser.add_argument("--demo", action="store_true")
    parser.add_argument("--demo-small", action="store_true")
    options = parser.parse_args(arguments)
    catch_everything()
    engine = Engine(
        Profile(options.profile, demo=options.demo), demo_small=options.demo_small, ask_windows=True
    )
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda _number, _frame: engine.ask_to_stop())
    try:
        ready = engine.start()
    except MssError as error:
        report(Started(state="failed", problem=error.problem))
        return 3
    report(Started(state="ready" if ready else "taken"))
    _leave_terminal()
    if ready:
        engine.wait()
        watch = threading.Timer(_STOP_LIMIT_S + 0.7, os._exit, (0,))
        watch.daemon = True
        watch.start()  # a disk or a server that hangs: what was committed is safe, the rest is told later
        engine.stop(_STOP_LIMIT_S)
    return 0


def _leave_terminal() -> None:
    """The starter reads one line and goes: nothing may be written to its pipe afterwards."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def end(status: int) -> NoReturn:
    """Threads that hang in a network call do not keep the process alive."""
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    end(main())
