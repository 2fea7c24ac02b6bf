"""Server processes of the tests: unprivileged where possible, always ending with the tests."""

import contextlib
import functools
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import pwd

__all__ = ["Child", "free_ports", "give_away", "need_program", "unprivileged"]

_chance = random.SystemRandom()  # tests fix the seed of the common one
_given: set[int] = set()


def unprivileged() -> "pwd.struct_passwd":
    """Who the servers run as: ourselves, or ``nobody`` where the tests run as root."""
    import pwd  # not on Windows, where this module is imported too

    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def need_program(name: str, package: str) -> str:
    """The path of a server's binary; where it is missing, skips the test and names the Debian package."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip(f"{name} is missing on this machine: apt-get install {package}")
    return found


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody listens on, each given once by this process.

    They are taken by a server a moment later, so they lie below those that the kernel gives to any
    connection in between (from 32768 on Linux), and two runs at once draw from 22 000.
    """
    found: list[int] = []
    while len(found) < count:
        port = _chance.randrange(10_000, 32_000)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            if port not in _given:
                _given.add(port)
                found.append(port)
    return found


def give_away(folder: Path) -> None:
    """Make a folder and all in it belong to the user that the servers run as."""
    if os.geteuid() == 0:
        who = unprivileged()
        for path in (folder, *folder.rglob("*")):
            os.chown(path, who.pw_uid, who.pw_gid, follow_symlinks=False)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


class Child:
    """One server process with its log. It is told to end when we end, even when we are killed."""

    def __init__(
        self,
        argv: Sequence[str | os.PathLike[str]],
        log: Path,
        *,
        env: Mapping[str, str] | None = None,
        privileged: bool = False,
    ) -> None:
        self.argv = [os.fspath(word) for word in argv]
        self.log = log
        self._env = None if env is None else dict(env)
        self._privileged = privileged
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(
        self,
        ports: Iterable[int] = (),
        *,
        ready: Callable[[], bool] = lambda: True,
        stdin: bytes = b"",
        within_s: float = 20,
    ) -> None:
        """Start it and return once every port answers and ``ready()``; else RuntimeError with its log."""
        assert not self.running, f"{self.argv[0]} runs already"
        drop = ["setpriv", "--pdeathsig", "TERM"]
        if os.geteuid() == 0 and not self._privileged:
            who = unprivileged()
            drop += [f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups", "--no-new-privs"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*drop, *self.argv],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=self._env,
                cwd="/",
                start_new_session=True,
            )
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError), self._process.stdin as pipe:
            pipe.write(stdin)
        end = time.monotonic() + within_s
        for port in ports:
            self._wait_until(functools.partial(_answers, port), f"port {port} does not answer", end)
        self._wait_until(ready, "is not ready", end)

    def _wait_until(self, question: Callable[[], bool], complaint: str, end: float) -> None:
        while not question():
            ended = not self.running
            if ended or time.monotonic() > end:
                self.stop()
                raise RuntimeError(f"{self.argv[0]}: {'ended' if ended else complaint}: {self.log_end()}")
            time.sleep(0.01)  # the kernel tells nobody when somebody starts to listen

    def run(self, *, within_s: float = 60) -> None:
        """Start it and wait for its good end; else RuntimeError with the end of its log."""
        self.start()
        assert self._process is not None
        status = self._process.wait(within_s)
        if status:
            raise RuntimeError(f"{self.argv[0]} ended with {status}: {self.log_end()}")

    def stop(self, *, within_s: float = 10) -> None:
        """Ask it to end, then make it end, with all processes of its group."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(within_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)

    def kill(self) -> None:
        """End its whole group without ceremony: for the end of the tests."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self.stop()

    def log_end(self, since: int = 0, octets: int = 4000) -> str:
        """The end of its log, written after the offset ``since``."""
        try:
            return self.log.read_bytes()[since:][-octets:].decode(errors="replace")
        except FileNotFoundError:
            return ""
