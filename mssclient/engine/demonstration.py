"""A demonstration profile joined to its operator: started with the engine, wired again each time.

Ports and authority are new at each start, the mail is the same, so ids and ledgers hold. The list of
trust is the operator's own, checked against its own authority, in this profile only.
"""

import logging
import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from mssclient.demo.launch import DemoAccount, DemoOperator, launch
from mssclient.mime.addresses import domain_of
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.ids import AccountId
from mssclient.model.secrets import Secret
from mssclient.store import accounts as kept
from mssclient.store.settings import read_setting
from mssclient.store.store import Priority
from mssclient.store.transaction import Transaction
from mssclient.trust import whitelist

if TYPE_CHECKING:
    from mssclient.engine.desk import Desk

__all__ = ["OPERATOR_FOLDER", "REMOVED", "join"]

_log = logging.getLogger(__name__)
OPERATOR_FOLDER = "operator"
"""In the profile."""
REMOVED = "demo.removed"
"""Setting: addresses that the person removed; they are not wired again."""


def join(desk: "Desk") -> None:
    """Start the operator and wire its BAL. Blocks a second. Raises WorldError demonstration-unavailable."""
    operator = launch(desk.profile.folder / OPERATOR_FOLDER, small=desk.engine.demo_small)
    desk.hold_operator(operator)
    desk.trust = whitelist.verify(
        operator.whitelist.read_bytes(), _certificates(operator.whitelist_ca_pem), datetime.now(UTC)
    )
    for one in operator.accounts:
        desk.hold_password(one.address, Secret(one.password))
    desk.store.write(Priority.PERSON, lambda tx: _wire(tx, desk, operator))


def _certificates(pem: str) -> list[bytes]:
    end = "-----END CERTIFICATE-----"
    return [ssl.PEM_cert_to_DER_cert(piece.strip() + "\n" + end) for piece in pem.split(end) if piece.strip()]


def _wire(tx: Transaction, desk: "Desk", operator: DemoOperator) -> None:
    known = {account.address.casefold(): account for account in kept.read_accounts(tx)}
    removed = read_setting(tx, REMOVED, [])
    for one in operator.accounts:
        account = _account(one, desk, operator)
        found = known.get(one.address.casefold())
        if found is not None:
            fresh = msgspec.structs.replace(
                found, imap=account.imap, smtp=account.smtp, ca_pem=account.ca_pem, login=account.login
            )
            kept.update_account(tx, fresh)
        elif one.address.casefold() not in removed:
            kept.add_account(tx, account)


def _account(one: DemoAccount, desk: "Desk", operator: DemoOperator) -> Account:
    return Account(
        id=AccountId(0),
        address=one.address,
        name=one.display_name,
        kind=one.kind,
        login=one.login,
        imap=Endpoint(host="localhost", port=operator.imap_port),
        smtp=Endpoint(host="localhost", port=operator.submission_port),
        ca_pem=operator.ca_pem,
        mssante=desk.trust.lists(domain_of(one.address)),
    )
