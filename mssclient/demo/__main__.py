"""``python -m mssclient.demo``: prints one JSON line, then serves until its standard input ends."""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from mssclient.demo.service import run

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="mssclient.demo", description="Opérateur de démonstration, sur cet ordinateur seulement"
    )
    parser.add_argument("--folder", type=Path, help="dossier de travail, seul endroit où il écrit")
    parser.add_argument("--small", action="store_true", help="une cinquantaine de messages")
    parser.add_argument("--reference", type=datetime.fromisoformat, help="moment d’où comptent les dates")
    options = parser.parse_args(arguments)
    if options.folder is None:
        with tempfile.TemporaryDirectory(prefix="mssclient-demo-") as folder:
            return run(Path(folder), small=options.small, reference=options.reference)
    options.folder.mkdir(parents=True, exist_ok=True)
    return run(options.folder, small=options.small, reference=options.reference)


if __name__ == "__main__":
    sys.exit(main())
