from collections.abc import Iterator
from pathlib import Path

import pytest

from mssclient.store.store import Store
from tests.store.made import KEY


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "store.db", KEY)
    yield opened
    opened.close()
