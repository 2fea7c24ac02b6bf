"""Answers of a directory, right ones and damaged ones."""

import random
from typing import Any

from pyasn1.codec.ber import encoder
from pyasn1_modules import rfc2251

from mssclient.access.ldap import LdapAnswer, read_message
from mssclient.model.errors import MssError

__all__ = ["answer", "damaged", "examine", "wrapped"]


def answer(operation: str, code: int, words: str, number: int = 1) -> bytes:
    message: Any = rfc2251.LDAPMessage()
    message["messageID"] = number
    kind = {"bindResponse": rfc2251.BindResponse, "extendedResp": rfc2251.ExtendedResponse}[operation]
    result: Any = kind()
    result["resultCode"], result["matchedDN"], result["errorMessage"] = code, b"", words.encode()
    message["protocolOp"][operation] = result
    return encoder.encode(message)


def wrapped(depth: int) -> bytes:
    """A sequence in a sequence, and so on."""
    data = b""
    for _each in range(depth):
        size = len(data)
        head = b"\x30" + (bytes([size]) if size < 128 else b"\x83" + size.to_bytes(3, "big"))
        data = head + data
    return data


def damaged(seed: int) -> bytes:
    """A right answer in which a few octets were changed, taken, added or said twice."""
    chance = random.Random(seed)
    data = bytearray(
        answer(
            chance.choice(("bindResponse", "extendedResp")),
            chance.choice((0, 49, 53)),
            "no" * chance.randrange(90),
        )
    )
    for _each in range(chance.randint(1, 5)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(4):
            case 0:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del data[at : at + chance.randint(1, 5)]
            case 2:
                data[at:at] = chance.randbytes(chance.randint(1, 5))
            case _:
                data[at:at] = data[at : at + chance.randint(1, 60)]
    return bytes(data)


def examine(data: bytes) -> None:
    """Raises AssertionError, or what must not come out, when a message is neither read nor refused."""
    try:
        found: LdapAnswer | str = read_message(data)
    except MssError as error:
        found = error.code
    if isinstance(found, str):
        assert found == "protocol-nonsense"
        return
    assert isinstance(found, LdapAnswer)
    assert found.result is None or len(found.result.message) <= 500
