"""Who waits for an answer goes on when the work it is asked for is cancelled, whenever that comes."""

import threading

import pytest

from mssclient.engine.prompting import Prompting
from mssclient.engine.tickets import Ticket
from mssclient.model.errors import WorldError
from mssclient.model.ids import PromptId, new_id
from mssclient.model.prompts import Prompt, PromptAnswer
from mssclient.model.secrets import Secret


def _prompt() -> Prompt:
    return Prompt(id=PromptId(new_id()), kind="password", title="Mot de passe")


def _asking(
    prompting: Prompting, prompt: Prompt, ticket: Ticket | None
) -> tuple[threading.Thread, list[object]]:
    outcome: list[object] = []

    def ask() -> None:
        try:
            outcome.append(prompting.ask(prompt, ticket))
        except WorldError as error:
            outcome.append(error.code)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    return thread, outcome


@pytest.mark.parametrize("before", [True, False])
def test_a_cancel_ends_the_question(before: bool) -> None:
    shown = threading.Event()
    prompting = Prompting(lambda: (shown.set(), [])[1])  # it looks for windows once the prompt is open
    ticket = Ticket("want", lambda _progress: None)
    if before:
        ticket.cancel()
    thread, outcome = _asking(prompting, _prompt(), ticket)
    assert shown.wait(10)
    if not before:
        ticket.cancel()
    thread.join(10)
    assert outcome == ["cancelled"]


def test_an_answer_counts_once() -> None:
    shown = threading.Event()
    prompting = Prompting(lambda: (shown.set(), [])[1])
    prompt = _prompt()
    ticket = Ticket("want", lambda _progress: None)
    thread, outcome = _asking(prompting, prompt, ticket)
    assert shown.wait(10)
    answer = PromptAnswer(prompt=prompt.id, accepted=True, secret=Secret("secret invente"))
    prompting.answered(answer)
    prompting.answered(PromptAnswer(prompt=prompt.id, accepted=False))
    thread.join(10)
    assert outcome == [answer]
    ticket.cancel()
    prompting.withdraw(prompt.id)  # of what is over: nothing happens


def test_without_anybody_to_ask_it_is_declined() -> None:
    prompt = _prompt()
    assert Prompting(None).ask(prompt) == PromptAnswer(prompt=prompt.id, accepted=False)
