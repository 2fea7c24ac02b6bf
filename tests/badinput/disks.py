"""A small file system of a test's own, to fill and to freeze. Root's alone."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

__all__ = ["Disk", "small_disk"]


class Disk:
    """A small file system of its own."""

    def __init__(self, place: Path, octets: int) -> None:
        self.place = place
        self._mount("-t", "tmpfs", "-o", f"size={octets},mode=0700", "tmpfs")

    def _mount(self, *options: str) -> None:
        subprocess.run(["mount", *options, self.place], check=True, capture_output=True)

    def resize(self, octets: int) -> None:
        self._mount("-o", f"remount,rw,size={octets}")

    def freeze(self) -> None:
        """Read-only from now on, for root as well."""
        self._mount("-o", "remount,ro")

    def fill(self, leave_octets: int = 0) -> None:
        """Somebody else's file takes the room."""
        free = os.statvfs(self.place).f_bavail * os.statvfs(self.place).f_frsize
        with (self.place / "films").open("wb", buffering=0) as file, contextlib.suppress(OSError):
            left = free - leave_octets
            while left > 0:
                left -= file.write(b"x" * min(left, 65536))

    def clear(self) -> None:
        (self.place / "films").unlink()

    def end(self) -> None:
        subprocess.run(["umount", "--lazy", self.place], check=False, capture_output=True)


@contextlib.contextmanager
def small_disk(folder: Path, octets: int) -> Iterator[Disk]:
    """A file system of that size in ``folder``, ended after the block; skips where none can be mounted."""
    place = folder / "disque"
    place.mkdir()
    try:
        disk = Disk(place, octets)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no file system of one's own can be mounted here ({type(error).__name__})")
    try:
        yield disk
    finally:
        disk.end()
