"""HPRIM among ten thousand messages: recognised and delivered, beside the bare reading of them."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from mssclient.medical.delivery import Deliverable, plan_delivery
from mssclient.medical.depot import Depot
from mssclient.medical.formats import recognise
from mssclient.mime.reading import read
from mssclient.model.documents import DocumentMatch
from mssclient.store.placements import add_incoming
from mssclient.store.store import Priority, Store
from tests.bench.mixed import mixed_messages
from tests.medical.specimens import attachment, body, medecin, message
from tests.store.made import KEY, furnish, incoming

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1200)]

T = TypeVar("T")
LETTERS = 7_000
DOCUMENTS = 3_000
SLICE = 50
_DELIVERED = ("hprim-medecin", "hprim-sante")


def _documents() -> list[bytes]:
    """Each of another number: a result that came before would not be another file."""
    raws: list[bytes] = []
    for k in range(DOCUMENTS):
        content = medecin().replace("D240117-31", f"D240117-{k}").encode("cp1252")
        raws.append(message(body("Bonjour, voici un bilan."), attachment(content, f"bilan{k}.hpr")))
    return raws


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    start = time.perf_counter()
    made = work()
    return time.perf_counter() - start, made


def _read_from_store(path: Path, raws: list[bytes]) -> float:
    """Seconds to read all of them as bytes from an encrypted store."""
    store = Store.open(path, KEY)
    try:
        folder = furnish(store)[1]["INBOX"]
        items = [incoming(uid, raw=raw, octets=len(raw)) for uid, raw in enumerate(raws, 1)]
        for at in range(0, len(items), SLICE):
            part = items[at : at + SLICE]
            store.write(Priority.NEWS, lambda tx, part=part: add_incoming(tx, folder, part))
        view = store.view()
        try:
            ids = [row.message for at in range(0, len(raws), 1000) for row in view.rows(folder, at, 1000)]
            seconds, found = _timed(lambda: sum(len(view.raw(one) or b"") for one in ids))
        finally:
            view.close()
        assert found == sum(map(len, raws))
        return seconds
    finally:
        store.close()


def _recognise(raws: list[bytes]) -> list[tuple[bytes, tuple[DocumentMatch, ...]]]:
    found: list[tuple[bytes, tuple[DocumentMatch, ...]]] = []
    for raw in raws:
        matches = recognise(read(raw))
        if any(match.kind in _DELIVERED for match in matches):
            found.append((raw, matches))
    return found


def _write(directory: Path, pieces: list[Deliverable]) -> None:
    with Depot(directory) as depot:
        for count, piece in enumerate(pieces, 1):
            depot.write(piece.name, piece.content)
            if count % SLICE == 0:
                depot.sync()


def test_ten_thousand_messages_three_thousand_documents(tmp_path: Path) -> None:
    raws = [*mixed_messages(LETTERS), *_documents()]
    watched = tmp_path / "hprim"
    watched.mkdir()
    stored = _read_from_store(tmp_path / "store.db", raws)
    bare, _ = _timed(lambda: [read(raw) for raw in raws])
    recognised, found = _timed(lambda: _recognise(raws))
    planned, plans = _timed(lambda: [plan_delivery(read(raw), matches) for raw, matches in found])
    pieces = [piece for plan in plans for piece in plan if not piece.code]
    written, _ = _timed(lambda: _write(watched, pieces))
    whole = recognised + planned
    print(
        f"\nP11 raw from the store {stored:.2f} s, bare reading {bare:.2f} s; read and recognised "
        f"{recognised:.2f} s; planned {planned:.2f} s; written, synced {written:.2f} s; without writing "
        f"{whole / bare:.1f} x the bare reading, {whole / (stored + bare):.1f} x store and bare reading; "
        f"with it {(whole + written) / bare:.1f} x, {(whole + written) / (stored + bare):.1f} x"
    )
    assert len(found) == DOCUMENTS
    assert len(list(watched.glob("*.hpr"))) == DOCUMENTS
