"""Real servers on the loopback, and rude ones. Their fixtures stand in ``tests/servers/fixtures.py``."""

from tests.servers.annuaire import LdapServer
from tests.servers.authority import Authority, Identity
from tests.servers.dovecot import ImapServer
from tests.servers.proxy import FaultProxy
from tests.servers.relay import DOMAIN, DOMAINS
from tests.servers.scripted import (
    Close,
    Expect,
    Reset,
    Script,
    ScriptedServer,
    Send,
    Stall,
    StartTls,
    every_cut,
    in_pieces,
    scripted_pair,
)
from tests.servers.secret_service import KeyringSession

__all__ = [
    "DOMAIN",
    "DOMAINS",
    "Authority",
    "Close",
    "Expect",
    "FaultProxy",
    "Identity",
    "ImapServer",
    "KeyringSession",
    "LdapServer",
    "Reset",
    "Script",
    "ScriptedServer",
    "Send",
    "Stall",
    "StartTls",
    "every_cut",
    "in_pieces",
    "scripted_pair",
]
