"""Bent headers: judged without an error, and an outside sender never secured.

``python -m tests.fuzz.trust_verdict --seconds 3600``
"""

from mssclient.mime.reading import read
from mssclient.model.verdicts import LEVELS
from mssclient.trust.verdict import judge
from tests.fuzz.medical_mutations import campaign
from tests.trust.test_verdict import NOW, ORDINARY, SPOOFS, TRUE, VERIFIED

_CASES = [case.headers for case in TRUE + ORDINARY + SPOOFS]
SPECIMENS = [
    (text if isinstance(text, bytes) else text.encode()) + b"\nSubject: essai\n\nBonjour\n" for text in _CASES
]


def check(data: bytes) -> None:
    reading = read(data)
    verdict = judge(reading, VERIFIED, "cabinet.mssante.fr", NOW)
    assert verdict.level in LEVELS
    assert verdict.reasons
    if verdict.level in ("mssante", "patient", "apicrypt"):
        assert len(reading.values("from")) == 1
        assert "x@evil.example" not in reading.values("from")[0]


if __name__ == "__main__":
    campaign("trust_verdict", SPECIMENS, check)
