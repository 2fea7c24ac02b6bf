"""The bounded child: what it gives, that it is killed in time, and what it may not do."""

import base64
import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from mssclient.engine import pipes
from mssclient.engine.child import Child, ChildFailed, CompileLetter, LetterCompiled
from mssclient.medical.delivery import DeliveryOptions
from mssclient.model.records import from_wire, to_wire
from tests.conftest import Noise

HTML = "From: a@b.example\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    one = Child()
    yield one
    one.close()


def _picture(colour: str = "red") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 6), colour).save(out, "PNG")
    return out.getvalue()


def _related(html: str, *pictures: tuple[str, bytes]) -> bytes:
    parts = [f"Content-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n".encode()]
    for name, data in pictures:
        encoded = base64.encodebytes(data).replace(b"\n", b"\r\n")
        head = f"Content-Type: image/png\r\nContent-ID: <{name}>\r\nContent-Transfer-Encoding: base64\r\n"
        parts.append(head.encode() + b"\r\n" + encoded)
    head = b'From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="b"\r\n\r\n'
    return head + b"".join(b"--b\r\n" + part for part in parts) + b"--b--\r\n"


def test_html_comes_compiled(child: Child) -> None:
    compiled = child.compile_letter((HTML + "<p>Bonjour <b>vous</b></p><script>x</script>").encode())
    assert compiled is not None
    assert "Bonjour" in compiled.html
    assert "script" not in compiled.html
    assert child.compile_letter(b"From: a@b.example\r\n\r\nplain") is None


def test_own_pictures_come_encoded_again_and_no_others(child: Child) -> None:
    data = base64.b64encode(_picture("blue")).decode()
    html = (
        '<p>x</p><img src="cid:one@x"><img src="cid:missing@x"><img src="https://tracker.example/p.png">'
        f'<img src="data:image/png;base64,{data}"><img src="file:///etc/passwd"><img src="cid:bomb@x">'
    )
    raw = _related(html, ("one@x", _picture()), ("bomb@x", b"\x89PNG\r\n\x1a\n" + b"\0" * 300))
    compiled = child.compile_letter(raw)
    assert compiled is not None
    shown = {compiled.sources[key]: picture for key, picture in compiled.pictures.items()}
    assert "cid:one@x" in shown
    assert not {"cid:missing@x", "cid:bomb@x"} & set(shown)
    assert not any(source.startswith(("https:", "file:")) for source in shown)
    one = shown["cid:one@x"]
    assert (one.width, one.height) == (8, 6)
    assert Image.open(io.BytesIO(one.data)).size == (8, 6)
    assert one.data != _picture()


def test_documents_are_recognised_read_and_planned(child: Child) -> None:
    hprim = (
        "123456\r\nDURAND\r\nJulie\r\n1 rue du Test\r\n\r\n75001 PARIS\r\n12/03/1961\r\n\r\nD42\r\n"
        "02/11/2026\r\nLABO      Laboratoire\r\nMED       Dr Martin\r\n\r\n****LAB****\r\n"
        "RES|Glycémie|GLY|N|1,42|g/L|0,70|1,10|H|F||||\r\n****FIN****\r\n****FINFICHIER****\r\n"
    )
    raw = (
        b'From: a@b.example\r\nContent-Type: text/plain; charset=cp1252; name="r.hpr"\r\n\r\n'
        + hprim.encode("cp1252")
    )
    matches = child.recognise(raw)
    assert [one.kind for one in matches] == ["hprim-medecin"]
    (document,) = child.read_documents(raw, matches)
    assert document.patient.family == "DURAND"
    assert [line.label for line in document.lines if not line.heading] == ["Glycémie"]
    (piece,) = child.plan_delivery(raw, DeliveryOptions())
    assert piece.patients[0].family == "DURAND"
    assert piece.content


def test_a_job_past_its_limit_is_killed_and_the_next_one_runs(child: Child, noise: Noise) -> None:
    noise.expect("a job CompileLetter ended with child-too-slow")
    child.compile_letter((HTML + "<p>x</p>").encode())
    began = time.monotonic()
    with pytest.raises(ChildFailed) as failed:
        child.compile_letter((HTML + "<table><tr><td>x" * 200_000).encode(), limit_s=0.001)
    assert failed.value.code == "child-too-slow"
    assert time.monotonic() - began < 3
    assert child.compile_letter((HTML + "<p>encore</p>").encode()) is not None


def _sleepy(seconds: float) -> list[str]:
    program = f"import time; time.sleep({seconds}); from mssclient.engine.childwork import main; main()"
    return [sys.executable, "-c", program]


def test_a_slow_start_is_no_part_of_the_first_limit(monkeypatch: pytest.MonkeyPatch, noise: Noise) -> None:
    monkeypatch.setattr(pipes, "command", lambda *_: _sleepy(2.0))
    slow = Child()
    slow.begin()
    assert slow.compile_letter((HTML + "<p>x</p>").encode(), limit_s=1.5) is not None
    slow.close()
    noise.expect("a job start ended with child-too-slow")
    monkeypatch.setattr(pipes, "command", lambda *_: _sleepy(30.0))
    stuck = Child(start_limit_s=0.3)
    with pytest.raises(ChildFailed) as failed:
        stuck.compile_letter((HTML + "<p>x</p>").encode())
    assert failed.value.code == "child-too-slow"
    stuck.close()


def test_jobs_of_many_threads_wait_for_each_other(child: Child) -> None:
    found: list[str] = []

    def job(number: int) -> None:
        compiled = child.compile_letter((HTML + f"<p>lettre {number}</p>").encode())
        assert compiled is not None
        assert f"lettre {number}" in compiled.html
        found.append(compiled.html)

    threads = [threading.Thread(target=job, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 12


def test_a_child_that_dies_is_replaced() -> None:
    child = Child()
    child.compile_letter((HTML + "<p>x</p>").encode())
    process = child._process
    assert process is not None
    process.kill()
    process.wait()
    assert child.compile_letter((HTML + "<p>y</p>").encode()) is not None
    child.close()
    with pytest.raises(ChildFailed):
        child.compile_letter((HTML + "<p>z</p>").encode())


@pytest.mark.parametrize(
    ("program", "ready"),
    [("mssclient.engine.childwork", b"\0\0\0\0"), ("mssclient.engine.bulkwork", b"")],
)
@pytest.mark.parametrize("junk", [b"abc", b"\0\0\0\x05hell", b"\xff\xff\xff\xff", b"\0\0\0\x05hello"])
def test_nonsense_on_its_pipe_ends_a_helping_process(program: str, ready: bytes, junk: bytes) -> None:
    done = subprocess.run(
        [sys.executable, "-m", program], input=junk, capture_output=True, timeout=30, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ready, "it answered nothing"


def test_frames_are_whole_or_refused() -> None:
    pipe = io.BytesIO()
    for data in (b"", b"abc"):
        pipes.write_frame(pipe, data)
    whole = pipe.getvalue()
    source = io.BytesIO(whole)
    assert [pipes.read_frame(source, 3), pipes.read_frame(source, 3)] == [b"", b"abc"]
    with pytest.raises(EOFError) as ended:
        pipes.read_frame(source, 3)
    assert not isinstance(ended.value, pipes.TornFrame)
    for torn, limit in ((whole[4:], 2), (whole[4:-1], 3), (whole[:3], 3)):
        with pytest.raises(pipes.TornFrame):
            pipes.read_frame(io.BytesIO(torn), limit)


@pytest.mark.skipif(sys.platform != "linux", reason="limits and /proc of Linux")
def test_what_the_child_may_not_do() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "mssclient.engine.childwork"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    data = to_wire(CompileLetter(raw=(HTML + "<p>x</p>").encode()))
    pipes.write_frame(process.stdin, data)
    assert pipes.read_frame(process.stdout, 0) == b"", "ready"
    result = pipes.read_frame(process.stdout, pipes.RESULT_OCTETS)
    assert from_wire(result, LetterCompiled).html is not None
    limits = Path(f"/proc/{process.pid}/limits").read_text()
    assert [line.split()[3] for line in limits.splitlines() if line.startswith("Max file size")] == ["0"]
    assert [line.split()[4] for line in limits.splitlines() if line.startswith("Max core file size")] == ["0"]
    assert "Max address space         1500000000" in limits
    maps = Path(f"/proc/{process.pid}/maps").read_text()
    for unwanted in ("apsw", "PySide6", "imapclient", "keyring"):
        assert unwanted not in maps
    sockets = [one for one in Path(f"/proc/{process.pid}/fd").iterdir() if "socket:" in os.readlink(one)]
    assert sockets == []
    process.stdin.close()
    assert process.wait(10) == 0
    process.stdout.close()
