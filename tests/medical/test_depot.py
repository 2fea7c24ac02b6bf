"""How a file gets into the watched directory: whole or not at all, once, whatever happens meanwhile."""

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from mssclient.medical import depot
from mssclient.medical.depot import Depot, check_directory, sweep
from mssclient.model.errors import MssError, Refused, WorldError


@pytest.fixture
def watched(tmp_path: Path) -> Path:
    folder = tmp_path / "cabinet" / "hprim"
    folder.mkdir(parents=True)
    return folder


def write_file(directory: Path, name: str, content: bytes, **how: Any) -> str:
    """A run of one file."""
    with Depot(directory) as opened:
        return opened.write(name, content, **how)


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
    with Depot(watched) as opened:
        found = [opened.write("nom_tres_long_du_fichier.HPR", b"%d" % n, short=True) for n in range(3)]
    assert found == ["MSS00001.HPR", "MSS00002.HPR", "MSS00003.HPR"]
    (watched / "MSS00002.HPR").unlink()
    assert write_file(watched, "autre.HPR", b"7", short=True) == "MSS00002.HPR"
    assert write_file(watched, "encore.HPR", b"8", short=True) == "MSS00004.HPR"


def test_the_same_bytes_have_one_short_name(watched: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the next run when this one is killed before the ledger, in this one when a flag must be retried."""
    first = [write_file(watched, "R1.hpr", b"%d" % n, short=True) for n in range(3)]
    with Depot(watched) as opened:
        assert [opened.write("R1.hpr", b"%d" % n, short=True) for n in range(3)] == first
        assert opened.write("R1.hpr", b"x", short=True) == "MSS00004.hpr"
        (watched / first[0]).unlink()  # taken by the software
        assert opened.write("R1.hpr", b"0", short=True) == "MSS00005.hpr"
    failures = [errno.EIO]
    real = os.fsync

    def fail_for_the_flag(descriptor: int) -> None:
        if failures and not os.fstat(descriptor).st_size:
            raise OSError(failures.pop(), "fault")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fail_for_the_flag)
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    assert write_file(watched, "R1.hpr", b"y", short=True, flag_extension=".OK") == "MSS00001.hpr"
    assert not failures
    assert names(watched)[0] == "MSS00001.OK"
    assert len(names(watched)) == 6


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


# -- a run -------------------------------------------------------------------------------------------


def test_one_hidden_folder_and_one_sync_for_a_run(watched: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Path] = []
    synced: list[Path] = []
    real = depot._hidden_folder

    def noted(folder: Path) -> Path:
        made.append(real(folder))
        return made[-1]

    monkeypatch.setattr(depot, "_hidden_folder", noted)
    monkeypatch.setattr(depot, "_sync_folder", synced.append)
    with Depot(watched) as opened:
        for number in range(10):
            opened.write(f"R{number}.hpr", b"%d" % number)
        assert (made, synced) == ([watched.parent / depot.HIDDEN], [])
        opened.sync()
        opened.sync()
        assert synced == [watched]
        opened.write("R10.hpr", b"10")
    assert synced == [watched, watched], "what was written last is made sure of"
    assert len(names(watched)) == 11
    assert names(watched.parent) == ["hprim"]


def test_a_run_begins_by_sweeping(watched: Path) -> None:
    (watched.parent / depot.HIDDEN).mkdir()
    (watched.parent / depot.HIDDEN / "reste").write_bytes(b"donnees")
    with Depot(watched):
        assert names(watched.parent) == ["hprim"]


def test_another_computer_may_sweep_the_same_share_at_any_time(
    watched: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = depot._move_without_overwriting
    sweeps: list[int] = []

    def swept(source: Path, target: Path) -> None:
        if not sweeps:
            sweeps.append(sweep(watched))
        real(source, target)

    monkeypatch.setattr(depot, "_move_without_overwriting", swept)
    with Depot(watched) as opened:
        assert opened.write("R1.hpr", b"abc") == "R1.hpr"
        sweep(watched)
        assert opened.write("R2.hpr", b"def") == "R2.hpr"
    assert sweeps == [1]
    assert names(watched) == ["R1.hpr", "R2.hpr"]
    assert names(watched.parent) == ["hprim"]


def test_a_directory_that_goes_away_is_told(watched: Path) -> None:
    with Depot(watched) as opened:
        opened.write("R1.hpr", b"abc")
        (watched / "R1.hpr").unlink()
        watched.rmdir()
        with pytest.raises(WorldError) as refusal:
            opened.write("R2.hpr", b"def")
    assert refusal.value.code == "hprim-directory-missing"
    assert names(watched.parent) == []


_RUN = """
import sys
from mssclient.medical.depot import Depot
with Depot(sys.argv[1]) as opened:
    for number in range(100_000):
        opened.write(f"R{number}.hpr", b"%06d" % number * 5000, flag_extension=".OK")
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
@pytest.mark.parametrize("enough", [1, 8, 30])
def test_killed_in_the_middle(watched: Path, enough: int) -> None:
    """Whole files only; the next run removes what is left and knows every file again."""
    running = subprocess.Popen([sys.executable, "-c", _RUN, str(watched)])
    try:
        waited = threading.Event()
        for _ in range(3000):
            if len(list(watched.glob("*.hpr"))) >= enough:
                break
            waited.wait(0.01)
    finally:
        running.kill()
        running.wait()
    there = sorted(int(path.stem[1:]) for path in watched.glob("*.hpr"))
    assert there == list(range(len(there)))
    assert len(there) >= enough
    assert all((watched / f"R{n}.hpr").read_bytes() == b"%06d" % n * 5000 for n in there)
    assert len(list(watched.glob("*.OK"))) >= len(there) - 1
    with Depot(watched) as opened:
        for number in range(len(there) + 2):
            name = opened.write(f"R{number}.hpr", b"%06d" % number * 5000, flag_extension=".OK")
            assert name == f"R{number}.hpr"
    assert names(watched) == sorted(f"R{n}{end}" for n in range(len(there) + 2) for end in (".hpr", ".OK"))
    assert names(watched.parent) == ["hprim"]
