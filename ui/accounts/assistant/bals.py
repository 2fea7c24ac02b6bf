"""Fourth page, when there are several: which BAL opens first."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QButtonGroup, QRadioButton, QWidget

from mssclient.model.language import _, ngettext
from mssclient.model.operators import Bal
from mssclient.model.questions import BalsAnswer, ReadBals
from mssclient.model.records import to_json
from mssclient.model.wants import SetSetting
from ui.accounts.assistant.page import Draft, Page
from ui.kit import Pill, ProgressLine, Tile, box, frame, label
from ui.kit.layout import wrap
from ui.theme import give_font

if TYPE_CHECKING:
    from ui.bridge import Bridge

__all__ = ["BalsPage", "bal_words"]

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
        self.progress = ProgressLine(cancel=False)
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
            choice, row = _row(bal)
            self._group.addButton(choice, number)
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


def _row(bal: Bal) -> tuple[QRadioButton, QWidget]:
    ic, colour = _KINDS.get(bal.kind, _KINDS["personal"])
    choice = QRadioButton(bal.name or bal.address)
    give_font(choice, "base", 600)
    unread = ngettext("{n} non lu", "{n} non lus", bal.unread).format(n=bal.unread) if bal.unread else ""
    choice.setAccessibleDescription(", ".join(each for each in (bal.address, bal_words(bal), unread) if each))
    names = box("v", choice, gap=2)
    if bal.name:
        names.addWidget(label(bal.address, "small", 400, "muted"))
    row = box(
        "h",
        Tile(ic, colour, 40, 20),
        names,
        Pill(bal_words(bal)),
        None,
        label(unread, "small", 600),
        m=(12, 8, 12, 8),
        gap=12,
    )
    return choice, frame("card", row)
