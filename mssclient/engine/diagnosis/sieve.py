"""ManageSieve (RFC 5804) as far as the greeting, STARTTLS and the capabilities."""

import re
from collections.abc import Iterator

from mssclient.access.failures import nonsense, server_busy, starttls_missing
from mssclient.access.open import context_of
from mssclient.access.stream import Stream
from mssclient.engine.diagnosis.lines import Lines
from mssclient.engine.diagnosis.world import World
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.diagnosis import Check
from mssclient.model.errors import MssError
from mssclient.model.language import _

__all__ = ["check", "read_capabilities", "upgrade"]

_LINE = re.compile(rb'"([^"\\]{1,64})"(?: "((?:[^"\\]|\\.){0,2000})")?')
_LINES_MAX = 60
_WANTED = ("fileinto", "vacation")


def read_capabilities(stream: Stream) -> dict[str, str]:
    """Capability lines up to OK, names in upper case. Raises WorldError: server-busy, protocol-nonsense."""
    found: dict[str, str] = {}
    for _number in range(_LINES_MAX):
        line = stream.read_line()
        word = line[:4].upper()
        if word.startswith(b"OK"):
            return found
        if word.startswith((b"NO", b"BYE")):
            raise server_busy("ManageSieve")
        match = _LINE.match(line)
        if match is None:
            raise nonsense("ManageSieve")
        found[match.group(1).decode("ascii", "replace").upper()] = (match.group(2) or b"").decode(
            "utf-8", "replace"
        )
    raise nonsense("ManageSieve")


def upgrade(stream: Stream) -> None:
    """Up to the handshake. Raises Refused("starttls-missing"): nothing was said in clear."""
    if "STARTTLS" not in read_capabilities(stream):
        raise starttls_missing()
    stream.write(b"STARTTLS\r\n")
    if not stream.read_line().upper().startswith(b"OK"):
        raise starttls_missing()


def check(account: Account, endpoint: Endpoint | None, world: World) -> Iterator[Check]:
    lines = Lines("sieve", account)
    if endpoint is None:
        yield lines.skip(
            "connection", _("Aucun serveur de filtres (ManageSieve) n’est connu pour cette boîte.")
        )
        return
    try:
        stream = Stream.connect(endpoint.host, endpoint.port, world.patience)
        try:
            if endpoint.security == "starttls":
                upgrade(stream)
            stream.start_tls(context_of(account))
            offered = read_capabilities(stream)
            stream.write(b"LOGOUT\r\n")
        finally:
            stream.close()
    except MssError as error:
        # The mail goes on without it.
        yield lines.problem("connection", error, state="warn")
        return
    yield lines.ok("connection", _("Le serveur de filtres répond, chiffré."))
    extensions = offered.get("SIEVE", "").lower().split()
    missing = [each for each in _WANTED if each not in extensions]
    if missing:
        yield lines.warn(
            "extensions",
            _("Le serveur de filtres ne propose pas tout ({names}).").format(names=", ".join(missing)),
            _("Le classement ou la réponse d’absence se règle chez l’opérateur."),
            code="sieve-extensions",
        )
