"""Dialogs and floating panels: title, one muted sentence, content, cancel and primary on the right."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QPainter, QPaintEvent, QPen, QRegion, QShowEvent
from PySide6.QtWidgets import QDialog, QSizePolicy, QWidget

from mssclient.model.language import _
from ui.kit.buttons import Button, button
from ui.kit.layout import box, label
from ui.theme import RADIUS, T, as_colour

__all__ = ["Dialog", "Popover", "ask_choice"]


class Dialog(QDialog):
    """Base of dialogs: Escape cancels, Enter is the primary button when it is enabled.

    Fill ``content`` (a vertical layout). The title bar is the system's; no second cross inside.
    """

    def __init__(
        self,
        parent: QWidget | None,
        title: str,
        sentence: str = "",
        *,
        primary: str = "",
        kind: str = "primary",
        cancel: str = "",
        width: int = 480,
        link: Button | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setModal(True)
        self.setMinimumWidth(min(width, 740))
        self.setMaximumWidth(740)
        self.heading = label(title, "h2", 600, wrap=True)
        self.sentence = label(sentence, "base", 400, "muted", wrap=True)
        self.sentence.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.sentence.setVisible(bool(sentence))
        self.setAccessibleDescription(sentence)
        self.content = box("v", gap=12)
        self.cancel_button = button(cancel or (_("Annuler") if primary else _("Fermer")), "secondary")
        self.cancel_button.clicked.connect(self.reject)
        footer = box("h", gap=8)
        if link is not None:
            footer.addWidget(link)
        footer.addStretch(1)
        footer.addWidget(self.cancel_button)
        self.primary_button = button(primary, kind)
        self.primary_button.setVisible(bool(primary))
        self.primary_button.clicked.connect(self.confirm)
        footer.addWidget(self.primary_button)
        column = box("v", self.heading, self.sentence, 4, self.content, 8, footer, m=(24, 20, 24, 20), gap=8)
        self.setLayout(column)

    def set_heading(self, title: str, sentence: str = "") -> None:
        """Another page of the same dialog."""
        self.setWindowTitle(title)
        self.heading.setText(title)
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))
        self.setAccessibleDescription(sentence)

    def fit(self) -> None:
        """As high as its content, and whole on the screen, after the content grew."""
        self.adjustSize()
        screen = self.screen()
        if screen is not None and self.isVisible():
            room, frame = screen.availableGeometry(), self.frameGeometry()
            x = max(room.left(), min(frame.x(), room.right() - frame.width()))
            y = max(room.top(), min(frame.y(), room.bottom() - frame.height()))
            self.move(x, y)

    def confirm(self) -> None:
        """The primary button; override to check before :meth:`accept`."""
        self.accept()

    def showEvent(self, event: QShowEvent) -> None:
        # Labels that wrap guess their height for a narrower dialog: take back what they don't need.
        super().showEvent(event)
        layout = self.layout()
        if layout is not None and layout.hasHeightForWidth():
            needed = max(layout.totalHeightForWidth(self.width()), self.minimumSizeHint().height())
            self.resize(self.width(), min(self.height(), needed))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.primary_button.isVisible() and self.primary_button.isEnabled():
                self.primary_button.click()
            return
        super().keyPressEvent(event)


def ask_choice(
    parent: QWidget | None,
    title: str,
    sentence: str,
    primary: str,
    *,
    kind: str = "primary",
    cancel: str = "",
) -> bool:
    """Ask once, before the final step only. The buttons are verbs."""
    dialog = Dialog(parent, title, sentence, primary=primary, kind=kind, cancel=cancel)
    dialog.primary_button.setFocus()
    return dialog.exec() == QDialog.DialogCode.Accepted


class Popover(QWidget):
    """A raised panel with a painted shadow, closed by Escape or a click beside it. Fill ``content``."""

    SHADOW = 20

    def __init__(self, parent: QWidget, name: str, *, radius: int = RADIUS["card"]) -> None:
        flags = Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint
        super().__init__(parent, flags | Qt.WindowType.NoDropShadowWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(name)
        self._radius = radius
        self._closed: Callable[[], object] | None = None
        self._opener = parent
        self.content = box("v", m=(18, 16, 18, 12), gap=12)
        self.setLayout(box("v", self.content, m=self.SHADOW))

    def open_at(self, below: QPoint, width: int) -> None:
        """Show with the top right corner of the visible panel at a point of the screen, kept on screen."""
        edge = self.SHADOW
        self.setFixedWidth(width + 2 * edge)
        self.adjustSize()
        place = QPoint(below.x() - width - edge, below.y() - edge)
        screen = QGuiApplication.screenAt(below) or QGuiApplication.primaryScreen()
        if screen is not None:
            room = screen.availableGeometry().adjusted(-edge, -edge, edge, edge)
            place.setX(max(room.left(), min(place.x(), room.right() - self.width())))
            place.setY(max(room.top(), min(place.y(), room.bottom() - self.height())))
        self.move(place)
        if QGuiApplication.platformName() == "xcb":
            # Without a compositor X11 shows black where nothing opaque is painted: cut to the panel there.
            self.setMask(QRegion(self.rect().adjusted(edge, edge, -edge, -edge)))
        self.show()
        first = self.nextInFocusChain()
        if first is not None and self.isAncestorOf(first):
            first.setFocus(Qt.FocusReason.PopupFocusReason)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = self.SHADOW
        where = QRectF(self.rect()).adjusted(edge, edge, -edge, -edge)
        if not T.contrast:
            painter.setPen(Qt.PenStyle.NoPen)
            for layer in range(edge - 4, 0, -1):
                shade = QColor(as_colour("shadow"))
                shade.setAlphaF((0.03 if T.dark else 0.010) * (1 - layer / edge))
                painter.setBrush(shade)
                grown = where.adjusted(-layer, -layer + 3, layer, layer + 3)
                painter.drawRoundedRect(grown, self._radius + layer, self._radius + layer)
        painter.setBrush(as_colour("raised"))
        painter.setPen(QPen(as_colour("border"), 1))
        radius = 0 if self.mask().rectCount() else self._radius
        painter.drawRoundedRect(where.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonPress:
            inside = self.rect().adjusted(self.SHADOW, self.SHADOW, -self.SHADOW, -self.SHADOW)
            if not inside.contains(event.position().toPoint()):  # type: ignore[attr-defined]
                self.close()
                return True
        return super().event(event)
