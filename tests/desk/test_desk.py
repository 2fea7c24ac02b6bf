"""The desk itself, proved on a small window: what every test of the real window takes for granted."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.reference import REPOSITORY

if TYPE_CHECKING:
    from tests.desk.desk import Desk, Program

pytestmark = pytest.mark.window
PROGRAM = (sys.executable, str(Path(__file__).with_name("program.py")))


def state(program: "Program") -> str:
    return next(name for node in program.find_all("label") if (name := node.name).startswith("État"))


def test_the_one_control_without_a_name_is_found(desk: "Desk") -> None:
    program = desk.start(*PROGRAM)
    assert [node.role for node in program.unnamed()] == ["push button"]


def test_a_person_presses_writes_chooses_answers_and_quits(desk: "Desk") -> None:
    program, until = desk.start(*PROGRAM), desk.bus.until
    desk.click(program.find("push button", "Écrire"))
    until(lambda: state(program) == "État : pressé Écrire")

    search = program.find("text", "Rechercher")
    search.focus()
    desk.type("Été à 10 €, ça vient… Łódź")
    until(lambda: search.text == "Été à 10 €, ça vient… Łódź")

    rows = program.find("list", "Messages")
    with desk.bus.hearing() as ears:
        desk.click(rows.child(3))
        until(lambda: "selected" in rows.child(3).states)
        desk.key("Down")
        until(lambda: state(program) == "État : ligne 4")
        told = [
            event.node.name
            for event in ears.drain()
            if event.kind == "Object:StateChanged" and event.detail == "focused" and event.number
        ]
    assert told == ["Messages", "Message 3 de Zoé, non lu", "Message 4 de Zoé, non lu"]

    desk.key("alt+m")
    until(lambda: "focused" in program.find("menu item", "Archiver").states)
    desk.key("Return")
    until(lambda: state(program) == "État : archivé")

    desk.key("alt+m")
    until(lambda: program.find("menu item", "Supprimer"))
    desk.key("p")
    until(lambda: program.find("dialog", "Supprimer ?", "active"))
    desk.key("Escape")
    until(lambda: state(program) == "État : réponse 0")
    until(lambda: program.window.name == "Essai")

    desk.key("alt+F4")
    assert program.process.wait(10) == 0


def test_a_hundred_thousand_rows_cost_no_more_than_those_in_view(desk: "Desk") -> None:
    program = desk.start(*PROGRAM, "--rows", "100000")
    rows = program.find("list", "Messages")
    assert rows.count == 100_000
    assert 5 <= len(rows.children()) <= 12
    rows.focus()
    desk.key("End")
    desk.bus.until(lambda: "focused" in rows.child(99_999).states)
    assert rows.children()[-1].name == "Message 99999 de Zoé, non lu"


def test_two_windows_are_told_apart(desk: "Desk") -> None:
    one, two = desk.start(*PROGRAM, "--title", "Bureau A"), desk.start(*PROGRAM, "--title", "Bureau B")
    assert (one.windows[0].name, two.window.name) == ("Bureau A", "Bureau B")
    desk.activate(one)
    one.find("text", "Rechercher").focus()
    desk.type("bonjour")
    desk.bus.until(lambda: one.find("text", "Rechercher").text == "bonjour")
    assert two.find("text", "Rechercher").text == ""


@pytest.mark.parametrize(("width", "height", "scale"), [(1366, 768, 1.25), (3840, 2160, 2)])
def test_clicks_land_at_every_scale(
    new_desk: Callable[..., "Desk"], width: int, height: int, scale: float
) -> None:
    desk = new_desk(width, height, scale)
    program = desk.start(*PROGRAM)
    desk.click(program.find("push button", "Écrire"))
    desk.bus.until(lambda: state(program) == "État : pressé Écrire")


def test_a_keyring_can_be_had(new_desk: Callable[..., "Desk"]) -> None:
    desk = new_desk(keyring=True)
    keep = 'import keyring; keyring.set_password("a", "b", "c"); assert keyring.get_password("a", "b") == "c"'
    subprocess.run([sys.executable, "-c", keep], env=desk.env, check=True, timeout=60)


def test_a_picture_is_taken(desk: "Desk", tmp_path: Path) -> None:
    from PIL import Image

    desk.start(*PROGRAM)
    with Image.open(desk.shot(tmp_path / "a.png")) as picture:
        assert picture.size == (1366, 768)
        assert len(picture.getcolors(1 << 20) or []) > 10


def test_everything_ends_with_the_desk() -> None:
    from tests.desk.desk import Desk, living_in

    with Desk() as desk:
        desk.start(*PROGRAM)
        group = desk._group
        assert group is not None
        assert len(living_in(group)) > 4
    assert living_in(group) == []


COMPLAINING = """
import sys
def test_it(desk):
    desk.start(sys.executable, {program!r}, "--complain")
"""


def test_a_window_that_complains_fails_its_test(tmp_path: Path, shots: Path) -> None:
    inner = REPOSITORY / "tests/desk" / f"inner_{os.getpid()}.py"
    inner.write_text(COMPLAINING.format(program=PROGRAM[1]))
    try:
        argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(inner)]
        env = os.environ | {"SHOTS": str(tmp_path)}
        done = subprocess.run(
            argv, cwd=REPOSITORY, env=env, capture_output=True, text=True, timeout=120, check=False
        )
    finally:
        inner.unlink()
    assert done.returncode == 1
    assert "QObject: une plainte" in done.stdout
