"""Damaged replies of a ManageSieve server: ``python -m tests.fuzz.access_sieve --seconds 60``."""

from tests.access.sieve_replies import damaged, examine
from tests.fuzz.seeds import campaign

if __name__ == "__main__":
    campaign("access_sieve", damaged, examine, slowest=0.5)
