"""What is shown to the operator to get in: a password, a certificate, or a token.

All of them live in memory only, and none shows itself in its repr.
"""

import base64
import ssl
import threading
from abc import ABC, abstractmethod
from typing import Protocol

from mssclient.access import sasl
from mssclient.access.card.problems import tls13_only
from mssclient.access.clientkey import ClientKey
from mssclient.access.failures import login_refused
from mssclient.model.accounts import Endpoint
from mssclient.model.errors import MssError
from mssclient.model.secrets import Secret

__all__ = [
    "CertificateCredential",
    "Credential",
    "PasswordCredential",
    "TlsIdentity",
    "TokenCredential",
    "TokenSource",
]


class TlsIdentity(Protocol):
    """A certificate with its key: on a card, in a PKCS#11 module, or in a PKCS#12 file."""

    def prepare(self, context: ssl.SSLContext) -> ClientKey | None:
        """Let ``context`` show it; a key that can fail (a card) is returned for its errors."""
        ...


class TokenSource(Protocol):
    """Where access tokens come from: a session of Pro Santé Connect."""

    def token(self, given_up: threading.Event | None = None) -> str:
        """One that holds for some seconds yet; ``given_up`` ends the wait for it."""
        ...

    def refused(self, token: str) -> bool:
        """The operator did not take it; True when another one may be tried."""
        ...


class Credential(ABC):
    """One way of getting in, for one login. Any thread; what blocks says so."""

    mechanisms: tuple[str, ...] = ()
    """SASL mechanisms, the preferred first."""
    wants_own_context: bool = False
    """A certificate is put into the TLS context, which can then serve no other account."""

    def __init__(self, login: str) -> None:
        self.login = login

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def prepare(self, context: ssl.SSLContext) -> None:
        """Put a certificate into ``context``, when there is one. Raises WorldError."""
        del context

    def handshake_problem(self, failure: MssError) -> MssError:
        """A better error for a handshake of this thread that ended with ``failure``, if our key has one."""
        return failure

    @abstractmethod
    def response(self, mechanism: str, endpoint: Endpoint) -> bytes:
        """The SASL response, not encoded. May block for a network exchange. Raises MssError."""

    def give_up(self) -> None:  # noqa: B027 - most have nothing to wait for
        """Whoever waits in :meth:`response` fails at once, now and later. Any thread."""

    def last_word(self, mechanism: str) -> bytes:
        """What answers a challenge after the response: the server says why it refuses, and waits."""
        del mechanism
        return b"*"

    def may_try_again(self) -> bool:
        """After a refusal: whether another attempt, with something new to show, makes sense. Asked once."""
        return False


class PasswordCredential(Credential):
    """A login and its password."""

    mechanisms = ("PLAIN", "LOGIN")

    def __init__(self, login: str, secret: Secret) -> None:
        super().__init__(login)
        self.secret = secret

    def response(self, mechanism: str, endpoint: Endpoint) -> bytes:
        del mechanism, endpoint
        return f"\0{self.login}\0{self.secret.value}".encode()


class CertificateCredential(Credential):
    """A certificate shown in the TLS handshake; the SASL dialogue then only points at it (EXTERNAL)."""

    mechanisms = ("EXTERNAL",)
    wants_own_context = True

    def __init__(self, login: str, identity: TlsIdentity) -> None:
        super().__init__(login)
        self._identity = identity
        self._key: ClientKey | None = None

    def prepare(self, context: ssl.SSLContext) -> None:
        self._key = self._identity.prepare(context)

    def handshake_problem(self, failure: MssError) -> MssError:
        """The card knows why it did not sign; and one without PSS cannot meet a server of TLS 1.3 alone."""
        if self._key is None:
            return failure
        error = self._key.take_error()
        if isinstance(error, MssError):
            return error
        if failure.code == "tls-failed" and not self._key.pss and "PROTOCOL_VERSION" in failure.detail:
            return tls13_only(failure.detail)
        return failure

    def response(self, mechanism: str, endpoint: Endpoint) -> bytes:
        del mechanism, endpoint
        return sasl.external()


class TokenCredential(Credential):
    """An access token of Pro Santé Connect (ECO.1.2.1: XOAUTH2; OAUTHBEARER where only that is offered)."""

    mechanisms = ("XOAUTH2", "OAUTHBEARER")

    def __init__(self, login: str, source: TokenSource) -> None:
        super().__init__(login)
        self._source = source
        self._shown = ""
        self._tried_again = False
        self._given_up = threading.Event()

    def give_up(self) -> None:
        self._given_up.set()

    def response(self, mechanism: str, endpoint: Endpoint) -> bytes:
        if any(letter < " " for letter in self.login):
            raise login_refused("control character")  # ^A would begin a field of its own
        self._shown = self._source.token(self._given_up)
        if mechanism == "XOAUTH2":
            return sasl.xoauth2(self.login, self._shown)
        return sasl.oauthbearer(self.login, endpoint.host, endpoint.port, self._shown)

    def last_word(self, mechanism: str) -> bytes:
        """An empty line for XOAUTH2; for OAUTHBEARER a single ^A (RFC 7628 §3.2.3)."""
        return b"" if mechanism == "XOAUTH2" else base64.b64encode(b"\x01")

    def may_try_again(self) -> bool:
        if self._tried_again:
            return False
        self._tried_again = True
        return bool(self._shown) and self._source.refused(self._shown)
