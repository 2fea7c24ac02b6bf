"""Whose profile a card opens, and the list of people of one session. No card needed."""

import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mssclient.engine import cards
from mssclient.engine.people import known_profiles, new_profile, profile_of_card
from mssclient.model.cards import CardCertificate
from mssclient.model.errors import Refused, WorldError
from mssclient.store.persons import Person, bound_card, keep_person, people_folder, read_person
from mssclient.store.profile import Profile

NUMBER = "899700000085"
CARD = CardCertificate(
    fingerprint="a" * 64, national_id=NUMBER, usage="authentication", igc_sante=True, surname="PERRIN"
)


@pytest.mark.parametrize(
    ("changes", "opens"),
    [
        ({}, True),
        ({"igc_sante": False}, True),
        ({"fingerprint": "b" * 64}, True),
        ({"fingerprint": "b" * 64, "igc_sante": False}, False),
        ({"fingerprint": "b" * 64, "usage": "signature"}, False),
        ({"fingerprint": "b" * 64, "national_id": "899700000093"}, False),
        ({"fingerprint": "b" * 64, "national_id": ""}, False),
    ],
)
def test_which_card_opens(changes: dict[str, object], opens: bool) -> None:
    """The very card; or a later one of the same person, which IGC-Santé alone can prove."""
    assert bound_card(CARD.fingerprint, NUMBER).fits(msgspec.structs.replace(CARD, **changes)) is opens


class FakeToken:
    def __init__(self, *certificates: CardCertificate, failure: WorldError | None = None) -> None:
        self._certificates = certificates
        self._failure = failure

    def certificates(self) -> tuple[CardCertificate, ...]:
        if self._failure is not None:
            raise self._failure
        return self._certificates


def test_a_card_that_cannot_be_read_hides_no_other() -> None:
    busy = FakeToken(failure=WorldError("card-busy", "Un autre logiciel la garde."))
    mine = FakeToken(CARD)
    other = FakeToken(msgspec.structs.replace(CARD, fingerprint="b" * 64))

    def found(*tokens: FakeToken) -> object:
        return cards._fitting(tokens, lambda each: each.fingerprint == CARD.fingerprint)  # type: ignore[arg-type]

    assert found(busy, other, mine) == (mine, CARD)
    with pytest.raises(Refused, match="card-other-person"):
        found(other)
    with pytest.raises(WorldError, match="card-busy"):
        found(other, busy)


def test_without_a_number_only_the_very_card_opens() -> None:
    renewed = msgspec.structs.replace(CARD, fingerprint="b" * 64, national_id="")
    assert not bound_card(CARD.fingerprint).fits(renewed)


@given(st.binary(max_size=300))
def test_a_damaged_file_names_nobody(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    profile = Profile(tmp_path_factory.mktemp("p"))
    (profile.folder / "person.json").write_bytes(content)
    assert isinstance(read_person(profile), Person)


def test_it_is_for_its_owner_and_hides_the_number(tmp_path: Path) -> None:
    profile = Profile(tmp_path / "p")
    keep_person(profile, Person(name="Dr Perrin", cards=(bound_card(CARD.fingerprint, NUMBER),)))
    path = profile.folder / "person.json"
    assert NUMBER not in path.read_text()
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o777 == 0o600
        assert profile.folder.stat().st_mode & 0o777 == 0o700
    before = path.stat().st_ino
    keep_person(profile, read_person(profile))
    assert path.stat().st_ino == before  # nothing new, nothing written


def test_people_are_listed_the_users_own_first(home: Path) -> None:
    own = Profile.default()
    assert [one.current for one in known_profiles(own)] == [True]
    zoe, adele = new_profile("Zoé"), new_profile("  Adèle\n\x00 Petit ")
    keep_person(own, Person(name="Cabinet"))
    assert [one.name for one in known_profiles(zoe)] == ["Cabinet", "Adèle Petit", "Zoé"]
    assert [one.name for one in known_profiles(zoe) if one.current] == ["Zoé"]
    assert zoe.folder.parent == adele.folder.parent == people_folder()
    assert people_folder() != own.folder
    assert not people_folder().is_relative_to(own.folder)
    elsewhere = Profile(home / "ailleurs")
    assert known_profiles(elsewhere)[0].current
    assert len(known_profiles(elsewhere)) == 4


def test_a_card_opens_its_own_profile(home: Path) -> None:
    lou = new_profile("Lou")
    keep_person(lou, Person(name="Lou", chosen=True, cards=(bound_card(CARD.fingerprint),)))
    found = profile_of_card(Profile.default(), [CARD])
    assert found is not None
    assert (found.folder, found.current) == (str(lou.folder), False)
    here = profile_of_card(lou, [CARD])
    assert here is not None
    assert here.current
    assert profile_of_card(lou, [msgspec.structs.replace(CARD, fingerprint="c" * 64)]) is None
