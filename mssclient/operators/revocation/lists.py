"""Revocation lists (RFC 5280 §5, §6.3): complete, direct, signed by the authority itself. Pure."""

from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from mssclient.operators.certificates import UNREADABLE
from mssclient.operators.revocation.evidence import SKEW_S, Link, Unusable, check_hash, seconds

__all__ = ["LIST_OCTETS", "RevocationList", "read_list"]

LIST_OCTETS = 20_000_000
_FOREVER_S = 400 * 86400.0


class RevocationList:
    """A list whose signature was checked. Not changed after it was made; any thread."""

    def __init__(self, crl: x509.CertificateRevocationList, data: bytes) -> None:
        self._crl = crl
        self._known: dict[int, bool] = {}
        self.data = data
        self.begin_utc = seconds(crl.last_update_utc)
        next_update: datetime | None = crl.next_update_utc
        if next_update is None:  # RFC 5280 §5.1.2.5: it must be there; without it a list would hold for ever
            raise Unusable("list-endless")
        self.end_utc = seconds(next_update)
        if not self.begin_utc < self.end_utc < self.begin_utc + _FOREVER_S:
            raise Unusable("list-endless")
        self._places, self._authorities, self._people = _scope(crl)

    def standing(self, link: Link, place: str, at: float) -> str:
        """ "good" or "revoked" at ``at``. Raises Unusable when it says nothing about this certificate."""
        if self._places and place not in self._places and not set(self._places) & set(link.lists):
            raise Unusable("list-of-others")  # another part of the authority's lists, put in its place
        if (self._authorities or self._people) and self._authorities != _is_authority(link.certificate):
            raise Unusable("list-of-others")
        serial = link.certificate.serial_number
        if serial not in self._known:
            # Walks the whole list once: 0.1 s for the longest that is taken.
            self._known[serial] = self._crl.get_revoked_certificate_by_serial_number(serial) is not None
        if self._known[serial]:
            return "revoked"  # also by a list that has ended since
        if at < self.begin_utc - SKEW_S:
            raise Unusable("list-of-tomorrow")
        if at >= self.end_utc:
            raise Unusable("list-expired")
        return "good"


def read_list(data: bytes, issuer: x509.Certificate) -> RevocationList:
    """A list (DER, or PEM as some servers give it) that ``issuer`` signed.

    Raises Unusable: list-too-long, list-unreadable, list-of-others, list-partial, list-endless,
    signature-weak, signature-wrong.
    """
    if len(data) > LIST_OCTETS:
        raise Unusable("list-too-long")
    try:
        if data.lstrip()[:11] == b"-----BEGIN ":
            crl = x509.load_pem_x509_crl(data)
        else:
            crl = x509.load_der_x509_crl(data)
        if crl.issuer != issuer.subject or not _may_sign_lists(issuer):
            raise Unusable("list-of-others")
        check_hash(crl.signature_hash_algorithm, crl.signature_algorithm_oid)
        if not crl.is_signature_valid(issuer.public_key()):  # pyright: ignore[reportArgumentType]
            raise Unusable("signature-wrong")
        return RevocationList(crl, data)
    except UNREADABLE:
        raise Unusable("list-unreadable") from None


def _may_sign_lists(issuer: x509.Certificate) -> bool:
    try:
        usage = issuer.extensions.get_extension_for_oid(ExtensionOID.KEY_USAGE).value
    except x509.ExtensionNotFound:
        return True
    return isinstance(usage, x509.KeyUsage) and usage.crl_sign


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        basic = certificate.extensions.get_extension_for_oid(ExtensionOID.BASIC_CONSTRAINTS).value
    except x509.ExtensionNotFound:
        return False
    return isinstance(basic, x509.BasicConstraints) and basic.ca


def _scope(crl: x509.CertificateRevocationList) -> tuple[tuple[str, ...], bool, bool]:
    """What the list is limited to: its own addresses, only authorities, only the others.

    Raises Unusable("list-partial") for what we do not use: changes only, some reasons only, lists of several
    authorities, and critical extensions that are unknown (RFC 5280 §5.2: such a list proves nothing).
    """
    places: tuple[str, ...] = ()
    authorities = people = False
    for each in crl.extensions:
        value = each.value
        if isinstance(value, x509.IssuingDistributionPoint):
            if value.indirect_crl or value.only_some_reasons or value.only_contains_attribute_certs:
                raise Unusable("list-partial")
            authorities, people = value.only_contains_ca_certs, value.only_contains_user_certs
            if value.full_name:
                uris = [n.value for n in value.full_name if isinstance(n, x509.UniformResourceIdentifier)]
                places = tuple(uris)
        elif isinstance(value, x509.DeltaCRLIndicator) or (
            each.critical and isinstance(value, x509.UnrecognizedExtension)
        ):
            raise Unusable("list-partial")
    return places, authorities, people
