"""Commands to a card and its answers (ISO/IEC 7816-4), over T=0 and T=1. The transport is a function."""

from collections.abc import Callable
from typing import NamedTuple

from mssclient.access.card.problems import card_failed

__all__ = ["Answer", "Command", "Transmit", "exchange", "exchange_chained"]

Transmit = Callable[[bytearray], bytes]
"""One APDU (T=1) or TPDU (T=0) out, data and two status octets in."""

_SHORT_OCTETS = 255
_ANSWER_OCTETS = 1 << 16
_ROUNDS = 300


class Command(NamedTuple):
    """One command. ``expects``: how many octets of answer, 256 for as many as there are, None for none."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes | bytearray = b""
    expects: int | None = None

    def __repr__(self) -> str:
        # The data may be a PIN.
        return f"Command({self.cla:02X} {self.ins:02X} {self.p1:02X} {self.p2:02X}, {len(self.data)} octets)"

    def encode(self, t0: bool) -> bytearray:
        """Short form. With T=0 a command with data carries no Le: its answer is fetched (7816-3 §12.2)."""
        assert len(self.data) <= _SHORT_OCTETS, "longer data is chained"
        encoded = bytearray((self.cla, self.ins, self.p1, self.p2))
        if self.data:
            encoded.append(len(self.data))
            encoded += self.data
        if self.expects is not None and not (t0 and self.data):
            encoded.append(self.expects & 0xFF)
        elif t0 and not self.data:
            encoded.append(0)  # a T=0 header always has its fifth octet P3
        return encoded


class Answer(NamedTuple):
    data: bytes
    status: int
    """SW1 SW2, e.g. 0x9000."""

    def __repr__(self) -> str:
        return f"Answer({len(self.data)} octets, {self.status:04X})"

    @property
    def good(self) -> bool:
        return self.status == 0x9000

    def need(self, what: str) -> bytes:
        """The data of a good answer. Raises WorldError("card-failed") with ``what`` and the status."""
        if not self.good:
            raise card_failed(f"{what} {self.status:04X}")
        return self.data


def exchange(transmit: Transmit, command: Command, *, t0: bool) -> Answer:
    """Send one command; fetch what the card keeps back (61xx) and correct the length it wants (6Cxx).

    Bounded: 64 KiB and 300 rounds. Raises WorldError: card-failed (nonsense), and what ``transmit`` raises.
    The encoded command is overwritten with zeros before this returns.
    """
    encoded = command.encode(t0)
    try:
        data, status = _split(transmit(encoded))
        if status >> 8 == 0x6C and not command.data:
            encoded[4:] = bytes((status & 0xFF,))
            data, status = _split(transmit(encoded))
    finally:
        encoded[:] = bytes(len(encoded))
    collected = bytearray(data)
    # GET RESPONSE goes in the class of its command, without the bit of chaining.
    fetch = bytearray((command.cla & 0xEF, 0xC0, 0, 0, 0))
    for fetches in range(_ROUNDS):
        # 61xx: so much waits. 6Cxx: so much, and not what was asked; the first one was dealt with above.
        if status >> 8 != 0x61 and not (status >> 8 == 0x6C and fetches):
            return Answer(bytes(collected), status)
        fetch[4] = status & 0xFF
        data, status = _split(transmit(bytearray(fetch)))
        collected += data
        if len(collected) > _ANSWER_OCTETS:
            raise card_failed("answer too long")
    raise card_failed("answer without end")


def exchange_chained(transmit: Transmit, command: Command, *, t0: bool) -> Answer:
    """The same for data of any length: all but the last piece bear the chaining bit (7816-4 §5.1.1.1)."""
    data = command.data
    while len(data) > _SHORT_OCTETS:
        piece = command._replace(cla=command.cla | 0x10, data=data[:_SHORT_OCTETS], expects=None)
        answer = exchange(transmit, piece, t0=t0)
        if not answer.good:
            return answer
        data = data[_SHORT_OCTETS:]
    return exchange(transmit, command._replace(data=data), t0=t0)


def _split(response: bytes) -> tuple[bytes, int]:
    if len(response) < 2:
        raise card_failed("short answer")
    return response[:-2], int.from_bytes(response[-2:], "big")
