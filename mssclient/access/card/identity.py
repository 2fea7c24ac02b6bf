"""What a connection shows of a card: a certificate, with its key, for the TLS handshake."""

import ssl
import time

from mssclient.access.card.problems import certificate_expired
from mssclient.access.card.token import Token
from mssclient.access.clientkey import ClientKey, Padding, attach
from mssclient.model.cards import CardCertificate

__all__ = ["CardIdentity"]


class CardIdentity:
    """One certificate of one open card, for as many connections as one likes. Any thread.

    The PIN is verified beforehand (:meth:`Token.verify`): no handshake waits for a person.
    Raises Refused("card-certificate-expired").
    """

    def __init__(self, token: Token, certificate: CardCertificate) -> None:
        now_utc = int(time.time())
        if certificate.expired(now_utc):
            raise certificate_expired(started=now_utc >= certificate.not_before_utc)
        self.token = token
        self.certificate = certificate

    def prepare(self, context: ssl.SSLContext) -> ClientKey:
        """Make ``context`` show the certificate; it must not be shared with connections of another login.

        What the card says when it does not sign waits in the returned key (:meth:`ClientKey.take_error`).
        A card that cannot do PSS (CPS3; any CPS through the ANS's module) limits it to TLS 1.2.
        Raises WorldError: openssl-static, client-certificate-unusable, card-removed, card-failed.
        """
        return attach(context, self.token.der(self.certificate), self._sign, pss=self.token.raw)

    def _sign(self, block: bytes, padding: Padding) -> bytes:
        return self.token.sign(self.certificate, block, padding)
