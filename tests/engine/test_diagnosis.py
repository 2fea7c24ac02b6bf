"""The diagnosis when what it looks at is not there."""

from typing import Any

from mssclient.engine.diagnosis import diagnose
from mssclient.engine.tickets import Ticket
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.errors import WorldError
from mssclient.model.ids import AccountId
from mssclient.model.questions import Diagnose

HERE = Endpoint(host="localhost", port=1)
ACCOUNT = Account(id=AccountId(7), address="a@b.example", imap=HERE, smtp=HERE)


class Desk:
    """One BAL whose workers did not start."""

    def account(self, account: AccountId) -> Account:
        assert account == ACCOUNT.id
        return ACCOUNT

    def accounts(self) -> list[Account]:
        return [ACCOUNT]

    def mailbox(self, account: AccountId) -> Any:
        raise WorldError("demonstration-unavailable", "L’opérateur n’a pas démarré.", "Relancez.")


def test_a_bal_whose_workers_did_not_start_fails_its_own_check() -> None:
    told = diagnose(Desk(), Diagnose(account=ACCOUNT.id), Ticket("1", lambda progress: None))  # type: ignore[arg-type]
    (check,) = told.checks
    assert (check.account, check.state, check.code) == (ACCOUNT.id, "fail", "demonstration-unavailable")
