"""Closing the window: what was just posted gets a moment to be written down, then the person is asked."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QTimer

from mssclient.model.language import _
from ui.kit import ask_choice
from ui.theme.words import NNBSP, count

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from ui.bridge import Bridge

__all__ = ["may_close"]

_MOMENT_MS = 3000
_LOOK_EVERY_MS = 15


def may_close(window: "QWidget", bridge: "Bridge") -> bool:
    """True when all is written down, or the person gives up what is not."""
    if not bridge.unacknowledged():
        return True
    if not bridge.lost:
        _wait(bridge)
    waiting = bridge.unacknowledged()
    if not waiting:
        return True
    words = count(
        "{n} action n’est pas encore écrite et serait perdue.",
        "{n} actions ne sont pas encore écrites et seraient perdues.",
        waiting,
    )
    title = _("Fermer quand même{thin}?").format(thin=NNBSP)
    return ask_choice(window, title, words, _("Fermer et perdre"), kind="danger", cancel=_("Attendre"))


def _wait(bridge: "Bridge") -> None:
    """The draft of an open composer was posted this very moment; keys and clicks wait meanwhile."""
    loop = QEventLoop()
    look = QTimer()
    look.timeout.connect(lambda: None if bridge.unacknowledged() else loop.quit())
    look.start(_LOOK_EVERY_MS)
    QTimer.singleShot(_MOMENT_MS, loop, loop.quit)
    loop.exec(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
