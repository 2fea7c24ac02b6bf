"""Fourth page, when there are several: which BAL opens first."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QRadioButton

from mssclient.model.language import _, ngettext
from mssclient.model.operators import Bal
from mssclient.model.questions import BalsAnswer, ReadBals
from mssclient.model.records import to_json
from mssclient.model.wants import SetSetting
from ui.accounts.assistant.page import Draft, Page
from ui.kit import Pill, ProgressLine, Tile, box, label
from ui.kit.layout import wrap
from ui.theme import give_font

if TYPE_CHECKING:
    from ui.bridge import Bridge

__all__ = ["BalRow", "BalsPage", "bal_words"]

_INDICATOR = 26
"""Pixels from the edge of a radio button to its words."""

_KINDS = {
    "personal": ("user-round", "bleu"),
    "organisational": ("building-2", "turquoise"),
    "shared": ("users-round", "violet"),
}


def bal_words(bal: Bal) -> str:
    """What kind it is and what may be done in it, for the pill beside its name."""
    kind = {
        "personal": _("Personnelle"),
        "organisational": _("Organisation"),
        "shared": _("Partagée"),
    }.get(bal.kind, bal.kind)
    if bal.rights and "i" not in bal.rights:
        kind += " · " + _("lecture seule")
    return kind


class BalsPage(Page):
    """Ends by itself when only one BAL can be opened."""

    def __init__(self, bridge: "Bridge", draft: Draft) -> None:
        super().__init__(bridge, draft)
        self.title = _("Choisissez la boîte à ouvrir")
        self.sentence = _("Vous pourrez passer de l’une à l’autre à tout moment.")
        self.primary = _("Ouvrir cette boîte")
        self._bals: tuple[Bal, ...] = ()
        self._group = QButtonGroup(self)
        self._group.idToggled.connect(lambda _number, _on: self.ready_changed.emit())
        self.progress = ProgressLine(cancel=False, inset=0)
        self._list = box("v", gap=8)
        self.setLayout(box("v", self.progress, wrap(self._list), gap=8))

    def enter(self) -> None:
        if self._bals:
            return
        self.progress.show_progress(_("Recherche des boîtes accessibles"), 0, 0)
        account = self.draft.account.id if self.draft.account else None
        self.bridge.ask(ReadBals(account=account, fresh=True), self._answered, owner=self)

    def _answered(self, answer: object) -> None:
        self.progress.hide()
        self._bals = answer.bals if isinstance(answer, BalsAnswer) else ()
        if len(self._bals) < 2:
            self.done.emit()
            return
        for number, bal in enumerate(self._bals):
            row = BalRow(bal)
            self._group.addButton(row.choice, number)
            self._list.addWidget(row)
        self._group.button(0).setChecked(True)
        self._group.button(0).setFocus()
        self.ready_changed.emit()
        self.grown.emit()

    def ready(self) -> bool:
        return self._group.checkedId() >= 0

    def go(self) -> None:
        chosen = self._bals[self._group.checkedId()]
        value = to_json([chosen.account, chosen.root]).decode()
        self.bridge.post(SetSetting(name="bal.default", value=value))
        self.done.emit()


class BalRow(QFrame):
    """One BAL to choose; a click anywhere on it is one on its radio button."""

    def __init__(self, bal: Bal) -> None:
        super().__init__()
        self.setProperty("box", "card")
        ic, colour = _KINDS.get(bal.kind, _KINDS["personal"])
        self.choice = QRadioButton(bal.name or bal.address)
        give_font(self.choice, "base", 600)
        unread = ngettext("{n} non lu", "{n} non lus", bal.unread).format(n=bal.unread) if bal.unread else ""
        said = ", ".join(each for each in (bal.address, bal_words(bal), unread) if each)
        self.choice.setAccessibleDescription(said)
        self.choice.toggled.connect(self._show_choice)
        names = box("v", box("h", self.choice, Pill(bal_words(bal)), None, gap=10), gap=0)
        if bal.name:
            address = label(bal.address, "small", 400, "muted")
            names.addLayout(box("h", _INDICATOR, address, None, gap=0))
        number = label(unread, "small", 600, "accent_text")
        self.setLayout(box("h", Tile(ic, colour, 40, 20), names, None, number, gap=12))
        self._show_choice(False)

    def _show_choice(self, on: bool) -> None:
        self.setProperty("on", "true" if on else "false")
        self.style().unpolish(self)
        self.style().polish(self)
        edge = 0 if on else 1  # its border is thicker by that
        self.layout().setContentsMargins(11 + edge, 7 + edge, 11 + edge, 7 + edge)  # type: ignore[union-attr]

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.choice.setFocus(Qt.FocusReason.MouseFocusReason)
        self.choice.click()
        event.accept()
