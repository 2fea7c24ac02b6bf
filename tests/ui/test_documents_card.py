"""A document in the reader keeps its measure when the size of the text changes."""

from datetime import date

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from mssclient.model.documents import Document, LabLine, Patient
from ui.documents import DocumentCard
from ui.documents.card import born, patient_name
from ui.documents.table import ResultTable
from ui.theme import appearance

LINES = (
    LabLine(label="Biochimie", heading=True),
    LabLine(label="Potassium", value="5,9", unit="mmol/L", low="3,5", high="5,1", abnormality="HH"),
    LabLine(label="CRP", value="180", unit="mg/L", high="5", abnormality="HH"),
)


def card(qtbot: QtBot) -> DocumentCard:
    document = Document(
        kind="hprim-medecin",
        part="2",
        patient=Patient(family="LEROUX", given="Jeanne", sex="F", birth="1957-03-14"),
        lines=LINES,
        text="\n".join(f"ligne {n}" for n in range(12)),
    )
    made = DocumentCard(document)
    qtbot.addWidget(made)
    made.resize(700, 500)
    made.show()
    return made


def test_figures_and_original_words_grow_with_the_text(qtbot: QtBot) -> None:
    made = card(qtbot)
    table, text = made.findChild(ResultTable), made._pages[1]
    assert table is not None
    before = (table.columnWidth(1), table.height(), text.height())
    appearance().choose(text_percent=130)
    after = (table.columnWidth(1), table.height(), text.height())
    assert all(now > then for now, then in zip(after, before, strict=True))


def test_what_is_critical_is_named_as_one_writes_it(qtbot: QtBot) -> None:
    made = card(qtbot)
    words = [each.text() for each in made.findChildren(QLabel)]
    assert "2 valeurs hors intervalle" in words
    assert ", dont 2 critiques\u00a0: potassium, CRP" in words


def test_who_it_is() -> None:
    patient = Patient(family="leroux", given="Jeanne", sex="F", birth="1957-03-14")
    assert patient_name(patient) == "Mme LEROUX Jeanne"
    assert born(patient, date(2026, 3, 13)) == "Née le 14/03/1957 (68\u00a0ans)"
    assert born(Patient(birth="2026-01-20"), date(2026, 3, 13)) == "Né(e) le 20/01/2026 (1\u00a0mois)"
    assert patient_name(Patient()) == "Patient non identifié"
