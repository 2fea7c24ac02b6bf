"""What ``--secrets`` may hold, and how a wrong call of ``account add`` is told."""

from pathlib import Path

import pytest

from mssclient.cli.arguments import UsageError, read_arguments
from mssclient.cli.secrets import read_secrets
from mssclient.model.secrets import Secret


def file_of(folder: Path, text: str) -> str:
    file = folder / "secrets.toml"
    file.write_text(text)
    file.chmod(0o600)
    return str(file)


def test_everything_that_opens_something(tmp_path: Path) -> None:
    text = (
        '[store]\npassphrase = "une phrase"\n[accounts."A@b.example"]\npassword = "vieux"\n'
        'new_password = "neuf"\n[card]\npin = "7391"\n'
    )
    found = read_secrets(file_of(tmp_path, text))
    assert found.passphrase == Secret("une phrase")
    assert found.passwords == {"a@b.example": Secret("vieux")}
    assert found.new_passwords == {"a@b.example": Secret("neuf")}
    assert found.pin == Secret("7391")
    assert "7391" not in repr(found)
    assert "neuf" not in repr(found)


@pytest.mark.parametrize(
    "text",
    [
        "[card]\npin = 7391",
        "card = 7391",
        '[accounts."a@b.example"]\npassword = "x"\nnew_password = 3',
        '[accounts."a@b.example"]\nnew_password = "sans ancien"',
        "[store]\npassphrase = 4",
        'accounts = "a"',
        '[accounts]\n"a@b.example" = "x"',
        "ceci n'est pas du TOML",
    ],
)
def test_what_is_written_otherwise_is_told_without_quoting_it(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError) as wrong:
        read_secrets(file_of(tmp_path, text))
    assert "7391" not in wrong.value.sentence


def test_what_account_add_takes() -> None:
    words = "--auth psc --psc-way phone --national-id 899700000001 --operator mailiz"
    hosts = "--accept-host x.example --accept-host y.example"
    options = read_arguments(["account", "add", "a@b.example", *words.split(), *hosts.split()])
    assert options.accept_host == ["x.example", "y.example"]
    assert (options.auth, options.psc_way, options.operator) == ("psc", "phone", "mailiz")
    assert read_arguments(["account", "login", "a@b.example"]).psc_way == ""


@pytest.mark.parametrize("more", [["--psc-way", "fax"], ["--auth", "carte"], ["--accept-host"], ["--pkcs12"]])
def test_what_it_does_not_take(more: list[str]) -> None:
    with pytest.raises(UsageError) as wrong:
        read_arguments(["account", "add", "a@b.example", *more])
    assert more[0] in wrong.value.sentence


def test_its_help_is_french(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_arguments(["account", "add", "--help"])
    shown = capsys.readouterr().out
    for word in ("--accept-host", "--pkcs12", "--certificate", "--national-id", "--psc-way", "--card-module"):
        assert word in shown
    assert "hors du domaine" in shown
