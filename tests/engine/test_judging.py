"""Another white list in use: what is stored is judged again with it, and the window is told."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from mssclient.demo.authority import Authority, Issued, list_signer
from mssclient.demo.whitelist import signed_list
from mssclient.engine import judging
from mssclient.engine.client import Client, Profile
from mssclient.mime.reading import read
from mssclient.mime.summary import summarise
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.changes import Changed
from mssclient.model.ids import AccountId, FolderId, MessageId
from mssclient.model.messages import Annotation
from mssclient.model.verdicts import Verdict
from mssclient.model.wants import Sync
from mssclient.store.accounts import add_account
from mssclient.store.folders import ServerFolder, sync_folder_list
from mssclient.store.key import load_key
from mssclient.store.placements import Incoming, add_incoming
from mssclient.store.settings import set_setting
from mssclient.store.store import Priority, Store
from mssclient.store.transaction import Transaction
from mssclient.store.verdicts import replace_verdict
from mssclient.trust import whitelist
from mssclient.trust.verdict import judge
from mssclient.trust.whitelist import TrustList
from tests.engine.ears import Ear
from tests.engine.processes import leave
from tests.engine.store_desk import StoreDesk

ADDRESS = "camille.aubry@medecin.mssante.fr"
HOSPITAL, LABORATORY = "hopital.mssante.fr", "laboratoire.mssante.fr"
HERE = Endpoint(host="localhost", port=1)
Lists = Callable[..., TrustList]


@pytest.fixture(scope="module")
def signers() -> tuple[Authority, Authority, Issued]:
    return list_signer()


@pytest.fixture(scope="module")
def lists(signers: tuple[Authority, Authority, Issued]) -> Lists:
    """Verified lists of some domains beside our own, under the demonstration's authority."""
    root, intermediate, signer = signers

    def make(*domains: str, days_ago: int = 0) -> TrustList:
        now = datetime.now(UTC)
        named = [(domain, "Inventé") for domain in ("medecin.mssante.fr", *domains)]
        signed = signed_list(named, now - timedelta(days=days_ago), signer)
        anchors = [one.certificate.public_bytes(Encoding.DER) for one in (root, intermediate)]
        return whitelist.verify(signed, anchors, now)

    return make


class Desk(StoreDesk):
    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.closing = threading.Event()

    def accounts(self) -> list[Account]:
        with self.reading() as view:
            return view.accounts()

    def levels(self) -> dict[str, list[str]]:
        """The levels that the list shows, by subject."""
        shown: dict[str, list[str]] = {}
        with self.reading() as view:
            for folder in view.folders():
                for row in view.rows(folder.id, 0, 1000):
                    assert row.level == view.verdict(row.message).level
                    shown.setdefault(row.subject, []).append(row.level)
        return shown


def _raw(number: int, domain: str) -> bytes:
    return (
        f"From: Dr Essai <essai@{domain}>\r\nTo: <{ADDRESS}>\r\nSubject: {domain}\r\n"
        f"Message-ID: <{number}@{domain}>\r\nDate: Tue, 24 Nov 2026 10:00:00 +0100\r\n\r\nBonjour\r\n"
    ).encode()


def _incoming(number: int, domain: str, trust: TrustList, *, whole: bool = True) -> Incoming:
    raw = _raw(number, domain)
    reading = read(raw)
    verdict = judge(reading, trust, "medecin.mssante.fr", int(datetime.now(UTC).timestamp()))
    return Incoming(
        uid=number,
        internal_date_utc=1_790_000_000 + number,
        octets=len(raw),
        flags=(),
        keywords=(),
        annotation=Annotation(summary=summarise(reading), verdict=verdict),
        raw=raw if whole else None,
    )


@pytest.fixture
def changes() -> list[Changed]:
    return []


@pytest.fixture
def desk(tmp_path: Path, changes: list[Changed], monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(judging, "_PAUSE_S", 0.0)
    store = Store.open(tmp_path / "store.db", bytes(range(32)), changes.append)
    yield Desk(store)
    store.close()


def _fill(desk: Desk, trust: TrustList, domains: Sequence[str], *, whole: bool = True) -> FolderId:
    def work(tx: Transaction) -> FolderId:
        account = add_account(
            tx, Account(id=AccountId(0), address=ADDRESS, imap=HERE, smtp=HERE, mssante=True)
        )
        (folder,), _removed = sync_folder_list(tx, account.id, [ServerFolder(path="INBOX")])
        add_incoming(
            tx,
            folder,
            [_incoming(number, domain, trust, whole=whole) for number, domain in enumerate(domains, 1)],
        )
        return folder

    return desk.store.write(Priority.PERSON, work)


def test_another_list_changes_what_it_says_otherwise(
    desk: Desk, lists: Lists, changes: list[Changed]
) -> None:
    old, new = lists(HOSPITAL), lists(LABORATORY)
    folder = _fill(desk, old, [HOSPITAL] * 30 + [LABORATORY] * 30 + ["ailleurs.example"] * 3)
    assert desk.levels()[HOSPITAL] == ["mssante"] * 30
    assert "mssante" not in desk.levels()[LABORATORY]
    changes.clear()
    judging.judge_again(desk, new)  # type: ignore[arg-type]
    levels = desk.levels()
    assert levels[LABORATORY] == ["mssante"] * 30
    assert "mssante" not in levels[HOSPITAL]
    with desk.reading() as view:
        verdict = view.verdict(view.rows(folder, 0, 1)[0].message)
        rows = [row for row in view.rows(folder, 0, 100) if row.subject in (HOSPITAL, LABORATORY)]
    told = [change for change in changes if change.messages]
    assert {message for change in told for message in change.messages} >= {row.message for row in rows}
    assert all(change.folders == (folder,) for change in told)
    assert len(told) >= 3, "in slices"
    assert verdict.trust_list.origin == "verified"
    changes.clear()
    judging.judge_again(desk, new)  # type: ignore[arg-type]
    assert changes == [], "it is remembered"


def test_a_younger_list_of_the_same_domains_says_the_same(
    desk: Desk, lists: Lists, changes: list[Changed], monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(desk, lists(HOSPITAL, days_ago=3), [HOSPITAL, LABORATORY])
    judging.judge_again(desk, lists(HOSPITAL, days_ago=3))  # type: ignore[arg-type]
    changes.clear()
    monkeypatch.setattr(judging, "judge", None)  # whoever judges fails
    judging.judge_again(desk, lists(HOSPITAL))  # type: ignore[arg-type]
    assert changes == []


@pytest.mark.parametrize("unproved", [whitelist.NO_LIST, whitelist.shipped()])
def test_a_list_that_proves_nothing_takes_nothing_back(desk: Desk, lists: Lists, unproved: TrustList) -> None:
    _fill(desk, lists(HOSPITAL), [HOSPITAL])
    judging.judge_again(desk, unproved)  # type: ignore[arg-type]
    assert desk.levels() == {HOSPITAL: ["mssante"]}


def test_what_came_before_any_verified_list_gets_its_padlock(desk: Desk, lists: Lists) -> None:
    _fill(desk, whitelist.shipped(), [HOSPITAL])
    assert desk.levels() != {HOSPITAL: ["mssante"]}
    judging.judge_again(desk, lists(HOSPITAL))  # type: ignore[arg-type]
    assert desk.levels() == {HOSPITAL: ["mssante"]}


def test_headers_alone_are_left_until_the_bytes_come(desk: Desk, lists: Lists) -> None:
    _fill(desk, lists(HOSPITAL), [LABORATORY], whole=False)
    before = desk.levels()
    judging.judge_again(desk, lists(LABORATORY))  # type: ignore[arg-type]
    assert desk.levels() == before


def test_stopped_in_the_middle_it_begins_again(
    desk: Desk, lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "_SLICE", 10)
    new = lists(LABORATORY)
    _fill(desk, lists(HOSPITAL), [LABORATORY] * 30)
    desk.closing.set()
    judging.judge_again(desk, new)  # type: ignore[arg-type]
    shown = desk.levels()[LABORATORY]
    assert shown[:10] == ["mssante"] * 10, "the newest first"
    assert "mssante" not in shown[10:]
    desk.closing.clear()
    judging.judge_again(desk, new)  # type: ignore[arg-type]
    assert desk.levels()[LABORATORY] == ["mssante"] * 30


def test_the_engine_does_it_at_its_start(home: Path) -> None:
    """In a kept demonstration whose verdicts were made with another list."""
    profile = Profile(home / "p", demo=True)

    def opened() -> Ear:
        ear = Ear()
        ear.client = Client(profile, ear, demo_small=True)
        ear.client.start()
        ear.wait("opened")
        return ear

    def close(ear: Ear) -> None:
        assert ear.client is not None
        leave(ear.client)

    def levels(ear: Ear) -> dict[int, str]:
        assert ear.client is not None
        with contextlib.closing(ear.client.view()) as view:
            return {row.message: row.level for one in view.folders() for row in view.rows(one.id, 0, 1000)}

    ear = opened()
    ear.do(Sync())
    right = levels(ear)
    close(ear)

    def blur(tx: Transaction) -> None:
        for message in right:
            replace_verdict(tx, MessageId(message), Verdict(level="unknown"))
        set_setting(tx, judging.JUDGED, '"another"')

    store = Store.open(profile.store_path, load_key(profile, ask=None, passphrase=None))
    store.write(Priority.PERSON, blur)
    store.close()
    ear = opened()
    ear.wait("changed", lambda changed: "settings" in changed.aspects)
    assert levels(ear) == right
    assert ear.times("changed", lambda changed: bool(changed.messages)) > 0
    close(ear)
