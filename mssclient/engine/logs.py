"""The one place where logging is set up: a rotated file in the profile, without personal data.

Our modules log ids and codes. Of an exception only the types and the places in the code are written,
never its text: a library puts the line it could not read there. Other libraries' records keep their
name and level and lose their words.
"""

import contextlib
import logging
import logging.handlers
import os
import platform
import sys
import threading
import time
import traceback
from pathlib import Path
from types import TracebackType

from mssclient import __version__
from mssclient.model.errors import MssError

__all__ = ["catch_everything", "describe", "report_bug", "start_logging", "stop_logging"]

_FORMAT = "%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"
_OCTETS = 1_000_000
_COPIES = 3
_REPORTS = 20


def describe(error: BaseException) -> str:
    """Types, stable codes and places in the code, innermost last; no text of any exception."""
    lines: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        code = f" [{current.code}]" if isinstance(current, MssError) else ""
        lines.append(f"{type(current).__module__}.{type(current).__qualname__}{code}")
        for frame in traceback.extract_tb(current.__traceback__)[-25:]:
            place = "/".join(Path(frame.filename).parts[-3:])
            lines.append(f"  {place}:{frame.lineno} {frame.name}")
        current = current.__cause__ or current.__context__
    return "\n".join(lines)


class _Discreet(logging.Formatter):
    def __init__(self) -> None:
        super().__init__(_FORMAT, "%Y-%m-%dT%H:%M:%SZ")
        self.converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        ours = record.name.split(".")[0] in ("mssclient", "ui")
        plain = logging.makeLogRecord(record.__dict__)
        plain.exc_info, plain.exc_text, plain.stack_info = None, None, None
        if not ours:
            plain.msg, plain.args = "(words left out)", None
        text = super().format(plain)
        if record.exc_info and record.exc_info[1] is not None:
            text += "\n" + describe(record.exc_info[1])
        return text


class _File(logging.handlers.RotatingFileHandler):
    """On a full disk records are lost; the default would print them, with a traceback, to the terminal."""

    def handleError(self, record: logging.LogRecord) -> None:
        pass

    def close(self) -> None:
        with contextlib.suppress(OSError):  # what was not written yet, to a full disk
            super().close()


def start_logging(folder: Path) -> logging.Handler | None:
    """Log into ``folder``; None when it cannot be written to (the engine goes on without a log)."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler = _File(
            folder / "engine.log", maxBytes=_OCTETS, backupCount=_COPIES, encoding="utf-8", delay=True
        )
    except OSError:
        return None
    handler.setFormatter(_Discreet())
    handler.setLevel(logging.INFO)
    root = logging.getLogger()
    root.addHandler(handler)
    logging.getLogger("mssclient").setLevel(logging.INFO)
    return handler


def stop_logging(handler: logging.Handler | None) -> None:
    if handler is not None:
        logging.getLogger().removeHandler(handler)
        handler.close()


def report_bug(folder: Path, error: BaseException, doing: str) -> Path | None:
    """Write what the support needs about our mistake; None when that fails too. Any thread."""
    text = "\n".join(
        [
            f"MSS Client {__version__}, Python {platform.python_version()}, {platform.platform()}",
            f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {doing}",
            describe(error),
            "",
        ]
    )
    name = (
        f"bug-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{os.getpid()}-{threading.get_native_id()}.txt"
    )
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = folder / name
        file.write_text(text, encoding="utf-8")
        for old in sorted(folder.glob("bug-*.txt"))[:-_REPORTS]:
            old.unlink(missing_ok=True)
    except OSError:
        return None
    return file


def catch_everything() -> None:
    """An exception that nobody caught goes to the log, discreetly, and not to the screen."""
    log = logging.getLogger("mssclient.engine")

    def hook(kind: type[BaseException], error: BaseException, place: TracebackType | None) -> None:
        log.critical("not caught", exc_info=(kind, error, place))

    def thread_hook(arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            log.critical(
                "not caught in a thread",
                exc_info=(arguments.exc_type, arguments.exc_value, arguments.exc_traceback),
            )

    sys.excepthook = hook
    threading.excepthook = thread_hook
