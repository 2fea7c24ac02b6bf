"""Prompts: the engine asks the person. The window answers once; secrets travel only in the answer."""

from mssclient.model.ids import AccountId, PromptId
from mssclient.model.records import Record
from mssclient.model.secrets import Secret

__all__ = ["TOKEN_PIN_LENGTHS", "Prompt", "PromptAnswer"]

TOKEN_PIN_LENGTHS = (4, 64)
"""Of a token that is no CPS, in octets: its PIN may be a phrase."""


class Prompt(Record, frozen=True, kw_only=True):
    id: PromptId
    kind: str
    """"passphrase-new", "passphrase", "password", "pin", "phone", "browser", "certificate"."""
    title: str = ""
    sentence: str = ""
    account: AccountId | None = None
    problem: str = ""
    """Why it is asked again."""
    holder: str = ""
    """For "pin": whose card it is, as the certificate says."""
    tries_left: int | None = None
    """For "pin": before the card is blocked; None when the card does not say."""
    length: tuple[int, int] = (4, 4)
    """For "pin": how many digits, at least and at most; ``TOKEN_PIN_LENGTHS``: any letters."""
    url: str = ""
    """For "browser": the https page to open in the system's browser; accepted = it was opened. Like "phone"
    it ends by itself."""
    choices: tuple[str, ...] = ()
    """For "certificate": what the person chooses from, in words; the answer gives its number."""
    digits: str = ""
    """For "phone": what the telephone must show too; the prompt ends by itself when it is answered there."""


class PromptAnswer(Record, frozen=True, kw_only=True):
    prompt: PromptId
    accepted: bool = True
    secret: Secret = Secret()
    choice: int = -1
    """For "certificate"."""
