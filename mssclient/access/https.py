"""One bounded HTTPS exchange: no clear text, no redirect, our TLS policy, the computer's proxy honoured."""

import http.client
import ssl
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping

from mssclient.access.failures import nonsense, translated
from mssclient.model.errors import Refused
from mssclient.model.language import _
from mssclient.model.records import Record

__all__ = ["Reply", "exchange"]

_ANSWER_OCTETS = 1 << 20
_REPLY_S = 30.0


class Reply(Record, frozen=True, kw_only=True):
    status: int
    body: bytes
    """Whole; longer ones than the limit are an error."""


def _ignore() -> None:
    pass


def exchange(
    method: str,
    url: str,
    context: ssl.SSLContext,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    limit_octets: int = _ANSWER_OCTETS,
    wait_s: float = _REPLY_S,
    connected: Callable[[], None] = _ignore,
) -> Reply:
    """Ask ``url`` and read the whole answer, whatever its status. Blocks up to ``wait_s`` a step; any thread.

    ``connected`` is called before anything is sent. Raises Refused("https-only") and the WorldErrors of
    ``access.failures``; an answer longer than ``limit_octets`` is protocol-nonsense.
    """
    parts = urllib.parse.urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.username is not None:
        raise Refused(
            "https-only",
            _("Cette adresse n’est pas chiffrée (https)\u00a0: rien n’y a été envoyé."),
            _("Demandez à l’opérateur une adresse qui commence par https://."),
        )
    connection = _connection(parts.hostname, parts.port or 443, context, wait_s)
    path = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
    try:
        connection.connect()
        connected()
        connection.request(method, path, body, dict(headers or {}))
        with connection.getresponse() as answer:
            data = answer.read(limit_octets + 1)
            status = answer.status
    except OSError as error:
        raise translated(error, parts.hostname) from None
    except (http.client.HTTPException, ValueError):
        raise nonsense("HTTP") from None
    finally:
        connection.close()
    if len(data) > limit_octets:
        raise nonsense("HTTP answer too long")
    return Reply(status=status, body=data)


def _connection(host: str, port: int, context: ssl.SSLContext, wait_s: float) -> http.client.HTTPSConnection:
    proxy = urllib.request.getproxies().get("https", "")
    through = urllib.parse.urlsplit(proxy if "//" in proxy else f"//{proxy}")
    if not through.hostname or urllib.request.proxy_bypass(host):
        return http.client.HTTPSConnection(host, port, timeout=wait_s, context=context)
    connection = http.client.HTTPSConnection(
        through.hostname, through.port or 3128, timeout=wait_s, context=context
    )
    connection.set_tunnel(host, port)  # CONNECT: the handshake is with the host, the proxy sees names only
    return connection
