"""Waiting for the end of a process that a test did not start itself."""

import os
import time

__all__ = ["wait_gone"]


def wait_gone(pid: int, limit_s: float = 10.0) -> float:
    """Seconds until the process is gone; fails when it stays."""
    began = time.monotonic()
    while time.monotonic() - began < limit_s:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return time.monotonic() - began
        time.sleep(0.02)
    raise AssertionError(f"process {pid} is still there")
