"""The configuration page in Mozilla's format (older interfaces of MSSanté have it): bytes in, record out."""

import re
from typing import Any, TypeAlias

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from mssclient.model.accounts import Endpoint
from mssclient.model.errors import WorldError
from mssclient.model.language import _
from mssclient.model.records import Record
from mssclient.operators.autoconfig.hosts import is_host

Element: TypeAlias = Any
"""Of lxml, which has no types."""

__all__ = ["PAGE_OCTETS", "Page", "addresses", "body_of", "read_page"]

PAGE_OCTETS = 256 * 1024
_SERVERS_MAX = 20
_SECURITY = {"SSL": "tls", "STARTTLS": "starttls"}
_AUTHENTICATION = {
    "password-cleartext": "password",
    "plain": "password",
    "password-encrypted": "password",
    "oauth2": "psc",
    "tls-client-cert": "cps",
}


class Page(Record, frozen=True, kw_only=True):
    """What a page proposes; clear-text servers are left out as if they were not there."""

    imap: Endpoint | None = None
    smtp: Endpoint | None = None
    login: str = ""
    authentications: tuple[str, ...] = ()
    clear_only: bool = False
    """There were servers, all of them in clear text."""


def addresses(domain: str) -> tuple[str, ...]:
    """Where the page is looked for. The address of the BAL is not sent: its domain is enough."""
    return (
        f"https://autoconfig.{domain}/mail/config-v1.1.xml",
        f"https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml",
    )


def body_of(status: int, body: bytes) -> bytes | None:
    """What an HTTPS answer gives: the page, or None when there is none at that address.

    Raises WorldError: autoconfig-moved (a redirect, which may lead anywhere: it is told, not followed),
    autoconfig-refused.
    """
    if status == 200:
        return body
    if status in (404, 410):
        return None
    remedy = _("Saisissez les noms des serveurs donnés par l’opérateur.")
    if 300 <= status < 400:
        sentence = _("La page de configuration renvoie à une autre adresse\u00a0: elle n’est pas suivie.")
        raise WorldError("autoconfig-moved", sentence, remedy, f"status {status}")
    sentence = _("Le serveur a refusé de donner la page de configuration.")
    raise WorldError("autoconfig-refused", sentence, remedy, f"status {status}")


def read_page(data: bytes, address: str) -> Page:
    """The servers of a page for ``address``. No entity, no document type, no network.

    Raises WorldError: autoconfig-html (a web page: most often the portal of a hotel or a hospital),
    autoconfig-malformed.
    """
    head = data[:2000].lstrip().lower()
    if head.startswith((b"<!doctype html", b"<html")) or b"<html" in head[:500]:
        raise WorldError(
            "autoconfig-html",
            _("Une page web est arrivée à la place de la configuration."),
            _("Le réseau demande peut-être de s’identifier\u00a0: ouvrez le navigateur, puis réessayez."),
        )
    root = _parsed(data)
    clear = False
    imap, logins, authentications = None, "", ()
    smtp = None
    for server in root.iter("incomingServer", "outgoingServer"):
        kind = server.get("type", "").lower()
        endpoint = _endpoint(server, address)
        if endpoint is None:
            clear = clear or (server.findtext("socketType") or "").strip().lower() == "plain"
        elif kind == "imap" and server.tag == "incomingServer" and imap is None:
            imap, logins = endpoint, (server.findtext("username") or "").strip()
            words = [(each.text or "").strip().lower() for each in server.findall("authentication")]
            known = [_AUTHENTICATION[word] for word in words if word in _AUTHENTICATION]
            authentications = tuple(dict.fromkeys(known))
        elif kind == "smtp" and server.tag == "outgoingServer" and smtp is None:
            smtp = endpoint
    return Page(
        imap=imap,
        smtp=smtp,
        login=_filled(logins, address),
        authentications=authentications,
        clear_only=clear and not (imap and smtp),
    )


def _parsed(data: bytes) -> Element:
    malformed = WorldError(
        "autoconfig-malformed",
        _("La configuration donnée par l’opérateur est illisible."),
        _("Saisissez les noms des serveurs donnés par l’opérateur."),
    )
    # A document type is where entities come from; the format has none.
    if len(data) > PAGE_OCTETS or b"<!" in data.replace(b"<!--", b""):
        raise malformed
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise malformed from None
    # In UTF-16 a document type passes the search above; no entity of it was resolved.
    if root.getroottree().docinfo.doctype or root.tag != "clientConfig":
        raise malformed
    if sum(1 for _each in root.iter("*")) > 2000:
        raise malformed
    return root


def _endpoint(server: Element, address: str) -> Endpoint | None:
    domain = address.rpartition("@")[2]
    host = (server.findtext("hostname") or "").strip().replace("%EMAILDOMAIN%", domain).lower()
    port = (server.findtext("port") or "").strip()
    security = _SECURITY.get((server.findtext("socketType") or "").strip().upper())
    if security is None or not is_host(host) or not re.fullmatch(r"\d{1,5}", port, re.ASCII):
        return None
    return Endpoint(host=host, port=int(port), security=security) if 0 < int(port) < 65536 else None


def _filled(login: str, address: str) -> str:
    local, _at, domain = address.partition("@")
    words = {"%EMAILADDRESS%": address, "%EMAILLOCALPART%": local, "%EMAILDOMAIN%": domain}
    for placeholder, value in words.items():
        login = login.replace(placeholder, value)
    return login if "%" not in login and len(login) < 320 and login.isprintable() else ""
