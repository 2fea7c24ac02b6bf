"""BAL: added after one login, synchronised on demand."""

import json
from typing import TYPE_CHECKING

import msgspec

from mssclient.access.credential import PasswordCredential
from mssclient.access.open import open_imap, open_submission
from mssclient.engine.demonstration import REMOVED
from mssclient.mime.addresses import domain_of
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.errors import MssError, Problem, Refused
from mssclient.model.ids import AccountId
from mssclient.model.language import _
from mssclient.model.questions import Done, FolderSync, SyncReport
from mssclient.model.secrets import Secret
from mssclient.model.wants import AddAccount, Sync
from mssclient.store import accounts as kept
from mssclient.store import journal
from mssclient.store.key import store_password
from mssclient.store.settings import read_setting, set_setting
from mssclient.store.store import Priority
from mssclient.store.trace import trace
from mssclient.store.transaction import Transaction

if TYPE_CHECKING:
    from mssclient.engine.desk import Desk
    from mssclient.engine.tickets import Ticket

__all__ = ["add", "join", "sync"]


def add(desk: "Desk", want: AddAccount, ticket: "Ticket") -> Done:
    """Log in to both services once, then keep account and password.

    Raises Refused account-known, demonstration-only, autoconfiguration-unknown, auth-not-yet, and what
    :func:`mssclient.access.open.open_imap` raises.
    """
    desk.ready()
    address = want.address.strip()
    if not domain_of(address):
        raise Refused("bad-address", _("Ce n’est pas une adresse."), _("Vérifiez l’adresse saisie."))
    if want.auth != "password":
        raise Refused(
            "auth-not-yet",
            _("Ce mode d’identification n’est pas encore disponible."),
            _("Utilisez l’identification par mot de passe."),
        )
    with desk.reading() as view:
        if any(known.address.casefold() == address.casefold() for known in view.accounts()):
            raise Refused(
                "account-known",
                _("Cette adresse est déjà configurée dans ce profil."),
                _("Choisissez-la dans la liste des boîtes aux lettres."),
            )
    imap, smtp = _endpoints(desk, want, address)
    account = Account(
        id=AccountId(0),
        address=address,
        name=want.name,
        kind=want.kind,
        login=want.login or address,
        imap=imap,
        smtp=smtp,
        auth=want.auth,
        ca_pem=want.ca_pem,
        mssante=desk.trust.lists(domain_of(address)),
    )
    credential = PasswordCredential(login=account.login, secret=want.secret)
    ticket.progress(0, 2, _("Connexion au serveur de réception"))
    opened = open_imap(account, credential)
    tokens = tuple(sorted(opened.capabilities.tokens))
    opened.stream.close()
    ticket.progress(1, 2, _("Connexion au serveur d’envoi"))
    open_submission(account, credential).close()
    ticket.check()
    return Done(account=join(desk, msgspec.structs.replace(account, capabilities=tokens), want.secret))


def join(desk: "Desk", account: Account, secret: Secret) -> Account:
    """Keep an account that was proved to work, and start its workers."""
    if not desk.profile.demo:  # there the operator gives the passwords at each start
        store_password(desk.profile, account.address, secret, store=desk.store)
    desk.hold_password(account.address, secret)

    def work(tx: Transaction) -> Account:
        added = kept.add_account(tx, account)
        if desk.profile.demo:
            removed = [one for one in read_setting(tx, REMOVED, []) if one != account.address.casefold()]
            set_setting(tx, REMOVED, json.dumps(removed))
        trace(tx, added.id, "account-add", "")
        return added

    added = desk.store.write(Priority.PERSON, work)
    desk.open_mailbox(added)
    return added


def _endpoints(desk: "Desk", want: AddAccount, address: str) -> tuple[Endpoint, Endpoint]:
    if desk.profile.demo:
        return _demonstration_endpoints(desk, want, address)
    if want.imap is not None and want.smtp is not None:
        return want.imap, want.smtp
    raise Refused(
        "autoconfiguration-unknown",
        _("Les serveurs de cet opérateur ne sont pas connus."),
        _("Indiquez les serveurs de réception et d’envoi que votre opérateur vous a donnés."),
    )


def _demonstration_endpoints(desk: "Desk", want: AddAccount, address: str) -> tuple[Endpoint, Endpoint]:
    """A demonstration profile keeps its key beside the store: no real account may enter it."""
    operator = desk.operator
    ours = {one.address.casefold() for one in operator.accounts} if operator is not None else set()
    named = [endpoint for endpoint in (want.imap, want.smtp) if endpoint is not None]
    if operator is None or address.casefold() not in ours or named:
        raise Refused(
            "demonstration-only",
            _("Un profil de démonstration n’accepte que les boîtes aux lettres de la démonstration."),
            _("Ajoutez votre boîte aux lettres dans un profil ordinaire."),
        )
    return (
        Endpoint(host="localhost", port=operator.imap_port),
        Endpoint(host="localhost", port=operator.submission_port),
    )


def sync(desk: "Desk", want: Sync, ticket: "Ticket") -> SyncReport:
    """One full turn of one BAL or of all; what fails for one does not keep the others."""
    desk.ready()
    accounts = [one for one in desk.accounts() if want.account in (None, one.id)]
    if want.account is not None and not accounts:
        desk.account(want.account)
    before = _open_wants(desk)
    folders: list[FolderSync] = []
    problems: dict[int, Problem] = {}
    for number, account in enumerate(accounts):
        ticket.progress(number, len(accounts), _("Relève des boîtes aux lettres"))
        try:
            report = desk.mailbox(account.id).sync_now(
                folder=want.folder, headers_only=want.headers_only, progress=ticket.progress
            )
        except MssError as error:
            if error.code == "cancelled":
                raise
            problems[account.id] = error.problem
        else:
            folders.extend(report.folders)
            problems.update(report.problems)
    return SyncReport(folders=tuple(folders), wants=_counts(desk, before), problems=problems)


def _open_wants(desk: "Desk") -> set[str]:
    with desk.reading() as view:
        return {found.id for found in view.wants()}


def _counts(desk: "Desk", before: set[str]) -> dict[str, int]:
    """What became of wants: carried out during this turn, and what is still open."""
    counts = {"done": 0, "waiting": 0, "parked": 0, "uncertain": 0}
    with desk.reading() as view:
        for found in view.wants():
            counts["waiting" if found.state == "doing" else found.state] += 1
        for want_id in before:
            entry = journal.want(view, want_id)
            counts["done"] += entry is not None and entry.state == "done"
    return counts
