"""What argparse says in English, in French: the headings of the help, the sentences of a wrong call."""

import argparse
import re
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from mssclient.model.language import _

__all__ = ["Parser", "UsageError", "french"]


class UsageError(Exception):
    """The call is wrong; ``sentence`` says how. Exit 2."""

    def __init__(self, sentence: str, usage: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.usage = usage


_KNOWN: tuple[tuple[str, Callable[[], str]], ...] = (
    (r"the following arguments are required: (?P<what>.+)", lambda: _("Il manque «\u00a0{what}\u00a0».")),
    (
        r"unrecognized arguments: (?P<what>.+)",
        lambda: _("Ceci n’est pas compris\u00a0: «\u00a0{what}\u00a0»."),
    ),
    (
        r"argument (?P<what>.+?): invalid choice: (?P<value>.+?) \(choose from .*",
        lambda: _("«\u00a0{value}\u00a0» n’est pas possible pour «\u00a0{what}\u00a0»."),
    ),
    (
        r"argument (?P<what>.+?): expected (one|at least one|\d+) arguments?",
        lambda: _("Il manque une valeur après «\u00a0{what}\u00a0»."),
    ),
    (
        r"argument (?P<what>.+?): (ignored )?explicit argument (?P<value>.+)",
        lambda: _("«\u00a0{value}\u00a0» est de trop après «\u00a0{what}\u00a0»."),
    ),
    (
        r"argument (?P<what>.+?): not allowed with argument (?P<value>.+)",
        lambda: _("«\u00a0{what}\u00a0» et «\u00a0{value}\u00a0» ne vont pas ensemble."),
    ),
    (r"argument (?P<what>.+?): (?P<value>attendu.*)", lambda: _("«\u00a0{what}\u00a0»\u00a0: {value}.")),
)


def french(message: str) -> str:
    """The sentence for a message of argparse; one that is not known is quoted."""
    for pattern, sentence in _KNOWN:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            words = {name: word.strip("'") for name, word in found.groupdict().items()}
            return sentence().format(**words)
    return _("Cet appel n’est pas compris\u00a0: «\u00a0{message}\u00a0».").format(message=message)


class _Help(argparse.HelpFormatter):
    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, _("usage\u00a0: ") if prefix is None else prefix)

    def start_section(self, heading: str | None) -> None:
        super().start_section(None if heading is None else _("{heading}\u00a0").format(heading=heading))


class Parser(argparse.ArgumentParser):
    """argparse in French; a wrong call raises UsageError instead of ending the program."""

    def __init__(self, *, add_help: bool = True, **options: Any) -> None:
        options.setdefault("formatter_class", _Help)
        super().__init__(add_help=False, **options)
        self._positionals.title = _("paramètres")
        self._optionals.title = _("options")
        if add_help:
            self.add_argument("-h", "--help", action="help", help=_("montre cette aide"))

    def error(self, message: str) -> NoReturn:
        raise UsageError(french(message), self.format_usage())
