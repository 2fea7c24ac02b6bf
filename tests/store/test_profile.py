"""The folder of a profile, and what the window may import."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mssclient.model.errors import WorldError
from mssclient.store import profile as room
from mssclient.store.profile import Profile, disk_error
from tests.reference import REPOSITORY

posix = pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")


def test_default_is_the_users_own() -> None:
    assert Profile.default().folder.is_absolute()
    assert "mssclient" in str(Profile.default().folder)
    assert not Profile.default().demo


@posix
def test_prepare(tmp_path: Path) -> None:
    profile = Profile(tmp_path / "a" / "b")
    profile.prepare()
    profile.prepare()
    for folder in (profile.folder, profile.open_folder, profile.log_folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    profile.open_folder.chmod(0o755)
    profile.prepare()
    assert stat.S_IMODE(profile.open_folder.stat().st_mode) == 0o700
    assert sorted(path.name for path in profile.folder.iterdir()) == ["log", "open"]


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(WorldError) as caught:
        Profile(tmp_path / "file").prepare()
    assert caught.value.code == "profile-read-only"


@pytest.mark.parametrize(
    ("number", "code"),
    [(28, "disk-full"), (13, "profile-read-only"), (30, "profile-read-only"), (5, "profile-read-only")],
)
def test_disk_errors(number: int, code: str) -> None:
    error = disk_error(OSError(number, "no"))
    assert error.code == code
    assert "\u202f" in error.sentence or error.sentence
    assert error.remedy


@posix
def test_short_paths_keep_the_socket_in_the_profile(tmp_path: Path) -> None:
    profile = Profile(Path("/tmp/p"))
    assert profile.socket_path == Path("/tmp/p/engine.sock")


@posix
def test_long_paths_get_a_short_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    short = Path("/tmp") / f"mss-test-{os.getpid()}"
    short.symlink_to(runtime)
    try:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(short))
        long, other = Profile(tmp_path / ("é" * 60)), Profile(tmp_path / ("è" * 60))
        assert len(os.fsencode(long.socket_path)) <= 100
        assert long.socket_path == Profile(long.folder).socket_path
        assert long.socket_path != other.socket_path
        assert long.socket_path.parent == short
    finally:
        short.unlink()


@posix
@pytest.mark.parametrize("runtime", ["", "/" + "x" * 90])
def test_without_a_runtime_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runtime: str) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
    monkeypatch.setattr(room.tempfile, "gettempdir", lambda: "/" + "t" * 60)
    path = Profile(tmp_path / ("x" * 120)).socket_path
    assert len(os.fsencode(path)) <= 100
    assert path.parent.name == f"mssclient-{os.getuid()}"


@posix
def test_a_socket_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = tmp_path / "taken"
    taken.mkdir(mode=0o700)
    monkeypatch.setattr(room, "_runtime_folder", lambda: taken)
    profile = Profile(tmp_path / ("x" * 120))
    profile.prepare()
    taken.chmod(0o777)
    with pytest.raises(WorldError):
        profile.prepare()
    taken.rmdir()
    taken.symlink_to(tmp_path)
    with pytest.raises(WorldError):
        profile.prepare()


def test_the_window_imports_little() -> None:
    code = (
        "import sys; import mssclient.store.view, mssclient.store.profile\n"
        "heavy = {'zstandard', 'keyring', 'argon2', 'cryptography', 'platformdirs', 'imapclient', 'lxml',"
        " 'zoneinfo', 'PySide6', 'asyncio', 'email'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=True
    )
    assert said.stdout.strip() == "[]"


def test_two_threads_may_prepare_at_once(tmp_path: Path) -> None:
    profile = Profile(tmp_path / "p")
    failed: list[Exception] = []

    def prepare() -> None:
        try:
            for _time in range(100):
                profile.prepare()
        except WorldError as error:
            failed.append(error)

    threads = [threading.Thread(target=prepare) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
