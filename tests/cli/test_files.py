"""``inspect`` and ``whitelist verify``: files of the disk, no profile."""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.calling import Said, mssclient
from tests.reference import shared_data

SIMPLE = (
    b"From: Dr Paul Martin <p.martin@medecin.mssante.fr>\r\n"
    b"To: a@medecin.mssante.fr\r\n"
    b"Subject: =?utf-8?q?R=C3=A9sultats?=\r\nDate: Mon, 16 Nov 2026 09:12:00 +0100\r\n"
    b"Message-ID: <1@medecin.mssante.fr>\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n'
    b"Content-Type: text/html; charset=utf-8\r\n\r\n"
    b"<p>Bonjour <b>Docteur</b><script>alert(1)</script></p>\r\n"
    b'--b\r\nContent-Type: application/pdf; name="a.pdf.exe"\r\nContent-Disposition: attachment\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n--b--\r\n"
)
KEYS = {
    "headers",
    "from",
    "subject",
    "date",
    "message_id",
    "parts",
    "text",
    "html",
    "documents",
    "verdict",
    "defects",
}


@pytest.fixture
def whitelist() -> Path:
    return shared_data("whitelist", "listeblanchemssante-2025-02-28.xml")


def _inspect(folder: Path, raw: bytes, *more: str | Path, limit_s: float = 60.0) -> Said:
    file = folder / "m.eml"
    file.write_bytes(raw)
    return mssclient("--json", "inspect", file, *more, limit_s=limit_s)


def test_a_message_is_told(home: Path) -> None:
    said = _inspect(home, SIMPLE)
    assert said.code == 0, said.err
    told = said.json
    assert set(told) >= KEYS
    assert told["from"] == {"address": "p.martin@medecin.mssante.fr", "name": "Dr Paul Martin"}
    assert told["subject"] == "Résultats"
    assert told["date"] == "2026-11-16T09:12:00+01:00"
    assert told["message_id"] == "<1@medecin.mssante.fr>"
    assert ["Subject", "Résultats"] in told["headers"]
    html, pdf = told["parts"]
    assert (html["path"], html["type"], html["charset"]) == ("1", "text/html", "utf-8")
    assert pdf["path"] == "2"
    assert pdf["octets"] == 4
    assert pdf["sha256"] == hashlib.sha256(b"%PDF").hexdigest()
    assert "double-extension" in pdf["flags"]
    assert pdf["disposition"] == "attachment"
    assert "Bonjour Docteur" in told["text"]
    assert "alert" not in told["text"]
    assert "script" not in told["html"]
    assert said.err == ""
    assert not list(home.rglob("store.db")), "no profile is made"


def test_words_without_json(home: Path) -> None:
    (home / "m.eml").write_bytes(SIMPLE)
    said = mssclient("inspect", home / "m.eml")
    assert said.code == 0
    assert "Objet\u00a0: Résultats" in said.text
    assert "Bonjour Docteur" in said.text


def test_terminal_escapes_of_a_message_do_not_reach_the_terminal(home: Path) -> None:
    (home / "m.eml").write_bytes(b"From: a@b.example\r\nSubject: x\x1b[2J\r\n\r\n\x1b]0;pwned\x07 hello\r\n")
    said = mssclient("inspect", home / "m.eml")
    assert b"\x1b" not in said.out
    assert b"\x07" not in said.out


def test_verdict_needs_a_verified_list_and_an_account(home: Path, whitelist: Path) -> None:
    at, domain = ("--at", "2025-03-01"), ("--account-domain", "esantepdl.mssante.fr")
    listed = SIMPLE.replace(b"medecin.mssante.fr", b"esantepdl.mssante.fr")
    assert (
        _inspect(home, listed, "--whitelist", whitelist, *at, *domain).json["verdict"]["level"] == "mssante"
    )
    assert _inspect(home, listed, "--whitelist", whitelist, *at).json["verdict"]["level"] == "ordinary"
    assert _inspect(home, listed, *at, *domain).json["verdict"]["level"] == "unknown"
    other = listed.replace(b"esantepdl.mssante.fr", b"ailleurs.example")
    assert (
        _inspect(home, other, "--whitelist", whitelist, *at, *domain).json["verdict"]["level"] == "ordinary"
    )


def test_a_refused_list_gives_no_padlock_and_is_told(home: Path, whitelist: Path) -> None:
    listed = SIMPLE.replace(b"medecin.mssante.fr", b"esantepdl.mssante.fr")
    said = _inspect(home, listed, "--whitelist", whitelist, "--account-domain", "esantepdl.mssante.fr")
    assert said.code == 4
    assert said.json["error"]["code"] == "whitelist-expired"
    assert said.json["verdict"]["level"] != "mssante"
    assert said.json["subject"] == "Résultats"


def test_documents_are_found(home: Path) -> None:
    hprim = (
        "123456\r\nDURAND\r\nJulie\r\n1 rue du Test\r\n\r\n75001 PARIS\r\n"
        "12/03/1961\r\n\r\nD42\r\n02/11/2026\r\n"
        "LABO      Laboratoire\r\nMED       Dr Martin\r\n\r\n****LAB****\r\n"
        "RES|Glycémie|GLY|N|1,42|g/L|0,70|1,10|H|F||||\r\n****FIN****\r\n****FINFICHIER****\r\n"
    ).encode("cp1252")
    raw = (
        b"From: labo@labo.example\r\nSubject: r\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: application/octet-stream; name="r.hpr"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n'
        + hprim
    )
    (document,) = _inspect(home, raw).json["documents"]
    assert document["kind"] == "hprim-medecin"
    assert document["patients"][0]["family"] == "DURAND"
    assert document["patients"][0]["birth"] == "1961-03-12"
    assert (document["results"], document["abnormal"]) == (1, 1)


def _deep() -> bytes:
    raw = b"From: a@b.example\r\nMIME-Version: 1.0\r\n"
    for depth in range(200):
        raw += b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (depth, depth)
    return raw + b"Content-Type: text/plain\r\n\r\nhi\r\n"


HEAD = b"From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: "
ODD: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "not-a-message": lambda: bytes(range(256)) * 40,
    "one-line": lambda: b"x",
    "deep": _deep,
    "long-header": lambda: b"From: a@b.example\r\nSubject: " + b"x" * 1_000_000 + b"\r\n\r\nhi",
    "many-parts": lambda: HEAD + b"multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 1_000_000,
    "html-bomb": lambda: HEAD + b"text/html\r\n\r\n" + b"<table><tr><td>x" * 400_000,
    "many-recipients": lambda: (
        b"From: a@b.example\r\nTo: " + b"Jean <j@b.example>, " * 400_000 + b"\r\n\r\nhi"
    ),
    "sixty-megabytes": lambda: HEAD + b"text/plain\r\n\r\n" + b"des mots et des mots\r\n" * 2_700_000,
    "binary-attachment": lambda: (
        HEAD
        + b"application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + b"UEsDBAoAAAAAAA==\r\n" * 1_500_000
    ),
    "surrogates": lambda: (
        b"From: =?utf-16?B?2AA=?= <a@b.example>\r\nSubject: \xed\xa0\x80\r\n\r\n\xed\xa0\x80"
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_files_are_told_as_far_as_they_go(home: Path, name: str) -> None:
    raw = ODD[name]()
    began = time.monotonic()
    said = _inspect(home, raw, limit_s=20.0)
    took = time.monotonic() - began
    assert said.code == 0, said.err
    assert set(said.json) >= KEYS
    assert "Traceback" not in said.err
    # 2 s is the promise; the machine that runs tests is shared, and starting Python counts here too
    assert took < 6.0


def test_a_file_that_cannot_be_opened_is_the_only_error(home: Path) -> None:
    said = mssclient("--json", "inspect", home / "none.eml")
    assert said.code == 3
    assert said.json["error"]["code"] == "file-not-read"
    assert said.json["error"]["sentence"]
    assert mssclient("--json", "inspect", home).code == 3


def test_the_real_list_at_its_date(whitelist: Path) -> None:
    said = mssclient("--json", "whitelist", "verify", whitelist, "--at", "2025-03-01")
    assert said.code == 0
    told = said.json
    assert told["valid"] is True
    assert told["domains"] == 4944
    assert told["signer"] == "alb.mssante.fr"
    assert told["generated"] == "2025-02-28T16:42:07+01:00"
    assert told["reason"] is None


def test_the_real_list_today_is_refused_with_the_reason(whitelist: Path) -> None:
    said = mssclient("--json", "whitelist", "verify", whitelist)
    assert said.code == 4
    assert said.json["valid"] is False
    assert "expiré" in said.json["reason"]
    assert said.json["error"]["code"] == "whitelist-expired"
    words = mssclient("whitelist", "verify", whitelist)
    assert words.code == 4
    assert "expiré" in words.err


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"esantepdl.mssante.fr", b"esantepdl.mssante.ft"),
        (b"</ListeDomaines>", b"<Domaine><Nom>faux.example</Nom></Domaine></ListeDomaines>"),
        (b"2025-02-28T15:42:07", b"2025-02-28T15:42:08"),
        (b"<SignatureValue>", b"<SignatureValue>AAAA"),
        (b"<?xml", b'<!DOCTYPE x [<!ENTITY a "b">]><?xml'),
    ],
)
def test_altered_copies_are_refused(home: Path, whitelist: Path, before: bytes, after: bytes) -> None:
    data = whitelist.read_bytes()
    altered = data.replace(before, after, 1)
    if altered == data:
        altered = data.replace(before.replace(b"<", b"<ds:"), after.replace(b"<", b"<ds:"), 1)
    assert altered != data
    (home / "l.xml").write_bytes(altered)
    said = mssclient("--json", "whitelist", "verify", home / "l.xml", "--at", "2025-03-01")
    assert said.code == 4
    assert said.json["valid"] is False
    assert said.json["reason"]


def test_what_is_no_list_is_refused(home: Path) -> None:
    (home / "l.xml").write_bytes(b"\x00\x01")
    assert mssclient("--json", "whitelist", "verify", home / "l.xml").code == 4
    assert mssclient("--json", "whitelist", "verify", home / "none.xml").code == 3
