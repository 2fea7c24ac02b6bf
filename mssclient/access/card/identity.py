"""What a connection shows of a card: a certificate, with its key, for the TLS handshake."""

import hashlib
import os
import ssl
import time

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from mssclient.access.card.problems import card_forged, certificate_expired
from mssclient.access.card.token import Token
from mssclient.access.clientkey import ClientKey, Padding, attach
from mssclient.model.cards import CardCertificate

__all__ = ["CardIdentity"]

_SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
"""What a DigestInfo of SHA-256 begins with (RFC 8017 §9.2, note 1)."""


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

    def prove(self) -> None:
        """Have the card sign something new. To be asked where no server does: after :meth:`Token.verify`.

        A certificate is public, and a card that somebody programmed takes any PIN; only the right one has
        the key. Raises Refused("card-forged"), WorldError as :meth:`Token.sign`.
        """
        asked = os.urandom(32)
        block = _SHA256_INFO + hashlib.sha256(asked).digest()
        signature = self._sign(block, Padding.PKCS1)
        key = x509.load_der_x509_certificate(self.token.der(self.certificate)).public_key()
        try:
            if not isinstance(key, rsa.RSAPublicKey):
                raise InvalidSignature
            key.verify(signature, asked, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            raise card_forged() from None

    def _sign(self, block: bytes, padding: Padding) -> bytes:
        return self.token.sign(self.certificate, block, padding)
