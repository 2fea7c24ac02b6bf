"""What may be typed, and what a wrong call is told."""

import re
import sys
from pathlib import Path

import pytest

from mssclient import __main__ as program
from mssclient.cli.arguments import VERBS, UsageError, read_arguments
from mssclient.cli.output import table
from mssclient.cli.secrets import read_secrets
from mssclient.model.errors import Refused
from tests.cli.calling import mssclient


@pytest.mark.parametrize(
    "line",
    [
        "",
        "fly",
        "list",
        "list INBOX --limit x",
        "account",
        "account add",
        "account add a@b --imap nohost",
        "account add a@b --auth magic",
        "account add a@b --pkcs12 f.p12 --pkcs11 pkcs11:token=a",
        "whitelist",
        "inspect",
        "inspect m.eml --at yesterday",
        "outbox settle 1",
        "outbox settle 1 --as maybe",
        "hprim",
        "move 1",
        "--frob folders",
        "search",
    ],
)
def test_wrong_calls(line: str) -> None:
    with pytest.raises(UsageError):
        read_arguments(line.split())


def test_options_before_and_after_the_verb() -> None:
    before = read_arguments(["--json", "--demo", "--profile", "x", "account", "list"])
    after = read_arguments(["account", "list", "--json", "--demo", "--profile", "x"])
    for options in (before, after):
        assert (options.json, options.demo, options.profile) == (True, True, Path("x"))
    assert read_arguments(["folders"]).json is False
    assert read_arguments(["--json", "outbox", "settle", "1", "--as", "sent"]).json is True


def test_a_wrong_call_exits_2_in_json_too(home: Path) -> None:
    said = mssclient("--json", "list")
    assert said.code == 2
    assert said.json["error"]["code"] == "usage"
    words = mssclient("list")
    assert words.code == 2
    assert words.out == b""
    assert "usage" in words.err


def test_help_names_every_verb() -> None:
    said = mssclient("--help")
    assert said.code == 0
    for verb in VERBS:
        assert verb in said.text


ENGLISH = re.compile(r"show this|show program|usage:|positional|arguments?:|optional|exit|default|required")


@pytest.mark.parametrize(
    "line",
    [
        "",
        *VERBS,
        "outbox settle",
        "whitelist verify",
        *(f"account {action}" for action in ("add", "list", "remove", "test")),
    ],
)
def test_help_is_french_for_every_verb_and_option(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        read_arguments([*line.split(), "--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert told.startswith(f"usage\u00a0: mssclient {line}".rstrip())
    assert not ENGLISH.search(told), ENGLISH.search(told)
    assert not re.search(r"(?m)^\S+:", told), "a no-break space before the colon"
    for option in re.findall(r"(?m)^  (-\S.*)$", told):
        assert re.search(r"\S  +\S", option) or f"  {option}\n      " in told, f"nothing is said of {option}"


def test_options_are_never_guessed() -> None:
    """An abbreviation that works today would be another option tomorrow."""
    for line in (
        "account add a@b --sec tls",
        "outbox settle 1 --a sent",
        "whitelist verify f --a 2026-01-01",
    ):
        with pytest.raises(UsageError):
            read_arguments(line.split())


def test_secrets_are_refused_when_others_can_read_them(home: Path) -> None:
    file = home / "secrets.toml"
    file.write_text('[store]\npassphrase = "invention"\n[accounts."A@b.example"]\npassword = "autre"\n')
    if sys.platform != "win32":
        file.chmod(0o644)
        with pytest.raises(Refused):
            read_secrets(str(file))
        said = mssclient("--json", "--secrets", file, "--profile", home / "p", "folders")
        assert said.code == 4
        assert said.json["error"]["code"] == "secrets-readable-by-others"
        assert b"invention" not in said.out
    file.chmod(0o600)
    secrets = read_secrets(str(file))
    assert secrets.passphrase is not None
    assert secrets.passphrase.value == "invention"
    assert secrets.passwords["a@b.example"].value == "autre"
    assert "invention" not in repr(secrets)


@pytest.mark.parametrize(
    "text", ["not toml [", "store = 3", '[accounts."a"]\npassword = 3', "[accounts]\na = 1"]
)
def test_secrets_that_are_not_understood(home: Path, text: str) -> None:
    file = home / "secrets.toml"
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(UsageError):
        read_secrets(str(file))


@pytest.mark.parametrize(
    ("line", "window"),
    [
        ("", True),
        ("--demo", True),
        ("--demo --profile folders", True),
        ("mailto:a@b.example", True),
        ("--profile x Message.EML", True),
        ("folders", False),
        ("--json --demo folders", False),
        ("--help", False),
        ("--version", False),
        ("nonsense", False),
    ],
)
def test_with_a_verb_the_command_line_without_one_the_window(
    line: str, window: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[list[str]] = []
    ran: list[list[str]] = []

    def open_window(arguments: list[str]) -> int:
        opened.append(arguments)
        return 0

    def run(arguments: list[str]) -> int:
        ran.append(arguments)
        return 0

    monkeypatch.setattr(program, "_open_window", open_window)
    monkeypatch.setattr("mssclient.cli.main.run", run)
    monkeypatch.setattr(sys, "argv", ["mssclient", *line.split()])
    assert program.main() == 0
    assert (opened, ran) == (([line.split()], []) if window else ([], [line.split()]))


def test_tables_are_aligned_and_cut() -> None:
    lines = table(("NOM", "NOMBRE"), [("Ébène", "3"), ("x" * 90, "1200")], most=10)
    assert lines == ["NOM         NOMBRE", "Ébène            3", "xxxxxxxxx…    1200"]
