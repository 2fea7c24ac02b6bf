"""Wrong calls of the command line: exit 2, a French sentence, no traceback."""

import json
import os
import subprocess
import sys

import pytest

from mssclient.cli.main import run
from mssclient.model.errors import Problem
from tests.badinput.practice import REPOSITORY, clear

WRONG = [
    [],
    ["frob"],
    ["list"],
    ["list", "--limit", "beaucoup", "INBOX"],
    ["list", "--limit"],
    ["list", "--limit", "-3", "INBOX"],
    ["show", "1", "2"],
    ["show", "--raw=oui", "1"],
    ["account"],
    ["account", "oublier", "x"],
    ["account", "add", "a@exemple.fr", "--imap", "sans-port"],
    ["account", "add", "a@exemple.fr", "--imap", "x:99999999999999999999999"],
    ["account", "add", "a@exemple.fr", "--security", "aucune"],
    ["inspect", "--at", "demain", "x"],
    ["inspect", "--profil", "x"],
    ["whitelist", "verify"],
    ["move", "1"],
    ["outbox", "settle", "x", "--as", "perdu"],
    ["search"],
]


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_a_wrong_call(words: list[str], capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["--json", *words]) == 2
    out, err = capfdbinary.readouterr()
    problem = clear(Problem(**json.loads(out)["error"], exit_code=2), "usage")
    assert "{" not in problem.sentence
    assert b"Traceback" not in err


def test_octets_that_are_no_letters() -> None:
    """A name in Latin-1 on a UTF-8 system is a wrong call, not a mistake of ours."""
    for words in (
        [b"hprim", b"--to", b"/tmp/caf\xe9"],
        [b"search", b"\xff"],
        [b"--profile", b"/tmp/\xe9", b"folders"],
    ):
        call = [os.fsencode(sys.executable), b"-m", b"mssclient", b"--json", *words]
        done = subprocess.run(call, capture_output=True, cwd=REPOSITORY, timeout=60, check=False)
        assert done.returncode == 2, done
        clear(Problem(**json.loads(done.stdout)["error"]), "usage")
        assert b"Traceback" not in done.stderr
