"""A real pcscd with two virtual readers, and the wire between them and the virtual cards.

The service has one socket for the whole machine and needs root, so tests that use it run one at a time: a
lock is held for as long as it runs, and who cannot have it skips and says why.
"""

import contextlib
import os
import socket
import struct
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO

import pytest

from mssclient.access.card.scard import Context
from tests.servers.children import Child, free_ports, need_program
from tests.servers.virtual_card import VirtualCard

__all__ = ["CardService", "Reader"]

_SOCKET = Path("/run/pcscd/pcscd.comm")
_DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
_LOCK = Path(tempfile.gettempdir()) / "mssclient-pcscd.lock"
_LOCK_WAIT_S = 150.0
_ATR = 4


class Reader:
    """One slot of the service. ``remove`` is a hand: the service notices in its own time."""

    def __init__(self, name: str, port: int) -> None:
        self.name = name
        self._port = port
        self._wire: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def insert(self, card: VirtualCard) -> VirtualCard:
        """Put a card in, and wait until a running service has noticed: a person sees the reader's light."""
        assert self._wire is None, "one card at a time"
        self._wire = self._connect()
        self._thread = threading.Thread(target=self._carry, args=(self._wire, card), name="virtual-card")
        self._thread.start()
        if _listening():
            _wait_for_card(self.name)
        return card

    def remove(self) -> None:
        """Pull the card: what it was about to answer is lost. Also from a command of the card itself."""
        wire, self._wire = self._wire, None
        thread, self._thread = self._thread, None
        if wire is not None:
            with contextlib.suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)
            if thread is not None and thread is not threading.current_thread():
                thread.join()

    def _connect(self) -> socket.socket:
        end = time.monotonic() + 30
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self._port), 5)
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)  # the driver listens again in its own time, and tells nobody

    def _carry(self, wire: socket.socket, card: VirtualCard) -> None:
        """Virtual smart card protocol: two octets of length, then a command of one octet or an APDU."""
        with wire, contextlib.suppress(OSError, EOFError):
            wire.settimeout(None)
            while True:
                (size,) = struct.unpack(">H", _exactly(wire, 2))
                asked = _exactly(wire, size)
                if size == 1 and asked[0] == _ATR:
                    answer = card.atr
                elif size == 1:
                    card.reset()
                    continue
                else:
                    answer = card.respond(asked)
                wire.sendall(struct.pack(">H", len(answer)) + answer)


def _wait_for_card(reader: str) -> None:
    context = Context()
    end = time.monotonic() + 30
    seen = context.look()
    while not any(each.present for each in seen if each.name == reader):
        assert time.monotonic() < end, "the service does not notice the card"
        known = {each.name: each.state for each in seen}
        seen = context.wait(known, len(seen), 1000) or context.look()
    context.release()


def _exactly(wire: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        if sys.platform == "linux":
            # The driver sends a length, then the rest: without it each command takes 40 ms.
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        piece = wire.recv(size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


class CardService:
    """pcscd in the foreground. ``readers``: two, empty at first."""

    def __init__(self, folder: Path) -> None:
        if os.geteuid() != 0:
            pytest.skip("pcscd takes its socket in /run/pcscd: it needs root")
        program = need_program("pcscd", "pcscd")
        if not _DRIVER.exists():
            pytest.skip("the virtual reader is missing on this machine: apt-get install vsmartcard-vpcd")
        self._lock = self._take_lock()
        try:
            if _listening():
                pytest.skip("a pcscd that is not ours runs on this machine")
            folder.mkdir()
            port = _two_ports()
            settings = folder / "reader.conf"
            settings.write_text(
                f'FRIENDLYNAME "Lecteur"\nDEVICENAME /dev/null:{port:#x}\n'
                f"LIBPATH {_DRIVER}\nCHANNELID {port:#x}\n"
            )
            self._child = Child(
                [program, "--foreground", "--config", settings], folder / "log", privileged=True
            )
            self.readers = tuple(Reader(f"Lecteur 00 0{index}", port + index) for index in (0, 1))
        except BaseException:
            self._lock.close()
            raise

    @staticmethod
    def _take_lock() -> IO[bytes]:
        import fcntl  # not on Windows, where this module is imported too

        file = _LOCK.open("wb")
        end = time.monotonic() + _LOCK_WAIT_S
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > end:
                    file.close()
                    pytest.skip("another run of the suite holds the card service of this machine")
                time.sleep(0.1)  # waiting in the kernel could not be given up
            else:
                return file

    def start(self) -> None:
        self._child.start(ready=_listening)

    def stop(self) -> None:
        """As an administrator would stop it: cards out, clients told nothing."""
        self.empty()
        self._child.stop()

    def empty(self) -> None:
        """No card in any reader, and the service has noticed."""
        for reader in self.readers:
            reader.remove()
        if self.running:
            context = Context()
            seen = context.look()
            while any(each.present for each in seen):
                known = {each.name: each.state for each in seen}
                seen = context.wait(known, len(seen), 5000) or []
            context.release()

    @property
    def running(self) -> bool:
        return self._child.running

    def end(self) -> None:
        self.stop()
        self._lock.close()

    def logs(self) -> dict[str, Path]:
        return {"pcscd": self._child.log}


def _listening() -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(_SOCKET))
        except OSError:
            return False
    return True


def _two_ports() -> int:
    """Two neighbouring free ports: the second slot of the driver listens on the one after the first's."""
    for port in free_ports(20):
        with contextlib.suppress(OSError), socket.socket() as second:
            second.bind(("127.0.0.1", port + 1))
            return port
    raise RuntimeError("no two neighbouring ports are free")
