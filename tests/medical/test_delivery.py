"""What goes into the watched directory, under which names, and how it gets there."""

import hashlib
import io
import re
import warnings
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mssclient.medical import delivery
from mssclient.medical.delivery import DeliveryOptions, plan_delivery, safe_stem
from mssclient.medical.formats import recognise
from mssclient.mime.reading import read
from mssclient.model.records import from_wire, to_wire
from tests.medical.decoys import decoys
from tests.medical.specimens import (
    GREETING,
    RESULTS,
    SANTE,
    Specimen,
    attachment,
    body,
    medecin,
    message,
    positives,
    with_lines,
    zipped,
)

SECOND = with_lines(line2="QUENTIN", line3="Hugo", line7="02/11/1999", line8="", line9="D240117-32")


def planned(raw: bytes, **options: object) -> list[delivery.Deliverable]:
    return plan_delivery(read(raw), (), DeliveryOptions(**options))  # type: ignore[arg-type]


# -- the plan ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("charset", ["cp1252", "utf-8", "mac_roman", "utf-16-le"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_attached_bytes_are_unchanged(charset: str, end: str) -> None:
    data = medecin().replace("\n", end).encode(charset)
    (piece,) = planned(message(GREETING, attachment(data, "R1.HPR")))
    assert piece.content == data
    assert piece.sha256 == hashlib.sha256(data).hexdigest()
    assert (piece.kind, piece.number, piece.date, piece.code) == (
        "hprim-medecin",
        "D240117-31",
        "2024-01-17",
        "",
    )
    assert [one.family for one in piece.patients] == ["MARCHAND"]


def test_a_body_is_written_in_windows_1252() -> None:
    text = "Bonjour,\n\n" + medecin(text=("", "Débit ≥ 60 — élevé →", "")) + "--\nConfidentiel\n"
    (piece,) = planned(message(body(text)))
    assert piece.content == medecin(text=("", "Débit >= 60 — élevé ->", "")).replace("\n", "\r\n").encode(
        "cp1252"
    )
    (piece,) = planned(message(body(text)), charset="utf-8")
    assert "Débit ≥ 60".encode() in piece.content


def test_a_quoted_body_is_cut_out() -> None:
    quoted = "\n".join("> " + line for line in medecin().splitlines())
    (piece,) = planned(message(body("Voici\n\n" + quoted + "\n\nBien à vous\n")))
    assert piece.content == medecin().replace("\n", "\r\n").encode("cp1252")


def test_a_sante_body() -> None:
    (piece,) = planned(message(body("Bonjour\n\n" + SANTE + "\n\nCordialement\n")))
    assert piece.content == (SANTE + "\n").replace("\n", "\r\n").encode("cp1252")
    assert piece.kind == "hprim-sante"


def test_the_same_words_have_the_same_key() -> None:
    """In a file or in the text, whatever the charset and the line ends; other values have another."""
    keys = {
        planned(raw)[0].key
        for raw in (
            message(GREETING, attachment(medecin().encode("cp1252"), "a.hpr")),
            message(GREETING, attachment(medecin().replace("\n", "\r\n").encode(), "b.txt")),
            message(body(medecin())),
            message(body("> " + medecin().replace("\n", "\n> "))),
        )
    }
    assert len(keys) == 1
    other = medecin(results=tuple(line.replace("6,9|", "4,1|") for line in RESULTS))
    assert planned(message(body(other)))[0].key not in keys


def test_once_in_the_text_and_once_in_a_file() -> None:
    raw = message(body(medecin()), attachment(medecin().encode("cp1252"), "1.hpr"))
    first, second = planned(raw)
    assert (first.part, first.code) == ("2", "")
    assert (second.part, second.code, second.content) == ("1", "same-content", b"")
    assert second.reason
    # the text of many senders lacks the block of results: still the same result
    raw = message(body(medecin(results=())), attachment(medecin().encode("cp1252"), "1.hpr"))
    assert [piece.code for piece in planned(raw)] == ["", "same-content"]
    html = "<pre>" + medecin() + "</pre>"
    raw = message(body(medecin()), body(html, kind="html"), subtype="alternative")
    assert [piece.code for piece in planned(raw)] == [""]


def test_two_files_of_one_dossier_are_both_written() -> None:
    other = medecin(results=tuple(line.replace("6,9|", "4,1|") for line in RESULTS))
    raw = message(GREETING, attachment(medecin().encode(), "1.hpr"), attachment(other.encode(), "2.hpr"))
    assert [piece.code for piece in planned(raw)] == ["", ""]


def test_what_is_not_written_is_said() -> None:
    fragment = "\n".join(RESULTS).encode("cp1252")
    raw = message(
        body("$APICRYPT 4f2a\n"),
        attachment(fragment, "f.hpr"),
        attachment(b"", "vide.HPR"),
        attachment(b"%PDF-1.4", "cr.hpr"),
        attachment(b"bonjour", "lettre.hpm"),
        attachment(b"secret", "x.apz"),
        attachment(b"%PDF-1.4", "cr.pdf"),
    )
    pieces = planned(raw)
    assert {(piece.part, piece.code) for piece in pieces} >= {
        ("1", "encrypted"),
        ("2", "fragment"),
        ("3", "unreadable"),
        ("4", "unreadable"),
        ("5", "unreadable"),
        ("6", "encrypted"),
    }
    assert all(piece.reason and not piece.content for piece in pieces)
    assert not any(piece.part == "7" for piece in pieces)
    written = [piece for piece in planned(raw, fragments=True) if not piece.code]
    assert [(piece.part, piece.content, piece.fragment) for piece in written] == [("2", fragment, True)]


def test_asked_matches_only() -> None:
    reading = read(
        message(GREETING, attachment(medecin().encode(), "1.hpr"), attachment(SANTE.encode(), "2.hpr"))
    )
    matches = recognise(reading)
    assert [piece.part for piece in plan_delivery(reading, matches[1:])] == ["3"]


@pytest.mark.parametrize("specimen", [*positives(), *decoys()], ids=lambda one: one.name)
def test_matches_change_nothing_of_the_plan(specimen: Specimen) -> None:
    reading = read(specimen.raw)
    for deep in (False, True):
        matches = recognise(reading, deep=deep)
        wanted = {(match.part, match.entry) for match in matches}
        whole = [one for one in plan_delivery(reading) if (one.part, one.entry) in wanted]
        if matches and not any(one.code == "same-content" for one in whole):
            assert plan_delivery(reading, matches) == whole


def test_a_match_is_not_taken_for_another_file() -> None:
    """Two files of one name in an archive, and a match that was made by another version."""
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w") as archive:
        warnings.simplefilter("ignore")
        for text in (SANTE, SANTE.replace("MARCHAND", "QUENTINS")):
            archive.writestr("R1.HPR", text.encode("cp1252"))
    reading = read(message(GREETING, attachment(out.getvalue(), "r.zip")))
    matches = recognise(reading, deep=True)
    assert plan_delivery(reading, matches) == plan_delivery(reading)
    reading = read(message(GREETING, attachment(medecin().encode("cp1252"), "1.hpr")))
    (match,) = recognise(reading)
    for stale in (replace(match, kind="hprim-sante"), replace(match, octets=1)):
        assert plan_delivery(reading, [stale]) == plan_delivery(reading)


def test_zip_members() -> None:
    data = medecin().encode("cp1252")
    (piece,) = planned(message(GREETING, attachment(zipped({"dossier/R 1.HPR": data}), "r.zip")))
    assert (piece.part, piece.entry, piece.content) == ("2", "dossier/R 1.HPR", data)
    assert piece.name.startswith("R_1_")


def test_companions_go_first_under_their_own_name() -> None:
    text = SANTE.replace("C|1||Contrôle", "OBX|9|FIC|PDF~CR||DOS00317.PDF|||\nC|1||Contrôle")
    raw = message(
        GREETING, attachment(text.encode("cp1252"), "DOS00317.HPR"), attachment(b"%PDF-1.4", "dos00317.pdf")
    )
    companion, file = planned(raw)
    assert (companion.kind, companion.name, companion.is_fixed) == ("companion", "dos00317.pdf", True)
    assert file.kind == "hprim-sante"
    evil = raw.replace(b"dos00317.pdf", b"../os00317.pdf")
    assert [piece.kind for piece in planned(evil)] == ["hprim-sante"]


@pytest.mark.parametrize("charset", ["cp1252", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_one_file_a_patient(charset: str, end: str) -> None:
    first = medecin(closing=("****FIN****",))
    data = (first + medecin(SECOND)).replace("\n", end).encode(charset)
    pieces = planned(message(GREETING, attachment(data, "2.hpr")), split_patients=True)
    wanted = [first + "****FINFICHIER****\n", medecin(SECOND)]
    assert [piece.content for piece in pieces] == [text.replace("\n", end).encode(charset) for text in wanted]
    assert [piece.patients[0].family for piece in pieces] == ["MARCHAND", "QUENTIN"]
    assert len({piece.name for piece in pieces}) == 2
    (whole,) = planned(message(GREETING, attachment(data, "2.hpr")))
    assert whole.content == data
    assert [one.family for one in whole.patients] == ["MARCHAND", "QUENTIN"]


def test_one_file_a_patient_of_a_body() -> None:
    raw = message(body("Bonjour\n" + medecin(closing=("****FIN****",)) + medecin(SECOND)))
    pieces = planned(raw, split_patients=True)
    assert [piece.content.count(b"****FINFICHIER****") for piece in pieces] == [1, 1]


def test_what_cannot_be_cut_exactly_goes_out_whole() -> None:
    data = (medecin(closing=("****FIN****",)) + medecin(SECOND)).replace("é", "&eacute;").encode("cp1252")
    (piece,) = planned(message(GREETING, attachment(data, "2.hpr")), split_patients=True)
    assert piece.content == data


@pytest.mark.parametrize(
    ("name", "option", "extension"),
    [
        ("R1.HPR", "keep", ".HPR"),
        ("r1.hpm", "keep", ".hpm"),
        ("r1.txt", "keep", ".txt"),
        ("r1.exe", "keep", ".hpr"),
        ("r1", "keep", ".hpr"),
        ("R1.HPR", ".hpr", ".hpr"),
        ("R1.HPR", ".txt", ".txt"),
    ],
)
def test_extensions(name: str, option: str, extension: str) -> None:
    (piece,) = planned(message(GREETING, attachment(medecin().encode(), name)), extension=option)
    assert piece.extension == extension
    assert piece.name.count(".") == 1


@given(st.text(max_size=120))
def test_stems_are_safe(name: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,40}", safe_stem(name))


def test_stems() -> None:
    assert safe_stem("../../é tat.1.HPR") == "e_tat_1"
    assert safe_stem(r"C:\temp\R1.HPR") == "R1"
    assert safe_stem("日本.hpr") == "HPRIM"
    assert safe_stem(".hpr") == "hpr"


def test_plans_cross_the_process_wall() -> None:
    pieces = planned(message(body(medecin()), attachment(medecin().encode("cp1252"), "1.hpr")))
    assert from_wire(to_wire(pieces), list[delivery.Deliverable]) == pieces


def test_every_specimen_has_a_plan() -> None:
    for specimen in [*positives(), *decoys()]:
        pieces = planned(specimen.raw)
        wanted = {kind for kind in specimen.kinds if kind in delivery.DELIVERED_KINDS}
        found = {piece.kind for piece in pieces if not piece.code}
        assert found == (set() if specimen.fragment else wanted), specimen.name
