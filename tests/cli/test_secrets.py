"""What ``--secrets`` may hold, and how a wrong call of ``account add`` is told."""

from pathlib import Path

import pytest

from mssclient.cli.arguments import UsageError, read_arguments
from mssclient.cli.output import Output
from mssclient.cli.secrets import Secrets, read_secrets
from mssclient.cli.session import Session
from mssclient.model.ids import PromptId
from mssclient.model.prompts import Prompt
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


@pytest.mark.parametrize(
    ("pin", "terminal", "given"),
    [(None, True, ["2580", "2580"]), (None, False, ["", ""]), ("7391", True, ["7391", ""])],
)
def test_the_code_of_a_card_is_asked_on_a_terminal_or_given_once(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    pin: str | None,
    terminal: bool,
    given: list[str],
) -> None:
    monkeypatch.setattr("getpass.getpass", lambda _title: "2580")
    secrets = Secrets(pin=None if pin is None else Secret(pin))
    session = Session(home / "p", demo=False, secrets=secrets, output=Output(as_json=False))
    session.may_ask = terminal
    prompt = Prompt(id=PromptId("p"), kind="pin", title="Code", holder="PERRIN Dominique", tries_left=2)
    answers = [session._answer_prompt(prompt) for _time in range(2)]
    assert [each.secret.value for each in answers] == given
    assert [each.accepted for each in answers] == [bool(each) for each in given]
    said = capsys.readouterr().err
    assert ("2 essais restants." in said and "PERRIN" in said) == (given[0] == "2580")
