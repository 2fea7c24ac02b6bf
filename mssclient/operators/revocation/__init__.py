"""Whether a server's certificate was revoked (ECO.1.1.6, ECO.1.1.7): lists (CRL) and OCSP."""

from mssclient.operators.revocation.checking import Revocation, RevocationAnswer, Standing
from mssclient.operators.revocation.fetching import Fetch, fetch

__all__ = ["Fetch", "Revocation", "RevocationAnswer", "Standing", "fetch"]
