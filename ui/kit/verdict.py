"""The padlock in the reader and composer: banner with word and reason, and « Pourquoi ? » line by line."""

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QFrame, QLabel, QSizePolicy, QWidget

from mssclient.model.language import _
from mssclient.model.verdicts import Verdict
from ui.kit.buttons import button
from ui.kit.dialogs import Popover
from ui.kit.layout import Glyph, box, empty_layout, label
from ui.theme import VERDICTS, appearance, colour
from ui.theme.words import NBSP, NNBSP, verdict_word

__all__ = ["VerdictBanner", "open_why"]


class VerdictBanner(QFrame):
    """Glyph, **word** — reason, « Pourquoi ? ». The reason wraps under the word and is never cut.

    ``asked`` is emitted when the person wants to know why; :func:`open_why` answers.
    """

    asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._level, self._sentence = "unknown", ""
        self._glyph = Glyph("circle-help", "muted", 16)
        self._words = label("", wrap=True)
        self._words.setTextFormat(Qt.TextFormat.RichText)
        self._words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._actions = box("h", gap=8)
        self._why = button(_("Pourquoi{thin}?").format(thin=NNBSP), "link", on_click=self.asked.emit)
        self.setLayout(box("h", self._glyph, self._words, self._actions, self._why, m=(12, 4, 12, 4), gap=8))
        appearance().changed.connect(self._write)

    def show_verdict(
        self, level: str, reason: str, actions: Sequence[QWidget] = (), *, why: bool = True
    ) -> None:
        """``reason`` is one French clause without its final stop."""
        self._level, self._sentence = level, reason
        glyph, role = VERDICTS.get(level, VERDICTS["unknown"])
        word = verdict_word(level)
        self._glyph.set_glyph(glyph, role)
        self.setProperty("bar", role)
        self.style().unpolish(self)
        self.style().polish(self)
        self._write()
        name = f"{word}{NBSP}: {reason}" if reason else word
        self.setAccessibleName(name)
        self._words.setAccessibleName(name)
        self._why.setVisible(why)
        self._why.setAccessibleDescription(name)
        empty_layout(self._actions)
        for action in actions:
            self._actions.addWidget(action)

    def _write(self) -> None:
        # Everything that comes from a message is escaped: the label reads markup.
        role = VERDICTS.get(self._level, VERDICTS["unknown"])[1]
        word = f"<b style='color:{colour(role)}; font-weight:600'>{escape(verdict_word(self._level))}</b>"
        self._words.setText(f"{word} — {escape(self._sentence)}" if self._sentence else word)

    def why_corner(self) -> QPoint:
        """Where the pop-over hangs: the bottom right corner, on the screen."""
        return self.mapToGlobal(self.rect().bottomRight()) + QPoint(0, 6)


def open_why(parent: QWidget, verdict: Verdict, at: QPoint, notes: Sequence[str] = ()) -> Popover:
    """The checks, one line each, in words that a secretary understands."""
    level = verdict.level
    title = {
        "mssante": _("Pourquoi ce message est-il sécurisé{thin}?"),
        "doubtful": _("Pourquoi ce message est-il douteux{thin}?"),
        "ordinary": _("Pourquoi ce message n’est-il pas sécurisé{thin}?"),
    }.get(level, _("Que sait-on de ce message{thin}?"))
    title = title.format(thin=NNBSP)
    panel = Popover(parent, title)
    panel.content.addWidget(label(title, "h3", 600, wrap=True))
    for reason in verdict.reasons:
        panel.content.addLayout(_line(reason.sentence, reason.good, level))
    for note in notes:
        remark: QLabel = label(note, "small", 400, "muted", wrap=True)
        panel.content.addWidget(remark)
    close = button(_("Fermer"), "link", on_click=panel.close)
    panel.content.addLayout(box("h", None, close))
    panel.open_at(at, 400)
    return panel


def _line(sentence: str, good: bool, level: str) -> QBoxLayout:
    if good:
        glyph = Glyph("circle-check", "success", 18)
    elif level == "doubtful":
        glyph = Glyph("circle-x", "danger", 18)
    else:
        glyph = Glyph("circle-alert", "warning", 18)
    text = label(sentence, wrap=True)
    text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return box("h", glyph, text, gap=10)
