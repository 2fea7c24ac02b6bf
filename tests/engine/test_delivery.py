"""A run of HPRIM delivery over a real store: files before the ledger, a slice of them at a time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from mssclient.engine import delivery
from mssclient.engine.delivery import deliver
from mssclient.engine.tickets import Ticket
from mssclient.medical import depot
from mssclient.medical.delivery import Deliverable, DeliveryOptions, plan_delivery
from mssclient.mime.reading import read
from mssclient.model.questions import DeliveryReport
from mssclient.model.wants import DeliverHprim
from mssclient.store import ledger
from mssclient.store.placements import add_incoming
from mssclient.store.store import Priority, Store
from tests.engine.store_desk import StoreDesk
from tests.medical.specimens import GREETING, RESULTS, attachment, medecin, message
from tests.store.made import KEY, furnish, incoming, lab

OTHER = tuple(line.replace("6,9|", "4,1|") for line in RESULTS)


class DeliveryDesk(StoreDesk):
    """The plan is made here, not in a child."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.child = self

    def plan_delivery(self, raw: bytes, options: DeliveryOptions) -> tuple[Deliverable, ...]:
        return tuple(plan_delivery(read(raw), (), options))


def document(number: str, results: tuple[str, ...] = RESULTS) -> bytes:
    content = medecin(results=results).replace("D240117-31", number).encode("cp1252")
    return message(GREETING, attachment(content, "R1.hpr"))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeliveryDesk]:
    store = Store.open(tmp_path / "store.db", KEY)
    yield DeliveryDesk(store)
    store.close()


@pytest.fixture
def watched(tmp_path: Path) -> Path:
    folder = tmp_path / "cabinet" / "hprim"
    folder.mkdir(parents=True)
    return folder


def arrive(desk: DeliveryDesk, *raws: bytes) -> None:
    """In this order, oldest first."""
    _account, folders = furnish(desk.store)
    items = [incoming(uid, raw=raw, octets=len(raw), annotation=lab(uid)) for uid, raw in enumerate(raws, 1)]
    for at in range(0, len(items), 50):
        desk.store.write(
            Priority.NEWS, lambda tx, at=at: add_incoming(tx, folders["INBOX"], items[at : at + 50])
        )


def run(desk: DeliveryDesk, watched: Path, **how: Any) -> DeliveryReport:
    want = DeliverHprim(directory=str(watched), **how)
    return deliver(cast("Any", desk), want, Ticket("1", lambda _progress: None))


def ledger_of(desk: DeliveryDesk) -> list[ledger.Delivery]:
    with desk.reading() as view:
        return ledger.history(view)


def test_a_correction_in_the_same_run_is_told(desk: DeliveryDesk, watched: Path) -> None:
    arrive(desk, document("A1"), document("B1"), document("A1", OTHER))
    report = run(desk, watched)
    assert [one.correction for one in report.delivered] == [False, False, True]
    assert sorted(one.file for one in ledger_of(desk)) == sorted(path.name for path in watched.iterdir())
    assert [one.code for one in run(desk, watched).skipped] == ["already-delivered"] * 3


def test_the_ledger_never_knows_more_than_the_disk(
    desk: DeliveryDesk, watched: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The directory is synced before each slice is written down, and slices are few."""
    order: list[str] = []
    monkeypatch.setattr(depot, "_sync_folder", lambda _folder: order.append("sync"))
    monkeypatch.setattr(delivery, "_record", lambda _tx, written: order.append(f"ledger {len(written)}"))
    monkeypatch.setattr(delivery, "_SLICE_S", 1000.0)
    arrive(desk, *(document(f"N{number}") for number in range(120)))
    assert len(run(desk, watched).delivered) == 120
    assert order == ["sync", "ledger 50", "sync", "ledger 50", "sync", "ledger 20"]


def test_what_was_written_before_an_error_is_in_the_ledger(
    desk: DeliveryDesk, watched: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrive(desk, *(document(f"N{number}") for number in range(5)))
    whole = desk.plan_delivery

    def third_is_a_bug(raw: bytes, options: DeliveryOptions) -> tuple[Deliverable, ...]:
        if b"N" in raw and len(list(watched.iterdir())) == 3:
            raise ZeroDivisionError
        return whole(raw, options)

    monkeypatch.setattr(desk, "plan_delivery", third_is_a_bug)
    with pytest.raises(ZeroDivisionError):
        run(desk, watched)
    assert len(ledger_of(desk)) == len(list(watched.iterdir())) == 3
    assert [path.name for path in watched.parent.iterdir()] == ["hprim"], "no hidden folder stays"
    monkeypatch.undo()
    assert len(run(desk, watched).delivered) == 2


def test_a_run_killed_before_its_ledger_knows_its_files_again(desk: DeliveryDesk, watched: Path) -> None:
    arrive(desk, *(document(f"N{number}") for number in range(5)))
    with depot.Depot(watched) as opened:
        for number in range(3):
            (piece,) = desk.plan_delivery(document(f"N{number}"), DeliveryOptions())
            opened.write(piece.name, piece.content)
    report = run(desk, watched)
    assert len(report.delivered) == len(ledger_of(desk)) == len(list(watched.iterdir())) == 5


def test_only_told(desk: DeliveryDesk, watched: Path) -> None:
    arrive(desk, document("A1"))
    report = run(desk, watched, dry_run=True)
    assert len(report.delivered) == 1
    assert not list(watched.iterdir())
    assert not ledger_of(desk)
