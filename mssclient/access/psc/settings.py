"""What an operator's profile says of Pro Santé Connect. Holds no secret: a desktop program may have none."""

from mssclient.model.records import Record

__all__ = ["PRODUCTION", "SANDBOX", "PscSettings"]

_WELL_KNOWN = "/.well-known/wallet-openid-configuration"
SANDBOX = "https://auth.bas.psc.esante.gouv.fr/auth/realms/esante-wallet" + _WELL_KNOWN
PRODUCTION = "https://auth.esw.esante.gouv.fr/auth/realms/esante-wallet" + _WELL_KNOWN


class PscSettings(Record, frozen=True, kw_only=True):
    """How to log in. The client secret stays with ``relay``, or a certificate of the site stands for it."""

    discovery: str = PRODUCTION
    """Address of the discovery document."""
    client_id: str = ""
    relay: str = ""
    """https address of the relay that adds the client secret: ``/token`` and ``/bc-authorize`` below it take
    the same parameters as the provider's. "" = the provider is asked directly."""
    site_certificate: bool = False
    """The TLS client certificate of this site authenticates the client (RFC 8705)."""
    scope: str = "openid scope_all"
    acr_values: str = "eidas1"
    ca_pem: str = ""
    """Trust anchor of the provider besides the computer's own; for tests and sandboxes."""
    redirect_port: int = 0
    """Of the loopback redirect; 0 = any (RFC 8252 §7.3)."""
