"""The session of one person at Pro Santé Connect: a token that is always fresh, while the session lives."""

import threading

from mssclient.access.psc import problems
from mssclient.access.psc.provider import Identity, Provider, Tokens
from mssclient.model.errors import MssError

__all__ = ["PscSession"]

_MARGIN_S = 20.0
"""A token that ends sooner is refreshed first: a login takes a few seconds."""


class PscSession:
    """Tokens in memory (ECO.1.2.5), refreshed one at a time. Methods may be called from any thread."""

    def __init__(self, provider: Provider, tokens: Tokens) -> None:
        self._provider = provider
        self._tokens: Tokens | None = tokens
        self._guard = threading.Lock()

    @property
    def identity(self) -> Identity | None:
        tokens = self._tokens
        return tokens.identity if tokens else None

    @property
    def alive(self) -> bool:
        return self._tokens is not None

    def token(self) -> str:
        """An access token that holds for some seconds yet (ECO.1.2.7).

        Blocks for one exchange when it must be refreshed. Raises Refused psc-session-ended when the
        provider refuses (ECO.1.2.6); WorldError when it cannot be reached: the session goes on.
        """
        with self._guard:
            tokens = self._tokens
            if tokens is None:
                raise problems.session_ended()
            if tokens.access and tokens.access_until - self._provider.clock() > _MARGIN_S:
                return tokens.access
            self._tokens = tokens = self._refresh(tokens)
            return tokens.access

    def refused(self, token: str) -> bool:
        """The operator did not take ``token``. True when another one may be tried, once."""
        with self._guard:
            tokens = self._tokens
            if tokens is None:
                return False
            if tokens.access == token:
                tokens.access = ""
            return True

    def end(self) -> None:
        """Forget the tokens, and tell the provider as far as it can be reached."""
        with self._guard:
            tokens, self._tokens = self._tokens, None
        if tokens is None or not tokens.refresh:
            return
        try:
            fields = {"refresh_token": tokens.refresh, "id_token_hint": tokens.hint}
            self._provider.post("end_session_endpoint", fields)
        except MssError:
            return  # it ends there by itself; here nothing is left of it

    def _refresh(self, tokens: Tokens) -> Tokens:
        if not tokens.refresh or tokens.refresh_until < self._provider.clock():
            self._tokens = None
            raise problems.session_ended()
        fields = {"grant_type": "refresh_token", "refresh_token": tokens.refresh}
        status, answer = self._provider.post("token_endpoint", fields)
        if status == 200:
            try:
                return self._provider.tokens(answer, earlier=tokens)
            except MssError:
                self._tokens = None
                raise
        if status >= 500 or answer.get("error") == "temporarily_unavailable":
            raise problems.strange_provider(f"refresh {status}")
        self._tokens = None
        raise problems.session_ended()
