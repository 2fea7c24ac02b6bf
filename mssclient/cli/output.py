"""How a verb speaks: one JSON document, or readable French text. The rest goes to standard error."""

import json
import sys
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from mssclient.mime.replies import paris_offset
from mssclient.model.documents import Patient
from mssclient.model.errors import Problem

__all__ = ["Output", "error_json", "iso", "local", "octets_text", "patient_json", "table"]


class Output:
    """Collects what a verb says; nothing reaches standard output before the end when JSON is wanted."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self.document: dict[str, Any] = {}
        self.text: list[str] = []
        self.raw: bytes | None = None
        """Bytes for standard output instead of everything else (``show --raw``)."""
        self.problem: Problem | None = None
        self.log_folder: Path | None = None
        """Of the profile in use."""
        self._progress = False

    def line(self, text: str = "") -> None:
        self.text.append(text)

    def fail(self, problem: Problem) -> None:
        """The first problem is the one that is told."""
        self.problem = self.problem or problem

    def progress(self, sentence: str) -> None:
        """On a terminal only, one line over the former one."""
        if sys.stderr.isatty() and not self.as_json:
            sys.stderr.write(f"\r\x1b[K{sentence}")
            sys.stderr.flush()
            self._progress = True

    def note(self, sentence: str) -> None:
        print(sentence, file=sys.stderr)

    def finish(self) -> None:
        if self._progress:
            sys.stderr.write("\r\x1b[K")
        if self.as_json:
            if self.problem is not None:
                self.document["error"] = error_json(self.problem)
            text = json.dumps(self.document, ensure_ascii=False, indent=2)
            self._write((_without_surrogates(text) + "\n").encode())
            return
        if self.raw is not None:
            self._write(self.raw)
        elif self.text:
            self._write((_without_surrogates(_harmless("\n".join(self.text))) + "\n").encode())
        if self.problem is not None:
            print(self.problem.sentence, file=sys.stderr)
            if self.problem.remedy:
                print(self.problem.remedy, file=sys.stderr)

    @staticmethod
    def _write(data: bytes) -> None:
        """As UTF-8, whatever the console's code page."""
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def _without_surrogates(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _harmless(text: str) -> str:
    """No control character of a message reaches the terminal."""
    return "".join(
        char if char in "\n\t" or not unicodedata.category(char).startswith("C") else "\ufffd"
        for char in text
    )


def error_json(problem: Problem) -> dict[str, str]:
    return {
        "code": problem.code,
        "sentence": problem.sentence,
        "remedy": problem.remedy,
        "detail": problem.detail,
    }


def patient_json(patient: Patient) -> dict[str, str | None]:
    return {
        "family": patient.family,
        "given": patient.given,
        "birth": patient.birth,
        "sex": patient.sex,
        "ins": patient.ins,
        "number": patient.number,
    }


def iso(moment_utc: int) -> str | None:
    """ISO 8601 in Paris with its offset; None for 0."""
    if moment_utc == 0:
        return None
    try:
        zone = timezone(timedelta(seconds=paris_offset(moment_utc)))
        return datetime.fromtimestamp(moment_utc, zone).isoformat()
    except (ValueError, OverflowError, OSError):
        return None


def local(moment_utc: int) -> str:
    """« 16/11/2026 09:12 » in Paris; "" for 0."""
    if moment_utc == 0:
        return ""
    shown = datetime.fromtimestamp(moment_utc, UTC) + timedelta(seconds=paris_offset(moment_utc))
    return shown.strftime("%d/%m/%Y %H:%M")


def octets_text(octets: int) -> str:
    for unit, size in (("Go", 10**9), ("Mo", 10**6), ("ko", 10**3)):
        if octets >= size:
            return f"{octets / size:.1f} {unit}".replace(".", ",")
    return f"{octets} o"


def _width(text: str) -> int:
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], most: int = 60) -> list[str]:
    """Aligned columns; numbers to the right; long cells are cut with an ellipsis."""
    cells = [[_cut(" ".join(cell.split()), most) for cell in row] for row in rows]
    widths = [max([_width(head), *(_width(row[at]) for row in cells)]) for at, head in enumerate(heads)]
    numeric = [
        bool(cells)
        and all(row[at].replace(" ", "").replace("\u202f", "").isdecimal() or not row[at] for row in cells)
        for at in range(len(heads))
    ]

    def line(row: Sequence[str]) -> str:
        pieces = [
            " " * (widths[at] - _width(cell)) + cell
            if numeric[at]
            else cell + " " * (widths[at] - _width(cell))
            for at, cell in enumerate(row)
        ]
        return "  ".join(pieces).rstrip()

    return [line(heads), *(line(row) for row in cells)]


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
