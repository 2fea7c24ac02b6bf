from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mssclient.access import proxy, stream
from mssclient.access.stream import Patience
from tests.badinput.disks import Disk, small_disk
from tests.badinput.practice import Practice, practice
from tests.light_keys import light_keys  # noqa: F401 - a fixture of every test here


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    """An engine for all tests of a file (opening a passphrase's store costs a second); no worker runs."""
    with practice(tmp_path_factory.mktemp("p") / "profil") as one:
        yield one


@pytest.fixture
def profile_folder(tmp_path: Path) -> Path:
    return tmp_path / "profil"


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """``patience(reply_s=1.0)``: so long for a server that says nothing, instead of a minute."""

    def limit(**limits: float) -> None:
        for module in (proxy, stream):
            monkeypatch.setattr(module, "Patience", lambda: Patience(**limits))

    return limit


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """12 MB. Root's alone."""
    with small_disk(tmp_path, 12_000_000) as disk:
        yield disk
