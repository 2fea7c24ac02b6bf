"""What one of our helping processes may use, on systems that have such limits."""

import contextlib
import sys

__all__ = ["confine"]


def confine(memory_octets: int) -> None:
    """Bound the address space of this process; it writes no file and leaves no core dump, which would
    hold health data. Nothing on Windows."""
    if sys.platform == "win32":
        return
    import resource

    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (memory_octets, memory_octets))
