"""The fuzz target starts and finds nothing in a short run (longer ones: ``--seconds``)."""

import subprocess
import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "fuzz" / "mime_reading.py"


def test_a_short_fuzz_run_finds_nothing() -> None:
    done = subprocess.run(
        [sys.executable, str(TARGET), "--seconds", "2", "--seed", "1"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert " 0 findings" in done.stdout
