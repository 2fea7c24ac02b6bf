"""Prompts: the engine asks the person. The window answers once; secrets travel only in the answer."""

from mssclient.model.ids import AccountId, PromptId
from mssclient.model.records import Record
from mssclient.model.secrets import Secret

__all__ = ["Prompt", "PromptAnswer"]


class Prompt(Record, frozen=True, kw_only=True):
    id: PromptId
    kind: str
    """"passphrase-new", "passphrase", "password", "confirm"."""
    title: str = ""
    sentence: str = ""
    account: AccountId | None = None
    problem: str = ""
    """Why it is asked again."""


class PromptAnswer(Record, frozen=True, kw_only=True):
    prompt: PromptId
    accepted: bool = True
    secret: Secret = Secret()
