"""The lock: every Python package with its version and hashes, in parts that can be installed apart.

    lock.py write [--upgrade]    make requirements.lock again from pyproject.toml (uv must be here)
    lock.py select PART...       print these parts of it: build, program, card, tests

The file is an ordinary requirements file and may be installed whole. It names no address and no
folder, so it tells nothing of the computer it was made on. ``select`` needs the standard library only.
"""

import re
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
PARTS = {
    "build": "what builds packages",
    "program": "the program",
    "card": "smart cards; on Linux built with gcc, swig and libpcsclite-dev",
    "tests": "tests and tools",
}
HEADING = re.compile(r"^# == (\w+): ")


def compile_requirements(*sources: str, extra: tuple[str, ...] = (), wanted: str = "", like: str = "") -> str:
    """Resolve for every supported system and Python; ``like`` is a lock whose versions are preferred."""
    uv = Path(sysconfig.get_path("scripts")) / "uv"
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder, "result.txt")
        result.write_text(like)
        (listed := Path(folder, "wanted.in")).write_text(wanted)
        argv = [uv, "pip", "compile", "--quiet", "--universal", "--python-version=3.11", "--generate-hashes"]
        argv += ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links", "--no-config"]
        argv += [f"--extra={name}" for name in extra] + [f"--output-file={result}", *sources, listed]
        subprocess.run(argv, check=True, cwd=ROOT)
        return result.read_text()


def blocks(text: str) -> dict[str, str]:
    """Package name → its requirement with the lines of hashes that follow."""
    found = re.findall(r"^(?:[A-Za-z0-9].*\\\n)(?:    --hash=.*\n)+", text, re.MULTILINE)
    return {block.split("==")[0]: block for block in found}


def write(upgrade: bool) -> None:
    like = "" if upgrade or not LOCK.exists() else LOCK.read_text()
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    everything = compile_requirements(
        "pyproject.toml", extra=("card", "dev"), wanted="\n".join(build), like=like
    )
    versions = blocks(everything)
    program = set(blocks(compile_requirements("pyproject.toml", like=everything)))
    card = set(blocks(compile_requirements("pyproject.toml", extra=("card",), like=everything))) - program
    tools = set(blocks(compile_requirements(wanted="\n".join(build), like=everything)))
    parts = {"build": tools, "program": program - tools, "card": card - tools}
    parts["tests"] = set(versions) - set().union(*parts.values())
    text = (
        "# Made by `make lock`. Versions and hashes only: where they come from is each computer's matter.\n"
    )
    for part, title in PARTS.items():
        text += f"\n# == {part}: {title}\n" + "".join(versions[name] for name in sorted(parts[part]))
    assert "/" not in text, "the lock would tell where it was made"
    LOCK.write_text(text)


def select(parts: list[str]) -> str:
    """The requirements of these parts."""
    assert set(parts) <= set(PARTS), f"the parts are {', '.join(PARTS)}"
    lines: list[str] = []
    here = ""
    for line in LOCK.read_text().splitlines(keepends=True):
        if heading := HEADING.match(line):
            here = heading[1]
        if here in parts:
            lines.append(line)
    return "".join(lines)


def main(argv: list[str]) -> None:
    match argv:
        case ["write"] | ["write", "--upgrade"]:
            write("--upgrade" in argv)
        case ["select", *parts] if parts:
            sys.stdout.write(select(parts))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
