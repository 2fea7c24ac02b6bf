"""What a connection shows of a card: the certificate in the TLS handshake, then SASL EXTERNAL."""

import ssl
import time

from mssclient.access.card.problems import certificate_expired, tls13_only
from mssclient.access.card.token import Token
from mssclient.access.clientkey import ClientKey, Padding, attach
from mssclient.model.cards import CardCertificate
from mssclient.model.errors import MssError

__all__ = ["CardIdentity"]


class CardIdentity:
    """One certificate of one open card, for as many connections as one likes. Any thread.

    The PIN is verified beforehand (:meth:`Token.verify`): no handshake waits for a person.
    Raises Refused("card-certificate-expired").
    """

    mechanism = "EXTERNAL"

    def __init__(self, token: Token, certificate: CardCertificate) -> None:
        now_utc = int(time.time())
        if certificate.expired(now_utc):
            raise certificate_expired(started=now_utc >= certificate.not_before_utc)
        self.token = token
        self.certificate = certificate
        self._key: ClientKey | None = None

    def prepare(self, context: ssl.SSLContext) -> ClientKey:
        """Make ``context`` show the certificate; it must not be shared with connections of another login.

        A card that cannot do PSS (CPS3; any CPS through the ANS's module) limits it to TLS 1.2.
        Raises WorldError: openssl-static, client-certificate-unusable, card-removed, card-failed.
        """
        self._key = attach(context, self.token.der(self.certificate), self._sign, pss=self.token.raw)
        return self._key

    def respond(self, mechanism: str = "EXTERNAL") -> bytes:
        """RFC 4422 appendix A: an empty response asks for the identity that the certificate gives."""
        return b""

    @property
    def error(self) -> MssError | None:
        """Why the card did not sign in the last handshake of the calling thread; None when it did."""
        return _ours(self._key.error) if self._key is not None else None

    def explain(self, failure: MssError) -> MssError:
        """The better error for a handshake of the calling thread that ended with ``failure``.

        OpenSSL can only say that the handshake failed; the card knows why it did not sign, and a CPS3 cannot
        meet a server that speaks TLS 1.3 alone.
        """
        card = _ours(self._key.take_error()) if self._key is not None else None
        if card is not None:
            return card
        if failure.code == "tls-failed" and not self.token.raw and "PROTOCOL_VERSION" in failure.detail:
            return tls13_only(failure.detail)
        return failure

    def _sign(self, block: bytes, padding: Padding) -> bytes:
        return self.token.sign(self.certificate, block, padding)


def _ours(error: BaseException | None) -> MssError | None:
    if error is None or isinstance(error, MssError):
        return error
    # Not an error of a card but of ours, or an interruption: whoever asks must see it as it is.
    raise error
