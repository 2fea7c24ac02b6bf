"""Real servers on the loopback, and rude ones. Their fixtures stand in ``tests/servers/fixtures.py``."""

from tests.servers.annuaire import LdapServer
from tests.servers.authority import Authority, Identity
from tests.servers.card_service import CardService, Reader
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
from tests.servers.softhsm import SoftHsm
from tests.servers.software_key import SoftwareKey
from tests.servers.virtual_card import VirtualCard

__all__ = [
    "DOMAIN",
    "DOMAINS",
    "Authority",
    "CardService",
    "Close",
    "Expect",
    "FaultProxy",
    "Identity",
    "ImapServer",
    "KeyringSession",
    "LdapServer",
    "Reader",
    "Reset",
    "Script",
    "ScriptedServer",
    "Send",
    "SoftHsm",
    "SoftwareKey",
    "Stall",
    "StartTls",
    "VirtualCard",
    "every_cut",
    "in_pieces",
    "scripted_pair",
]
