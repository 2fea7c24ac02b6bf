"""What an HPRIM file says once it is recognised: lines, authors, several patients, remarks."""

import pytest

from mssclient.medical import hprim_medecin, hprim_sante
from mssclient.medical.candidate import Candidate
from mssclient.medical.formats import read_documents, recognise
from mssclient.mime.reading import read
from mssclient.model.documents import LabLine, Patient
from tests.medical.specimens import HEADER, RESULTS, SANTE, attachment, medecin, message, with_lines


def candidate(text: str) -> Candidate:
    return Candidate("1", lambda: text.encode("cp1252"), filename="r.hpr")


def test_a_laboratory_file() -> None:
    (document,) = hprim_medecin.read(candidate(medecin()))
    assert document.patient == Patient(
        family="MARCHAND", given="Élodie", birth="1961-03-12", sex="F", number="D240117-31"
    )
    assert document.author == "Laboratoire des Tilleuls"
    assert document.date == "2024-01-17"
    assert document.lines == (
        LabLine(label="HEMATOLOGIE", heading=True),
        LabLine(
            label="Leucocytes", value="12,4", unit="G/L", low="4,0", high="10,0", abnormality="H", status="F"
        ),
        LabLine(
            label="Hémoglobine",
            value="13,2",
            unit="g/dL",
            low="12,0",
            high="16,0",
            abnormality="N",
            status="F",
        ),
        LabLine(label="BIOCHIMIE", heading=True),
        LabLine(
            label="Potassium", value="6,9", unit="mmol/L", low="3,5", high="5,0", abnormality="HH", status="F"
        ),
        LabLine(
            label="Glycémie",
            value="0,92",
            unit="g/L",
            low="0,70",
            high="1,10",
            abnormality="N",
            comment="soit 5,1 mmol/L (3,9 – 6,1)\nPrélèvement non hémolysé.",
            status="F",
        ),
    )
    assert (document.abnormal, document.critical) == (2, 1)
    assert document.text.startswith("Hématologie\nLeucocytes")
    assert "RES|" not in document.text


def test_previous_values() -> None:
    results = (
        "****LAB****",
        "RES|Sodium|NA|N|139|mmol/L|136|145|N|F|141|mmol/L|136|145|",
        "RES|Chlore|CL|N|101|mmol/L|98|107|N|F|",
        "TEX|Antériorité : 99 le 12/01/2024",
        "TEX|précédent  97",
    )
    (document,) = hprim_medecin.read(candidate(medecin(results=results)))
    assert [(line.value, line.previous, line.comment) for line in document.lines] == [
        ("139", "141", ""),
        ("101", "99 le 12/01/2024", ""),
    ]


def test_remarks_before_any_result() -> None:
    (document,) = hprim_medecin.read(
        candidate(medecin(results=("****LAB****", "TEX|prélevé à 8h", "TEX|", "RES|Sodium|NA|N|139|||||F|")))
    )
    assert document.lines[0] == LabLine(label="", comment="prélevé à 8h")
    assert document.lines[1].label == "Sodium"


@pytest.mark.parametrize(
    ("line", "author"),
    [
        ("LABO44    Laboratoire des Tilleuls", "Laboratoire des Tilleuls"),
        (".         Jeanne.DURAND", "Jeanne.DURAND"),
        ("Laboratoire", "Laboratoire"),
        ("LABORATOIRE DES TILLEULS", "LABORATOIRE DES TILLEULS"),
        ("L1        ", "L1"),
        ("", ""),
    ],
)
def test_senders(line: str, author: str) -> None:
    (document,) = hprim_medecin.read(candidate(medecin(with_lines(line11=line))))
    assert document.author == author


def test_the_nir_is_no_ins() -> None:
    """It is the insured person's, often a parent's: only its sex is used, and only when it is one."""
    (document,) = hprim_medecin.read(candidate(medecin()))
    assert document.patient.ins is None
    (document,) = hprim_medecin.read(candidate(medecin(with_lines(line8="inconnu"))))
    assert document.patient.sex is None


def test_the_number_of_four_columns() -> None:
    columns = "".join(f"{word:<40}" for word in ("LABO", "DR VASSEUR", "MARCHAND ELODIE", "PAT0012"))
    (document,) = hprim_medecin.read(candidate(medecin(with_lines(line1=columns, line9=""))))
    assert document.patient.number == "PAT0012"


def test_a_first_line_lost_on_the_way() -> None:
    """A blank code on line 1 that some gateway trimmed: the dates still tell where the lines are."""
    (document,) = hprim_medecin.read(candidate("\n".join((*HEADER[1:], "", *RESULTS, "****FIN****"))))
    assert document.patient.family == "MARCHAND"
    assert document.patient.number == "D240117-31"


def test_twenty_patients() -> None:
    text = "".join(
        medecin(with_lines(line2=f"NOM{chr(65 + number)}", line9=f"D{number}"), closing=("****FIN****",))
        for number in range(20)
    )
    documents = hprim_medecin.read(candidate(text + "****FINFICHIER****\n"))
    assert [document.patient.family for document in documents] == [f"NOM{chr(65 + n)}" for n in range(20)]
    assert all(len(document.lines) == 6 for document in documents)


def test_evidence_is_told() -> None:
    (match,) = recognise(read(message(attachment(medecin().encode("cp1252"), "r.hpr"))))
    assert {"names", "birth-date", "file-date", "****LAB****", "****FIN****", "RES:4"} <= set(match.evidence)
    assert match.octets == len(medecin().encode("cp1252"))


def test_sante() -> None:
    (document,) = hprim_sante.read(candidate(SANTE))
    assert document.patient == Patient(
        family="MARCHAND", given="Élodie", birth="1961-03-12", sex="F", number="PAT0012"
    )
    assert document.author == "Laboratoire des Tilleuls"
    assert document.date == "2024-01-17T10:30:00"
    assert document.lines == (
        LabLine(label="Numération", heading=True),
        LabLine(
            label="Leucocytes", value="12.4", unit="G/L", low="4.0", high="10.0", abnormality="H", status="F"
        ),
        LabLine(
            label="Hémoglobine",
            value="13.2",
            unit="g/dL",
            low="12.0",
            high="16.0",
            abnormality="N",
            comment="Contrôle conseillé",
            status="F",
        ),
        LabLine(
            label="Potassium", value="6.9", unit="mmol/L", low="3.5", high="5.0", abnormality="HH", status="F"
        ),
    )
    assert "Contrôle conseillé" in document.text


def test_sante_companions() -> None:
    text = SANTE.replace("C|1||Contrôle", "OBX|9|FIC|PDF~Compte rendu||DOS00317.PDF~PDF|||\nC|1||Contrôle")
    assert hprim_sante.companions(candidate(text)) == ("DOS00317.PDF",)
    (document,) = hprim_sante.read(candidate(text))
    assert len(document.lines) == 4


def test_sante_administrative_message() -> None:
    text = SANTE.replace("|ORU|", "|ADM|").split("OBR|")[0] + "L|1\n"
    (match,) = recognise(read(message(attachment(text.encode("cp1252"), "a.hpr"))))
    assert (match.kind, match.results, match.evidence[:2]) == ("hprim-sante", 0, ("H:H2.1~C", "ADM"))


def test_documents_of_asked_matches_only() -> None:
    reading = read(message(attachment(medecin().encode(), "1.hpr"), attachment(SANTE.encode(), "2.hpr")))
    matches = recognise(reading)
    assert [one.kind for one in read_documents(reading, matches[1:])] == ["hprim-sante"]
    assert [one.kind for one in read_documents(reading)] == ["hprim-medecin", "hprim-sante"]
