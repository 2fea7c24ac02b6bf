"""Every error that the program can raise says in French what happens and what the person can do."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import mssclient
from tests.badinput.practice import faults_of

ROOT = Path(mssclient.__file__).parent
ERRORS = {"WorldError", "Refused", "BugError", "ChildFailed", "Problem"}
PLACES = {"{nb}": "\u00a0", "{nbsp}": "\u00a0", "{thin}": "\u202f", "{count}": "3", "{path}": "."}
"""What stands in a text before it is filled."""


def texts(node: ast.AST | None) -> Iterator[str]:
    """The French source texts in an expression: the first argument of each ``_(…)``."""
    if node is None:
        return
    for each in ast.walk(node):
        if (
            isinstance(each, ast.Call)
            and isinstance(each.func, ast.Name)
            and each.func.id in ("_", "ngettext")
        ):
            for argument in each.args[: 2 if each.func.id == "ngettext" else 1]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    text = argument.value
                    for place, value in PLACES.items():
                        text = text.replace(place, value)
                    yield text


def raised() -> Iterator[tuple[str, ast.Call]]:
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS:
                yield f"{path.relative_to(ROOT.parent)}:{node.lineno}", node


def part(call: ast.Call, place: int, name: str) -> ast.expr | None:
    if len(call.args) > place:
        return call.args[place]
    return next((each.value for each in call.keywords if each.arg == name), None)


CALLS = dict(raised())


@pytest.mark.parametrize("place", CALLS)
def test_an_error_has_a_cause_and_a_remedy(place: str) -> None:
    call = CALLS[place]
    assert len(CALLS) > 100
    starred = any(isinstance(each, ast.Starred) for each in call.args) or any(
        each.arg is None for each in call.keywords
    )
    if starred:
        return
    for number, name in ((1, "sentence"), (2, "remedy")):
        expression = part(call, number, name)
        if expression is None and name == "remedy" and ast.unparse(call.func) == "BugError":
            continue  # it has one of its own
        assert expression is not None, f"no {name}"
        for text in texts(expression):
            faults = [fault for fault in faults_of(text) if not fault.startswith("an unfilled place")]
            assert not faults, f"{text!r}: {faults}"


def every_text() -> Iterator[tuple[str, str]]:
    for room in ("mssclient", "ui"):
        for path in sorted((ROOT.parent / room).rglob("*.py")):
            for text in texts(ast.parse(path.read_text(encoding="utf-8"))):
                yield str(path.relative_to(ROOT.parent)), text


def test_every_text_has_french_typography() -> None:
    """Spaces before ; ! ? % :, inside « », curly apostrophes, one sign for three dots."""
    found = list(every_text())
    assert len(found) > 500
    signs = ("no narrow", "no non-breaking", "typewriter")
    wrong = [
        f"{path}: {text!r}: {fault}"
        for path, text in found
        for fault in faults_of(text)
        if fault.startswith(signs)
    ]
    assert not wrong, "\n" + "\n".join(wrong)
