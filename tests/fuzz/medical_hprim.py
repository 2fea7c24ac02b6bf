"""Bent messages with medical documents: recognised, read and planned without an error.

``python -m tests.fuzz.medical_hprim --seconds 3600``
"""

from mssclient.medical.delivery import DeliveryOptions, plan_delivery
from mssclient.medical.formats import read_documents, recognise
from mssclient.mime.reading import read
from mssclient.model.documents import KINDS
from tests.fuzz.medical_mutations import campaign
from tests.medical.decoys import decoys
from tests.medical.specimens import positives

SPECIMENS = [one.raw for one in (*positives(), *decoys()) if len(one.raw) < 40_000]


def check(data: bytes) -> None:
    reading = read(data)
    shallow = recognise(reading)
    deep = recognise(reading, deep=True)
    assert {match.kind for match in (*shallow, *deep)} <= set(KINDS)
    read_documents(reading, deep)
    for piece in plan_delivery(reading, (), DeliveryOptions(split_patients=len(data) % 2 == 0)):
        assert piece.code or piece.name.isascii()
        assert piece.code or piece.name.count(".") == 1


if __name__ == "__main__":
    campaign("medical_hprim", SPECIMENS, check)
