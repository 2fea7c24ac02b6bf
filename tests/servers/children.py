"""Server processes of the tests: unprivileged where possible, always ending with the tests."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pytest

__all__ = ["UNPRIVILEGED", "Child", "free_ports", "give_away", "need_program"]

UNPRIVILEGED = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
"""Who the servers run as: ourselves, or ``nobody`` where the tests run as root."""


def need_program(name: str, package: str) -> str:
    """The path of a server's binary; where it is missing, skips the test and names the Debian package."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip(f"{name} is missing on this machine: apt-get install {package}")
    return found


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody listens on. All are held at once, so that they differ."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def give_away(folder: Path) -> None:
    """Make a folder and all in it belong to the user that the servers run as."""
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, UNPRIVILEGED.pw_uid, UNPRIVILEGED.pw_gid, follow_symlinks=False)


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

    def start(self, ports: Iterable[int] = (), *, within_s: float = 20) -> None:
        """Start it and return once every port answers; else RuntimeError with the end of its log."""
        assert not self.running, f"{self.argv[0]} runs already"
        drop = ["setpriv", "--pdeathsig", "TERM"]
        if os.geteuid() == 0 and not self._privileged:
            drop += [f"--reuid={UNPRIVILEGED.pw_uid}", f"--regid={UNPRIVILEGED.pw_gid}", "--clear-groups"]
            drop += ["--no-new-privs"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*drop, *self.argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._env,
                cwd="/",
                start_new_session=True,
            )
        end = time.monotonic() + within_s
        for port in ports:
            self._wait_for(port, end)

    def _wait_for(self, port: int, end: float) -> None:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError as why:
                ended = not self.running
                if ended or time.monotonic() > end:
                    self.stop()
                    state = "ended" if ended else "does not listen"
                    raise RuntimeError(f"{self.argv[0]} {state}: {self.log_end()}") from why
            time.sleep(0.01)  # the kernel tells nobody when somebody starts to listen

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

    def log_end(self, since: int = 0, octets: int = 4000) -> str:
        """The end of its log, written after the offset ``since``."""
        try:
            return self.log.read_bytes()[since:][-octets:].decode(errors="replace")
        except FileNotFoundError:
            return ""
