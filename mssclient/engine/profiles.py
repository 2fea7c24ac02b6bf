"""Which folder is whose: ordinary profiles, kept demonstrations, and demonstrations that are thrown away."""

import contextlib
import shutil
import tempfile
from pathlib import Path

from mssclient.model.errors import MssError, Refused
from mssclient.model.language import _
from mssclient.store.profile import Profile

__all__ = ["choose_profile", "forget", "throw_away"]

_OURS = ("engine.", "key.json", "log", "open", "operator", "store.db", ".write-")
"""How the names begin of what an engine puts into a new profile."""
_MARK = "throw-away"
"""A file in a profile that goes with its engine."""


def choose_profile(folder: Path | None, *, demo: bool) -> Profile:
    """The profile in ``folder`` (None: the user's own), of the kind that it was made as.

    With ``demo`` the folder must be new or a demonstration's: Refused profile-kind, and for a folder that
    holds something else.
    """
    if folder is None:
        if demo:
            return throw_away()
        return Profile.default()
    folder = folder.absolute()
    from mssclient.store.key import key_kind

    try:
        kind = key_kind(Profile(folder))
    except MssError:
        kind = "damaged"  # the engine will say so
    if kind == "demo":
        return Profile(folder, demo=True)
    if demo and (kind or (folder.exists() and _holds_something(folder))):
        raise Refused(
            "profile-kind",
            _("Ce dossier n’est pas un profil de démonstration."),
            _("Choisissez un dossier vide, ou un dossier créé par la démonstration."),
        )
    return Profile(folder, demo=demo)


def _holds_something(folder: Path) -> bool:
    """Something that is not ours: another verb may be making this very profile now."""
    with contextlib.suppress(OSError):
        return not folder.is_dir() or any(not one.name.startswith(_OURS) for one in folder.iterdir())
    return False


def throw_away() -> Profile:
    """A new demonstration profile that is removed when its engine ends in order."""
    folder = Path(tempfile.mkdtemp(prefix="mssclient-demo-"))
    (folder / _MARK).touch(mode=0o600)
    return Profile(folder, demo=True)


def forget(profile: Profile) -> None:
    """Remove the profile when it is one to throw away. Called by the engine, last of all."""
    if profile.demo and (profile.folder / _MARK).is_file():
        shutil.rmtree(profile.folder, ignore_errors=True)
