"""Finding an operator's servers from an address (ECO.1.1.9; RFC 6186, RFC 8314).

In order: SRV records, the operator's page, what is known beforehand, then a guess that only fills in a
form. DNS is not authenticated, and neither is a page's right to name other hosts: a host outside of the
address's own domain is never used before the person was asked. Nothing is tried here: certificates are
checked when a connection is made.
"""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from mssclient.model.accounts import Endpoint
from mssclient.model.errors import Refused
from mssclient.model.language import _
from mssclient.model.operators import Discovery, DiscoveryStep, Proposal
from mssclient.operators.autoconfig.asking import ask_all
from mssclient.operators.autoconfig.hosts import is_domain, is_inside
from mssclient.operators.autoconfig.names import SERVICES, Service
from mssclient.operators.autoconfig.page import PAGE_OCTETS, Page, addresses
from mssclient.operators.autoconfig.steps import page_step, problem_of, profile_step, srv_step
from mssclient.operators.profiles import OperatorProfile, profile_for, profile_named

__all__ = ["World", "discover", "is_inside"]

_IMPLICIT = ("_imaps", "_submissions")
_EVERY = ("psc", "cps", "password", "pkcs12")
LIMIT_S = 15.0
"""For the whole search: name servers have two times six seconds, pages what is left."""


class World(Protocol):
    """How the outside is reached."""

    def services(self, service: str, domain: str) -> tuple[Service, ...]:
        """As ``Names.services``."""
        ...

    def fetch(self, url: str, limit_octets: int) -> bytes | None:
        """A page over HTTPS without redirects; None when there is none (404). Raises MssError."""
        ...


def discover(
    address: str,
    world: World,
    *,
    operator: str = "",
    own_profiles: Path | None = None,
    asked: Callable[[int, int], None] = lambda done, total: None,
    limit_s: float = LIMIT_S,
) -> Discovery:
    """Look everywhere at once and judge in order. Blocks up to ``limit_s``; what is later did not answer.

    ``operator`` is the id of a profile that the person chose. ``asked(done, total)`` tells how far it is,
    ten times a second; it may raise to cancel. Raises Refused("address-malformed").
    """
    domain = _domain_of(address)
    profile = profile_named(operator, own_profiles) or profile_for(domain, own_profiles)
    # Nobody has a service of this name: who answers all the same answers anything.
    unlikely = f"_{secrets.token_hex(6)}"
    names, pages = ask_all(
        {each: lambda each=each: world.services(each, domain) for each in (*SERVICES, unlikely)},
        {each: lambda each=each: world.fetch(each, PAGE_OCTETS) for each in addresses(domain)},
        limit_s,
        asked,
    )
    probe = names.pop(unlikely)
    everything = probe.exception() is None and bool(probe.result())
    steps: list[DiscoveryStep] = []
    found = {
        name: srv_step(name, domain, future, steps, everything=everything) for name, future in names.items()
    }
    page = _first_page([page_step(url, future, address, steps) for url, future in pages.items()])
    proposal = (
        _from_srv(found, domain, profile, address)
        or _from_page(page, found, domain, profile, address)
        or _from_profile(profile, found, domain, address)
    )
    steps.append(profile_step(profile))
    return Discovery(
        steps=tuple(steps),
        proposal=proposal,
        guess=_guess(domain, profile, address),
        problem=problem_of(steps) if proposal is None else None,
    )


def _domain_of(address: str) -> str:
    local, _at, domain = address.strip().rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode("ascii").lower().rstrip(".")
    except UnicodeError:
        ascii_domain = ""
    if not local or not is_domain(ascii_domain) or any(each.isspace() for each in address.strip()):
        raise Refused(
            "address-malformed",
            _("Cette adresse n’est pas complète."),
            _("Saisissez l’adresse entière, par exemple prenom.nom@medecin.mssante.fr."),
        )
    return ascii_domain


# -- what is made of it ----------------------------------------------------------------------------------


def _first_page(pages: list[Page | None]) -> Page | None:
    return next((each for each in pages if each is not None), None)


def _from_srv(
    found: dict[str, Service | None], domain: str, profile: OperatorProfile | None, address: str
) -> Proposal | None:
    imap = _preferred(found, "_imaps", "_imap")
    smtp = _preferred(found, "_submissions", "_submission")
    if imap is None or smtp is None:
        return None
    return _proposal("srv", imap, smtp, found, domain, profile, address)


def _from_page(
    page: Page | None,
    found: dict[str, Service | None],
    domain: str,
    profile: OperatorProfile | None,
    address: str,
) -> Proposal | None:
    if page is None or page.imap is None or page.smtp is None:
        return None
    return _proposal("page", page.imap, page.smtp, found, domain, profile, address, page)


def _from_profile(
    profile: OperatorProfile | None, found: dict[str, Service | None], domain: str, address: str
) -> Proposal | None:
    if profile is None or profile.imap is None or profile.smtp is None:
        return None
    return _proposal("profile", profile.imap, profile.smtp, found, domain, profile, address)


def _guess(domain: str, profile: OperatorProfile | None, address: str) -> Proposal:
    imap, smtp = Endpoint(host=f"imap.{domain}", port=993), Endpoint(host=f"smtp.{domain}", port=465)
    return _proposal("guess", imap, smtp, {}, domain, profile, address)


def _preferred(found: dict[str, Service | None], *names: str) -> Endpoint | None:
    """TLS from the first octet before STARTTLS (RFC 8314 §3), unless the other has the better priority."""
    offered = [(name, service) for name in names if (service := found.get(name)) is not None]
    if not offered:
        return None
    name, service = min(offered, key=lambda each: each[1].priority)
    security = "tls" if name in _IMPLICIT else "starttls"
    return Endpoint(host=service.host, port=service.port, security=security)


def _proposal(
    source: str,
    imap: Endpoint,
    smtp: Endpoint,
    found: dict[str, Service | None],
    domain: str,
    profile: OperatorProfile | None,
    address: str,
    page: Page | None = None,
) -> Proposal:
    sieve, ldap, carddav = found.get("_sieve"), found.get("_ldap"), found.get("_carddavs")
    said = page.authentications if page is not None else ()
    endpoints = {
        "sieve": Endpoint(host=sieve.host, port=sieve.port, security="starttls") if sieve else None,
        "ldap": Endpoint(host=ldap.host, port=ldap.port, security="starttls") if ldap else None,
    }
    if profile is not None:
        endpoints = {"sieve": endpoints["sieve"] or profile.sieve, "ldap": endpoints["ldap"] or profile.ldap}
    known = (
        {each.host for each in (profile.imap, profile.smtp, profile.sieve, profile.ldap) if each}
        if profile
        else set()
    )
    if profile is not None and profile.carddav:
        known.add(urlsplit(profile.carddav).hostname or "")
    hosts = [each.host for each in (imap, smtp, *endpoints.values(), carddav) if each is not None]
    return Proposal(
        imap=imap,
        smtp=smtp,
        sieve=endpoints["sieve"],
        ldap=endpoints["ldap"],
        carddav=f"https://{carddav.host}:{carddav.port}/"
        if carddav
        else (profile.carddav if profile else ""),
        source=source,
        login=(page.login if page else "") or _login(profile, address),
        authentications=said or (profile.authentications if profile else _EVERY),
        operator=profile.id if profile else "",
        outside=tuple(dict.fromkeys(h for h in hosts if not is_inside(h, domain) and h not in known)),
    )


def _login(profile: OperatorProfile | None, address: str) -> str:
    if profile is not None and profile.login == "national-id":
        return ""  # the person knows it; an address would be refused, and counted
    if profile is not None and profile.login == "local":
        return address.partition("@")[0]
    return address
