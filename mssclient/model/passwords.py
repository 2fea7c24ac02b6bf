"""What an operator asks of a password, and what a given one lacks. Pure: the window calls it as you type."""

import re
from collections.abc import Iterator

from mssclient.model.language import _, ngettext
from mssclient.model.records import Record

__all__ = ["PasswordRules", "broken_rules", "rule_sentences", "told_sentences"]

_LOGIN_PART_MIN = 4


class PasswordRules(Record, frozen=True, kw_only=True):
    """Numbers of characters; 0 = not asked. What is unknown here the operator still checks by itself."""

    min_length: int = 0
    max_length: int = 0
    upper: int = 0
    lower: int = 0
    digits: int = 0
    punctuation: int = 0
    digits_or_punctuation: int = 0
    allowed: str = ""
    """Regular expression that each single character must match; "" = all."""
    without_login: bool = False
    """The password may not hold the login."""
    history: int = 0
    """So many earlier passwords may not be taken again."""
    text: tuple[str, ...] = ()
    """Further rules in the operator's own words."""


def rule_sentences(rules: PasswordRules) -> tuple[str, ...]:
    """The rules that can be judged here, as short French lines."""
    return tuple(sentence for sentence, _kept in _judged(rules, "", ""))


def broken_rules(rules: PasswordRules, password: str, login: str = "") -> tuple[str, ...]:
    """The lines of :func:`rule_sentences` that ``password`` does not keep."""
    return tuple(sentence for sentence, kept in _judged(rules, password, login) if not kept)


def told_sentences(rules: PasswordRules) -> tuple[str, ...]:
    """The rules that only the operator can judge."""
    lines = list(rules.text)
    if rules.history:
        lines.append(
            ngettext(
                "Différent du dernier mot de passe",
                "Différent des {count} derniers mots de passe",
                rules.history,
            ).format(count=rules.history)
        )
    return tuple(lines)


def _judged(rules: PasswordRules, password: str, login: str) -> Iterator[tuple[str, bool]]:
    length = len(password)
    if rules.min_length:
        yield (
            ngettext("Au moins {count} caractère", "Au moins {count} caractères", rules.min_length).format(
                count=rules.min_length
            ),
            length >= rules.min_length,
        )
    if rules.max_length:
        yield (
            ngettext("Au plus {count} caractère", "Au plus {count} caractères", rules.max_length).format(
                count=rules.max_length
            ),
            length <= rules.max_length,
        )
    upper = sum(each.isupper() for each in password)
    lower = sum(each.islower() for each in password)
    digits = sum(each.isdigit() for each in password)
    signs = sum(not each.isalnum() for each in password)
    if rules.upper:
        line = ngettext("Au moins {count} majuscule", "Au moins {count} majuscules", rules.upper)
        yield line.format(count=rules.upper), upper >= rules.upper
    if rules.lower:
        line = ngettext("Au moins {count} minuscule", "Au moins {count} minuscules", rules.lower)
        yield line.format(count=rules.lower), lower >= rules.lower
    if rules.digits:
        line = ngettext("Au moins {count} chiffre", "Au moins {count} chiffres", rules.digits)
        yield line.format(count=rules.digits), digits >= rules.digits
    if rules.punctuation:
        line = ngettext("Au moins {count} signe", "Au moins {count} signes", rules.punctuation)
        yield line.format(count=rules.punctuation) + " (! ? - …)", signs >= rules.punctuation
    if rules.digits_or_punctuation:
        line = ngettext(
            "Au moins {count} chiffre ou signe",
            "Au moins {count} chiffres ou signes",
            rules.digits_or_punctuation,
        )
        yield line.format(count=rules.digits_or_punctuation), digits + signs >= rules.digits_or_punctuation
    if rules.allowed:
        yield _("Sans caractère refusé par l’opérateur"), _all_allowed(rules.allowed, password)
    if rules.without_login:
        yield _("Sans l’identifiant"), not _holds(password, login)


_BOUNDED = re.compile(r"(?!.*(?:--|&&|~~|\|\|))(?:\[\^?(?:\\.|[^\\\[\]])+\]|\\.|[^\\\[\](){}*+?])*")
"""Sets, escapes, letters and « | »: all that one character needs. With groups and repetitions two hundred
letters from a server could hold the window for hours; doubled signs may mean set operations one day, of
which ``re`` warns."""


def _all_allowed(pattern: str, password: str) -> bool:
    """Each character by itself: an expression from a server then costs one step a character."""
    try:
        allowed = re.compile(pattern) if _BOUNDED.fullmatch(pattern) else None
    except (re.error, RecursionError, OverflowError):
        allowed = None
    if allowed is None:
        return True  # the operator checks it
    return all(allowed.fullmatch(each) for each in password)


def _holds(password: str, login: str) -> bool:
    local = login.partition("@")[0].casefold()
    return len(local) >= _LOGIN_PART_MIN and local in password.casefold()
