"""The chain that OpenSSL built and verified for a connection."""

import ssl
from typing import Any

__all__ = ["verified_chain"]


def verified_chain(connection: ssl.SSLSocket) -> tuple[bytes, ...]:
    """DER certificates, the server's first, its anchor last; () when there is none, before the handshake say.

    Python 3.13 has a method for it; before, the C object beneath has the same one since 3.10, returning
    certificate objects.
    """
    public: Any = getattr(connection, "get_verified_chain", None)
    try:
        if public is not None:
            return tuple(bytes(each) for each in public())
        inner: Any = getattr(connection, "_sslobj", None)
        chain: Any = inner.get_verified_chain() if inner is not None else None
        return tuple(each.public_bytes(_DER) for each in chain or ())
    except (ValueError, ssl.SSLError):
        return ()


_DER = 2
"""``_ssl.ENCODING_DER``, whose default is PEM."""
