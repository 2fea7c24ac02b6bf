"""The TLS policy towards an operator (référentiel socle MSSanté #2, ECO.1.1.1 to ECO.1.1.10)."""

import socket
import ssl
from functools import cache, lru_cache
from typing import Any

from mssclient import resources
from mssclient.model.errors import Refused
from mssclient.model.language import _

__all__ = ["CIPHERS", "client_context", "new_client_context", "operator_anchors", "verified_chain", "wrapped"]

_DER = 2
"""``_ssl.ENCODING_DER``."""

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:!aNULL:!eNULL:!PSK:!SRP:!DSS:!SHA1"
"""ECO.1.1.3: forward secrecy and authenticated encryption only (ANSSI profile), OpenSSL notation.

For TLS 1.2; the suites of TLS 1.3 are all of that kind already.
"""


@cache
def operator_anchors() -> tuple[bytes, ...]:
    """The IGC-Santé certificates shipped with the program, DER; empty when none were shipped.

    ECO.1.1.10: the only authority of an operator's "API LPS" interface.
    """
    try:
        folder = resources.path("trust")
    except FileNotFoundError:
        return ()
    files = sorted(each for each in folder.rglob("*") if each.suffix.lower() in (".cer", ".crt", ".der"))
    return tuple(each.read_bytes() for each in files)


@lru_cache(maxsize=16)
def client_context(ca_pem: str = "", *, system: bool = False) -> ssl.SSLContext:
    """As :func:`new_client_context`, shared: loading the computer's own anchors takes 15 ms.

    Nothing may be put into it; a client certificate wants a context of its own.
    """
    return new_client_context(ca_pem, system=system)


def new_client_context(ca_pem: str = "", *, system: bool = False) -> ssl.SSLContext:
    """A context that checks certificate, expiry and host name, whoever asks for the connection.

    Anchors: IGC-Santé always; ``ca_pem`` besides when the account has its own; the computer's own with
    ``system`` (operators reached by password over their public interface).
    Raises Refused("certificate-anchor") when ``ca_pem`` holds no certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    # PROTOCOL_TLS_CLIENT means these two already; they are said again because all depends on them.
    context.check_hostname = True
    context.verify_mode = ssl.CERT_REQUIRED
    for anchor in operator_anchors():
        context.load_verify_locations(cadata=_pem_or_der(anchor))
    if system:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    if ca_pem:
        try:
            # Comments around the certificate may be written in any letters; the module takes ASCII only.
            context.load_verify_locations(cadata=ca_pem.encode("ascii", "replace").decode("ascii"))
        except (ssl.SSLError, ValueError):
            raise Refused(
                "certificate-anchor",
                _("Le certificat d’autorité de ce compte est illisible."),
                _("Demandez à l’opérateur son certificat d’autorité au format PEM."),
            ) from None
        # The given anchor may be an intermediate authority, or the server's own certificate.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def wrapped(context: ssl.SSLContext, raw: socket.socket, host: str = "") -> ssl.SSLSocket:
    """``raw`` inside TLS, its handshake still to be done; without ``host`` as a server.

    Raises OSError, ValueError; nothing stays open then. CPython 3.11 itself leaves the new socket open when
    the other side has just reset the connection (``SSLSocket._create``).
    """
    try:
        return context.wrap_socket(
            raw, server_side=not host, server_hostname=host or None, do_handshake_on_connect=False
        )
    except (OSError, ValueError) as error:
        trace = error.__traceback__
        while trace is not None:
            left = trace.tb_frame.f_locals.get("self")
            if isinstance(left, ssl.SSLSocket):
                left.close()
            trace = trace.tb_next
        raise


def verified_chain(connection: ssl.SSLSocket) -> tuple[bytes, ...]:
    """The certificates (DER) that OpenSSL made of what the server sent: its own first, its anchor last.

    () before the handshake. After one that failed for its certificate: what it got before it refused.
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


def _pem_or_der(data: bytes) -> bytes | str:
    return data.decode("ascii", "replace") if data.startswith(b"-----BEGIN") else data
