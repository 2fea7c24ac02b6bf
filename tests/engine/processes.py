"""The end of processes that a test did not start itself, and what they hold open."""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

from mssclient.engine.client import Client

__all__ = ["end_engine", "leave", "mapped_files", "open_files", "wait_gone"]


def wait_gone(pid: int, limit_s: float = 20.0) -> float:
    """Seconds until the process is gone; fails when it stays."""
    began = time.monotonic()
    while time.monotonic() - began < limit_s:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return time.monotonic() - began
        time.sleep(0.01)
    raise AssertionError(f"process {pid} is still there")


def end_engine(pid: int | None) -> None:
    """End an engine in good order, now: left alone it waits a second for another window."""
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        wait_gone(pid)


def leave(client: Client) -> None:
    """Close a client that is the last one, and end its engine."""
    pid = client.engine_pid
    client.close()
    end_engine(pid)


def mapped_files(pid: int) -> set[Path]:
    """Regular files that a process has in its memory, programs and libraries apart."""
    found: set[Path] = set()
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        parts = line.split(maxsplit=5)
        if len(parts) == 6 and parts[5].startswith("/") and "x" not in parts[1]:
            found.add(Path(parts[5].removesuffix(" (deleted)")))
    return {path for path in found if path.is_file() and not path.is_relative_to(sys.base_prefix)}


def open_files(pid: int) -> set[Path]:
    found: set[Path] = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            found.add(Path(os.readlink(entry)))
    return found
