"""One profile with its engine in this process, a BAL of a real server in it, and the command line beside it.

``clear`` judges every problem that a person is told: French, with a remedy, in right typography.
"""

import contextlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from mssclient.engine.client import Client, Profile, View
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.drafts import OutboxItem
from mssclient.model.errors import Problem
from mssclient.model.ids import FolderId, PlacementId
from mssclient.model.messages import MessageView, Row
from mssclient.model.questions import (
    Done,
    MessageAnswer,
    OutboxAnswer,
    RawAnswer,
    ReadMessage,
    ReadOutbox,
    ReadRaw,
    SyncReport,
)
from mssclient.model.secrets import Secret
from mssclient.model.wants import ANY_WANT, AddAccount, RemoveAccount, Sync
from tests.engine.ears import Ear
from tests.planted import assert_no_secret, seed_secret
from tests.servers import ImapServer

__all__ = ["PASSPHRASE", "Answered", "Practice", "clear", "command_line", "faults_of", "letter", "practice"]

PASSPHRASE = seed_secret("phrase inventée pour les mauvaises entrées")
REPOSITORY = Path(__file__).resolve().parents[2]

_ENGLISH = re.compile(
    r"(?i)\b(the|and|not|is|was|has|failed|failure|error|invalid|exception|unexpected|unable|cannot|could"
    r"|denied|refused|timeout|errno|traceback|none|null|server|certificate|connection|file|disk|password)\b"
)
_KEBAB = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*$")


def faults_of(text: str) -> list[str]:
    """What is wrong with a French sentence for people; empty when nothing is."""
    faults: list[str] = []
    if not text:
        return ["empty"]
    whole, text = text, re.sub("«\u00a0[^»]*\u00a0»", "«\u00a0x\u00a0»", text)
    if found := _ENGLISH.search(text):
        faults.append(f"English: {found.group()}")
    if re.search(r"[^\u202f][;!?%]", text):
        faults.append("no narrow space before ; ! ? %")
    if re.search(r"[^\u00a0A-Z]:(?!\d|//)", text):
        faults.append("no non-breaking space before :")
    if re.search(r"«[^\u00a0]|[^\u00a0]»", text):
        faults.append("no non-breaking space inside « »")
    if "'" in text or "..." in text:
        faults.append("typewriter apostrophe or dots")
    if re.search(r"\{\w*\}|%[sd]|\n", whole):
        faults.append("an unfilled place or a line break")
    if not (text[0].isupper() or text[0].isdigit() or text[0] == "«"):
        faults.append("no capital")
    if not text.rstrip().endswith((".", "!", "?", "»")):
        faults.append("no full stop")
    return faults


def clear(problem: Problem | Any, *codes: str) -> Problem:
    """The problem, when it is one of these codes and says in good French what happens and what to do."""
    assert isinstance(problem, Problem), f"no problem was told, but a {type(problem).__name__}"
    assert not codes or problem.code in codes, (problem.code, problem.detail)
    assert _KEBAB.match(problem.code), problem.code
    for name in ("sentence", "remedy"):
        faults = faults_of(getattr(problem, name))
        assert not faults, f"{name} of {problem.code}: {faults}: {getattr(problem, name)!r}"
    for text in (problem.sentence, problem.remedy, problem.detail):
        assert_no_secret(text, f"the problem {problem.code}")
        assert "Traceback" not in text
        assert 'File "' not in text
    return problem


def letter(
    number: int, body: str | bytes = "Bonjour.", *, subject: str = "", to: str = "alice@exemple.fr"
) -> bytes:
    head = (
        f"From: Dr Essai <essai@exemple.fr>\r\nTo: {to}\r\nSubject: {subject or f'Message {number}'}\r\n"
        f"Message-ID: <mauvais{number}@exemple.fr>\r\nDate: Mon, 1 Jul 2024 10:00:00 +0200\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    )
    return head.encode() + (body if isinstance(body, bytes) else body.encode()) + b"\r\n"


class Listening(Ear):
    """Also hears that the store could not be opened."""

    def wait_for_more(self, within_s: float) -> None:
        """Until something else was heard, for a second at most."""
        with self._changed:
            self._changed.wait(min(within_s, 1.0))

    def failed(self, problem: Problem) -> None:
        self._note("failed", problem)


class Practice:
    """``background``: the workers of the BAL run, as under a window; else each turn is asked for."""

    def __init__(self, place: Path, *, background: bool = False, in_process: bool = True) -> None:
        self.place = place
        self.ear = Listening(passphrase=PASSPHRASE)
        options = {"passphrase": Secret(PASSPHRASE), "background": background} if in_process else None
        self.client = Client(Profile(place), self.ear, in_process=in_process, engine_options=options)
        self.ear.client = self.client
        self._view: View | None = None

    # -- life ------------------------------------------------------------------------------------

    def start(self) -> None:
        self.client.start()

    def open(self) -> "Practice":
        self.start()
        self.ear.wait("opened")
        return self

    def close(self) -> None:
        if self._view is not None:
            self._view.close()
            self._view = None
        begun = time.monotonic()
        self.client.close()
        assert time.monotonic() - begun < 8, "the engine did not stop in time"

    @property
    def view(self) -> View:
        if self._view is None:
            self._view = self.client.view()
        return self._view

    # -- a BAL -----------------------------------------------------------------------------------

    def add(
        self,
        server: ImapServer,
        user: str,
        *,
        imap: Endpoint | None = None,
        smtp: Endpoint | None = None,
        ca: bytes | None = None,
        password: str | None = None,
    ) -> Account | Problem:
        """The account that was added, or what was told instead."""
        address, right = server.credentials(user)
        outcome = self.ear.do(
            AddAccount(
                address=address,
                imap=imap or Endpoint(host=server.host, port=server.port_tls),
                smtp=smtp or Endpoint(host=server.host, port=server.submission_tls),
                ca_pem=(server.ca_pem if ca is None else ca).decode(),
                secret=Secret(right if password is None else password),
            )
        )
        if isinstance(outcome, Problem):
            return outcome
        assert isinstance(outcome, Done)
        assert outcome.account is not None
        return outcome.account

    def joined(self, server: ImapServer, user: str, **more: Any) -> Account:
        account = self.add(server, user, **more)
        assert isinstance(account, Account), account
        return account

    def remove(self, account: Account) -> None:
        assert isinstance(self.ear.do(RemoveAccount(account=account.id)), Done)

    def sync(self, account: Account | None = None, *, headers_only: bool = False) -> SyncReport:
        report = self.ear.do(Sync(account=account.id if account else None, headers_only=headers_only))
        assert isinstance(report, SyncReport), report
        return report

    def synced(self, account: Account | None = None) -> SyncReport:
        report = self.sync(account)
        assert not report.problems, report.problems
        return report

    def post(self, want: ANY_WANT) -> str:
        """Until it is written down."""
        want_id = self.client.post(want)
        self.ear.wait("acknowledged", lambda known: known == want_id)
        return want_id

    def until(self, question: Callable[[], bool], within_s: float = 60.0) -> None:
        """Asked again after each change."""
        limit = time.monotonic() + within_s
        while not question():
            assert time.monotonic() < limit, "it never came to that"
            self.ear.wait_for_more(limit - time.monotonic())

    def problem(self, report: SyncReport, *codes: str) -> Problem:
        assert len(report.problems) == 1, report
        return clear(next(iter(report.problems.values())), *codes)

    # -- looking ---------------------------------------------------------------------------------

    def folder(self, path: str = "INBOX") -> FolderId:
        return next(one.id for one in self.view.folders() if one.path == path)

    def rows(self, path: str = "INBOX") -> list[Row]:
        return self.view.rows(self.folder(path), 0, 3000)

    def row(self, subject: str, path: str = "INBOX") -> Row:
        return next(one for one in self.rows(path) if one.subject == subject)

    def held(self, path: str = "INBOX") -> list[bytes | None]:
        """Every message of a folder as the store holds it, oldest first."""
        return [self.view.raw(row.message) for row in reversed(self.rows(path))]

    def read(self, placement: PlacementId) -> MessageView:
        answer = self.ear.ask(ReadMessage(placement=placement))
        assert isinstance(answer, MessageAnswer), answer
        return answer.view

    def raw(self, placement: PlacementId) -> bytes:
        answer = self.ear.ask(ReadRaw(placement=placement))
        assert isinstance(answer, RawAnswer), answer
        return answer.raw

    def outbox(self, *, all: bool = False) -> list[OutboxItem]:
        answer = self.ear.ask(ReadOutbox(all=all))
        assert isinstance(answer, OutboxAnswer), answer
        return list(answer.items)

    def states(self) -> list[str]:
        return [
            state.state for name, value in list(self.ear.heard) if name == "changed" for state in value.states
        ]


@contextlib.contextmanager
def practice(folder: Path, *, background: bool = False, in_process: bool = True) -> Iterator[Practice]:
    """An open one; closed in the end."""
    one = Practice(folder, background=background, in_process=in_process)
    try:
        yield one.open()
    finally:
        one.close()


# -- the command line ------------------------------------------------------------------------------


class Answered:
    """What a verb left behind."""

    def __init__(self, code: int, out: bytes, err: bytes, seconds: float) -> None:
        self.code = code
        self.out = out
        self.err = err.decode("utf-8", "replace")
        self.seconds = seconds

    @property
    def document(self) -> dict[str, Any]:
        return json.loads(self.out)

    def problem(self, *codes: str) -> Problem:
        """What the document says under "error", judged."""
        return clear(Problem(**self.document["error"], exit_code=self.code), *codes)


def command_line(
    *arguments: str | Path,
    profile: Path | None = None,
    passwords: dict[str, str] | None = None,
    as_json: bool = True,
    within_s: float = 60.0,
    before: Sequence[str] = (),
) -> Answered:
    """``python -m mssclient …`` with secrets on standard input; never a traceback, always an end."""
    words: list[str] = [*before, sys.executable, "-m", "mssclient"]
    secrets = ""
    if profile is not None:
        words += ["--profile", str(profile), "--secrets", "-"]
        secrets = f'[store]\npassphrase = "{PASSPHRASE}"\n'
        for address, password in (passwords or {}).items():
            secrets += f'[accounts."{address}"]\npassword = "{password}"\n'
    words += ["--json"] if as_json else []
    words += [str(each) for each in arguments]
    begun = time.monotonic()
    done = subprocess.run(
        words,
        input=secrets.encode(),
        capture_output=True,
        timeout=within_s,
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONFAULTHANDLER": "1", "PYTHONWARNINGS": "error"},
        check=False,
    )
    answered = Answered(done.returncode, done.stdout, done.stderr, time.monotonic() - begun)
    assert done.returncode in (0, 1, 2, 3, 4), (done.returncode, answered.err)
    for what in ("Traceback", 'File "', "Logging error", "Warning:", "Errno"):
        assert what not in answered.err, answered.err
    assert_no_secret(done.stderr, "standard error")
    return answered
