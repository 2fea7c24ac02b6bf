"""What is written for the support: codes and places, never what somebody wrote."""

import logging
from pathlib import Path

import pytest

from mssclient.engine.annotating import Annotator
from mssclient.engine.logs import describe, report_bug, start_logging, stop_logging
from mssclient.model.errors import WorldError
from mssclient.trust.whitelist import shipped
from tests.conftest import Noise


def _fail() -> None:
    try:
        raise ValueError("Mme DURAND Julie")
    except ValueError as error:
        raise WorldError("timeout", "Le serveur de a@b.example ne répond pas.") from error


def test_exceptions_lose_their_words() -> None:
    with pytest.raises(WorldError) as caught:
        _fail()
    text = describe(caught.value)
    assert "WorldError [timeout]" in text
    assert "builtins.ValueError" in text
    assert "test_logs.py" in text
    assert "DURAND" not in text
    assert "a@b.example" not in text


def test_the_log_of_a_profile(home: Path, noise: Noise) -> None:
    noise.expect("somelibrary.wire: ")
    noise.expect("mssclient.engine.test: ")
    handler = start_logging(home / "log")
    log = logging.getLogger("mssclient.engine.test")
    log.info("want %s done", "3f2a")
    logging.getLogger("somelibrary.wire").warning("LOGIN a@b.example hunter2")
    try:
        _fail()
    except WorldError:
        log.exception("a turn failed")
    stop_logging(handler)
    text = (home / "log" / "engine.log").read_text()
    assert "want 3f2a done" in text
    assert "WARNING" in text
    assert "somelibrary" in text
    assert "[timeout]" in text
    for word in ("hunter2", "a@b.example", "DURAND"):
        assert word not in text


def test_a_report_of_our_mistake(home: Path) -> None:
    try:
        _fail()
    except WorldError as error:
        file = report_bug(home / "log", error, "ReadMessage")
    assert file is not None
    text = file.read_text()
    assert "ReadMessage" in text
    assert "MSS Client" in text
    assert "DURAND" not in text
    for _ in range(30):
        report_bug(home / "log", ValueError("x"), "again")
    assert len(list((home / "log").glob("bug-*.txt"))) <= 20


def test_a_folder_that_cannot_be_written_is_no_reason_to_stop(home: Path) -> None:
    (home / "file").write_bytes(b"")
    assert start_logging(home / "file" / "log") is None
    assert report_bug(home / "file" / "log", ValueError("x"), "x") is None


def test_a_bug_in_a_reader_does_not_stop_a_synchronisation(
    monkeypatch: pytest.MonkeyPatch, noise: Noise
) -> None:
    noise.expect("bug while annotating")
    annotator = Annotator("a@medecin.mssante.fr", shipped)
    assert annotator.whole(b"Subject: x\r\n\r\ny").summary.subject == "x"

    def broken(reading: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("mssclient.engine.annotating.recognise", broken)
    annotation = annotator.whole(b"Subject: x\r\n\r\ny")
    assert annotation.summary.defects == ("unreadable",)
    assert annotation.verdict.level == "unknown"
