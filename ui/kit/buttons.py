"""Buttons, tool buttons, segmented choices. Each has an accessible name and answers the keyboard."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QPushButton, QToolButton, QWidget

from ui.kit.layout import box
from ui.theme import CTRL, CTRL_S, appearance, draw_icon, give_font, icon, scaled

__all__ = ["Button", "Segmented", "button", "quiet_icon_token", "tool"]

_TOKENS = {
    "primary": "on_accent",
    "secure": "on_accent",
    "danger": "on_accent",
    "clear": "on_warning_fill",
    "quiet": "accent_text",
    "link": "accent_text",
    "secondary": "text",
}


def quiet_icon_token(kind: str) -> str:
    """The icon colour that goes with a kind of button."""
    return _TOKENS.get(kind, "muted")


class Button(QPushButton):
    """Kinds: primary (one per surface), secondary, quiet, plain, link, danger, secure, clear.

    The verb comes first: « Retirer », not « OK ». ``&`` in a label is a letter, not a mnemonic.
    """

    def __init__(
        self,
        text: str,
        kind: str = "secondary",
        ic: str = "",
        *,
        small: bool = False,
        chevron: bool = False,
        on_click: Callable[[], object] | None = None,
    ) -> None:
        super().__init__()
        self._icon_name = ic
        self._chevron = chevron
        self.setProperty("kind", kind)
        if small:
            self.setProperty("small", "true")
        if chevron:
            self.setProperty("chevron", "true")
        self.setAutoDefault(False)
        give_font(self, "base", 600 if kind in ("primary", "secure", "clear", "danger") else 500)
        self.set_label(text, ic)
        if kind == "link":
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        if on_click is not None:
            self.clicked.connect(lambda: on_click())

    def set_label(self, text: str, ic: str | None = None) -> None:
        """Change the words, and the icon when given ("" removes it)."""
        if ic is not None:
            self._icon_name = ic
            if ic:
                self.setIcon(icon(ic, quiet_icon_token(str(self.property("kind")))))
                self.setIconSize(QSize(16, 16))
        self.setText((" " if self._icon_name else "") + text.replace("&", "&&"))
        self.setAccessibleName(text)

    def set_kind(self, kind: str) -> None:
        """Another kind in place (the Send button follows the verdict of its recipients)."""
        if kind == self.property("kind"):
            return
        self.setProperty("kind", kind)
        give_font(self, "base", 600 if kind in ("primary", "secure", "clear", "danger") else 500)
        if self._icon_name:
            self.setIcon(icon(self._icon_name, quiet_icon_token(kind)))
        self.style().unpolish(self)
        self.style().polish(self)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._chevron:
            token = quiet_icon_token(str(self.property("kind"))) if self.isEnabled() else "disabled"
            painter = QPainter(self)
            draw_icon(painter, "chevron-down", token, self.width() - 22, (self.height() - 14) / 2, 14)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Enter presses the focused button, as everywhere on the web and in other desktops.
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.animateClick()
            return
        super().keyPressEvent(event)


button = Button
"""The usual way to write one in a layout."""


def tool(
    ic: str,
    name: str,
    shortcut: str = "",
    *,
    size: int = 18,
    token: str = "muted",
    checkable: bool = False,
    small: bool = False,
    on_click: Callable[[], object] | None = None,
) -> QToolButton:
    """An icon alone: its name is told to screen readers and shown with the shortcut as a tooltip."""
    made = QToolButton()
    made.setIcon(icon(ic, token, on="accent_text" if checkable else ""))
    made.setIconSize(QSize(size, size))
    made.setToolTip(f"{name} ({shortcut})" if shortcut else name)
    made.setAccessibleName(name)
    if shortcut:
        made.setAccessibleDescription(shortcut)
    made.setCheckable(checkable)
    edge = scaled(CTRL_S if small else CTRL)
    made.setFixedSize(edge, edge)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    if on_click is not None:
        made.clicked.connect(lambda: on_click())
    return made


class Segmented(QFrame):
    """A few exclusive choices side by side (« Tableau | Texte d’origine »); arrows move between them."""

    chosen = Signal(int)

    def __init__(
        self, choices: Sequence[str], on: int = 0, name: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("box", "seg")
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        row = box("h", m=2, gap=2)
        for index, text in enumerate(choices):
            part = QPushButton(text)
            part.setProperty("kind", "seg")
            part.setCheckable(True)
            part.setChecked(index == on)
            part.setAutoDefault(False)
            part.setAccessibleName(f"{name} : {text}" if name else text)
            give_font(part, "small", 500)
            self._group.addButton(part, index)
            row.addWidget(part)
        self.setLayout(row)
        self._measure()
        appearance().changed.connect(self._measure)
        self._group.idToggled.connect(self._toggled)

    def _measure(self) -> None:
        self.setFixedHeight(scaled(CTRL_S))

    def _toggled(self, index: int, on: bool) -> None:
        if on:
            self.chosen.emit(index)

    def current(self) -> int:
        return self._group.checkedId()

    def choose(self, index: int) -> None:
        part = self._group.button(index)
        if part is not None:
            part.setChecked(True)
