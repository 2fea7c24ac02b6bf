"""Random damage to a card's directory: ``python -m tests.fuzz.card_directory --seconds 60``.

A finding is printed with its seed and the files in hexadecimal; exit code 1.
"""

import argparse
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.access.card.damage import FILES, damage, examine

SLOW_SECONDS = 1.0


def run(seconds: float, seed: int) -> int:
    """Examine damaged directories until the time is over; the number of findings."""
    end = time.monotonic() + seconds
    rounds = findings = 0
    while time.monotonic() < end and findings < 5:
        files = damage(FILES, random.Random(seed + rounds))
        begun = time.process_time()
        try:
            examine(files)
            if time.process_time() - begun > SLOW_SECONDS:
                raise TimeoutError(f"{time.process_time() - begun:.1f} s")
        except Exception as error:
            findings += 1
            print(f"seed {seed + rounds}: {type(error).__name__}: {error}")
            print({name: data.hex() for name, data in files.items()})
        rounds += 1
    print(f"{rounds} directories, {findings} findings, first seed {seed}")
    return findings


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=30)
    options.add_argument("--seed", type=int, default=int(time.time()))
    chosen = options.parse_args()
    return 1 if run(chosen.seconds, chosen.seed) else 0


if __name__ == "__main__":
    sys.exit(main())
