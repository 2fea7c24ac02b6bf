"""Errors that a person can be told: a stable code, one French sentence, one remedy.

Two children tell whose fault it is: :class:`WorldError` (network, server, disk, card, a refused
password) and :class:`BugError` (ours). An exception of a library is translated into one of them in
the only file that calls that library; anything else that escapes is a bug.
"""

import msgspec

from mssclient.model.language import _

__all__ = ["BugError", "MssError", "Problem", "Refused", "WorldError"]


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An error as a value: what crosses the process wall, is stored, and fills ``error`` in ``--json``."""

    code: str
    """Stable, English, kebab-case: ``certificate-untrusted``. Never renamed."""
    sentence: str
    """What happened, in French, without health data or addresses."""
    remedy: str = ""
    """What the person can do, in French."""
    detail: str = ""
    """For the support desk; English allowed. Never a subject, an address, a name or a secret."""
    exit_code: int = 3
    """Of the command line: 3 the world is in the way, 4 refused, 5 our bug."""


class MssError(Exception):
    """Base of everything we raise on purpose. Its text holds the code only, never user data."""

    exit_code = 5

    def __init__(self, code: str, sentence: str, remedy: str = "", detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence
        self.remedy = remedy
        self.detail = detail

    @property
    def problem(self) -> Problem:
        return Problem(
            code=self.code,
            sentence=self.sentence,
            remedy=self.remedy,
            detail=self.detail,
            exit_code=self.exit_code,
        )


class WorldError(MssError):
    """The network, a server, the disk or the card is in the way; nothing is lost, it may be tried again."""

    exit_code = 3


class Refused(WorldError):
    """Somebody said no: wrong password, missing right, untrusted certificate."""

    exit_code = 4


class BugError(MssError):
    """Our own mistake. Without a remedy of its own it has the only one that there is."""

    exit_code = 5

    def __init__(self, code: str, sentence: str, remedy: str = "", detail: str = "") -> None:
        remedy = remedy or _("Réessayez. Si cela dure, signalez-le à l’assistance.")
        super().__init__(code, sentence, remedy, detail)
