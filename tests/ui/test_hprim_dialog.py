"""« Télécharger les résultats HPRIM »: which folder, what goes on behind a closed dialog, the lock."""

from pathlib import Path
from typing import Any

import pytest
import shiboken6
from pytestqt.qtbot import QtBot

from mssclient.model.documents import Patient
from mssclient.model.errors import Problem
from mssclient.model.ids import PlacementId, WantId
from mssclient.model.questions import Delivered, DeliveryReport
from mssclient.model.wants import DeliverHprim, SetSetting
from tests.ui.practice import StoreDoor, folder_of
from ui.hprim import DeliveryDialog
from ui.main.window import MainWindow

LINE = Delivered(
    message=PlacementId(1), part="2", file="A.HPR", sender="Labo", patients=(Patient(family="LEROUX"),)
)


class SlowDoor(StoreDoor):
    """Begins a delivery and leaves its end to the test."""

    working: WantId | None = None

    def _carry_out(self, want_id: str, want: Any) -> Any:
        if isinstance(want, DeliverHprim):
            self.working = WantId(want_id)
            return None
        return super()._carry_out(want_id, want)

    def end(self, outcome: Any) -> None:
        assert self.working is not None
        self.listener.ended(self.working, outcome)


@pytest.fixture
def slow(open_practice: Any) -> tuple[MainWindow, SlowDoor]:
    return open_practice(kind=SlowDoor)


def opened(window: MainWindow) -> DeliveryDialog:
    return [each for each in window.findChildren(DeliveryDialog) if each.isVisible()][-1]


def begin(window: MainWindow, door: SlowDoor, directory: Path, **where: Any) -> DeliveryDialog:
    window.running.deliver(**where)
    dialog = opened(window)
    dialog._directory.setText(str(directory))
    dialog.primary_button.click()
    return dialog


def test_the_folder_of_the_menu_is_the_one_that_is_read(
    slow: tuple[MainWindow, SlowDoor], tmp_path: Path, qtbot: QtBot
) -> None:
    window, door = slow
    folder = folder_of(door, "INBOX/Biologie")
    account = next(iter(door.made.values()))["account"]
    dialog = begin(window, door, tmp_path, account=account, folder=folder)
    assert "«\u00a0Biologie\u00a0»" in dialog.sentence.text()
    (want,) = [want for want in door.said if isinstance(want, DeliverHprim)]
    assert (want.account, want.folder, want.directory) == (account, folder, str(tmp_path))
    kept = {want.name for want in door.said if isinstance(want, SetSetting)}
    assert kept == {"hprim.directory", "hprim.charset", "hprim.extension", "hprim.flag"}
    door.end(DeliveryReport(delivered=(LINE,)))
    qtbot.waitUntil(lambda: dialog._table.rowCount() == 1)
    assert window.toasts.text == "", "it stands in the dialog"


def test_what_ends_behind_a_closed_dialog_is_told(
    slow: tuple[MainWindow, SlowDoor], tmp_path: Path, qtbot: QtBot
) -> None:
    window, door = slow
    dialog = begin(window, door, tmp_path)
    dialog.primary_button.click()
    assert not dialog.isVisible()
    failed = Delivered(message=PlacementId(2), part="1", reason="plein")
    door.end(DeliveryReport(delivered=(LINE,), failed=(failed,)))
    qtbot.waitUntil(lambda: not shiboken6.isValid(dialog))
    assert window.toasts.text == "Résultats HPRIM\u00a0: 1 enregistré · 0 ignoré · 1 échec"
    other = begin(window, door, tmp_path)
    other.primary_button.click()
    door.end(Problem(code="disk-full", sentence="Disque plein.", remedy="Faites de la place."))
    qtbot.waitUntil(lambda: not shiboken6.isValid(other))
    assert window.toasts.text == "Disque plein. Faites de la place."


def test_a_closed_dialog_is_not_kept(slow: tuple[MainWindow, SlowDoor], qtbot: QtBot) -> None:
    window, _door = slow
    window.running.deliver()
    dialog = opened(window)
    dialog.cancel_button.click()
    qtbot.waitUntil(lambda: not shiboken6.isValid(dialog))


def test_the_lock_closes_it_while_it_works(
    slow: tuple[MainWindow, SlowDoor], tmp_path: Path, qtbot: QtBot
) -> None:
    window, door = slow
    dialog = begin(window, door, tmp_path)
    window.lock()
    qtbot.waitUntil(lambda: window.locked)
    assert not dialog.isVisible()
    door.end(Problem(code="store-locked", sentence="La messagerie est verrouillée."))
    qtbot.waitUntil(lambda: not shiboken6.isValid(dialog))
    assert window.toasts.text == ""


def test_the_report_of_an_earlier_delivery_goes_when_another_begins(
    slow: tuple[MainWindow, SlowDoor], tmp_path: Path, qtbot: QtBot
) -> None:
    window, door = slow
    dialog = begin(window, door, tmp_path)
    door.end(DeliveryReport(delivered=(LINE,)))
    qtbot.waitUntil(lambda: dialog._copy.isVisible())
    dialog.primary_button.click()
    assert not dialog._copy.isVisible()
    assert dialog._counts.text() == ""
    door.end(Problem(code="disk-full", sentence="Disque plein."))
    qtbot.waitUntil(lambda: dialog._said.isVisible())
    assert not dialog._copy.isVisible()
