"""A password changed at its operator, and in force here at once.

The order makes a crash harmless: the new password is put aside first, then the operator is asked, then the
new one takes the place of the old. Whatever ends in between is settled by trying the new one, then the old.
"""

import contextlib
import json
import logging
import threading
from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, TypeVar

from mssclient.access.credential import PasswordCredential
from mssclient.access.open import Patience, context_of, open_imap, open_sieve, open_submission, sieve_of
from mssclient.access.passwords.changing import PasswordDoor, change
from mssclient.access.passwords.problems import change_unavailable, new_refused
from mssclient.access.refusals import LOGIN_REFUSALS
from mssclient.engine.entering import keep_secret
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.changes import Changed
from mssclient.model.errors import MssError, Refused
from mssclient.model.ids import AccountId
from mssclient.model.language import _
from mssclient.model.passwords import PasswordRules, broken_rules
from mssclient.model.questions import PasswordChanged, PasswordHow, ReadPasswordRules
from mssclient.model.secrets import Secret
from mssclient.model.wants import ChangePassword
from mssclient.operators.profiles import OperatorProfile, profile_named
from mssclient.store.key import forget_password, load_password, store_password
from mssclient.store.settings import read_setting, set_setting
from mssclient.store.store import Priority
from mssclient.store.transaction import Transaction

if TYPE_CHECKING:
    from mssclient.engine.desk import Desk
    from mssclient.engine.tickets import Ticket

__all__ = [
    "MUST_CHANGE",
    "carry_on",
    "change_first",
    "change_password",
    "changed_only",
    "door_of",
    "forget",
    "how",
    "open_patiently",
]

_log = logging.getLogger(__name__)
T = TypeVar("T")

MUST_CHANGE = ("password-must-change", "password-expired")
UNSETTLED = "passwords.unsettled"
"""Setting: ids of accounts whose change was begun and has not come to its end."""
_PATIENCE_S = (1.5, 4.0)
"""Pauses between tries while servers tell each other: a few only, operators count refusals."""
_SIEVE_PATIENCE = Patience(connect_s=5.0, reply_s=20.0)
"""Its port is often closed to desks, without a word; the person waits."""
_LATER_S = (30.0, 120.0, 600.0)
_PORTS = {"ldap": {"tls": 636, "starttls": 389}, "zimbra": {"tls": 443}, "poppassd": {"tls": 106}}


# -- how, and which rules --------------------------------------------------------------------------------


def how(desk: "Desk", question: ReadPasswordRules, ticket: "Ticket") -> PasswordHow:
    """Rules come from the server where it tells them (Zimbra), else from the operator's profile."""
    account = desk.account(question.account)
    profile = profile_named(account.operator, desk.profile.operators_folder)
    policy_rules = profile.password.rules if profile else PasswordRules()
    page = profile.password.page if profile else ""
    door = door_of(account, profile)
    if account.auth != "password" or door is None:
        return PasswordHow(here=False, page=page, rules=policy_rules)
    ticket.check()
    try:
        rules = _server_rules(desk, account, door)
    except MssError as error:
        _log.info("the rules of passwords were not read: %s", error.code)
        return PasswordHow(here=error.code != "password-change-unavailable", page=page, rules=policy_rules)
    return PasswordHow(here=True, page=page, rules=rules or policy_rules)


def _server_rules(desk: "Desk", account: Account, door: PasswordDoor) -> PasswordRules | None:
    """None where a server has no way to tell them. Raises what keeps it from telling."""
    if door.method != "zimbra" or door.endpoint is None:
        return None
    from mssclient.access.passwords import zimbra

    login, where = account.login or account.address, door.endpoint
    secret = desk.password(account.address)
    return zimbra.rules(where.host, context_of(account), login, secret.value, where.port)


def door_of(account: Account, profile: OperatorProfile | None) -> PasswordDoor | None:
    """Where it is changed; None: not from here."""
    if profile is None or profile.password.method == "page":
        return None
    policy = profile.password
    if policy.method == "ldap" and not policy.host and account.ldap is not None:
        endpoint = account.ldap
    else:
        ports = _PORTS.get(policy.method, {})
        port = policy.port or ports.get(policy.security, ports.get("tls", 0))
        endpoint = Endpoint(host=policy.host or account.imap.host, port=port, security=policy.security)
    return PasswordDoor(method=policy.method, endpoint=endpoint, bind_name=policy.bind_name, page=policy.page)


# -- the change ------------------------------------------------------------------------------------------


def change_password(desk: "Desk", want: ChangePassword, ticket: "Ticket") -> PasswordChanged:
    """Raises Refused account-unknown, what :func:`change` raises, password-not-changed when the operator was
    lost and the old one is still in force; WorldError password-outcome-unknown when neither can be tried
    now: it is settled in the background."""
    desk.ready()
    account = desk.account(want.account)
    if account.auth != "password":
        raise change_unavailable()
    current = want.current if want.current.value else desk.password(account.address)
    ticket.progress(0, 2, _("Changement du mot de passe"))
    _put_aside(desk, account, want.new)
    try:
        _change(desk, account, current, want.new)
    except MssError as error:
        if error.code != "password-outcome-unknown":
            _settled(desk, account)
            raise
        in_force = _which(account, want.new, current)
        if in_force is None:
            _repair(desk, account, _LATER_S)
            raise
        if in_force is current:
            _settled(desk, account)
            raise _not_changed() from None
    _take_over(desk, account, want.new)
    pending = _not_yet(account, want.new, _PATIENCE_S)
    desk.look(account.id)
    if pending:
        _repair(desk, account, _LATER_S)
    return PasswordChanged(pending=pending)


def change_first(desk: "Desk", account: Account, old: Secret, new: Secret) -> None:
    """At a first login that the operator takes for nothing else. The account is not kept yet.

    Raises as :func:`change`; an unknown outcome is settled by whoever logs in next with either.
    """
    try:
        _change(desk, account, old, new)
    except MssError as error:
        if error.code != "password-outcome-unknown":
            raise
        if _which(account, new, old) is not new:
            raise


@contextlib.contextmanager
def changed_only() -> Generator[None]:
    """What fails after :func:`change_first`: which password counts from now on must be known."""
    try:
        yield
    except MssError as error:
        told = _("Le mot de passe est changé chez l’opérateur, mais la boîte n’est pas encore ajoutée.")
        raise type(error)(
            "password-changed-only",
            f"{told} {error.sentence}",
            _("Recommencez avec le nouveau mot de passe."),
            error.code,
        ) from None


def _change(desk: "Desk", account: Account, old: Secret, new: Secret) -> None:
    profile = profile_named(account.operator, desk.profile.operators_folder)
    door = door_of(account, profile)
    if profile is None or door is None:
        raise change_unavailable()
    login = account.login or account.address
    if new == old:
        raise new_refused("same", _("Choisissez-en un qui n’est pas l’actuel."))
    if broken := broken_rules(profile.password.rules, new.value, login):
        raise new_refused("rules", _("Il manque\u00a0: {rules}.").format(rules="\u202f; ".join(broken)))
    change(door, context_of(account), login, old.value, new.value)


def _not_changed() -> Refused:
    return Refused(
        "password-not-changed",
        _("La connexion a été coupée\u00a0: le mot de passe n’a pas été changé."),
        _("L’ancien est toujours valable. Réessayez dans un instant."),
    )


def open_patiently(opening: Callable[[], T], pauses: Sequence[float] = _PATIENCE_S) -> T:
    """Right after a change: other servers of the operator may not know of it yet."""
    wait = threading.Event()
    for pause in pauses:
        try:
            return opening()
        except MssError as error:
            if error.code not in LOGIN_REFUSALS or error.code == "login-throttled":
                raise
        wait.wait(pause)
    return opening()


def _which(account: Account, new: Secret, old: Secret) -> Secret | None:
    """The one in force; None when the operator cannot be asked now. Two refusals at most."""
    for each in (new, old):
        try:
            _try_imap(account, each)
        except MssError as error:
            if error.code in MUST_CHANGE:
                return each
            if error.code not in LOGIN_REFUSALS or error.code == "login-throttled":
                return None
        else:
            return each
    return None


def _try_imap(account: Account, secret: Secret) -> None:
    open_imap(account, PasswordCredential(account.login or account.address, secret)).stream.close()


def _try_smtp(account: Account, secret: Secret) -> None:
    open_submission(account, PasswordCredential(account.login or account.address, secret)).close()


def _try_sieve(account: Account, secret: Secret) -> None:
    """Filters that cannot be reached from here, or never take a password, have nothing to apply."""
    if sieve_of(account) is None:
        return
    credential = PasswordCredential(account.login or account.address, secret)
    try:
        open_sieve(account, credential, _SIEVE_PATIENCE).log_out()
    except MssError as error:
        if error.code in LOGIN_REFUSALS and error.code != "login-impossible":
            raise
        _log.info("a new password was not tried at the filters: %s", error.code)


_SERVICES = {"imap": _try_imap, "smtp": _try_smtp, "sieve": _try_sieve}


def _not_yet(account: Account, secret: Secret, pauses: Sequence[float]) -> tuple[str, ...]:
    """The services that do not take it, or (reading and sending) do not answer."""
    left: list[str] = []
    for name, trying in _SERVICES.items():
        try:
            # Behind a first one that refuses, the others have had their time, and refusals are counted.
            open_patiently(lambda trying=trying: trying(account, secret), () if left else pauses)
        except MssError as error:
            _log.info("a new password is not in force yet: %s %s", name, error.code)
            left.append(name)
    return tuple(left)


# -- what a crash leaves ---------------------------------------------------------------------------------


def _aside(account: Account) -> str:
    return f"{account.address}/new"


def _put_aside(desk: "Desk", account: Account, new: Secret) -> None:
    store_password(desk.profile, _aside(account), new, store=desk.store)
    _mark(desk, account, unsettled=True)


def _take_over(desk: "Desk", account: Account, new: Secret) -> None:
    keep_secret(desk, account.address, new)
    _settled(desk, account)


def _settled(desk: "Desk", account: Account) -> None:
    _mark(desk, account, unsettled=False)
    forget_password(desk.profile, _aside(account), store=desk.store)


def _mark(desk: "Desk", account: Account, *, unsettled: bool) -> None:
    def work(tx: Transaction) -> None:
        ids = {*read_setting(tx, UNSETTLED, [])} - {account.id}
        set_setting(tx, UNSETTLED, json.dumps(sorted(ids | {account.id} if unsettled else ids)))

    desk.store.write(Priority.PERSON, work)


def forget(desk: "Desk", account: Account) -> None:
    """The account goes."""
    _settled(desk, account)


def carry_on(desk: "Desk") -> None:
    """Settle in the background what an earlier run left open. Never blocks."""
    try:
        with desk.reading() as view:
            ids = read_setting(view, UNSETTLED, [])
        accounts = desk.accounts()
    except MssError as error:
        if not desk.closing.is_set():
            _log.warning("changes of passwords were not looked at: %s", error.code)
        return
    for account in accounts:
        if account.id in ids:
            _repair(desk, account, (0.0, *_LATER_S))


def _repair(desk: "Desk", account: Account, pauses: Sequence[float]) -> None:
    def work() -> None:
        for pause in pauses:
            if desk.closing.wait(pause):
                return
            with contextlib.suppress(MssError):
                if _repaired(desk, account.id):
                    return

    threading.Thread(target=work, name=f"password-{account.id}", daemon=True).start()


def _repaired(desk: "Desk", id: AccountId) -> bool:
    """One more try. True when there is nothing more to do."""
    account = desk.account(id)
    new = load_password(desk.profile, _aside(account), store=desk.store)
    if new is not None:
        in_force = _which(account, new, desk.password(account.address))
        if in_force is None:
            return False
        if in_force is new:
            _take_over(desk, account, new)
        else:
            _settled(desk, account)
    if _not_yet(account, desk.password(account.address), ()):
        return False
    desk.look(id)
    desk.publish(Changed(accounts=(id,), aspects=("accounts",)))
    return True
