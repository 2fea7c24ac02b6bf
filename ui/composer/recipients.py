"""One line of recipients: chips coloured by their route, an entry that completes, wraps over lines."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QLayout,
    QLayoutItem,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QWidget,
)

from mssclient.model.drafts import RouteOf
from mssclient.model.language import _
from mssclient.model.messages import Person
from mssclient.model.questions import CompleteAddress, Completions
from ui.kit import RouteChip
from ui.theme import VERDICTS, give_font, icon, scaled

if TYPE_CHECKING:
    from ui.bridge import Bridge

__all__ = ["Recipients", "people_in"]

_SEPARATED = re.compile(r"[;,\n]+")
_ADDRESS = re.compile(r"^[^\s@<>\"(),;:]+@[^\s@<>\"(),;:]+\.[^\s@<>\"(),;:]+$")
_LEAST_LINES = 4
"""Lines of chips that are never squeezed, however low the window."""
_NAMED = re.compile(r"^\s*\"?(?P<name>[^\"<>]*?)\"?\s*<(?P<address>[^<>]+)>\s*$")


def people_in(text: str) -> tuple[list[Person], str]:
    """The people of a typed or pasted list, and what is no address (left in the entry)."""
    people: list[Person] = []
    rest: list[str] = []
    for piece in _SEPARATED.split(text):
        words = piece.strip()
        if not words:
            continue
        named = _NAMED.match(words)
        address = named["address"].strip() if named else words
        if _ADDRESS.match(address):
            people.append(Person(name=named["name"].strip() if named else "", address=address))
        else:
            rest.append(words)
    return people, ", ".join(rest)


class _Flow(QLayout):
    """Chips in lines; the last item (the entry) takes what is left of its line."""

    def __init__(self, gap: int = 6) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._gap = gap
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        # The entry stays last.
        self._items.insert(max(0, len(self._items) - 1) if self._items else 0, item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def sizeHint(self) -> QSize:
        return QSize(320, scaled(28))

    minimumSize = sizeHint

    def setGeometry(self, where: QRect) -> None:
        super().setGeometry(where)
        self._arrange(where, move=True)

    def _arrange(self, where: QRect, *, move: bool) -> int:
        x, y, line = where.x(), where.y(), 0
        for place, item in enumerate(self._items):
            wanted = item.sizeHint()
            last = place == len(self._items) - 1
            width = 140 if last else min(wanted.width(), where.width())
            if x + width > where.right() and x > where.x():
                x, y, line = where.x(), y + line + self._gap, 0
            high = max(wanted.height(), scaled(28))
            if move:
                size = QSize(where.right() - x if last else width, high)
                item.setGeometry(QRect(QPoint(x, y), size))
            x += width + self._gap
            line = max(line, high)
        return y + line - where.y()


class Recipients(QWidget):
    """À, Cc or Cci. ``changed`` when people were added or removed."""

    changed = Signal()

    def __init__(self, bridge: "Bridge", name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._chips: list[tuple[Person, RouteChip]] = []
        self.entry = QLineEdit()
        self.entry.setProperty("bare", "true")
        self.entry.setAccessibleName(name)
        self.entry.setAccessibleDescription(_("Tapez un nom ou une adresse, puis Entrée ou virgule."))
        give_font(self.entry)
        self.entry.textEdited.connect(self._typed)
        self.entry.installEventFilter(self)
        self._flow = _Flow()
        self._flow.addWidget(self.entry)
        self.setLayout(self._flow)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._popup = QListWidget()
        self._popup.setWindowFlags(Qt.WindowType.ToolTip)
        self._popup.setProperty("popup", "true")  # opaque and square: X11 without a compositor shows black
        self._popup.setAccessibleName(_("Adresses proposées"))
        self._popup.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        give_font(self._popup)
        self._popup.itemClicked.connect(lambda _item: self._take())
        self._offered: tuple[Person, ...] = ()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(80)
        self._later.timeout.connect(self._complete)
        self.destroyed.connect(self._popup.deleteLater)

    @property
    def people(self) -> tuple[Person, ...]:
        return tuple(person for person, _chip in self._chips)

    @property
    def unfinished(self) -> str:
        """What is typed and is no address yet."""
        return self.entry.text().strip()

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize):
            # The minimum of a layout knows no width: lines of chips would be cut in a low window.
            most = _LEAST_LINES * scaled(28) + (_LEAST_LINES - 1) * 6
            self.setMinimumHeight(min(most, self._flow.heightForWidth(self.width())))
        return super().event(event)

    def set_people(self, people: Sequence[Person]) -> None:
        for _person, chip in self._chips:
            self._flow.removeWidget(chip)
            chip.deleteLater()
        self._chips = []
        self._add(people)

    def show_routes(self, routes: dict[str, RouteOf]) -> None:
        for person, chip in self._chips:
            route = routes.get(person.address.lower())
            if route is not None:
                chip.set_level(route.level, tip=f"{person.address}\n{route.sentence}".strip())

    def settle(self) -> bool:
        """Make chips of what is typed. False when something there is no address."""
        people, rest = people_in(self.entry.text())
        if people:
            self._add(people)
        self.entry.setText(rest)
        self._hide_popup()
        return not rest

    def _add(self, people: Sequence[Person]) -> None:
        known = {person.address.lower() for person, _chip in self._chips}
        added = False
        for person in people:
            if person.address.lower() in known:
                continue
            known.add(person.address.lower())
            chip = RouteChip(person.name or person.address, tip=person.address, parent=self)
            chip.removed.connect(lambda gone=chip: self._remove(gone))
            self._chips.append((person, chip))
            self._flow.addWidget(chip)
            chip.show()
            added = True
        if added:
            self.updateGeometry()
            self.changed.emit()

    def _remove(self, chip: RouteChip) -> None:
        place = next((k for k, (_p, c) in enumerate(self._chips) if c is chip), None)
        if place is None:
            return
        self._chips.pop(place)
        self._flow.removeWidget(chip)
        chip.hide()
        chip.deleteLater()
        self.entry.setFocus()
        self.updateGeometry()
        self.changed.emit()

    def _typed(self, text: str) -> None:
        if _SEPARATED.search(text):
            self.settle()
        self._later.start()
        self.changed.emit()

    def _complete(self) -> None:
        prefix = self.entry.text().strip()
        if len(prefix) < 2:
            self._hide_popup()
            return

        def answered(outcome: object) -> None:
            if isinstance(outcome, Completions) and self.entry.text().strip() == prefix:
                self._offer(outcome)

        self._bridge.ask(CompleteAddress(prefix=prefix), answered, owner=self)

    def _offer(self, found: Completions) -> None:
        self._offered = found.people
        self._popup.clear()
        for place, person in enumerate(found.people):
            level = found.levels[place] if place < len(found.levels) else "unknown"
            glyph, role = VERDICTS.get(level, VERDICTS["unknown"])
            words = f"{person.name}\n{person.address}" if person.name else person.address
            self._popup.addItem(QListWidgetItem(icon(glyph, role), words))
        if not found.people or not self.entry.hasFocus():
            self._hide_popup()
            return
        self._popup.setCurrentRow(0)
        below = self.entry.mapToGlobal(QPoint(0, self.entry.height() + 6))
        high = self._popup.sizeHintForRow(0) * len(found.people) + 12
        self._popup.setGeometry(below.x(), below.y(), 420, min(high, 360))
        self._popup.show()

    def _hide_popup(self) -> None:
        self._later.stop()
        self._popup.hide()

    def _take(self) -> None:
        row = self._popup.currentRow()
        if 0 <= row < len(self._offered):
            self.entry.clear()
            self._hide_popup()
            self._add((self._offered[row],))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            self.settle()
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(event)
        return super().eventFilter(watched, event)

    def _key(self, event: QKeyEvent) -> bool:
        key = event.key()
        if self._popup.isVisible():
            if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                step = 1 if key == Qt.Key.Key_Down else -1
                self._popup.setCurrentRow((self._popup.currentRow() + step) % self._popup.count())
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._take()
                return True
            if key == Qt.Key.Key_Escape:
                self._hide_popup()
                return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.settle()
            return True
        if not self._chips or self.entry.cursorPosition() or self.entry.hasSelectedText():
            return False
        if key in (Qt.Key.Key_Backspace, Qt.Key.Key_Left):
            self._chips[-1][1].setFocus()
            return True
        return False
