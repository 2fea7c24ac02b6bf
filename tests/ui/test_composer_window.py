"""Writing a message: chips, routes, what is kept, what is asked before it leaves."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QWidget
from pytestqt.qtbot import QtBot

from mssclient.model.drafts import Draft, RouteOf
from mssclient.model.ids import DraftId, PlacementId
from mssclient.model.messages import Person
from mssclient.model.questions import (
    CompleteAddress,
    Completions,
    Delivered,
    DeliveryReport,
    Routes,
    RoutesAnswer,
)
from mssclient.model.wants import AttachFile, DiscardDraft, KeepDraft, Submit
from tests.ui.practice import StoreDoor
from ui.bridge import Bridge
from ui.composer.recipients import people_in
from ui.composer.window import Composer, open_composer
from ui.hprim.dialog import report_text


class WritingDoor(StoreDoor):
    """Knows the routes of addresses and two correspondents."""

    def _answer(self, question: Any) -> Any:
        if isinstance(question, Routes):
            routes = tuple(
                RouteOf(address=a, level="mssante" if a.endswith("mssante.fr") else "ordinary")
                for a in question.addresses
            )
            worst = "mssante" if all(route.level == "mssante" for route in routes) else "ordinary"
            return RoutesAnswer(routes=routes, level=worst)
        if isinstance(question, CompleteAddress):
            person = Person(name="Dr Hugo Sauvignet", address="hugo.sauvignet@cardio.mssante.fr")
            return Completions(people=(person,), levels=("mssante",))
        return super()._answer(question)


@pytest.fixture
def doors() -> list[WritingDoor]:
    return []


@pytest.fixture
def bridge(tmp_path: Path, qtbot: QtBot, doors: list[WritingDoor]) -> Iterator[Bridge]:
    def make(listener: Any) -> WritingDoor:
        doors.append(WritingDoor(tmp_path, listener))
        doors[0].fill()
        return doors[0]

    made = Bridge(make)
    with qtbot.waitSignal(made.opened):
        made.start()
    yield made
    made.close()


@pytest.fixture
def composer(bridge: Bridge, qtbot: QtBot) -> Composer:
    assert bridge.view is not None
    account = bridge.view.accounts()[0]
    window = open_composer(bridge, None, Draft(id=DraftId("d1"), account=account.id))
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)  # the test closes it too
    qtbot.addWidget(window)
    qtbot.waitExposed(window)
    return window


def wants(door: WritingDoor, kind: type) -> list[Any]:
    return [want for want in door.said if isinstance(want, kind)]


def settled(qtbot: QtBot, bridge: Bridge) -> None:
    bridge.drain()


def test_lists_of_addresses_are_read() -> None:
    people, rest = people_in('"Dr A" <a@b.fr>; c@d.fr,\nDr E <e@f.fr> , pas une adresse')
    assert [(p.name, p.address) for p in people] == [("Dr A", "a@b.fr"), ("", "c@d.fr"), ("Dr E", "e@f.fr")]
    assert rest == "pas une adresse"


def test_a_secure_letter_leaves_without_a_question(
    composer: Composer, bridge: Bridge, doors: list[WritingDoor], qtbot: QtBot
) -> None:
    composer.form.to.entry.setText("hugo@cardio.mssante.fr")
    qtbot.keyClick(composer.form.to.entry, Qt.Key.Key_Return)
    composer.form.subject.setText("Avis")
    composer.form.words.setPlainText("Bonjour")
    qtbot.waitUntil(lambda: composer.form.send.property("kind") == "secure")
    with qtbot.waitSignal(composer.sent):
        composer.submit()
    assert len(wants(doors[0], Submit)) == 1
    kept = wants(doors[0], KeepDraft)[-1].draft
    assert [person.address for person in kept.to] == ["hugo@cardio.mssante.fr"]
    assert (kept.subject, kept.text) == ("Avis", "Bonjour")


def test_a_letter_that_is_leaving_leaves_though_its_window_is_closed(
    composer: Composer, doors: list[WritingDoor], qtbot: QtBot
) -> None:
    composer.form.to.set_people((Person(address="hugo@cardio.mssante.fr"),))
    composer.form.subject.setText("Avis")
    qtbot.waitUntil(lambda: composer.form.send.property("kind") == "secure")
    sent: list[bool] = []
    composer.sent.connect(lambda: sent.append(True))
    composer.submit()
    assert not composer.close()
    composer.discard()
    composer.submit()
    qtbot.waitUntil(lambda: bool(wants(doors[0], Submit)))
    qtbot.waitUntil(lambda: bool(sent))
    assert len(wants(doors[0], Submit)) == 1
    assert wants(doors[0], DiscardDraft) == []


def test_in_clear_is_asked_once(
    composer: Composer, doors: list[WritingDoor], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr("ui.composer.window.ask_choice", lambda *words, **_k: bool(asked.append(words[1])))
    composer.form.to.set_people((Person(address="x@ailleurs.example"),))
    composer.form.subject.setText("Avis")
    qtbot.waitUntil(lambda: composer.form.send.property("kind") == "clear")
    composer.submit()
    assert len(asked) == 1
    assert wants(doors[0], Submit) == []
    assert composer.isVisible()


def test_no_recipient_no_sending(composer: Composer, doors: list[WritingDoor]) -> None:
    composer.submit()
    assert wants(doors[0], Submit) == []
    assert "destinataire" in composer.form.bar.text


def test_a_forgotten_file_is_said_once(composer: Composer, doors: list[WritingDoor], qtbot: QtBot) -> None:
    composer.form.to.set_people((Person(address="a@b.mssante.fr"),))
    composer.form.subject.setText("Bilan")
    composer.form.words.setPlainText("Le bilan ci-joint.")
    qtbot.waitUntil(lambda: composer.form.send.property("kind") == "secure")
    composer.submit()
    assert wants(doors[0], Submit) == []
    assert "pièce jointe" in composer.form.bar.text
    with qtbot.waitSignal(composer.sent):
        composer.submit()


def test_what_is_written_is_kept_and_closing_keeps_it(
    composer: Composer, bridge: Bridge, doors: list[WritingDoor], qtbot: QtBot
) -> None:
    qtbot.keyClicks(composer.form.words, "Cher ami")
    qtbot.waitUntil(lambda: bool(wants(doors[0], KeepDraft)), timeout=6000)
    qtbot.keyClicks(composer.form.words, ", suite")
    said: list[Draft] = []
    composer.kept.connect(said.append)
    composer.close()
    assert wants(doors[0], KeepDraft)[-1].draft.text == "Cher ami, suite"
    assert [draft.id for draft in said] == ["d1"]


def test_a_blank_letter_leaves_no_draft(composer: Composer, doors: list[WritingDoor]) -> None:
    composer.close()
    assert wants(doors[0], KeepDraft) == []


def test_discarding_keeps_the_last_words_until_it_is_for_good(
    composer: Composer, doors: list[WritingDoor]
) -> None:
    composer.form.words.setPlainText("x")
    composer.discard()
    assert wants(doors[0], KeepDraft)[-1].draft.text == "x"
    assert wants(doors[0], DiscardDraft) == []
    assert not composer.isVisible()
    composer.take_back()
    composer.forget()
    assert composer.isVisible()
    composer.discard()
    composer.forget()
    assert [want.draft for want in wants(doors[0], DiscardDraft)] == ["d1"]


def test_a_blank_letter_is_discarded_without_a_way_back(composer: Composer, doors: list[WritingDoor]) -> None:
    offered: list[bool] = []
    composer.discarding.connect(lambda: offered.append(True))
    composer.discard()
    assert offered == []
    assert len(wants(doors[0], DiscardDraft)) == 1


def test_an_address_taken_at_the_last_moment_is_asked_about_before_it_leaves(
    composer: Composer, doors: list[WritingDoor], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr("ui.composer.window.ask_choice", lambda *words, **_k: bool(asked.append(words[1])))
    composer.form.to.set_people((Person(address="hugo@cardio.mssante.fr"),))
    composer.form.subject.setText("Avis")
    composer.form.ask_routes()
    qtbot.waitUntil(lambda: composer.form.send.property("kind") == "secure")
    composer.form.to.entry.setText("x@ailleurs.example")
    composer.submit()
    qtbot.waitUntil(lambda: len(asked) == 1)
    assert wants(doors[0], Submit) == []


def test_files_are_copied_by_the_engine(
    composer: Composer, bridge: Bridge, doors: list[WritingDoor], tmp_path: Path, qtbot: QtBot
) -> None:
    file = tmp_path / "ecg.pdf"
    file.write_bytes(b"x" * 1000)
    composer.form.enclosures.add_paths([str(file)])
    (want,) = wants(doors[0], AttachFile)
    assert want.path == str(file)
    qtbot.waitUntil(lambda: not composer.form.enclosures.busy)
    assert [each.filename for each in composer.form.draft().attachments] == ["ecg.pdf"]


def test_many_files_stand_in_lines_and_the_window_stays_as_wide(
    composer: Composer, bridge: Bridge, tmp_path: Path, qtbot: QtBot
) -> None:
    before = composer.size()
    for number in range(9):
        (tmp_path / f"compte rendu {number}.pdf").write_bytes(b"x" * 1000)
    composer.form.enclosures.add_paths([str(path) for path in sorted(tmp_path.glob("*.pdf"))])
    qtbot.waitUntil(lambda: not composer.form.enclosures.busy)
    assert len(composer.form.draft().attachments) == 9
    assert composer.size() == before
    assert composer.minimumSizeHint().width() < 760
    tops = {card.y() for card in composer.form.enclosures._cards}
    assert len(tops) > 2
    away = composer.findChildren(QAbstractButton)
    (first,) = [each for each in away if each.accessibleName() == "Retirer compte rendu 0.pdf"]
    first.click()
    assert len(composer.form.draft().attachments) == 8


def test_too_much_is_refused_in_words(composer: Composer, doors: list[WritingDoor], tmp_path: Path) -> None:
    file = tmp_path / "irm.zip"
    with file.open("wb") as out:
        out.truncate(16_000_000)
    composer.form.to.set_people((Person(address="a@b.mssante.fr"),))
    composer.form.subject.setText("IRM")
    composer.form.enclosures.add_paths([str(file)])
    composer.submit()
    assert wants(doors[0], Submit) == []
    assert "limite" in composer.form.bar.text


def test_completion_takes_the_first_with_enter(composer: Composer, qtbot: QtBot) -> None:
    composer.activateWindow()
    composer.form.to.entry.setFocus()
    qtbot.keyClicks(composer.form.to.entry, "hug")
    qtbot.waitUntil(lambda: composer.form.to._popup.isVisible())
    qtbot.keyClick(composer.form.to.entry, Qt.Key.Key_Return)
    assert [person.address for person in composer.form.to.people] == ["hugo.sauvignet@cardio.mssante.fr"]


def test_backspace_reaches_the_last_chip_and_removes_it(composer: Composer, qtbot: QtBot) -> None:
    composer.form.to.set_people((Person(address="a@b.fr"), Person(address="c@d.fr")))
    composer.activateWindow()
    composer.form.to.entry.setFocus()
    qtbot.keyClick(composer.form.to.entry, Qt.Key.Key_Backspace)
    chip = composer.form.to._chips[-1][1]
    qtbot.keyClick(chip, Qt.Key.Key_Delete)
    assert [person.address for person in composer.form.to.people] == ["a@b.fr"]


def test_every_control_has_a_name(composer: Composer) -> None:
    nameless = [
        type(each).__name__
        for each in composer.findChildren(QWidget)
        if each.isVisible() and each.focusPolicy() & Qt.FocusPolicy.TabFocus and not each.accessibleName()
    ]
    assert nameless == []


def test_the_report_of_a_delivery_has_a_line_for_each_file() -> None:
    line = Delivered(message=PlacementId(1), part="2", file="A.HPR", sender="Labo")
    report = DeliveryReport(
        delivered=(line,), failed=(Delivered(message=PlacementId(2), part="1", reason="plein"),)
    )
    words = report_text(report).split("\n")
    assert words[0] == "1 enregistré · 0 ignoré · 1 échec"
    assert words[1].endswith("plein")
    assert words[2].split("\t")[2:] == ["A.HPR", "Enregistré"]


def test_a_draft_that_is_open_is_only_brought_forward(open_practice: Any) -> None:
    window, _door = open_practice()
    account = window.bridge.view.accounts()[0]
    draft = Draft(id=DraftId("d2"), account=account.id, text="Bonjour")
    window.running.open(draft)
    window.running.open(draft)
    (composer,) = window.running._composers
    window.running.open(Draft(id=DraftId("d3"), account=account.id))
    assert len(window.running._composers) == 2
    window.running.close_composers()
    assert not composer.isVisible()
