"""« Suivi des envois »: every message on its way, its state in words, and what can be done about it."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QWidget

from mssclient.model.changes import Changed
from mssclient.model.drafts import OutboxItem
from mssclient.model.errors import Problem
from mssclient.model.language import _
from mssclient.model.wants import Retry, Settle
from ui.kit import (
    EmptyState,
    Glyph,
    Segmented,
    box,
    button,
    empty_layout,
    frame,
    label,
    problem_sentence,
    wrap,
)
from ui.theme.words import NBSP, date_in_reader, shown_subject

if TYPE_CHECKING:
    from ui.bridge import Bridge

__all__ = ["OutboxPage", "needs_attention", "state_words"]


def needs_attention(item: OutboxItem) -> bool:
    """The person has something to decide: the red badge of the rail counts these."""
    return item.state in ("parked", "uncertain")


def state_words(item: OutboxItem) -> tuple[str, str, str]:
    """(icon, colour role, words) of a sending."""
    if item.state == "uncertain":
        return (
            "circle-help",
            "warning",
            _(
                "Incertain{nb}: la liaison a été coupée avant la réponse de l’opérateur. "
                "Le message n’est pas renvoyé tout seul. Cherchez-le dans «\u00a0Envoyés\u00a0», ou demandez "
                "au destinataire."
            ).format(nb=NBSP),
        )
    if item.state == "parked":
        words = problem_sentence(item.problem) if item.problem else _("L’opérateur a refusé ce message.")
        return "octagon-alert", "danger", words
    if item.state == "done":
        filed = _("Envoyé et classé dans «\u00a0Envoyés\u00a0».") if item.filed else _("Envoyé.")
        return "circle-check", "success", filed
    if item.state == "undone":
        return "undo-2", "muted", _("Remis en brouillon.")
    if item.state == "doing":
        return "send", "info", _("Envoi en cours…")
    words = _("En attente{nb}: part dès que la liaison est rétablie.").format(nb=NBSP)
    if item.problem is not None:
        words = problem_sentence(item.problem)
    return "clock", "muted", words


class OutboxPage(QWidget):
    """Reads the view; asks nothing while hidden."""

    counted = Signal(int)
    """How many sendings wait for the person."""
    said = Signal(str)

    def __init__(self, bridge: "Bridge", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._items: list[OutboxItem] = []
        self._which = Segmented((_("En cours"), _("Tous")), 0, _("Envois montrés"))
        self._which.chosen.connect(lambda _index: self.reload())
        self._list = box("v", gap=8, m=(24, 8, 24, 24))
        inside = wrap(box("v", self._list, None))
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName(_("Suivi des envois"))
        area.setWidget(inside)
        self._area = area
        self._empty = EmptyState(
            "mail-check", _("Aucun envoi en attente"), _("Tout ce que vous avez envoyé est parti.")
        )
        top = box("h", label(_("Suivi des envois"), "h2", 600), None, self._which, m=(24, 14, 24, 8))
        column = box("v", top, self._area, self._empty, gap=0, m=1)
        column.setStretchFactor(self._area, 1)
        column.setStretchFactor(self._empty, 1)
        self.setLayout(column)
        bridge.changed.connect(self._changed)
        bridge.opened.connect(lambda _opened: self.reload())
        bridge.locked.connect(self.clear)

    def _changed(self, changed: Changed) -> None:
        if changed.everything or {"outbox", "wants"} & set(changed.aspects):
            self.reload()

    def reload(self) -> None:
        """Read the outbox again."""
        view = self._bridge.view
        if view is None:
            return
        items = view.outbox(all=self._which.current() == 1)
        open_ones = view.outbox()
        self.counted.emit(sum(needs_attention(item) for item in open_ones))
        if items == self._items and self._list.count() == len(items):
            return
        self._items = items
        empty_layout(self._list)
        for item in items:
            self._list.addWidget(self._card(item))
        self._area.setVisible(bool(items))
        self._empty.setVisible(not items)

    def clear(self) -> None:
        self._items = []
        empty_layout(self._list)
        self.counted.emit(0)

    def _card(self, item: OutboxItem) -> QWidget:
        glyph, role, words = state_words(item)
        subject = label(shown_subject(item.subject) or _("(sans objet)"), "base", 600, wrap=True)
        subject.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        when = label(date_in_reader(item.since_utc), "small", 400, "muted", tab=True)
        shown = ", ".join(item.recipients[:4]) + (
            f"… (+{len(item.recipients) - 4})" if len(item.recipients) > 4 else ""
        )
        to = label(f"{_('À')}{NBSP}: {shown}", "small", 400, "muted", wrap=True)
        state = label(words, "base", 400, role if role != "info" else "accent_text", wrap=True)
        state.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        rows = box("v", box("h", subject, when), to, gap=4)
        rows.addLayout(box("h", Glyph(glyph, role, 16), state, gap=8))
        for refused in item.refused[:20]:
            line = label(f"{refused.address}{NBSP}: {refused.sentence}", "small", 400, "danger", wrap=True)
            rows.addWidget(line)
        actions = box("h", None, gap=8)
        if item.state == "uncertain":
            actions.addWidget(
                button(_("Est parti"), "secondary", on_click=lambda: self._settle(item, "sent"))
            )
            actions.addWidget(
                button(_("Remettre en brouillon"), "quiet", on_click=lambda: self._settle(item, "draft"))
            )
        elif item.state == "parked":
            actions.addWidget(button(_("Réessayer"), "secondary", on_click=lambda: self._retry(item)))
            actions.addWidget(
                button(_("Remettre en brouillon"), "quiet", on_click=lambda: self._settle(item, "draft"))
            )
        if actions.count() > 1:
            rows.addLayout(actions)
        card = frame("card", box("v", rows, m=(16, 12, 16, 12)))
        card.setAccessibleName(f"{shown_subject(item.subject)}, {words}")
        return card

    def _settle(self, item: OutboxItem, outcome: str) -> None:
        self._bridge.post(Settle(target=item.want, outcome=outcome), self._told, owner=self)

    def _retry(self, item: OutboxItem) -> None:
        self._bridge.post(Retry(target=item.want), self._told, owner=self)

    def _told(self, outcome: object) -> None:
        if isinstance(outcome, Problem):
            self.said.emit(problem_sentence(outcome))
        self.reload()
