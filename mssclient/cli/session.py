"""One verb's conversation with the engine: the running one through its socket, else one in this process.

The methods block; a problem that the engine tells is raised as :class:`Told`.
"""

import getpass
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import msgspec

from mssclient.cli.arguments import UsageError
from mssclient.cli.output import Output
from mssclient.cli.secrets import Secrets
from mssclient.engine.client import Client, Listener, Profile, View
from mssclient.engine.profiles import choose_profile, throw_away
from mssclient.model.accounts import Account, Folder
from mssclient.model.changes import Changed, Opened, Progress
from mssclient.model.errors import Problem, Refused, WorldError
from mssclient.model.language import _, ngettext
from mssclient.model.prompts import Prompt, PromptAnswer
from mssclient.model.questions import ANY_ANSWER, ANY_QUESTION, SyncReport
from mssclient.model.secrets import Secret
from mssclient.model.wants import ANY_WANT, Sync

__all__ = ["Session", "Told", "with_remedy"]

A = TypeVar("A")
_OPEN_LIMIT_S = 40.0


class Told(Exception):
    """A problem that the engine told."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def engine_gone() -> WorldError:
    return WorldError(
        "engine-lost", _("Le moteur de la messagerie s’est arrêté pendant cette action."), _("Recommencez.")
    )


class Session(Listener):
    """Use as a context manager. One thread calls; the listener's methods run on the client's thread."""

    def __init__(self, folder: Path | None, *, demo: bool, secrets: Secrets, output: Output) -> None:
        self.output = output
        self.secrets = secrets
        self.demo = demo
        self._changed = threading.Condition()
        self._opened = False
        self._problem: Problem | None = None
        self._outcomes: dict[str, ANY_ANSWER | Problem] = {}
        self._acknowledged: set[str] = set()
        self._news = 0
        self._view: View | None = None
        self._thrown_away = demo and folder is None
        try:
            self.profile: Profile = throw_away() if self._thrown_away else choose_profile(folder, demo=demo)
        except Refused as error:
            raise UsageError(error.sentence) from error
        if not self._thrown_away:
            output.log_folder = self.profile.log_folder
        self.may_ask = not output.as_json and sys.stdin.isatty() and sys.stderr.isatty()
        self._pin = secrets.pin
        self._client = Client(
            self.profile,
            self,
            role="cli",
            in_process=True,
            engine_options={
                "passphrase": secrets.passphrase,
                "passwords": secrets.passwords,
                "ask": self._answer_prompt,
                "show": self._say,
                "background": False,
            },
        )

    @property
    def own_engine(self) -> bool:
        """The engine is one of the command line, here or in another verb: turns must be asked for."""
        return not self._client.background

    def __enter__(self) -> "Session":
        self._client.start()
        # A person may be typing a passphrase.
        limit = time.monotonic() + (threading.TIMEOUT_MAX / 2 if self.may_ask else _OPEN_LIMIT_S)
        with self._changed:
            while not self._opened and self._problem is None and time.monotonic() < limit:
                self._changed.wait(limit - time.monotonic())
            problem = self._problem
        if problem is None and not self._opened:
            problem = engine_gone().problem
        if problem is not None:
            self.close()
            raise Told(problem)
        try:
            if self.demo and self.own_engine:
                self._synchronise()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._view is not None:
            self._view.close()
            self._view = None
        self._client.close()

    def _synchronise(self) -> None:
        """A demonstration is complete before the verb begins."""
        report = self.do(Sync())
        if isinstance(report, SyncReport) and report.problems:
            raise Told(next(iter(report.problems.values())))

    # What verbs use

    @property
    def view(self) -> View:
        if self._view is None:
            self._view = self._client.view()
        return self._view

    def ask(self, question: ANY_QUESTION, kind: type[A]) -> A:
        """The answer. Raises Told."""
        return self._outcome(self._client.ask(question), kind)

    def do(self, want: ANY_WANT, kind: type[A] = object) -> A:
        """Post and wait for the end. Raises Told."""
        return self._outcome(self._client.post(want), kind)

    def post(self, want: ANY_WANT) -> str:
        """Post and wait until it is written down. Raises Told when it is refused."""
        want_id = self._client.post(want)
        with self._changed:
            while want_id not in self._acknowledged and want_id not in self._outcomes:
                self._changed.wait()
            outcome = self._outcomes.get(want_id)
        if isinstance(outcome, Problem):
            raise Told(outcome)
        return want_id

    def wait_until(self, fits: Callable[[], bool], limit_s: float) -> bool:
        """Look again after each change, for at most ``limit_s`` seconds."""
        limit = time.monotonic() + limit_s
        while True:
            with self._changed:
                seen = self._news
            if fits():
                return True
            with self._changed:
                while self._news == seen:
                    left = limit - time.monotonic()
                    if left <= 0 or not self._changed.wait(left):
                        return False

    def _outcome(self, id: str, kind: type[A]) -> A:
        with self._changed:
            while id not in self._outcomes:
                self._changed.wait()
            outcome = self._outcomes.pop(id)
        if isinstance(outcome, Problem):
            raise Told(with_remedy(outcome))
        if not isinstance(outcome, kind):
            raise TypeError(type(outcome).__name__)
        return outcome

    def ask_password(self, address: str) -> Secret:
        """On the terminal, without echo."""
        return Secret(getpass.getpass(_("Mot de passe de {address}\u00a0: ").format(address=address)))

    def _answer_prompt(self, prompt: Prompt) -> PromptAnswer:
        """On the engine's thread. A PIN of ``--secrets`` is given once: cards count tries, nobody looks."""
        if prompt.kind == "pin" and self.secrets.pin is not None:
            pin, self._pin = self._pin, None
            return PromptAnswer(prompt=prompt.id, accepted=pin is not None, secret=pin or Secret())
        if not self.may_ask:
            return PromptAnswer(prompt=prompt.id, accepted=False)
        return _choose(prompt) if prompt.kind == "certificate" else _ask_person(prompt)

    def _say(self, prompt: Prompt) -> None:
        """What ends by itself, on standard error."""
        self.output.note(prompt.sentence)
        self.output.note(prompt.url or _("Nombre\u00a0: {digits}").format(digits=prompt.digits))

    def account(self, name: str | None) -> Account | None:
        """By address or id; None for None. Raises Refused account-unknown."""
        if name is None:
            return None
        for account in self.view.accounts():
            if name.casefold() == account.address.casefold() or name == str(account.id):
                return account
        raise Refused(
            "account-unknown",
            _("Cette boîte aux lettres n’est pas configurée dans ce profil."),
            _("«\u00a0mssclient account list\u00a0» les montre."),
        )

    def folders(self, name: str, account: Account | None) -> list[Folder]:
        """By path, else by role, else by shown name. Raises Refused folder-unknown."""
        every = [one for one in self.view.folders(account.id if account else None) if one.selectable]
        folded = name.casefold()
        ways: tuple[Callable[[Folder], bool], ...] = (
            lambda one: one.path == name,
            lambda one: one.path.casefold() == folded,
            lambda one: one.role == folded,
            lambda one: one.name.casefold() == folded,
        )
        for fits in ways:
            if found := [one for one in every if fits(one)]:
                return found
        raise Refused(
            "folder-unknown",
            _("Ce dossier n’existe pas."),
            _("«\u00a0mssclient folders\u00a0» montre les dossiers connus."),
        )

    # Listener

    def _note(self) -> None:
        self._news += 1
        self._changed.notify_all()

    def opened(self, opened: Opened) -> None:
        with self._changed:
            self._opened = True
            self._note()

    def locked(self) -> None:
        self.failed(
            WorldError(
                "store-locked", _("La messagerie est verrouillée."), _("Déverrouillez-la d’abord.")
            ).problem
        )

    def failed(self, problem: Problem) -> None:
        with self._changed:
            self._problem = self._problem or problem
            self._note()

    def changed(self, changed: Changed) -> None:
        with self._changed:
            self._note()

    def acknowledged(self, want_id: str) -> None:
        with self._changed:
            self._acknowledged.add(want_id)
            self._note()

    def ended(self, want_id: str, outcome: ANY_ANSWER | Problem) -> None:
        self._end(want_id, outcome)

    def answered(self, question_id: str, outcome: ANY_ANSWER | Problem) -> None:
        self._end(question_id, outcome)

    def _end(self, id: str, outcome: ANY_ANSWER | Problem) -> None:
        with self._changed:
            self._outcomes[id] = outcome
            self._note()

    def progress(self, progress: Progress) -> None:
        total = f" {progress.done}/{progress.total}" if progress.total else ""
        self.output.progress(f"{progress.sentence}{total}")

    def prompted(self, prompt: Prompt) -> None:
        pass  # windows are asked, never a verb

    def engine_lost(self, restarting: bool) -> None:
        pass  # what was asked ends with a problem; what was posted is posted again

    def engine_back(self) -> None:
        pass

    def raised(self, argument: str) -> None:
        pass


def with_remedy(problem: Problem) -> Problem:
    """What to do about it on the command line."""
    return msgspec.structs.replace(problem, remedy=_remedies().get(problem.code, problem.remedy))


def _remedies() -> dict[str, str]:
    """Where the command line has its own way of doing what is asked."""
    return {
        "host-outside": _(
            "Si votre opérateur le confirme, ajoutez --accept-host HÔTE pour chacun, ou --imap et --smtp."
        ),
        "autoconfiguration-unknown": _("Donnez les serveurs de votre opérateur par --imap et --smtp."),
        "pin-cancelled": _('Donnez-le par --secrets, sous [card]\u00a0: pin = "…".'),
        "card-choice": _("Choisissez-en un par --certificate, ou laissez une seule carte dans les lecteurs."),
        "login-missing": _("Donnez-le par --login."),
        "password-changed-only": _(
            'Donnez désormais le nouveau par --secrets, sous [accounts."adresse"]\u00a0: password = "…".'
        ),
        "password-missing": _('Donnez-le par --secrets, sous [accounts."adresse"]\u00a0: password = "…".'),
        "password-must-change": _(
            'Donnez-en un nouveau par --secrets, sous le premier\u00a0: new_password = "…".'
        ),
    }


def _choose(prompt: Prompt) -> PromptAnswer:
    """On the terminal, by number."""
    for line in (prompt.sentence, *(f"{number}. {words}" for number, words in enumerate(prompt.choices, 1))):
        print(line, file=sys.stderr)
    try:
        print(f"{prompt.title}\u00a0: ", end="", file=sys.stderr, flush=True)
        number = int(input())
    except (EOFError, KeyboardInterrupt, ValueError):
        return PromptAnswer(prompt=prompt.id, accepted=False)
    return PromptAnswer(prompt=prompt.id, choice=number - 1)


def _ask_person(prompt: Prompt) -> PromptAnswer:
    """On the terminal, without echo."""
    left = ""
    if prompt.tries_left is not None:
        words = ngettext("Dernier essai.", "{count} essais restants.", prompt.tries_left)
        left = words.format(count=prompt.tries_left)
    for line in (prompt.problem, prompt.sentence, prompt.holder, left):
        if line:
            print(line, file=sys.stderr)
    try:
        secret = getpass.getpass(f"{prompt.title}\u00a0: ")
    except (EOFError, KeyboardInterrupt):
        return PromptAnswer(prompt=prompt.id, accepted=False)
    return PromptAnswer(prompt=prompt.id, secret=Secret(secret))
