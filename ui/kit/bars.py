"""What speaks to the person without a dialog: message bars, empty states, progress lines."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QProgressBar, QSizePolicy, QWidget

from mssclient.model.errors import Problem
from mssclient.model.language import _
from ui.kit.buttons import button, tool
from ui.kit.layout import Glyph, box, empty_layout, label
from ui.theme import give_font, scaled
from ui.theme.words import NBSP

__all__ = ["EmptyState", "MessageBar", "ProgressLine", "problem_sentence"]

_SENTENCE_LEAST = 260
"""Pixels at 100 % of icon and sentence, beside buttons."""

_ICONS = {
    "info": "info",
    "success": "circle-check",
    "warning": "triangle-alert",
    "danger": "octagon-alert",
}


def problem_sentence(problem: Problem) -> str:
    """What happened, then what can be done."""
    return f"{problem.sentence} {problem.remedy}".strip()


class MessageBar(QFrame):
    """Info, success, warning or danger: icon, one sentence that wraps and is never cut, its remedies."""

    closed = Signal()

    def __init__(
        self,
        kind: str = "info",
        text: str = "",
        actions: Sequence[QWidget] = (),
        *,
        ic: str = "",
        dismiss: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._glyph = Glyph("info", "info", 18)
        self._text = label("", wrap=True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._actions = box("h", gap=8)
        self._close = tool("x", _("Fermer ce message"), size=16, small=True, on_click=self._dismiss)
        self._words = box("v", self._text, gap=6)
        self._row = box("h", self._glyph, self._words, self._actions, self._close, m=(12, 7, 8, 7), gap=10)
        self._row.setAlignment(self._close, Qt.AlignmentFlag.AlignVCenter)
        self._below = False
        self.setLayout(self._row)
        self.say(kind, text, actions, ic=ic, dismiss=dismiss)

    def say(
        self, kind: str, text: str, actions: Sequence[QWidget] = (), *, ic: str = "", dismiss: bool = False
    ) -> None:
        """Replace sentence, kind and buttons."""
        self._glyph.set_glyph(ic or _ICONS[kind], kind)
        self._text.setText(text)
        self.setAccessibleName(text)
        self.setProperty("bar", kind)
        self.style().unpolish(self)
        self.style().polish(self)
        empty_layout(self._actions)
        place: QWidget = self._close
        for action in actions:
            self._actions.addWidget(action)
            self.setTabOrder(place, action)  # where the bar is, not last of the window
            place = action
        if actions:
            self.setTabOrder(place, self._close)
        self._place_actions()
        self._close.setVisible(dismiss)
        if self.isVisible():
            self._announce()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous():
            self._announce()

    def _announce(self) -> None:
        """A screen reader would not look at what appears beside the field in use."""
        if self.text:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, self.text))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_actions()

    def _place_actions(self) -> None:
        """Beside the sentence, or below it where it would have little room."""
        buttons = (self._actions.itemAt(k).widget() for k in range(self._actions.count()))
        taken = sum(each.sizeHint().width() for each in buttons if each is not None)
        below = bool(taken) and self.width() < taken + scaled(_SENTENCE_LEAST)
        if below == self._below:
            return
        self._below = below
        (self._row if below else self._words).removeItem(self._actions)
        self._actions.setParent(None)
        if below:
            self._words.addLayout(self._actions)
            self._words.setAlignment(self._actions, Qt.AlignmentFlag.AlignLeft)
        else:
            self._row.insertLayout(2, self._actions)
            self._row.setAlignment(self._actions, Qt.AlignmentFlag(0))

    @property
    def text(self) -> str:
        return self._text.text()

    def _dismiss(self) -> None:
        self.hide()
        self.closed.emit()


class EmptyState(QWidget):
    """Nothing here: a large icon, the fact, a muted sentence, at most one quiet button."""

    def __init__(
        self, ic: str = "inbox", fact: str = "", sentence: str = "", action: QWidget | None = None
    ) -> None:
        super().__init__()
        self._glyph = Glyph(ic, "muted", 36)
        self._fact = label(fact, "h3", 600, wrap=True)
        self._sentence = label(sentence, "base", 400, "muted", wrap=True)
        for text in (self._fact, self._sentence):
            text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._action = box("h", gap=0)
        self.setLayout(
            box(
                "v",
                None,
                box("h", None, self._glyph, None),
                6,
                self._fact,
                self._sentence,
                4,
                self._action,
                None,
                None,
                m=(24, 16, 24, 16),
                gap=4,
            )
        )
        self.say(ic, fact, sentence, action)

    def say(self, ic: str, fact: str, sentence: str = "", action: QWidget | None = None) -> None:
        self._glyph.set_glyph(ic, "muted")
        self._fact.setText(fact)
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence))
        focus = QApplication.focusWidget()
        if focus is not None and self.isAncestorOf(focus):
            self.setFocus()  # or the keyboard would go wherever Qt finds somebody when its button is gone
        empty_layout(self._action)
        if action is not None:
            self._action.addStretch(1)
            self._action.addWidget(action)
            self._action.addStretch(1)

    @property
    def fact(self) -> str:
        return self._fact.text()


class ProgressLine(QWidget):
    """« Relève : 13 sur 18 », a thin bar, and « Annuler » when it can be."""

    cancelled = Signal()

    def __init__(self, *, cancel: bool = True, inset: int = 12) -> None:
        """``inset``: pixels left and right; 0 in a dialog, which has its own margins."""
        super().__init__()
        self._words: QLabel = label("", "small", 500, tab=True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._cancel = button(_("Annuler"), "link", on_click=self.cancelled.emit)
        give_font(self._cancel, "small", 500)
        self._cancel.setVisible(cancel)
        self.setLayout(
            box("v", box("h", self._words, None, self._cancel), self._bar, m=(inset, 6, inset, 8), gap=4)
        )

    def set_cancellable(self, can: bool) -> None:
        self._cancel.setVisible(can)

    def show_progress(self, sentence: str, done: int, total: int) -> None:
        """``total`` 0: the duration is unknown."""
        words = sentence
        if total:
            words = f"{sentence}{NBSP}: " if sentence else ""
            words += _("{done} sur {total}").format(done=done, total=total)
        self._words.setText(words)
        self._bar.setRange(0, max(total, 0))
        self._bar.setValue(done)
        self._bar.setAccessibleName(words)
