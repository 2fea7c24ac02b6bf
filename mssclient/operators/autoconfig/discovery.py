"""Finding an operator's servers from an address (ECO.1.1.9; RFC 6186, RFC 8314).

In order: SRV records, the operator's page, what is known beforehand, then a guess that only fills in a
form. DNS is not authenticated, and neither is a page's right to name other hosts: a host outside of the
address's own domain is never used before the person was asked. Nothing is tried here: certificates are
checked when a connection is made.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from mssclient.model.accounts import Endpoint
from mssclient.model.errors import MssError, Refused
from mssclient.model.language import _
from mssclient.model.operators import Discovery, DiscoveryStep, Proposal
from mssclient.operators.autoconfig.names import SERVICES, Service
from mssclient.operators.autoconfig.page import PAGE_OCTETS, Page, addresses, read_page
from mssclient.operators.profiles import OperatorProfile, profile_for, profile_named

__all__ = ["World", "discover", "is_inside"]

_IMPLICIT = ("_imaps", "_submissions")
_EVERY = ("psc", "cps", "password", "pkcs12")
_TRUST = ("certificate-untrusted", "certificate-name", "certificate-expired")


class World(Protocol):
    """How the outside is reached."""

    def services(self, service: str, domain: str) -> tuple[Service, ...]:
        """As ``Names.services``."""
        ...

    def fetch(self, url: str, limit_octets: int) -> bytes | None:
        """A page over HTTPS without redirects; None when there is none (404). Raises MssError."""
        ...


def is_inside(host: str, domain: str) -> bool:
    """Whether ``host`` is the domain or below it. A parent is not inside: mssante.fr is everybody's."""
    return host == domain or host.endswith(f".{domain}")


def discover(
    address: str,
    world: World,
    *,
    operator: str = "",
    own_profiles: Path | None = None,
    asked: Callable[[int, int], None] = lambda done, total: None,
) -> Discovery:
    """Look everywhere at once and judge in order. Blocks up to about ten seconds.

    ``operator`` is the id of a profile that the person chose. ``asked(done, total)`` tells how far it is;
    it may raise to cancel. Raises Refused("address-malformed").
    """
    domain = _domain_of(address)
    profile = profile_named(operator, own_profiles) or profile_for(domain, own_profiles)
    pages = addresses(domain)
    pool = ThreadPoolExecutor(max_workers=len(SERVICES) + len(pages), thread_name_prefix="discovery")
    try:
        services = {name: pool.submit(world.services, name, domain) for name in SERVICES}
        fetched = {url: pool.submit(world.fetch, url, PAGE_OCTETS) for url in pages}
        every: Sequence[Future[object]] = (*services.values(), *fetched.values())  # pyright: ignore[reportAssignmentType]
        for done, each in enumerate(every):
            asked(done, len(every))
            each.exception()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    steps: list[DiscoveryStep] = []
    found = {name: _srv(name, domain, future, steps) for name, future in services.items()}
    page = _first_page([_page(url, future, address, steps) for url, future in fetched.items()])
    proposal = (
        _from_srv(found, domain, profile, address)
        or _from_page(page, found, domain, profile, address)
        or _from_profile(profile, found, domain, address)
    )
    steps.append(_profile_step(profile))
    return Discovery(steps=tuple(steps), proposal=proposal, guess=_guess(domain, profile, address))


def _domain_of(address: str) -> str:
    local, at, domain = address.strip().rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode("ascii").lower().rstrip(".")
    except UnicodeError:
        ascii_domain = ""
    if not local or not at or "." not in ascii_domain or any(each.isspace() for each in address.strip()):
        raise Refused(
            "address-malformed",
            _("Cette adresse n’est pas complète."),
            _("Saisissez l’adresse entière, par exemple prenom.nom@medecin.mssante.fr."),
        )
    return ascii_domain


# -- what each place said --------------------------------------------------------------------------------


def _srv(
    name: str, domain: str, future: "Future[tuple[Service, ...]]", steps: list[DiscoveryStep]
) -> Service | None:
    what = f"{name}._tcp.{domain}"
    try:
        targets = future.result()
    except MssError as error:
        steps.append(
            DiscoveryStep(kind="srv", what=what, state="failed", sentence=error.sentence, code=error.code)
        )
        return None
    usable = [each for each in targets if each.host and 0 < each.port < 65536]
    if not usable:
        offered = bool(targets)
        sentence = _("Le domaine dit ne pas offrir ce service.") if offered else _("Aucun enregistrement.")
        steps.append(DiscoveryStep(kind="srv", what=what, state="nothing", sentence=sentence))
        return None
    best = usable[0]
    words = _("Serveur indiqué\u00a0: {host}, port {port}.").format(host=best.host, port=best.port)
    if not is_inside(best.host, domain):
        words += " " + _("Il est hors du domaine de l’adresse\u00a0: votre accord sera demandé.")
    steps.append(DiscoveryStep(kind="srv", what=what, state="found", sentence=words))
    return best


def _page(url: str, future: "Future[bytes | None]", address: str, steps: list[DiscoveryStep]) -> Page | None:
    try:
        data = future.result()
        page = read_page(data, address) if data is not None else None
    except MssError as error:
        steps.append(_failed_page(url, error))
        return None
    if page is None:
        words = _("Pas de page de configuration à cette adresse.")
        steps.append(DiscoveryStep(kind="page", what=url, state="nothing", sentence=words))
    elif page.clear_only:
        words = _("La page ne propose que des liaisons non chiffrées\u00a0: elles sont refusées.")
        steps.append(
            DiscoveryStep(kind="page", what=url, state="refused", sentence=words, code="starttls-missing")
        )
    elif page.imap and page.smtp:
        words = _("Serveurs indiqués\u00a0: {imap} et {smtp}.").format(
            imap=page.imap.host, smtp=page.smtp.host
        )
        steps.append(DiscoveryStep(kind="page", what=url, state="found", sentence=words))
        return page
    else:
        words = _("La page n’indique pas les deux serveurs.")
        steps.append(DiscoveryStep(kind="page", what=url, state="nothing", sentence=words))
    return None


def _failed_page(url: str, error: MssError) -> DiscoveryStep:
    sentence = error.sentence
    if error.code in _TRUST or error.code == "autoconfig-html":
        sentence += " " + _("Le réseau demande peut-être de s’identifier dans le navigateur.")
    quiet = error.code in ("host-unknown", "host-unreachable")
    return DiscoveryStep(
        kind="page", what=url, state="nothing" if quiet else "failed", sentence=sentence, code=error.code
    )


def _first_page(pages: list[Page | None]) -> Page | None:
    return next((each for each in pages if each is not None), None)


def _profile_step(profile: OperatorProfile | None) -> DiscoveryStep:
    if profile is None:
        words = _("Aucune fiche d’opérateur ne correspond à ce domaine.")
        return DiscoveryStep(kind="profile", what="", state="nothing", sentence=words)
    words = _("Opérateur reconnu\u00a0: {name}.").format(name=profile.name)
    return DiscoveryStep(kind="profile", what=profile.id, state="found", sentence=words)


# -- what is made of it ----------------------------------------------------------------------------------


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
    hosts = [each.host for each in (imap, smtp, *endpoints.values()) if each is not None]
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
