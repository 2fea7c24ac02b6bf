"""A BAL is removed: nothing unsent goes without a question, and nothing of it stays after a crash."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mssclient.engine import leaving
from mssclient.engine.client import Profile
from mssclient.engine.desk import Desk
from mssclient.model.drafts import Draft
from mssclient.model.errors import Problem
from mssclient.model.ids import AccountId, DraftId, new_id
from mssclient.model.messages import Person
from mssclient.model.questions import Done, ReadSettings, ReadState
from mssclient.model.secrets import Secret
from mssclient.model.wants import Append, KeepDraft, MarkFlags, RemoveAccount, SetSetting, Submit
from mssclient.store import journal
from mssclient.store.accounts import empty_account
from mssclient.store.key import load_key
from mssclient.store.settings import set_setting
from mssclient.store.store import Priority, Store
from mssclient.store.transaction import Transaction
from tests.badinput.practice import clear
from tests.engine.ears import PASSPHRASE, Ear
from tests.engine.opening import opened
from tests.engine.test_kills import MESSAGES, stored

RAW = b"From: a@b.example\r\nTo: x@y.example\r\nSubject: s\r\n\r\nx\r\n"


@pytest.fixture
def folder(home: Path) -> Path:
    stored(home / "p")
    return home / "p"


@pytest.fixture
def ear(folder: Path) -> Iterator[Ear]:
    ear = opened(folder)
    yield ear
    ear.close()


def _account(ear: Ear) -> AccountId:
    (account,) = ear.ask(ReadState()).accounts
    return account.id


def _count(ear: Ear, table: str) -> int:
    assert ear.client is not None
    view = ear.client.view()
    ((count,),) = view.connection.execute(f"SELECT count(*) FROM {table}").fetchall()
    view.close()
    return count


def _in_store(folder: Path, work: Callable[[Transaction], Any]) -> None:
    profile = Profile(folder)
    store = Store.open(profile.store_path, load_key(profile, ask=None, passphrase=Secret(PASSPHRASE)))
    store.write(Priority.PERSON, work)
    store.close()


def _draft(account: AccountId) -> Draft:
    return Draft(id=DraftId(new_id()), account=account, to=(Person(address="x@y.example"),), text="x")


def _keep(ear: Ear, account: AccountId) -> None:
    assert ear.do(KeepDraft(draft=_draft(account))) == Done()


def _send(ear: Ear, account: AccountId) -> None:
    assert isinstance(ear.do(Submit(account=account, raw=RAW)), Done)


def _file(ear: Ear, account: AccountId) -> None:
    assert ear.client is not None
    inbox = next(one for one in ear.ask(ReadState()).folders if one.role == "inbox")
    want = ear.client.post(Append(account=account, folder=inbox.id, raw=RAW))
    ear.wait("acknowledged", lambda id: id == want)


@pytest.mark.parametrize(
    ("unsent", "words"), [(_keep, "1 brouillon"), (_send, "1 envoi"), (_file, "1 message à ranger")]
)
def test_what_is_unsent_is_asked_about(
    ear: Ear, unsent: Callable[[Ear, AccountId], None], words: str
) -> None:
    account = _account(ear)
    unsent(ear, account)
    problem = clear(ear.do(RemoveAccount(account=account)), "account-unsent")
    assert problem.exit_code == 4
    assert words in problem.sentence
    assert _account(ear) == account
    assert _count(ear, "placement") >= MESSAGES, "nothing was touched"
    assert ear.do(RemoveAccount(account=account, drop_unsent=True)) == Done()
    for table in ("account", "folder", "placement", "message", "draft", "want", "outbox"):
        assert _count(ear, table) == 0, table


def test_its_settings_go_with_it(ear: Ear) -> None:
    account = _account(ear)
    for name in (f"signature.{account}", f"notification.{account}", f"signature.{account}1"):
        ear.do(SetSetting(name=name, value='"Dr Aubry"'))
    ear.do(SetSetting(name="bal.default", value=json.dumps([account, "Partages/aubry@x.example"])))
    assert ear.do(RemoveAccount(account=account)) == Done()
    kept = ear.ask(ReadSettings()).values
    assert [name for name, value in kept.items() if "ubry" in value] == [f"signature.{account}1"]


@pytest.mark.parametrize("state", ["parked", "uncertain"])
def test_a_send_that_is_stuck_or_uncertain_counts(folder: Path, state: str) -> None:
    ear = opened(folder)
    _send(ear, _account(ear))
    ear.close()

    def stick(tx: Transaction) -> None:
        (want,) = journal.read_wants(tx)
        journal.set_state(tx, want.id, state)

    _in_store(folder, stick)
    ear = opened(folder)
    _keep(ear, _account(ear))
    problem = clear(ear.do(RemoveAccount(account=_account(ear))), "account-unsent")
    assert "1 envoi, 1 brouillon" in problem.sentence
    ear.close()


def test_marks_that_wait_need_no_question(ear: Ear) -> None:
    assert ear.client is not None
    view = ear.client.view()
    rows = view.rows(view.folders()[0].id, 0, 1)
    view.close()
    want = ear.client.post(MarkFlags(placements=(rows[0].id,), add=("flagged",)))
    ear.wait("acknowledged", lambda id: id == want)
    assert ear.do(RemoveAccount(account=_account(ear))) == Done()


def test_the_contents_go_in_slices_and_nothing_is_taken_meanwhile(
    ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    slices: list[bool] = []
    began, go_on = threading.Event(), threading.Event()
    close_mailbox = Desk.close_mailbox

    def close_slowly(desk: Desk, account: AccountId) -> None:
        began.set()
        assert go_on.wait(20)
        close_mailbox(desk, account)

    def sliced(tx: Transaction, account: AccountId, limit: int) -> bool:
        slices.append(empty_account(tx, account, limit))
        return slices[-1]

    monkeypatch.setattr(Desk, "close_mailbox", close_slowly)
    monkeypatch.setattr(leaving.kept, "empty_account", sliced)
    monkeypatch.setattr(leaving, "_SLICE", 10)
    account = _account(ear)
    assert ear.client is not None
    removal = ear.client.post(RemoveAccount(account=account))
    assert began.wait(20)
    assert ear.do(SetSetting(name="between", value="1")) == Done()
    for want in (Submit(account=account, raw=RAW), KeepDraft(draft=_draft(account))):
        clear(ear.do(want), "account-unknown")
    assert _count(ear, "account") == 1
    go_on.set()
    assert ear.wait("ended", lambda pair: pair[0] == removal)[1] == Done()
    assert slices == [True] * (MESSAGES // 10) + [False]


def test_a_removal_of_this_run_is_finished_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an earlier run left may be looked for after a first removal of this one has begun."""
    late, over, began, go_on = (threading.Event() for _number in range(4))
    carry_on, close_mailbox = leaving.carry_on, Desk.close_mailbox
    closed: list[AccountId] = []

    def carry_on_late(*arguments: Any) -> None:
        assert late.wait(20)
        carry_on(*arguments)
        over.set()

    def close_slowly(desk: Desk, account: AccountId) -> None:
        closed.append(account)
        if len(closed) == 1:
            began.set()
            assert go_on.wait(20)
        close_mailbox(desk, account)

    monkeypatch.setattr(leaving, "carry_on", carry_on_late)
    monkeypatch.setattr(Desk, "close_mailbox", close_slowly)
    ear = opened(folder)
    account = _account(ear)
    assert ear.client is not None
    removal = ear.client.post(RemoveAccount(account=account))
    assert began.wait(20)
    late.set()
    assert over.wait(20)
    assert closed == [account]
    go_on.set()
    assert ear.wait("ended", lambda pair: pair[0] == removal)[1] == Done()
    ear.close()


def test_a_removal_that_was_interrupted_is_finished_at_the_next_start(folder: Path) -> None:
    def begun(tx: Transaction) -> None:
        set_setting(tx, leaving.LEAVING, json.dumps([1]))
        empty_account(tx, AccountId(1), 20)

    _in_store(folder, begun)
    ear = opened(folder)
    outcome = ear.do(KeepDraft(draft=_draft(AccountId(1))))
    assert isinstance(outcome, Problem)
    assert outcome.code == "account-unknown"
    assert ear.do(RemoveAccount(account=AccountId(1))) == Done(), "posted again: it was decided already"
    while _count(ear, "account"):
        ear.wait("changed", lambda changed: "accounts" in changed.aspects)
    assert _count(ear, "message") == 0
    ear.close()
