"""The key under a passphrase: Argon2id (RFC 9106) and ChaCha20-Poly1305 (RFC 8439)."""

import secrets
import unicodedata

import msgspec

from mssclient.model.errors import Refused
from mssclient.model.language import _
from mssclient.model.secrets import Secret

__all__ = ["MEMORY_KIB", "Wrapped", "unwrap", "wrap"]

MEMORY_KIB = 64 * 1024
PASSES = 3
LANES = 4
_MEMORY_LIMIT_KIB = 4 * 1024 * 1024
"""A key file from elsewhere may not make us ask for more."""

_PURPOSE = b"mssclient store key 1"


class Wrapped(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters are kept with the result, so that later ones may be stronger."""

    memory_kib: int
    passes: int
    lanes: int
    salt: str
    nonce: str
    sealed: str
    """Hexadecimal: the key and the tag that proves it."""


def wrap(key: bytes, passphrase: Secret) -> Wrapped:
    """Takes about 0.1 s."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    derived = _derive(passphrase, salt, MEMORY_KIB, PASSES, LANES)
    sealed = ChaCha20Poly1305(derived).encrypt(nonce, key, _PURPOSE)
    return Wrapped(
        memory_kib=MEMORY_KIB,
        passes=PASSES,
        lanes=LANES,
        salt=salt.hex(),
        nonce=nonce.hex(),
        sealed=sealed.hex(),
    )


def unwrap(wrapped: Wrapped, passphrase: Secret) -> bytes:
    """Raises Refused passphrase-wrong; an altered file can't be told from it."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    wrong = Refused(
        "passphrase-wrong",
        _("Cette phrase secrète n’est pas la bonne."),
        _("Vérifiez les majuscules et la disposition du clavier, puis recommencez."),
    )
    if wrapped.memory_kib > _MEMORY_LIMIT_KIB or wrapped.passes > 100 or wrapped.lanes > 64:
        raise wrong
    try:
        salt, nonce, sealed = (bytes.fromhex(text) for text in (wrapped.salt, wrapped.nonce, wrapped.sealed))
        derived = _derive(passphrase, salt, wrapped.memory_kib, wrapped.passes, wrapped.lanes)
        return ChaCha20Poly1305(derived).decrypt(nonce, sealed, _PURPOSE)
    except (InvalidTag, ValueError) as error:
        raise wrong from error


def _derive(passphrase: Secret, salt: bytes, memory_kib: int, passes: int, lanes: int) -> bytes:
    from argon2.exceptions import HashingError
    from argon2.low_level import Type, hash_secret_raw

    # The same letters typed on another system may be composed differently.
    words = unicodedata.normalize("NFC", passphrase.value).encode()
    try:
        return hash_secret_raw(
            words,
            salt,
            time_cost=passes,
            memory_cost=memory_kib,
            parallelism=lanes,
            hash_len=32,
            type=Type.ID,
        )
    except (HashingError, OverflowError) as error:
        raise ValueError("parameters") from error
