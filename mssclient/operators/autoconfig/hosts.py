"""Names of hosts, as strangers give them."""

import re

__all__ = ["is_domain", "is_host", "is_inside"]

_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")


def is_host(name: str) -> bool:
    """Whether ``name`` (lower case, A-labels) can be that of a host (RFC 1123 §2.1)."""
    return _HOST.fullmatch(name) is not None


def is_domain(name: str) -> bool:
    """A host's name of two labels or more: what may follow the @ of an address."""
    return "." in name and is_host(name)


def is_inside(host: str, domain: str) -> bool:
    """Whether ``host`` is the domain or below it. A parent is not inside: mssante.fr is everybody's."""
    return host == domain or host.endswith(f".{domain}")
