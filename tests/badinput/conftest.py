from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.badinput.practice import Practice, practice


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    """An engine for all tests of a file (opening a passphrase's store costs a second); no worker runs."""
    with practice(tmp_path_factory.mktemp("p") / "profil") as one:
        yield one


@pytest.fixture
def profile_folder(tmp_path: Path) -> Path:
    return tmp_path / "profil"
