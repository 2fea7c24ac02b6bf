"""SRV records (RFC 2782, 6186, 8314). The only file that calls dnspython."""

import threading

import dns.exception
import dns.resolver
from dns.rdtypes.IN.SRV import SRV

from mssclient.model.errors import WorldError
from mssclient.model.language import _
from mssclient.model.records import Record
from mssclient.operators.autoconfig.hosts import is_host

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
        self._guard = threading.Lock()
        self._existing: dict[str, bool] = {}

    def services(self, service: str, domain: str) -> tuple[Service, ...]:
        """The targets of ``service``, "_imaps" say, the one to use first; () when there is none.

        Blocks up to twelve seconds. Raises WorldError: domain-unknown (there is no such domain at all),
        dns-failed (the resolver has a problem), dns-timeout.
        """
        try:
            answer = self._resolver().resolve(f"{service}._tcp.{domain}", "SRV", lifetime=_LIFETIME_S)
        except dns.resolver.NoAnswer:
            return ()
        except dns.resolver.NXDOMAIN:
            if self._exists(domain):
                return ()
            raise WorldError(
                "domain-unknown",
                _("Le domaine de cette adresse n’existe pas."),
                _("Vérifiez ce qui suit l’arobase (@) dans l’adresse."),
            ) from None
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
        # A label may hold any octet, a dot too: such a name could look as if it were inside of the domain.
        found = [each for each in found if not each.host or is_host(each.host)]
        # RFC 2782 draws by weight to share the load; one desk is no load, and wants the same answer twice.
        return tuple(sorted(found, key=lambda each: (each.priority, -each.weight, each.host)))

    def _exists(self, domain: str) -> bool:
        """Whether there is anything at this name or below it; when in doubt, yes. Asked once."""
        with self._guard:
            if domain not in self._existing:
                try:
                    self._resolver().resolve(domain, "SOA", lifetime=_LIFETIME_S)
                    self._existing[domain] = True
                except dns.resolver.NXDOMAIN:
                    self._existing[domain] = False
                except (dns.exception.DNSException, OSError):
                    return True
            return self._existing[domain]

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
