"""From a TCP connection to an authenticated IMAP stream: greeting, STARTTLS, login, capabilities."""

import base64
import re

from mssclient.access.credential import Credential, PasswordCredential, TokenCredential
from mssclient.access.failures import (
    login_impossible,
    login_refused,
    nonsense,
    preauth,
    server_busy,
    starttls_missing,
)
from mssclient.access.refusals import from_imap
from mssclient.access.stream import Stream
from mssclient.model.accounts import Endpoint
from mssclient.model.errors import MssError
from mssclient.operators.capabilities import Capabilities, from_tokens

__all__ = ["ask_capabilities", "begin_session", "log_in", "upgrade"]

_CODE = re.compile(rb"\[([A-Za-z0-9-]+)(?: ([^\]]*))?\]")
_UNTAGGED_MAX = 200
_CHALLENGES_MAX = 4
"""Two answers (LOGIN with literals), the reason of a refusal, and one more."""
_STEP_S = 120.0
"""For the greeting, and for each command before the session proper, however slowly octets come."""


def begin_session(stream: Stream, context_ready: bool) -> Capabilities:
    """Read the greeting; ``context_ready`` says that the stream is TLS already.

    Raises Refused("preauth-before-tls"), WorldError: server-busy, protocol-nonsense.
    """
    with stream.within(_STEP_S):
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


def log_in(
    stream: Stream, capabilities: Capabilities, credential: Credential, endpoint: Endpoint
) -> Capabilities:
    """AUTHENTICATE by the first mechanism that both sides know (with SASL-IR where offered), else LOGIN.

    Returns the capabilities after login. Raises Refused: login-refused, login-impossible, token-refused,
    client-certificate-refused, password-expired, password-must-change, account-locked, login-not-allowed;
    WorldError: server-busy, login-throttled, protocol-nonsense; what the credential raises.
    """
    if not stream.secured:
        raise starttls_missing()
    mechanism = next((each for each in credential.mechanisms if each in capabilities.auth), "")
    if isinstance(credential, PasswordCredential) and "\0" in credential.login + credential.secret.value:
        raise login_refused("NUL")
    if isinstance(credential, PasswordCredential) and mechanism != "PLAIN":
        if capabilities.login_disabled:
            raise login_impossible(_shown(capabilities))
        status, line, untagged = _login(stream, credential)
    elif mechanism:
        status, line, untagged = _authenticate(stream, capabilities, credential, mechanism, endpoint)
    else:
        raise login_impossible(_shown(capabilities))
    if status != b"OK":
        raise from_imap(line, untagged, credential)
    announced = _capability_code(line)
    for each in untagged:
        if each.upper().startswith(b"* CAPABILITY "):
            announced = _words(each[13:])
    return from_tokens(announced) if announced else ask_capabilities(stream)


def _shown(capabilities: Capabilities) -> str:
    return " ".join(capabilities.auth)[:100]


def _authenticate(
    stream: Stream, capabilities: Capabilities, credential: Credential, mechanism: str, endpoint: Endpoint
) -> tuple[bytes, bytes, list[bytes]]:
    response = base64.b64encode(credential.response(mechanism, endpoint))
    command, last = b"AUTHENTICATE " + mechanism.encode(), credential.last_word(mechanism)
    if isinstance(credential, TokenCredential):
        # Without an initial response: what MSSanté operators were seen to take.
        return _command(stream, b"a1", command, [response, last], challenge_is_no=True)
    if capabilities.sasl_ir:  # RFC 4959: "=" stands for an empty response
        return _command(stream, b"a1", command + b" " + (response or b"="), [last])
    return _command(stream, b"a1", command, [response, last])


def _login(stream: Stream, credential: PasswordCredential) -> tuple[bytes, bytes, list[bytes]]:
    parts = [credential.login.encode(), credential.secret.value.encode()]
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
    stream: Stream,
    tag: bytes,
    command: bytes,
    more: list[bytes] | None = None,
    *,
    challenge_is_no: bool = False,
) -> tuple[bytes, bytes, list[bytes]]:
    """One command before the session proper: (status, tagged line, untagged lines).

    ``challenge_is_no``: a challenge after the first answer says why the server refuses; servers were seen
    to drop the connection behind it, which is a NO then.
    """
    with stream.within(_STEP_S):
        return _dialogue(stream, tag, command, list(more or ()), challenge_is_no)


def _dialogue(
    stream: Stream, tag: bytes, command: bytes, queue: list[bytes], challenge_is_no: bool
) -> tuple[bytes, bytes, list[bytes]]:
    stream.write(tag + b" " + command + b"\r\n")
    untagged: list[bytes] = []
    challenges = 0
    while True:
        try:
            line = stream.read_line()
        except MssError as error:
            if challenge_is_no and challenges > 1 and error.code == "connection-lost":
                return b"NO", b"", untagged
            raise
        if line.startswith(b"+"):
            challenges += 1
            if challenges > _CHALLENGES_MAX:
                raise nonsense("challenges without end")
            # Nothing more to say: "*" cancels the exchange (RFC 9051 §6.2.2).
            stream.write((queue.pop(0) if queue else b"*") + b"\r\n")
        elif line.startswith(tag + b" "):
            return line[len(tag) + 1 :].split(b" ", 1)[0].upper(), line, untagged
        elif line.upper().startswith(b"* BYE"):
            return b"BYE", line, untagged
        elif line.startswith(b"* "):
            untagged.append(line)
        else:
            raise nonsense("tag")
        if len(untagged) > _UNTAGGED_MAX:
            raise nonsense("too many untagged responses")


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
