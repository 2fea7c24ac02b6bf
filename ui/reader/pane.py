"""The right-hand pane that shows one message."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QFrame, QMenu, QScrollArea, QStackedWidget, QToolButton, QWidget

from mssclient.model.changes import Changed
from mssclient.model.errors import Problem
from mssclient.model.ids import PlacementId, QuestionId
from mssclient.model.language import _
from mssclient.model.messages import MessageView
from mssclient.model.questions import MessageAnswer, RawAnswer, ReadMessage, ReadRaw
from mssclient.model.wants import MarkFlags
from ui.kit import Button, EmptyState, box, button, hline, problem_sentence, tool, wrap
from ui.main.actions import key_words
from ui.reader.content import Content
from ui.reader.links import LinkList
from ui.reader.printing import print_message
from ui.reader.several import Several
from ui.reader.source import HeadersDialog, SourceDialog
from ui.theme import TOOLBAR, T, scaled

if TYPE_CHECKING:
    from ui.bridge import Bridge

__all__ = ["ReaderPane"]

_SEEN_AFTER_MS = 900
"""A message looked at for this long is read; passing by with the arrows leaves it unread."""
_SLOW_MS = 400
"""Only a slow answer shows that something is awaited."""
_WORDED_WIDTH = 520
"""Pixels at 100 % below which the buttons of the toolbar show their icon alone, rather than cut words."""


class ReaderPane(QWidget):
    """What the main window asks of a reader.

    ``actions``: the window's actions by name (``ui.main.actions``): "reply", "reply-all", "forward",
    "archive", "move", "tags", "delete", "flag", "read"…; a button of the reader triggers one of them.
    """

    back = Signal()
    """The person wants the list again (narrow window)."""
    write_to = Signal(str)
    """An address was chosen in the message."""
    report_wanted = Signal(object)
    """The person wants to report this doubtful message (its placement)."""
    said = Signal(str)
    """A short sentence for a toast."""

    def __init__(
        self, bridge: "Bridge", actions: Mapping[str, QAction], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.placement: PlacementId | None = None
        self.view: MessageView | None = None
        self._bridge = bridge
        self._actions = actions
        self._asked: QuestionId | None = None
        self._empty = EmptyState(
            "mail-open", _("Aucun message ouvert"), _("Choisissez un message dans la liste.")
        )
        self.content = Content(bridge)
        self.content.said.connect(self.said)
        self.content.write_to.connect(self.write_to)
        self._page = QScrollArea()
        self._page.setWidgetResizable(True)
        self._page.setFrameShape(QFrame.Shape.NoFrame)
        self._page.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._page.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._page.setAccessibleName(_("Message"))
        self._page.setWidget(self.content)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self._page)
        self._several = Several(self._trigger)
        self._pages.addWidget(self._several)
        self._bar = self._toolbar()
        self._line = hline()
        self.setLayout(box("v", self._bar, self._line, self._pages, gap=0, m=(0, 0, 1, 1)))
        self._seen = QTimer(self)
        self._seen.setSingleShot(True)
        self._seen.setInterval(_SEEN_AFTER_MS)
        self._seen.timeout.connect(self._mark_seen)
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.setInterval(_SLOW_MS)
        self._slow.timeout.connect(self._show_waiting)
        bridge.changed.connect(self._changed)
        bridge.engine_back.connect(self._reload)
        self._set_shown(False)

    # What the main window calls

    def show_message(self, placement: PlacementId | None) -> None:
        """Show this message, or nothing. Called again with the same placement it changes nothing."""
        known = placement is None or self.view is not None or self._asked is not None
        if placement == self.placement and known and not self.several:
            return
        self.placement = placement
        self._seen.stop()
        if placement is None:
            self._forget()
            self._say_nothing()
            return
        self._ask()

    def show_several(self, number: int) -> None:
        """Show that ``number`` messages are selected, and what can be done with all of them."""
        if not self.several:
            self.clear()
            for part in self._tools:
                part.setEnabled(True)
            self._pages.setCurrentWidget(self._several)
        self._several.say(number)

    @property
    def several(self) -> bool:
        """Several messages are selected: none is shown."""
        return self._pages.currentWidget() is self._several

    def set_alone(self, alone: bool) -> None:
        """The window is narrow: the reader takes the place of the list and offers the way back."""
        self._back.setVisible(alone)

    def focus_message(self) -> None:
        """Give the keyboard to the message: arrows and Space scroll it."""
        self._page.setFocus(Qt.FocusReason.OtherFocusReason)

    def clear(self) -> None:
        """Forget all that was shown (lock)."""
        self.placement = None
        self._forget()
        self._say_nothing()

    def tags_corner(self) -> QPoint | None:
        """Under the button « Étiquettes », on the screen, while the pointer is on it."""
        for part in self._tools:
            if part.objectName() == "tags" and part.isVisible() and part.underMouse():
                return part.mapToGlobal(part.rect().bottomLeft())
        return self._several.tags_corner()

    # Toolbar

    def _toolbar(self) -> QWidget:
        self._back = tool("panel-left", _("Revenir à la liste"), _("Échap"))
        self._back.clicked.connect(self.back)
        self._back.hide()
        self._answering = [
            self._button("reply", _("Répondre"), "reply"),
            self._button("reply-all", _("À tous"), "reply-all"),
            self._button("forward", _("Transférer"), "forward"),
        ]
        self._report = button(_("Signaler"), "secondary", "shield-alert", on_click=self._ask_report)
        split = hline("v")
        split.setFixedHeight(20)
        self._tools = [
            self._tool("archive", _("Archiver"), "archive"),
            self._tool("move", _("Déplacer vers…"), "folder-input"),
            self._tool("tags", _("Étiquettes"), "tag"),
            self._tool("delete", _("Supprimer"), "trash-2"),
        ]
        self._print = tool("printer", _("Imprimer"), "Ctrl+P", on_click=self.print_message_shown)
        self._more = tool("ellipsis", _("Autres actions"), on_click=self._open_menu)
        row = box(
            "h",
            self._back,
            self._report,
            *self._answering,
            split,
            *self._tools,
            None,
            self._print,
            self._more,
            m=(12, 0, 8, 0),
            gap=2,
        )
        bar = wrap(row)
        bar.setFixedHeight(scaled(TOOLBAR))
        return bar

    def _button(self, name: str, words: str, icon: str) -> Button:
        made = button(words, "plain", icon, on_click=lambda: self._trigger(name))
        keys = _keys(self._actions.get(name))
        if keys:
            made.setToolTip(f"{words} ({keys})")
        return made

    def _tool(self, name: str, words: str, icon: str) -> QToolButton:
        made = tool(icon, words, _keys(self._actions.get(name)), on_click=lambda: self._trigger(name))
        made.setObjectName(name)
        return made

    def _trigger(self, name: str) -> None:
        action = self._actions.get(name)
        if action is not None:
            action.trigger()

    def _open_menu(self) -> None:
        menu = QMenu(self)
        view = self.view
        doubtful = view is not None and view.verdict.level == "doubtful"
        if doubtful:
            for name, words in (("reply", _("Répondre")), ("forward", _("Transférer"))):
                menu.addAction(words).triggered.connect(lambda _on=False, n=name: self._trigger(n))
            menu.addSeparator()
        for name in ("read", "flag"):
            action = self._actions.get(name)
            if action is not None:
                menu.addAction(action)
        links = self.content.links
        listed = menu.addAction(_("Liens du message…"))
        listed.setEnabled(bool(links) and not doubtful)
        listed.triggered.connect(self._list_links)
        menu.addSeparator()
        menu.addAction(_("Voir les en-têtes")).triggered.connect(self._show_headers)
        menu.addAction(_("Voir la source")).triggered.connect(self._show_source)
        menu.addAction(_("Enregistrer le message…")).triggered.connect(self.content.save_message)
        menu.exec(self._more.mapToGlobal(self._more.rect().bottomLeft()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        worded = self.width() >= scaled(_WORDED_WIDTH)
        for part in self._answering:
            part.setText(f" {part.accessibleName()}" if worded else "")

    def _set_shown(self, shown: bool) -> None:
        for part in (*self._answering, *self._tools, self._print, self._more):
            part.setEnabled(shown)
        self._report.hide()
        for part in self._answering:
            part.show()

    # Asking and showing

    def _ask(self) -> None:
        if self.placement is None:
            return
        if self._asked is not None:
            self._bridge.cancel(self._asked)
        asked = self.placement
        width = max(320, min(900, self._page.viewport().width() - 48))
        question = ReadMessage(placement=asked, dark=T.dark, width=width)
        self._slow.start()

        def answered(outcome: object) -> None:
            if asked == self.placement:
                self._asked = None
                self._slow.stop()
                self._show(outcome)

        self._asked = self._bridge.ask(question, answered, owner=self)

    def _show(self, outcome: object) -> None:
        if isinstance(outcome, Problem):
            if outcome.code == "cancelled":
                return
            again = button(_("Réessayer"), "quiet", on_click=self._reload)
            self._forget()
            self._empty.say("triangle-alert", outcome.sentence, outcome.remedy, again)
            return
        if not isinstance(outcome, MessageAnswer):
            return
        same = self.view is not None and self.view.row.id == outcome.view.row.id
        self.view = outcome.view
        self.content.show_message(outcome.view)
        self._pages.setCurrentWidget(self._page)
        if not same:
            self._page.verticalScrollBar().setValue(0)
        self._set_shown(True)
        if outcome.view.verdict.level == "doubtful":
            self._report.show()
            for part in self._answering:
                part.hide()
        if "seen" not in outcome.view.row.flags:
            self._seen.start()

    def _say_nothing(self) -> None:
        self._slow.stop()
        self._empty.say("mail-open", _("Aucun message ouvert"), _("Choisissez un message dans la liste."))
        self._pages.setCurrentWidget(self._empty)

    def _show_waiting(self) -> None:
        if (
            self._pages.currentWidget() is self._empty
            or self.view is None
            or self.view.row.id != self.placement
        ):
            self._clear()  # the question goes on
            self._empty.say("refresh-cw", _("Ouverture du message…"))

    def _forget(self) -> None:
        if self._asked is not None:
            self._bridge.cancel(self._asked)
            self._asked = None
        self._clear()

    def _clear(self) -> None:
        self.view = None
        self.content.clear()
        self._pages.setCurrentWidget(self._empty)
        self._set_shown(False)

    def _reload(self) -> None:
        if self.placement is not None:
            self._ask()

    def _changed(self, changed: Changed) -> None:
        view = self.view
        if view is None or self.placement is None:
            return
        if view.row.message in changed.messages or changed.everything or "trust" in changed.aspects:
            self._reload()
        elif view.row.folder in changed.folders and self._bridge.view is not None:
            row = self._bridge.view.row(self.placement)
            if row is not None:
                self.content.show_row(row)

    def _mark_seen(self) -> None:
        if self.placement is not None and self.view is not None and self.isVisible():
            self._bridge.post(MarkFlags(placements=(self.placement,), add=("seen",)))

    # Menu

    def print_message_shown(self) -> None:
        """« Imprimer », of the message on the screen."""
        if self.view is not None:
            print_message(self, self.view)

    def _ask_report(self) -> None:
        if self.placement is not None:
            self.report_wanted.emit(self.placement)

    def _list_links(self) -> None:
        dialog = LinkList(self, self.content.links)
        if dialog.exec() == LinkList.DialogCode.Accepted and dialog.chosen:
            self.content.follow_link(dialog.chosen)

    def _show_headers(self) -> None:
        if self.view is not None:
            HeadersDialog(self, self.view.headers).exec()

    def _show_source(self) -> None:
        if self.placement is None:
            return

        def answered(outcome: object) -> None:
            if isinstance(outcome, RawAnswer):
                SourceDialog(self, outcome.raw).exec()
            elif isinstance(outcome, Problem):
                self.said.emit(problem_sentence(outcome))

        self._bridge.ask(ReadRaw(placement=self.placement), answered, owner=self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        bar = self._page.verticalScrollBar()
        step = {
            Qt.Key.Key_Space: bar.pageStep() - 40,
            Qt.Key.Key_PageDown: bar.pageStep() - 40,
            Qt.Key.Key_PageUp: 40 - bar.pageStep(),
            Qt.Key.Key_Down: 40,
            Qt.Key.Key_Up: -40,
        }.get(Qt.Key(event.key()))
        if event.matches(QKeySequence.StandardKey.Print):
            self.print_message_shown()
        elif step is not None:
            bar.setValue(bar.value() + step)
        elif event.key() == Qt.Key.Key_Home:
            bar.setValue(bar.minimum())
        elif event.key() == Qt.Key.Key_End:
            bar.setValue(bar.maximum())
        else:
            super().keyPressEvent(event)


def _keys(action: QAction | None) -> str:
    if action is None or action.shortcut().isEmpty():
        return ""
    return key_words(action.shortcut().toString(QKeySequence.SequenceFormat.PortableText))
