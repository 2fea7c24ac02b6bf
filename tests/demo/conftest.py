"""A demonstration operator for the tests of one module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mssclient.demo import DemoOperator, launch
from tests.demo.connections import REFERENCE, Desk


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoOperator]:
    with launch(tmp_path_factory.mktemp("operator"), reference=REFERENCE) as running:
        yield running


@pytest.fixture
def desk(operator: DemoOperator) -> Iterator[Desk]:
    opened = Desk(operator)
    yield opened
    opened.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "operator"
