"""Whose a profile is: the name it is chosen by, and the card it opens with. ``person.json`` beside the store.

Not encrypted, because it is read before the key is there; for its owner alone, like the whole folder. It
names nobody but who uses this computer, and holds no secret: a program of the same session that changed it
could as well ask the keyring for the key.
"""

import hashlib
import os
from pathlib import Path

import msgspec

from mssclient.model.cards import CardCertificate
from mssclient.store.profile import Profile, disk_error

__all__ = ["BoundCard", "Person", "bound_card", "keep_person", "people_folder", "read_person"]

_MOST_OCTETS = 100_000


class BoundCard(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A card that opens the profile."""

    fingerprint: str
    """SHA-256 of its certificate for authentication, hexadecimal."""
    person: str = ""
    """SHA-256 of the holder's national number: a renewed card has another certificate."""

    def fits(self, certificate: CardCertificate) -> bool:
        """Whether ``certificate`` is on the card, or on a later one of the same person.

        Only a chain of signatures to IGC-Santé proves that number to be the holder's.
        """
        if certificate.fingerprint == self.fingerprint:
            return True
        same = bool(self.person) and self.person == _hashed(certificate.national_id)
        return same and certificate.igc_sante and certificate.usage == "authentication"


class Person(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Fields are only ever added."""

    name: str = ""
    """Chosen by the person, else of the first BAL."""
    chosen: bool = False
    cards: tuple[BoundCard, ...] = ()
    """When there are any, the store opens with one of them and its PIN."""
    card_module: str = ""
    """File of the PKCS#11 module of the setting ``card.module``, needed before the store is open."""


def bound_card(fingerprint: str, national_id: str = "") -> BoundCard:
    return BoundCard(fingerprint=fingerprint, person=_hashed(national_id) if national_id else "")


def _hashed(national_id: str) -> str:
    return hashlib.sha256(b"mssclient card holder " + national_id.encode()).hexdigest()


def _path(profile: Profile) -> Path:
    return profile.folder / "person.json"


def read_person(profile: Profile) -> Person:
    """Nobody in particular, when nothing that can be read is there. Touches nothing."""
    try:
        with _path(profile).open("rb") as file:
            return msgspec.json.decode(file.read(_MOST_OCTETS), type=Person)
    except (OSError, msgspec.DecodeError, ValueError):
        return Person()


def keep_person(profile: Profile, person: Person) -> None:
    """Written whole or not at all, and only when it says something new. Raises WorldError of the disk."""
    if read_person(profile) == person:
        return
    path = _path(profile)
    new = path.with_name("person.json.new")
    try:
        profile.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(person))
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    except OSError as error:
        raise disk_error(error) from error


def people_folder() -> Path:
    """Where the profiles of further people of this session live, one folder each."""
    return Profile.default().folder.with_name("mssclient-people")
