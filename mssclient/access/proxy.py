"""The computer's proxy, where one is set: a tunnel to the host (CONNECT, RFC 9110 §9.3.6; SOCKS 5, RFC 1928).

The handshake is with the host: the proxy sees its name and port only. What the proxy wants to know of us
goes to the proxy alone.
"""

import ipaddress
from collections.abc import Callable

import msgspec

from mssclient.access.failures import translated
from mssclient.access.stream import Patience, Stream
from mssclient.model.errors import MssError, WorldError
from mssclient.model.language import _
from mssclient.operators.proxies import Proxy, ProxyUnusable, proxy_for

__all__ = ["Opened", "reach", "reach_service", "way_to"]

_HEADERS_MAX = 100
_LINE_OCTETS = 1 << 14
_DIRECT_S = 6.0
"""For one address, where a proxy is the other way."""
_UNREACHED = ("host-unknown", "host-unreachable", "timeout")
_NO_WAY = (*_UNREACHED, "proxy-unreachable", "proxy-refused")

Opened = Callable[[Stream], object]
"""Is given each stream as soon as it is connected: whoever keeps it can abort what follows."""

_ways: dict[tuple[str, int], str] = {}
"""Host and port → "direct" or "proxy", whichever led there last."""


def reach(host: str, port: int, patience: Patience) -> Stream:
    """A clear stream to the host of a page, directly or by a tunnel; the caller does the handshake with it.

    Blocks up to ``patience.connect_s`` an address, and ``patience.reply_s`` for the proxy's whole answer.
    Raises WorldError: those of ``Stream.connect``, proxy-malformed, proxy-unsupported, proxy-unreachable,
    proxy-refused.
    """
    through = None if _is_loopback(host) else _proxy(host, "https", "all")
    if through is None:
        return Stream.connect(host, port, patience)
    stream = _tunnel(through, host, port, patience)
    if stream.buffered:  # a page of the proxy's, where the host should wait for us
        stream.close()
        raise _refused("HTTP")
    return stream


def reach_service(
    host: str, port: int, patience: Patience | None = None, opened: Opened | None = None
) -> Stream:
    """The same to a server of mail, filters or a directory.

    A proxy that is set for all connections is the only way. One that is set for pages is the other way, for
    networks that let nothing out directly: many refuse ports that are not those of pages. The way that led
    to the server is the first one to be tried the next time, see :func:`way_to`. When neither does, the
    problem of the direct one is raised. Raises and blocks as :func:`reach`, once for each way.
    """
    wait = patience or Patience()
    if _is_loopback(host):
        return Stream.connect(host, port, wait, opened)
    only = _proxy(host, "all")
    if only is not None:
        stream = _tunnel(only, host, port, wait, opened)
        _ways[host, port] = "proxy"
        return stream
    try:
        through = _proxy(host, "https")
    except WorldError:  # of no use for pages either, which is told there
        through = None
    if through is None:
        _ways.pop((host, port), None)
        return Stream.connect(host, port, wait, opened)
    return _by_either(through, host, port, wait, opened)


def way_to(host: str, port: int) -> str:
    """ "direct" or "proxy": how :func:`reach_service` came there; "" when there was no choice."""
    return _ways.get((host, port), "")


def _by_either(through: Proxy, host: str, port: int, wait: Patience, opened: Opened | None) -> Stream:
    def directly() -> Stream:
        quick = msgspec.structs.replace(wait, connect_s=min(wait.connect_s, _DIRECT_S))
        stream = Stream.connect(host, port, quick, opened)
        stream.patience = wait
        return stream

    ways = {"direct": directly, "proxy": lambda: _tunnel(through, host, port, wait, opened)}
    problems: dict[str, MssError] = {}
    for name in ("proxy", "direct") if way_to(host, port) == "proxy" else ("direct", "proxy"):
        try:
            stream = ways[name]()
        except MssError as error:
            if error.code not in _NO_WAY:
                raise
            problems[name] = error
        else:
            _ways[host, port] = name
            return stream
    raise problems["direct"]


def _is_loopback(host: str) -> bool:
    if host.lower() in ("localhost", "localhost."):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _proxy(host: str, *uses: str) -> Proxy | None:
    try:
        return proxy_for(host, *uses)
    except ProxyUnusable as why:
        raise _malformed() if str(why) == "malformed" else _unsupported(str(why)) from None


def _tunnel(through: Proxy, host: str, port: int, patience: Patience, opened: Opened | None = None) -> Stream:
    try:
        name = host.encode("idna").decode("ascii")
        if not name.isprintable() or " " in name:
            raise UnicodeError
        if not 0 < port < 65536:
            raise OSError
    except (OSError, UnicodeError) as error:
        raise translated(error, host) from None
    try:
        stream = Stream.connect(through.host, through.port, patience, opened)
    except MssError as error:
        if error.code in _UNREACHED:
            raise _unreachable(error.code) from None
        raise
    try:
        with stream.within(patience.reply_s):
            (_ask_socks if through.kind == "socks5" else _ask_http)(stream, through, name, port)
    except MssError as error:
        aborted = stream.closed
        stream.close()
        if error.code in _UNREACHED:
            raise _unreachable(error.code) from None
        if error.code in ("protocol-nonsense", "connection-lost") and not aborted:
            raise _refused(error.code) from None
        raise
    except BaseException:
        stream.close()
        raise
    stream.host = host
    return stream


def _ask_http(stream: Stream, through: Proxy, host: str, port: int) -> None:
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {where} HTTP/1.1", f"Host: {where}"]
    if through.authorization:
        lines.append(f"Proxy-Authorization: {through.authorization}")
    stream.write("\r\n".join([*lines, "", ""]).encode("ascii"))
    words = stream.read_line(_LINE_OCTETS).split(b" ", 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit():
        raise _refused("HTTP")
    if not words[1].startswith(b"2"):
        raise _refused(words[1].decode("ascii")[:3])
    for _header in range(_HEADERS_MAX):
        if not stream.read_line(_LINE_OCTETS):
            return
    raise _refused("HTTP")


def _ask_socks(stream: Stream, through: Proxy, host: str, port: int) -> None:
    """The name is resolved by the proxy; login and password are in clear towards it (RFC 1929)."""
    method = b"\x02" if through.login else b"\x00"
    stream.write(b"\x05\x01" + method)
    if stream.read_exactly(2) != b"\x05" + method:
        raise _refused("SOCKS method")
    if through.login:
        stream.write(b"\x01" + _counted(through.login) + _counted(through.password))
        if stream.read_exactly(2)[1:] != b"\x00":
            raise _refused("SOCKS login")
    stream.write(b"\x05\x01\x00\x03" + _counted(host) + port.to_bytes(2, "big"))
    version, reply, _reserved, kind = stream.read_exactly(4)
    if version != 5 or reply:
        raise _refused(f"SOCKS {reply}")
    sizes = {1: 4, 4: 16}
    if kind not in (*sizes, 3):
        raise _refused("SOCKS address")
    stream.read_exactly((sizes.get(kind) or stream.read_exactly(1)[0]) + 2)


def _counted(text: str) -> bytes:
    data = text.encode()
    if not 0 < len(data) < 256:
        raise _refused("SOCKS length")
    return bytes((len(data),)) + data


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
