"""The one door to the files shipped with the program (icons, fonts, trust anchors, operator profiles)."""

import sys
from pathlib import Path

__all__ = ["path"]


def path(*parts: str) -> Path:
    """The absolute path of a shipped file or folder, e.g. ``path("trust", "anchors", "ACR-EL.cer")``.

    Looks beside the frozen program, then in the source tree, then in the installed data folder.
    Raises FileNotFoundError when nothing of that name was shipped.
    """
    here = Path(__file__).resolve()
    bases = [
        Path(getattr(sys, "_MEIPASS", here.parents[2])),
        here.parents[2],
        Path(sys.prefix) / "share" / "mssclient",
    ]
    for base in bases:
        candidate = base.joinpath("resources", *parts)
        if candidate.exists():
            return candidate
    raise FileNotFoundError("/".join(parts))
