"""Damaged answers of a directory: ``python -m tests.fuzz.access_ldap --seconds 60``."""

from tests.access.ldap_answers import damaged, examine
from tests.fuzz.seeds import campaign

if __name__ == "__main__":
    campaign("access_ldap", damaged, examine, slowest=0.5)
