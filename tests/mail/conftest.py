from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.mail.accounts import Desk, open_desk
from tests.servers import ImapServer


@pytest.fixture
def desk_on(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Open a desk for a person on a server: ``desk_on(server, address)``."""
    desks: list[Desk] = []

    def open_one(server: ImapServer, user: str) -> Desk:
        folder = tmp_path / f"profile{len(desks)}"
        folder.mkdir()
        desks.append(open_desk(server, user, folder))
        return desks[-1]

    yield open_one
    for desk in desks:
        desk.close()
