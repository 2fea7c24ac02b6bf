"""The window as a program: ``python -m ui [--profile DIR] [--demo] [mailto:…|FILE.eml]``.

The engine is started first, then Qt is loaded beside it. A second start on the same profile hands its
argument to the first window and leaves.
"""

import argparse
import faulthandler
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from mssclient.engine.client import Client, Profile, choose_profile, raise_running
from mssclient.model.errors import MssError
from ui.early import EarlyEar

__all__ = ["main", "parse"]


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mssclient", add_help=True, allow_abbrev=False)
    parser.add_argument("--profile", type=Path, help="dossier du profil")
    parser.add_argument("--demo", action="store_true", help="ouvre la démonstration")
    parser.add_argument("--one-process", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("argument", nargs="?", default="", help="lien mailto: ou fichier .eml")
    return parser.parse_args(list(arguments))


def _profile(options: argparse.Namespace) -> Profile:
    """As the command line chooses: a demonstration without a folder is thrown away with its engine."""
    folder = options.profile.expanduser() if options.profile is not None else None
    return choose_profile(folder, demo=options.demo)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until the window is closed; the exit code comes back."""
    options = parse(sys.argv[1:] if arguments is None else arguments)
    if sys.stderr is not None:
        faulthandler.enable()
    try:
        profile = _profile(options)
    except MssError as error:
        if sys.stderr is not None:
            sys.stderr.write(f"{error.sentence}\n{error.remedy}\n")
        return 2
    argument = options.argument
    if argument and not argument.lower().startswith("mailto:"):
        argument = str(Path(argument).absolute())
    if raise_running(profile, argument):
        return 0
    ear = EarlyEar()
    client = Client(profile, ear, in_process=options.one_process)
    client.start()
    from ui.start import run_window

    code = run_window(profile, client, ear, argument)
    # Interpreter and Qt would be taken down in an order that neither of them promises.
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
