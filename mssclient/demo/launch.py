"""Start the demonstration operator as a program of its own, from any process, without importing it."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import IO

import msgspec

from mssclient.model.errors import WorldError
from mssclient.model.language import _

__all__ = ["DemoAccount", "DemoOperator", "Ready", "launch"]

START_LIMIT_S = 20.0


class DemoAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A BAL that the demonstration operator serves, and how to open it."""

    address: str
    login: str
    password: str
    display_name: str
    kind: str
    """ "personal" or "organisational"."""

    def __repr__(self) -> str:
        return f"DemoAccount(kind={self.kind!r})"


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """The line that the operator prints when it serves: all on 127.0.0.1, certificate for localhost."""

    imap_port: int
    """Implicit TLS."""
    imap_starttls_port: int
    submission_port: int
    """Implicit TLS."""
    submission_starttls_port: int
    ca_pem: str
    """Authority of its TLS, new at each start."""
    whitelist: str
    """Path of the signed white list, in the operator's folder."""
    whitelist_ca_pem: str
    """Its authorities: root, then intermediate."""
    accounts: tuple[DemoAccount, ...]
    reference: str
    """ISO date-time, Paris: the moment from which the dates of the mail count back."""
    uidvalidity: dict[str, dict[str, int]]
    """By address and folder; the same at each start."""
    shared: str = ""
    """Name under which the personal BAL see the organisational one."""


class DemoOperator:
    """A running operator. Use it as a context manager, or call :meth:`stop`.

    Its fields are those of :class:`Ready`. It ends by itself when this process dies.
    """

    def __init__(self, ready: Ready, process: "subprocess.Popen[bytes]") -> None:
        self.ready = ready
        self._process = process

    @property
    def imap_port(self) -> int:
        return self.ready.imap_port

    @property
    def imap_starttls_port(self) -> int:
        return self.ready.imap_starttls_port

    @property
    def submission_port(self) -> int:
        return self.ready.submission_port

    @property
    def submission_starttls_port(self) -> int:
        return self.ready.submission_starttls_port

    @property
    def ca_pem(self) -> str:
        return self.ready.ca_pem

    @property
    def whitelist(self) -> Path:
        return Path(self.ready.whitelist)

    @property
    def whitelist_ca_pem(self) -> str:
        return self.ready.whitelist_ca_pem

    @property
    def accounts(self) -> tuple[DemoAccount, ...]:
        return self.ready.accounts

    @property
    def uidvalidity(self) -> dict[str, dict[str, int]]:
        return self.ready.uidvalidity

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        """End the operator and wait for it, 5 s at most before it is killed. Harmless when called twice."""
        if self._process.stdin and not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
        if self._process.stdout:
            self._process.stdout.close()

    def __enter__(self) -> "DemoOperator":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def launch(folder: Path, *, small: bool = False, reference: str = "") -> DemoOperator:
    """Start the operator on ``folder`` (made when missing) and wait until it serves.

    The same folder gives the same mail again, with its UIDs and its dates; mail that arrived during an
    earlier run is gone. ``reference``: ISO date-time, Paris, instead of now on the first start.
    Raises WorldError("demonstration-unavailable") when it does not start within 20 s.
    """
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "mssclient.demo"]
    if getattr(sys, "frozen", False):
        command = [sys.executable, "--demo-operator"]
    command += ["--folder", str(folder)]
    if small:
        command.append("--small")
    if reference:
        command += ["--reference", reference]
    environment = dict(os.environ)
    package_root = str(Path(__file__).resolve().parents[2])
    environment["PYTHONPATH"] = os.pathsep.join(
        [package_root, *filter(None, [environment.get("PYTHONPATH")])]
    )
    # a file, not a pipe: nobody would drain it, and its words are wanted only when the start fails
    with tempfile.TemporaryFile() as complaints:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                env=environment,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise _unavailable(str(error)) from error
        assert process.stdout is not None
        line = _first_line(process, process.stdout)
        try:
            return DemoOperator(msgspec.convert(json.loads(line), Ready), process)
        except ValueError as error:  # msgspec.ValidationError is one
            process.kill()
            process.wait(5)
            for stream in (process.stdin, process.stdout):
                if stream:
                    stream.close()
            complaints.seek(0)
            raise _unavailable(complaints.read()[-2000:].decode("utf-8", "replace")) from error


def _first_line(process: "subprocess.Popen[bytes]", stream: IO[bytes]) -> bytes:
    timer = threading.Timer(START_LIMIT_S, process.kill)
    timer.daemon = True
    timer.start()
    try:
        return stream.readline()
    finally:
        timer.cancel()


def _unavailable(detail: str) -> WorldError:
    return WorldError(
        "demonstration-unavailable",
        _("L’opérateur de démonstration n’a pas pu démarrer."),
        _("Relancez la démonstration\u202f; si cela se répète, réinstallez le programme."),
        detail,
    )
