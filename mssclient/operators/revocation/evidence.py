"""What certificates, revocation lists (RFC 5280) and OCSP responses (RFC 6960) have in common. Pure.

Everything here may have been altered on its way: nothing counts before its signature was checked.
"""

import hashlib
import itertools
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtensionOID, SignatureAlgorithmOID

from mssclient.model.records import Record
from mssclient.operators.certificates import UNREADABLE

__all__ = ["SKEW_S", "Link", "Unusable", "check_hash", "key_name", "links_of", "seconds", "signed_by"]

SKEW_S = 300.0
"""How far the clock of this computer may be behind."""
_PLACES_MAX = 3
_PLACE_LENGTH = 1000
_HASHES = ("sha256", "sha384", "sha512", "sha3-256", "sha3-384", "sha3-512")


class Unusable(Exception):
    """It proves nothing. The text is a stable English word for the support desk."""


class Link(Record, frozen=True, kw_only=True):
    """One certificate of a verified chain, and the authority that vouches for it."""

    certificate: x509.Certificate
    issuer: x509.Certificate
    lists: tuple[str, ...]
    """http addresses of revocation lists, at most three."""
    responders: tuple[str, ...]
    """http addresses of OCSP responders, at most three."""

    @property
    def name(self) -> str:
        """Stands for this certificate in our own tables."""
        return f"{key_name(self.issuer)}-{self.certificate.serial_number:x}"


def links_of(chain: Sequence[bytes]) -> tuple[Link, ...]:
    """The certificates of a verified chain (DER, the server's first) but for its last one, the anchor.

    Raises Unusable("chain-unreadable").
    """
    try:
        certificates = [x509.load_der_x509_certificate(each) for each in chain]
        return tuple(
            Link(
                certificate=certificate,
                issuer=issuer,
                lists=_lists(certificate),
                responders=_responders(certificate),
            )
            for certificate, issuer in itertools.pairwise(certificates)
        )
    except UNREADABLE:
        raise Unusable("chain-unreadable") from None


def key_name(authority: x509.Certificate) -> str:
    """The same for all certificates of one key."""
    der = authority.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()[:32]


def _lists(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        points = certificate.extensions.get_extension_for_oid(ExtensionOID.CRL_DISTRIBUTION_POINTS).value
    except x509.ExtensionNotFound:
        return ()
    assert isinstance(points, x509.CRLDistributionPoints)
    # A point with an issuer of its own gives indirect lists, one with reasons a part of them: not used.
    usable = [each for each in points if each.crl_issuer is None and each.reasons is None]
    return _web(name for each in usable for name in each.full_name or ())


def _responders(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        access = certificate.extensions.get_extension_for_oid(ExtensionOID.AUTHORITY_INFORMATION_ACCESS).value
    except x509.ExtensionNotFound:
        return ()
    assert isinstance(access, x509.AuthorityInformationAccess)
    return _web(
        each.access_location for each in access if each.access_method == AuthorityInformationAccessOID.OCSP
    )


def _web(names: Iterable[x509.GeneralName]) -> tuple[str, ...]:
    """http only: what is fetched is signed, and https would need what is being checked. No ldap."""
    found = [
        each.value
        for each in names
        if isinstance(each, x509.UniformResourceIdentifier)
        and each.value.lower().startswith("http://")
        and len(each.value) <= _PLACE_LENGTH
        and each.value.isascii()
        and each.value.isprintable()
        and " " not in each.value
    ]
    return tuple(dict.fromkeys(found))[:_PLACES_MAX]


def seconds(moment: datetime) -> float:
    """Unix seconds of an aware moment, or of a naive one in UTC."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def check_hash(algorithm: hashes.HashAlgorithm | None, oid: x509.ObjectIdentifier) -> None:
    """SHA-1 and older prove nothing any more. Raises Unusable("signature-weak")."""
    if oid in (SignatureAlgorithmOID.ED25519, SignatureAlgorithmOID.ED448):
        return
    if algorithm is None or algorithm.name not in _HASHES:
        raise Unusable("signature-weak")


def signed_by(
    authority: x509.Certificate,
    signature: bytes,
    data: bytes,
    algorithm: hashes.HashAlgorithm | None,
    oid: x509.ObjectIdentifier,
) -> None:
    """Raises Unusable: signature-weak, signature-wrong."""
    check_hash(algorithm, oid)
    key = authority.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey) and algorithm is not None:
            if oid == SignatureAlgorithmOID.RSASSA_PSS:
                key.verify(signature, data, padding.PSS(padding.MGF1(algorithm), padding.PSS.AUTO), algorithm)
            else:
                key.verify(signature, data, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey) and algorithm is not None:
            key.verify(signature, data, ec.ECDSA(algorithm))
        elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
            key.verify(signature, data)
        else:
            raise Unusable("signature-weak")
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        raise Unusable("signature-wrong") from None
