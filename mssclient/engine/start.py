"""Start the engine as a program of its own: never by multiprocessing, which would bring Qt along."""

import contextlib
import os
import subprocess
import sys
import threading

import msgspec

from mssclient.model.errors import Problem, WorldError
from mssclient.model.language import _
from mssclient.store.profile import Profile

__all__ = ["READY_LIMIT_S", "Started", "command", "report", "start_engine"]

READY_LIMIT_S = 20.0
"""From the start of the process to its first line; a cold disk and a virus scanner are slow."""


class Started(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The one line that an engine writes to its standard output: "ready", "taken" or "failed"."""

    state: str
    problem: Problem | None = None


def report(started: Started) -> None:
    """Said by the engine itself, once; the reader may be gone."""
    with contextlib.suppress(OSError):  # a frozen program without console has no sys.stdout
        os.write(1, msgspec.json.encode(started) + b"\n")


def command(hidden: str, module: str) -> list[str]:
    """How to start one of our own programs: frozen builds take the hidden argument."""
    if getattr(sys, "frozen", False):
        return [sys.executable, hidden]
    return [sys.executable, "-m", module]


def start_engine(profile: Profile, *, demo_small: bool = False) -> tuple["subprocess.Popen[bytes]", Started]:
    """Start an engine and wait for its first line. Blocks up to READY_LIMIT_S.

    The engine lives in a session of its own: it ends because its last client is gone, not because a
    terminal was closed. Raises WorldError("engine-not-started").
    """
    arguments = [*command("--engine", "mssclient.engine"), "--profile", str(profile.folder)]
    if profile.demo:
        arguments.append("--demo")
    if demo_small:
        arguments.append("--demo-small")
    quiet = None if os.environ.get("MSSCLIENT_DEBUG") else subprocess.DEVNULL
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    try:
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=quiet,
            start_new_session=True,
            creationflags=flags,
        )
    except OSError as error:
        raise _not_started(type(error).__name__) from None
    assert process.stdout is not None
    watch = threading.Timer(READY_LIMIT_S, process.kill)
    watch.daemon = True
    watch.start()
    try:
        line = process.stdout.readline()
        started = msgspec.json.decode(line, type=Started)
    except (OSError, msgspec.MsgspecError, ValueError):
        process.kill()
        process.wait()
        raise _not_started(f"exit status {process.returncode}") from None
    finally:
        watch.cancel()
        process.stdout.close()
    return process, started


def _not_started(detail: str) -> WorldError:
    return WorldError(
        "engine-not-started",
        _("Le moteur de la messagerie n’a pas démarré."),
        _("Relancez le programme ; si cela se répète, redémarrez l’ordinateur puis prévenez votre support."),
        detail,
    )
