"""A helping process of the engine: frames of MessagePack, each after its length, on one pipe each way.

The engine starts, talks to and ends it; the process itself serves jobs one after the other until its input
ends. It has no store, no key, and opens no network.
"""

import contextlib
import os
import struct
import subprocess
from collections.abc import Callable
from typing import IO, TypeVar

import msgspec

from mssclient.engine.confinement import confine
from mssclient.engine.start import command
from mssclient.model.records import Record, to_wire

__all__ = [
    "JOB_OCTETS",
    "RESULT_OCTETS",
    "TornFrame",
    "end",
    "own",
    "read_frame",
    "serve",
    "start",
    "write_frame",
]

_LENGTH = struct.Struct("!I")
RESULT_OCTETS = 100_000_000
"""No result is longer; the process is not believed."""
JOB_OCTETS = 200_000_000
"""No job is longer: a message of 150 MB fits."""
J = TypeVar("J")


class TornFrame(EOFError):
    """A frame that is too long, or that the end cut."""


def read_frame(source: IO[bytes], limit_octets: int) -> bytes:
    """Blocks. Raises EOFError when the other side is gone, TornFrame when not between two frames."""
    head = source.read(_LENGTH.size)
    if not head:
        raise EOFError
    if len(head) < _LENGTH.size:
        raise TornFrame
    (length,) = _LENGTH.unpack(head)
    if length > limit_octets:
        raise TornFrame
    data = source.read(length)
    if len(data) < length:
        raise TornFrame
    return data


def write_frame(target: IO[bytes], data: bytes) -> None:
    """Raises OSError when the other side is gone."""
    target.write(_LENGTH.pack(len(data)))
    target.write(data)
    target.flush()


# In the engine


def start(hidden: str, module: str) -> "subprocess.Popen[bytes]":
    """One of our programs, as :func:`mssclient.engine.start.command` names it. Raises OSError."""
    return subprocess.Popen(
        command(hidden, module),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        close_fds=True,
    )


def end(process: "subprocess.Popen[bytes]") -> None:
    """Kill it, whatever it does. Nobody may be reading from it or writing to it any more."""
    with contextlib.suppress(OSError):
        process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(2.0)


# In the process itself


def own(memory_octets: int) -> tuple[IO[bytes], IO[bytes]]:
    """Where jobs come from and results go to; called first. Confines the process to ``memory_octets``."""
    out = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)  # a library that prints must not speak into the protocol
    confine(memory_octets)
    return os.fdopen(0, "rb"), out


def serve(
    source: IO[bytes], out: IO[bytes], decoder: msgspec.msgpack.Decoder[J], work: Callable[[J], Record | None]
) -> int:
    """Do one job after the other; None is no answer. Returns the exit status: 1 after a torn frame.

    Raises msgspec.MsgspecError for what is no job, and what ``work`` raises.
    """
    while True:
        try:
            data = read_frame(source, JOB_OCTETS)
        except TornFrame:
            return 1
        except EOFError:
            return 0
        job = decoder.decode(data)
        del data
        result = work(job)
        del job
        if result is not None:
            write_frame(out, to_wire(result))
