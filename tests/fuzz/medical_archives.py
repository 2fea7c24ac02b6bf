"""Bent XML, zips and winmail.dat: read within limits, without an error.

``python -m tests.fuzz.medical_archives --seconds 3600``
"""

from mssclient.medical import cda
from mssclient.medical.archives import Limits, read_tnef, read_zip
from mssclient.medical.candidate import Candidate
from mssclient.medical.formats import FORMATS
from tests.fuzz.medical_mutations import campaign
from tests.medical.specimens import medecin, tnef, zipped
from tests.medical.test_cda import CDA, METADATA, xdm

SPECIMENS = [
    CDA.encode(),
    CDA.encode("utf-16"),
    METADATA.encode(),
    xdm(**{"DOC0001.XML": CDA.encode(), "CR.PDF": b"%PDF-1.4"}),
    zipped({"R1.HPR": medecin().encode("cp1252")}),
    tnef({"R1.HPR": medecin().encode("cp1252")}),
]
LIMITS = Limits(octets=5_000_000, member_octets=2_000_000)


def check(data: bytes) -> None:
    assert sum(len(one.content) for one in read_zip(data, LIMITS)) <= LIMITS.octets
    read_tnef(data, LIMITS)
    cda.read_document(data, "1")
    cda.embedded_pdf(data)
    candidate = Candidate("1", lambda: data, filename="IHE_XDM.zip")
    for one in FORMATS:
        if one.recognise(candidate, True) is not None and one.KIND != "pdf":
            one.read(candidate)


if __name__ == "__main__":
    campaign("medical_archives", SPECIMENS, check)
