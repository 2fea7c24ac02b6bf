"""Random damage to messages, for as long as one likes: ``python tests/fuzz/mime_reading.py --seconds 60``.

With atheris installed and ``--atheris`` its coverage guides the damage. A finding is written, as a
reproducible seed and the bytes in hexadecimal, to standard output; exit code 1.
"""

import argparse
import random
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from mssclient.mime.defects import known_defects  # noqa: E402
from mssclient.mime.envelope import summarise_headers  # noqa: E402
from mssclient.mime.html import compiling  # noqa: E402
from mssclient.mime.html.guards import TooMuch  # noqa: E402
from mssclient.mime.posting import envelope, remove_bcc  # noqa: E402
from mssclient.mime.reading import read  # noqa: E402
from mssclient.mime.summary import body_text, html_source, summarise  # noqa: E402
from mssclient.model.records import to_wire  # noqa: E402
from tests.mime.bodies import ORDINARY  # noqa: E402
from tests.mime.messages import MIXED  # noqa: E402

SLOW_SECONDS = 3.0
_WORDS = (
    b"--abc",
    b"--abc--",
    b"\r\n\r\n",
    b"\n",
    b"\r",
    b"\x00",
    b"=?utf-8?q?=C3=A9?=",
    b"=?utf-8?b?w6k=?=",
    b"?=",
    b'"',
    b"\\",
    b"Content-Type: multipart/mixed; boundary=",
    b"Content-Type: message/rfc822\r\n",
    b"charset=utf-7",
    b"charset=utf-16",
    b"Content-Transfer-Encoding: base64\r\n",
    b"filename*0*=utf-8''%",
    b"From: ",
    b"Bcc: ",
    b" ",
    b"\t",
    b";",
    b"<",
    b">",
    b"(",
    b"format=flowed; delsp=yes",
    b"<table>",
    b"<style>",
    b"style='",
    b"&#x",
    b"\xff",
    b"\xe2\x80\xae",
    b"+2AA-",
    b"=\r\n",
)


def seeds() -> list[bytes]:
    """A few whole messages to start from."""
    found = [MIXED, MIXED.replace(b"\r\n", b"\n"), b"", b"\r\n"]
    for body in ORDINARY.values():
        found.append(b"Subject: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + body.encode())
    return found


def damage(raw: bytes, chance: random.Random) -> bytes:
    """Some bytes changed, removed, doubled, moved, or replaced with telling words."""
    data = bytearray(raw)
    for _ in range(chance.randint(1, 12)):
        at = chance.randint(0, len(data))
        span = chance.choice((1, 2, 8, 40, 200))
        match chance.randrange(6):
            case 0:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del data[at : at + span]
            case 2:
                data[at:at] = data[at : at + span] * chance.choice((1, 2, 30))
            case 3:
                data[at:at] = chance.choice(_WORDS) * chance.choice((1, 1, 1, 3, 50))
            case 4:
                data[at : at + span] = chance.choice(_WORDS)
            case _:
                other = chance.randint(0, len(data))
                data[at:at] = data[other : other + span]
    return bytes(data[:200_000])


def examine(raw: bytes, with_html: bool = True) -> None:
    """Raise when a reading breaks a promise."""
    reading = read(raw)
    for part in reading.walk():
        assert 0 <= part.head <= part.start <= part.end <= len(raw)
        reading.content(part)
        reading.text(part).encode()
        for header in part.headers:
            header.value.encode()
    to_wire(summarise(reading))
    to_wire(summarise_headers(raw, len(raw), None))
    body_text(reading)
    envelope(raw)
    remove_bcc(raw)
    assert {defect.code for defect in reading.defects} <= known_defects()
    source = html_source(reading)
    if source is not None and with_html:
        try:  # the inner function: the outer one gives plain words for whatever goes wrong
            to_wire(compiling._compile(source, 600, dark=False, sizes=None))
        except TooMuch:
            compiling.compile_body(source, width=600, dark=True, sizes=None)


def run(seconds: float, seed: int) -> int:
    """Examine damaged messages until the time is over; the number of findings."""
    corpus = seeds()
    end = time.monotonic() + seconds
    rounds = findings = 0
    while time.monotonic() < end and findings < 5:
        chance = random.Random(seed + rounds)
        raw = damage(chance.choice(corpus), chance)
        rounds += 1
        begun = time.process_time()
        try:
            examine(raw, with_html=rounds % 4 == 0)
        except Exception as error:
            findings += 1
            print(f"seed {seed + rounds - 1}: {type(error).__name__}: {error}\n{raw.hex()}\n")
            continue
        if time.process_time() - begun > SLOW_SECONDS:
            findings += 1
            print(f"seed {seed + rounds - 1}: {time.process_time() - begun:.1f} s\n{raw.hex()}\n")
    print(f"{rounds} messages, {findings} findings, first seed {seed}")
    return findings


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=30)
    options.add_argument("--seed", type=int, default=int(time.time()))
    options.add_argument("--atheris", action="store_true")
    chosen, rest = options.parse_known_args()
    if not chosen.atheris:
        return 1 if run(chosen.seconds, chosen.seed) else 0
    import atheris  # pyright: ignore[reportMissingImports]

    atheris.instrument_all()
    atheris.Setup([sys.argv[0], f"-max_total_time={int(chosen.seconds)}", *rest], examine)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
