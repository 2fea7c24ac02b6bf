"""The chain of trust of every server: TLS version and suite, authority, end, revocation. Nobody logs in."""

from collections.abc import Iterator

import msgspec
from cryptography import x509
from cryptography.x509.oid import NameOID

from mssclient.access import imap
from mssclient.access.open import context_of
from mssclient.access.proxy import reach_service
from mssclient.access.sieve import ManageSieve
from mssclient.access.smtp import Submission
from mssclient.access.stream import Stream
from mssclient.engine.diagnosis.lines import Lines
from mssclient.engine.diagnosis.world import World
from mssclient.mail.checking import of_service
from mssclient.model.accounts import WITH_PIN, Account, Endpoint
from mssclient.model.diagnosis import Check
from mssclient.model.errors import MssError, Refused
from mssclient.model.language import _, ngettext
from mssclient.model.records import Record
from mssclient.operators import station
from mssclient.operators.certificates import UNREADABLE
from mssclient.operators.revocation import Revocation, RevocationAnswer
from mssclient.operators.tls import operator_anchors

__all__ = ["BY_CARD", "Server", "check", "open_secured", "servers_of"]

_SOON_DAYS = 21
_DAY_S = 86_400
BY_CARD = (
    "tls-too-weak",
    "tls-failed",
    "connection-lost",
    "client-certificate-wanted",
    "client-certificate-refused",
)
"""What a server that waits for a client certificate may make of a handshake without one."""


class Server(Record, frozen=True, kw_only=True):
    service: str
    """"imap", "smtp" or "sieve"."""
    endpoint: Endpoint


def servers_of(account: Account, sieve: Endpoint | None) -> tuple[Server, ...]:
    found = [Server(service="imap", endpoint=account.imap), Server(service="smtp", endpoint=account.smtp)]
    if sieve is not None:
        found.append(Server(service="sieve", endpoint=sieve))
    return tuple(found)


def check(account: Account, server: Server, world: World, revocation: Revocation) -> Iterator[Check]:
    """The lines of one server of one account."""
    lines = Lines("tls", account)
    where = f"{server.endpoint.host}:{server.endpoint.port}"
    name = f"{server.service}-chain"
    try:
        stream = open_secured(account, server, world)
    except MssError as error:
        if account.auth in (*WITH_PIN, "pkcs12") and error.code in BY_CARD:
            words = _(
                "«\u00a0{where}\u00a0» attend un certificat\u00a0: sa chaîne est vérifiée à la connexion."
            )
            yield lines.skip(name, words.format(where=where))
        else:
            line = lines.problem(name, error)
            yield msgspec.structs.replace(line, sentence=of_service(server.service, line.sentence))
        return
    try:
        version, suite, chain = stream.tls_version, stream.tls_suite, stream.peer_chain
    finally:
        stream.close()
    yield _chain(lines, name, where, (version, suite), chain, account)
    if chain:
        yield _end(lines, f"{server.service}-end", where, chain[0], world)
        yield _revoked(lines, f"{server.service}-revocation", where, revocation.check(chain, world.now()))


def open_secured(account: Account, server: Server, world: World, *, ask_revocation: bool = False) -> Stream:
    """A verified TLS stream to a service before any login. Raises as ``access.open``."""
    endpoint = server.endpoint
    stream = reach_service(endpoint.host, endpoint.port, world.patience)
    try:
        if endpoint.security == "starttls":
            if server.service == "imap":
                imap.upgrade(stream, imap.begin_session(stream, context_ready=False))
            elif server.service == "smtp":
                submission = Submission(stream)
                submission.greet()
                submission.upgrade()
            else:
                filters = ManageSieve(stream)
                filters.greet()
                filters.upgrade()
        stream.start_tls(context_of(account), ask_revocation=ask_revocation)
    except BaseException:
        stream.close()
        raise
    return stream


def _chain(
    lines: Lines, name: str, where: str, tls: tuple[str, str], chain: tuple[bytes, ...], account: Account
) -> Check:
    sentence = _("«\u00a0{where}\u00a0»\u00a0: {version}, certificat reconnu ({anchor}).").format(
        where=where, version=tls[0].replace("v", "\u00a0", 1), anchor=_anchor(chain, account)
    )
    return lines.ok(name, sentence, detail=tls[1])


def _anchor(chain: tuple[bytes, ...], account: Account) -> str:
    """Whose authority stands at the end of the chain, in a few words."""
    if not chain:
        return "?"
    name = _common_name(chain[-1]) or "?"
    profile = station.profile_of(account.operator)
    if _is_igc(chain[-1]):
        return name
    if account.ca_pem and chain[-1] in _own(account.ca_pem):
        return _("autorité ajoutée à cette boîte")
    if profile is not None and chain[-1] in _own("\n".join(profile.anchors)):
        return _("autorité de l’opérateur")
    return _("autorité publique {name}").format(name=name)


def _own(pem: str) -> tuple[bytes, ...]:
    from cryptography.hazmat.primitives.serialization import Encoding

    try:
        found = x509.load_pem_x509_certificates(pem.encode("ascii", "replace"))
    except UNREADABLE:
        return ()
    return tuple(each.public_bytes(Encoding.DER) for each in found)


def _is_igc(der: bytes) -> bool:
    return any(der == (_der(each) or each) for each in operator_anchors())


def _der(data: bytes) -> bytes | None:
    return next(iter(_own(data.decode("ascii", "replace"))), None) if data.startswith(b"-----BEGIN") else None


def _common_name(der: bytes) -> str:
    try:
        names = x509.load_der_x509_certificate(der).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    except UNREADABLE:
        return ""
    text = str(names[0].value) if names else ""
    return "".join(each for each in text if each.isprintable())[:80]


def _end(lines: Lines, name: str, where: str, der: bytes, world: World) -> Check:
    try:
        end = x509.load_der_x509_certificate(der).not_valid_after_utc
    except UNREADABLE:
        return lines.skip(name, _("La fin de validité du certificat est illisible."))
    days = int((end.timestamp() - world.now()) // _DAY_S)
    sentence = ngettext(
        "«\u00a0{where}\u00a0»\u00a0: le certificat expire dans {count} jour, le {date}.",
        "«\u00a0{where}\u00a0»\u00a0: le certificat expire dans {count} jours, le {date}.",
        days,
    ).format(where=where, count=days, date=end.strftime("%d/%m/%Y"))
    if days < 0:
        return lines.fail(
            name,
            _("«\u00a0{where}\u00a0»\u00a0: le certificat a expiré le {date}.").format(
                where=where, date=end.strftime("%d/%m/%Y")
            ),
            _("Vérifiez la date de cet ordinateur. Si elle est juste, prévenez l’opérateur."),
            code="certificate-expired",
            exit_code=Refused.exit_code,
        )
    if days < _SOON_DAYS:
        remedy = _("L’opérateur doit le renouveler d’ici là\u202f; prévenez-le si ce n’est pas fait.")
        return lines.warn(name, sentence, remedy, code="certificate-expires-soon")
    return lines.ok(name, sentence)


def _revoked(lines: Lines, name: str, where: str, answer: RevocationAnswer) -> Check:
    sentence = f"«\u00a0{where}\u00a0»\u00a0: {answer.sentence[:1].lower()}{answer.sentence[1:]}"
    detail = " ".join(sorted({reason for each in answer.standings for reason in each.reasons}))
    if answer.state == "revoked":
        return lines.fail(
            name,
            sentence,
            _("Ne continuez pas sans l’accord de l’opérateur de la messagerie."),
            code="certificate-revoked",
            exit_code=Refused.exit_code,
        )
    if answer.state == "good":
        by = {"list": "list", "response": "OCSP"}
        return lines.ok(
            name, sentence, detail=" ".join(sorted({by.get(s.by, "") for s in answer.standings} - {""}))
        )
    if any("no-place" in each.reasons for each in answer.standings):
        # An authority of one's own publishes nothing: there is nothing that a person could do.
        return lines.skip(name, sentence)
    return lines.warn(
        name,
        sentence,
        _("Si cela dure, vérifiez que ce réseau laisse passer les pages http de l’autorité."),
        code="revocation-unknown",
        detail=detail,
    )
