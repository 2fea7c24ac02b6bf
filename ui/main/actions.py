"""Every action of the window: its words, icon and shortcuts. The only table of the keyboard (F1 shows it)."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from mssclient.model.language import _
from ui.theme import icon

__all__ = ["Entry", "entries", "key_words", "lend_letters", "make_actions", "sections", "shortcut_table"]


@dataclass(frozen=True)
class Entry:
    name: str
    words: str
    keys: tuple[str, ...] = ()
    """Of Qt, portable: "Ctrl+Shift+R". The first is shown in tooltips."""
    ic: str = ""
    section: str = ""
    letters: bool = False
    """A single letter: it acts in the list and the reader only, never while typing."""
    typed: str = ""
    """A character that the window takes when nobody else wants it."""


def sections() -> tuple[str, ...]:
    return (_("Messages"), _("Lecture et liste"), _("Fenêtre"))


def entries() -> tuple[Entry, ...]:
    """In the order of the help page."""
    mail, reading, window = sections()
    return (
        Entry("new", _("Nouveau message"), ("Ctrl+N",), "pen-line", mail),
        Entry("reply", _("Répondre"), ("Ctrl+R",), "reply", mail),
        Entry("reply-all", _("Répondre à tous"), ("Ctrl+Shift+R",), "reply-all", mail),
        Entry("forward", _("Transférer"), ("Ctrl+T",), "forward", mail),
        Entry("archive", _("Archiver"), ("E",), "archive", mail, letters=True),
        Entry("move", _("Déplacer vers…"), ("V", "Ctrl+Shift+V"), "folder-input", mail, letters=True),
        Entry("tags", _("Étiquettes…"), ("L",), "tag", mail, letters=True),
        Entry("flag", _("Mettre ou retirer le drapeau"), ("D",), "flag", mail, letters=True),
        Entry("read", _("Marquer comme lu ou non lu"), ("U",), "mail-open", mail, letters=True),
        Entry("junk", _("Déplacer vers Indésirables"), ("J",), "shield-alert", mail, letters=True),
        Entry("delete", _("Supprimer"), ("Del",), "trash-2", mail, letters=True),
        Entry("undo", _("Annuler la dernière action"), ("Ctrl+Z",), "undo-2", mail),
        Entry("print", _("Imprimer"), ("Ctrl+P",), "printer", mail),
        Entry("open", _("Ouvrir le message"), ("Return",), "", reading),
        Entry("next", _("Message suivant"), ("Alt+Down", "N"), "", reading, letters=True),
        Entry("previous", _("Message précédent"), ("Alt+Up", "P"), "", reading, letters=True),
        Entry("back", _("Revenir à la liste"), ("Escape",), "", reading),
        Entry("select-all", _("Tout sélectionner"), ("Ctrl+A",), "", reading),
        Entry("menu", _("Menu du message"), ("Menu", "Shift+F10"), "", reading),
        Entry("next-pane", _("Volet suivant"), ("F6",), "", reading),
        Entry("previous-pane", _("Volet précédent"), ("Shift+F6",), "", reading),
        Entry("search", _("Rechercher"), ("Ctrl+K", "Ctrl+F"), "search", window, typed="/"),
        Entry("sync", _("Relever le courrier"), ("F9",), "refresh-cw", window),
        Entry("hprim", _("Télécharger les résultats HPRIM"), ("Ctrl+H",), "folder-down", window),
        Entry("page-mail", _("Courrier"), ("Ctrl+1",), "mail", window),
        Entry("page-contacts", _("Contacts"), ("Ctrl+2",), "contact-round", window),
        Entry("page-documents", _("Documents"), ("Ctrl+3",), "files", window),
        Entry("page-outbox", _("Suivi des envois"), ("Ctrl+4",), "send", window),
        Entry("page-settings", _("Réglages"), ("Ctrl+5", "Ctrl+,"), "settings", window),
        Entry("larger", _("Agrandir le texte"), ("Ctrl++", "Ctrl+="), "", window),
        Entry("smaller", _("Réduire le texte"), ("Ctrl+-",), "", window),
        Entry("normal-size", _("Taille normale du texte"), ("Ctrl+0",), "", window),
        Entry("lock", _("Verrouiller la session"), ("Ctrl+L",), "lock", window),
        Entry("help", _("Raccourcis clavier"), ("F1",), "circle-question-mark", window),
    )


_SHOWN_ONLY = ("open", "back", "select-all", "menu")
"""Keys that the list itself answers; they stand in the table for the help page."""

_KEY_WORDS = (
    ("Ctrl+", "Ctrl+"),
    ("Shift+", "Maj+"),
    ("Return", "Entrée"),
    ("Escape", "Échap"),
    ("Del", "Suppr"),
    ("Down", "Bas"),
    ("Up", "Haut"),
)


def key_words(keys: str) -> str:
    """« Ctrl+Maj+R »: a shortcut as French keyboards name it."""
    for english, french in _KEY_WORDS:
        keys = keys.replace(english, french)
    return keys


def make_actions(window: QWidget, run: Callable[[str], None]) -> dict[str, QAction]:
    """The actions of a window by name; each calls ``run(name)``.

    Single letters act in the widgets of :func:`lend_letters` only: a field elsewhere receives them as text.
    """
    made: dict[str, QAction] = {}
    for entry in entries():
        action = QAction(entry.words, window)
        action.setObjectName(entry.name)
        if entry.ic:
            action.setIcon(icon(entry.ic, "muted"))
        shown = key_words(entry.keys[0]) if entry.keys else ""
        action.setToolTip(f"{entry.words.rstrip('…')} ({shown})" if shown else entry.words)
        action.triggered.connect(lambda _on=False, name=entry.name: run(name))
        made[entry.name] = action
        if entry.name in _SHOWN_ONLY:
            continue
        action.setShortcuts([QKeySequence(keys) for keys in entry.keys])
        if entry.letters:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        else:
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            window.addAction(action)
    return made


def lend_letters(actions: dict[str, QAction], *widgets: QWidget) -> None:
    """Let single letters act while one of these has the keyboard."""
    for entry in entries():
        if entry.letters:
            for widget in widgets:
                widget.addAction(actions[entry.name])


def shortcut_table() -> list[tuple[str, str]]:
    """(keys, what they do) for the help page."""
    return [
        (_(" ou ").join(filter(None, (*map(key_words, entry.keys), entry.typed))), entry.words.rstrip("…"))
        for entry in entries()
        if entry.keys
    ]
