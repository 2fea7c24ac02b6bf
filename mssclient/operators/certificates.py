"""Certificates as strangers make them: what ``cryptography`` raises for octets that are none."""

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

__all__ = ["UNREADABLE"]

UNREADABLE = (
    ValueError,
    TypeError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""OpenSSL is more lenient: it completes a handshake with certificates that come to this."""
