"""How long to wait before trying again."""

import random

__all__ = ["Backoff", "retry_after_s"]


def retry_after_s(attempts: int, *, first_s: float = 2.0, longest_s: float = 600.0) -> float:
    """Seconds before attempt ``attempts`` + 1: doubling, bounded, ±25 % (desks must not march in step)."""
    base = min(longest_s, first_s * 2.0 ** min(attempts, 20))
    return base * random.uniform(0.75, 1.25)


class Backoff:
    """The pauses of one connection. One thread."""

    def __init__(self, first_s: float = 2.0, longest_s: float = 300.0) -> None:
        self._first_s, self._longest_s = first_s, longest_s
        self.failures = 0

    def next_s(self) -> float:
        """After another failure."""
        self.failures += 1
        return retry_after_s(self.failures - 1, first_s=self._first_s, longest_s=self._longest_s)

    def succeeded(self) -> None:
        self.failures = 0
