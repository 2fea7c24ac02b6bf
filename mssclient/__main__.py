"""``mssclient``: with a verb the command line, without one the window."""

import os
import subprocess
import sys

__all__ = ["main"]

_GLOBAL_WITH_VALUE = ("--profile", "--secrets")
_HIDDEN = ("--engine", "--child", "--bulk", "--demo-operator", "--window")
"""How a frozen program starts its other processes: itself with one of these."""


def main() -> int:
    arguments = sys.argv[1:]
    if arguments and arguments[0] in _HIDDEN and getattr(sys, "frozen", False):
        return _run_hidden(arguments[0], arguments[1:])
    word = _first_word(arguments)
    if word is None and not {"-h", "--help", "--version"} & set(arguments):
        return _open_window(arguments)
    if word is not None and _is_for_the_window(word):
        return _open_window(arguments)
    from mssclient.cli.main import run

    return run(arguments)


def _first_word(arguments: list[str]) -> str | None:
    """The verb, or what a file manager or browser hands over."""
    skip = False
    for argument in arguments:
        if skip:
            skip = False
        elif argument in _GLOBAL_WITH_VALUE:
            skip = True
        elif not argument.startswith("-"):
            return argument
    return None


def _is_for_the_window(word: str) -> bool:
    return word.lower().startswith("mailto:") or word.lower().endswith(".eml")


def _open_window(arguments: list[str]) -> int:
    frozen = getattr(sys, "frozen", False)
    command = [sys.executable, "--window"] if frozen else [sys.executable, "-m", "ui"]
    command += arguments
    if os.name == "posix":
        os.execv(command[0], command)
    return subprocess.call(command)


def _run_hidden(name: str, arguments: list[str]) -> int:
    match name:
        case "--engine":
            from mssclient.engine.__main__ import end
            from mssclient.engine.__main__ import main as engine

            end(engine(arguments))
        case "--child":
            from mssclient.engine.childwork import main as child

            return child()
        case "--bulk":
            from mssclient.engine.bulkwork import main as bulk

            return bulk()
        case "--demo-operator":
            from mssclient.demo.__main__ import main as operator

            return operator(arguments)
        case _:
            import runpy

            sys.argv = [sys.argv[0], *arguments]
            runpy.run_module("ui", run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main())
