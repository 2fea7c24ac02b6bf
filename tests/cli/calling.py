"""Run the program as a person's shell does."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Said", "mssclient"]


@dataclass(frozen=True)
class Said:
    code: int
    out: bytes
    err: str

    @property
    def json(self) -> Any:
        """The one document on standard output."""
        return json.loads(self.out)

    @property
    def text(self) -> str:
        return self.out.decode()


def mssclient(*arguments: str | Path, stdin: bytes = b"", limit_s: float = 120.0) -> Said:
    """``limit_s`` bounds the whole call."""
    done = subprocess.run(
        [sys.executable, "-m", "mssclient", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        timeout=limit_s,
        check=False,
        env=os.environ | {"PYTHONWARNINGS": "default"},
    )
    return Said(done.returncode, done.stdout, done.stderr.decode())
