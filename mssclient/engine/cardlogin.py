"""Logging in with a card: which card and certificate, then its PIN. The person is asked by prompts."""

import contextlib
import re
import ssl
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from mssclient.access.card.identity import CardIdentity
from mssclient.access.clientkey import check_openssl
from mssclient.engine.cards import CARD_MODULE, holder_name
from mssclient.model.accounts import Account
from mssclient.model.cards import CardCertificate
from mssclient.model.errors import Refused
from mssclient.model.ids import PromptId, new_id
from mssclient.model.language import _
from mssclient.model.prompts import Prompt
from mssclient.operators.tls import operator_anchors
from mssclient.store.settings import read_setting

if TYPE_CHECKING:
    from mssclient.access.card.token import Token
    from mssclient.engine.desk import Desk
    from mssclient.engine.tickets import Ticket

__all__ = ["CARD_ROUTE", "ask_which", "authorities", "enter_card"]

CARD_ROUTE = "card.route"
"""Setting: "pcsc" or "module" to take no other way to the card."""

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)

Choice = tuple["Token", CardCertificate]


def enter_card(desk: "Desk", account: Account, ticket: "Ticket") -> Account:
    """Open the card of this account, ask for its PIN once and hold it. Returns the account bound to it.

    Blocks as long as the person does. Raises WorldError and Refused of ``access.card``: card-absent,
    card-no-reader…; openssl-static; Refused card-other-person, card-certificate-missing, card-choice, and
    those of :meth:`Cards.ask_pin`.
    """
    from mssclient.access.card.token import open_tokens

    check_openssl()
    if desk.engine.background:
        desk.engine.cards.begin()  # a card pulled while its PIN is asked for withdraws the prompt
    desk.identities.drop_card_of(account)
    with desk.reading() as view:
        module, route = read_setting(view, CARD_MODULE, ""), read_setting(view, CARD_ROUTE, "")
    tokens = open_tokens(
        desk.identities.card_thread,
        module=str(module),
        route=str(route),
        anchors=authorities(account),
    )
    kept: Token | None = None
    try:
        token, certificate = _choose(desk, tokens, account, ticket)
        identity = CardIdentity(token, certificate)  # first: an ended certificate is told before the PIN
        ask_pin(desk, account, token, certificate, ticket)
        kept = token
    finally:
        for each in tokens:
            if each is not kept:
                each.close(reset=False)
    desk.identities.hold_card(identity)
    return msgspec.structs.replace(
        account, certificate=certificate.fingerprint, national_id=certificate.national_id
    )


def ask_pin(
    desk: "Desk", account: Account, token: "Token", certificate: CardCertificate, ticket: "Ticket"
) -> None:
    """Have the PIN asked for in the name of this account. Blocks and raises as :meth:`Cards.ask_pin`."""
    prompting = desk.engine.prompting
    desk.engine.cards.ask_pin(
        token,
        certificate,
        lambda prompt: prompting.ask(msgspec.structs.replace(prompt, account=account.id or None), ticket),
        prompting.withdraw,
    )


def _choose(desk: "Desk", tokens: Sequence["Token"], account: Account, ticket: "Ticket") -> Choice:
    every = [(token, each) for token in tokens for each in token.certificates()]
    usable = [choice for choice in every if choice[1].usage != "signature"]
    if account.certificate:
        mine = [choice for choice in usable if choice[1].fingerprint == account.certificate]
        # A renewed card shows another certificate of the same person.
        mine = mine or [choice for choice in usable if _same_person(choice[1], account)]
        if not mine:
            raise _other_person()
        return mine[0]
    for_login = [choice for choice in usable if choice[1].usage == "authentication"] or usable
    if not for_login:
        raise Refused(
            "card-certificate-missing",
            _("Cette carte ne contient pas de certificat pour se connecter."),
            _("Utilisez une carte CPS, ou choisissez un autre moyen de connexion."),
        )
    now_utc = int(time.time())
    valid = [choice for choice in for_login if not choice[1].expired(now_utc)] or for_login
    return valid[0] if len(valid) == 1 else ask_which(desk, valid, account, ticket)


def _same_person(certificate: CardCertificate, account: Account) -> bool:
    """A number that nobody vouches for could be anybody's."""
    vouched = certificate.igc_sante and bool(account.national_id)
    return vouched and certificate.national_id == account.national_id


def authorities(account: Account) -> tuple[bytes, ...]:
    """Whose cards count: the account's own authority may have signed them too. DER."""
    found: list[bytes] = []
    for block in _PEM.findall(account.ca_pem):
        with contextlib.suppress(ValueError):  # whoever connects says so
            found.append(ssl.PEM_cert_to_DER_cert(block))
    return (*operator_anchors(), *found)


def _other_person() -> Refused:
    return Refused(
        "card-other-person",
        _("La carte insérée n’est pas celle du titulaire de cette boîte aux lettres."),
        _("Insérez la carte avec laquelle cette boîte aux lettres a été ouverte."),
    )


def ask_which(desk: "Desk", choices: Sequence[Choice], account: Account, ticket: "Ticket") -> Choice:
    """The person chooses. Raises Refused card-choice."""
    prompt = Prompt(
        id=PromptId(new_id()),
        kind="certificate",
        title=_("Choisissez votre certificat"),
        sentence=_("Plusieurs certificats permettent de se connecter."),
        account=account.id or None,
        choices=tuple(_words(token, certificate) for token, certificate in choices),
    )
    answer = desk.engine.prompting.ask(prompt, ticket)
    if not answer.accepted or not 0 <= answer.choice < len(choices):
        raise Refused(
            "card-choice",
            _("Plusieurs certificats permettent de se connecter\u00a0: aucun n’a été choisi."),
            _("Choisissez le vôtre, ou laissez une seule carte dans les lecteurs."),
            " ".join(each.fingerprint for _token, each in choices),  # what --certificate takes
        )
    return choices[answer.choice]


def _words(token: "Token", certificate: CardCertificate) -> str:
    who = holder_name(certificate)
    until = time.strftime("%d/%m/%Y", time.gmtime(certificate.not_after_utc))
    details = [certificate.organisation] if certificate.organisation else []
    details.append(_("valable jusqu’au {date}").format(date=until))
    details.append(token.reader)
    return f"{who} ({', '.join(details)})"
