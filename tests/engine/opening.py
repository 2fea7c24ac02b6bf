"""An engine inside this process, and the BAL that somebody adds to it."""

from pathlib import Path
from typing import Any

import msgspec

from mssclient.engine.client import Client, Profile
from mssclient.model.accounts import Endpoint
from mssclient.model.secrets import Secret
from mssclient.model.wants import AddAccount
from tests.engine.ears import PASSPHRASE, Ear
from tests.servers import ImapServer

__all__ = ["adding", "opened"]


def opened(folder: Path, **options: Any) -> Ear:
    """Hears the engine of this profile once its store is open; ``options`` are those of ``Engine``.

    Without ``background=True`` its workers do not run: what waits goes on waiting.
    """
    ear = Ear(passphrase=None)
    given = {"passphrase": Secret(PASSPHRASE), "background": False, **options}
    ear.client = Client(Profile(folder), ear, in_process=True, engine_options=given)
    ear.client.start()
    ear.wait("opened")
    return ear


def adding(server: ImapServer, user: str, **more: Any) -> AddAccount:
    """The want that adds a person's BAL on this server: by password unless ``more`` says another way."""
    address, password = server.credentials(user)
    if more.get("auth", "password") == "password":
        more = {"secret": Secret(password), **more}
    base = AddAccount(
        address=address,
        imap=Endpoint(host=server.host, port=server.port_tls),
        smtp=Endpoint(host=server.host, port=server.submission_tls),
        ca_pem=server.ca_pem.decode(),
    )
    return msgspec.structs.replace(base, **more)
