"""Pictures and other finished files of the corpus, shipped in ``resources/demo``."""

from functools import cache

from mssclient.resources import path

__all__ = ["shipped"]


@cache
def shipped(name: str) -> bytes:
    """The bytes of ``resources/demo/<name>``. Raises FileNotFoundError."""
    return path("demo", name).read_bytes()
