"""The desktop is told of new mail while the window is locked: two words, never whose message or what about.

By the icon of the system's tray where there is one; on desktops without (GNOME), by the desktop portal
(org.freedesktop.portal.Notification).
"""

import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from mssclient.model.language import _

if TYPE_CHECKING:
    from PySide6.QtDBus import QDBusConnection

__all__ = ["Announcement", "tell_portal"]

_ID = "new-mail"
"""One announcement takes the place of the one before."""


class Announcement(QObject):
    """GUI thread only. Never waits for the desktop."""

    chosen = Signal()
    """It was clicked: the window should come forward."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._tray: QSystemTrayIcon | None = None
        self._by_portal = False

    def say(self) -> None:
        """« Nouveau message »."""
        if QSystemTrayIcon.isSystemTrayAvailable():
            if self._tray is None:
                self._tray = QSystemTrayIcon(QApplication.windowIcon(), self)
                self._tray.setToolTip(_("Messagerie de santé"))
                self._tray.messageClicked.connect(self.chosen)
                self._tray.activated.connect(lambda _reason: self.chosen.emit())
            self._tray.show()
            self._tray.showMessage(_("Nouveau message"), _("Messagerie de santé"), QApplication.windowIcon())
        elif sys.platform == "linux":
            self._by_portal = True
            _tell(show=True)

    def withdraw(self) -> None:
        """It was seen."""
        if self._tray is not None:
            self._tray.hide()
        if self._by_portal:
            self._by_portal = False
            _tell(show=False)


def _tell(*, show: bool) -> None:
    from PySide6.QtDBus import QDBusConnection  # only where there is no tray

    tell_portal(QDBusConnection.sessionBus(), show=show)


def tell_portal(bus: "QDBusConnection", *, show: bool) -> None:
    """Show or remove the announcement. Returns at once; nothing happens where there is no portal."""
    from PySide6.QtDBus import QDBusMessage

    message = QDBusMessage.createMethodCall(
        "org.freedesktop.portal.Desktop",
        "/org/freedesktop/portal/desktop",
        "org.freedesktop.portal.Notification",
        "AddNotification" if show else "RemoveNotification",
    )
    words = {"title": _("Nouveau message"), "body": _("Messagerie de santé")}
    message.setArguments([_ID, words] if show else [_ID])
    bus.send(message)
