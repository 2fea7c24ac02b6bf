"""Software certificates behind PKCS#11 modules: which there are, and logging in with one.

Once its PIN was shown a token is held, and goes, as a card does.
"""

import time
from typing import TYPE_CHECKING

import msgspec

from mssclient.engine.cardlogin import ask_pin, ask_which, authorities
from mssclient.engine.cards import CARD_MODULE
from mssclient.model.accounts import Account
from mssclient.model.cards import CardCertificate, ModuleCertificate
from mssclient.model.errors import MssError
from mssclient.model.questions import CertificatesAnswer, ReadCertificates
from mssclient.operators.tls import operator_anchors
from mssclient.store.settings import read_setting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mssclient.access.card.software import Found
    from mssclient.access.card.token import Token
    from mssclient.engine.desk import Desk
    from mssclient.engine.tickets import Ticket

__all__ = ["enter_token", "read"]


def read(desk: "Desk", question: ReadCertificates) -> CertificatesAnswer:
    """Those that a person may log in with. Without a URI no CPS: that is offered as a card."""
    try:
        found = _find(desk, question.uri or "pkcs11:", operator_anchors())
    except MssError as error:
        return CertificatesAnswer(problem=error.problem)
    for token in {each.token for each in found}:
        token.close(reset=False)
    return CertificatesAnswer(
        certificates=tuple(
            ModuleCertificate(uri=each.uri, token=each.place, certificate=each.certificate)
            for each in found
            if each.certificate.usage != "signature" and (question.uri or not each.token.generation)
        )
    )


def enter_token(desk: "Desk", account: Account, ticket: "Ticket") -> Account:
    """Open the token of this account, ask for its PIN once and hold it. Returns the account bound to it.

    Blocks as long as the person does. Raises WorldError and Refused of ``access.card``: pkcs11-uri,
    pkcs11-no-module, pkcs11-no-token, pkcs11-no-certificate…; openssl-static; Refused
    client-certificate-expired, card-choice, and those of :meth:`Cards.ask_pin`.
    """
    from mssclient.access.card.identity import CardIdentity
    from mssclient.access.card.problems import client_certificate_expired
    from mssclient.access.clientkey import check_openssl

    check_openssl()
    if desk.engine.background:
        desk.engine.cards.begin()  # what is pulled while its PIN is asked for withdraws the prompt
    desk.identities.drop_card_of(account)
    found = _find(desk, account.pkcs11, authorities(account))
    kept = None
    try:
        token, certificate = _choose(desk, found, account, ticket)
        if certificate.expired(int(time.time())):
            raise client_certificate_expired(certificate.not_before_utc, certificate.not_after_utc)
        identity = CardIdentity(token, certificate)
        ask_pin(desk, account, token, certificate, ticket)
        kept = token
    finally:
        for token in {each.token for each in found} - {kept}:
            token.close(reset=False)
    desk.identities.hold_card(identity)
    return msgspec.structs.replace(account, certificate=certificate.fingerprint)


def _choose(
    desk: "Desk", found: "Sequence[Found]", account: Account, ticket: "Ticket"
) -> "tuple[Token, CardCertificate]":
    """What the URI names, else the one that it was opened with, else what the person says."""
    fits = [each for each in found if each.certificate.usage != "signature"] or found
    fits = [each for each in fits if each.certificate.fingerprint == account.certificate] or fits
    choices = [(each.token, each.certificate) for each in fits]
    return choices[0] if len(choices) == 1 else ask_which(desk, choices, account, ticket)


def _find(desk: "Desk", uri: str, anchors: "Sequence[bytes]") -> "tuple[Found, ...]":
    from mssclient.access.card.software import find_certificates
    from mssclient.access.card.uri import read_uri

    with desk.reading() as view:
        module = str(read_setting(view, CARD_MODULE, ""))
    return find_certificates(desk.identities.card_thread, read_uri(uri), module=module, anchors=anchors)
