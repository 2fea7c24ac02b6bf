"""The loop of a campaign whose inputs are made from a number."""

import argparse
import random
import sys
import time
from collections.abc import Callable
from typing import TypeVar

__all__ = ["campaign"]

Input = TypeVar("Input")


def campaign(name: str, make: Callable[[int], Input], check: Callable[[Input], None], slowest: float) -> None:
    """``--seconds N [--seed S]``: make and check until the time is up, or five findings are printed.

    A finding is what raises, or takes more than ``slowest`` seconds; its seed gives the same input again.
    """
    parser = argparse.ArgumentParser(prog=name)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=None)
    asked = parser.parse_args()
    first = seed = asked.seed if asked.seed is not None else random.randrange(2**32)
    end = time.monotonic() + asked.seconds
    findings = 0
    while time.monotonic() < end and findings < 5:
        given = make(seed)
        begun = time.process_time()
        try:
            check(given)
            if (taken := time.process_time() - begun) > slowest:
                raise TimeoutError(f"{taken:.1f} s")
        except Exception as error:
            findings += 1
            print(f"seed {seed}: {type(error).__name__}: {error}\n{given!r}")
        seed += 1
    print(f"{name}: {seed - first} inputs, {findings} findings, first seed {first}")
    sys.exit(1 if findings else 0)
