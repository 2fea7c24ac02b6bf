"""Getting in: what has to be asked of the person before an account has something to show its operator."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from mssclient.access.credential import Credential, PasswordCredential
from mssclient.access.open import open_imap
from mssclient.engine import gettingin
from mssclient.model.accounts import WITH_PIN, Account
from mssclient.model.errors import Refused
from mssclient.model.ids import AccountId, PromptId, new_id
from mssclient.model.language import _
from mssclient.model.prompts import Prompt
from mssclient.model.questions import Done
from mssclient.model.secrets import Secret
from mssclient.model.wants import LogIn
from mssclient.store import accounts as kept
from mssclient.store.key import store_password
from mssclient.store.store import Priority

if TYPE_CHECKING:
    from mssclient.engine.desk import Desk
    from mssclient.engine.tickets import Ticket

__all__ = ["ask_secret", "enter", "first_credential", "keep_secret", "log_in", "log_out"]


def first_credential(
    desk: "Desk", account: Account, secret: Secret, ticket: "Ticket", way: str
) -> tuple[Account, Credential]:
    """For an account that is being added: what it shows, and the account bound to whose it is."""
    match account.auth:
        case "psc" | "cps" | "pkcs11":
            account = enter(desk, account, ticket, way)
            return account, desk.identities.credential(account)
        case "pkcs12":
            desk.identities.open_file(account, secret)
            return account, desk.identities.credential(account)
        case _:
            return account, PasswordCredential(account.login, secret)


def enter(desk: "Desk", account: Account, ticket: "Ticket", way: str = "") -> Account:
    """Ask what is needed and hold it in memory; nothing is said to the operator yet.

    Returns the account bound to the person; one that is configured already is kept so. Blocks as long as the
    person does. Raises as :func:`enter_psc`, :func:`enter_card` and :func:`enter_token`.
    """
    if account.auth == "psc":
        bound = gettingin.psc.enter_psc(desk, account, ticket, way)
    elif account.auth == "cps":
        bound = gettingin.cardlogin.enter_card(desk, account, ticket)
    elif account.auth == "pkcs11":
        bound = gettingin.tokenlogin.enter_token(desk, account, ticket)
    else:
        return account
    if account.id and bound != account:
        desk.store.write(Priority.PERSON, lambda tx: kept.update_account(tx, bound))
    return bound


def log_in(desk: "Desk", want: LogIn, ticket: "Ticket") -> Done:
    """Get in again, then let the workers know. Raises Refused account-unknown, and what keeps us out."""
    desk.ready()
    account = desk.account(want.account)
    if account.auth == "psc" or account.auth in WITH_PIN:
        bound = enter(desk, account, ticket, want.way)
        if bound.certificate != account.certificate:
            desk.close_mailbox(account.id)  # it knows the account as it was
            desk.open_mailbox(bound)
    else:
        _ask_secret(desk, account, ticket)
    for each in desk.accounts():
        if each.id == account.id or (each.auth == account.auth and desk.identities.is_in(each)):
            desk.look(each.id)
    return Done(account=desk.account(account.id))


def log_out(desk: "Desk") -> Callable[[], Done]:
    """« Fermer la session »: nothing is left in memory and the window locks at once. The provider is told by
    what this returns: it blocks some seconds at most. On the thread of wants."""
    sessions = desk.identities.give_up_sessions()
    desk.engine.lock()

    def farewell() -> Done:
        for session in sessions:
            session.end()
        return Done()

    return farewell


def keep_secret(desk: "Desk", address: str, secret: Secret) -> None:
    """A password or passphrase that was proved to be right."""
    if not desk.profile.demo:  # there the operator gives the passwords at each start
        store_password(desk.profile, address, secret, store=desk.store)
    desk.hold_password(address, secret)


def _ask_secret(desk: "Desk", account: Account, ticket: "Ticket") -> None:
    """Another password, or the passphrase of a file, tried before it is kept.

    What is wrong is asked again by a person who wants it so: operators count.
    """
    of_file = account.auth == "pkcs12"
    secret = ask_secret(
        desk,
        ticket,
        title=_("Mot de passe du certificat") if of_file else _("Mot de passe"),
        sentence=_("Saisissez le mot de passe du fichier de certificat.")
        if of_file
        else _("Saisissez le mot de passe de cette boîte aux lettres."),
        account=account.id,
    )
    if of_file:
        desk.identities.open_file(account, secret)
    else:
        login = account.login or account.address
        open_imap(account, PasswordCredential(login, secret)).stream.close()
    keep_secret(desk, account.address, secret)


def ask_secret(
    desk: "Desk", ticket: "Ticket", *, title: str, sentence: str, account: AccountId | None = None
) -> Secret:
    """By a prompt of kind "password". Raises Refused password-cancelled."""
    prompt = Prompt(id=PromptId(new_id()), kind="password", title=title, sentence=sentence, account=account)
    answer = desk.engine.prompting.ask(prompt, ticket)
    if not answer.accepted:
        raise Refused(
            "password-cancelled",
            _("Le mot de passe n’a pas été donné."),
            _("Recommencez quand vous voulez."),
        )
    return answer.secret
