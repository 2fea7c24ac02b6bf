"""« Suivi des envois »: what is said of a sending or an action, and what its buttons do."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel
from pytestqt.qtbot import QtBot

from mssclient.model.drafts import OutboxItem, RefusedRecipient
from mssclient.model.errors import Problem
from mssclient.model.ids import AccountId, new_id
from mssclient.model.wants import Move, Retry, Settle, Submit, Undo, Want, WantView
from mssclient.store import effects, journal, outbox
from mssclient.store.store import Priority
from tests.ui.practice import StoreDoor, folder_of
from ui.main.window import MainWindow
from ui.outbox.page import OutboxPage
from ui.outbox.words import action_words, recipients_words, state_words

REFUSED = Problem(code="refused", sentence="L’opérateur refuse.", remedy="Vérifiez l’adresse.")


def add_send(door: StoreDoor, state: str, subject: str = "Avis", problem: Problem | None = None) -> str:
    """A frozen message in this state."""
    want_id = new_id()
    account = next(iter(door.made.values()))["account"]

    def work(tx: Any) -> None:
        journal.append_want(tx, want_id, Submit(account=account), account, "Envoyer un message")
        rfc_id = f"<{want_id}@x>"
        outbox.freeze(
            tx, want_id, account, b"Subject: x\r\n\r\ny", rfc_id, "a@b.fr", ("c@d.fr",), subject, None
        )
        if state != "waiting":
            journal.set_state(tx, want_id, "doing")
            if state != "doing":
                journal.set_state(tx, want_id, state, problem=problem)

    door.store.write(Priority.PERSON, work)
    return want_id


def add_parked_move(window: MainWindow, door: StoreDoor) -> str:
    """A move that the operator refused."""
    want_id = new_id()
    row = _first_row(window, door)
    want = Move(placements=(row.id,), folder=folder_of(door, "Archives"))

    def work(tx: Any) -> None:
        journal.append_want(tx, want_id, want, row.account, "Déplacer 1 message vers Archives")
        effects.apply_local(tx, want_id, want)
        journal.set_state(tx, want_id, "doing")
        journal.set_state(tx, want_id, "parked", problem=REFUSED)

    door.store.write(Priority.PERSON, work)
    return want_id


def _first_row(window: MainWindow, door: StoreDoor) -> Any:
    assert window.bridge.view is not None
    return window.bridge.view.rows(folder_of(door), 0, 1)[0]


def said(page: OutboxPage) -> list[str]:
    return [each.text() for each in page.findChildren(QLabel) if each.isVisible() and each.text()]


def press(page: OutboxPage, words: str, qtbot: QtBot) -> None:
    (found,) = [
        each for each in page.findChildren(QAbstractButton) if each.isVisible() and each.text() == words
    ]
    qtbot.mouseClick(found, Qt.MouseButton.LeftButton)


def decisions(door: StoreDoor) -> list[Want]:
    return [want for want in door.said if isinstance(want, Retry | Settle | Undo)]


@pytest.fixture
def page(practice: tuple[MainWindow, StoreDoor]) -> OutboxPage:
    practice[0].show_place("outbox")
    return practice[0].outbox


def test_a_parked_action_is_shown_counted_and_tried_again(
    practice: tuple[MainWindow, StoreDoor], page: OutboxPage, qtbot: QtBot
) -> None:
    window, door = practice
    want_id = add_parked_move(window, door)
    qtbot.waitUntil(lambda: "Actions en attente" in said(page))
    assert "Déplacer 1 message vers Archives" in said(page)
    assert "L’opérateur refuse. Vérifiez l’adresse." in said(page)
    badge = next(each for each in window.rail.findChildren(QAbstractButton) if each.text() == "Suivi")
    assert badge.accessibleName() == "Suivi\u00a0: 1 action à regarder"
    press(page, "Réessayer", qtbot)
    assert decisions(door) == [Retry(target=want_id)]
    qtbot.waitUntil(lambda: "Aucun envoi en attente" in said(page))
    assert badge.accessibleName() == "Suivi"


def test_a_parked_action_is_given_up(
    practice: tuple[MainWindow, StoreDoor], page: OutboxPage, qtbot: QtBot
) -> None:
    window, door = practice
    row = _first_row(window, door)
    want_id = add_parked_move(window, door)
    qtbot.waitUntil(lambda: "Actions en attente" in said(page))
    press(page, "Annuler", qtbot)
    assert decisions(door) == [Undo(target=want_id)]
    assert window.bridge.view is not None
    now = window.bridge.view.row(row.id)
    assert now is not None
    assert now.folder == row.folder, "it stands where it was"


def test_sendings_have_the_decisions_of_their_state(
    practice: tuple[MainWindow, StoreDoor], page: OutboxPage, qtbot: QtBot
) -> None:
    door = practice[1]
    unsure = add_send(door, "uncertain", "Incertaine")
    qtbot.waitUntil(lambda: "Incertaine" in said(page))
    press(page, "Est parti", qtbot)
    waiting = add_send(door, "waiting", "Attend")
    qtbot.waitUntil(lambda: "Attend" in said(page))
    assert decisions(door) == [Settle(target=unsure, outcome="sent")]
    door.said.clear()
    door.store.write(Priority.PERSON, lambda tx: journal.set_state(tx, unsure, "done"))
    qtbot.waitUntil(lambda: "Incertaine" not in said(page))
    with qtbot.waitSignal(page.draft_back):
        press(page, "Annuler l’envoi", qtbot)
    assert decisions(door) == [Undo(target=waiting)]


def test_a_decision_is_taken_once_and_a_refusal_is_said(
    practice: tuple[MainWindow, StoreDoor], page: OutboxPage, qtbot: QtBot
) -> None:
    window, door = practice
    add_send(door, "parked", "Refusée", REFUSED)
    qtbot.waitUntil(lambda: "Refusée" in said(page))
    door.refuse = Problem(code="not-uncertain", sentence="Trop tard.")
    button = next(
        each for each in page.findChildren(QAbstractButton) if each.text() == "Remettre en brouillon"
    )
    button.click()
    button.click()
    assert len(decisions(door)) == 1
    qtbot.waitUntil(lambda: window.toasts.text == "Trop tard.")
    again = next(
        each
        for each in page.findChildren(QAbstractButton)
        if each.text() == "Remettre en brouillon" and each.isVisible()
    )
    assert again.isEnabled()


def test_while_hidden_it_only_counts(practice: tuple[MainWindow, StoreDoor], qtbot: QtBot) -> None:
    window, door = practice
    with qtbot.waitSignal(window.outbox.counted, check_params_cb=lambda number: number == 1):
        add_send(door, "parked", "Cachée", REFUSED)
    assert window.outbox._list.count() == 0
    window.show_place("outbox")
    qtbot.waitUntil(lambda: "Cachée" in said(window.outbox))


def test_all_is_newest_first_and_bounded(
    practice: tuple[MainWindow, StoreDoor], page: OutboxPage, qtbot: QtBot
) -> None:
    door = practice[1]
    for number in range(103):
        add_send(door, "done", f"Numéro {number}")
    press(page, "Tous", qtbot)
    words = said(page)
    assert "Numéro 102" in words
    assert "Numéro 2" not in words
    assert "Seuls les 100 premiers sont montrés." in words


def test_every_state_has_words() -> None:
    for state in ("waiting", "doing", "done", "undone", "parked", "uncertain"):
        for problem in (None, REFUSED):
            item = OutboxItem(
                want="w",
                account=AccountId(1),
                rfc_message_id="<x>",
                subject="",
                recipients=tuple(f"a{n}@b.fr" for n in range(6)),
                state=state,
                problem=problem,
                refused=(RefusedRecipient(address="a@b.fr", code=550, sentence="inconnu"),),
            )
            icon, role, words = state_words(item)
            assert icon
            assert role
            assert words
            assert recipients_words(item) == "À\u00a0: a0@b.fr, a1@b.fr, a2@b.fr, a3@b.fr, … (+2)"
    bare = WantView(id="w", kind="move", state="parked")
    assert action_words(bare) == ("Action sur des messages", "L’opérateur a refusé cette action.")
