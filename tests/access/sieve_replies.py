"""Replies of a ManageSieve server, right ones and damaged ones."""

import contextlib
import random
import socket

from mssclient.access.sieve import Reply, read_reply
from mssclient.access.stream import Patience, Stream
from mssclient.model.errors import MssError

__all__ = ["LIMIT_OCTETS", "damaged", "examine", "literal", "quoted", "reading"]

LIMIT_OCTETS = 4000


def quoted(data: bytes) -> bytes:
    return b'"' + data.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def literal(data: bytes, *, waiting: bool = True) -> bytes:
    return b"{%d%s}\r\n" % (len(data), b"" if waiting else b"+") + data


def reading(data: bytes) -> Stream:
    """A stream on which exactly this comes, then the end."""
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(data)
    return Stream(ours, "localhost", Patience(reply_s=5))


def damaged(seed: int) -> bytes:
    """A right reply in which a few octets were changed, taken, added or said twice."""
    chance = random.Random(seed)

    def text() -> bytes:
        words = bytes(chance.choices(b'abc "\\(){}*OK\xc3\xa9', k=chance.randrange(30)))
        return chance.choice((quoted, literal))(words)

    lines = [b" ".join(text() for _ in range(chance.randint(1, 2))) for _ in range(chance.randrange(5))]
    end = chance.choice((b"OK", b"NO", b"BYE"))
    if chance.random() < 0.5:
        end += chance.choice((b" (TRYLATER)", b" (QUOTA/MAXSIZE)", b" (TAG " + text() + b")", b" (A (1 2))"))
    if chance.random() < 0.7:
        end += b" " + text()
    data = bytearray(b"\r\n".join([*lines, end]) + b"\r\n")
    for _each in range(chance.randrange(5)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(4):
            case 0:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del data[at : at + chance.randint(1, 5)]
            case 2:
                data[at:at] = chance.choice(
                    (b'"', b"\\", b"{99999999999}\r\n", b"{9}\r\n", b"(", b"\n", b"\0")
                )
            case _:
                data[at:at] = data[at : at + chance.randint(1, 60)]
    return bytes(data)


def examine(data: bytes) -> None:
    """Raises AssertionError, or what must not come out, when replies are neither read nor refused."""
    with contextlib.closing(reading(data)) as stream:
        code = ""
        for _each in range(len(data) + 1):
            try:
                check(read_reply(stream, LIMIT_OCTETS))
            except MssError as error:
                code = error.code
                break
    assert code in ("connection-lost", "protocol-nonsense"), code


def check(reply: Reply) -> None:
    assert reply.status in ("OK", "NO", "BYE")
    assert repr(reply) == f"Reply(status={reply.status!r})"
    items = [item for line in reply.lines for item in line]
    assert sum(map(len, items)) + len(reply.words.encode()) <= 3 * LIMIT_OCTETS
    assert all(isinstance(line[0], bytes) for line in reply.lines)
