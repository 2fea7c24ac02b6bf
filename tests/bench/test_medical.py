"""HPRIM among ten thousand messages: recognised and delivered, beside the bare reading of them."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mssclient.medical.delivery import plan_delivery
from mssclient.medical.depot import write_file
from mssclient.medical.formats import recognise
from mssclient.mime.reading import read
from tests.bench.mixed import mixed_messages
from tests.medical.specimens import attachment, body, medecin, message

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1200)]

LETTERS = 7_000
DOCUMENTS = 3_000
_DELIVERED = ("hprim-medecin", "hprim-sante")


def _documents() -> list[bytes]:
    """Each of another number: a result that came before would not be another file."""
    raws: list[bytes] = []
    for k in range(DOCUMENTS):
        content = medecin().replace("D240117-31", f"D240117-{k}").encode("cp1252")
        raws.append(message(body("Bonjour, voici un bilan."), attachment(content, f"bilan{k}.hpr")))
    return raws


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def test_ten_thousand_messages_three_thousand_documents(tmp_path: Path) -> None:
    raws = [*mixed_messages(LETTERS), *_documents()]
    found: list[bytes] = []

    def look() -> None:
        for raw in raws:
            if any(match.kind in _DELIVERED for match in recognise(read(raw))):
                found.append(raw)

    def deliver(write: bool) -> int:
        count = 0
        for raw in found:
            for piece in plan_delivery(read(raw)):
                if not piece.code:
                    count += 1
                    if write:
                        write_file(tmp_path, piece.name, piece.content)
        return count

    bare = _timed(lambda: [read(raw) for raw in raws])
    recognised = _timed(look)
    planned = _timed(lambda: deliver(write=False))
    written = _timed(lambda: deliver(write=True))
    print(
        f"\nP11 bare reading {bare:.2f} s; read and recognised {recognised:.2f} s; planned {planned:.2f} s; "
        f"planned and written, synced {written:.2f} s; "
        f"without writing {(recognised + planned) / bare:.1f} x, with {(recognised + written) / bare:.1f} x"
    )
    assert len(found) == DOCUMENTS
    assert len(list(tmp_path.glob("*.hpr"))) == DOCUMENTS
