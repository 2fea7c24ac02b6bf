"""The computer's HTTP proxy, where one is set: a tunnel to the host (CONNECT, RFC 9110 §9.3.6).

The handshake is with the host: the proxy sees its name and port only. What the proxy wants to know of us
goes to the proxy alone.
"""

import base64
import ipaddress
import urllib.parse
import urllib.request
from typing import NamedTuple

from mssclient.access.stream import Patience, Stream
from mssclient.model.errors import MssError, WorldError
from mssclient.model.language import _

__all__ = ["reach"]

_HEADERS_MAX = 100
_LINE_OCTETS = 1 << 14
_PORT = 3128
_ABOUT_THE_PROXY = ("host-unknown", "host-unreachable", "timeout")


class _Proxy(NamedTuple):
    host: str
    port: int
    credentials: str
    """For Proxy-Authorization, without "Basic "; "" = none. Never shown."""


def reach(host: str, port: int, patience: Patience) -> Stream:
    """A clear stream to ``host``, directly or by a tunnel; the caller does the handshake with the host.

    Blocks up to ``patience.connect_s`` an address, and ``patience.reply_s`` for the proxy's whole answer.
    Raises WorldError: those of ``Stream.connect``, proxy-malformed, proxy-unsupported, proxy-unreachable,
    proxy-refused.
    """
    through = None if _is_loopback(host) else _proxy_for(host)
    if through is None:
        return Stream.connect(host, port, patience)
    try:
        stream = Stream.connect(through.host, through.port, patience)
    except MssError as error:
        raise _unreachable(error.code) from None
    try:
        with stream.within(patience.reply_s):
            _open_tunnel(stream, host, port, through.credentials)
    except BaseException:
        stream.close()
        raise
    stream.host = host
    return stream


def _is_loopback(host: str) -> bool:
    if host.lower() in ("localhost", "localhost."):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _proxy_for(host: str) -> _Proxy | None:
    address = urllib.request.getproxies().get("https", "")
    if not address or urllib.request.proxy_bypass(host):
        return None
    try:
        parts = urllib.parse.urlsplit(address if "//" in address else f"//{address}")
        name, port = parts.hostname, parts.port or _PORT
    except ValueError:
        raise _malformed() from None
    if parts.scheme not in ("", "http"):
        raise _unsupported(parts.scheme[:10])
    if not name:
        raise _malformed()
    credentials = ""
    if parts.username is not None:
        words = f"{urllib.parse.unquote(parts.username)}:{urllib.parse.unquote(parts.password or '')}"
        credentials = base64.b64encode(words.encode()).decode()
    return _Proxy(name, port, credentials)


def _open_tunnel(stream: Stream, host: str, port: int, credentials: str) -> None:
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {where} HTTP/1.1", f"Host: {where}"]
    if credentials:
        lines.append(f"Proxy-Authorization: Basic {credentials}")
    try:
        stream.write("\r\n".join([*lines, "", ""]).encode("ascii"))
        words = stream.read_line(_LINE_OCTETS).split(b" ", 2)
        if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit():
            raise _refused("HTTP")
        if not words[1].startswith(b"2"):
            raise _refused(words[1].decode("ascii")[:3])
        for _header in range(_HEADERS_MAX):
            if not stream.read_line(_LINE_OCTETS):
                break
        else:
            raise _refused("HTTP")
    except MssError as error:
        if error.code in _ABOUT_THE_PROXY:
            raise _unreachable(error.code) from None
        if error.code in ("protocol-nonsense", "connection-lost"):
            raise _refused(error.code) from None
        raise
    if stream.buffered:  # a page where the host should speak
        raise _refused("HTTP")


def _malformed() -> WorldError:
    return WorldError(
        "proxy-malformed",
        _("L’adresse du proxy de cet ordinateur est illisible."),
        _("Corrigez les réglages de proxy du système."),
    )


def _unsupported(detail: str) -> WorldError:
    return WorldError(
        "proxy-unsupported",
        _("Un proxy d’un genre que ce programme n’utilise pas est réglé sur cet ordinateur."),
        _("Demandez un proxy HTTP à votre informaticien."),
        detail,
    )


def _unreachable(detail: str) -> WorldError:
    return WorldError(
        "proxy-unreachable",
        _("Le proxy réglé sur cet ordinateur ne répond pas."),
        _("Corrigez les réglages de proxy du système, ou demandez à votre informaticien."),
        detail,
    )


def _refused(detail: str) -> WorldError:
    return WorldError(
        "proxy-refused",
        _("Le proxy de cet ordinateur n’a pas permis la connexion."),
        _("Demandez à votre informaticien de la permettre, ou le nom et le mot de passe du proxy."),
        detail,
    )
