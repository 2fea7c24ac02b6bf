"""The network as the programs under test see it: a domain, its names, pages and servers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.cabinet import Desk
from tests.light_keys import light_keys  # noqa: F401 - a fixture of every test here
from tests.servers import Authority, Identity, ImapServer
from tests.servers.outside import Outside


@pytest.fixture(scope="module")
def names_of_cabinet(authority: Authority) -> Identity:
    domain = Outside.domain
    return authority.server((f"imap.{domain}", f"smtp.{domain}", f"autoconfig.{domain}", "serveur.example"))


@pytest.fixture
def outside(names_of_cabinet: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outside]:
    """The network that the programs of this test see."""
    with Outside(tmp_path, names_of_cabinet.server_context(tmp_path / "web")) as outside:
        for name, value in outside.environment.items():
            monkeypatch.setenv(name, value)
        yield outside


@pytest.fixture
def operator(dovecot: ImapServer, names_of_cabinet: Identity) -> ImapServer:
    return dovecot.limited("", identity=names_of_cabinet, name="cabinet")


@pytest.fixture
def desk(home: Path, dovecot: ImapServer) -> Desk:
    return Desk(home, dovecot)


@pytest.fixture
def by_certificate(dovecot: ImapServer, names_of_cabinet: Identity) -> ImapServer:
    return dovecot.with_certificates(names_of_cabinet)
