"""A private key in memory that signs as a card would, and remembers what it was asked for."""

from collections.abc import Callable

from mssclient.access.clientkey import Padding
from tests.servers.authority import PrivateKey, rsa

__all__ = ["SoftwareKey"]


class SoftwareKey:
    """``sign`` has the shape that :func:`mssclient.access.clientkey.attach` wants."""

    def __init__(self, key: PrivateKey) -> None:
        assert isinstance(key, rsa.RSAPrivateKey)
        numbers = key.private_numbers()
        self._exponent = numbers.d
        self._modulus = numbers.public_numbers.n
        self.size = (self._modulus.bit_length() + 7) // 8
        self.asked: list[Padding] = []
        self.before: Callable[[], None] = lambda: None
        """Called before each signature: a test may tear something there."""

    def sign(self, block: bytes, padding: Padding) -> bytes:
        self.asked.append(padding)
        self.before()
        return self.raw(pkcs1(block, self.size) if padding is Padding.PKCS1 else block)

    def raw(self, block: bytes) -> bytes:
        """The private operation alone."""
        number = pow(int.from_bytes(block, "big"), self._exponent, self._modulus)
        return number.to_bytes(self.size, "big")


def pkcs1(block: bytes, size: int) -> bytes:
    """RFC 8017 §9.2, without the DigestInfo's making."""
    return b"\x00\x01" + b"\xff" * (size - 3 - len(block)) + b"\x00" + block
