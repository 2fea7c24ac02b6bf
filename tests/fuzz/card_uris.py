"""Bent ``pkcs11:`` URIs: read or refused, and written as they were read.

``python -m tests.fuzz.card_uris --seconds 3600``
"""

from tests.access.card.uris import SPECIMENS, examine
from tests.fuzz.medical_mutations import campaign


def check(data: bytes) -> None:
    examine(data.decode("utf-8", "surrogateescape"))


if __name__ == "__main__":
    campaign("card_uris", [text.encode() for text in SPECIMENS], check, slowest=0.1)
