"""SRV records (RFC 2782, 6186, 8314). The only file that calls dnspython."""

import dns.exception
import dns.resolver
from dns.rdtypes.IN.SRV import SRV

from mssclient.model.errors import WorldError
from mssclient.model.language import _
from mssclient.model.records import Record

__all__ = ["SERVICES", "Names", "Service"]

SERVICES = ("_imaps", "_imap", "_submissions", "_submission", "_sieve", "_carddavs", "_ldap")
_LIFETIME_S = 6.0
_RECORDS_MAX = 20


class Service(Record, frozen=True, kw_only=True):
    """One target. ``host`` in lower case without the last dot; "" = decidedly not offered (RFC 2782)."""

    host: str
    port: int
    priority: int = 0
    weight: int = 0


class Names:
    """Asks the resolver of this computer, or the given one. Any thread."""

    def __init__(self, server: str = "", port: int = 53) -> None:
        """``server`` and ``port`` replace the computer's resolver (tests)."""
        self._server = server
        self._port = port

    def services(self, service: str, domain: str) -> tuple[Service, ...]:
        """The targets of ``service`` (one of SERVICES), the one to use first; () when there is none.

        Blocks up to six seconds. Raises WorldError: dns-failed (the resolver has a problem), dns-timeout.
        """
        try:
            answer = self._resolver().resolve(f"{service}._tcp.{domain}", "SRV", lifetime=_LIFETIME_S)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except dns.exception.Timeout:
            raise WorldError(
                "dns-timeout",
                _("Le service de noms (DNS) ne répond pas."),
                _("Vérifiez l’accès à Internet, puis réessayez."),
            ) from None
        except (dns.exception.DNSException, OSError) as error:
            raise WorldError(
                "dns-failed",
                _("Le service de noms (DNS) a refusé la question."),
                _("Réessayez dans quelques minutes\u202f; sinon, demandez ces noms à l’opérateur."),
                type(error).__name__,
            ) from None
        found = [_service(each) for each in list(answer)[:_RECORDS_MAX] if isinstance(each, SRV)]
        # RFC 2782 draws by weight to share the load; one desk is no load, and wants the same answer twice.
        return tuple(sorted(found, key=lambda each: (each.priority, -each.weight, each.host)))

    def _resolver(self) -> dns.resolver.Resolver:
        if not self._server:
            return dns.resolver.Resolver()
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers = [self._server]
        resolver.port = self._port
        return resolver


def _service(record: SRV) -> Service:
    host = record.target.to_text(omit_final_dot=True).lower()
    return Service(
        host="" if host in (".", "@") else host,
        port=record.port,
        priority=record.priority,
        weight=record.weight,
    )
