"""After a lock: what was read is not only dropped, its memory goes back to the system as far as can be.

Python cannot overwrite its own strings. What is free can be given back page by page: such pages come back
empty. A page that still holds something living keeps its neighbours.
"""

import ctypes
import gc
import sys

__all__ = ["give_back"]


def give_back() -> None:
    """Some milliseconds; any thread. Does nothing more than collect where the C library is not glibc."""
    gc.collect()
    if sys.platform == "linux":
        try:
            trim = ctypes.CDLL(None).malloc_trim
        except (OSError, AttributeError):  # musl
            return
        trim(0)
