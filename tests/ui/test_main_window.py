"""The main window by keyboard, what it says, what it forgets; every control named."""

import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSize, Qt, QTimer
from PySide6.QtGui import QAccessible, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from mssclient.model.accounts import AccountState
from mssclient.model.changes import Changed, Progress
from mssclient.model.errors import Problem
from mssclient.model.ids import AccountId, PromptId
from mssclient.model.prompts import Prompt, PromptAnswer
from mssclient.model.questions import SearchAnswer
from mssclient.model.wants import MarkFlags, Move, SetSetting, Sync, Undo
from mssclient.store.settings import set_setting
from mssclient.store.store import Priority
from tests.ui.practice import StoreDoor, folder_of
from ui.main.actions import entries, shortcut_table
from ui.main.move_dialog import MoveDialog
from ui.main.prompting import PromptDialog
from ui.main.running import read_mailto
from ui.main.top_bar import status_words
from ui.main.window import MainWindow
from ui.theme.words import clock

Opened = Callable[..., tuple[MainWindow, StoreDoor]]
Practice = tuple[MainWindow, StoreDoor]
CTRL = Qt.KeyboardModifier.ControlModifier


def focus_list(window: MainWindow, row: int = 0) -> Any:
    view = window.mail.list.view
    view.setFocus()
    view.setCurrentIndex(view.model().index(row, 0))
    return view


def wants(door: StoreDoor, kind: type) -> list[Any]:
    return [each for each in door.said if isinstance(each, kind)]


# Opening


def test_the_window_is_there_before_the_store(open_practice: Opened) -> None:
    window, _door = open_practice(start=False)
    assert window.isVisible()
    assert window.locked


def test_the_first_inbox_is_shown_and_nothing_is_opened(practice: Practice) -> None:
    window, door = practice
    assert window.mail.list.folder.id == folder_of(door)  # type: ignore[union-attr]
    assert window.mail.reader.placement is None
    assert not wants(door, MarkFlags)


def organisational(door: StoreDoor) -> str:
    """The setting that lets the second BAL open first."""
    account = next(one.id for one in door.view().accounts() if one.kind == "organisational")
    return f'[{account}, ""]'


def test_a_bal_that_is_chosen_to_open_first_opens(practice: Practice, qtbot: QtBot) -> None:
    window, door = practice
    other = folder_of(door, "INBOX/Biologie")
    window.mail.folders.tree.choose(other)
    window.bridge.post(SetSetting(name="bal.default", value=organisational(door)))
    shared = folder_of(door, "INBOX", account=1)
    qtbot.waitUntil(lambda: window.mail.list.folder.id == shared)  # type: ignore[union-attr]
    window.mail.folders.tree.choose(other)
    window.bridge.post(SetSetting(name="lock.after_minutes", value="20"))
    window.lock()
    window.unlock()
    qtbot.waitUntil(lambda: not window.locked)
    assert window.mail.list.folder.id == other, "after a lock one goes on where one was"  # type: ignore[union-attr]


@pytest.mark.parametrize("chosen", [True, False])
def test_the_default_bal_opens_at_the_start(open_practice: Opened, qtbot: QtBot, chosen: bool) -> None:
    window, door = open_practice(start=False)
    left_off = folder_of(door, "INBOX/Biologie")
    window.state.keep(folder=int(left_off))
    if chosen:
        value = organisational(door)
        door.store.write(Priority.PERSON, lambda tx: set_setting(tx, "bal.default", value))
    window.bridge.start()
    qtbot.waitUntil(lambda: window.mail.list.folder is not None)
    expected = folder_of(door, "INBOX", account=1) if chosen else left_off
    assert window.mail.list.folder.id == expected  # type: ignore[union-attr]


def test_place_and_folder_come_back(open_practice: Opened, qtbot: QtBot) -> None:
    window, door = open_practice()
    window.mail.folders.tree.choose(folder_of(door, "INBOX/Biologie"))
    assert window.mail.list.folder.name == "Biologie"  # type: ignore[union-attr]
    assert window.state.number("folder") == folder_of(door, "INBOX/Biologie")


def test_a_store_that_cannot_be_opened_is_said(open_practice: Opened, qtbot: QtBot) -> None:
    window, door = open_practice(start=False)
    door.listener.failed(
        Problem(code="disk-full", sentence="Le disque est plein.", remedy="Libérez de la place.")
    )
    qtbot.waitUntil(lambda: "Le disque est plein." in words_of(window.lock_page))
    assert "Libérez de la place." in words_of(window.lock_page)
    QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not window.locked)


def words_of(widget: QWidget) -> str:
    """All that can be read in a widget."""
    found = []
    for child in widget.findChildren(QWidget):
        if child.isVisible():
            text = getattr(child, "text", None)
            found.append(text() if callable(text) else "")
            found.append(child.accessibleName())
    return " ".join(str(each) for each in found)


# Deeds by keyboard


@pytest.mark.parametrize(
    ("key", "target", "toast"),
    [
        (Qt.Key.Key_E, "Archives", "Message archivé"),
        (Qt.Key.Key_Delete, "Trash", "Message supprimé"),
        (Qt.Key.Key_J, "Junk", "Message déplacé vers «\u00a0Indésirables\u00a0»"),
    ],
)
def test_one_key_moves_and_another_takes_it_back(
    practice: Practice, qtbot: QtBot, key: Qt.Key, target: str, toast: str
) -> None:
    window, door = practice
    view = focus_list(window, 1)
    row = view.current()
    QTest.keyClick(view, key)
    qtbot.waitUntil(lambda: view.model().rowCount() == 10)
    qtbot.waitUntil(lambda: window.toasts.text == toast)
    assert window.bridge.view.row(row.id).folder == folder_of(door, target)  # type: ignore[union-attr]
    QTest.keyClick(view, Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: view.model().rowCount() == 11)
    assert window.bridge.view.row(row.id).folder == folder_of(door)  # type: ignore[union-attr]
    assert len(wants(door, Undo)) == 1


def test_flag_and_read_are_turned_on_and_off(practice: Practice, qtbot: QtBot) -> None:
    window, _door = practice
    view = focus_list(window, 0)
    row = view.current()
    assert row.flags == ()

    def flags() -> set[str]:
        return set(window.bridge.view.row(row.id).flags)  # type: ignore[union-attr]

    for key, expected in (
        (Qt.Key.Key_D, {"flagged"}),
        (Qt.Key.Key_U, {"flagged", "seen"}),
        (Qt.Key.Key_U, {"flagged"}),
        (Qt.Key.Key_D, set()),
    ):
        QTest.keyClick(view, key)
        qtbot.waitUntil(lambda expected=expected: flags() == expected)
        qtbot.waitUntil(lambda expected=expected: set(view.current().flags) == expected)


def test_several_rows_are_one_want(practice: Practice, qtbot: QtBot) -> None:
    window, door = practice
    view = focus_list(window, 0)
    for _each in range(3):
        QTest.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(view, Qt.Key.Key_E)
    qtbot.waitUntil(lambda: view.model().rowCount() == 7)
    (want,) = wants(door, Move)
    assert len(want.placements) == 4
    qtbot.waitUntil(lambda: window.toasts.text == "4 messages archivés")


def test_of_several_messages_none_is_shown_and_all_are_acted_upon(practice: Practice, qtbot: QtBot) -> None:
    window, door = practice
    view, reader = focus_list(window, 0), window.mail.reader
    qtbot.waitUntil(lambda: reader.placement == view.current().id)
    for _each in range(3):
        QTest.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert reader.placement is None
    assert "4 messages sélectionnés" in words_of(reader)
    assert not window.actions_by_name["reply"].isEnabled()
    QTest.mouseClick(several_button(reader, "Archiver"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: view.model().rowCount() == 7)
    (want,) = wants(door, Move)
    assert len(want.placements) == 4
    qtbot.waitUntil(lambda: reader.placement is not None and reader.placement == view.current().id)
    assert "sélectionnés" not in words_of(reader)


def several_button(reader: QWidget, words: str) -> QAbstractButton:
    found = [each for each in reader.findChildren(QAbstractButton) if each.text().strip() == words]
    return next(each for each in found if each.isVisible())


def test_the_last_one_selected_is_shown_also_without_the_cursor(practice: Practice, qtbot: QtBot) -> None:
    window, _door = practice
    view, reader = focus_list(window, 0), window.mail.reader
    place = view.visualRect(view.model().index(2, 0)).center()
    for shown in (None, view.model().row(0).id):
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, CTRL, place)
        assert reader.placement == shown


def test_at_the_start_the_keyboard_is_in_the_list(practice: Practice, qtbot: QtBot) -> None:
    window, _door = practice
    view = window.mail.list.view
    qtbot.waitUntil(view.hasFocus)
    QTest.keyClick(view, Qt.Key.Key_Slash)
    assert QApplication.focusWidget() is window.top.search
    QTest.keyClicks(window.top.search, "11/24")
    assert window.top.search.text() == "11/24"
    window.clear_search()
    assert view.hasFocus()


def test_the_keyboard_stays_in_a_list_that_runs_empty_and_fills_again(
    practice: Practice, qtbot: QtBot
) -> None:
    window, door = practice
    pane = window.mail.list
    window.mail.folders.tree.choose(folder_of(door, "Junk"))
    pane.focus_list()
    assert not pane.view.isVisible()
    door.news("Junk")
    qtbot.waitUntil(pane.view.hasFocus)
    window.mail.folders.tree.choose(folder_of(door, "Trash"))
    assert not pane.view.isVisible()
    assert QApplication.focusWidget() is not window.top.search


def test_escape_brings_the_keyboard_back_from_the_reader(practice: Practice, qtbot: QtBot) -> None:
    window, _door = practice
    view = focus_list(window, 0)
    QTest.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    several_button(window.mail.reader, "Archiver").setFocus()
    assert not view.hasFocus()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert view.hasFocus()


def test_a_narrow_reader_shows_icons_rather_than_cut_words(practice: Practice, qtbot: QtBot) -> None:
    window, _door = practice
    reader = window.mail.reader

    def found() -> list[QAbstractButton]:
        names = ("Répondre", "À tous", "Transférer")
        return [each for each in reader.findChildren(QAbstractButton) if each.accessibleName() in names]

    for sizes, words in (([700, 460], ["", "", ""]), ([396, 650], ["Répondre", "À tous", "Transférer"])):
        window.mail.inner.setSizes(sizes)
        assert [each.text().strip() for each in found()] == words
        qtbot.waitUntil(lambda: not any(each.width() < each.sizeHint().width() for each in found()))


def test_the_keyboard_goes_along_to_another_page(practice: Practice, qtbot: QtBot) -> None:
    window, _door = practice
    view = focus_list(window, 0)
    for key in (Qt.Key.Key_2, Qt.Key.Key_5, Qt.Key.Key_1):
        QTest.keyClick(window, key, CTRL)
        focus = QApplication.focusWidget()
        page = window.pages.currentWidget()
        assert focus is not None
        assert focus is page or page.isAncestorOf(focus)
    assert view.hasFocus()


def test_letters_typed_in_the_search_box_are_letters(practice: Practice, qtbot: QtBot) -> None:
    window, door = practice
    focus_list(window, 0)
    QTest.keyClick(window, Qt.Key.Key_K, CTRL)
    assert QApplication.focusWidget() is window.top.search
    QTest.keyClicks(window.top.search, "dejeuner")
    assert window.top.search.text() == "dejeuner"
    assert not wants(door, Move) + wants(door, MarkFlags)


def test_tags_by_menu_and_digit(practice: Practice, qtbot: QtBot) -> None:
    window, door = practice
    view = focus_list(window, 0)

    def choose() -> None:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        QTest.keyClick(menu, Qt.Key.Key_1)

    QTimer.singleShot(50, choose)
    QTest.keyClick(view, Qt.Key.Key_L)
    qtbot.waitUntil(lambda: bool(wants(door, MarkFlags)))
    assert wants(door, MarkFlags)[0].add == ("Urgent",)
    qtbot.waitUntil(lambda: "Urgent" in view.current().keywords)


def test_move_finds_a_folder_without_its_accents(practice: Practice, qtbot: QtBot) -> None:
    window, door = practice
    view = focus_list(window, 0)

    def choose() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, MoveDialog)
        QTest.keyClicks(QApplication.focusWidget(), "indesi")
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)

    QTimer.singleShot(100, choose)
    QTest.keyClick(view, Qt.Key.Key_V)
    qtbot.waitUntil(lambda: bool(wants(door, Move)))
    assert wants(door, Move)[0].folder == folder_of(door, "Junk")


def test_deleting_for_good_is_asked(practice: Practice, qtbot: QtBot) -> None:
    window, _door = practice
    view = focus_list(window, 0)
    QTest.keyClick(view, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: view.model().rowCount() == 10)
    trash = folder_of(_door, "Trash")
    window.mail.folders.tree.choose(trash)
    qtbot.waitUntil(lambda: view.model().rowCount() == 1)
    focus_list(window, 0)
    QTimer.singleShot(100, lambda: QTest.keyClick(QApplication.activeModalWidget(), Qt.Key.Key_Escape))
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert view.model().rowCount() == 1


def test_rows_dropped_on_a_folder_move_there(practice: Practice, qtbot: QtBot) -> None:
    window, door = practice
    view, tree = focus_list(window, 0), window.mail.folders.tree
    data: QMimeData = view.model().mimeData([view.currentIndex()])

    def drop(folder: int) -> None:
        place = tree.visualRect(window.mail.folders.model.index_of(folder)).center()  # type: ignore[arg-type]
        event = QDropEvent(
            QPointF(place),
            Qt.DropAction.MoveAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        tree.dropEvent(event)

    drop(folder_of(door, "INBOX", account=1))
    assert not wants(door, Move), "a message stays in its BAL"
    assert "pas de boîte" in window.toasts.text
    drop(folder_of(door, "Archives"))
    (want,) = wants(door, Move)
    assert want.folder == folder_of(door, "Archives")


def test_a_refused_want_is_told(practice: Practice, qtbot: QtBot) -> None:
    window, door = practice
    view = focus_list(window, 0)
    door.refuse = Problem(
        code="no-right", sentence="Ce dossier est en lecture seule.", remedy="Copiez le message."
    )
    QTest.keyClick(view, Qt.Key.Key_D)
    qtbot.waitUntil(lambda: window.toasts.text == "Ce dossier est en lecture seule. Copiez le message.")
    assert not window.mail.deeds.can_undo()


# Search


def test_search_as_one_types_and_back(practice: Practice, qtbot: QtBot) -> None:
    window, _door = practice
    view = focus_list(window, 3)
    QTest.keyClick(window, Qt.Key.Key_K, CTRL)
    QTest.keyClicks(window.top.search, "posologie")
    qtbot.waitUntil(lambda: window.mail.list.searching)
    assert {row.subject for row in view.model().range_rows(0, 5)} == {"Question sur une posologie"}
    QTest.keyClick(window.top.search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: view.hasFocus() and view.current() is not None)
    assert window.mail.reader.placement == view.current().id
    QTest.keyClick(view, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.mail.list.searching)
    assert view.model().rowCount() == 11
    assert window.top.search.text() == ""


def test_a_search_without_result_offers_the_way_back(practice: Practice, qtbot: QtBot) -> None:
    window, _door = practice
    window.top.search.setText("xyzzyx")
    qtbot.waitUntil(lambda: "Aucun message trouvé" in words_of(window.mail.list))
    window.clear_search()
    assert window.mail.list.view.isVisible()


def test_results_name_the_bal_where_a_folder_name_is_shared(practice: Practice, qtbot: QtBot) -> None:
    window, door = practice
    view = window.mail.list.view
    inboxes = [folder_of(door), folder_of(door, account=1)]
    names = {each.id: each.name or each.address for each in door.view().accounts()}
    rows = [row for folder in inboxes for row in door.view().rows(folder, 0, 1)]
    rows += door.view().rows(folder_of(door, "INBOX/Biologie"), 0, 1)
    window.mail.show_search("x", SearchAnswer(rows=tuple(rows), total=len(rows), complete=True))
    places = view.model().places
    assert [places[each] for each in inboxes] == [
        f"{names[row.account]}\u00a0› Réception" for row in rows[: len(inboxes)]
    ]
    assert places[folder_of(door, "INBOX/Biologie")] == "Biologie"
    face = QAccessible.queryAccessibleInterface(view)
    assert f"dossier {places[inboxes[0]]}" in face.child(0).text(QAccessible.Text.Name)


def test_results_follow_what_is_done_with_them(practice: Practice, qtbot: QtBot) -> None:
    window, _door = practice
    view = window.mail.list.view
    window.top.search.setText("posologie")
    qtbot.waitUntil(lambda: window.mail.list.searching)
    before = view.model().rowCount()
    focus_list(window, 0)
    QTest.keyClick(view, Qt.Key.Key_D)
    qtbot.waitUntil(lambda: "flagged" in view.model().row(0).flags)
    assert view.model().rowCount() == before


# Filters


def test_filters_count_and_narrow(practice: Practice, qtbot: QtBot) -> None:
    window, _door = practice
    pane = window.mail.list
    for name, number in (
        ("unread", 5),
        ("abnormal", 2),
        ("bio", 3),
        ("flagged", 1),
        ("tag:Urgent", 1),
        ("all", 11),
    ):
        pane.choose_filter(name)
        assert pane.view.model().rowCount() == number, name
    assert pane._chips["unread"].accessibleName() == "Non lus 5"
    pane.choose_filter("unread")
    window.mail.folders.tree.choose(folder_of(_door, "Sent"))
    assert pane._filter == "all", "a filter does not follow into another folder"


def test_the_oldest_first(practice: Practice) -> None:
    window, _door = practice
    model = window.mail.list.view.model()
    rows = model.range_rows(0, 10)
    window.mail.list._order("old")
    assert model.range_rows(0, 10) == rows[::-1]
    assert window.mail.list.view.model().headings[0][1] == "Plus tôt"
    assert model.index_of(rows[0].id) == 10


def test_an_empty_folder_says_so(practice: Practice) -> None:
    window, door = practice
    window.mail.folders.tree.choose(folder_of(door, "Archives"))
    assert "Réception du dossier" in words_of(window.mail.list) or "Dossier vide" in words_of(
        window.mail.list
    )


# States of the engine


def test_status_words() -> None:
    def say(*states: AccountState, lost: bool = False) -> str:
        return status_words({each.account: each for each in states}, lost=lost, accounts=1)[2]

    one = AccountId(1)
    assert say(AccountState(account=one, state="online", last_sync_utc=7200)) == f"Relevé à {clock(7200)}"
    assert say(AccountState(account=one, state="syncing", todo_messages=1)) == "Relève, 1 restant"
    assert say(AccountState(account=one, state="offline")) == "Hors connexion"
    assert say(AccountState(account=one, state="refused")) == "Connexion refusée"
    assert say(lost=True) == "Moteur arrêté"


def test_trouble_of_a_bal_is_told_with_its_remedy(practice: Practice, qtbot: QtBot) -> None:
    window, door = practice
    account = window.mail.list.folder.account  # type: ignore[union-attr]
    problem = Problem(
        code="login-refused", sentence="Mot de passe refusé.", remedy="Saisissez-le de nouveau."
    )
    door.listener.changed(Changed(states=(AccountState(account=account, state="refused", problem=problem),)))
    qtbot.waitUntil(lambda: window.mail.list.bar.text == "Mot de passe refusé. Saisissez-le de nouveau.")
    assert window.top.status.text() == "Connexion refusée"
    door.listener.changed(Changed(states=(AccountState(account=account, state="online", last_sync_utc=60),)))
    qtbot.waitUntil(lambda: not window.mail.list.bar.isVisible())


def test_what_a_turn_left_out_is_told_beside_its_time(practice: Practice, qtbot: QtBot) -> None:
    window, door = practice
    account = window.mail.list.folder.account  # type: ignore[union-attr]
    state = AccountState(account=account, state="online", last_sync_utc=60, notice="« Clos » est refusé.")
    door.listener.changed(Changed(states=(state,)))
    qtbot.waitUntil(lambda: "« Clos » est refusé." in window.top.status.toolTip())
    assert window.top.status.text().startswith("Relevé à ")  # nothing to be alarmed about


def test_a_lost_engine_leaves_the_window_readable(practice: Practice, qtbot: QtBot) -> None:
    window, door = practice
    view = focus_list(window, 0)
    door.listener.engine_lost(True)
    qtbot.waitUntil(lambda: "redémarre" in window.bar.text and window.bar.isVisible())
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert view.current() is not None
    door.listener.engine_back()
    qtbot.waitUntil(lambda: not window.bar.isVisible())
    door.listener.engine_lost(False)
    qtbot.waitUntil(lambda: "sans cesse" in window.bar.text)


def test_progress_of_a_sync_can_be_cancelled(practice: Practice, qtbot: QtBot) -> None:
    window, door = practice
    ids: list[str] = []
    post = door.post

    def slow(want: Any, id: str | None = None) -> Any:
        if isinstance(want, Sync):
            ids.append(str(id))
            door.said.append(want)
            return id
        return post(want, id)

    door.post = slow  # type: ignore[method-assign]
    QTest.keyClick(window, Qt.Key.Key_F9)
    door.listener.progress(Progress(id=ids[0], done=13, total=18, sentence="Relève"))
    qtbot.waitUntil(lambda: "13 sur 18" in words_of(window.mail.folders))
    window.mail.folders._progress.cancelled.emit()
    assert ("cancel", ids[0]) in door.said


# Lock


def test_lock_forgets_what_was_shown(practice: Practice, qtbot: QtBot) -> None:
    window, _door = practice
    focus_list(window, 0)
    QTest.keyClick(window, Qt.Key.Key_L, CTRL)
    qtbot.waitUntil(lambda: window.locked)
    assert window.bridge.view is None
    assert window.mail.list.view.model().rowCount() == 0
    assert window.mail.folders.model.rowCount() == 0
    assert window.mail.reader.placement is None
    shown = " ".join(
        str(child.property("text") or "") + child.accessibleName() + child.toolTip()
        for child in window.findChildren(QWidget)
    )
    for secret in ("LEROUX", "Valvert", "aubry", "tilleuls"):
        assert secret not in shown
    QTest.keyClick(window.lock_page._go, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not window.locked)
    assert window.mail.list.view.model().rowCount() == 11


def test_shortcuts_do_nothing_while_locked(practice: Practice, qtbot: QtBot) -> None:
    window, door = practice
    window.lock()
    qtbot.waitUntil(lambda: window.locked)
    said = len(door.said)
    for key in (Qt.Key.Key_N, Qt.Key.Key_R, Qt.Key.Key_Z, Qt.Key.Key_H):
        QTest.keyClick(window, key, CTRL)
    QTest.keyClick(window, Qt.Key.Key_F9)
    assert len(door.said) == said


def test_a_prompt_is_answered_once(practice: Practice, qtbot: QtBot) -> None:
    _window, door = practice

    def type_it() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, PromptDialog)
        QTest.keyClicks(QApplication.focusWidget(), "quatre mots et demi")
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)

    QTimer.singleShot(200, type_it)
    door.listener.prompted(Prompt(id=PromptId("p"), kind="passphrase", sentence="Pour ouvrir."))
    qtbot.waitUntil(lambda: bool(wants(door, PromptAnswer)))
    (answer,) = wants(door, PromptAnswer)
    assert answer.secret.value == "quatre mots et demi"
    assert "quatre" not in repr(answer)


def test_a_new_passphrase_is_long_and_typed_twice(qtbot: QtBot) -> None:
    dialog = PromptDialog(None, Prompt(id=PromptId("p"), kind="passphrase-new"))
    qtbot.addWidget(dialog)
    first, second = dialog._entries
    for one, other, ready in (
        ("court", "court", False),
        ("assez longue oui", "autre", False),
        ("assez longue oui", "assez longue oui", True),
    ):
        first.setText(one)
        second.setText(other)
        assert dialog.primary_button.isEnabled() is ready
    answer = dialog.answer(True)
    assert answer.secret.value == "assez longue oui"
    assert first.text() == second.text() == ""


# Narrow


def test_a_narrow_window_shows_list_or_reader(practice: Practice, qtbot: QtBot) -> None:
    window, _door = practice
    window.resize(1000, 700)
    qtbot.waitUntil(lambda: not window.mail.reader.isVisible())
    view = focus_list(window, 0)
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert not window.mail.reader.isVisible(), "arrows stay in the list"
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert window.mail.reader.isVisible()
    assert not view.isVisible()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(view.hasFocus)
    window.resize(1366, 768)
    qtbot.waitUntil(lambda: window.mail.reader.isVisible() and view.isVisible())


# Access


CONTROLS = (QAbstractButton, QLineEdit, QComboBox, QAbstractItemView, QPlainTextEdit)


def unnamed(top: QWidget) -> list[str]:
    found = []
    for control in top.findChildren(QWidget):
        if isinstance(control, CONTROLS) and control.isVisible():
            face = QAccessible.queryAccessibleInterface(control)
            if not face.text(QAccessible.Text.Name).strip():
                found.append(f"{type(control).__name__} in {type(control.parentWidget()).__name__}")
    return found


def test_every_control_has_a_name(practice: Practice, qtbot: QtBot) -> None:
    window, _door = practice
    focus_list(window, 0)
    for place in ("mail", "contacts", "documents", "outbox", "settings"):
        window.show_place(place)
        qtbot.wait(20)
        assert unnamed(window) == [], place


def test_rows_and_folders_speak(practice: Practice) -> None:
    window, _door = practice
    view = window.mail.list.view
    face = QAccessible.queryAccessibleInterface(view)
    assert face.text(QAccessible.Text.Name) == "Messages"
    assert face.child(0).text(QAccessible.Text.Name).startswith("Laboratoire Valvert, Résultats")
    tree = QAccessible.queryAccessibleInterface(window.mail.folders.tree)
    said = [tree.child(number).text(QAccessible.Text.Name) for number in range(tree.childCount())]
    assert "Dr Camille Aubry, camille.aubry@medecin.mssante.fr, personnelle" in said
    assert any(words.endswith(", 5 non lus") for words in said)
    assert any(words.startswith("Espace utilisé") for words in said)


def test_tab_goes_through_the_window_and_comes_back(practice: Practice, qtbot: QtBot) -> None:
    window, _door = practice
    window.mail.list.view.setFocus()
    seen: list[QWidget] = []
    for _each in range(80):
        now = QApplication.focusWidget()
        assert now is not None
        if now in seen:
            break
        seen.append(now)
        QTest.keyClick(now, Qt.Key.Key_Tab)
    assert seen[0] is window.mail.list.view
    assert {window.top.search, window.mail.folders.tree} <= set(seen)
    assert len(seen) > 12


def test_f6_goes_from_pane_to_pane(practice: Practice) -> None:
    window, _door = practice
    window.top.search.setFocus()
    seen = []
    for _each in range(4):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_F6)
        focus = QApplication.focusWidget()
        seen.append(next(
            name for name, pane in (
                ("rail", window.rail), ("tree", window.mail.folders.tree), ("list", window.mail.list.view),
                ("reader", window.mail.reader), ("search", window.top.search),
            ) if focus is pane or pane.isAncestorOf(focus)
        ))  # fmt: skip
    assert seen == ["rail", "tree", "list", "search"], "an empty reader is passed by"


def test_the_ring_shows_after_the_keyboard_only(practice: Practice, qtbot: QtBot) -> None:
    window, _door = practice
    window.top.search.setFocus()
    QTest.keyClick(window.top.search, Qt.Key.Key_Tab)
    qtbot.waitUntil(window._ring.isVisible)
    QTest.mouseClick(window.mail.list.view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    assert not window._ring.isVisible()


def test_the_table_of_keys_has_no_double() -> None:
    keys = [key for entry in entries() for key in entry.keys]
    assert len(keys) == len(set(keys))
    assert ("Ctrl+Maj+R", "Répondre à tous") in shortcut_table()


@pytest.mark.parametrize(("width", "height"), [(683, 440), (911, 450), (1366, 768)])
def test_the_top_bar_has_room_on_small_and_enlarged_screens(
    practice: Practice, qtbot: QtBot, width: int, height: int
) -> None:
    window, _door = practice
    window.resize(width, height)
    qtbot.waitUntil(lambda: window.size() == QSize(width, height))
    layout = window.top.layout()
    parts = [layout.itemAt(number).widget() for number in range(layout.count())]

    def roomy() -> bool:
        shown = [each.geometry() for each in parts if each is not None and each.isVisible()]
        return all(before.right() < after.left() for before, after in pairwise(shown))

    qtbot.waitUntil(roomy)
    assert window.top.status.width() >= window.top.status.sizeHint().width()


def test_text_size_by_keyboard(practice: Practice, qtbot: QtBot) -> None:
    window, _door = practice
    focus_list(window, 0)
    before = window.mail.list.view.visualRect(window.mail.list.view.model().index(1, 0)).height()
    QTest.keyClick(window, Qt.Key.Key_Plus, CTRL)
    qtbot.waitUntil(
        lambda: (
            window.mail.list.view.visualRect(window.mail.list.view.model().index(1, 0)).height()
            == before * 1.1
        )
    )
    QTest.keyClick(window, Qt.Key.Key_0, CTRL)


# Around


def test_mailto_links_are_read_with_bounds() -> None:
    people, subject, text = read_mailto(
        "mailto:h.dubois@hopital.mssante.fr,b%40c.example"
        "?subject=Bonjour%20%C3%A0%0Atous&body=Un%0D%0ADeux&attach=/etc/passwd"
    )
    assert [person.address for person in people] == ["h.dubois@hopital.mssante.fr", "b@c.example"]
    assert subject == "Bonjour à tous"
    assert text.splitlines() == ["Un", "Deux"]
    assert len(read_mailto("mailto:" + "a@b.fr," * 5000)[0]) <= 200
    assert read_mailto("mailto:")[0] == ()


def test_the_window_imports_nothing_heavy() -> None:
    code = (
        "import sys, ui.app, ui.start;"
        "heavy = {'imapclient', 'lxml', 'cryptography', 'keyring', 'argon2', 'zstandard', 'nh3',"
        " 'css_inline', 'signxml', 'pypdfium2', 'tinycss2', 'aiosmtpd', 'pymap', 'asyncio',"
        " 'PySide6.QtNetwork', 'mssclient.mail', 'mssclient.medical', 'mssclient.mime'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_qt_is_loaded_after_the_engine_was_started() -> None:
    code = "import sys, ui.app; print([name for name in sys.modules if name.startswith('PySide6')])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_the_button_of_an_empty_page_hands_the_keyboard_to_the_list(practice: Practice, qtbot: QtBot) -> None:
    window, _door = practice
    pane = window.mail.list
    folder = pane.folder
    add = QPushButton("Ajouter une boîte")
    pane.say_nothing_yet(add)
    add.setFocus()
    qtbot.waitUntil(add.hasFocus)
    pane.show_folder(folder)
    qtbot.waitUntil(pane.view.hasFocus)
