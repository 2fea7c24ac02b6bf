"""What is shown to the operator to get in."""

from mssclient.model.records import Record
from mssclient.model.secrets import Secret

__all__ = ["Credential"]


class Credential(Record, frozen=True, kw_only=True):
    """A login and its password. Kept in memory only; its repr shows neither."""

    login: str
    secret: Secret

    def __repr__(self) -> str:
        return "Credential()"
