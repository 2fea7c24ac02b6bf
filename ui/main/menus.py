"""The menu of messages and the menu of tags."""

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QWidget

from mssclient.model.accounts import Tag
from mssclient.model.language import _
from mssclient.model.messages import Row
from ui.main.row_words import known_tags, tags_of
from ui.theme import T, as_colour

__all__ = ["message_menu", "open_tags", "tag_menu"]


def tag_icon(colour: str) -> QIcon:
    """A dot in the colour of a tag; menus are made anew each time, so the theme is the one of the moment."""
    picture = QPixmap(32, 32)
    picture.setDevicePixelRatio(2)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    bg, fg = T.tag(colour)
    painter.setBrush(as_colour(bg))
    painter.setPen(as_colour(fg))
    painter.drawEllipse(2, 2, 12, 12)
    painter.end()
    return QIcon(picture)


def tag_menu(parent: QWidget, rows: Sequence[Row], then: Callable[[Tag], object]) -> QMenu:
    """Known tags and those of these rows; checked when all rows have it."""
    menu = QMenu(_("Étiquettes"), parent)
    tags = {tag.keyword: tag for tag in known_tags()}
    for row in rows[:200]:
        for tag in tags_of(row):
            tags.setdefault(tag.keyword, tag)
    for number, tag in enumerate(tags.values(), 1):
        # A digit chooses without the mouse.
        words = f"&{number}  {tag.label}" if number < 10 else tag.label
        action = menu.addAction(tag_icon(tag.colour), words)
        has = [any(each.keyword == tag.keyword for each in tags_of(row)) for row in rows[:200]]
        action.setCheckable(True)
        action.setChecked(bool(has) and all(has))
        action.triggered.connect(lambda _on=False, which=tag: then(which))
    return menu


def open_tags(parent: QWidget, rows: Sequence[Row], at: QPoint, then: Callable[[Tag], object]) -> None:
    menu = tag_menu(parent, rows, then)
    menu.exec(at)
    menu.deleteLater()


def message_menu(
    parent: QWidget, actions: Mapping[str, QAction], rows: Sequence[Row], then: Callable[[Tag], object]
) -> QMenu:
    """What can be done with the chosen rows."""
    menu = QMenu(_("Message"), parent)
    if len(rows) == 1:
        for name in ("reply", "reply-all", "forward"):
            menu.addAction(actions[name])
        menu.addSeparator()
    seen = all("seen" in row.flags for row in rows)
    flagged = all("flagged" in row.flags for row in rows)
    _add(menu, actions["read"], _("Marquer comme non lu") if seen else _("Marquer comme lu"))
    _add(menu, actions["flag"], _("Retirer le drapeau") if flagged else _("Marquer d’un drapeau"))
    menu.addMenu(tag_menu(menu, rows, then)).setIcon(actions["tags"].icon())
    menu.addSeparator()
    for name in ("archive", "move", "junk", "delete"):
        menu.addAction(actions[name])
    return menu


def _add(menu: QMenu, action: QAction, words: str) -> None:
    """The action under the words of the moment."""
    entry = menu.addAction(action.icon(), words)
    entry.setShortcuts(action.shortcuts())
    entry.setShortcutVisibleInContextMenu(True)
    entry.triggered.connect(action.trigger)
