"""What the diagnosis looks at outside of the profile; a test gives another one."""

import contextlib
import ipaddress
import socket
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

from mssclient.access.stream import Patience
from mssclient.model.accounts import Account, Endpoint
from mssclient.operators import station
from mssclient.operators.autoconfig.names import Names
from mssclient.operators.profiles import OperatorProfile, profile_for, profile_named
from mssclient.operators.revocation import Revocation

__all__ = ["Targets", "World", "has_route", "hosts_of", "is_here"]

AUTHORITY_PAGE = "http://igc-sante.esante.gouv.fr/CRL/ACR-EL.crl"
"""A list of the authority of operators' certificates: it is fetched anyway, so nobody new is asked."""


class World:
    """The computer and the network, with real patience. Any thread."""

    def __init__(
        self,
        *,
        now: Callable[[], float] = time.time,
        names: Names | None = None,
        patience: Patience | None = None,
        revocation: Callable[[], Revocation | None] = station.revocation,
        authority_page: str = AUTHORITY_PAGE,
        clock_page: str = "",
        card_anchors: tuple[bytes, ...] | None = None,
        proxies: Callable[[], Mapping[str, str]] = urllib.request.getproxies,
        limit_s: float = 40.0,
        everything: bool = False,
    ) -> None:
        """``clock_page`` replaces the operators' pages; ``everything``: ask about hosts here too."""
        self.now = now
        self.names = names or Names()
        self.patience = patience or Patience(connect_s=8.0, reply_s=12.0)
        self.revocation = revocation
        self.authority_page = authority_page
        self.clock_page = clock_page
        self.card_anchors = card_anchors
        self.proxies = proxies
        self.limit_s = limit_s
        self.everything = everything


class Targets:
    """The accounts looked at, each with what is known of its operator beforehand."""

    def __init__(self, accounts: list[Account], own_profiles: Path | None, *, known: bool = True) -> None:
        """``known``: False in a demonstration: its domains are real operators', its servers are not."""
        self.accounts = accounts
        self.profiles: dict[int, OperatorProfile | None] = {}
        for account in accounts if known else ():
            domain = account.address.rpartition("@")[2].lower()
            self.profiles[int(account.id)] = profile_named(account.operator, own_profiles) or profile_for(
                domain, own_profiles
            )

    def profile(self, account: Account) -> OperatorProfile | None:
        return self.profiles.get(int(account.id))

    def sieve(self, account: Account) -> Endpoint | None:
        profile = self.profile(account)
        return account.sieve or (profile.sieve if profile is not None else None)

    def ldap(self, account: Account) -> Endpoint | None:
        profile = self.profile(account)
        return account.ldap or (profile.ldap if profile is not None else None)

    def hosts(self) -> list[str]:
        """Every mail server named in these accounts, once."""
        return list(dict.fromkeys(host for account in self.accounts for host in hosts_of(account)))

    def far(self) -> bool:
        """Whether any server is not on this computer: only then is anything outside asked."""
        return any(not is_here(host) for host in self.hosts())


def hosts_of(account: Account) -> tuple[str, ...]:
    return tuple(dict.fromkeys((account.imap.host, account.smtp.host)))


def is_here(host: str) -> bool:
    """This computer itself: a demonstration, or a relay of the practice."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def has_route(address: str, family: socket.AddressFamily) -> bool:
    """Whether the computer knows a way to ``address``; nothing is sent (a datagram socket only asks)."""
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((address, 9))
        return True
    return False
