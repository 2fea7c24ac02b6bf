"""The computer and its way out: route, portal, proxy, clock."""

import email.utils
import socket
import time
import urllib.parse
from collections.abc import Iterator

from mssclient.access.https import exchange
from mssclient.access.proxy import reach_service, way_to
from mssclient.access.stream import Patience
from mssclient.engine.diagnosis.lines import Lines
from mssclient.engine.diagnosis.plain import look
from mssclient.engine.diagnosis.world import Targets, World, has_route
from mssclient.model.diagnosis import Check
from mssclient.model.errors import MssError
from mssclient.model.language import _, ngettext
from mssclient.operators.proxies import Proxy, ProxyUnusable, chosen_by_script, proxy_for
from mssclient.operators.tls import client_context

__all__ = ["clock", "network", "proxy"]

EARLIEST_UTC = 1_735_689_600
"""1 January 2025: an earlier clock was never set."""
_LATEST_UTC = 2_240_524_800
"""1 January 2041: past the end of IGC-Santé's authorities."""
_OFF_S, _WRONG_S = 120, 900
_DAY_S = 86_400
_PAGE_OCTETS = 1 << 18
_PAGE_S = 6.0
_QUICKLY = Patience(connect_s=4.0, reply_s=6.0)
_DOCUMENTATION = (("192.0.2.1", socket.AF_INET), ("2001:db8::1", socket.AF_INET6))
"""Addresses that nobody has (RFC 5737, RFC 3849): a way to them is the way to anywhere."""


def network(world: World, targets: Targets) -> Iterator[Check]:
    lines = Lines("network")
    if any(has_route(*each) for each in _DOCUMENTATION):
        yield lines.ok("route", _("Cet ordinateur est relié à un réseau."))
    elif targets.accounts and not targets.far():
        yield lines.ok(
            "route", _("Les serveurs sont sur cet ordinateur\u00a0: le réseau n’est pas nécessaire.")
        )
    else:
        yield lines.fail(
            "route",
            _("Cet ordinateur n’est relié à aucun réseau."),
            _("Branchez le câble ou connectez le Wi-Fi, puis relancez le diagnostic."),
            code="no-network",
        )
        return
    if targets.far() or world.everything:
        yield _portal(world, lines)


def _portal(world: World, lines: Lines) -> Check:
    """Where only files are published, whoever answers with a page wants something first."""
    try:
        page = look(world.authority_page, world.proxies())
    except (OSError, ValueError):
        return lines.warn(
            "portal",
            _("Le site de l’IGC-Santé ne répond pas\u00a0: la révocation n’y est pas vérifiable."),
            _("Si la messagerie fonctionne, rien à faire\u202f; sinon, vérifiez l’accès à Internet."),
            code="authority-unreachable",
        )
    moved = bool(page.where) and not _same_site(world.authority_page, page.where)
    if page.status == 511 or moved or (page.status < 300 and page.media == "text/html"):
        return lines.fail(
            "portal",
            _("Ce réseau répond à la place d’Internet\u00a0: il demande d’abord de s’identifier."),
            _("Ouvrez le navigateur, identifiez-vous sur la page de ce réseau, puis relancez le diagnostic."),
            code="captive-portal",
            detail=f"status {page.status}",
        )
    return lines.ok("portal", _("Internet répond, sans page d’accueil à passer."))


def _same_site(asked: str, told: str) -> bool:
    """Hosts that end in the same two labels: a site may send to its own https, or to its « www. »."""
    first, second = (urllib.parse.urlsplit(each).hostname or "" for each in (asked, told))
    return first.split(".")[-2:] == second.split(".")[-2:]


def proxy(world: World, targets: Targets) -> Iterator[Check]:
    lines = Lines("proxy")
    try:
        through = proxy_for("", "https", "http", "all", settings=world.proxies())
    except ProxyUnusable as why:
        if str(why) == "malformed":
            yield lines.fail(
                "settings",
                _("L’adresse du proxy de cet ordinateur est illisible."),
                _("Corrigez les réglages de proxy du système."),
                code="proxy-malformed",
            )
        else:
            yield lines.warn(
                "settings",
                _("Un proxy d’un genre que ce programme n’utilise pas est réglé sur cet ordinateur."),
                _("Si la messagerie n’est pas joignable, demandez un proxy HTTP à votre informaticien."),
                code="proxy-unsupported",
            )
        return
    if through is None:
        yield _no_proxy(lines)
        return
    yield _proxy_reached(lines, through)
    if targets.far():
        yield from _ways_out(lines, targets)


def _no_proxy(lines: Lines) -> Check:
    if chosen_by_script():
        return lines.warn(
            "settings",
            _("Le proxy de cet ordinateur est choisi par un script, que ce programme ne lit pas."),
            _("Si la messagerie n’est pas joignable, demandez un proxy HTTP à votre informaticien."),
            code="proxy-script",
        )
    return lines.ok("settings", _("Aucun proxy n’est réglé sur cet ordinateur."))


def _proxy_reached(lines: Lines, through: Proxy) -> Check:
    """Only its name and port are told: a proxy's address may hold a person's password."""
    where = f"{through.host}:{through.port}"
    try:
        socket.create_connection((through.host, through.port), timeout=_PAGE_S).close()
    except (OSError, UnicodeError, OverflowError):
        return lines.fail(
            "settings",
            _("Le proxy réglé sur cet ordinateur ({where}) ne répond pas.").format(where=where),
            _("Corrigez les réglages de proxy du système, ou demandez à votre informaticien."),
            code="proxy-unreachable",
        )
    return lines.ok("settings", _("Un proxy est réglé sur cet ordinateur ({where}).").format(where=where))


def _ways_out(lines: Lines, targets: Targets) -> Iterator[Check]:
    """How each mail server is reached where a proxy is set: told by trying."""
    through: list[str] = []
    nowhere: list[str] = []
    for endpoint in dict.fromkeys(end for each in targets.accounts for end in (each.imap, each.smtp)):
        where = f"{endpoint.host}:{endpoint.port}"
        try:
            reach_service(endpoint.host, endpoint.port, _QUICKLY).close()
        except MssError:
            nowhere.append(where)
        else:
            if way_to(endpoint.host, endpoint.port) == "proxy":
                through.append(where)
    if nowhere:
        yield lines.fail(
            "mail",
            _("Ni directement ni par le proxy, la messagerie n’est joignable\u00a0: {servers}.").format(
                servers=", ".join(nowhere)
            ),
            _("Demandez à votre informaticien d’ouvrir ces ports, ou de les permettre au proxy."),
            code="no-way-out",
        )
    elif through:
        words = _("La messagerie passe par le proxy\u00a0: {servers}.")
        yield lines.ok("mail", words.format(servers=", ".join(through)))
    else:
        yield lines.ok("mail", _("La messagerie sort directement, sans le proxy."))


def clock(world: World, targets: Targets, known_utc: int = 0) -> Iterator[Check]:
    """Against a server's clock where one answers; else only whether the date can be.

    ``known_utc``: something here is signed with this date, so it is past.
    """
    lines = Lines("clock")
    now = world.now()
    if not max(EARLIEST_UTC, known_utc - _DAY_S) <= now < _LATEST_UTC:
        yield lines.fail(
            "date",
            _("La date de l’ordinateur est fausse."),
            _("Réglez la date et l’heure de l’ordinateur."),
            code="clock-wrong",
        )
        return
    away = _difference(world, targets)
    if away is None:
        yield lines.ok("date", _("La date de l’ordinateur est plausible."))
        return
    if abs(away) < _OFF_S:
        yield lines.ok("date", _("L’horloge de l’ordinateur est juste."))
        return
    sentence = _drift(away)
    remedy = _("Réglez la date et l’heure de l’ordinateur, ou activez leur réglage automatique.")
    detail = f"{away:+d} s"
    if abs(away) < _WRONG_S:
        yield lines.warn("date", sentence, remedy, code="clock-off", detail=detail)
    else:
        yield lines.fail("date", sentence, remedy, code="clock-wrong", detail=detail)


def _drift(away_s: int) -> str:
    minutes = abs(away_s) // 60
    if minutes >= 2880:
        days = minutes // 1440
        span = ngettext("{count} jour", "{count} jours", days).format(count=days)
    elif minutes >= 120:
        hours = minutes // 60
        span = ngettext("{count} heure", "{count} heures", hours).format(count=hours)
    else:
        span = ngettext("{count} minute", "{count} minutes", minutes).format(count=minutes)
    if away_s > 0:
        return _("L’horloge de l’ordinateur avance de {span}.").format(span=span)
    return _("L’horloge de l’ordinateur retarde de {span}.").format(span=span)


def _difference(world: World, targets: Targets) -> int | None:
    """Our clock minus a server's, in seconds; None when no server told its own."""
    for page in _clock_pages(world, targets):
        before, began = world.now(), time.monotonic()
        told = _date_of(page, world, targets)
        if told is not None:
            return round(before + (time.monotonic() - began) / 2 - told)
    return None


def _date_of(page: str, world: World, targets: Targets) -> float | None:
    """By https when its certificate holds; by a plain page else, for a wrong clock spoils certificates."""
    anchors = next((each.ca_pem for each in targets.accounts if each.ca_pem), "")
    try:
        if page.startswith("https://"):
            context = client_context(anchors, system=True)
            date = exchange("HEAD", page, context, limit_octets=_PAGE_OCTETS, wait_s=_PAGE_S).date
        else:
            date = look(page, world.proxies()).date
        return email.utils.parsedate_to_datetime(date).timestamp() if date else None
    except (MssError, OSError, ValueError, TypeError, OverflowError):
        return None


def _clock_pages(world: World, targets: Targets) -> list[str]:
    if world.clock_page:
        return [world.clock_page]
    pages: list[str] = []
    if not targets.far():
        return pages
    for account in targets.accounts:
        profile = targets.profile(account)
        if profile is not None:
            pages += [profile.support.help, profile.support.delegates, profile.terms, profile.password.page]
    # A clock that is off by years makes every certificate wrong: the authority's page is plain http.
    return [*list(dict.fromkeys(filter(None, pages)))[:2], world.authority_page]
