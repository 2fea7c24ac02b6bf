"""What goes into the watched directory, under which names, and how it gets there."""

import errno
import hashlib
import os
import re
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mssclient.medical import delivery, depot
from mssclient.medical.delivery import DeliveryOptions, plan_delivery, safe_stem
from mssclient.medical.depot import check_directory, sweep, write_file
from mssclient.medical.formats import recognise
from mssclient.mime.reading import read
from mssclient.model.errors import MssError, Refused, WorldError
from mssclient.model.records import from_wire, to_wire
from tests.medical.specimens import (
    GREETING,
    RESULTS,
    SANTE,
    attachment,
    body,
    decoys,
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


# -- writing -----------------------------------------------------------------------------------------


@pytest.fixture
def watched(tmp_path: Path) -> Path:
    folder = tmp_path / "cabinet" / "hprim"
    folder.mkdir(parents=True)
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_whole(watched: Path) -> None:
    assert write_file(watched, "R1.hpr", b"abc") == "R1.hpr"
    assert (watched / "R1.hpr").read_bytes() == b"abc"
    assert names(watched) == ["R1.hpr"]
    assert names(watched.parent) == ["hprim"]  # the hidden folder is gone


def test_nothing_half_written_is_ever_seen(watched: Path) -> None:
    """A reader that takes all it sees, as fast as it can, only ever gets whole files."""
    content = b"x" * 3_000_000
    sizes: list[int] = []
    stop = threading.Event()

    def take() -> None:
        while not stop.is_set():
            for path in watched.iterdir():
                sizes.append(path.stat().st_size)
                path.unlink()

    reader = threading.Thread(target=take)
    reader.start()
    try:
        for number in range(20):
            write_file(watched, f"R{number}.hpr", content)
    finally:
        stop.set()
        reader.join(10)
    sizes.extend(path.stat().st_size for path in watched.iterdir())
    assert sizes == [len(content)] * 20


def test_nothing_is_overwritten(watched: Path) -> None:
    (watched / "R1.hpr").write_bytes(b"du logiciel")
    assert write_file(watched, "R1.hpr", b"abc") == "R1-2.hpr"
    assert write_file(watched, "R1.hpr", b"def") == "R1-3.hpr"
    assert (watched / "R1.hpr").read_bytes() == b"du logiciel"


def test_the_same_file_is_not_written_twice(watched: Path) -> None:
    """A run that died before the ledger: its file is known by its bytes."""
    assert write_file(watched, "R1.hpr", b"abc") == "R1.hpr"
    assert write_file(watched, "R1.hpr", b"abc") == "R1.hpr"
    assert names(watched) == ["R1.hpr"]


def test_a_fixed_name_is_that_name_or_nothing(watched: Path) -> None:
    write_file(watched, "DOS1.PDF", b"abc", fixed=True)
    assert write_file(watched, "DOS1.PDF", b"abc", fixed=True) == "DOS1.PDF"
    with pytest.raises(WorldError) as refusal:
        write_file(watched, "DOS1.PDF", b"autre", fixed=True)
    assert refusal.value.code == "name-taken"
    assert names(watched) == ["DOS1.PDF"]


def test_short_names_count(watched: Path) -> None:
    found = [write_file(watched, "nom_tres_long_du_fichier.HPR", b"abc", short=True) for _count in range(3)]
    assert found == ["MSS00001.HPR", "MSS00002.HPR", "MSS00003.HPR"]


def test_the_flag_comes_last(watched: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    real = depot._move_without_overwriting

    def noted(source: Path, target: Path) -> None:
        order.append(target.name)
        real(source, target)

    monkeypatch.setattr(depot, "_move_without_overwriting", noted)
    assert write_file(watched, "R1.hpr", b"abc", flag_extension=".OK") == "R1.hpr"
    assert order == ["R1.hpr", "R1.OK"]
    assert (watched / "R1.OK").read_bytes() == b""
    # the reader took the file and not its flag: the next file must not stand beside that flag too early
    (watched / "R1.hpr").unlink()
    assert write_file(watched, "R1.hpr", b"def", flag_extension=".OK") == "R1-2.hpr"
    assert names(watched) == ["R1-2.OK", "R1-2.hpr", "R1.OK"]


def test_without_hard_links(watched: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_more: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    assert write_file(watched, "R1.hpr", b"abc") == "R1.hpr"
    assert write_file(watched, "R1.hpr", b"def") == "R1-2.hpr"
    assert write_file(watched, "R1.hpr", b"abc") == "R1.hpr"


def test_inside_when_nothing_may_be_created_beside(watched: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.mkdir

    def refuse(self: Path, *arguments: object, **more: object) -> None:
        if self.parent == watched.parent:
            raise PermissionError(errno.EACCES, "no")
        real(self, *arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "mkdir", refuse)
    assert write_file(watched, "R1.hpr", b"abc") == "R1.hpr"
    assert names(watched) == ["R1.hpr"]


def test_files_are_readable_by_others(watched: Path) -> None:
    old = os.umask(0o022)
    try:
        write_file(watched, "R1.hpr", b"abc")
    finally:
        os.umask(old)
    assert (watched / "R1.hpr").stat().st_mode & 0o777 == 0o644


def test_a_missing_directory(tmp_path: Path) -> None:
    with pytest.raises(WorldError) as refusal:
        write_file(tmp_path / "nulle part", "R1.hpr", b"abc")
    assert refusal.value.code == "hprim-directory-missing"
    assert refusal.value.remedy
    (tmp_path / "fichier").write_bytes(b"")
    with pytest.raises(WorldError) as refusal:
        check_directory(tmp_path / "fichier")
    assert refusal.value.code == "hprim-directory-missing"


def test_a_read_only_directory(watched: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_arguments, **_more: False)  # root may write everywhere
    with pytest.raises(Refused) as refusal:
        write_file(watched, "R1.hpr", b"abc")
    assert refusal.value.code == "hprim-directory-read-only"


@pytest.mark.parametrize(
    ("number", "code", "tries"),
    [
        (errno.ENOSPC, "disk-full", 1),
        (errno.EDQUOT, "disk-full", 1),
        (errno.EROFS, "hprim-directory-read-only", 1),
        (errno.ENOENT, "hprim-directory-missing", 1),
        (errno.EIO, "write-failed", 3),
        (errno.ESTALE, "write-failed", 3),
    ],
)
def test_errors_are_told(
    watched: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str, tries: int
) -> None:
    calls: list[int] = []

    def fail(_descriptor: int) -> None:
        calls.append(number)
        raise OSError(number, "fault")

    monkeypatch.setattr(os, "fsync", fail)
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    with pytest.raises(MssError) as refusal:
        write_file(watched, "R1.hpr", b"abc")
    assert refusal.value.code == code
    assert refusal.value.sentence
    assert len(calls) == tries
    assert names(watched) == []
    assert names(watched.parent) == ["hprim"]


def test_a_passing_error_is_tried_again(watched: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fsync
    failures = [errno.EIO]

    def fail_once(descriptor: int) -> None:
        if failures:
            raise OSError(failures.pop(), "fault")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fail_once)
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    assert write_file(watched, "R1.hpr", b"abc") == "R1.hpr"
    assert names(watched) == ["R1.hpr"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /dev/full to fill a disk")
def test_a_really_full_disk(watched: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def open_full(path: object, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_CREAT:
            return real("/dev/full", os.O_WRONLY)
        return real(path, flags, mode)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", open_full)
    with pytest.raises(WorldError) as refusal:
        write_file(watched, "R1.hpr", b"abc" * 100_000)
    assert refusal.value.code == "disk-full"
    assert names(watched) == []


def test_what_a_killed_run_left_is_swept(watched: Path) -> None:
    for place in (watched.parent / depot.HIDDEN, watched / depot.HIDDEN):
        place.mkdir()
        (place / "reste").write_bytes(b"donnees")
    (watched / "R1.hpr").write_bytes(b"du logiciel")
    assert sweep(watched) == 2
    assert names(watched) == ["R1.hpr"]
    assert names(watched.parent) == ["hprim"]
    assert sweep(watched) == 0
    assert sweep(watched / "absent") == 0


def test_a_link_in_place_of_the_hidden_folder_is_not_followed(watched: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "ailleurs"
    elsewhere.mkdir()
    (elsewhere / "precieux").write_bytes(b"x")
    (watched.parent / depot.HIDDEN).symlink_to(elsewhere)
    assert sweep(watched) == 0
    assert write_file(watched, "R1.hpr", b"abc") == "R1.hpr"
    assert names(elsewhere) == ["precieux"]
