"""What belongs to the open profile: own operators, revocation; and nothing before one is open."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mssclient.operators import station


@pytest.fixture(autouse=True)
def unsettled() -> Iterator[None]:
    station.settle(None)
    yield
    station.settle(None)


def test_nothing_is_asked_before_a_profile_is_open() -> None:
    assert station.revocation() is None
    assert station.profile_of("") is None
    assert station.profile_of("nul") is None
    shipped = station.profile_of("mailiz")
    assert shipped is not None
    assert shipped.name == "Mailiz"


def test_the_open_profile_brings_its_own(tmp_path: Path) -> None:
    (tmp_path / "operators").mkdir()
    (tmp_path / "operators" / "ici.toml").write_text("name = 'Ici'")
    station.settle(tmp_path)
    own = station.profile_of("ici")
    assert own is not None
    assert own.name == "Ici"
    assert station.profile_of("mailiz") is not None
    assert station.revocation() is not None
    assert station.revocation() is station.revocation()
    assert not (tmp_path / "revocation").exists()
