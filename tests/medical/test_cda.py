"""CDA and XDM: the published samples, and archives and XML made to hurt."""

import base64
import time

import pytest

from mssclient.medical import cda
from mssclient.medical.archives import Limits, read_tnef, read_zip
from mssclient.medical.formats import read_documents, recognise
from mssclient.medical.markup import Unreadable, parse_xml, root_hint
from mssclient.mime.reading import read
from mssclient.model.documents import DocumentMatch
from tests.medical.specimens import GREETING, attachment, message, tnef, zipped
from tests.reference import shared_data

CDA = """<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <realmCode code="FR"/><id root="1.2.3"/>
  <code code="11502-2" displayName="CR d'examens biologiques"/>
  <title>Compte rendu de biologie</title>
  <effectiveTime value="20240117103000+0100"/>
  <recordTarget><patientRole>
    <id extension="261034410900247" root="1.2.250.1.213.1.4.10"/><id extension="PAT0012" root="1.2.3.4"/>
    <patient><name><family qualifier="CL">VASSEUR</family><family qualifier="BR">MARCHAND</family>
      <given>Élodie Anne</given><given qualifier="BR">Élodie</given></name>
      <administrativeGenderCode code="F"/><birthTime value="19610312"/></patient>
  </patientRole></recordTarget>
  <author><assignedAuthor><assignedPerson><name><given>Jeanne</given><family>DURAND</family></name>
  </assignedPerson></assignedAuthor></author>
  <component><structuredBody><component><section><title>BIOCHIMIE</title>
    <text><table><tr><td><content ID="r1">Potassium</content></td><td>6,9 mmol/L</td></tr></table></text>
    <entry><observation classCode="OBS" moodCode="EVN"><templateId root="1.3.6.1.4.1.19376.1.3.1.6"/>
      <code code="2823-3" displayName="Potassium [Moles/Volume] Sérum"><originalText><reference value="#r1"/>
      </originalText></code><statusCode code="completed"/><value xsi:type="PQ" value="6.9" unit="mmol/L"/>
      <interpretationCode code="HH"/><referenceRange><observationRange><value xsi:type="IVL_PQ">
      <low value="3.5"/><high value="5.0"/></value></observationRange></referenceRange></observation></entry>
  </section></component></structuredBody></component>
</ClinicalDocument>
"""

METADATA = """<?xml version="1.0"?>
<SubmitObjectsRequest xmlns="urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0"
 xmlns:rim="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"><rim:RegistryObjectList>
 <rim:ExtrinsicObject id="d1" mimeType="text/xml">
  <rim:Slot name="creationTime"><rim:ValueList>
   <rim:Value>20240117103000</rim:Value></rim:ValueList></rim:Slot>
  <rim:Slot name="sourcePatientInfo"><rim:ValueList><rim:Value>PID-5|MARCHAND^Élodie^^^^^L</rim:Value>
   <rim:Value>PID-7|19610312</rim:Value><rim:Value>PID-8|F</rim:Value></rim:ValueList></rim:Slot>
  <rim:Name><rim:LocalizedString value="CR de biologie"/></rim:Name>
  <rim:Classification><rim:Slot name="authorPerson"><rim:ValueList>
   <rim:Value>801234534765^DURAND^Jeanne^^^^^^&amp;1.2.250.1.71.4.2.1&amp;ISO</rim:Value>
   </rim:ValueList></rim:Slot></rim:Classification>
  <rim:ExternalIdentifier value="261034410900247^^^&amp;1.2.250.1.213.1.4.10&amp;ISO^NH"/>
 </rim:ExtrinsicObject></rim:RegistryObjectList></SubmitObjectsRequest>
"""


def xdm(**members: bytes) -> bytes:
    content: dict[str, bytes] = {
        "INDEX.HTM": b"<html/>",
        "README.TXT": b"XDM",
        "IHE_XDM/SUBSET01/METADATA.XML": METADATA.encode(),
    }
    return zipped(content | {f"IHE_XDM/SUBSET01/{name}": data for name, data in members.items()})


def matched(part: bytes) -> tuple[DocumentMatch, ...]:
    return recognise(read(message(GREETING, part)), deep=True)


# -- published samples -------------------------------------------------------------------------------


def test_the_published_samples() -> None:
    """All 46: patient, title, date and author found, in a tenth of a second each."""
    paths = sorted(shared_data("cda").glob("*.xml"))
    assert len(paths) >= 40
    for path in paths:
        data = path.read_bytes()
        started = time.perf_counter()
        (match,) = matched(attachment(data, "DOC.XML", "text/xml"))
        (document,) = read_documents(read(message(GREETING, attachment(data, "DOC.XML"))), (match,))
        assert time.perf_counter() - started < 2, path.name
        assert match.kind == "cda"
        assert match.title, path.name
        assert match.date, path.name
        assert match.author, path.name
        (patient,) = match.patients
        assert patient.family, path.name
        assert patient.given, path.name
        assert patient.birth, path.name
        assert patient.ins, path.name
        assert document.patient == patient
        assert not document.problem
        assert document.text or cda.embedded_pdf(data), path.name


@pytest.mark.parametrize(
    ("name", "results", "abnormal"),
    [
        ("BIO-CR-BIO_2024.01_TSH_1.xml", 2, 1),
        ("BIO-CR-BIO_2021.01_Auto-Presentable.xml", 11, 3),
        ("BIO-CR-BIO_2023.01_Electrophorese.xml", 40, 6),
        ("BIO-CR-BIO_2021.01_CDA-R2-Niveau-1.xml", 0, 0),
    ],
)
def test_results_of_the_published_samples(name: str, results: int, abnormal: int) -> None:
    (match,) = matched(attachment(shared_data("cda", name).read_bytes(), name))
    assert (match.results, match.abnormal) == (results, abnormal)


def test_level_one_carries_its_pdf() -> None:
    data = shared_data("cda", "IMG_CR_IMG_2024.01_CDA-R2-Niveau-1.xml").read_bytes()
    found = cda.embedded_pdf(data)
    assert found is not None
    assert found.startswith(b"%PDF-")


# -- our own -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_header_and_result(encoding: str) -> None:
    (match,) = matched(attachment(CDA.encode(encoding), "d.xml"))
    (patient,) = match.patients
    assert (patient.family, patient.given, patient.birth, patient.sex) == (
        "MARCHAND",
        "Élodie",
        "1961-03-12",
        "F",
    )
    assert (patient.ins, patient.number) == ("261034410900247", "PAT0012")
    assert (match.title, match.author) == ("Compte rendu de biologie", "Jeanne DURAND")
    assert match.date == "2024-01-17T10:30:00+01:00"
    assert (match.results, match.abnormal, match.critical) == (1, 1, 1)


def test_shallow_does_not_parse() -> None:
    (match,) = recognise(read(message(GREETING, attachment(CDA.encode(), "d.xml"))))
    assert (match.kind, match.patients, match.title) == ("cda", (), None)


def test_narrative_and_lines() -> None:
    document = cda.read_document(CDA.encode(), "2")
    assert document.text == "BIOCHIMIE\n\nPotassium\t6,9 mmol/L"
    assert [(line.label, line.value, line.heading) for line in document.lines] == [
        ("BIOCHIMIE", "", True),
        ("Potassium", "6.9", False),
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<recordTarget>", "<recordTarget><nothing/></recordTarget><x>"),
        ('<birthTime value="19610312"/>', "<birthTime/>"),
        ("<title>Compte rendu de biologie</title>", ""),
        ('<effectiveTime value="20240117103000+0100"/>', '<effectiveTime nullFlavor="UNK"/>'),
        ("<author>", "<autre>"),
    ],
)
def test_poor_documents_are_still_listed(old: str, new: str) -> None:
    data = CDA.replace(old, new)
    (match,) = matched(attachment(data.encode(), "d.xml"))
    assert match.kind == "cda"
    assert read_documents(read(message(GREETING, attachment(data.encode(), "d.xml"))))


_LEVELS = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
BOMB = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{_LEVELS}]>'


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (
            (
                BOMB + "<ClinicalDocument xmlns='urn:hl7-org:v3'><title>&j;</title></ClinicalDocument>"
            ).encode(),
            "doctype",
        ),
        (b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><ClinicalDocument xmlns='urn:hl7-org:v3'/>", "doctype"),
        (b"<ClinicalDocument xmlns='urn:hl7-org:v3'>", "not-xml"),
        (b"<ClinicalDocument xmlns='urn:hl7-org:v3'>" + b"<a>" * 100_000, "not-xml"),
        (("<!DOCTYPE a><ClinicalDocument xmlns='urn:hl7-org:v3'/>").encode("utf-16"), "doctype"),
        (b"\x00<\x00?\x00x", "not-xml"),
        (b"", "not-xml"),
    ],
)
def test_hostile_xml(data: bytes, reason: str) -> None:
    started = time.perf_counter()
    with pytest.raises(Unreadable) as refusal:
        parse_xml(data)
    assert str(refusal.value) == reason
    assert cda.read_document(data, "1").problem
    assert cda.embedded_pdf(data) is None
    assert time.perf_counter() - started < 2


def test_too_big_is_not_parsed() -> None:
    data = b"<ClinicalDocument xmlns='urn:hl7-org:v3'>" + b" " * 31_000_000
    assert "trop gros" in cda.read_document(data, "1").problem


def test_many_nested_elements_do_not_recurse() -> None:
    deep = "<paragraph>" * 1500 + "mot" + "</paragraph>" * 1500
    data = CDA.replace("<table>", deep + "<table>", 1).encode()
    assert "mot" in cda.read_document(data, "1").text


def test_root_hints() -> None:
    assert root_hint(b"<?xml version='1.0'?><!-- <x> --><a:b c='d'/>") == ("b", " c='d'/")
    assert root_hint(b"texte <a>") == ("", "")


# -- archives ----------------------------------------------------------------------------------------


def test_an_xdm() -> None:
    matches = matched(attachment(xdm(**{"DOC0001.XML": CDA.encode()}), "IHE_XDM.zip", "application/zip"))
    assert [(one.kind, one.entry) for one in matches] == [
        ("xdm", ""),
        ("cda", "IHE_XDM/SUBSET01/DOC0001.XML"),
    ]
    archive, document = matches
    assert archive.patients == document.patients
    assert (archive.title, archive.author) == ("Compte rendu de biologie", "Jeanne DURAND")
    assert archive.results == 0
    assert document.results == 1


def test_an_xdm_without_readable_document() -> None:
    """METADATA.XML alone still tells whose it is."""
    (archive,) = matched(attachment(xdm(), "ihe_xdm.ZIP", "application/zip"))
    assert (archive.title, archive.author, archive.date) == (
        "CR de biologie",
        "Jeanne DURAND",
        "2024-01-17T10:30:00",
    )
    (patient,) = archive.patients
    assert (patient.family, patient.given, patient.ins) == ("MARCHAND", "Élodie", "261034410900247")
    (document,) = read_documents(read(message(GREETING, attachment(xdm(), "ihe_xdm.ZIP"))))
    assert document.problem


def test_an_xdm_of_another_name() -> None:
    data = attachment(xdm(**{"DOC.XML": CDA.encode(), "CR.PDF": b"%PDF-1.4"}), "envoi.zip", "application/zip")
    assert [one.kind for one in matched(data)] == ["xdm", "cda", "pdf"]
    assert [one.kind for one in recognise(read(message(GREETING, data)))] == ["xdm"]


def test_a_damaged_xdm_is_listed() -> None:
    data = xdm(**{"DOC.XML": CDA.encode()})
    (match,) = matched(attachment(data[: len(data) // 2], "IHE_XDM.ZIP"))
    assert match.kind == "xdm"


def test_a_zip_that_only_calls_itself_xdm() -> None:
    assert matched(attachment(zipped({"photo.txt": b"bonjour"}), "IHE_XDM.zip")) == ()


def test_a_zip_bomb() -> None:
    started = time.perf_counter()
    bomb = zipped({"IHE_XDM/METADATA.XML": METADATA.encode(), "IHE_XDM/DOC.XML": b"<" + b" " * 20_000_000})
    metadata, packed = read_zip(bomb)
    assert metadata.content
    assert (packed.problem, packed.content) == ("bomb", b"")
    (huge,) = read_zip(zipped({"a": b" " * 200_000_000}))
    assert (huge.problem, huge.content) == ("too-big", b"")
    reading = read(message(GREETING, attachment(bomb, "IHE_XDM.zip")))
    assert [one.kind for one in recognise(reading, deep=True)] == ["xdm"]
    (document,) = read_documents(reading)
    assert "trop grosse" in document.problem
    assert time.perf_counter() - started < 6


def test_limits_of_archives() -> None:
    many = zipped({f"{number}.txt": b"x" for number in range(600)})
    assert len(read_zip(many)) == 500
    names = {"a/" * 20 + "x.txt": b"x", "n" * 400 + ".txt": b"x", "ok/../../x.txt": b"x"}
    assert [one.name for one in read_zip(zipped(names))] == ["ok/../../x.txt"]
    limits = Limits(octets=1000, member_octets=600)
    random = base64.b64encode(bytes(range(256)))
    found = read_zip(zipped({"1": random, "2": random, "3": random, "4": random}), limits)
    assert [(len(one.content), one.problem) for one in found] == [
        (344, ""),
        (344, ""),
        (0, "too-big"),
        (0, "too-big"),
    ]
    assert read_zip(b"PK\x03\x04rubbish") == ()
    assert read_zip(b"") == ()


def test_a_member_without_a_name() -> None:
    data = zipped({"a": b"x"}).replace(b"\x01\x00\x00\x00a", b"\x00\x00\x00\x00a")
    read_zip(data)
    nameless = bytearray(zipped({"a": b"x"}))
    at = nameless.index(b"PK\x01\x02") + 28
    nameless[at : at + 2] = b"\x00\x00"
    assert read_zip(bytes(nameless)) == ()


def test_encrypted_members() -> None:
    data = bytearray(zipped({"IHE_XDM/METADATA.XML": b"x"}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (member,) = read_zip(bytes(data))
    assert member.problem == "encrypted"
    (document,) = read_documents(read(message(GREETING, attachment(bytes(data), "IHE_XDM.zip"))))
    assert "chiffrée" in document.problem


def test_a_member_that_is_damaged() -> None:
    data = bytearray(zipped({"a.txt": b"bonjour " * 500}))
    data[40:60] = b"\xff" * 20
    (member,) = read_zip(bytes(data))
    assert member.problem == "damaged"


def test_winmail() -> None:
    assert [(one.name, one.content) for one in read_tnef(tnef({"é.hpr": b"abc", "b.pdf": b"x"}))] == [
        ("é.hpr", b"abc"),
        ("b.pdf", b"x"),
    ]
    for stop in range(0, 80, 3):
        read_tnef(tnef({"a.hpr": b"abc"})[:stop])
    assert read_tnef(b"") == ()


def test_xdm_two_documents_share_the_first_patient() -> None:
    second = CDA.replace("Compte rendu de biologie", "Second compte rendu")
    data = attachment(xdm(**{"DOC1.XML": CDA.encode(), "DOC2.XML": second.encode()}), "IHE_XDM.zip")
    assert [one.title for one in matched(data)] == [
        "Compte rendu de biologie",
        "Compte rendu de biologie",
        "Second compte rendu",
    ]
