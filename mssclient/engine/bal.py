"""A BAL is added after one login."""

import json
from collections.abc import Collection
from typing import TYPE_CHECKING

import msgspec

from mssclient.access.credential import Credential, PasswordCredential
from mssclient.access.open import open_imap, open_submission
from mssclient.engine import discovering, entering, passwords
from mssclient.engine.demonstration import REMOVED
from mssclient.mime.addresses import domain_of
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.errors import MssError, Refused, WorldError
from mssclient.model.ids import AccountId
from mssclient.model.language import _, ngettext
from mssclient.model.operators import Discovery, Proposal
from mssclient.model.questions import Done
from mssclient.model.secrets import Secret
from mssclient.model.wants import AddAccount
from mssclient.operators.profiles import profile_for, profile_named
from mssclient.store import accounts as kept
from mssclient.store.settings import read_setting, set_setting
from mssclient.store.store import Priority
from mssclient.store.trace import trace
from mssclient.store.transaction import Transaction

if TYPE_CHECKING:
    from mssclient.engine.desk import Desk
    from mssclient.engine.tickets import Ticket

__all__ = ["add", "join"]


def add(desk: "Desk", want: AddAccount, ticket: "Ticket") -> Done:
    """Find the servers, get in, log in to both services once, then keep the account and its secret.

    Raises Refused account-known, demonstration-only, autoconfiguration-unknown, host-outside, login-missing,
    what :func:`discovering.look` and :func:`entering.first_credential` raise, and what
    :func:`mssclient.access.open.open_imap` raises.
    """
    desk.ready()
    address = want.address.strip()
    if not domain_of(address):
        raise Refused("bad-address", _("Ce n’est pas une adresse."), _("Vérifiez l’adresse saisie."))
    with desk.reading() as view:
        if any(known.address.casefold() == address.casefold() for known in view.accounts()):
            raise Refused(
                "account-known",
                _("Cette adresse est déjà configurée dans ce profil."),
                _("Choisissez-la dans la liste des boîtes aux lettres."),
            )
    account = _account(desk, want, address, _servers(desk, want, address, ticket))
    with desk.identities.adding():
        account, credential = entering.first_credential(desk, account, want.secret, ticket, want.psc_way)
        return Done(account=_prove(desk, want, account, credential, ticket))


def _prove(
    desk: "Desk", want: AddAccount, account: Account, credential: Credential, ticket: "Ticket"
) -> Account:
    """Log in to both services, changing the password first where the operator wants that; then keep it."""
    ticket.progress(0, 2, _("Connexion au serveur de réception"))
    try:
        account = _received(account, credential)
    except Refused as error:
        if error.code not in passwords.MUST_CHANGE or not want.new_secret.value:
            raise
        return _prove_with_new(desk, want, account)
    ticket.progress(1, 2, _("Connexion au serveur d’envoi"))
    open_submission(account, credential).close()
    ticket.check()
    return join(desk, account, want.secret)


def _prove_with_new(desk: "Desk", want: AddAccount, account: Account) -> Account:
    """Nothing is interrupted any more: the operator does not know the old password from now on."""
    passwords.change_first(desk, account, want.secret, want.new_secret)
    credential = PasswordCredential(account.login, want.new_secret)
    with passwords.changed_only():
        account = passwords.open_patiently(lambda: _received(account, credential))
        passwords.open_patiently(lambda: open_submission(account, credential).close())
        return join(desk, account, want.new_secret)


def _received(account: Account, credential: Credential) -> Account:
    """With what its server is able to do."""
    opened = open_imap(account, credential)
    opened.stream.close()
    return msgspec.structs.replace(account, capabilities=tuple(sorted(opened.capabilities.tokens)))


def join(desk: "Desk", account: Account, secret: Secret) -> Account:
    """Keep an account that was proved to work, and start its workers."""
    if account.auth in ("password", "pkcs12"):
        entering.keep_secret(desk, account.address, secret)

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


def _account(desk: "Desk", want: AddAccount, address: str, servers: Proposal) -> Account:
    profile = profile_named(servers.operator, desk.profile.operators_folder)
    login = want.login or servers.login
    if not login and want.auth == "password":
        raise Refused(
            "login-missing",
            _("Cet opérateur demande un identifiant, qui n’est pas l’adresse."),
            _("Saisissez l’identifiant que l’opérateur vous a donné\u00a0: souvent votre numéro national."),
        )
    account = Account(
        id=AccountId(0),
        address=address,
        name=want.name,
        kind=want.kind,
        login=login or address,
        imap=servers.imap,
        smtp=servers.smtp,
        sieve=servers.sieve,
        ldap=servers.ldap,
        operator=servers.operator,
        auth=want.auth,
        ca_pem=want.ca_pem,
        certificate=want.certificate,
        pkcs12=want.pkcs12,
        pkcs11=want.pkcs11,
        national_id=want.national_id,
        mssante=desk.trust.lists(domain_of(address)),
    )
    if profile is None:
        return account
    return msgspec.structs.replace(
        account,
        attachment_limit_octets=profile.attachment_limit_octets,
        ca_pem=want.ca_pem or "\n".join(profile.anchors),
    )


def _servers(desk: "Desk", want: AddAccount, address: str, ticket: "Ticket") -> Proposal:
    """What was given, else what is found. A host that nobody confirmed is not even connected to."""
    if desk.profile.demo:
        imap, smtp = _demonstration_endpoints(desk, want, address)
        return Proposal(imap=imap, smtp=smtp, login=address)
    own = desk.profile.operators_folder
    if want.operator and profile_named(want.operator, own) is None:
        raise Refused(
            "operator-unknown",
            _("Cette fiche d’opérateur n’existe pas."),
            _("Choisissez un opérateur de la liste, ou aucun."),
        )
    if want.imap is not None and want.smtp is not None:
        profile = profile_named(want.operator, own) or profile_for(domain_of(address), own)
        return Proposal(
            imap=want.imap,
            smtp=want.smtp,
            sieve=want.sieve,
            ldap=want.ldap,
            login=address,
            operator=profile.id if profile else "",
        )
    found = discovering.look(desk, address, ticket, operator=want.operator, ca_pem=want.ca_pem)
    if found.proposal is None:
        raise _nothing_found(found)
    given = {
        name: value
        for name in ("imap", "smtp", "sieve", "ldap")
        if (value := getattr(want, name)) is not None
    }
    proposal = msgspec.structs.replace(found.proposal, **given)
    _refuse_outside(proposal, {*want.confirmed_hosts, *(each.host for each in given.values())})
    return proposal


def _nothing_found(found: Discovery) -> MssError:
    if (problem := found.problem) is not None:
        return WorldError(problem.code, problem.sentence, problem.remedy, problem.detail)
    return Refused(
        "autoconfiguration-unknown",
        _("Les serveurs de cet opérateur ne sont pas connus."),
        _("Indiquez les serveurs de réception et d’envoi que votre opérateur vous a donnés."),
    )


def _refuse_outside(proposal: Proposal, confirmed: Collection[str]) -> None:
    used = [each.host for each in (proposal.imap, proposal.smtp, proposal.sieve, proposal.ldap) if each]
    asked = {each.casefold() for each in confirmed}
    strange = [each for each in proposal.outside if each in used and each.casefold() not in asked]
    if strange:
        raise Refused(
            "host-outside",
            ngettext(
                "Un serveur est hors du domaine de l’adresse\u00a0: {hosts}.",
                "Des serveurs sont hors du domaine de l’adresse\u00a0: {hosts}.",
                len(strange),
            ).format(hosts=", ".join(strange)),
            _("Vérifiez auprès de votre opérateur qu’il en est ainsi, puis confirmez."),
            " ".join(strange),
        )


def _demonstration_endpoints(desk: "Desk", want: AddAccount, address: str) -> tuple[Endpoint, Endpoint]:
    """A demonstration profile keeps its key beside the store: no real account may enter it."""
    operator = desk.operator
    ours = {one.address.casefold() for one in operator.accounts} if operator is not None else set()
    named = [endpoint for endpoint in (want.imap, want.smtp) if endpoint is not None]
    if operator is None or address.casefold() not in ours or named or want.auth != "password":
        raise Refused(
            "demonstration-only",
            _("Un profil de démonstration n’accepte que les boîtes aux lettres de la démonstration."),
            _("Ajoutez votre boîte aux lettres dans un profil ordinaire."),
        )
    return (
        Endpoint(host="localhost", port=operator.imap_port),
        Endpoint(host="localhost", port=operator.submission_port),
    )
