"""Many messages annotated in a process of their own: the same answers, also when that process fails."""

import signal
import sys
from collections.abc import Iterator

import pytest

from mssclient.engine.annotating import Annotator
from mssclient.engine.bulk import Bulk
from mssclient.model.verdicts import TrustListState
from mssclient.trust import whitelist
from mssclient.trust.whitelist import TrustList
from tests.bench.mixed import mixed_messages
from tests.conftest import Noise

ADDRESS = "essai@medecin.mssante.fr"
MESSAGES = list(mixed_messages(120))
HEADERS = [(raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", len(raw)) for raw in MESSAGES]


@pytest.fixture(scope="module")
def trust() -> TrustList:
    return whitelist.shipped()


@pytest.fixture
def bulk() -> Iterator[Bulk]:
    bulk = Bulk(crowd=50)
    yield bulk
    bulk.close()


def test_few_messages_are_read_by_the_engine_itself(bulk: Bulk, trust: TrustList) -> None:
    annotator = Annotator(ADDRESS, lambda: trust, bulk)
    assert len(annotator.begin([(raw, None) for raw in MESSAGES[:50]])()) == 50
    assert not bulk.running


def test_a_crowd_is_annotated_as_the_engine_would(bulk: Bulk, trust: TrustList) -> None:
    annotator = Annotator(ADDRESS, lambda: trust, bulk)
    blocks = [*((raw, None) for raw in MESSAGES), *HEADERS]
    waiting = annotator.begin(blocks)
    assert bulk.running
    alone = Annotator(ADDRESS, lambda: trust)
    expected = [alone.one(raw, octets) for raw, octets in blocks]
    assert [each.summary for each in waiting()] == [each.summary for each in expected]
    assert [each.matches for each in waiting()] == [each.matches for each in expected]
    assert [each.verdict.level for each in waiting()] == [each.verdict.level for each in expected]


def test_verdicts_follow_the_list_of_trust(bulk: Bulk, trust: TrustList) -> None:
    current = trust
    annotator = Annotator(ADDRESS, lambda: current, bulk)
    blocks = [(raw, None) for raw in MESSAGES[:60]]
    before = {each.verdict.level for each in annotator.begin(blocks)()}
    domains = frozenset({"labo.mssante.fr", "medecin.mssante.fr"})
    current = TrustList(state=TrustListState(origin="verified"), domains=domains, valid_until_utc=1 << 40)
    after = {each.verdict.level for each in annotator.begin(blocks)()}
    alone = Annotator(ADDRESS, lambda: current)
    assert after == {alone.whole(raw).verdict.level for raw in MESSAGES[:60]}
    assert "mssante" in after - before


@pytest.mark.skipif(sys.platform == "win32", reason="stops a process by a signal")
def test_a_killed_process_loses_no_annotation(bulk: Bulk, trust: TrustList, noise: Noise) -> None:
    noise.expect("annotating process ended")
    annotator = Annotator(ADDRESS, lambda: trust, bulk)
    blocks = HEADERS[:60]
    expected = [each.summary for each in annotator.begin(blocks)()]
    process = bulk._process
    assert process is not None
    process.send_signal(signal.SIGSTOP)  # what is begun now stays under way
    waiting = [annotator.begin(blocks) for _ in range(3)]
    process.kill()
    for wait in waiting:
        assert [each.summary for each in wait()] == expected
    again = annotator.begin(blocks)
    assert bulk.running
    assert [each.summary for each in again()] == expected


def test_the_process_ends_when_nothing_comes(trust: TrustList) -> None:
    bulk = Bulk(crowd=50, idle_s=0.05)
    annotator = Annotator(ADDRESS, lambda: trust, bulk)
    assert len(annotator.begin(HEADERS[:60])()) == 60
    process = bulk._process
    assert process is not None
    process.wait(10)
    assert len(annotator.begin(HEADERS[:10])()) == 10
    assert not bulk.running


def test_closing_ends_the_process_and_no_other_is_started(bulk: Bulk, trust: TrustList) -> None:
    annotator = Annotator(ADDRESS, lambda: trust, bulk)
    annotator.begin(HEADERS[:60])()
    process = bulk._process
    assert process is not None
    bulk.close()
    process.wait(10)
    assert len(annotator.begin(HEADERS)()) == len(HEADERS)
    assert bulk._process in (None, process)
