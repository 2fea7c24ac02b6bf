"""poppassd (port 106 and others), inside TLS only: the protocol itself would show both passwords.

A dialogue of lines: greeting, USER, PASS, NEWPASS, QUIT, each answered by three digits.
"""

import contextlib
import ssl

from mssclient.access.failures import nonsense
from mssclient.access.passwords import problems
from mssclient.access.proxy import reach_service
from mssclient.access.stream import Stream
from mssclient.model.accounts import Endpoint
from mssclient.model.errors import MssError

__all__ = ["change"]

_LINES_MAX = 50
_LINE_OCTETS = 4096
_REPLY_S = 60.0


def change(endpoint: Endpoint, context: ssl.SSLContext, login: str, old: str, new: str) -> None:
    """Raises as ``passwords.ldap.change``."""
    if any(sign in each for each in (login, old, new) for sign in "\r\n\0"):
        raise problems.new_refused("line break")
    stream = reach_service(endpoint.host, endpoint.port)
    try:
        stream.start_tls(context)
        _expect(stream, "200")
        _say(stream, f"USER {login}", "300")
        if not _say(stream, f"PASS {old}", "200", "300", may_fail=True):
            raise problems.old_wrong()
        try:
            accepted = _say(stream, f"NEWPASS {new}", "200", "250", may_fail=True)
        except MssError as error:
            raise problems.outcome_unknown(error.code) from None
        if not accepted:
            raise problems.new_refused()
        with contextlib.suppress(MssError):
            stream.write(b"QUIT\r\n")
    finally:
        stream.close()


def _say(stream: Stream, line: str, *good: str, may_fail: bool = False) -> bool:
    stream.write(line.encode() + b"\r\n")
    return _expect(stream, *good, may_fail=may_fail)


def _expect(stream: Stream, *good: str, may_fail: bool = False) -> bool:
    """Whether the reply is one of ``good``; continued replies ("200-…") are read to their end."""
    with stream.within(_REPLY_S):
        for _each in range(_LINES_MAX):
            line = stream.read_line(_LINE_OCTETS)
            if line[3:4] != b"-":
                break
        else:
            raise nonsense("poppassd reply without end")
    code = line[:3].decode("ascii", "replace")
    if code in good:
        return True
    if may_fail and code.startswith("5"):
        return False
    raise problems.change_unavailable(f"reply {code if code.isdigit() else '?'}")
