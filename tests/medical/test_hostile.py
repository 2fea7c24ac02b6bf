"""Bent and huge input: no exception, bounded time. The long campaigns are in ``tests/fuzz``."""

import base64
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mssclient.medical.candidate import Candidate
from mssclient.medical.delivery import plan_delivery
from mssclient.medical.formats import FORMATS, read_documents, recognise
from mssclient.mime.reading import read
from tests.fuzz import medical_archives, medical_hprim
from tests.fuzz.medical_mutations import run
from tests.medical.specimens import GREETING, HEADER, attachment, body, medecin, message, zipped

MEGABYTES = 60 * 1_000_000


@pytest.mark.parametrize("target", [medical_hprim, medical_archives], ids=["messages", "archives"])
def test_a_short_campaign(target: object) -> None:
    specimens: list[bytes] = target.SPECIMENS  # type: ignore[attr-defined]
    check: Callable[[bytes], None] = target.check  # type: ignore[attr-defined]
    assert run(specimens, check, 1.5, 20260115) == 0


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=500))
def test_any_bytes_as_any_file(data: bytes) -> None:
    for name in ("a.hpr", "IHE_XDM.zip", "a.xml", "a.pdf", "a.apz", "winmail.dat"):
        candidate = Candidate("1", lambda: data, filename=name)
        for one in FORMATS:
            one.recognise(candidate, True)


_LINES = st.sampled_from(
    [*HEADER, "", "****LAB****", "****FIN****", "****FINFICHIER****", "TEX|TITRE", "TEX|remarque",
     "RES|Sodium|NA|N|139|mmol/L|136|145||F|", "> citation", "12/03/1961", "P|1|||||19",
     "H|~^\\&|a||b||ORU|||||P|H2.1~C|2024", "OBX|1|NM|a~b||1|g|1-2|H||F", "A|suite", "L|1"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(_LINES, max_size=60), st.sampled_from(["\n", "\r\n", "\r"]))
def test_lines_in_any_order(lines: list[str], end: str) -> None:
    reading = read(message(body(end.join(lines))))
    matches = recognise(reading, deep=True)
    documents = read_documents(reading, matches)
    assert len(documents) >= len(matches)
    for match in matches:
        assert match.abnormal >= match.critical
        assert match.results >= match.abnormal
    plan_delivery(reading)


@pytest.mark.parametrize(
    "make",
    [
        lambda: body("a" * MEGABYTES),
        lambda: body("12/03/1961\n" * (MEGABYTES // 11)),
        lambda: body("RES|a|b|N|1|\n" * (MEGABYTES // 13)),
        lambda: body("****FIN****\n" * (MEGABYTES // 12)),
        lambda: body("> " * (MEGABYTES // 2)),
        lambda: body("=E9=\n" * (MEGABYTES // 5)),
        lambda: body("&eacute;" * (MEGABYTES // 8)),
        lambda: body("<" * MEGABYTES, kind="html"),
        lambda: body("<style>" * (MEGABYTES // 7), kind="html"),
        lambda: body("<br>" * (MEGABYTES // 4), kind="html"),
        lambda: body("H|~^\\&|" * (MEGABYTES // 7)),
        lambda: attachment(
            b"<ClinicalDocument xmlns='urn:hl7-org:v3'>" + b"<a/>" * (MEGABYTES // 4), "a.xml"
        ),
        lambda: attachment(b"<" * MEGABYTES, "a.xml"),
        lambda: attachment(b"<!--" * (MEGABYTES // 4), "a.xml"),
        lambda: attachment(b"%PDF-" + b"x" * MEGABYTES, "a.hpr"),
        lambda: attachment(b"PK\x03\x04" * (MEGABYTES // 4), "IHE_XDM.zip"),
        lambda: attachment(b"\xe9" * MEGABYTES, "a.txt", "text/plain"),
        lambda: attachment("Ã©".encode() * (MEGABYTES // 4), "a.txt", "text/plain"),
        lambda: attachment(medecin().encode("utf-16") + b"a\x00" * (MEGABYTES // 2), "a.hpr"),
    ],
    ids=["letters", "dates", "results", "ends", "quotes", "soft-breaks", "entities", "tags", "styles",
         "breaks", "separators", "elements", "angles", "comments", "pdf", "zip", "latin", "twice", "wide"],
)  # fmt: skip
def test_sixty_megabytes(make: Callable[[], bytes]) -> None:
    """The shallow look within a second, all that ``inspect`` does within the two that CLI.md gives it."""
    reading = read(message(make()))  # made here: as parameters they would all be held to the end of the run
    started = time.process_time()
    matches = recognise(reading)
    shallow = time.process_time() - started
    started = time.process_time()
    recognise(reading, deep=True)
    deep = time.process_time() - started
    assert shallow < 2, matches
    assert deep < 3


def test_many_parts_and_many_members() -> None:
    data = medecin().encode("cp1252")
    reading = read(message(*[attachment(data, f"{number}.hpr") for number in range(1500)]))
    started = time.process_time()
    assert 0 < len(recognise(reading)) <= 200
    archive = zipped({f"{number}.hpr": data for number in range(2000)})
    assert len(recognise(read(message(GREETING, attachment(archive, "r.zip"))), deep=True)) == 200
    assert time.process_time() - started < 4


def test_a_header_below_megabytes_of_base64_noise() -> None:
    noise = base64.encodebytes(bytes(range(256)) * 4000).decode()
    reading = read(message(body(noise + "\n" + medecin())))
    (match,) = recognise(reading)
    assert match.patients[0].family == "MARCHAND"
