"""From a TCP connection to an authenticated submission stream (RFC 6409, RFC 8314, RFC 4954)."""

import base64
import re

from mssclient.access.credential import Credential
from mssclient.access.failures import (
    login_impossible,
    login_refused,
    nonsense,
    server_busy,
    starttls_missing,
)
from mssclient.access.stream import Stream
from mssclient.model.records import Record

__all__ = ["Reply", "Submission"]

_LINE = re.compile(rb"(\d{3})([ -]?)(.*)", re.DOTALL)
_ENHANCED = re.compile(r"^([245]\.\d{1,3}\.\d{1,3})(?: |$)")
_LINES_MAX = 200


class Reply(Record, frozen=True, kw_only=True):
    """One SMTP reply (RFC 5321 §4.2)."""

    code: int
    lines: tuple[str, ...] = ()
    """Its words; they may hold an address: never logged."""

    @property
    def good(self) -> bool:
        return 200 <= self.code < 400

    @property
    def enhanced(self) -> str:
        """The enhanced status code (RFC 3463), or ""."""
        found = _ENHANCED.match(self.lines[-1]) if self.lines else None
        return found.group(1) if found else ""

    @property
    def text(self) -> str:
        """The words on one line, without the enhanced code."""
        return " ".join(_ENHANCED.sub("", line) for line in self.lines).strip()


class Submission:
    """An SMTP dialogue. Thread: the one that opened it."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.extensions: dict[str, str] = {}
        """EHLO keyword, upper case → its parameters."""

    # -- getting in ------------------------------------------------------------------------------

    def greet(self) -> None:
        """Read the greeting and say EHLO. Raises WorldError: server-busy, protocol-nonsense."""
        reply = self.read_reply()
        if reply.code != 220:
            self.close()
            raise server_busy(str(reply.code)) if 400 <= reply.code < 600 else nonsense("greeting")
        self._hello()

    def _hello(self) -> None:
        reply = self.command(b"EHLO " + self._name())
        if reply.code != 250:
            self.close()
            raise server_busy(f"EHLO {reply.code}") if reply.code == 421 else nonsense(f"EHLO {reply.code}")
        self.extensions = {}
        for line in reply.lines[1:]:
            word, _space, rest = line.partition(" ")
            # "AUTH=PLAIN": pre-standard spelling that some servers still add beside the right one.
            word, _equals, odd = word.partition("=")
            self.extensions[word.upper()] = " ".join(
                filter(None, (self.extensions.get(word.upper()), odd, rest))
            )

    def _name(self) -> bytes:
        # An address literal (RFC 5321 §4.1.3): the name of a desk computer says nothing, or too much.
        return b"[127.0.0.1]"

    def upgrade(self) -> None:
        """Ask for STARTTLS; the caller then does the handshake and calls :meth:`secured`.

        Raises Refused("starttls-missing"): nothing was sent in clear.
        """
        if "STARTTLS" not in self.extensions or self.command(b"STARTTLS").code != 220:
            self.close()
            raise starttls_missing()

    def secured(self) -> None:
        """Forget what was said in clear and ask again (RFC 3207 §4.2)."""
        self._hello()

    def log_in(self, credential: Credential) -> None:
        """AUTH PLAIN, else LOGIN.

        Raises Refused: login-refused, login-impossible; WorldError: server-busy.
        """
        if not self.stream.secured:
            raise starttls_missing()
        login, password = credential.login.encode(), credential.secret.value.encode()
        if b"\0" in login + password:
            raise login_refused("NUL")
        offered = self.extensions.get("AUTH", "").upper().split()
        if "PLAIN" in offered:
            reply = self.command(b"AUTH PLAIN " + base64.b64encode(b"\0" + login + b"\0" + password))
        elif "LOGIN" in offered:
            reply = self.command(b"AUTH LOGIN")
            for part in (login, password):
                if reply.code == 334:
                    reply = self.command(base64.b64encode(part))
        else:
            raise login_impossible(" ".join(offered))
        if reply.code == 334:
            reply = self.command(b"*")
        if reply.code == 235:
            return
        self.close()
        # 454 4.7.0: temporary authentication failure (RFC 4954 §4.7.3).
        raise (
            server_busy(str(reply.code))
            if 400 <= reply.code < 500
            else login_refused(f"{reply.code} {reply.enhanced}")
        )

    @property
    def size_limit_octets(self) -> int:
        """RFC 1870; 0 when the server does not say."""
        words = self.extensions.get("SIZE", "").split()
        return int(words[0]) if words and words[0].isdigit() and len(words[0]) < 16 else 0

    # -- the dialogue ----------------------------------------------------------------------------

    def command(self, line: bytes) -> Reply:
        """Send one line and wait for its reply. ``line`` must hold no CR or LF.

        Raises WorldError: connection-lost, timeout, protocol-nonsense.
        """
        self.send_line(line)
        return self.read_reply()

    def send_line(self, line: bytes) -> None:
        if b"\r" in line or b"\n" in line:
            raise ValueError("line break in an SMTP command")
        self.stream.write(line + b"\r\n")

    def read_reply(self) -> Reply:
        lines: list[str] = []
        while True:
            found = _LINE.fullmatch(self.stream.read_line())
            if not found:
                raise nonsense("SMTP reply")
            code, dash, text = found.groups()
            lines.append(text.decode("utf-8", "replace"))
            if dash != b"-":
                return Reply(code=int(code), lines=tuple(lines))
            if len(lines) > _LINES_MAX:
                raise nonsense("SMTP reply too long")

    def close(self) -> None:
        self.stream.close()
