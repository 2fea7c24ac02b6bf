"""Servers end with the tests, also with tests that are killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.reference import REPOSITORY
from tests.servers.children import Child, free_ports, need_program

SCRIPT = """
import sys, time
from pathlib import Path
from tests.servers.children import Child
child = Child(["sleep", "600"], Path(sys.argv[1]))
# Killed before setpriv has done its work, nobody would tell it: only an instant, but a test is quick.
child.start(ready=lambda: Path(f"/proc/{child.pid}/comm").read_text() == "sleep\\n")
print(child.pid, flush=True)
time.sleep(600)
"""


def test_a_server_ends_when_its_tests_are_killed(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", SCRIPT, str(tmp_path / "log")]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) as tests:
        assert tests.stdout is not None
        pid = int(tests.stdout.readline())
        # pidfd tells the end of a process that is not ours to wait for.
        watched = os.pidfd_open(pid)
        tests.send_signal(signal.SIGKILL)
    end = time.monotonic() + 10
    try:
        while True:
            try:
                signal.pidfd_send_signal(watched, 0)
            except ProcessLookupError:
                break
            if "State:\tZ" in Path(f"/proc/{pid}/status").read_text():
                break
            assert time.monotonic() < end, "it lives on"
            time.sleep(0.02)
    finally:
        os.close(watched)


def test_a_server_that_ends_at_once_is_told_with_its_log(tmp_path: Path) -> None:
    child = Child(["sh", "-c", "echo pas de chance; exit 3"], tmp_path / "log")
    with pytest.raises(RuntimeError, match="pas de chance"):
        child.start(free_ports(1))


def test_a_missing_server_skips_the_test_and_names_the_package() -> None:
    with pytest.raises(pytest.skip.Exception, match="apt-get install un-paquet"):
        need_program("un-programme-absent", "un-paquet")


def test_ports_are_free_and_differ() -> None:
    assert len(set(free_ports(20))) == 20
