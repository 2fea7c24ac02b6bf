"""A running engine on the demonstration, shared by the tests of one module."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mssclient.engine.client import Client, Profile
from mssclient.model.wants import Sync
from tests.engine.ears import Ear
from tests.engine.processes import leave
from tests.light_keys import light_keys  # noqa: F401 - a fixture of every test here


@pytest.fixture(scope="module")
def office() -> Iterator[Ear]:
    """A client of a small demonstration whose mail is all here."""
    folder = Path(tempfile.mkdtemp(prefix="mss-o-"))
    ear = Ear()
    ear.client = Client(Profile(folder / "p", demo=True), ear, demo_small=True)
    ear.client.start()
    ear.wait("opened")
    ear.do(Sync())
    yield ear
    leave(ear.client)
    shutil.rmtree(folder, ignore_errors=True)
