"""What is known of an operator beforehand: hosts, limits, features, whom to call. From TOML files.

Shipped ones lie in ``resources/operators``; a practice may add its own in the folder ``operators`` of its
profile, which come first. A file holds what is known and leaves out the rest; nothing in it is trusted more
than what the person types: certificates and hosts are checked the same.
"""

import logging
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from mssclient import resources
from mssclient.model.accounts import Endpoint
from mssclient.model.errors import Refused
from mssclient.model.language import _
from mssclient.model.passwords import PasswordRules
from mssclient.model.records import Record
from mssclient.operators.autoconfig.hosts import is_host

__all__ = [
    "AUTHENTICATIONS",
    "OperatorProfile",
    "PasswordPolicy",
    "PscProfile",
    "Support",
    "profile_for",
    "profile_named",
    "profiles",
    "read_profile",
]

_log = logging.getLogger(__name__)
AUTHENTICATIONS = ("password", "cps", "psc", "pkcs12")
TRUSTS = ("igc-sante", "system")
FEATURES = ("zimbra", "easycrypt", "sieve", "delegation", "retention", "notification", "apicrypt")
_FILE_OCTETS = 64 * 1024


class Support(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to call."""

    phone: str = ""
    mail: str = ""
    help: str = ""
    """https address of the operator's help."""
    delegates: str = ""
    """https address of the form that names delegates of a BAL."""


class PasswordPolicy(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How passwords are changed there."""

    method: str = "page"
    """"ldap", "zimbra", "poppassd" or "page" (``access.passwords``)."""
    host: str = ""
    port: int = 0
    security: str = "tls"
    bind_name: str = ""
    page: str = ""
    change_at_first_login: bool = False
    rules: PasswordRules = PasswordRules()


class PscProfile(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How Pro Santé Connect is reached from this operator's clients; holds no secret."""

    environment: str = "production"
    """"production" or "sandbox"."""
    discovery: str = ""
    """Address of another discovery document, for tests."""
    client_id: str = ""
    relay: str = ""
    site_certificate: bool = False
    redirect_port: int = 0
    """At which port of this computer the browser comes back, where the operator registered one; 0 = any."""


class OperatorProfile(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One operator. ``id`` is the name of its file."""

    id: str = ""
    name: str
    domains: tuple[str, ...] = ()
    """Domains of addresses: exact, or ``*.example.fr`` for all below."""
    imap: Endpoint | None = None
    smtp: Endpoint | None = None
    sieve: Endpoint | None = None
    ldap: Endpoint | None = None
    carddav: str = ""
    authentications: tuple[str, ...] = ("password",)
    """In the order in which they are proposed."""
    login: str = "address"
    """What is typed as login: "address", "local" (before the @) or "national-id"."""
    trust: str = "igc-sante"
    """Whose certificates its servers show: "igc-sante", or "system" (public authorities, and IGC-Santé)."""
    anchors: tuple[str, ...] = ()
    """Authorities of its own besides, each a certificate in PEM."""
    attachment_limit_octets: int = 15_000_000
    quota_octets: int = 0
    connections_max: int = 0
    """IMAP connections that it allows one person at a time; 0 = not known."""
    features: tuple[str, ...] = ()
    terms: str = ""
    """https address of the terms of use that a person accepts at the first login."""
    terms_text: str = ""
    """Their text, or what a person must know of them, when there is no such address."""
    support: Support = Support()
    password: PasswordPolicy = PasswordPolicy()
    psc: PscProfile = PscProfile()
    remark: str = ""
    """One French sentence said when this profile is chosen."""

    def is_for(self, domain: str) -> bool:
        return any(
            domain.endswith(each[1:]) if each.startswith("*.") else domain == each for each in self.domains
        )


def read_profile(data: bytes, name: str) -> OperatorProfile:
    """Read and check one file. Raises Refused("operator-profile") with the file and key in its detail."""
    try:
        if len(data) > _FILE_OCTETS:
            raise ValueError("too long")
        tables = tomllib.loads(data.decode())
        made = msgspec.convert(tables, OperatorProfile)
        _refuse_unknown(tables)
    except (ValueError, RecursionError) as error:  # tomllib and msgspec raise children of ValueError
        raise _wrong(name, str(error)) from None
    fault = _fault(made)
    if fault:
        raise _wrong(name, fault)
    return msgspec.structs.replace(made, id=name)


def _refuse_unknown(tables: dict[str, Any]) -> None:
    """Keys of the records that other rooms share, which themselves take what they do not know."""
    shared: dict[str, tuple[Any, type[Record]]] = {
        each: (tables.get(each, {}), Endpoint) for each in ("imap", "smtp", "sieve", "ldap")
    }
    shared["password.rules"] = (tables.get("password", {}).get("rules", {}), PasswordRules)
    for name, (table, kind) in shared.items():
        unknown = set(table) - {field.name for field in msgspec.structs.fields(kind)}
        if unknown:
            raise ValueError(f"{name}: unknown key {min(unknown)}")


def _fault(made: OperatorProfile) -> str:
    """What is wrong in a profile that has the right keys, or ""."""
    hosts = {
        "imap.host": made.imap.host if made.imap else "",
        "smtp.host": made.smtp.host if made.smtp else "",
        "sieve.host": made.sieve.host if made.sieve else "",
        "ldap.host": made.ldap.host if made.ldap else "",
        "password.host": made.password.host,
        **{f"domains: {each}": each.removeprefix("*.") for each in made.domains},
    }
    for key, host in hosts.items():
        if host and not is_host(host):
            return key
    for endpoint in (made.imap, made.smtp, made.sieve, made.ldap):
        if endpoint and (endpoint.security not in ("tls", "starttls") or not 0 < endpoint.port < 65536):
            return "security or port"
    pages = {
        "terms": made.terms,
        "support.help": made.support.help,
        "support.delegates": made.support.delegates,
        "password.page": made.password.page,
        "psc.relay": made.psc.relay,
        "psc.discovery": made.psc.discovery,
        "carddav": made.carddav,
    }
    for key, page in pages.items():
        if page and not page.startswith("https://"):
            return key
    choices = {
        "authentications": set(made.authentications) <= set(AUTHENTICATIONS) and made.authentications,
        "features": set(made.features) <= set(FEATURES),
        "trust": made.trust in TRUSTS,
        "login": made.login in ("address", "local", "national-id"),
        "password.method": made.password.method in ("ldap", "zimbra", "poppassd", "page"),
        "psc.environment": made.psc.environment in ("production", "sandbox"),
        "psc.redirect_port": made.psc.redirect_port == 0 or 1024 <= made.psc.redirect_port < 65536,
        "attachment_limit_octets": made.attachment_limit_octets > 0,
        "quota_octets": made.quota_octets >= 0,
        "connections_max": made.connections_max >= 0,
        "anchors": all("-----BEGIN CERTIFICATE-----" in each for each in made.anchors),
    }
    return next((key for key, fine in choices.items() if not fine), "")


def _wrong(name: str, detail: str) -> Refused:
    return Refused(
        "operator-profile",
        _("La fiche d’opérateur «\u00a0{name}\u00a0» est illisible\u00a0: elle n’est pas utilisée.").format(
            name=name
        ),
        _("Corrigez ce fichier ou retirez-le du dossier «\u00a0operators\u00a0» du profil."),
        f"{name}.toml: {detail}"[:300],
    )


@cache
def _shipped() -> tuple[OperatorProfile, ...]:
    try:
        folder = resources.path("operators")
    except FileNotFoundError:
        return ()
    return tuple(read_profile(each.read_bytes(), each.stem) for each in sorted(folder.glob("*.toml")))


def profiles(own: Path | None = None) -> tuple[OperatorProfile, ...]:
    """All profiles, those of the folder ``own`` first; one of these that cannot be read is left out."""
    found: list[OperatorProfile] = []
    for file in sorted(own.glob("*.toml")) if own is not None and own.is_dir() else ():
        try:
            with file.open("rb") as source:
                found.append(read_profile(source.read(_FILE_OCTETS + 1), file.stem))
        except (Refused, OSError) as error:
            _log.warning(
                "an operator profile was left out: %s", getattr(error, "detail", type(error).__name__)
            )
    ids = {each.id for each in found}
    return (*found, *(each for each in _shipped() if each.id not in ids))


def profile_for(domain: str, own: Path | None = None) -> OperatorProfile | None:
    """The profile for addresses of ``domain`` (lower case, A-labels); exact names before patterns."""
    known = [each for each in profiles(own) if each.is_for(domain)]
    return next((each for each in known if domain in each.domains), known[0] if known else None)


def profile_named(id: str, own: Path | None = None) -> OperatorProfile | None:
    return next((each for each in profiles(own) if each.id == id), None)
