"""« Suivi des envois »: every message on its way, every action that waits, and what can be done about it."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QApplication, QBoxLayout, QFrame, QLabel, QScrollArea, QSizePolicy, QWidget

from mssclient.model.changes import Changed
from mssclient.model.drafts import OutboxItem
from mssclient.model.errors import Problem
from mssclient.model.language import _
from mssclient.model.wants import ANY_WANT, Retry, Settle, Undo, WantView
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
from ui.outbox.words import action_words, needs_attention, recipients_words, state_words
from ui.theme.words import NBSP, date_in_reader, shown_subject

if TYPE_CHECKING:
    from ui.bridge import Bridge

__all__ = ["OutboxPage"]

_MOST_SHOWN = 100
"""Cards; each costs about a millisecond."""


class OutboxPage(QWidget):
    """Reads the view; while hidden it only counts."""

    counted = Signal(int)
    """How many sendings and actions wait for the person."""
    said = Signal(str)
    draft_back = Signal()
    """A message became a draft again."""

    def __init__(self, bridge: "Bridge", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._shown: tuple[list[OutboxItem], list[WantView]] | None = None
        self._which = Segmented((_("En cours"), _("Tous")), 0, _("Envois montrés"))
        self._which.chosen.connect(lambda _index: self.reload())
        self._list = box("v", gap=8, m=(24, 8, 24, 24))
        self._inside = wrap(box("v", self._list, None))
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName(_("Suivi des envois"))
        area.setWidget(self._inside)
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
        if changed.everything or {"outbox", "wants", "accounts"} & set(changed.aspects):
            self.reload()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.reload()

    def reload(self) -> None:
        """Read sendings and waiting actions again."""
        view = self._bridge.view
        if view is None:
            return
        items = view.outbox()
        actions = [want for want in view.wants(("parked",)) if want.kind != "submit"]
        self.counted.emit(sum(needs_attention(item) for item in items) + len(actions))
        if not self.isVisible():
            return
        if self._which.current() == 1:
            items = view.outbox(all=True)[::-1]
        if (items, actions) == self._shown:
            return
        self._shown = (items, actions)
        focus = QApplication.focusWidget()
        held = focus is not None and self._inside.isAncestorOf(focus)
        empty_layout(self._list)
        self._fill(items, actions)
        if held:
            # The button that was pressed is gone with its card.
            self._which.setFocus(Qt.FocusReason.OtherFocusReason)

    def _fill(self, items: list[OutboxItem], actions: list[WantView]) -> None:
        for item in items[:_MOST_SHOWN]:
            self._list.addWidget(self._card(item))
        if len(items) > _MOST_SHOWN:
            words = _("Seuls les {n} premiers sont montrés.").format(n=_MOST_SHOWN)
            self._list.addWidget(label(words, "small", 400, "muted"))
        if actions:
            title = label(_("Actions en attente"), "h3", 600)
            title.setContentsMargins(0, 12 if items else 0, 0, 0)
            self._list.addWidget(title)
        for want in actions[:_MOST_SHOWN]:
            self._list.addWidget(self._action(want))
        self._area.setVisible(bool(items or actions))
        self._empty.setVisible(not items and not actions)

    def clear(self) -> None:
        """Lock: nothing of what was shown is kept."""
        self._shown = None
        empty_layout(self._list)
        self.counted.emit(0)

    # Cards

    def _card(self, item: OutboxItem) -> QWidget:
        glyph, role, words = state_words(item)
        rows = box("v", gap=4)
        title = shown_subject(item.subject) or _("(sans objet)")
        rows.addLayout(_head(title, item.since_utc))
        rows.addWidget(label(recipients_words(item), "small", 400, "muted", wrap=True))
        state = _wide(label(words, "base", 400, role if role != "info" else "accent_text", wrap=True))
        rows.addLayout(box("h", Glyph(glyph, role, 16), state, gap=8))
        for refused in item.refused[:20]:
            line = label(f"{refused.address}{NBSP}: {refused.sentence}", "small", 400, "danger", wrap=True)
            rows.addWidget(line)
        draft = Settle(target=item.want, outcome="draft")
        choices: tuple[tuple[str, str, ANY_WANT], ...] = ()
        if item.state == "uncertain":
            sent = Settle(target=item.want, outcome="sent")
            choices = (
                ("secondary", _("Est parti"), sent),
                ("quiet", _("Remettre en brouillon"), draft),
            )
        elif item.state == "parked":
            choices = (
                ("secondary", _("Réessayer"), Retry(target=item.want)),
                ("quiet", _("Remettre en brouillon"), draft),
            )
        elif item.state == "waiting":
            choices = (("quiet", _("Annuler l’envoi"), Undo(target=item.want)),)
        return self._framed(rows, f"{title}, {words}", choices)

    def _action(self, want: WantView) -> QWidget:
        title, words = action_words(want)
        rows = box("v", gap=4)
        rows.addLayout(_head(title, want.created_utc))
        account = self._bridge.view.account(want.account) if self._bridge.view and want.account else None
        if account is not None:
            rows.addWidget(label(account.name or account.address, "small", 400, "muted", wrap=True))
        state = _wide(label(words, "base", 400, "danger", wrap=True))
        rows.addLayout(box("h", Glyph("octagon-alert", "danger", 16), state, gap=8))
        choices: tuple[tuple[str, str, ANY_WANT], ...] = (
            ("secondary", _("Réessayer"), Retry(target=want.id)),
            ("quiet", _("Annuler"), Undo(target=want.id)),
        )
        return self._framed(rows, f"{title}, {words}", choices)

    def _framed(self, rows: QBoxLayout, name: str, choices: tuple[tuple[str, str, ANY_WANT], ...]) -> QWidget:
        card = frame("card", box("v", rows, m=(16, 12, 16, 12)))
        card.setAccessibleName(name)
        if choices:
            actions = box("h", None, gap=8)
            for kind, words, want in choices:
                made = button(words, kind, on_click=lambda want=want: self._do(card, want))
                made.setAccessibleDescription(name)
                actions.addWidget(made)
            rows.addLayout(actions)
        return card

    # Deciding

    def _do(self, card: QWidget, want: ANY_WANT) -> None:
        """Once: a second press of the same button would be refused."""
        card.setEnabled(False)
        back = isinstance(want, Settle) and want.outcome == "draft"
        if isinstance(want, Undo) and self._shown is not None:
            back = any(item.want == want.target for item in self._shown[0])

        def ended(outcome: object) -> None:
            self._shown = None
            if isinstance(outcome, Problem):
                self.said.emit(problem_sentence(outcome))
            elif back:
                self.draft_back.emit()
            self.reload()

        self._bridge.post(want, ended, owner=self)


def _head(title: str, when_utc: int) -> QBoxLayout:
    when = label(date_in_reader(when_utc), "small", 400, "muted", tab=True)
    return box("h", _wide(label(title, "base", 600, wrap=True)), when)


def _wide(words: QLabel) -> QLabel:
    """A wrapped label asks for a narrow column by itself."""
    words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return words
