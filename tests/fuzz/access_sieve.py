"""Damaged replies of a ManageSieve server: ``python -m tests.fuzz.access_sieve --seconds 60``.

A finding is printed with its seed and its octets in hexadecimal; exit code 1.
"""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.access.sieve_replies import damaged, examine

SLOW_SECONDS = 0.5


def run(seconds: float, seed: int) -> int:
    """Examine damaged replies until the time is over; the number of findings."""
    end = time.monotonic() + seconds
    rounds = findings = 0
    while time.monotonic() < end and findings < 5:
        data = damaged(seed + rounds)
        begun = time.process_time()
        try:
            examine(data)
            if time.process_time() - begun > SLOW_SECONDS:
                raise TimeoutError(f"{time.process_time() - begun:.1f} s")
        except Exception as error:
            findings += 1
            print(f"seed {seed + rounds}: {type(error).__name__}: {error}\n{data.hex()}")
        rounds += 1
    print(f"{rounds} replies, {findings} findings, first seed {seed}")
    return findings


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=30)
    options.add_argument("--seed", type=int, default=int(time.time()))
    chosen = options.parse_args()
    return 1 if run(chosen.seconds, chosen.seed) else 0


if __name__ == "__main__":
    sys.exit(main())
