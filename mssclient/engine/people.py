"""The people of one Windows or Linux session: each has a profile, with its own store, key and engine.

The user's own profile stays where it is; further ones lie beside it (``store.persons.people_folder``).
Another person is shown by another window with an engine of its own, while the first one's store is locked:
nothing of one ever is in the memory of the other.
"""

import contextlib
import secrets
from collections.abc import Collection
from pathlib import Path

from mssclient.model.cards import CardCertificate
from mssclient.model.records import Record
from mssclient.store.persons import Person, keep_person, people_folder, read_person
from mssclient.store.profile import Profile

__all__ = ["KnownProfile", "known_profiles", "new_profile", "profile_of_card"]

_MOST = 100
_NAME_LENGTH = 80


class KnownProfile(Record, frozen=True, kw_only=True):
    folder: str
    name: str
    """ "" when nobody gave one and there is no BAL yet."""
    card: bool = False
    """It opens with a card."""
    current: bool = False


def known_profiles(current: Profile) -> tuple[KnownProfile, ...]:
    """The user's own first, the others by name; one in another folder only when it is ``current``. Reads
    small files only."""
    own = Profile.default()
    others = sorted(map(Profile, _folders()), key=lambda one: read_person(one).name.casefold())
    found = [one for one in (own, *others) if _is_there(one)]
    if not any(_same(one, current) for one in found):
        found.insert(0, current)
    return tuple(
        KnownProfile(
            folder=str(one.folder),
            name=read_person(one).name,
            card=bool(read_person(one).cards),
            current=_same(one, current),
        )
        for one in found
    )


def _folders() -> list[Path]:
    with contextlib.suppress(OSError):
        return sorted(one for one in people_folder().iterdir() if one.is_dir())[:_MOST]
    return []


def _is_there(profile: Profile) -> bool:
    return profile.key_path.is_file() or bool(read_person(profile).name)


def _same(one: Profile, other: Profile) -> bool:
    return one.folder.absolute() == other.folder.absolute()


def new_profile(name: str) -> Profile:
    """Another person's profile: only its name is written, its store comes with its first window.

    Raises WorldError profile-read-only, disk-full.
    """
    profile = Profile(people_folder() / secrets.token_hex(4))
    profile.prepare()
    keep_person(profile, Person(name=_clean(name), chosen=True))
    return profile


def _clean(name: str) -> str:
    return " ".join("".join(each if each.isprintable() else " " for each in name).split())[:_NAME_LENGTH]


def profile_of_card(current: Profile, certificates: Collection[CardCertificate]) -> KnownProfile | None:
    """The profile that the card with these certificates opens; ``current`` before all others."""
    for known in sorted(known_profiles(current), key=lambda one: not one.current):
        cards = read_person(Profile(Path(known.folder))).cards
        if any(card.fits(each) for card in cards for each in certificates):
            return known
    return None
