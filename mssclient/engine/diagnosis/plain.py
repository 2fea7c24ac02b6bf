"""The head of a plain http page: enough to tell a portal from Internet, and to compare clocks."""

import http.client
import urllib.parse
from collections.abc import Mapping

from mssclient.model.records import Record
from mssclient.operators.proxies import proxy_for

__all__ = ["Page", "look"]

_WAIT_S = 6.0


class Page(Record, frozen=True, kw_only=True):
    status: int
    media: str = ""
    where: str = ""
    """Whither it sends, whole; "" when it does not."""
    date: str = ""


def look(url: str, proxies: Mapping[str, str]) -> Page:
    """Ask for the head of ``url`` (http), through the proxy where there is one.

    Raises OSError, ValueError (also for an answer that is no HTTP). Blocks up to 6 s a step; any thread.
    """
    parts = urllib.parse.urlsplit(url)
    host = parts.hostname or ""
    through = proxy_for(host, "http", "all", settings=proxies)
    headers: dict[str, str] = {}
    if through is not None and through.kind == "http":
        connection = http.client.HTTPConnection(through.host, through.port, timeout=_WAIT_S)
        target = url
        if through.authorization:
            headers["Proxy-Authorization"] = through.authorization
    else:
        connection = http.client.HTTPConnection(host, parts.port or 80, timeout=_WAIT_S)
        target = parts.path or "/"
    try:
        connection.request("HEAD", target, headers=headers)
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
