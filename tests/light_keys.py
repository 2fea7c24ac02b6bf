"""A store's key under a passphrase, at a cost that a thousand tests can bear.

The cost is kept with the key, so a program that opens the profile later bears no more. What a person's
computer pays is tested in ``tests/store/test_key.py``.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mssclient.model.secrets import Secret
from mssclient.store import wrapping
from mssclient.store.key import load_key
from mssclient.store.profile import Profile

__all__ = ["keyed", "light_keys"]


@pytest.fixture(scope="module", autouse=True)
def light_keys() -> Iterator[None]:
    """Keys that this process wraps cost next to nothing. For a ``conftest.py`` to import."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wrapping, "MEMORY_KIB", 64)
        patch.setattr(wrapping, "PASSES", 1)
        yield


def keyed(folder: Path, passphrase: str) -> Path:
    """A new profile gets its key here, before a program of its own makes one; returns its folder."""
    if not folder.exists():
        load_key(Profile(folder), ask=None, passphrase=Secret(passphrase))
    return folder
