"""Commands and responses on an IMAP stream: ours where imapclient is too slow, too trusting or too late.

A response is read whole, within bounds, its literals cut out of the same buffer (no lexer goes over
mail text), and parsed into nested lists of octets. Nothing here knows what a command means.
"""

import re
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mssclient.access.failures import connection_lost, nonsense
from mssclient.access.stream import Stream
from mssclient.operators.capabilities import Capabilities

__all__ = ["Atom", "Limits", "Literal", "Outcome", "Response", "Wire", "parse", "status_code"]

Atom = bytes | list["Atom"] | None
"""NIL is None; numbers stay octets; a list is a parenthesised one."""

DEPTH_MAX = 5000
"""A message of multiparts nested 200 deep has such a BODYSTRUCTURE; nothing here recurses over it."""


class Literal(bytes):
    """Octets that the server sent as a literal."""


class Limits(NamedTuple):
    """What a response may hold; more is nonsense and ends the connection."""

    line_octets: int = 1 << 24
    """A SEARCH of a million UIDs is one line of 8 MB."""
    literal_octets: int = 4 << 20
    """Of one literal; bodies are read with more."""
    response_octets: int = 1 << 26
    total_octets: int = 1 << 28
    """Of all responses to one command."""
    seconds: float = 180.0
    """For one command; see ``extra_seconds`` of :meth:`Wire.run`."""


class Response(NamedTuple):
    """One untagged response: ``* [number] KIND pieces…``. Pieces are text and :class:`Literal`."""

    kind: bytes
    """Upper case: FETCH, OK, VANISHED, EXISTS…"""
    number: int
    """Message number or count; -1 when there is none."""
    pieces: Sequence[bytes]


class Outcome(NamedTuple):
    """The tagged response."""

    status: bytes
    """OK, NO or BAD."""
    code: str
    """Response code, upper case, such as "OVERQUOTA"; ""."""
    argument: str
    """What follows the code inside its brackets."""


_LITERAL = re.compile(rb"~?\{(\d{1,10})\+?\}$")
_UNTAGGED = re.compile(rb"\* (?:(\d{1,10}) )?([A-Za-z][A-Za-z0-9-]*)(?: |$)")
_CODE = re.compile(rb"\[([A-Za-z0-9-]+)(?: ([^\]]*))?\]")
_STATUSES = frozenset((b"OK", b"NO", b"BAD", b"BYE", b"PREAUTH"))
_TOKEN = re.compile(
    rb"""(?P<open>\()|(?P<close>\))|"(?P<quoted>[^"\\]*(?:\\.[^"\\]*)*)"|"""
    rb"""(?P<section>[A-Za-z0-9.]+\[[^\]"]*\](?:<\d+>)?)|(?P<atom>[^\s()"]+)|(?P<bad>")""",
    re.DOTALL,
)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)


def parse(pieces: Sequence[bytes]) -> list[Atom]:
    """Nested lists of the response's octets. Raises WorldError("protocol-nonsense")."""
    root: list[Atom] = []
    stack = [root]
    for index, piece in enumerate(pieces):
        if isinstance(piece, Literal):
            stack[-1].append(piece)
            continue
        text = piece
        if index + 1 < len(pieces) and (found := _LITERAL.search(piece)):
            text = piece[: found.start()]
        for token in _TOKEN.finditer(text):
            kind = token.lastgroup
            if kind == "atom" or kind == "section":
                value = token.group()
                stack[-1].append(None if value in (b"NIL", b"nil") else value)
            elif kind == "quoted":
                value = token.group("quoted")
                stack[-1].append(_ESCAPED.sub(rb"\1", value) if b"\\" in value else value)
            elif kind == "open":
                if len(stack) > DEPTH_MAX:
                    raise nonsense("parentheses nested too deep")
                inner: list[Atom] = []
                stack[-1].append(inner)
                stack.append(inner)
            elif kind == "close" and len(stack) > 1:
                stack.pop()
            else:
                raise nonsense("unbalanced quote or parenthesis")
    if len(stack) > 1:
        raise nonsense("unclosed parenthesis")
    return root


def status_code(text: bytes) -> tuple[str, str]:
    """(code, argument) of a status response's text; ("", "") without one."""
    found = _CODE.match(text.lstrip())
    if not found:
        return "", ""
    code = found.group(1).decode("ascii").upper()
    return code, (found.group(2) or b"").decode("utf-8", "replace")


class Wire:
    """The dialogue on one stream: one command at a time, one thread."""

    def __init__(self, stream: Stream, capabilities: Capabilities) -> None:
        self.stream = stream
        self.capabilities = capabilities
        self._number = 0
        self._busy = False
        self.farewell = ""
        """Code of the BYE that the server sent."""

    def run(
        self,
        command: bytes,
        *more: bytes | Literal,
        limits: Limits | None = None,
        extra_seconds: float = 0.0,
    ) -> Iterator[Response | Outcome]:
        """Send a command and yield its untagged responses as they come, the :class:`Outcome` last.

        ``more`` continues the command; a :class:`Literal` among it is announced and sent as one. Leaving
        before the outcome closes the connection: what is left of the answer can't be told apart.
        Raises WorldError: connection-lost, timeout, protocol-nonsense.
        """
        bounds = limits or Limits()
        if self._busy:
            raise connection_lost("command inside a command")
        self._busy = True
        self._number += 1
        tag = b"m%d" % self._number
        self.stream.deadline = time.monotonic() + bounds.seconds + extra_seconds
        finished = False
        try:
            refusal = self._send(tag, command, more, bounds)
            for answer in (refusal,) if refusal is not None else self._until(tag, bounds):
                if isinstance(answer, Outcome):
                    # Said before it is handed over: whoever raises on a NO does not break the dialogue.
                    finished, self._busy, self.stream.deadline = True, False, 0.0
                yield answer
        finally:
            if not finished:
                self._busy = False
                self.stream.deadline = 0.0
                self.stream.close()

    def _send(self, tag: bytes, command: bytes, more: Sequence[bytes], bounds: Limits) -> Outcome | None:
        pending = bytearray(tag + b" " + command)
        for part in more:
            if not isinstance(part, Literal):
                pending += part
                continue
            # LITERAL- allows the short way up to 4096 octets (RFC 7888).
            short = self.capabilities.literal_minus and len(part) <= 4096
            if self.capabilities.literal_plus or short:
                pending += b"{%d+}\r\n" % len(part)
                self.stream.write(pending)
            else:
                pending += b"{%d}\r\n" % len(part)
                self.stream.write(pending)
                if refusal := self._await_go_ahead(tag, bounds):
                    return refusal
            self.stream.write(part)
            pending = bytearray()
        self.stream.write(pending + b"\r\n")
        return None

    def _await_go_ahead(self, tag: bytes, bounds: Limits) -> Outcome | None:
        """None on ``+``; the outcome when the server refuses the literal."""
        begun = self.stream.received_octets - self.stream.buffered
        while True:
            answer = self.read(tag, bounds)
            if self.stream.received_octets - begun > bounds.total_octets:
                raise nonsense("answer without end")
            if answer is None:
                return None
            if isinstance(answer, Outcome):
                return answer

    def _until(self, tag: bytes, bounds: Limits) -> Iterator[Response | Outcome]:
        begun = self.stream.received_octets - self.stream.buffered
        while True:
            answer = self.read(tag, bounds)
            if answer is None:
                raise nonsense("unexpected continuation")
            yield answer
            if isinstance(answer, Outcome):
                return
            if self.stream.received_octets - begun > bounds.total_octets:
                raise nonsense("answer without end")

    def read(self, tag: bytes, bounds: Limits) -> Response | Outcome | None:
        """The next response; None is a continuation (``+``). Raises on BYE: connection-lost."""
        line = self.stream.read_line(bounds.line_octets)
        found = _UNTAGGED.match(line)
        if found:
            kind = found.group(2).upper()
            number = int(found.group(1)) if found.group(1) else -1
            rest = line[found.end() :]
            if kind in _STATUSES:
                if kind == b"BYE":
                    self.farewell = status_code(rest)[0] or "BYE"
                    self.stream.close()
                    raise connection_lost(f"BYE {self.farewell}")
                return Response(kind, number, (rest,))
            if not rest.endswith(b"}"):
                return Response(kind, number, (rest,))
            return Response(kind, number, self._literals(rest, bounds))
        if line.startswith(tag + b" "):
            return _outcome(line[len(tag) + 1 :])
        if line.startswith(b"+"):
            return None
        raise nonsense("response with a wrong tag" if re.match(rb"[A-Za-z]+\d+ ", line) else "response")

    def _literals(self, first: bytes, bounds: Limits) -> list[bytes]:
        pieces: list[bytes] = []
        octets = 0
        line = first
        while True:
            pieces.append(line)
            octets += len(line)
            found = _LITERAL.search(line) if line.endswith(b"}") else None
            if found is None:
                return pieces
            size = int(found.group(1))
            octets += size
            if size > bounds.literal_octets or octets > bounds.response_octets:
                self.stream.close()
                raise nonsense("literal too big")
            pieces.append(Literal(self.stream.read_exactly(size)))
            line = self.stream.read_line(bounds.line_octets)


def _outcome(text: bytes) -> Outcome:
    status, _space, rest = text.partition(b" ")
    status = status.upper()
    if status not in (b"OK", b"NO", b"BAD"):
        raise nonsense("tagged response")
    code, argument = status_code(rest)
    return Outcome(status, code, argument)
