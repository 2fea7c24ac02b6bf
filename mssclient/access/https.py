"""One bounded HTTPS exchange: no clear text, no redirect, our TLS policy, the computer's proxy honoured."""

import http.client
import re
import ssl
import threading
import urllib.parse
from collections.abc import Callable, Mapping

from mssclient.access.failures import nonsense, translated
from mssclient.access.proxy import reach
from mssclient.access.stream import Patience
from mssclient.model.errors import Refused
from mssclient.model.language import _
from mssclient.model.records import Record
from mssclient.operators.deadline import cut_after

__all__ = ["Reply", "exchange"]

_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]{2,45}")
_ANSWER_OCTETS = 1 << 20
_REPLY_S = 30.0
_WHOLE_S = 90.0


class Reply(Record, frozen=True, kw_only=True):
    status: int
    body: bytes
    """Whole; longer ones than the limit are an error."""
    date: str = ""
    """The server's clock, as its Date header gives it (RFC 9110 §6.6.1)."""

    def __repr__(self) -> str:
        return f"Reply(status={self.status})"  # the body may be a token


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

    Blocks up to ``wait_s`` a step (connection, proxy, handshake), then ``limit_s`` to the end.
    ``connected`` is called before anything is sent. Raises Refused("https-only") and the WorldErrors of
    ``access.failures`` and ``access.proxy``; an answer longer than ``limit_octets`` is protocol-nonsense.
    """
    host, port, target = _place(url)
    stream = reach(host, port, Patience(connect_s=wait_s, reply_s=wait_s))
    stream.start_tls(context)
    connection = http.client.HTTPSConnection(host, port, context=context)
    connection.sock = stream.release()
    late: threading.Event | None = None
    try:
        connected()
        with cut_after(connection.sock, limit_s) as late:
            connection.request(method, target, body, {"Connection": "close", **(headers or {})})
            with connection.getresponse() as answer:
                data = answer.read(limit_octets + 1)
                status, date = answer.status, answer.headers.get("Date", "")
                if answer.length and len(data) <= limit_octets:  # of what was announced, so much never came
                    raise ConnectionError
            if late.is_set():
                raise TimeoutError
    except OSError as error:
        raise translated(_late(late) or error, host) from None
    except (http.client.HTTPException, ValueError):
        if _late(late) is not None:
            raise translated(TimeoutError(), host) from None
        raise nonsense("HTTP") from None
    finally:
        connection.close()
    if len(data) > limit_octets:
        raise nonsense("HTTP answer too long")
    return Reply(status=status, body=data, date=date)


def _place(url: str) -> tuple[str, int, str]:
    """(host, port, target of the request). Raises Refused https-only, also for what is no address."""
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = (parts.hostname or "").encode("idna").decode("ascii"), parts.port or 443
    except ValueError:
        raise _not_https() from None
    if parts.scheme != "https" or not _HOST.fullmatch(host) or parts.username is not None:
        raise _not_https()
    return host, port, urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))


def _not_https() -> Refused:
    return Refused(
        "https-only",
        _("Cette adresse n’est pas chiffrée (https)\u00a0: rien n’y a été envoyé."),
        _("Demandez à l’opérateur une adresse qui commence par https://."),
    )


def _late(late: threading.Event | None) -> TimeoutError | None:
    """The connection was cut because it took too long: what the library makes of that is not the reason."""
    return TimeoutError() if late is not None and late.is_set() else None
