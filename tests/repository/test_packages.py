"""The lock, the names we take, and the system packages."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.reference import REPOSITORY

LOCKED = re.compile(r"^([A-Za-z0-9][\w.-]*)==(\S+)", re.MULTILINE)


def lock() -> dict[str, str]:
    text = (REPOSITORY / "requirements.lock").read_text()
    return {canonicalize_name(name): version for name, version in LOCKED.findall(text)}


def wanted() -> list[Requirement]:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"].values()
    lists = [project["build-system"]["requires"], project["project"]["dependencies"], *extras]
    return [Requirement(text) for each in lists for text in each]


def test_the_lock_holds_every_dependency_in_its_range() -> None:
    locked = lock()
    wrong = [
        str(each) for each in wanted() if not each.specifier.contains(locked.get(each.name.lower(), "0"))
    ]
    assert wrong == [], "run `make lock`"


def test_every_locked_package_has_its_hashes() -> None:
    text = (REPOSITORY / "requirements.lock").read_text()
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(lock())
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_what_is_installed_is_what_is_locked() -> None:
    locked = lock()
    here = {canonicalize_name(each.name): each.version for each in distributions()}
    other = {
        name: (here[name], version) for name, version in locked.items() if here.get(name, version) != version
    }
    if other and not (REPOSITORY / ".venv/.packages-test").exists():
        pytest.skip(f"not set up by make; installed and locked differ: {other}")
    assert other == {}


def test_the_parts_of_the_lock_make_the_whole() -> None:
    def select(*parts: str) -> set[str]:
        argv = [sys.executable, REPOSITORY / "packaging/lock.py", "select", *parts]
        text = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
        return {name for name, _ in LOCKED.findall(text)}

    parts = [select(part) for part in ("build", "program", "card", "tests")]
    assert select("build", "program", "card", "tests") == set().union(*parts)
    assert sum(map(len, parts)) == len(lock())
    assert "pyscard" in parts[2]
    assert {"pytest", "ruff"} <= parts[3]


@pytest.mark.parametrize("name", ["ui", "mssclient", "tests"])
def test_no_other_distribution_provides_our_names(name: str) -> None:
    others = [
        each.name
        for each in distributions()
        if each.name != "mssclient"
        and any(path.parts[0] in (name, f"{name}.py") for path in each.files or [] if path.suffix == ".py")
    ]
    assert others == []


def test_the_list_of_system_packages_is_well_formed() -> None:
    lines = (REPOSITORY / "packaging/system_packages.txt").read_text().splitlines()
    lines = [line for line in lines if line and not line.startswith("#")]
    bad = [line for line in lines if not re.fullmatch(r"(python|run|test|bench) [a-z0-9][a-z0-9.+|-]+", line)]
    assert bad == []
    assert len(lines) == len({line.split()[1] for line in lines})


def test_the_scripts_of_the_set_up_are_sound() -> None:
    for name in ("packaging/setup.sh", ".ci/run"):
        subprocess.run(["bash", "-n", REPOSITORY / name], check=True)
