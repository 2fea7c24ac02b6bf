"""The only warnings that tests may hear without failing. Each entry: where it comes from, a pattern, why.

Sources: ``log`` (a record of level WARNING or above, written "logger: text"), ``qt`` (a Qt message) and
``program`` (a line written by a program on a desk).
Python's own warnings are errors by ``filterwarnings`` in pyproject.toml; exceptions stand there too.
"""

from typing import NamedTuple

__all__ = ["ALLOWED", "Allowed"]


class Allowed(NamedTuple):
    source: str
    pattern: str
    """A regular expression, searched for in the text."""
    reason: str


ALLOWED: tuple[Allowed, ...] = (
    Allowed(
        "qt",
        r"This plugin does not support (propagateSizeHints|raise|grabbing the keyboard)",
        "the offscreen platform says so for every window; no other platform does",
    ),
    Allowed(
        "program",
        r"^qt\.accessibility\.atspi: Could not find accessible on path",
        "our own question came after the control was gone; a screen reader's would too",
    ),
)
