"""Certificates of cards: who it is, until when, and whether IGC-Santé really signed it."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from mssclient.model.cards import CardCertificate
from mssclient.model.language import _, ngettext
from mssclient.operators.certificates import UNREADABLE

__all__ = ["describe", "expiry_notice", "fingerprint", "signed_by"]

_CHAIN = 6
_TEXT = 200


def fingerprint(der: bytes) -> str:
    return hashlib.sha256(der).hexdigest()


def describe(
    der: bytes, *, anchors: Sequence[bytes], between: Sequence[bytes] = (), label: str = ""
) -> CardCertificate | None:
    """The record of one certificate; None when it cannot be read, or is an authority's.

    ``anchors``: the authorities trusted for cards, ``between``: others that may complete the chain, both DER.
    """
    certificate = _load(der)
    if certificate is None or _is_authority(certificate):
        return None
    try:
        subject, issuer = certificate.subject, certificate.issuer
        common_name = _text(subject, NameOID.COMMON_NAME)
        number = common_name if common_name.isdigit() else _text(subject, NameOID.SERIAL_NUMBER)
        return CardCertificate(
            fingerprint=fingerprint(der),
            national_id=number,
            surname=_text(subject, NameOID.SURNAME),
            given_name=_text(subject, NameOID.GIVEN_NAME),
            profession=_text(subject, NameOID.TITLE) or _text(subject, NameOID.ORGANIZATIONAL_UNIT_NAME),
            organisation=_text(subject, NameOID.ORGANIZATION_NAME),
            common_name=common_name,
            issuer=_text(issuer, NameOID.COMMON_NAME),
            not_before_utc=int(certificate.not_valid_before_utc.timestamp()),
            not_after_utc=int(certificate.not_valid_after_utc.timestamp()),
            usage=_usage(certificate),
            igc_sante=signed_by(der, anchors, between),
            label=label,
        )
    except UNREADABLE:
        return None


def signed_by(der: bytes, anchors: Sequence[bytes], between: Sequence[bytes] = ()) -> bool:
    """Whether a chain of verified signatures leads from a certificate to one of ``anchors``.

    By signatures only: an issuer that is merely called "IGC-SANTE" counts for nothing. The authorities on
    the way must be authorities, and valid at the time the certificate was issued.
    """
    trusted = [each for each in map(_load, anchors) if each is not None]
    others = [each for each in map(_load, between) if each is not None]
    current = _load(der)
    for _step in range(_CHAIN):
        if current is None:
            return False
        if any(_issued(anchor, current) for anchor in trusted):
            return True
        current = next((each for each in others if each != current and _issued(each, current)), None)
    return False


def expiry_notice(certificate: CardCertificate, now_utc: int) -> str:
    """What to tell about its end: "" while that is more than 60 days away, or when it is over."""
    if not certificate.expires_soon(now_utc):
        return ""
    days = (certificate.not_after_utc - now_utc) // 86400
    if days == 0:
        return _("Le certificat de la carte expire aujourd’hui. Demandez une nouvelle carte à l’ANS.")
    return ngettext(
        "Le certificat de la carte expire dans {count} jour. Demandez une nouvelle carte à l’ANS.",
        "Le certificat de la carte expire dans {count} jours. Demandez une nouvelle carte à l’ANS.",
        days,
    ).format(count=days)


def _load(der: bytes) -> x509.Certificate | None:
    try:
        pem = der.startswith(b"-----BEGIN")
        found = x509.load_pem_x509_certificate(der) if pem else x509.load_der_x509_certificate(der)
        _ = found.extensions  # read here once: what they say is trusted below
    except UNREADABLE:
        return None
    return found


def _issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    if not _is_authority(issuer):
        return False
    begin: datetime = certificate.not_valid_before_utc
    if not issuer.not_valid_before_utc <= begin <= issuer.not_valid_after_utc:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (*UNREADABLE, InvalidSignature):
        return False
    return True


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _usage(certificate: x509.Certificate) -> str:
    try:
        extensions = certificate.extensions
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return ""
    try:
        purposes = list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        purposes = [ExtendedKeyUsageOID.CLIENT_AUTH]
    may_connect = {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
    if usage.digital_signature and may_connect & set(purposes):
        return "authentication"
    return "signature" if usage.content_commitment else ""


def _text(name: x509.Name, kind: ObjectIdentifier) -> str:
    for attribute in name.get_attributes_for_oid(kind):
        value = attribute.value if isinstance(attribute.value, str) else ""
        return "".join(each for each in value if each.isprintable())[:_TEXT]
    return ""
