"""The head of a plain http page: enough to tell a portal from Internet, and to compare clocks."""

import http.client
import urllib.parse
import urllib.request
from collections.abc import Mapping

from mssclient.model.records import Record

__all__ = ["Page", "look", "proxy_of"]

_WAIT_S = 6.0


class Page(Record, frozen=True, kw_only=True):
    status: int
    media: str = ""
    where: str = ""
    """Whither it sends, whole; "" when it does not."""
    date: str = ""


def proxy_of(proxies: Mapping[str, str], kind: str) -> tuple[str, int] | None:
    """Host and port of the computer's proxy for "http" or "https". Raises ValueError when it is malformed."""
    address = proxies.get(kind, "")
    if not address:
        return None
    parts = urllib.parse.urlsplit(address if "//" in address else f"//{address}")
    if not parts.hostname:
        raise ValueError("proxy without host")
    return parts.hostname, parts.port or 3128


def look(url: str, proxies: Mapping[str, str]) -> Page:
    """Ask for the head of ``url`` (http), through the proxy where there is one.

    Raises OSError, ValueError (also for an answer that is no HTTP). Blocks up to 6 s a step; any thread.
    """
    parts = urllib.parse.urlsplit(url)
    host = parts.hostname or ""
    through = None if urllib.request.proxy_bypass(host) else proxy_of(proxies, "http")
    if through is None:
        connection = http.client.HTTPConnection(host, parts.port or 80, timeout=_WAIT_S)
    else:
        connection = http.client.HTTPConnection(*through, timeout=_WAIT_S)
    try:
        connection.request("HEAD", url if through is not None else parts.path or "/")
        with connection.getresponse() as answer:
            where = answer.headers.get("Location", "")
            return Page(
                status=answer.status,
                media=answer.headers.get_content_type(),
                where=urllib.parse.urljoin(url, where) if where else "",
                date=answer.headers.get("Date", ""),
            )
    except http.client.HTTPException:
        raise ValueError("no HTTP") from None
    finally:
        connection.close()
