"""PDF, Apicrypt, HPRIM XML: listed, read as far as they can be, and honest about the rest."""

import base64

import pypdfium2 as pdfium
import pytest

from mssclient.medical import cda, xdm
from mssclient.medical.formats import FORMATS, read_documents, recognise
from mssclient.mime.reading import read
from mssclient.model.documents import KINDS, Document
from tests.medical.specimens import GREETING, attachment, body, message, zipped
from tests.medical.test_cda import CDA, METADATA

PAGE = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R
/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj
4 0 obj<</Length 44>>stream
BT /F1 12 Tf 20 100 Td (Compte rendu) Tj ET
endstream endobj
trailer<</Root 1 0 R>>
"""


def documents(part: bytes) -> tuple[Document, ...]:
    return read_documents(read(message(GREETING, part)))


def test_every_kind_has_its_format() -> None:
    assert {one.KIND for one in FORMATS} == set(KINDS)


def test_the_words_of_a_pdf() -> None:
    assert len(pdfium.PdfDocument(PAGE)) == 1
    (document,) = documents(attachment(PAGE, "cr.pdf", "application/pdf"))
    assert (document.kind, document.text, document.problem) == ("pdf", "Compte rendu", "")


@pytest.mark.parametrize("encoding", ["base64", "8bit"])
def test_a_pdf_may_begin_late(encoding: str) -> None:
    """Readers accept the mark within the first kilobyte; a scanner's rubbish may stand before it."""
    data = b"\x00 rubbish \x01" * 60 + PAGE
    part = attachment(data, "cr.pdf", "application/octet-stream")
    if encoding == "8bit":
        part = part.replace(b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: 8bit")
        part = part[: part.index(b"\n\n") + 2] + data
    assert [one.kind for one in recognise(read(message(GREETING, part)))] == ["pdf"]


def test_a_broken_pdf() -> None:
    (document,) = documents(attachment(b"%PDF-1.4 and nothing more", "cr.pdf", "application/pdf"))
    assert document.problem
    assert not document.text


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        (attachment(b"\x01\x02", "x.apz"), "apicrypt"),
        (body("$APICRYPT\nQkFTRTY0\n"), "apicrypt"),
        (attachment(b"<evenementsPMSI xmlns='http://www.hprim.org/hprimXML'/>", "a.xml"), "hprim-xml"),
        (
            attachment(
                "<?xml version='1.0'?><e xmlns='http://www.hprim.org/hprimXML'/>".encode("utf-16"), "a.xml"
            ),
            "hprim-xml",
        ),
    ],
)
def test_what_is_listed_only(part: bytes, kind: str) -> None:
    (document,) = documents(part)
    assert document.kind == kind
    assert document.problem


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        ("<text>Bonjour</text>", "Bonjour"),
        ("<text mediaType='text/plain'> Bonjour </text>", "Bonjour"),
        ("<text mediaType='application/pdf' representation='B64'>JVBERi0=</text>", ""),
        ("<text mediaType='text/rtf'>{rtf}</text>", ""),
        ("", ""),
    ],
)
def test_level_one(inside: str, text: str) -> None:
    head, tail = CDA.split("<component>", 1)[0], f"<component><nonXMLBody>{inside}</nonXMLBody></component>"
    document = cda.read_document((head + tail + "</ClinicalDocument>").encode(), "1")
    assert document.text == text
    assert document.patient.family == "MARCHAND"


def test_embedded_pdfs() -> None:
    def with_value(text: str, **attributes: str) -> bytes:
        words = " ".join(f'{name}="{value}"' for name, value in attributes.items())
        media = f"<observationMedia><value {words}>{text}</value></observationMedia>"
        return CDA.replace("<entry>", f"<entry>{media}</entry><entry>", 1).encode()

    pdf = base64.b64encode(PAGE).decode()
    good = {"mediaType": "application/pdf", "representation": "B64"}
    assert cda.embedded_pdf(with_value(f"\n{pdf}\n", **good)) == PAGE
    assert cda.embedded_pdf(with_value(base64.b64encode(b"MZ").decode(), **good)) is None
    assert cda.embedded_pdf(with_value("é", **good)) is None
    assert cda.embedded_pdf(with_value(pdf, mediaType="application/pdf")) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<rim:Name>", "<rim:Autre>"),
        ("PID-5|MARCHAND^Élodie^^^^^L", "PID-5|MARCHAND"),
        ("801234534765^DURAND^Jeanne", "DURAND"),
        ("^^^&amp;1.2.250.1.213.1.4.10&amp;ISO^NH", "^^^&amp;1.2.3&amp;ISO^PI"),
        ("PID-8|F", "PID-8|?"),
        ("<?xml", "<!DOCTYPE a><?xml"),
    ],
)
def test_poor_metadata(old: str, new: str) -> None:
    metadata = METADATA.replace(old, new).replace("</rim:Name>", "" if "Autre" in new else "</rim:Name>")
    data = zipped({"IHE_XDM/METADATA.XML": metadata.encode()})
    (match,) = recognise(read(message(GREETING, attachment(data, "IHE_XDM.zip"))), deep=True)
    assert match.kind == xdm.KIND
    assert len(match.patients) <= 1


def test_metadata_of_a_patient_without_ins() -> None:
    metadata = METADATA.replace("1.2.250.1.213.1.4.10", "1.2.3")
    data = zipped({"IHE_XDM/METADATA.XML": metadata.encode()})
    (match,) = recognise(read(message(GREETING, attachment(data, "IHE_XDM.zip"))), deep=True)
    assert (match.patients[0].ins, match.patients[0].number) == (None, "261034410900247")
