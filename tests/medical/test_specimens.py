"""Every shape of HPRIM is found with its patients, nothing else is taken for it."""

import pytest

from mssclient.medical.formats import read_documents, recognise
from mssclient.mime.reading import read
from tests.medical.decoys import decoys
from tests.medical.specimens import Specimen, positives

POSITIVES = list(positives())
DECOYS = list(decoys())


def test_the_labelled_set_is_large() -> None:
    assert len(POSITIVES) + len(DECOYS) >= 100
    assert len({one.name for one in POSITIVES + DECOYS}) == len(POSITIVES) + len(DECOYS)


@pytest.mark.parametrize("specimen", POSITIVES, ids=lambda one: one.name)
def test_found(specimen: Specimen) -> None:
    matches = recognise(read(specimen.raw), deep=True)
    assert tuple(match.kind for match in matches) == specimen.kinds
    patients = [patient for match in matches for patient in match.patients]
    assert tuple(patient.family for patient in patients) == specimen.families
    assert all(match.fragment == specimen.fragment for match in matches)
    if specimen.results is not None:
        assert sum(match.results for match in matches) == specimen.results
    if specimen.births:
        assert tuple(patient.birth for patient in patients) == specimen.births
    elif not specimen.fragment and "QUENTIN" not in specimen.families:
        assert {patient.birth for patient in patients} == {"1961-03-12"}


@pytest.mark.parametrize("specimen", POSITIVES, ids=lambda one: one.name)
def test_accents_come_out_right(specimen: Specimen) -> None:
    documents = read_documents(read(specimen.raw))
    for document in documents:
        if document.patient.family == "MARCHAND":
            assert document.patient.given in ("Élodie", "Bébé")
        for line in document.lines:
            assert "\ufffd" not in line.label
            if line.label.startswith("H") and not line.heading:
                assert line.label == "Hémoglobine"


@pytest.mark.parametrize("specimen", DECOYS, ids=lambda one: one.name)
def test_not_taken_for_it(specimen: Specimen) -> None:
    matches = recognise(read(specimen.raw), deep=True)
    assert tuple(match.kind for match in matches) == specimen.kinds


def test_the_shallow_look_opens_nothing() -> None:
    """Bytes only: the same answer but for what lies inside archives."""
    for specimen in POSITIVES:
        if not any(word in specimen.name for word in ("zip", "winmail", "eml", "encoded-message")):
            kinds = tuple(match.kind for match in recognise(read(specimen.raw)))
            assert kinds == specimen.kinds, specimen.name
