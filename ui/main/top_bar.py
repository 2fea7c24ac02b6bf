"""The top bar: search, how the mail is doing, refresh, help, lock."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QWidget

from mssclient.model.accounts import Account, AccountState
from mssclient.model.ids import AccountId
from mssclient.model.language import _
from ui.kit import Glyph, SearchBox, Tile, box, label, set_role, tool, wrap
from ui.theme import TOP_BAR, appearance, scaled
from ui.theme.words import clock, count

__all__ = ["TopBar", "status_tip", "status_words"]

_WITH_TITLE = 860
"""Pixels at 100 %; a narrower bar leaves the name to the title bar of the system."""


def status_words(
    states: Mapping[AccountId, AccountState], *, lost: bool, accounts: int
) -> tuple[str, str, str]:
    """(icon, colour role, words) of the state of the mail."""
    if lost:
        return "octagon-alert", "danger", _("Moteur arrêté")
    if not accounts:
        return "", "muted", ""
    kinds = [state.state for state in states.values()]
    if any(kind == "refused" for kind in kinds):
        return "triangle-alert", "danger", _("Connexion refusée")
    if any(kind == "syncing" for kind in kinds):
        todo = sum(state.todo_messages for state in states.values())
        if todo:
            return "refresh-cw", "muted", count("Relève, {n} restant", "Relève, {n} restants", todo)
        return "refresh-cw", "muted", _("Relève en cours…")
    last = max((state.last_sync_utc for state in states.values()), default=0)
    if kinds and all(kind == "offline" for kind in kinds):
        words = _("Hors connexion")
        return "globe", "warning", f"{words} · {_when(last)}" if last else words
    if any(kind == "connecting" for kind in kinds) or not kinds:
        return "refresh-cw", "muted", _("Connexion…")
    return "", "muted", _when(last) if last else ""


def status_tip(accounts: Sequence[Account], states: Mapping[AccountId, AccountState]) -> str:
    """The state of each BAL on a line of its own: its trouble, else when it was fetched."""
    lines: list[str] = []
    for account in accounts:
        state = states.get(account.id)
        if state is not None:
            problem = state.problem.sentence if state.problem is not None else ""
            when = _("relevé à {time}").format(time=clock(state.last_sync_utc)) if state.last_sync_utc else ""
            fine = " · ".join(filter(None, (when, state.notice)))
            lines.append(f"{account.address} — {problem or fine}")
    return "\n".join(lines)


def _when(utc: int) -> str:
    return _("Relevé à {time}").format(time=clock(utc))


class TopBar(QWidget):
    """``search`` is its entry. Buttons trigger the actions "sync", "help", "lock"; ``session``
    opens a menu of the window."""

    def __init__(self, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self.setProperty("bg", "chrome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        mark = wrap(box("h", None, Tile("heart-pulse", "accent", 30, 18), None))
        mark.setFixedWidth(76)
        self.search = SearchBox(_("Rechercher un message, un patient, un document"), "Ctrl+K")
        self.search.setMaximumWidth(520)
        self.search.setMinimumWidth(220)
        self.account = label("", "small", 500, "muted")
        self._glyph = Glyph("refresh-cw", "muted", 14)
        self.status = label("", "small", 400, "muted", tab=True)
        self._title = label(_("Messagerie de santé"), "h3", 600)
        sync = tool("refresh-cw", _("Relever le courrier"), "F9", size=16, on_click=actions["sync"].trigger)
        help_ = tool("circle-question-mark", _("Aide"), "F1", on_click=actions["help"].trigger)
        lock = tool("lock", _("Verrouiller la session"), "Ctrl+L", on_click=actions["lock"].trigger)
        self.session = tool("user-round", _("Session"))
        row = box(
            "h",
            mark,
            self._title,
            None,
            self.search,
            None,
            self._glyph,
            self.status,
            sync,
            help_,
            lock,
            self.session,
            m=(0, 0, 12, 0),
            gap=8,
        )
        row.setStretch(row.indexOf(self.search), 20)
        self.setLayout(row)
        self._measure()
        appearance().changed.connect(self._measure)
        self.show_status("", "muted", "")

    def _measure(self) -> None:
        self.setFixedHeight(scaled(TOP_BAR))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._title.setVisible(self.width() >= scaled(_WITH_TITLE))

    def show_status(self, ic: str, role: str, words: str, tip: str = "") -> None:
        """State of the mail; ``tip`` says it for each account."""
        self._glyph.setVisible(bool(ic))
        if ic:
            self._glyph.set_glyph(ic, role)
        self.status.setText(words)
        self.status.setAccessibleName(words)
        self.status.setToolTip(tip)
        set_role(self.status, role)
