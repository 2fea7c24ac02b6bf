"""The MSSanté white list: a signed XML file that names every domain of the trust space.

Published by ANS; root ``ListeBlancheMSSante``, one enveloped XML signature (XML-DSig, exclusive
canonicalisation, RSA with SHA-256) made by ``alb.mssante.fr`` under IGC-Santé. Nothing is read from
it before the signature and the chain hold, and then only from the element that was signed: the file
comes from the network and an attacker may have put anything around a true signature.

The verifier takes (list, anchors, time). Whoever runs a trust space of its own, as the demonstration
does, gives its own anchors; there is no other switch.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from mssclient.mime.addresses import domain_of
from mssclient.model.errors import BugError, Refused
from mssclient.model.language import _
from mssclient.model.verdicts import TrustListState
from mssclient.resources import path

__all__ = ["ANCHORS", "MAX_OCTETS", "NO_LIST", "TrustList", "anchors", "newer", "shipped", "verify"]

MAX_OCTETS = 32_000_000
"""The real list of 2025 has 3.7 million octets."""

ANCHORS = {
    "ACR-EL.cer": "2d9e22ca19f777c6b745257c723ecb8df3c35fa6f1f6ec36b83600c97346967f",
    "ACI-EL-ORG.cer": "d834ee5b40686b73573f60547bf6052c6d404d942a5665cdb2c0b9137b5d27b2",
}
"""The IGC-Santé certificates (DER) shipped in ``resources/trust/anchors`` and their SHA-256."""

# A verified clock may still be a few minutes behind that of ANS.
_CLOCK_SECONDS = 300


@dataclass(frozen=True, slots=True)
class TrustList:
    """The domains of one list. Only ``state.origin == "verified"`` may give the padlock."""

    state: TrustListState
    domains: frozenset[str]
    """Comparable form: lower case, IDNA A-labels."""
    signer: str = ""
    """Common name of the verified signer; "" when nothing was verified."""
    valid_until_utc: int = 0
    """When the first certificate of the chain expires; the list proves nothing after. 0 = unsigned."""

    def lists(self, domain: str) -> bool:
        """Whether exactly this domain is named; a sub-domain of a listed one is not listed."""
        return domain in self.domains if domain else False

    def proves(self, at_utc: int) -> bool:
        """Whether the list was verified and its signer's certificate holds at that time."""
        return self.state.origin == "verified" and not self.state.expired and at_utc <= self.valid_until_utc

    def state_at(self, at_utc: int) -> TrustListState:
        """The state to write into a verdict made at that time."""
        if self.state.origin != "verified" or self.proves(at_utc):
            return self.state
        return TrustListState(
            origin=self.state.origin,
            generated_utc=self.state.generated_utc,
            domains=self.state.domains,
            expired=True,
        )


NO_LIST = TrustList(TrustListState(), frozenset())
"""What to judge with when there is no list at all."""


def verify(data: bytes, anchors: Sequence[bytes], at: datetime) -> TrustList:
    """The domains of a white list whose signature and chain hold at a time.

    ``anchors`` are DER certificates: the self-signed ones are roots, the others may only stand between
    a root and the signer. ``at`` is taken as UTC when it has no offset.
    Raises Refused, nothing else: ``whitelist-malformed`` (not a list, too big, DTD, unexpected
    signature layout), ``whitelist-signature`` (altered), ``whitelist-signer`` (not the signer of the
    list), ``whitelist-chain`` (not under the anchors), ``whitelist-expired`` (a certificate does not
    hold at ``at``), ``whitelist-future`` (generated after ``at``).
    Pure; about 0.3 s for the national list. Any thread.
    """
    # lxml, signxml and cryptography take a second to load: not for a process that only asks NO_LIST
    from mssclient.trust.signature import read_signed

    moment = (at.replace(tzinfo=UTC) if at.tzinfo is None else at).astimezone(UTC)
    if len(data) > MAX_OCTETS:
        raise Refused(
            "whitelist-malformed",
            _("Le fichier est trop gros pour être la liste blanche MSSanté."),
            _("Téléchargez à nouveau la liste publiée par l’ANS."),
        )
    signed = read_signed(data, anchors, moment)
    generated_utc = int(signed.generated.timestamp())
    if generated_utc > moment.timestamp() + _CLOCK_SECONDS:
        raise Refused(
            "whitelist-future",
            _("La liste blanche est datée du {date}, qui n’est pas encore arrivé.").format(
                date=signed.generated.strftime("%d/%m/%Y")
            ),
            _("Vérifiez la date et l’heure de l’ordinateur."),
        )
    domains = frozenset(filter(None, map(comparable, signed.names)))
    if not domains:
        raise Refused(
            "whitelist-malformed",
            _("La liste blanche ne nomme aucun domaine."),
            _("Téléchargez-la à nouveau."),
        )
    state = TrustListState(origin="verified", generated_utc=generated_utc, domains=len(domains))
    return TrustList(state, domains, signed.signer, signed.valid_until_utc)


def comparable(name: str) -> str:
    """A domain name of a list in its comparable form; "" when it is no domain name."""
    return domain_of("x@" + name.strip())


def newer(candidate: TrustList, current: TrustList) -> bool:
    """Whether a list just verified may take the place of the one in use: never an older one.

    A verified list replaces an unsigned one of any date.
    """
    if candidate.state.origin != "verified":
        return False
    if current.state.origin != "verified":
        return True
    return candidate.state.generated_utc >= current.state.generated_utc


_GENERATED = re.compile(r"# generated (\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})Z")


@lru_cache(1)
def shipped() -> TrustList:
    """The names shipped with the program, dated and unsigned: they never give the padlock."""
    lines = path("trust", "domains.txt").read_text("ascii").splitlines()
    found = _GENERATED.fullmatch(lines[0]) if lines else None
    if found is None:
        raise BugError("shipped-list-damaged", _("La liste de domaines livrée avec le programme est abîmée."))
    generated = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
    domains = frozenset(line for line in lines[1:] if line and not line.startswith("#"))
    state = TrustListState(origin="shipped", generated_utc=int(generated.timestamp()), domains=len(domains))
    return TrustList(state, domains)


def anchors() -> list[bytes]:
    """The pinned IGC-Santé certificates, DER: root and intermediate for organisations.

    Raises BugError when a shipped file is not the certificate it should be.
    """
    from hashlib import sha256

    found: list[bytes] = []
    for name, digest in ANCHORS.items():
        data = path("trust", "anchors", name).read_bytes()
        if sha256(data).hexdigest() != digest:
            raise BugError(
                "anchor-altered",
                _("Un certificat de confiance livré avec le programme a été modifié."),
                _("Réinstallez le programme."),
                name,
            )
        found.append(data)
    return found
