"""Dialogs and floating panels: title, one muted sentence, content, cancel and primary on the right."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QPainter, QPaintEvent, QPen, QRegion, QShowEvent
from PySide6.QtWidgets import QApplication, QBoxLayout, QDialog, QFrame, QScrollArea, QSizePolicy, QWidget

from mssclient.model.language import _
from ui.kit.badges import Avatar
from ui.kit.buttons import Button, button
from ui.kit.focus import FocusRing
from ui.kit.layout import box, label, wrap
from ui.theme import RADIUS, T, as_colour

__all__ = ["Dialog", "Popover", "ask_choice"]


class _Room(QScrollArea):
    """What stands between heading and footer; it scrolls where the screen is too low for it."""

    _LOWEST = 96

    def __init__(self, content: QBoxLayout) -> None:
        super().__init__()
        self._inner = wrap(content)
        self.setWidget(self._inner)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._follow)

    def _follow(self, _old: QWidget | None, now: QWidget | None) -> None:
        # Qt scrolls for Tab inside only, not for the keyboard that comes from the footer or was put there.
        if now is not None and self._inner.isAncestorOf(now):
            self.ensureWidgetVisible(now, 0, 24)

    def settle(self) -> None:
        """Decide anew whether to scroll: a bar that is there narrows the content, which then needs it."""
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)

    def heightForWidth(self, width: int) -> int:
        layout = self._inner.layout()
        assert layout is not None
        if layout.hasHeightForWidth():
            return max(layout.totalHeightForWidth(width), layout.totalMinimumSize().height())
        return layout.totalSizeHint().height()

    def sizeHint(self) -> QSize:
        return self._inner.sizeHint()

    def minimumSizeHint(self) -> QSize:
        least = self._inner.minimumSizeHint()
        return QSize(least.width(), min(least.height(), self._LOWEST))


class Dialog(QDialog):
    """Base of dialogs: Escape cancels, Enter is the primary button when it is enabled.

    Fill ``content`` (a vertical layout), which scrolls on a low screen. The title bar is the system's; no
    second cross inside.
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
        ic: str = "",
    ) -> None:
        """``ic``: an icon that stands for what is asked, left of the heading."""
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
        self._room = _Room(self.content)
        head = box("v", self.heading, self.sentence, gap=8 if not ic else 2)
        if ic:
            head = box("h", Avatar("", 44, ic), head, gap=14)
        column = box("v", head, 4, self._room, 8, footer, m=(24, 20, 24, 20), gap=8)
        self.setLayout(column)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._fit_now)
        FocusRing(self)

    def set_heading(self, title: str, sentence: str = "") -> None:
        """Another page of the same dialog."""
        self.setWindowTitle(title)
        self.heading.setText(title)
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))
        self.setAccessibleDescription(sentence)

    @property
    def scrolls(self) -> bool:
        """There is more than the screen has room for."""
        return self._room.verticalScrollBar().isVisible()

    def fit(self) -> None:
        """As high as its content, and whole on the screen, after the content changed."""
        self._fit_now()
        self._later.start(0)  # what was added just now is shown by the event loop

    def _fit_now(self) -> None:
        layout, screen = self.layout(), self.screen()
        if layout is None or not self.isVisible():
            return
        _measure_anew(self)
        frame = self.frameGeometry()
        room = screen.availableGeometry()
        width = max(self.width(), layout.totalMinimumSize().width())
        highest = room.height() - (frame.height() - self.height())
        self.resize(width, min(layout.totalHeightForWidth(width), highest))
        layout.activate()
        self._room.settle()
        frame = self.frameGeometry()
        x = max(room.left(), min(frame.x(), room.right() + 1 - frame.width()))
        y = max(room.top(), min(frame.y(), room.bottom() + 1 - frame.height()))
        if (x, y) != (frame.x(), frame.y()):
            self.move(x, y)

    def confirm(self) -> None:
        """The primary button; override to check before :meth:`accept`."""
        self.accept()

    def showEvent(self, event: QShowEvent) -> None:
        # Qt's own guess makes room for labels wrapped as if the dialog were narrower.
        super().showEvent(event)
        if not event.spontaneous():
            self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.primary_button.isVisible() and self.primary_button.isEnabled():
                self.primary_button.click()
            return
        super().keyPressEvent(event)


def _measure_anew(widget: QWidget) -> None:
    """Layouts notice what was shown, hidden or said since the last event, from the innermost outwards."""
    for child in widget.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
        if not child.isHidden() and not child.isWindow():
            _measure_anew(child)
    layout = widget.layout()
    if layout is not None:
        layout.activate()
    widget.updateGeometry()


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
    accepted = dialog.exec() == QDialog.DialogCode.Accepted
    dialog.deleteLater()
    return accepted


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
