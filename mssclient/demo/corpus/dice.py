"""Choices that look random and are the same at each start, on each Python and each system."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

__all__ = ["Dice"]

T = TypeVar("T")


class Dice:
    """A stream of choices that depends on a name only, not on what was drawn elsewhere."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._drawn = 0

    def number(self) -> float:
        """In [0, 1)."""
        self._drawn += 1
        digest = hashlib.blake2b(f"{self._name}/{self._drawn}".encode(), digest_size=6).digest()
        return int.from_bytes(digest, "big") / (1 << 48)

    def between(self, low: int, high: int) -> int:
        """An integer, both ends included."""
        return low + int(self.number() * (high - low + 1))

    def pick(self, choices: Sequence[T]) -> T:
        return choices[int(self.number() * len(choices))]

    def token(self, octets: int = 6) -> str:
        """Hexadecimal letters, for identifiers."""
        self._drawn += 1
        return hashlib.blake2b(f"{self._name}/{self._drawn}".encode(), digest_size=octets).hexdigest()
