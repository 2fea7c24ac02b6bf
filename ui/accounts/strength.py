"""How long a password would hold against guessing. zxcvbn is imported when first asked: half a megabyte."""

from collections.abc import Sequence

from mssclient.model.language import _

__all__ = ["LEVELS", "strength"]

LEVELS = 4
_LENGTH_MAX = 72
"""zxcvbn takes the square of the length; what comes later makes a password no weaker."""


def strength(password: str, words: Sequence[str] = ()) -> tuple[int, str]:
    """(0 to LEVELS, the word for it); ``words`` are what an attacker knows: address, name, structure."""
    if not password:
        return 0, ""
    from zxcvbn import zxcvbn

    score = int(zxcvbn(password[:_LENGTH_MAX], user_inputs=list(words))["score"])
    level = max(1, score)
    names = (_("Trop facile à deviner"), _("Faible"), _("Bon"), _("Très bon"))
    return level, names[level - 1]
