"""Pro Santé Connect seen from an account: its settings, and a login with prompts."""

import ssl
import threading
from typing import TYPE_CHECKING

import msgspec

from mssclient.access.psc.browser import log_in_by_browser
from mssclient.access.psc.phone import log_in_by_phone
from mssclient.access.psc.problems import other_person
from mssclient.access.psc.provider import Provider, Tokens
from mssclient.access.psc.session import PscSession
from mssclient.access.psc.settings import PRODUCTION, SANDBOX, PscSettings
from mssclient.engine import entering
from mssclient.engine.identities import HeldSession, subject_of
from mssclient.model.accounts import Account
from mssclient.model.errors import MssError, Refused, WorldError
from mssclient.model.ids import PromptId, new_id
from mssclient.model.language import _
from mssclient.model.prompts import Prompt, PromptAnswer
from mssclient.operators.profiles import profile_named
from mssclient.operators.tls import client_context, new_client_context

if TYPE_CHECKING:
    from mssclient.engine.desk import Desk
    from mssclient.engine.tickets import Ticket

__all__ = ["enter_psc", "settings_of"]


def settings_of(desk: "Desk", account: Account) -> PscSettings:
    """How the operator of this account is logged in to; without a client id when it has not said so."""
    profile = profile_named(account.operator, desk.profile.operators_folder)
    if profile is None:
        return PscSettings(ca_pem=account.ca_pem)
    said = profile.psc
    return PscSettings(
        discovery=said.discovery or (SANDBOX if said.environment == "sandbox" else PRODUCTION),
        client_id=said.client_id,
        relay=said.relay,
        site_certificate=said.site_certificate,
        redirect_port=said.redirect_port,
        ca_pem=account.ca_pem,
    )


def enter_psc(desk: "Desk", account: Account, ticket: "Ticket", way: str = "") -> Account:
    """Log in by telephone or browser and hold the session. Returns the account bound to the person, whose
    name it bears when none was given.

    A new account of somebody who is logged in already, said by their national number, shares the session.

    ``way``: "phone" or "browser"; "" = the telephone when it is known whom to ask there. Blocks up to five
    minutes. Raises what ``access.psc`` raises; Refused psc-other-person when the account is bound to somebody
    else, or when another national number was typed.
    """
    settings = settings_of(desk, account)
    way = way or ("phone" if account.national_id else "browser")
    if way == "phone" and not account.national_id:
        raise Refused(
            "national-id-missing",
            _("Pour vous identifier sur le téléphone, votre numéro national est nécessaire."),
            _("Saisissez-le\u00a0: 8 suivi de votre numéro RPPS, ou 0 suivi de votre numéro ADELI."),
        )
    if not account.id and account.national_id:
        held = desk.identities.session_of(settings, account.national_id)
        if held is not None:
            return msgspec.structs.replace(account, psc_subject=held.subject)
    provider = Provider(settings, _context(desk, account, settings, ticket))
    tokens = _log_in(desk, provider, account, ticket, way)
    session = PscSession(provider, tokens)
    person = tokens.identity
    assert person is not None  # a first login without is refused
    subject = subject_of(person.subject)
    known = account.national_id
    if account.psc_subject not in ("", subject) or (
        known and person.national_id and known != person.national_id
    ):
        session.end()
        raise other_person()
    desk.identities.hold_session(HeldSession(settings, subject, session))
    name = account.name
    if not name and account.kind == "personal":  # a From of a person says who it is (ECO.2.2.7)
        name = f"{person.given} {person.family.upper()}".strip()
    return msgspec.structs.replace(
        account, name=name, psc_subject=subject, national_id=known or person.national_id
    )


def _context(desk: "Desk", account: Account, settings: PscSettings, ticket: "Ticket") -> ssl.SSLContext:
    """For the provider and the relay; it shows the certificate of this site where the profile says so.

    The certificate lies beside the operator's own profile, under the same name. Its passphrase is asked for
    once, and kept as a password is.
    """
    if not settings.site_certificate:
        return client_context(account.ca_pem, system=True)
    file = desk.profile.operators_folder / f"{account.operator}.p12"
    name = f"psc:{account.operator}"
    context = new_client_context(account.ca_pem, system=True)
    files = desk.identities.certificate_files
    try:
        identity = files.open(file, desk.password(name))
    except WorldError as error:
        if error.code not in ("password-missing", "pkcs12-passphrase"):
            raise
        secret = entering.ask_secret(
            desk,
            ticket,
            title=_("Certificat de ce site"),
            sentence=_("Saisissez le mot de passe du certificat que l’opérateur a remis à ce site."),
        )
        identity = files.open(file, secret)
        entering.keep_secret(desk, name, secret)
    identity.prepare(context)
    return context


def _log_in(desk: "Desk", provider: Provider, account: Account, ticket: "Ticket", way: str) -> Tokens:
    prompting = desk.engine.prompting
    cancelled = threading.Event()
    prompt = PromptId(new_id())

    def answered(answer: PromptAnswer) -> None:
        if not answer.accepted:
            cancelled.set()

    def show_digits(digits: str) -> None:
        prompting.show(
            Prompt(
                id=prompt,
                kind="phone",
                title=_("Confirmez sur votre téléphone"),
                sentence=_("Ouvrez l’application e-CPS et acceptez la demande qui porte ce nombre."),
                account=account.id or None,
                digits=digits,
            ),
            answered,
        )

    def open_page(url: str) -> bool:
        return prompting.show(
            Prompt(
                id=prompt,
                kind="browser",
                title=_("Connectez-vous dans le navigateur"),
                sentence=_("La page de Pro Santé Connect s’ouvre dans votre navigateur."),
                account=account.id or None,
                url=url,
            ),
            answered,
        )

    ticket.interruptible(cancelled.set)
    try:
        if way == "phone":
            return log_in_by_phone(provider, account.national_id, show_digits, cancelled)
        return log_in_by_browser(provider, open_page, cancelled, login_hint=account.national_id)
    except MssError:
        ticket.check()
        raise
    finally:
        ticket.interruptible(None)
        prompting.withdraw(prompt)
