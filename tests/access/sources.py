"""Where a login by token gets one from."""


class Source:
    """Hands out the given tokens, one after each refusal."""

    def __init__(self, *tokens: str) -> None:
        self._tokens = list(tokens)

    def token(self, given_up: object = None) -> str:
        return self._tokens[0]

    def refused(self, token: str) -> bool:
        assert token == self._tokens.pop(0)
        return bool(self._tokens)
