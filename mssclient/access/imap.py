"""From a TCP connection to an authenticated IMAP stream: greeting, STARTTLS, login, capabilities."""

import base64
import re

from mssclient.access.credential import Credential
from mssclient.access.failures import (
    login_impossible,
    login_refused,
    nonsense,
    preauth,
    server_busy,
    starttls_missing,
)
from mssclient.access.stream import Stream
from mssclient.model.errors import WorldError
from mssclient.model.language import _
from mssclient.operators.capabilities import Capabilities, from_tokens

__all__ = ["ask_capabilities", "begin_session", "log_in", "upgrade"]

_CODE = re.compile(rb"\[([A-Za-z0-9-]+)(?: ([^\]]*))?\]")
_UNTAGGED_MAX = 200
_BUSY = ("UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG")


def begin_session(stream: Stream, context_ready: bool) -> Capabilities:
    """Read the greeting; ``context_ready`` says that the stream is TLS already.

    Raises Refused("preauth-before-tls"), WorldError: server-busy, protocol-nonsense.
    """
    line = stream.read_line()
    upper = line[:16].upper()
    if upper.startswith(b"* PREAUTH"):
        # Even over TLS: a session that is open before we showed who we are is not ours (RFC 9051 §11.1).
        stream.close()
        raise preauth()
    if upper.startswith(b"* BYE"):
        stream.close()
        raise server_busy("BYE greeting")
    if not upper.startswith(b"* OK"):
        stream.close()
        raise nonsense("greeting")
    announced = _capability_code(line)
    # In clear nothing that is announced is believed, and the greeting may hold no list.
    return from_tokens(announced) if announced and context_ready else ask_capabilities(stream)


def upgrade(stream: Stream, capabilities: Capabilities) -> None:
    """Ask for STARTTLS; the caller then does the handshake. Raises Refused("starttls-missing")."""
    if not capabilities.starttls:
        stream.close()
        raise starttls_missing()
    status, _line, _untagged = _command(stream, b"s1", b"STARTTLS")
    if status != b"OK":
        stream.close()
        raise starttls_missing()


def log_in(stream: Stream, capabilities: Capabilities, credential: Credential) -> Capabilities:
    """AUTHENTICATE PLAIN (with SASL-IR where offered), else LOGIN. Returns the capabilities after login.

    Raises Refused: login-refused, login-impossible; WorldError: server-busy, protocol-nonsense.
    """
    if not stream.secured:
        raise starttls_missing()
    login, password = credential.login, credential.secret.value
    if "\0" in login or "\0" in password:
        raise login_refused("NUL")
    if "PLAIN" in capabilities.auth:
        status, line, untagged = _authenticate_plain(stream, capabilities, login, password)
    elif not capabilities.login_disabled:
        status, line, untagged = _login(stream, login, password)
    else:
        raise login_impossible(" ".join(capabilities.auth))
    if status != b"OK":
        raise _refusal(line, untagged)
    announced = _capability_code(line)
    for each in untagged:
        if each.upper().startswith(b"* CAPABILITY "):
            announced = _words(each[13:])
    return from_tokens(announced) if announced else ask_capabilities(stream)


def _authenticate_plain(
    stream: Stream, capabilities: Capabilities, login: str, password: str
) -> tuple[bytes, bytes, list[bytes]]:
    response = base64.b64encode(f"\0{login}\0{password}".encode())
    if capabilities.sasl_ir:  # RFC 4959
        return _command(stream, b"a1", b"AUTHENTICATE PLAIN " + response)
    return _command(stream, b"a1", b"AUTHENTICATE PLAIN", [response])


def _login(stream: Stream, login: str, password: str) -> tuple[bytes, bytes, list[bytes]]:
    parts = [login.encode(), password.encode()]
    if all(_quotable(part) for part in parts):
        return _command(stream, b"a2", b"LOGIN " + b" ".join(_quoted(part) for part in parts))
    # Non-ASCII goes as literals (RFC 3501 §4.3): quoted strings are 7 bits.
    first, second = parts
    return _command(stream, b"a2", b"LOGIN {%d}" % len(first), [first + b" {%d}" % len(second), second])


def _quotable(part: bytes) -> bool:
    return all(0x20 <= octet < 0x7F for octet in part)


def _quoted(part: bytes) -> bytes:
    return b'"' + part.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def _command(
    stream: Stream, tag: bytes, command: bytes, more: list[bytes] | None = None
) -> tuple[bytes, bytes, list[bytes]]:
    """One command before the session proper: (status, tagged line, untagged lines)."""
    queue = list(more or ())
    stream.write(tag + b" " + command + b"\r\n")
    untagged: list[bytes] = []
    while True:
        line = stream.read_line()
        if line.startswith(b"+"):
            # Nothing more to say: "*" cancels the exchange (RFC 9051 §6.2.2).
            stream.write((queue.pop(0) if queue else b"*") + b"\r\n")
        elif line.startswith(tag + b" "):
            return line[len(tag) + 1 :].split(b" ", 1)[0].upper(), line, untagged
        elif line.upper().startswith(b"* BYE"):
            raise _refusal(line, untagged)
        elif line.startswith(b"* "):
            untagged.append(line)
        else:
            raise nonsense("tag")
        if len(untagged) > _UNTAGGED_MAX:
            raise nonsense("too many untagged responses")


def _refusal(line: bytes, untagged: list[bytes]) -> WorldError:
    codes = [code for each in (line, *untagged) if (code := _code(each))]
    if any(code in _BUSY for code in codes) or line.upper().startswith(b"* BYE"):
        return server_busy(" ".join(codes))
    if any(code in ("EXPIRED", "CONTACTADMIN") for code in codes) or any(
        b"PASSWORD MUST BE CHANGED" in each.upper() for each in (line, *untagged)
    ):
        # Zimbra 8.7–10.1: "NO [ALERT] password must be changed before IMAP login permitted".
        error = login_refused("password expired")
        error.remedy = _("Le mot de passe doit être changé chez l’opérateur avant toute connexion.")
        return error
    return login_refused(" ".join(codes))


def _code(line: bytes) -> str:
    found = _CODE.search(line)
    return found.group(1).decode("ascii").upper() if found else ""


def _capability_code(line: bytes) -> list[str]:
    found = _CODE.search(line)
    if found and found.group(1).upper() == b"CAPABILITY":
        return _words(found.group(2) or b"")
    return []


def _words(data: bytes) -> list[str]:
    return data.decode("ascii", "replace").split()


def ask_capabilities(stream: Stream) -> Capabilities:
    """CAPABILITY. Raises WorldError("protocol-nonsense")."""
    status, _line, untagged = _command(stream, b"c1", b"CAPABILITY")
    for line in untagged:
        if line.upper().startswith(b"* CAPABILITY "):
            return from_tokens(_words(line[13:]))
    raise nonsense("CAPABILITY" if status == b"OK" else "CAPABILITY refused")
