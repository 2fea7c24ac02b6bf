"""The session of one person at Pro Santé Connect: a token that is always fresh, while the session lives."""

import contextlib
import threading
from concurrent.futures import Future

from mssclient.access.aside import begun, given_up_by_us, waited_for
from mssclient.access.psc import problems
from mssclient.access.psc.provider import Identity, Provider, Tokens
from mssclient.model.errors import MssError, Refused

__all__ = ["PscSession"]

_MARGIN_S = 20.0
"""A token that ends sooner is refreshed first: a login takes a few seconds."""
_FAREWELL_S = 5.0


class PscSession:
    """Tokens in memory (ECO.1.2.5), refreshed one at a time. Methods may be called from any thread."""

    def __init__(self, provider: Provider, tokens: Tokens) -> None:
        self._provider = provider
        self._tokens: Tokens | None = tokens
        self._guard = threading.Lock()
        """Never held while the provider is asked."""
        self._refreshing: Future[str] | None = None

    @property
    def identity(self) -> Identity | None:
        tokens = self._tokens
        return tokens.identity if tokens else None

    @property
    def alive(self) -> bool:
        return self._tokens is not None

    def token(self, given_up: threading.Event | None = None) -> str:
        """An access token that holds for some seconds yet (ECO.1.2.7).

        Blocks for one exchange when it must be refreshed; the end of the session and ``given_up`` end that
        wait. Raises Refused psc-session-ended when the provider refuses (ECO.1.2.6); WorldError when it
        cannot be reached: the session goes on.
        """
        with self._guard:
            tokens = self._tokens
            if tokens is None:
                raise problems.session_ended()
            if tokens.access and tokens.access_until - self._provider.clock() > _MARGIN_S:
                return tokens.access
            if self._refreshing is None:
                self._refreshing = begun(lambda: self._refreshed(tokens))
            under_way = self._refreshing
        return waited_for(
            under_way,
            lambda: not self.alive or (given_up is not None and given_up.is_set()),
            refusal=lambda: given_up_by_us() if self.alive else problems.session_ended(),
        )

    def refused(self, token: str) -> bool:
        """The operator did not take ``token``. True when another one may be tried, once."""
        with self._guard:
            tokens = self._tokens
            if tokens is None:
                return False
            if tokens.access == token:
                tokens.access = ""
            return True

    def forget(self) -> None:
        """Forget the tokens, and ask nobody. Never blocks."""
        with self._guard:
            self._tokens = None

    def end(self) -> None:
        """Forget the tokens, and tell the provider as far as it can be reached within some seconds."""
        with self._guard:
            tokens, self._tokens = self._tokens, None
        if tokens is not None:
            self._say_farewell(tokens)

    def _say_farewell(self, tokens: Tokens) -> None:
        # By the identity token alone (RP-Initiated Logout 1.0): with a refresh token the provider, which is a
        # Keycloak, wants the client's secret as well, and that is not here.
        fields = {"id_token_hint": tokens.hint}
        said = begun(lambda: self._provider.post("end_session_endpoint", fields))
        with contextlib.suppress(MssError):  # it ends there by itself; here nothing is left of it
            waited_for(said, lambda: False, limit_s=_FAREWELL_S)

    def _refreshed(self, tokens: Tokens) -> str:
        """On a thread of its own: new tokens in the place of ``tokens``, unless the session has ended."""
        try:
            new = self._refresh(tokens)
        except MssError as error:
            # What the network refuses (a portal's certificate) says nothing of the session.
            over = isinstance(error, Refused) and error.code.startswith("psc-")
            self._put(tokens if not over else None)
            raise
        except BaseException:
            self._put(tokens)
            raise
        if not self._put(new):
            self._say_farewell(new)
            raise problems.session_ended()
        return new.access

    def _put(self, tokens: Tokens | None) -> bool:
        """What a refresh has left; False when the session was ended meanwhile."""
        with self._guard:
            self._refreshing = None
            if self._tokens is None:
                return False
            self._tokens = tokens
            return True

    def _refresh(self, tokens: Tokens) -> Tokens:
        """Raises Refused when the session is over, WorldError when that is not known."""
        if not tokens.refresh or tokens.refresh_until < self._provider.clock():
            raise problems.session_ended()
        fields = {"grant_type": "refresh_token", "refresh_token": tokens.refresh}
        status, answer = self._provider.post("token_endpoint", fields)
        if status == 200:
            return self._provider.tokens(answer, earlier=tokens)
        if answer.get("error") == "temporarily_unavailable":
            raise problems.unavailable(f"refresh {status}")
        raise problems.session_ended()
