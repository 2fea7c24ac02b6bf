"""The page that stands before the mail: starting, locked, or unable to open."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from mssclient.model.errors import Problem
from mssclient.model.language import _
from ui.kit import MessageBar, Tile, box, button, label, wrap
from ui.theme.words import count

__all__ = ["LockPage"]


class LockPage(QWidget):
    unlock_wanted = Signal()
    """« Déverrouiller » or « Réessayer »."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("bg", "chrome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._title = label("", "h1", 600, wrap=True)
        self._words = label("", "base", 400, "muted", wrap=True)
        self._waiting = label("", "base", 500, wrap=True)
        self._bar = MessageBar("danger", "")
        self._go = button("", "primary", on_click=self.unlock_wanted.emit)
        name = label(_("Messagerie de santé"), "h3", 600)
        column = box(
            "v",
            box("h", Tile("heart-pulse", "accent", 48, 26), name, None, gap=12),
            10,
            self._title,
            self._words,
            self._waiting,
            self._bar,
            12,
            box("h", self._go, None),
            gap=8,
        )
        inner = wrap(column)
        inner.setFixedWidth(560)
        self.setLayout(box("v", None, box("h", None, inner, None), None, None))
        self.show_starting()

    def _show(
        self, title: str, words: str, waiting: str = "", problem: str = "", go: str = "", ic: str = ""
    ) -> None:
        self._title.setText(title)
        self._words.setText(words)
        self._words.setVisible(bool(words))
        self._waiting.setText(waiting)
        self._waiting.setVisible(bool(waiting))
        self._bar.setVisible(bool(problem))
        if problem:
            self._bar.say("danger", problem)
        self._go.setVisible(bool(go))
        if go:
            self._go.set_label(go, ic)

    def show_starting(self) -> None:
        self._show(_("Ouverture…"), _("Vos messages arrivent dans un instant."))

    def show_locked(self, waiting: int) -> None:
        """``waiting`` sendings stay in the outbox until unlocked."""
        words = ""
        if waiting:
            words = count(
                "{n} envoi attend le déverrouillage.", "{n} envois attendent le déverrouillage.", waiting
            )
        self._show(
            _("Messagerie verrouillée"),
            _("Vos messages sont chiffrés sur cet ordinateur et ne sont plus affichés."),
            words,
            go=_("Déverrouiller"),
            ic="lock-open",
        )
        self.focus_button()

    def show_problem(self, problem: Problem) -> None:
        self._show(
            _("La messagerie ne peut pas s’ouvrir"),
            problem.remedy,
            problem=problem.sentence,
            go=_("Réessayer"),
            ic="refresh-cw",
        )
        self.focus_button()

    def focus_button(self) -> None:
        self._go.setFocus(Qt.FocusReason.OtherFocusReason)
