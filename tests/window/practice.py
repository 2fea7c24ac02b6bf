"""One BAL on Dovecot behind the real window: what every test of this folder starts from."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

from tests.desk.atspi import Gone
from tests.servers import DOMAIN, ImapServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.desk.atspi import Node
    from tests.desk.desk import Desk, Program

__all__ = ["Practice", "named", "row_of"]


def named(program: "Program", title: str) -> "Node | None":
    """The window of that title; the name of the program may follow it."""
    return next((window for window in program.windows if window.name.startswith(title)), None)


def row_of(rows: "Node", words: str = "") -> "Node":
    """The row that says these words; Gone when there is none now."""
    for row in rows.children():
        if words in row.name:
            return row
    raise Gone(f"no row {words!r}")


class Practice:
    """One BAL on Dovecot, its profile, its colleague."""

    def __init__(
        self, desk: "Desk", server: ImapServer, folder: Path, name: str, domain: str = DOMAIN
    ) -> None:
        self.desk, self.server = desk, server
        self.user = server.new_user(name, domain=domain)[0]
        self.colleague = server.new_user(f"{name}-confrere", domain=domain)[0]
        self.profile = folder / "profil"
        self.deposit = folder / "depot"
        self.deposit.mkdir()
        self._ca = folder / "ca.pem"
        self._ca.write_bytes(server.ca_pem)

    def add_account(self) -> None:
        """By the command line, which finds the keyring of this desk."""
        password = self.server.credentials(self.user)[1]
        secrets = f'[accounts."{self.user}"]\npassword = {json.dumps(password)}\n'
        command = [sys.executable, "-m", "mssclient", "--profile", str(self.profile), "--secrets", "-"]
        imap = f"{self.server.host}:{self.server.port_tls}"
        smtp = f"{self.server.host}:{self.server.submission_tls}"
        options = ["--imap", imap, "--smtp", smtp, "--ca", str(self._ca), "--name", "Dr Camille Essai"]
        self.desk.run(*command, "account", "add", self.user, *options, stdin=secrets)

    def start(self) -> "Program":
        return self.desk.start(sys.executable, "-m", "ui", "--profile", str(self.profile))

    def engine(self) -> int | None:
        """The process id of the engine of this profile."""
        for place in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = place.read_text().split("\0")
            except OSError:
                continue
            if "mssclient.engine" in words and str(self.profile) in words:
                return int(place.parent.name)
        return None

    def kill_engine(self) -> int:
        """As a power cut would; returns the id of the process that is gone."""
        found = self.desk.bus.until(self.engine, what="an engine")
        os.kill(found, signal.SIGKILL)
        return found

    def again(self, argument: str) -> int:
        """A second start on the same profile; its exit code."""
        command = [sys.executable, "-m", "ui", "--profile", str(self.profile), argument]
        return subprocess.run(command, env=self.desk.env, timeout=120, check=False).returncode

    def settled(self, find: "Callable[[], Node]") -> "Node":
        """Wait until the window manager and the layout have left a control where it is; return it.

        It is looked for at each look: a list that is read again gives its rows new objects.
        """
        seen: list[tuple[int, int, int, int]] = []

        def still() -> "Node | None":
            node = find()
            seen.append(node.box)
            return node if len(seen) > 5 and len(set(seen[-5:])) == 1 and seen[-1][1] > 0 else None

        return cast("Node", self.desk.bus.until(still, what="a layout at rest"))

    def row(self, rows: "Node", words: str = "") -> "Node":
        """The row of the message list that says these words, once it stays where it is."""
        return self.settled(lambda: row_of(rows, words))
