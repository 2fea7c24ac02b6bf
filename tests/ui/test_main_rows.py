"""Blocks, headings, orders of the message list's model; and rows in words."""

from collections.abc import Sequence

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from mssclient.model.ids import AccountId, FolderId, MessageId, PlacementId
from mssclient.model.messages import Row
from ui.main.row_words import row_words, tags_of
from ui.main.rows import BLOCK, KEPT_BLOCKS, MIME_ROWS, FixedRows, MessageModel
from ui.theme.words import day_starts


def row(number: int, date_utc: int = 1_700_000_000, **changes: object) -> Row:
    values: dict[str, object] = {
        "id": PlacementId(number),
        "message": MessageId(number),
        "folder": FolderId(1),
        "account": AccountId(1),
        "date_utc": date_utc,
        "sender": f"Dr {number}",
        "address": f"dr{number}@cabinet.mssante.fr",
        "subject": f"Sujet {number}",
    }
    values.update(changes)
    return Row(**values)  # type: ignore[arg-type]


class Counted(FixedRows):
    """Remembers what was read."""

    def __init__(self, rows: Sequence[Row], *, dated: bool = False) -> None:
        super().__init__(rows, dated=dated)
        self.read: list[tuple[int, int]] = []

    def rows(self, offset: int, limit: int) -> Sequence[Row]:
        self.read.append((offset, limit))
        return super().rows(offset, limit)


def test_rows_come_in_blocks_and_few_are_kept(qtbot: QtBot) -> None:
    model = MessageModel()
    source = Counted([row(number) for number in range(5_000)])
    model.set_source(source)
    assert model.rowCount() == 5_000
    assert source.read == []
    assert model.row(250) == row(250)
    assert source.read == [(200, BLOCK)]
    for number in range(200, 300):
        model.row(number)
    assert len(source.read) == 1
    for block in range(3, 3 + KEPT_BLOCKS):
        model.row(block * BLOCK)
    source.read.clear()
    model.row(250)
    assert source.read == [(200, BLOCK)], "the oldest block was let go"
    assert model.row(-1) is None
    assert model.row(5_000) is None


def test_data_answers_words_for_screen_readers_only(qtbot: QtBot) -> None:
    model = MessageModel()
    model.set_source(FixedRows([row(1)]))
    index = model.index(0, 0)
    assert model.data(index, Qt.ItemDataRole.DisplayRole) is None
    assert model.data(index, Qt.ItemDataRole.AccessibleTextRole).startswith("Dr 1, Sujet 1")


def test_what_is_dragged_holds_ids_only(qtbot: QtBot) -> None:
    model = MessageModel()
    model.set_source(FixedRows([row(7), row(9)]))
    data = model.mimeData([model.index(0, 0), model.index(1, 0)])
    assert data.formats() == [MIME_ROWS]
    assert bytes(data.data(MIME_ROWS).data()) == b"7,9"


def dated_rows(newest_first: bool) -> list[Row]:
    """Three of today, two of yesterday, the rest long ago."""
    today, yesterday = day_starts()[0][0], day_starts()[1][0]
    dates = [today + 300, today + 200, today, yesterday + 7_200, yesterday]
    dates += [yesterday - 40 * 86_400 - each for each in range(2_000)]
    rows = [row(number, date) for number, date in enumerate(dates)]
    return rows if newest_first else rows[::-1]


@pytest.mark.parametrize("newest_first", [True, False])
def test_headings_are_found_with_few_readings(qtbot: QtBot, newest_first: bool) -> None:
    source = Counted(dated_rows(newest_first), dated=True)
    source.newest_first = newest_first
    model = MessageModel()
    model.set_source(source)
    if newest_first:
        assert model.headings == [(0, "Aujourd’hui"), (3, "Hier"), (5, "Plus tôt")]
    else:
        assert model.headings == [(0, "Plus tôt"), (2_000, "Hier"), (2_002, "Aujourd’hui")]
    assert len(source.read) < 90
    assert all(limit == 1 for _offset, limit in source.read)


def test_a_list_of_old_mail_alone_has_no_heading(qtbot: QtBot) -> None:
    model = MessageModel()
    model.set_source(FixedRows([row(1), row(2)], dated=True))
    assert model.headings == []


def test_a_row_is_said_whole() -> None:
    said = row_words(
        row(
            1,
            level="mssante",
            document="hprim-medecin",
            abnormal=2,
            critical=True,
            attachments=1,
            flags=("flagged", "answered"),
            keywords=("Urgent", "$Forwarded", "NonJunk", "Maison_bleue"),
            pending=True,
        )
    )
    for words in (
        "Dr 1, Sujet 1, ",
        "Sécurisé MSSanté",
        "non lu",
        "document HPRIM",
        "2 valeurs hors intervalle",
        "valeur critique",
        "1 pièce jointe",
        "drapeau",
        "répondu",
        "étiquette Urgent",
        "étiquette Maison bleue",
        "modification en attente",
    ):
        assert words in said
    assert "Forwarded" not in said
    assert "NonJunk" not in said


def test_unknown_people_and_subjects_have_words_too() -> None:
    assert row_words(row(1, sender="", address="", subject="", date_utc=0)).startswith(
        "expéditeur inconnu, sans objet, sans date"
    )


def test_an_unknown_keyword_is_a_grey_tag() -> None:
    (tag,) = tags_of(row(1, keywords=("Kiné",)))
    assert (tag.label, tag.colour) == ("Kiné", "gris")
