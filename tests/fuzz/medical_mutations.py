"""Bytes bent at random, from good specimens, and the loop of a campaign."""

import argparse
import random
import sys
import time
from collections.abc import Callable, Sequence

__all__ = ["campaign", "mutate"]

_TOKENS = (
    b"****FIN****", b"****LAB****", b"RES|", b"TEX|", b"H|~^\\&|", b"P|", b"OBX|", b"12/03/1961",
    b"\r", b"\n", b"\r\n", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"&eacute;", b"=\r\n", b"=E9", b"> ", b"<",
    b"<!DOCTYPE a [", b"]>", b"&a;", b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"%PDF-", b"$APICRYPT",
    b"Content-Type: ", b"--", b"@", b",", b'"', b"From: ", b"\xc3\xa9", b"\xe2\x80\xae", b"\xe2\x80\x8b",
    b"\x78\x9f\x3e\x22",
)  # fmt: skip


def mutate(data: bytes, dice: random.Random, others: Sequence[bytes]) -> bytes:
    """One to eight bends: bits, cuts, repeats, tokens, pieces of other specimens."""
    out = bytearray(data)
    for _count in range(dice.randint(1, 8)):
        at = dice.randrange(len(out) + 1)
        stop = min(len(out), at + dice.choice((1, 2, 8, 60, 400)))
        kind = dice.randrange(7)
        if kind == 0 and out:
            out[at % len(out)] ^= 1 << dice.randrange(8)
        elif kind == 1:
            del out[at:stop]
        elif kind == 2:
            out[at:at] = out[at:stop] * dice.choice((1, 2, 50))
        elif kind == 3:
            out[at:at] = dice.choice(_TOKENS) * dice.choice((1, 1, 1, 3, 200))
        elif kind == 4:
            other = dice.choice(others)
            start = dice.randrange(len(other) + 1)
            out[at:at] = other[start : start + dice.choice((20, 300, 3000))]
        elif kind == 5:
            out[at:stop] = bytes(dice.randrange(256) for _byte in range(stop - at))
        else:
            del out[at:]
        if len(out) > 400_000:
            del out[200_000:]
    return bytes(out)


def campaign(
    name: str, specimens: Sequence[bytes], check: Callable[[bytes], None], slowest: float = 2.0
) -> None:
    """``--seconds N [--seed S]``: bend and check until the time is up; the input of a failure is printed."""
    parser = argparse.ArgumentParser(prog=name)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=None)
    asked = parser.parse_args()
    seed = asked.seed if asked.seed is not None else random.randrange(2**32)
    print(f"{name}: seed {seed}, {len(specimens)} specimens")
    sys.exit(run(specimens, check, asked.seconds, seed, slowest))


def run(
    specimens: Sequence[bytes],
    check: Callable[[bytes], None],
    seconds: float,
    seed: int,
    slowest: float = 2.0,
) -> int:
    """The exit code: 0 when nothing raised and nothing took longer than ``slowest`` seconds."""
    dice = random.Random(seed)
    end = time.monotonic() + seconds
    count, worst = 0, 0.0
    while time.monotonic() < end:
        data = mutate(dice.choice(specimens), dice, specimens)
        started = time.process_time()
        try:
            check(data)
        except Exception:
            print(f"seed {seed}, input {count}:\n{data!r}")
            raise
        taken = time.process_time() - started
        count, worst = count + 1, max(worst, taken)
        if taken > slowest:
            print(f"seed {seed}, input {count} took {taken:.1f} s:\n{data[:5000]!r}")
            return 1
    print(f"{count} inputs, slowest {worst * 1000:.0f} ms")
    return 0
