"""The files inside the corpus are true files of their kind."""

import email
import io
import zipfile
from collections.abc import Iterator
from datetime import date

import pypdfium2
import pytest
from lxml import etree
from PIL import Image

from mssclient.demo.corpus import DemoMessage, build

MESSAGES = build(date(2026, 11, 24))


def _files(message: DemoMessage) -> Iterator[tuple[str, str, bytes]]:
    if message.shape.startswith("broken"):
        return
    for part in email.message_from_bytes(message.raw).walk():
        if not part.is_multipart() and (part.get_filename() or part.get_content_maintype() == "image"):
            yield part.get_filename() or "", part.get_content_type(), part.get_payload(decode=True)


ALL = [(message.key, *file) for message in MESSAGES for file in _files(message)]


def _of(test: str) -> list[pytest.ParameterSet]:
    found = [(key, data) for key, name, kind, data in ALL if test in kind or name.lower().endswith(test)]
    assert found
    return [pytest.param(data, id=f"{key}-{n}") for n, (key, data) in enumerate(found)]


@pytest.mark.parametrize("data", _of(".pdf"))
def test_pdf_opens_and_is_read(data: bytes) -> None:
    document = pypdfium2.PdfDocument(data)
    try:
        page = document[0]
        words = page.get_textpage().get_text_bounded()
        assert len(words) > 80 or b"/DCTDecode" in data
        assert page.render(scale=0.25).to_pil().convert("L").getextrema()[0] < 200
    finally:
        document.close()


@pytest.mark.parametrize("data", _of("image/"))
def test_picture_opens(data: bytes) -> None:
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        assert min(picture.size) >= 90


@pytest.mark.parametrize("data", _of("ihe_xdm.zip"))
def test_archive_has_the_layout_of_xdm(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert {"INDEX.HTM", "README.TXT", "IHE_XDM/SUBSET01/METADATA.XML"} <= set(names)
        documents = [n for n in names if n.startswith("IHE_XDM/SUBSET01/DOC")]
        metadata = etree.fromstring(archive.read("IHE_XDM/SUBSET01/METADATA.XML"))
        uris = metadata.xpath("//*[local-name()='Slot'][@name='URI']//*[local-name()='Value']/text()")
        assert [f"IHE_XDM/SUBSET01/{uri}" for uri in uris] == documents
        for name in documents:
            root = etree.fromstring(archive.read(name))
            assert root.tag == "{urn:hl7-org:v3}ClinicalDocument"
            ins = root.xpath("//*[local-name()='patientRole']/*[local-name()='id'][1]")[0]
            assert ins.get("root") == "1.2.250.1.213.1.4.10"
            assert ins.get("extension") in metadata.xpath("string(//*[@name='sourcePatientId'])")


@pytest.mark.parametrize("data", _of(".docx"))
def test_word_file_is_well_formed(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist()[0] == "[Content_Types].xml"
        for name in archive.namelist():
            etree.fromstring(archive.read(name))
