"""From a TCP connection to an authenticated submission stream (RFC 6409, RFC 8314, RFC 4954)."""

import base64
import re

from mssclient.access.credential import Credential, PasswordCredential, TokenCredential
from mssclient.access.failures import (
    login_impossible,
    login_refused,
    nonsense,
    server_busy,
    starttls_missing,
)
from mssclient.access.refusals import from_smtp
from mssclient.access.stream import Stream
from mssclient.model.accounts import Endpoint
from mssclient.model.errors import MssError
from mssclient.model.records import Record

__all__ = ["Reply", "Submission"]

_LINE = re.compile(rb"(\d{3})([ -]?)(.*)", re.DOTALL)
_ENHANCED = re.compile(r"^([245]\.\d{1,3}\.\d{1,3})(?: |$)")
_LINES_MAX = 200
_LINE_OCTETS = 1 << 14
"""RFC 4954 §4: a challenge may have 12 288."""
_REPLY_S = 120.0
"""For a whole reply, however slowly its octets come."""


class Reply(Record, frozen=True, kw_only=True):
    """One SMTP reply (RFC 5321 §4.2)."""

    code: int
    lines: tuple[str, ...] = ()
    """Its words; they may hold an address: never logged."""

    def __repr__(self) -> str:
        return f"Reply(code={self.code})"

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

    def log_in(self, credential: Credential, endpoint: Endpoint) -> None:
        """AUTH by the first mechanism that both sides know. Raises as ``imap.log_in``."""
        if not self.stream.secured:
            raise starttls_missing()
        if isinstance(credential, PasswordCredential) and "\0" in credential.login + credential.secret.value:
            raise login_refused("NUL")
        offered = self.extensions.get("AUTH", "").upper().split()
        mechanism = next((each for each in credential.mechanisms if each in offered), "")
        if not mechanism:
            raise login_impossible(" ".join(offered)[:100])
        reply = self._authenticate(credential, mechanism, endpoint)
        if reply.code != 235:
            self.close()
            raise from_smtp(reply.code, reply.enhanced, reply.text, credential)

    def _authenticate(self, credential: Credential, mechanism: str, endpoint: Endpoint) -> Reply:
        command = b"AUTH " + mechanism.encode()
        if mechanism == "LOGIN" and isinstance(credential, PasswordCredential):
            reply = self.command(command)
            for part in (credential.login, credential.secret.value):
                if reply.code == 334:
                    reply = self.command(base64.b64encode(part.encode()))
            return self.command(b"*") if reply.code == 334 else reply
        response = base64.b64encode(credential.response(mechanism, endpoint))
        if isinstance(credential, TokenCredential):
            # Without an initial response: what MSSanté operators were seen to take.
            reply = self.command(command)
            if reply.code == 334:
                reply = self.command(response)
        else:
            reply = self.command(command + b" " + (response or b"="))
        if reply.code != 334:
            return reply
        try:
            return self.command(credential.last_word(mechanism))
        except MssError as error:
            if isinstance(credential, TokenCredential) and error.code == "connection-lost":
                # Seen at an operator: the reason as a challenge, then the connection is dropped.
                return Reply(code=535)
            raise

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

    def read_reply(self, seconds: float = _REPLY_S) -> Reply:
        """The next reply; its octets may take ``seconds`` in all. Raises as :meth:`command`."""
        with self.stream.within(seconds):
            return self._read_reply()

    def _read_reply(self) -> Reply:
        lines: list[str] = []
        while True:
            found = _LINE.fullmatch(self.stream.read_line(_LINE_OCTETS))
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
