"""The lines of the diagnosis: one Tab stop, arrows move, a screen reader hears state, words and remedy."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from mssclient.model.diagnosis import Check, Requirement, area_title, state_title
from mssclient.model.language import _
from mssclient.model.operators import OperatorView
from ui.kit import Glyph, box, empty_layout, frame, label, wrap
from ui.theme.words import NBSP

__all__ = ["Lines", "check_card", "requirement_card", "support_card", "worst"]

_STATES = {
    "ok": ("circle-check", "success"),
    "warn": ("triangle-alert", "warning"),
    "fail": ("circle-x", "danger"),
    "skip": ("minus", "muted"),
    "done": ("circle-check", "success"),
    "partly": ("triangle-alert", "warning"),
    "not-yet": ("circle", "muted"),
    "not-applicable": ("minus", "muted"),
}
_ORDER = ("fail", "warn", "ok", "skip")
_GLYPH = 16


def worst(checks: list[Check]) -> str:
    """The state that stands for several lines."""
    found = {each.state for each in checks}
    return next((state for state in _ORDER if state in found), "skip")


class Line(QLabel):
    """One line; focusable, with all its words in its accessible name.

    A label without text around a layout: screen readers are told of a text, not of a border.
    """

    stepped = Signal(object, int)
    """(this line, +1 or -1)."""

    def __init__(self, state: str, sentence: str, under: str = "", head: str = "") -> None:
        super().__init__()
        glyph, role = _STATES.get(state, _STATES["skip"])
        words = box("v", gap=0)
        if head:
            words.addWidget(_wrapped(head, "base", 600, ""))
        words.addWidget(_wrapped(sentence, "base", 400, "muted" if state == "skip" else ""))
        if under:
            words.addWidget(_wrapped(under, "small", 400, "muted"))
        mark = wrap(box("v", 2, Glyph(glyph, role, _GLYPH), None))
        self.setLayout(box("h", mark, words, m=(4, 2, 4, 2), gap=10))
        said = f"{state_title(state)}{NBSP}: " + " ".join(filter(None, (head, sentence, under)))
        self.setAccessibleName(said[:1].upper() + said[1:])
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)

    def sizeHint(self) -> QSize:
        layout = self.layout()
        return layout.totalSizeHint() if layout is not None else super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        layout = self.layout()
        return layout.totalMinimumSize() if layout is not None else super().minimumSizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.stepped.emit(self, step)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.stepped.emit(self, 0)


def _wrapped(text: str, size: str, weight: int, role: str) -> QWidget:
    made = label(text, size, weight, role, wrap=True)
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return made


class Lines(QWidget):
    """Cards one below the other; the arrows go through the lines of all of them."""

    focused = Signal(object)
    """The line that has the keyboard now: to be scrolled to."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._column = box("v", gap=14)
        self.setLayout(box("v", self._column, None))

    def show_cards(self, cards: list[QWidget]) -> None:
        empty_layout(self._column)
        for card in cards:
            self._column.addWidget(card)
        for number, line in enumerate(self.lines()):
            line.stepped.connect(self._step)
            # One Tab stop for all lines; the arrows do the rest.
            line.setFocusPolicy(Qt.FocusPolicy.StrongFocus if number == 0 else Qt.FocusPolicy.ClickFocus)

    def lines(self) -> list[Line]:
        found: list[Line] = []
        for number in range(self._column.count()):
            item = self._column.itemAt(number)
            card = item.widget() if item is not None else None
            if card is not None:
                found += card.findChildren(Line)
        return found

    def _step(self, line: object, step: int) -> None:
        lines = self.lines()
        if not isinstance(line, Line) or line not in lines:
            return
        if step:
            number = max(0, min(len(lines) - 1, lines.index(line) + step))
            lines[number].setFocus(Qt.FocusReason.TabFocusReason)
            return
        for each in lines:
            each.setFocusPolicy(Qt.FocusPolicy.StrongFocus if each is line else Qt.FocusPolicy.ClickFocus)
        self.focused.emit(line)


def _card(title: str, rows: list[QWidget], role: str = "") -> QWidget:
    column = box("v", gap=2)
    for row in rows:
        column.addWidget(row)
    made = frame("card", box("v", column, m=(14, 12, 14, 12)))
    made.setAccessibleName(title)
    heading = label(title, "h3", 600, role, wrap=True)
    return wrap(box("v", heading, made, gap=6))


def check_card(title: str, checks: list[Check]) -> QWidget:
    """Lines of one account or of the computer, each area under its name."""
    rows: list[QWidget] = []
    for area in dict.fromkeys(each.area for each in checks):
        if rows:
            rows.append(wrap(box("v", 4)))
        rows.append(label(area_title(area), "small", 600, "muted"))
        for each in checks:
            if each.area == area:
                remedy = each.remedy if each.state in ("warn", "fail", "skip") else ""
                rows.append(Line(each.state, each.sentence, remedy))
    return _card(title, rows)


def requirement_card(title: str, requirements: list[Requirement]) -> QWidget:
    return _card(
        title,
        [Line(each.state, each.sentence, "", f"{each.id}  {each.title}") for each in requirements],
    )


def support_card(operator: OperatorView) -> QWidget:
    """Phone, mail and help page, to be read out or copied."""
    rows: list[QWidget] = []
    for name, text in (
        (_("Téléphone"), operator.phone),
        (_("Courriel"), operator.mail),
        (_("Aide"), operator.help),
        (_("Délégations"), operator.delegates),
    ):
        if text:
            value = label(text, "base", 500, select=True)
            value.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            value.setAccessibleName(f"{name}{NBSP}: {text}")
            head = label(name, "base", 400, "muted")
            head.setMinimumWidth(96)
            rows.append(wrap(box("h", head, value, None, m=(4, 2, 4, 2), gap=10)))
    return _card(_("Assistance de {name}").format(name=operator.name), rows)
