"""One bounded HTTPS exchange: no clear text, no redirect, our TLS policy, the computer's proxy honoured."""

import http.client
import ssl
import threading
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping

from mssclient.access.failures import nonsense, translated
from mssclient.model.errors import Refused
from mssclient.model.language import _
from mssclient.model.records import Record
from mssclient.operators.deadline import cut_after

__all__ = ["Reply", "exchange"]

_ANSWER_OCTETS = 1 << 20
_REPLY_S = 30.0
_WHOLE_S = 90.0


class Reply(Record, frozen=True, kw_only=True):
    status: int
    body: bytes
    """Whole; longer ones than the limit are an error."""
    date: str = ""
    """The server's clock, as its Date header gives it (RFC 9110 §6.6.1)."""


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
    limit_s: float = _WHOLE_S,
    connected: Callable[[], None] = _ignore,
) -> Reply:
    """Ask ``url`` and read the whole answer, whatever its status. Any thread.

    Blocks up to ``wait_s`` a step, ``limit_s`` from the handshake to the end.

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
    late: threading.Event | None = None
    try:
        connection.connect()
        connected()
        with cut_after(connection.sock, limit_s) as late:
            connection.request(method, path, body, dict(headers or {}))
            with connection.getresponse() as answer:
                data = answer.read(limit_octets + 1)
                status, date = answer.status, answer.headers.get("Date", "")
                if answer.length and len(data) <= limit_octets:  # of what was announced, so much never came
                    raise ConnectionError
            if late.is_set():
                raise TimeoutError
    except OSError as error:
        raise translated(_late(late) or error, parts.hostname) from None
    except (http.client.HTTPException, ValueError):
        if _late(late) is not None:
            raise translated(TimeoutError(), parts.hostname) from None
        raise nonsense("HTTP") from None
    finally:
        connection.close()
    if len(data) > limit_octets:
        raise nonsense("HTTP answer too long")
    return Reply(status=status, body=data, date=date)


def _late(late: threading.Event | None) -> TimeoutError | None:
    """The connection was cut because it took too long: what the library makes of that is not the reason."""
    return TimeoutError() if late is not None and late.is_set() else None


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
