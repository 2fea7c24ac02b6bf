"""The ordinary address that hears of new mail. It belongs to the operator where that can be told, so that two
desks see the same; for the others it is only kept on this computer, and that is said.
"""

import json
import logging
from typing import TYPE_CHECKING

from mssclient.access import notification
from mssclient.access.open import context_of
from mssclient.engine import passwords
from mssclient.mime.addresses import domain_of
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.errors import MssError, Refused
from mssclient.model.language import _
from mssclient.model.questions import NotificationAnswer, ReadNotification
from mssclient.model.wants import SetNotification
from mssclient.operators.profiles import profile_named
from mssclient.store.settings import read_setting, set_setting
from mssclient.store.store import Priority

if TYPE_CHECKING:
    from mssclient.engine.desk import Desk

__all__ = ["change", "read"]

_ANSWERED = ("login-refused", "password-must-change", "notification-address")
"""Of a Zimbra that was only likely to be there, and is."""
_log = logging.getLogger(__name__)


def read(desk: "Desk", question: ReadNotification) -> NotificationAnswer:
    """The copy kept here when the operator does not answer. Raises Refused account-unknown."""
    account = desk.account(question.account)
    door, sure = _door(desk, account)
    if door is not None:
        try:
            login, secret = account.login or account.address, desk.password(account.address)
            told = notification.read(door.host, door.port, context_of(account), login, secret.value)
        except MssError as error:
            _log.info("the address that is told of new mail was not read: %s", error.code)
        else:
            return NotificationAnswer(address=told, by_operator=True)
    with desk.reading() as view:
        kept = str(read_setting(view, _setting(account), ""))
    return NotificationAnswer(address=kept, by_operator=sure)


def change(desk: "Desk", want: SetNotification) -> NotificationAnswer:
    """The operator first, then the copy here. Raises Refused account-unknown, bad-address, and what
    :func:`mssclient.access.notification.change` raises: nothing is kept then."""
    account, address = desk.account(want.account), want.address.strip()
    if address and not (domain_of(address) and address.isprintable() and " " not in address):
        raise Refused("bad-address", _("Ce n’est pas une adresse."), _("Vérifiez l’adresse saisie."))
    door, sure = _door(desk, account)
    if door is not None:
        try:
            login, secret = account.login or account.address, desk.password(account.address)
            notification.change(door.host, door.port, context_of(account), login, secret.value, address)
        except MssError as error:
            if sure or error.code in _ANSWERED:
                raise
            door = None
    desk.store.write(Priority.PERSON, lambda tx: set_setting(tx, _setting(account), json.dumps(address)))
    return NotificationAnswer(address=address, by_operator=door is not None)


def _setting(account: Account) -> str:
    return f"notification.{account.id}"


def _door(desk: "Desk", account: Account) -> tuple[Endpoint | None, bool]:
    """Where the operator can be told, None: not from here; and whether that is known, or only likely."""
    profile = profile_named(account.operator, desk.profile.operators_folder)
    if desk.profile.demo or profile is None or account.auth != "password":
        return None, False
    door = passwords.door_of(account, profile)
    if door is not None and door.method == "zimbra":
        return door.endpoint, True
    if {"zimbra", "notification"} <= set(profile.features):
        return Endpoint(host=account.imap.host, port=443), False
    return None, False
