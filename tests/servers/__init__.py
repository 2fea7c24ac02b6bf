"""Real servers on the loopback, and rude ones. Fixtures: ``tests/servers/fixtures.py``."""

from tests.servers.authority import Authority, Identity
from tests.servers.dovecot import DOMAIN, ImapServer

__all__ = ["DOMAIN", "Authority", "Identity", "ImapServer"]
