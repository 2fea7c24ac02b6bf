"""Pytest fixtures of the private screens, with a picture for each test and its tree when it failed."""

import os
import re
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.allowed_noise import ALLOWED
from tests.planted import assert_no_secret
from tests.reference import REPOSITORY

if TYPE_CHECKING:
    from tests.desk.desk import Desk

SHOTS = Path(os.environ.get("SHOTS") or REPOSITORY / "shots")
_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[_FAILED] = item.stash.get(_FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def shots() -> Path:
    """The folder for pictures: ``$SHOTS``, by default ``shots`` in the repository, which git ignores."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    return SHOTS


@pytest.fixture
def new_desk(request: pytest.FixtureRequest, home: Path, shots: Path) -> Iterator[Callable[..., "Desk"]]:
    """A factory of desks; each is photographed at the end, and ended whatever happened.

    A program that writes anything (a warning of Qt, a traceback) fails the test, except what
    ``tests/allowed_noise.py`` lists for the source ``program``.
    """
    from tests.desk.desk import Desk  # its libraries are installed on Linux only

    desks: list[Desk] = []

    def make(*arguments: object, **options: object) -> Desk:
        desks.append(Desk(*arguments, **options))  # type: ignore[arg-type]
        return desks[-1]

    yield make
    said: list[str] = []
    for number, desk in enumerate(desks):
        name = re.sub(r"\W+", "-", request.node.name) + f"-{number}"
        try:
            desk.shot(shots / f"{name}.png")
            if request.node.stash.get(_FAILED, False):
                text = f"{desk.tree()}\n\n{desk.said()}\n\n{desk.log()}"
                (shots / f"{name}.txt").write_text(text)
            said += desk.said().splitlines()
        finally:
            desk.close()
    assert_no_secret("\n".join(said), "what the window wrote")
    allowed = [re.compile(each.pattern) for each in ALLOWED if each.source == "program"]
    noise = [line for line in said if line.strip() and not any(p.search(line) for p in allowed)]
    if noise:
        pytest.fail("the window wrote:\n" + "\n".join(noise[:60]), pytrace=False)


@pytest.fixture
def desk(new_desk: Callable[..., "Desk"]) -> "Desk":
    """A desk of the usual size."""
    return new_desk()
