"""Bent white lists: refused, or the very same domains.

``python -m tests.fuzz.trust_whitelist --seconds 3600``
"""

from mssclient.model.errors import Refused
from mssclient.trust.whitelist import verify
from tests.fuzz.medical_mutations import campaign
from tests.trust.made import DOMAINS, NOW, anchors, good, sign, tree

SPECIMENS = [good(), sign(tree(["evil.example"]))[:-400], good().replace(b"cabinet", b"evil")]


def check(data: bytes) -> None:
    try:
        found = verify(data, anchors(), NOW)
    except Refused:
        return
    assert found.domains == frozenset(DOMAINS)


if __name__ == "__main__":
    campaign("trust_whitelist", SPECIMENS, check)
