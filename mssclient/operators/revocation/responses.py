"""OCSP (RFC 6960): the question, and what an answer proves. Pure."""

import contextlib
import hmac
import os

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from mssclient.model.records import Record
from mssclient.operators.certificates import UNREADABLE
from mssclient.operators.revocation.evidence import SKEW_S, Link, Unusable, seconds, signed_by

__all__ = ["RESPONSE_OCTETS", "Statement", "make_question", "read_response"]

RESPONSE_OCTETS = 200_000
_WITHOUT_END_S = 86400.0
"""How long an answer without an end counts: "newer information is always available" (RFC 6960 §4.2.2.1)."""


class Statement(Record, frozen=True, kw_only=True):
    """What a responder says of one certificate."""

    state: str
    """"good" or "revoked"."""
    begin_utc: float
    end_utc: float


def make_question(link: Link) -> tuple[bytes, bytes]:
    """The request (DER) and its nonce. SHA-1 only names the authority here, as RFC 5019 wants it."""
    nonce = os.urandom(16)
    builder = ocsp.OCSPRequestBuilder().add_certificate(link.certificate, link.issuer, hashes.SHA1())
    request = builder.add_extension(x509.OCSPNonce(nonce), False).build()
    return request.public_bytes(Encoding.DER), nonce


def read_response(data: bytes, link: Link, nonce: bytes, at: float) -> Statement:
    """What it says of ``link``'s certificate at ``at`` (Unix seconds).

    An answer without our nonce counts (many are made beforehand), with another one it does not.
    Raises Unusable: response-too-long, response-unreadable, response-refused, response-of-others,
    response-unknown, response-of-tomorrow, response-expired, nonce-wrong, responder-unknown, signature-weak,
    signature-wrong.
    """
    if len(data) > RESPONSE_OCTETS:
        raise Unusable("response-too-long")
    try:
        response = ocsp.load_der_ocsp_response(data)
        if response.response_status != ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise Unusable("response-refused")
        single = _about(response, link)
        signer = _signer(response, link, at)
        signed_by(
            signer,
            response.signature,
            response.tbs_response_bytes,
            response.signature_hash_algorithm,
            response.signature_algorithm_oid,
        )
        _check_nonce(response, nonce)
        return _statement(single, at)
    except UNREADABLE:
        raise Unusable("response-unreadable") from None


def _about(response: ocsp.OCSPResponse, link: Link) -> ocsp.OCSPSingleResponse:
    for each in response.responses:
        if each.serial_number != link.certificate.serial_number:
            continue
        builder = ocsp.OCSPRequestBuilder()
        ours = builder.add_certificate(link.certificate, link.issuer, each.hash_algorithm).build()
        if (each.issuer_key_hash, each.issuer_name_hash) == (ours.issuer_key_hash, ours.issuer_name_hash):
            return each
    raise Unusable("response-of-others")


def _signer(response: ocsp.OCSPResponse, link: Link, at: float) -> x509.Certificate:
    """The authority itself, or who holds its certificate for signing such answers (RFC 6960 §4.2.2.2)."""
    if _names(response, link.issuer):
        return link.issuer
    for each in response.certificates:
        if _names(response, each) and _is_delegate(each, link.issuer, at):
            return each
    raise Unusable("responder-unknown")


def _names(response: ocsp.OCSPResponse, certificate: x509.Certificate) -> bool:
    if response.responder_name is not None:
        return response.responder_name == certificate.subject
    digest = x509.SubjectKeyIdentifier.from_public_key(certificate.public_key()).digest
    return response.responder_key_hash == digest


def _is_delegate(certificate: x509.Certificate, issuer: x509.Certificate, at: float) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
        usage = certificate.extensions.get_extension_for_oid(ExtensionOID.EXTENDED_KEY_USAGE).value
    except (InvalidSignature, ValueError, TypeError, x509.ExtensionNotFound):
        return False
    begin, end = seconds(certificate.not_valid_before_utc), seconds(certificate.not_valid_after_utc)
    return (
        isinstance(usage, x509.ExtendedKeyUsage)
        and ExtendedKeyUsageOID.OCSP_SIGNING in usage
        and begin - SKEW_S <= at < end
    )


def _check_nonce(response: ocsp.OCSPResponse, nonce: bytes) -> None:
    with contextlib.suppress(x509.ExtensionNotFound):
        theirs = response.extensions.get_extension_for_oid(x509.OCSPNonce.oid).value
        if not isinstance(theirs, x509.OCSPNonce) or not hmac.compare_digest(theirs.nonce, nonce):
            raise Unusable("nonce-wrong")


def _statement(single: ocsp.OCSPSingleResponse, at: float) -> Statement:
    begin = seconds(single.this_update_utc)
    until = single.next_update_utc
    end = seconds(until) if until is not None else begin + _WITHOUT_END_S
    if single.certificate_status == ocsp.OCSPCertStatus.REVOKED:
        return Statement(state="revoked", begin_utc=begin, end_utc=end)
    if single.certificate_status != ocsp.OCSPCertStatus.GOOD:
        raise Unusable("response-unknown")
    if at < begin - SKEW_S:
        raise Unusable("response-of-tomorrow")
    if at >= end:
        raise Unusable("response-expired")
    return Statement(state="good", begin_utc=begin, end_utc=end)
