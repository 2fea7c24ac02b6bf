"""What the repository holds and does not hold."""

import ast
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.reference import REPOSITORY

TOP_LEVEL = {
    ".ci",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "mssclient",
    "packaging",
    "pyproject.toml",
    "requirements.lock",
    "resources",
    "tests",
    "ui",
}
DOT_FILES = {".editorconfig", ".gitattributes", ".gitignore"}
MODULE_LINES = 800
FUNCTION_LINES = 80
TEXT = {".py", ".md", ".toml", ".txt", ".sh", ".lock", ".sql", ".json", ".xml", ".po", ".svg", ""}


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """The files that git keeps, and those that it would."""
    if shutil.which("git") is None or not (REPOSITORY / ".git").exists():
        pytest.skip("this is no clone: git cannot say which files belong to it")
    argv = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(argv, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    return [path for name in listed.split("\0") if name and (path := REPOSITORY / name).is_file()]


def test_the_top_level_is_what_it_was_agreed_to_be(tracked: list[Path]) -> None:
    found = {path.relative_to(REPOSITORY).parts[0] for path in tracked}
    assert found - DOT_FILES == TOP_LEVEL
    assert (REPOSITORY / ".ci/run").stat().st_mode & 0o111, ".ci/run cannot be run"


@pytest.mark.parametrize("folder", ["packaging", "resources"])
def test_folders_that_are_no_packages_stay_so(folder: str) -> None:
    """``packaging/__init__.py`` would take the name of the library that pip and pytest use."""
    assert not (REPOSITORY / folder / "__init__.py").exists()


def test_no_lock_file_that_records_addresses(tracked: list[Path]) -> None:
    names = {
        "uv.lock",
        "pylock.toml",
        "package-lock.json",
        "poetry.lock",
        "Pipfile.lock",
        "pdm.lock",
        "yarn.lock",
    }
    assert [path for path in tracked if path.name in names] == []
    assert "/" not in (REPOSITORY / "requirements.lock").read_text()


def test_no_path_of_a_computer_and_no_package_registry(tracked: list[Path]) -> None:
    hosts = ("py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "deb." + "debian.org")
    paths = re.compile(r"(?<![\w./~-])/(?:wo" + r"rk|ro" + r"ot|home/[a-z]\w*)/")
    found: list[str] = []
    for path in tracked:
        if path.suffix in TEXT:
            for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
                if paths.search(line) or any(host in line for host in hosts):
                    found.append(f"{path.relative_to(REPOSITORY)}:{number}")
    assert found == []


def test_no_module_is_too_long(tracked: list[Path]) -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in tracked if path.suffix == ".py"}
    assert {path: length for path, length in lengths.items() if length > MODULE_LINES} == {}


def test_no_function_is_too_long(tracked: list[Path]) -> None:
    """Counted in the program; the demonstration's letters and the tests' specimens are data."""
    found: list[str] = []
    for path in tracked:
        place = path.relative_to(REPOSITORY)
        if path.suffix != ".py" or place.parts[0] not in ("mssclient", "ui") or "corpus" in place.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                if (length := node.end_lineno - node.lineno + 1) > FUNCTION_LINES:
                    found.append(f"{place}:{node.lineno} {node.name}: {length} lines")
    assert found == []
