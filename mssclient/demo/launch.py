"""Start the demonstration operator as a program of its own, from any process, without importing it."""

import os
import subprocess
import sys
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
    """By address and folder; of those of the corpus the same at each start."""
    shared: str = ""
    """Name under which the personal BAL see the organisational one."""


class DemoOperator:
    """A running operator. Use it as a context manager, or call :meth:`stop`.

    Its fields are those of :class:`Ready`. It ends by itself when this process dies.
    """

    ready: Ready

    def __init__(self, process: "subprocess.Popen[bytes]", complaints: "_Complaints") -> None:
        self._process = process
        self._drain = complaints
        self.complaints = ""
        """What it said on its standard error, once it has ended. For the support desk."""

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
        if self._process.stdout and not self._process.stdout.closed:
            self._process.stdout.close()
            self.complaints = self._drain.finish()

    def __enter__(self) -> "DemoOperator":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def launch(folder: Path, *, small: bool = False, reference: str = "") -> DemoOperator:
    """Start the operator on ``folder`` (made when missing) and wait until it serves.

    The first start seeds it; a later one on the same folder finds the mail as the earlier run left it, with
    its UIDs and its dates. ``reference``: ISO date-time, Paris, instead of now on the first start.
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
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        raise _unavailable(type(error).__name__) from error
    assert process.stdout is not None
    assert process.stderr is not None
    operator = DemoOperator(process, _Complaints(process.stderr))
    line = _first_line(process, process.stdout)
    try:
        operator.ready = msgspec.json.decode(line, type=Ready)
    except msgspec.DecodeError as error:  # an empty line too: it ended before it served
        operator.stop()
        raise _unavailable(operator.complaints) from error
    return operator


class _Complaints:
    """Drains what the operator says on its standard error, and keeps the end of it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._kept = b""
        self._stream = stream
        self._thread = threading.Thread(target=self._drain, name="demo-complaints", daemon=True)
        self._thread.start()

    def _drain(self) -> None:
        while piece := self._stream.readline(4096):
            self._kept = (self._kept + piece)[-2000:]

    def finish(self) -> str:
        """After the end of the process: all that was kept."""
        self._thread.join(5)
        self._stream.close()
        return self._kept.decode("utf-8", "replace")


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
