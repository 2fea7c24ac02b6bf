"""The computer's proxy settings, as the system gives them (environment, Windows, macOS). No network."""

import base64
import importlib
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

from mssclient.model.records import Record

__all__ = ["Proxy", "ProxyUnusable", "chosen_by_script", "proxy_for"]

_PORTS = {"http": 3128, "socks5": 1080}
_KINDS = {"": "http", "http": "http", "socks5": "socks5", "socks5h": "socks5"}
_WINDOWS_KEY = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"


class ProxyUnusable(ValueError):
    """The setting is of no use. The text is "malformed", or the kind of proxy that we do not speak with."""


class Proxy(Record, frozen=True, kw_only=True):
    """Where it is, and what it wants to know of us. Its repr shows nothing of that."""

    kind: str
    """"http" (CONNECT) or "socks5"."""
    host: str
    port: int
    login: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"Proxy({self.kind})"

    @property
    def authorization(self) -> str:
        """For the header Proxy-Authorization; "" when it has no login."""
        words = base64.b64encode(f"{self.login}:{self.password}".encode()).decode()
        return f"Basic {words}" if self.login else ""


def proxy_for(host: str, *uses: str, settings: Mapping[str, str] | None = None) -> Proxy | None:
    """The first proxy that is set for one of ``uses``; None for none, and for a host that the settings except
    ("" = whatever they except).

    ``uses``: "https" and "http" are for pages, "all" for every connection. ``settings`` replaces the
    system's. Raises ProxyUnusable.
    """
    known = urllib.request.getproxies() if settings is None else settings
    address = next(filter(None, (known.get(use, "") for use in uses)), "")
    if not address or (host and urllib.request.proxy_bypass(host)):
        return None
    try:
        parts = urllib.parse.urlsplit(address if "//" in address else f"//{address}")
        kind = _KINDS.get(parts.scheme)
        if kind is None:
            raise ProxyUnusable(parts.scheme[:10])
        if not parts.hostname:
            raise ProxyUnusable("malformed")
        return Proxy(
            kind=kind,
            host=parts.hostname,
            port=parts.port or _PORTS[kind],
            login=urllib.parse.unquote(parts.username or ""),
            password=urllib.parse.unquote(parts.password or ""),
        )
    except ProxyUnusable:
        raise
    except ValueError:
        raise ProxyUnusable("malformed") from None


def chosen_by_script() -> bool:
    """Whether Windows leaves the choice of a proxy to a script (PAC), which is not read here."""
    try:
        registry: Any = importlib.import_module("winreg")
        with registry.OpenKey(registry.HKEY_CURRENT_USER, _WINDOWS_KEY) as key:
            return bool(registry.QueryValueEx(key, "AutoConfigURL")[0])
    except (ImportError, OSError):
        return False
